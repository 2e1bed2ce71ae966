"""Programs over several GPUs: names of Torch-TensorRT that this build does not have. Collectives run in PyTorch,
between the engines."""

from __future__ import annotations

from typing import Any

from torch_tensorrt._features import needs

__all__ = ["distributed_context", "set_distributed_mode", "setup_nccl_for_torch_tensorrt"]
_INSTEAD = "collectives run in PyTorch, between the engines"


@needs("native_trt_collectives", _INSTEAD)
def distributed_context(group: Any, module: Any = None) -> Any:
    """Would run engines with a process group.

    Raises:
        NotImplementedError: always; collectives run in PyTorch.
    Source: torch_tensorrt.distributed.distributed_context.
    """


@needs("native_trt_collectives", _INSTEAD)
def set_distributed_mode(group: Any, module: Any) -> None:
    """Would tell the engines of a module their process group.

    Raises:
        NotImplementedError: always; collectives run in PyTorch.
    Source: torch_tensorrt.distributed.set_distributed_mode.
    """


@needs("native_trt_collectives", _INSTEAD)
def setup_nccl_for_torch_tensorrt() -> None:
    """Would make NCCL known to TensorRT.

    Raises:
        NotImplementedError: always; PyTorch sets NCCL up for its collectives.
    Source: torch_tensorrt.distributed.setup_nccl_for_torch_tensorrt.
    """
