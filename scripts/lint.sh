#!/bin/sh
# Checks the form of C and Python sources.
#   scripts/lint.sh VENV
set -eu
venv=$1
"$venv/bin/ruff" check python tests bench examples scripts fuzz
"$venv/bin/ruff" format --check python tests bench examples scripts fuzz
git ls-files '*.c' '*.h' | xargs "$venv/bin/clang-format" --dry-run --Werror
