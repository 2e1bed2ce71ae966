"""Kernels that are compiled when an engine runs: names of Torch-TensorRT. Here the library keeps them by itself."""

from __future__ import annotations

from typing import Any

from torch_tensorrt._features import refuse

_INSTEAD = "kernels are kept by themselves in the folder that TTRT_CACHE_DIR names (TTRT_RUNTIME_CACHE=0: they are not)"


class RuntimeCache:
    """Would hold compiled kernels as a file of the caller's.

    Raises:
        NotImplementedError: always; the environment variables TTRT_CACHE_DIR and TTRT_RUNTIME_CACHE tell the place.
    Source: torch_tensorrt.runtime.RuntimeCache.
    """

    def __init__(self, path: str = "", autosave_on_del: bool = False) -> None:
        raise refuse("RuntimeCache", "runtime caches of the caller's", _INSTEAD)


def runtime_cache(target: Any, path: Any = "", autosave: bool = True) -> Any:
    """Would use a file for the compiled kernels of a module's engines.

    Raises:
        NotImplementedError: always; see RuntimeCache.
    Source: torch_tensorrt.runtime.runtime_cache.
    """
    raise refuse("runtime_cache", "runtime caches of the caller's", _INSTEAD)
