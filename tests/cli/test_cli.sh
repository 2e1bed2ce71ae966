#!/bin/sh
# Every command of torchtrtc: what it prints, what it writes, its exit code.
# usage: test_cli.sh TORCHTRTC DATA
set -u
torchtrtc=$1 data=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# expect CODE TEXT arguments...: the command ends with CODE and TEXT is in what it prints.
expect() {
    code=$1 text=$2
    shift 2
    "$torchtrtc" "$@" > "$work/printed" 2>&1
    got=$?
    if [ "$got" != "$code" ] || ! grep -qF -e "$text" "$work/printed"; then
        echo "torchtrtc $*: exit code $got ($code wanted), \"$text\" wanted in:"
        cat "$work/printed"
        failed=1
    fi
}

# json arguments...: exit code 0, and standard output is an object or a list.
json() {
    if ! "$torchtrtc" "$@" --json > "$work/printed" 2> "$work/errors" || ! head -c 1 "$work/printed" | grep -q '[[{]'; then
        echo "torchtrtc $* --json:"
        cat "$work/printed" "$work/errors"
        failed=1
    elif command -v python3 > /dev/null && ! python3 -m json.tool "$work/printed" > /dev/null; then
        echo "torchtrtc $* --json is no JSON"
        failed=1
    fi
}

same_file() {
    if ! cmp "$1" "$2"; then
        failed=1
    fi
}

two="-i x=$data/two.in0.npy scale=$data/two.in1.npy"
mkdir "$work/expected"
cp "$data/two.out0.npy" "$work/expected/mul.npy"
cp "$data/two.out2.npy" "$work/expected/x.npy"
cp "$data/two.out3.npy" "$work/expected/output_3.npy"
cp "$data/two.out4.npy" "$work/expected/output_4.npy"

# usage
expect 2 "usage: torchtrtc COMMAND"
expect 0 "commands:" --help
expect 0 "torchtrtc 0." --version
expect 0 "torchtrtc 0." version
expect 2 "there is no command 'frobnicate'" frobnicate
for command in inspect dryrun compile convert run bench profile ops doctor version; do
    expect 0 "usage: torchtrtc $command" $command --help
    expect 2 "has no option --frobnicate" $command --frobnicate
done
expect 2 "usage: torchtrtc inspect" inspect
expect 2 "usage: torchtrtc inspect" inspect a b
expect 2 "wants -o" compile "$data/two.pt2"
expect 2 "option --output wants" compile "$data/two.pt2" -o
expect 2 "one of float32|float16|bfloat16" compile "$data/two.pt2" -o "$work/x" --precision fp4
expect 2 "from 0 to 5" compile "$data/two.pt2" -o "$work/x" --optimization-level 9

# facts
expect 0 "engine cpu" doctor
expect 0 "aten.relu.default" ops
expect 0 "float32[s" inspect "$data/two.pt2"
expect 0 "dim 0: 1 to 16" inspect "$data/two.pt2"
expect 0 "the program compiles as a whole" inspect "$data/two.pt2"
expect 0 "buffer count" inspect "$data/counter.pt2"
expect 0 "can run in engine cpu (it was asked for)" dryrun "$data/two.pt2" --engine cpu
expect 0 "in torch_executed_ops" dryrun "$data/two.pt2" --torch-executed-op aten.relu.default
expect 1 "at: $work/absent.pt2" inspect "$work/absent.pt2"
expect 1 "torchtrtc: " inspect "$data/make.py"

# compile
expect 0 "no graph breaks" compile "$data/two.pt2" -o "$work/two.pt2"
expect 0 "a compiled program" inspect "$work/two.pt2"
expect 1 "compiled already" compile "$work/two.pt2" -o "$work/x.pt2"
expect 1 "the program allows 1..16" compile "$data/two.pt2" -o "$work/x.pt2" --shapes x:1..4..32x6
expect 1 "the inputs are x, scale" compile "$data/two.pt2" -o "$work/x.pt2" --shapes y:1
expect 0 "no graph breaks" compile "$data/two.pt2" -o "$work/narrow.pt2" --shapes x:2..4..8x6 scale:1
expect 0 "dim 0: 2 to 8" inspect "$work/narrow.pt2"
expect 1 "torchtrtc: " compile "$data/two.pt2" -o "$work/no/such/folder.pt2"
if [ -e "$work/x.pt2" ]; then
    echo "a refused compile left a file"
    failed=1
fi

# run
expect 0 "mul" run "$work/two.pt2" $two -o "$work/out" --expect "$work/expected"
same_file "$work/out/x.npy" "$data/two.in0.npy"
same_file "$work/out/output_4.npy" "$data/two.out4.npy"
expect 0 "compiling it in memory" run "$data/two.pt2" $two --expect "$work/expected"
expect 2 "input 'scale' is missing" run "$work/two.pt2" -i x="$data/two.in0.npy"
expect 2 "the inputs are x, scale" run "$work/two.pt2" -i y="$data/two.in0.npy"
expect 1 "input 'x' has rank 1" run "$work/two.pt2" -i x="$data/two.in1.npy" -i scale="$data/two.in1.npy"
expect 1 "input 'x' is int64 in its file, the program wants float32" run "$work/two.pt2" -i x="$data/two.out3.npy" scale="$data/two.in1.npy"
cp "$data/two.in0.npy" "$work/expected/mul.npy"
expect 1 "output 'mul' is float32[2, 3], float32[2, 6] is expected" run "$work/two.pt2" $two --expect "$work/expected"
printf '\223NUMPY\001\000\106\000%-69s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" > "$work/expected/mul.npy"
head -c 24 /dev/zero >> "$work/expected/mul.npy"
expect 1 "output 'mul' differs" run "$work/two.pt2" $two --expect "$work/expected"
expect 0 "mul" run "$work/two.pt2" $two --expect "$work/expected" --tolerance 1000
expect 0 "mul" run "$work/two.pt2" --random

# times
expect 0 "throughput" bench "$work/two.pt2" --runs 5
expect 0 "input x: float32[7, 6]" bench "$work/two.pt2" --runs 2 --shapes x:7x6 --threads 1
expect 1 "dimension 0" bench "$work/two.pt2" --runs 2 --shapes x:17x6
expect 0 "share" profile "$work/two.pt2" --runs 2

json doctor
json ops
json version
json inspect "$data/two.pt2"
json inspect "$work/two.pt2"
json dryrun "$data/two.pt2"
json compile "$data/two.pt2" -o "$work/again.pt2"
json run "$work/two.pt2" $two
json bench "$work/two.pt2" --runs 2
json profile "$work/two.pt2" --runs 2
odd=$work/$(printf '\377').pt2 # a name that is no UTF-8
json compile "$data/two.pt2" -o "$odd"
json bench "$odd" --runs 2
exit $failed
