"""Callbacks at points of a compilation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any


class Observer:
    """A point of a compilation that calls whoever was added to it.

    Args:
        name: how it is called in messages.
    Source: torch_tensorrt.dynamo.observer.Observer.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.callbacks: tuple[Callable[..., Any], ...] = ()

    @contextlib.contextmanager
    def add(self, callback: Callable[..., Any]) -> Iterator[None]:
        """The callback is called at this point inside the with statement. What it raises ends the compilation."""
        self.callbacks = (*self.callbacks, callback)
        try:
            yield
        finally:
            self.callbacks = tuple(c for c in self.callbacks if c is not callback)

    def observe(self, *args: Any, **kwargs: Any) -> None:
        """Calls all, in the order in which they were added."""
        for callback in self.callbacks:
            callback(*args, **kwargs)


# With the part of the graph, a GraphModule, that is about to become an engine.
TRT_INTERPRETER_CALL_PRE_OBSERVER = Observer("TRT_INTERPRETER_CALL_PRE_OBSERVER")
