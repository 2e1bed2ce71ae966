#!/bin/sh
# Builds the fuzzers with clang and runs each for a while. What they find stays in BUILD: inputs in found/NAME, crashes in
# crash/NAME-*; the exit status is 1 where there is one.
#   scripts/fuzz.sh BUILD SECONDS [NAME...]
set -eu
build=$1 seconds=$2
shift 2
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
names=${*:-zip pt2 json dims graph network blob npy run}

clang=$(command -v clang-14 || command -v clang || true)
if [ -z "$clang" ] || ! echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return 0; }' |
    "$clang" -fsanitize=fuzzer -x c -o /dev/null - 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clang-14 libclang-rt-14-dev
        clang=clang-14
    else
        echo "please install: clang-14 libclang-rt-14-dev   (Debian: sudo apt-get install clang-14 libclang-rt-14-dev)" >&2
        exit 1
    fi
fi
if [ ! -f "$build/build.ninja" ]; then
    CC=$clang meson setup "$build" -Dfuzz=true -Dbuildtype=debugoptimized -Db_lundef=false -Db_sanitize=address,undefined >/dev/null
fi
# shellcheck disable=SC2046
ninja -C "$build" $(printf 'fuzz/fuzz_%s ' $names)

# Entropic scheduling of libFuzzer 14 takes three quarters of the time with as many features as there are here.
# Words of the texts, for mutations that put them in.
mkdir -p "$build/crash"
sed -n 's/^OP([^,]*, \("[^"]*"\).*/\1/p' src/graph/ops.def > "$build/graph.dict"
sed -n 's/^LAYER(\([a-z_0-9]*\),.*/"\1"/p; s/.*[AE]([a-z_0-9]*, \([a-z_0-9]*\)).*/"\1="/p' src/network/layers.def > "$build/network.dict"
cp "$build/graph.dict" "$build/json.dict"

# A file may ask for more memory than there is: that is an error like others.
export ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=512:detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
status=0
for name in $names; do
    mkdir -p "$build/found/$name"
    dict=
    [ -f "$build/$name.dict" ] && dict=-dict=$build/$name.dict
    printf '%-8s ' "$name"
    # shellcheck disable=SC2086
    if "$build/fuzz/fuzz_$name" $dict -max_total_time="$seconds" -entropic=0 -timeout=20 -rss_limit_mb=3000 -max_len=65536 \
        -artifact_prefix="$build/crash/$name-" -print_final_stats=1 "$build/found/$name" "fuzz/corpus/$name" \
        >"$build/$name.log" 2>&1; then
        awk '/ cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") ft = $(i + 1) } }
            /number_of_executed_units/ { n = $2 } /average_exec_per_sec/ { rate = $2 }
            END { printf "%9d executions, %6d a second, %6d edges, %6d features\n", n, rate, cov, ft }' "$build/$name.log"
    else
        echo "failed: see $build/$name.log and $build/crash"
        status=1
    fi
done
exit $status
