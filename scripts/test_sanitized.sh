#!/bin/sh
# Builds the C tests with a sanitizer and runs them.
#   scripts/test_sanitized.sh BUILD address,undefined|thread [SUITE...]
set -eu
build=$1 kind=$2
shift 2
cd "$(dirname "$0")/.."
[ -f "$build/build.ninja" ] || meson setup "$build" -Dbuildtype=debugoptimized "-Db_sanitize=$kind" >/dev/null
suites=
for suite in "$@"; do
    suites="$suites --suite $suite"
done
# Without detect_stack_use_after_return: on the stack of that, gcc 12 places vectors of 64 bytes at multiples of 32. The
# fuzzers, which clang builds, have it.
export ASAN_OPTIONS=halt_on_error=1:allocator_may_return_null=1:detect_stack_use_after_return=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:allocator_may_return_null=1
[ "$kind" = thread ] && export SOAK_SECONDS="${SOAK_SECONDS:-60}"
# Leaks are looked for by ptrace, which a container may forbid.
if [ "$kind" != thread ]; then
    echo 'int main(void) { return 0; }' | ${CC:-cc} -fsanitize=address -x c -o "$build/probe" -
    if ! "$build/probe" 2>/dev/null; then
        echo "leaks are not looked for: LeakSanitizer does not work here" >&2
        ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
    fi
fi
# Builds what these suites need, and no more.
# shellcheck disable=SC2086
meson test -C "$build" --print-errorlogs --timeout-multiplier 5 $suites
