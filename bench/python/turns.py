"""Contenders that take turns: a process each, all stopped but the one whose turn it is, so all meet the same machine.
What a run of many rows keeps in a file, so that it goes on where it was broken off.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import signal
import statistics
import subprocess
import time
from collections.abc import Sequence
from typing import Any

ROOT = pathlib.Path(__file__).parents[2]

TURN_S = 0.06  # of timed calls
WARM_S = 0.3  # a call that takes less gets an untimed one at the start of a turn, for its caches
MIN_TURNS = 9  # the three thirds of a run are compared
SLOW_S = 2  # a contender whose call takes longer has three turns
BUILD_LIMIT_S = 300
CALL_LIMIT_S = 120


# ---- a contender's process ----


class Gone(Exception):
    """A contender that gave an error, died, or took too long."""


class Process:
    """Speaks with one contender. It is stopped except while it answers, so that threads which spin disturb nobody."""

    def __init__(self, command: Sequence[object], folder: pathlib.Path, log: str, threads: int) -> None:
        environment = os.environ | {
            "OMP_NUM_THREADS": str(threads),
            "TTRT_NUM_THREADS": str(threads),
            "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1",
            "TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor"),
        }
        with open(folder / log, "w") as errors:
            self.process = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                start_new_session=True,
            )
        self._signal(signal.SIGSTOP)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def ask(self, limit_s: float, **command: Any) -> Any:
        assert self.process.stdin and self.process.stdout
        self._signal(signal.SIGCONT)
        try:
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Gone("its process ended") from None
        if not select.select([self.process.stdout], [], [], limit_s)[0]:
            raise Gone(f"no answer within {limit_s:.0f} s")
        line = self.process.stdout.readline()
        self._signal(signal.SIGSTOP)
        if not line:
            code = self.process.wait()
            raise Gone(f"its process ended by signal {-code}" if code < 0 else f"its process ended with status {code}")
        reply = json.loads(line)
        if "error" in reply:
            raise Gone(reply["error"])
        return reply["ok"]

    def build(self, entry: dict[str, Any], name: str) -> bool:
        """Seconds to the first result and its error go into the entry, or why there is none: then the process ends."""
        try:
            self.ask(BUILD_LIMIT_S, do="open")
            entry["build_s"] = self.ask(BUILD_LIMIT_S, do="build")
            entry["error"] = self.ask(CALL_LIMIT_S, do="error")
        except Gone as e:
            entry["refused"] = str(e)
            self.close()
            print(f"  {name}: {e}", flush=True)
            return False
        print(f"  {name}: built in {entry['build_s']:.2f} s, error {entry['error']:.1e}", flush=True)
        return True

    def close(self) -> None:
        self._signal(signal.SIGKILL)
        self.process.wait()


# ---- turns ----


def take_turns(running: dict[str, Process], seconds: float, result: dict[str, Any]) -> None:
    """One that gives an error, or dies, is named in the result and has no more turns."""
    times: dict[str, list[list[list[int]]]] = {name: [] for name in running}
    calls: dict[str, tuple[int, int]] = {}
    slow: dict[str, bool] = {}

    def ask(name: str, **command: Any) -> Any:
        try:
            return running[name].ask(CALL_LIMIT_S, **command)
        except Gone as e:
            result["contenders"][name]["refused"] = str(e)
            running.pop(name).close()
            print(f"  {name}: {e}", flush=True)
            return None

    for name in [*running]:
        if first := ask(name, do="run", warm=1, n=2):
            one = min(wall for wall, _ in first) * 1e-9
            calls[name] = int(one < WARM_S), max(1, round(TURN_S / one))
            slow[name] = one > SLOW_S
    end = time.monotonic() + seconds * len(running)
    turns = 0
    while running and (turns < MIN_TURNS or time.monotonic() < end):
        for name in [*running]:
            warm, n = calls[name]
            if slow[name] and turns >= 3:
                continue
            if turn := ask(name, do="run", warm=warm, n=n):
                times[name].append(turn)
        turns += 1
    for name in [*running]:
        memory = ask(name, do="memory")
        if memory is None:
            continue
        walls = [[wall for wall, _ in turn] for turn in times[name]]
        thirds = [walls[k * len(walls) // 3 : (k + 1) * len(walls) // 3] for k in range(3)]
        result["contenders"][name] |= {
            "best_ms": min(map(min, walls)) * 1e-6,
            "median_ms": statistics.median(sum(walls, [])) * 1e-6,
            "cpu_ms": min(cpu for turn in times[name] for _, cpu in turn) * 1e-6,
            "thirds_ms": [min(map(min, part)) * 1e-6 for part in thirds],
            "calls": sum(map(len, walls)),
            "peak_bytes": memory,
        }


# ---- a run ----


def machine() -> dict[str, Any]:
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "unknown")
    return {"cpu": model, "cpus": len(os.sched_getaffinity(0)), "load": os.getloadavg()}


def commit() -> str:
    done = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def load_state(path: pathlib.Path, key: dict[str, Any], fresh: bool) -> dict[str, Any]:
    if path.exists() and not fresh:
        state = json.loads(path.read_text())
        if state["key"] == key:
            return state
        print(f"{path.relative_to(ROOT)} is of another commit or other options: starting anew", flush=True)
    return {"key": key, "begin": machine(), "rows": []}
