"""Refuses to be imported beside another package of the same import name."""

from __future__ import annotations

import importlib.metadata

_OTHERS = ("torch-tensorrt", "torch-tensorrt-rtx")


def check() -> None:
    for name in _OTHERS:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        raise ImportError(
            f"two packages are installed as torch_tensorrt: torch-tensorrt-c and {name} {version}; their files are "
            f"mixed. Keep one: pip uninstall -y {name} torch-tensorrt-c && pip install torch-tensorrt-c"
        )
