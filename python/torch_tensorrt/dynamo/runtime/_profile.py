"""Times of an engine's steps as files."""

from __future__ import annotations

import json
import os
import pathlib
import statistics
import tempfile
import threading

FORMATS = ("perfetto", "trex")
Steps = list[tuple[str, int]]


class EngineProfile:
    """The steps of all calls since it was made, written anew at each call.

    Args:
        name: the engine's. folder: where `<name>_engine_execution_profile.trace` goes; default: temporary files.
        profile_format: "perfetto" or "trex".
    Raises:
        ValueError: another format.
    """

    def __init__(self, name: str, folder: str | os.PathLike[str] | None, profile_format: str) -> None:
        if profile_format not in FORMATS:
            raise ValueError(f"{profile_format!r} is no format of profiles: {', '.join(FORMATS)}")
        where = pathlib.Path(folder or tempfile.gettempdir())
        where.mkdir(parents=True, exist_ok=True)
        self.path = where / f"{name}_engine_execution_profile.trace"
        self.profile_format = profile_format
        self.calls: list[Steps] = []
        self.lock = threading.Lock()

    def add(self, steps: Steps) -> None:
        """One call's steps, in nanoseconds."""
        with self.lock:
            self.calls.append(steps)
            content = self._events() if self.profile_format == "perfetto" else self._statistics()
            self.path.write_text(json.dumps(content, indent=1))

    def __deepcopy__(self, memo: object) -> None:
        """Copies of a module do not write into its file."""

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return type(None), ()

    def _events(self) -> dict[str, object]:
        """Calls one after the other."""
        events, time = [], 0
        for call in self.calls:
            for name, ns in call:
                events.append({"name": name, "ph": "X", "ts": time / 1e3, "dur": ns / 1e3, "pid": 0, "tid": 0})
                time += ns
        return {"traceEvents": events, "displayTimeUnit": "ns"}

    def _statistics(self) -> list[dict[str, object]]:
        """The number of calls, then each step."""
        times: dict[str, list[float]] = {}
        for call in self.calls:
            for i, (name, ns) in enumerate(call):
                times.setdefault(f"{i} {name}", []).append(ns / 1e6)
        total = sum(map(sum, times.values())) or 1.0
        steps = [
            {
                "name": name,
                "timeMs": sum(ms),
                "averageMs": statistics.mean(ms),
                "medianMs": statistics.median(ms),
                "percentage": 100 * sum(ms) / total,
            }
            for name, ms in times.items()
        ]
        return [{"count": len(self.calls)}, *steps]
