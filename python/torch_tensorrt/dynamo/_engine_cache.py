"""Built engines kept for later builds: names of Torch-TensorRT that this build does not have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from torch_tensorrt._features import refuse


def _canonicalize_setting_value(value: Any) -> Any:
    """A setting as a text that does not depend on the order of sets: their items, as texts, sorted."""
    return str(sorted(map(str, value))) if isinstance(value, (set, frozenset)) else value


class BaseEngineCache(ABC):
    """What a cache of the caller's implements. Nothing calls it: `custom_engine_cache` is named in the log as a setting
    without effect."""

    @abstractmethod
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Whatever the cache needs."""

    @abstractmethod
    def save(self, hash: str, blob: bytes, *args: Any, **kwargs: Any) -> None:
        """Keeps the bytes under that name."""

    @abstractmethod
    def load(self, hash: str, *args: Any, **kwargs: Any) -> bytes | None:
        """The bytes kept under that name; None where there are none."""


class DiskEngineCache(BaseEngineCache):
    """Would keep engines in a folder.

    Args:
        engine_cache_dir: the folder. engine_cache_size: its limit in bytes.
    Raises:
        NotImplementedError: always; save() a compiled module and load() it instead.
    Source: torch_tensorrt.dynamo._engine_cache.DiskEngineCache.
    """

    def __init__(self, engine_cache_dir: str, engine_cache_size: int) -> None:
        raise refuse("DiskEngineCache", "cache of engines", "save() a compiled module and load() it instead")

    def save(self, hash: str, blob: bytes, *args: Any, **kwargs: Any) -> None:
        """See BaseEngineCache."""

    def load(self, hash: str, *args: Any, **kwargs: Any) -> bytes | None:
        """See BaseEngineCache."""
