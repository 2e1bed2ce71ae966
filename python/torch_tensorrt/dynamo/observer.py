"""Callbacks at points of a compilation."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any


class _Entry:
    """A callback of one with statement: the same one may be added several times."""

    def __init__(self, callback: Callable[..., Any]) -> None:
        self.callback = callback


class Observer:
    """A point of a compilation that calls whoever was added to it.

    Args:
        name: how it is called in messages.
    Source: torch_tensorrt.dynamo.observer.Observer.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._entries: tuple[_Entry, ...] = ()
        self._lock = threading.Lock()

    @property
    def callbacks(self) -> tuple[Callable[..., Any], ...]:
        """Those that are called, in the order in which they were added."""
        return tuple(entry.callback for entry in self._entries)

    @contextlib.contextmanager
    def add(self, callback: Callable[..., Any]) -> Iterator[None]:
        """The callback is called at this point inside the with statement. What it raises ends the compilation."""
        entry = _Entry(callback)
        with self._lock:
            self._entries = (*self._entries, entry)
        try:
            yield
        finally:
            with self._lock:
                self._entries = tuple(e for e in self._entries if e is not entry)

    def observe(self, *args: Any, **kwargs: Any) -> None:
        """Calls all, in the order in which they were added."""
        for callback in self.callbacks:
            callback(*args, **kwargs)


# With the part of the graph, a GraphModule, that is about to become an engine.
TRT_INTERPRETER_CALL_PRE_OBSERVER = Observer("TRT_INTERPRETER_CALL_PRE_OBSERVER")
