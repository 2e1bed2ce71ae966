"""How engines run on a GPU: settings of the process."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch_tensorrt import _lib

STRATEGIES = ("lazy", "eager", "none")
GRAPHS = ("disabled", "whole_graph_capture")


@dataclass(frozen=True)
class RuntimeSettings:
    """How engines run on a GPU. Engine `cpu` has neither kernels to compile nor graphs to record.

    Args:
        dynamic_shapes_kernel_specialization_strategy: when kernels are compiled for sizes that an engine has not seen:
            "lazy" (default: in the background, general ones run meanwhile), "eager" (the first run waits) or "none".
        cuda_graph_strategy: "disabled" (default) or "whole_graph_capture".
        runtime_cache: must be None: compiled kernels are kept in the folder that TTRT_CACHE_DIR names.
    Raises:
        ValueError: another strategy, or a runtime cache.
    Source: torch_tensorrt.runtime.RuntimeSettings.
    """

    dynamic_shapes_kernel_specialization_strategy: str = "lazy"
    cuda_graph_strategy: str = "disabled"
    runtime_cache: Any = None

    def __post_init__(self) -> None:
        if self.dynamic_shapes_kernel_specialization_strategy not in STRATEGIES:
            raise ValueError(
                f"{self.dynamic_shapes_kernel_specialization_strategy!r} is no strategy: {', '.join(STRATEGIES)}"
            )
        if self.cuda_graph_strategy not in GRAPHS:
            raise ValueError(f"{self.cuda_graph_strategy!r} is no strategy: {', '.join(GRAPHS)}")
        if self.runtime_cache is not None:
            raise ValueError("runtime_cache is None: compiled kernels are kept in the folder that TTRT_CACHE_DIR names")

    def merge(self, **overrides: Any) -> RuntimeSettings:
        """The same with other values. TypeError for a field that there is not."""
        return dataclasses.replace(self, **overrides)


_current = RuntimeSettings()


def current_settings() -> RuntimeSettings:
    """Those of the process."""
    return _current


def use_settings(settings: RuntimeSettings) -> None:
    """Every engine runs by them from the next call on."""
    global _current
    strategy = STRATEGIES.index(settings.dynamic_shapes_kernel_specialization_strategy)
    _lib.set_run_options(cuda_graphs=settings.cuda_graph_strategy != "disabled", specialization=strategy)
    _current = settings


@contextlib.contextmanager
def runtime_config(target: Any, **overrides: Any) -> Iterator[Any]:
    """Gives the target; inside, engines run by other settings: all of the process, for they are not an engine's own.

    Args:
        target: a compiled module, or a list of some. overrides: fields of RuntimeSettings.
    Raises:
        TypeError: a field that there is not. ValueError: a value that there is not.
    Source: torch_tensorrt.runtime.runtime_config.
    """
    before = current_settings()
    use_settings(before.merge(**overrides))
    try:
        yield target
    finally:
        use_settings(before)


def set_dynamic_shapes_kernel_strategy(target: Any, strategy: str) -> None:
    """When kernels are compiled for sizes that an engine has not seen, from now on, for all engines of the process.

    Args:
        target: a compiled module. strategy: "lazy", "eager" or "none", as in RuntimeSettings.
    Raises:
        ValueError: another strategy.
    Source: torch_tensorrt.runtime.set_dynamic_shapes_kernel_strategy.
    """
    use_settings(current_settings().merge(dynamic_shapes_kernel_specialization_strategy=strategy))
