"""Values of the process that with statements change for a while."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any


class Overrides:
    """Named values, and the with statements that are open over them, in any thread.

    Of several statements that name a value, the one entered last decides. Each takes only its own away, in whichever
    order they are left; when all are, the values are those set outside of them.

    Args:
        values: at first. apply: is called with all values when any may have changed.
    """

    def __init__(self, values: dict[str, Any], apply: Callable[[dict[str, Any]], None] | None = None) -> None:
        self._layers = [dict(values)]  # below those of the with statements, in the order of entering
        self._apply = apply
        self._lock = threading.Lock()
        self.values = dict(values)  # replaced, never changed

    def set(self, **changes: Any) -> Callable[[], None]:
        """Until the with statement that was entered last is left; for good where none is open. Returns the way back."""
        with self._lock:
            layer = self._layers[-1]
            before = dict(layer)
            layer.update(changes)
            self._update()

        def undo() -> None:
            with self._lock:
                for name in changes:
                    layer.pop(name, None)
                layer.update({name: before[name] for name in changes if name in before})
                self._update()

        return undo

    @contextlib.contextmanager
    def inside(self, **changes: Any) -> Iterator[None]:
        """Inside the with statement."""
        with self._lock:
            self._layers.append(changes)
            self._update()
        try:
            yield
        finally:
            with self._lock:
                self._layers = [layer for layer in self._layers if layer is not changes]
                self._update()

    def _update(self) -> None:
        values: dict[str, Any] = {}
        for layer in self._layers:
            values.update(layer)
        if self._apply is not None:
            self._apply(values)
        self.values = values
