"""Modules that run engines."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from torch_tensorrt.dynamo.runtime._TorchTensorRTModule import TorchTensorRTModule

__all__ = ["TorchTensorRTModule", "ResourceAllocationStrategy"]


class ResourceAllocationStrategy:
    """Accepted and without effect: engine `cpu` allocates its scratch memory by plan."""

    def __init__(self, compiled_module: Any, dynamically_allocate_resources: bool = True) -> None:
        self.compiled_module = compiled_module

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        pass
