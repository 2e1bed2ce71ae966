"""Programs for ExecuTorch: names of Torch-TensorRT that need its package, which this one does not use. `torchtrtc` and
libtorchtrt run saved programs without PyTorch."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise ImportError(
        f"torch_tensorrt.executorch.{name} needs the package torch-tensorrt-executorch-runtime, which this package "
        "does not work with: torchtrtc and libtorchtrt run saved programs without PyTorch"
    )
