"""How engines run on a GPU: settings of the process."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch_tensorrt import _lib
from torch_tensorrt.runtime._overrides import Overrides

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


def _fields(settings: RuntimeSettings) -> dict[str, Any]:
    return {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}


def _tell_library(values: dict[str, Any]) -> None:
    strategy = STRATEGIES.index(values["dynamic_shapes_kernel_specialization_strategy"])
    _lib.set_run_options(cuda_graphs=values["cuda_graph_strategy"] != "disabled", specialization=strategy)


_current = Overrides(_fields(RuntimeSettings()), _tell_library)


def current_settings() -> RuntimeSettings:
    """Those of the process."""
    return RuntimeSettings(**_current.values)


def change_settings(**changes: Any) -> None:
    """Every engine runs by these fields from the next call on; inside a with statement over them, until it is left.
    TypeError, ValueError as RuntimeSettings."""
    current_settings().merge(**changes)
    _current.set(**changes)


@contextlib.contextmanager
def runtime_config(target: Any, **overrides: Any) -> Iterator[Any]:
    """Gives the target; inside, engines run by other settings: all of the process, for they are not an engine's own.

    Args:
        target: a compiled module, or a list of some. overrides: fields of RuntimeSettings. Of several with statements
            that are open at once, in any thread, the one entered last decides.
    Raises:
        TypeError: a field that there is not. ValueError: a value that there is not.
    Source: torch_tensorrt.runtime.runtime_config.
    """
    current_settings().merge(**overrides)
    with _current.inside(**overrides):
        yield target


def set_dynamic_shapes_kernel_strategy(target: Any, strategy: str) -> None:
    """When kernels are compiled for sizes that an engine has not seen, from now on, for all engines of the process.

    Args:
        target: a compiled module. strategy: "lazy", "eager" or "none", as in RuntimeSettings.
    Raises:
        ValueError: another strategy.
    Source: torch_tensorrt.runtime.set_dynamic_shapes_kernel_strategy.
    """
    change_settings(dynamic_shapes_kernel_specialization_strategy=strategy)
