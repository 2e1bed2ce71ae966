#!/bin/sh
# Builds the C tests with a sanitizer and runs them.
#   scripts/test_sanitized.sh BUILD address,undefined|thread [SUITE...]
set -eu
build=$1 kind=$2
shift 2
cd "$(dirname "$0")/.."
[ -f "$build/build.ninja" ] || meson setup "$build" -Dbuildtype=debugoptimized "-Db_sanitize=$kind" >/dev/null
ninja -C "$build"
suites=
for suite in "$@"; do
    suites="$suites --suite $suite"
done
export ASAN_OPTIONS=halt_on_error=1:detect_stack_use_after_return=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
[ "$kind" = thread ] && export SOAK_SECONDS="${SOAK_SECONDS:-60}"
# shellcheck disable=SC2086
meson test -C "$build" --print-errorlogs --timeout-multiplier 5 $suites
