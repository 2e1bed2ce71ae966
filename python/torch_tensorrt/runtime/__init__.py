"""Running compiled modules.

CUDA graphs and the compiling of kernels are settings of the process: every engine on a GPU runs by them from the next
call on. Engines on the CPU have neither.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from torch_tensorrt import _lib
from torch_tensorrt.dynamo.runtime import TorchTensorRTModule

__all__ = [
    "TorchTensorRTModule",
    "enable_cudagraphs",
    "set_cudagraphs_mode",
    "get_cudagraphs_mode",
    "get_whole_cudagraphs_mode",
    "set_dynamic_shapes_kernel_strategy",
    "enable_output_allocator",
    "enable_pre_allocated_outputs",
    "set_multi_device_safe_mode",
]

_STRATEGIES = ("lazy", "eager", "none")
_cudagraphs = False
_strategy = "lazy"


def _apply() -> None:
    _lib.set_run_options(cuda_graphs=_cudagraphs, specialization=_STRATEGIES.index(_strategy))


def set_cudagraphs_mode(mode: bool) -> None:
    """Whether TensorRT-RTX records each engine as a CUDA graph and launches that, which takes the host a fraction of
    the time. Off at first: while it records, other threads must neither allocate on the GPU nor wait for its default
    stream."""
    global _cudagraphs
    _cudagraphs = bool(mode)
    _apply()


def get_cudagraphs_mode() -> bool:
    return _cudagraphs


def get_whole_cudagraphs_mode() -> bool:
    """False: a graph holds one engine."""
    return False


def set_dynamic_shapes_kernel_strategy(strategy: str) -> None:
    """When kernels are compiled for sizes that an engine has not seen: "lazy" (in the background, general ones run
    meanwhile), "eager" (the first run waits), "none".

    Raises:
        ValueError: another strategy.
    """
    global _strategy
    if strategy not in _STRATEGIES:
        raise ValueError(f"{strategy!r} is no strategy: {', '.join(_STRATEGIES)}")
    _strategy = strategy
    _apply()


@contextlib.contextmanager
def enable_cudagraphs(
    compiled_module: Any, *, cuda_graph_strategy: str | None = None, **_options: Any
) -> Iterator[Any]:
    """Gives the module itself; CUDA graphs are on inside.

    Args:
        cuda_graph_strategy: "whole_graph_capture" (default) or "disabled".
    Raises:
        ValueError: another strategy.
    """
    if cuda_graph_strategy not in (None, "whole_graph_capture", "disabled"):
        raise ValueError(f"{cuda_graph_strategy!r} is no strategy: whole_graph_capture, disabled")
    before = _cudagraphs
    set_cudagraphs_mode(cuda_graph_strategy != "disabled")
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
    """Gives the module itself: outputs are PyTorch's, whose allocator has them ready."""
    yield compiled_module


@contextlib.contextmanager
def set_multi_device_safe_mode(mode: bool) -> Iterator[None]:
    """Without effect: an engine always runs on the GPU of its inputs."""
    yield
