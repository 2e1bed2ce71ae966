"""Running compiled modules. What concerns CUDA graphs and output buffers is without effect on engine `cpu`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from torch_tensorrt.dynamo.runtime import TorchTensorRTModule

__all__ = [
    "TorchTensorRTModule",
    "enable_cudagraphs",
    "set_cudagraphs_mode",
    "get_cudagraphs_mode",
    "get_whole_cudagraphs_mode",
    "enable_output_allocator",
    "enable_pre_allocated_outputs",
    "set_multi_device_safe_mode",
]

_cudagraphs = False


def set_cudagraphs_mode(mode: bool) -> None:
    """Remembered, so that get_cudagraphs_mode() says it; engines on the CPU have no CUDA graphs."""
    global _cudagraphs
    _cudagraphs = bool(mode)


def get_cudagraphs_mode() -> bool:
    return _cudagraphs


def get_whole_cudagraphs_mode() -> bool:
    return False


@contextlib.contextmanager
def enable_cudagraphs(compiled_module: Any, **_options: Any) -> Iterator[Any]:
    """Gives the module itself."""
    before = _cudagraphs
    set_cudagraphs_mode(True)
    try:
        yield compiled_module
    finally:
        set_cudagraphs_mode(before)


@contextlib.contextmanager
def enable_output_allocator(compiled_module: Any) -> Iterator[Any]:
    """Gives the module itself: outputs of unknown size always work."""
    yield compiled_module


@contextlib.contextmanager
def enable_pre_allocated_outputs(compiled_module: Any) -> Iterator[Any]:
    """Gives the module itself."""
    yield compiled_module


@contextlib.contextmanager
def set_multi_device_safe_mode(mode: bool) -> Iterator[None]:
    """Without effect: there is one CPU."""
    yield
