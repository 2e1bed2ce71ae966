"""Times of an engine's steps as files."""

from __future__ import annotations

import bisect
import itertools
import json
import os
import pathlib
import tempfile
import threading

FORMATS = ("perfetto", "trex")
Steps = list[tuple[str, int]]

_taken: set[pathlib.Path] = set()  # by profiles of this process
_taking = threading.Lock()


def _take(folder: pathlib.Path, name: str) -> pathlib.Path:
    """A file that no other profile of this process writes. Files of earlier processes are written anew."""
    with _taking:
        numbered = (f"{name}_engine_execution_profile_{i}.trace" for i in itertools.count(2))
        names = itertools.chain([f"{name}_engine_execution_profile.trace"], numbered)
        path = next(path for path in (folder.resolve() / n for n in names) if path not in _taken)
        _taken.add(path)
        return path


class EngineProfile:
    """The steps of all calls since it was made; the file is complete after each.

    Args:
        name: the engine's. folder: where `<name>_engine_execution_profile.trace` goes; default: a new one among
            temporary files.
        profile_format: "perfetto" or "trex".
    Raises:
        ValueError: another format.
    """

    def __init__(self, name: str, folder: str | os.PathLike[str] | None, profile_format: str) -> None:
        if profile_format not in FORMATS:
            raise ValueError(f"{profile_format!r} is no format of profiles: {', '.join(FORMATS)}")
        where = pathlib.Path(folder or tempfile.mkdtemp(prefix="torch_tensorrt_profile_"))
        where.mkdir(parents=True, exist_ok=True)
        self.path = _take(where, name)
        self.profile_format = profile_format
        self.n_calls, self.time_ns = 0, 0
        self.times: dict[str, list[float]] = {}  # of each step, milliseconds, sorted
        self.lock = threading.Lock()

    def add(self, steps: Steps) -> None:
        """One call's steps, in nanoseconds."""
        with self.lock:
            if self.profile_format == "perfetto":
                self._append_events(steps)
            else:
                self._write_statistics(steps)
            self.n_calls += 1

    def __deepcopy__(self, memo: object) -> None:
        """Copies of a module do not write into its file."""

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return type(None), ()

    def _append_events(self, steps: Steps) -> None:
        """Calls one after the other. The end of the file gives way to the new ones: rewriting them all would take
        longer with every call."""
        events = []
        for name, ns in steps:
            event = {"name": name, "ph": "X", "ts": self.time_ns / 1e3, "dur": ns / 1e3, "pid": 0, "tid": 0}
            events.append(json.dumps(event))
            self.time_ns += ns
        end = b"\n]}\n"
        text = ",\n".join(events).encode()
        if self.n_calls == 0 or not self.path.exists():
            self.path.write_bytes(b'{"displayTimeUnit": "ns", "traceEvents": [\n' + text + end)
            return
        with self.path.open("r+b") as file:
            file.seek(-len(end), os.SEEK_END)
            file.write(b",\n" + text + end)

    def _write_statistics(self, steps: Steps) -> None:
        """The number of calls, then each step."""
        for i, (name, ns) in enumerate(steps):
            bisect.insort(self.times.setdefault(f"{i} {name}", []), ns / 1e6)
        sums = {name: sum(ms) for name, ms in self.times.items()}
        total = sum(sums.values()) or 1.0
        content = [
            {
                "name": name,
                "timeMs": sums[name],
                "averageMs": sums[name] / len(ms),
                "medianMs": (ms[(len(ms) - 1) // 2] + ms[len(ms) // 2]) / 2,
                "percentage": 100 * sums[name] / total,
            }
            for name, ms in self.times.items()
        ]
        self.path.write_text(json.dumps([{"count": self.n_calls + 1}, *content], indent=1))
