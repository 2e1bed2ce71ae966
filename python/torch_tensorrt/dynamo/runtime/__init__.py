"""Modules that run engines."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from torch_tensorrt.dynamo._settings import say_once
from torch_tensorrt.dynamo.runtime._TorchTensorRTModule import TorchTensorRTModule

__all__ = ["TorchTensorRTModule", "ResourceAllocationStrategy"]


class ResourceAllocationStrategy:
    """A context manager without effect: scratch memory belongs to plans and contexts, which are kept for further calls.

    Args:
        compiled_module: a compiled module. dynamically_allocate_resources: default True, of which the log says that
            it has no effect.
    Source: torch_tensorrt.dynamo.runtime.ResourceAllocationStrategy.
    """

    def __init__(self, compiled_module: Any, dynamically_allocate_resources: bool = True) -> None:
        self.compiled_module = compiled_module
        if dynamically_allocate_resources:
            say_once("ResourceAllocationStrategy has no effect: scratch memory is kept for further calls")

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        pass
