"""Programs for ExecuTorch: names of Torch-TensorRT that need its package, which this one does not use. `torchtrtc` and
libtorchtrt run saved programs without PyTorch."""

from __future__ import annotations

from typing import Any

_NAMES = ("TensorRTBackend", "TensorRTPartitioner", "export", "get_edge_compile_config", "zero_copy_backend_config")


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    raise ImportError(
        f"torch_tensorrt.executorch.{name} needs the package torch-tensorrt-executorch-runtime, which this package "
        "does not work with: torchtrtc and libtorchtrt run saved programs without PyTorch"
    )
