#!/bin/sh
# Checks the form of C and Python sources, and that docs/reference is what the docstrings say.
#   scripts/lint.sh VENV
set -eu
venv=$1
"$venv/bin/ruff" check python tests bench examples scripts fuzz
"$venv/bin/ruff" format --check python tests bench examples scripts fuzz
git ls-files '*.c' '*.h' | xargs "$venv/bin/clang-format" --dry-run --Werror
# The pages made of docstrings, where there is a build to import the package with.
if [ -e build/libtorchtrt.so.0 ]; then
    PYTHONPATH=python TTRT_LIBRARY=build/libtorchtrt.so.0 "$venv/bin/python" scripts/api_reference.py --check
fi
