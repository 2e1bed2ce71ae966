"""Running compiled modules.

CUDA graphs and the compiling of kernels are settings of the process: every engine on a GPU runs by them from the next
call on. Engines on the CPU have neither, and the context managers below change nothing there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from torch_tensorrt.dynamo._settings import say_once
from torch_tensorrt.dynamo.runtime import TorchTensorRTModule
from torch_tensorrt.runtime._overrides import Overrides
from torch_tensorrt.runtime._runtime_cache import RuntimeCache, runtime_cache
from torch_tensorrt.runtime._runtime_settings import (
    RuntimeSettings,
    change_settings,
    current_settings,
    runtime_config,
    set_dynamic_shapes_kernel_strategy,
)
from torch_tensorrt.runtime._weight_streaming import weight_streaming

__all__ = [
    "RuntimeCache",
    "RuntimeSettings",
    "TorchTensorRTModule",
    "enable_cudagraphs",
    "enable_output_allocator",
    "enable_pre_allocated_outputs",
    "get_cudagraphs_mode",
    "get_multi_device_safe_mode",
    "get_whole_cudagraphs_mode",
    "optimization_profile",
    "runtime_cache",
    "runtime_config",
    "set_cudagraphs_mode",
    "set_dynamic_shapes_kernel_strategy",
    "set_multi_device_safe_mode",
    "weight_streaming",
]

_modes = Overrides({"multi_device_safe_mode": False})


def engines_of(module: Any) -> list[TorchTensorRTModule]:
    """The engines of a compiled module, or of several in a list."""
    modules = module if isinstance(module, (list, tuple)) else [module]
    return [m for module in modules for m in module.modules() if isinstance(m, TorchTensorRTModule)]


# ---- CUDA graphs ----


def set_cudagraphs_mode(mode: bool) -> None:
    """Whether TensorRT-RTX records each engine as a CUDA graph and launches that, which takes the host a fraction of
    the time. Off at first: while it records, other threads must neither allocate on the GPU nor wait for its default
    stream. Engine `cpu` has no such thing."""
    change_settings(cuda_graph_strategy="whole_graph_capture" if mode else "disabled")


def get_cudagraphs_mode() -> bool:
    """Whether engines are recorded."""
    return current_settings().cuda_graph_strategy != "disabled"


def get_whole_cudagraphs_mode() -> bool:
    """False: a graph holds one engine."""
    return False


@contextlib.contextmanager
def enable_cudagraphs(compiled_module: Any, *, cuda_graph_strategy: str | None = None, **options: Any) -> Iterator[Any]:
    """Gives the module itself; CUDA graphs are on inside. Changes nothing for engine `cpu`.

    Args:
        cuda_graph_strategy: "whole_graph_capture" (default) or "disabled". options: without effect, which is logged.
    Raises:
        ValueError: another strategy.
    Source: torch_tensorrt.runtime.enable_cudagraphs.
    """
    for name in options:
        say_once(f"enable_cudagraphs: {name} has no effect: there is no such option")
    with runtime_config(compiled_module, cuda_graph_strategy=cuda_graph_strategy or "whole_graph_capture"):
        yield compiled_module


# ---- outputs, devices, profiles ----


@contextlib.contextmanager
def enable_output_allocator(compiled_module: Any) -> Iterator[Any]:
    """Gives the module itself: outputs of unknown size always work."""
    yield compiled_module


@contextlib.contextmanager
def enable_pre_allocated_outputs(compiled_module: Any) -> Iterator[Any]:
    """Gives the module itself: outputs are PyTorch's, whose allocator has them ready."""
    yield compiled_module


class set_multi_device_safe_mode:
    """Changes nothing but what get_multi_device_safe_mode() tells: an engine always runs on the GPU of its inputs.

    Args:
        mode: on or off, from the call on; as a context manager until the end of the with statement.
    Source: torch_tensorrt.runtime.set_multi_device_safe_mode.
    """

    def __init__(self, mode: bool) -> None:
        self._mode = {"multi_device_safe_mode": bool(mode)}
        self._undo = _modes.set(**self._mode)

    def __enter__(self) -> set_multi_device_safe_mode:
        self._undo()
        self._inside = _modes.inside(**self._mode)
        self._inside.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._inside.__exit__(*error)


def get_multi_device_safe_mode() -> bool:
    """What set_multi_device_safe_mode() was told last; False at first."""
    return bool(_modes.values["multi_device_safe_mode"])


@contextlib.contextmanager
def optimization_profile(module: Any, profile: int | str | None) -> Iterator[Any]:
    """Gives the module itself. Engines take the profile that fits their inputs; a number is checked and remembered.

    Args:
        module: a compiled module. profile: "auto", None, or the profile's number.
    Raises:
        TypeError: another type. ValueError: a number that an engine has not.
    Source: torch_tensorrt.runtime.optimization_profile.
    """
    engines = engines_of(module)
    states = [engine.get_optimization_profile_state() for engine in engines]
    try:
        for engine in engines:
            engine.set_optimization_profile(profile)
        yield module
    finally:
        for engine, state in zip(engines, states, strict=True):
            engine.restore_optimization_profile_state(state)
