"""The nine reference programs on this library and its peers, side by side.

    python bench/python/bench_programs.py [--quick] [--seconds S] [--threads N] [--rows NAME ...] [--peers NAME ...]

Each contender (contenders.py) runs in a process of its own; all but the one whose turn it is are stopped. Turns are
short and go round, so all meet the same machine. What was measured is kept in build/bench/, and a run that is broken
off goes on from there with the same options (--fresh: from the start). A full run writes its tables into RESULTS.md.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import select
import shutil
import signal
import statistics
import subprocess
import sys
import time
from typing import Any

import environments
from contenders import CONTENDERS
from report import write_report

ROOT = pathlib.Path(__file__).parents[2]
WORK = ROOT / "build" / "bench"

ROWS = [
    "mlp8:1",
    "mlp8:256",
    "resnet50:1",
    "resnet50:8",
    "llama160m:1x128",
    "llama160m:1x1",
    "mobilenet_v2:-",
    "vit_b16:-",
    "bert:-",
    "gpt2:-",
    "minilm:-",
    "crepe:-",
]
QUICK_ROWS = ["mlp8:1", "mlp8:256", "resnet50:1", "minilm:-", "crepe:-"]
QUICK_PEERS = ["eager", "onnxruntime", "openvino"]
PRECISIONS = ["fp32", "bf16"]

TURN_S = 0.06  # of timed calls
WARM_S = 0.3  # a call that takes less gets an untimed one at the start of a turn, for its caches
MIN_TURNS = 9  # the three thirds of a run are compared
BUILD_LIMIT_S = 1200
CALL_LIMIT_S = 120


@dataclasses.dataclass
class Options:
    rows: list[str]
    peers: list[str]
    precisions: list[str]
    seconds: float
    threads: int


# ---- a contender's process ----


class Gone(Exception):
    """A contender that gave an error, died, or took too long."""


class Process:
    """Speaks with one contender. It is stopped except while it answers, so that threads which spin disturb nobody."""

    def __init__(self, name: str, folder: pathlib.Path, precision: str, threads: int) -> None:
        self.name = name
        command = [
            environments.python_of(CONTENDERS[name].environment),
            pathlib.Path(__file__).with_name("contenders.py"),
        ]
        environment = os.environ | {
            "OMP_NUM_THREADS": str(threads),
            "TTRT_NUM_THREADS": str(threads),
            "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1",
            "TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor"),
        }
        with open(folder / f"{name}.{precision}.log", "w") as log:
            self.process = subprocess.Popen(
                [*map(str, command), name, str(folder), precision, str(threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
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

    def close(self) -> None:
        self._signal(signal.SIGKILL)
        self.process.wait()


# ---- one row ----


def start_all(
    row: str, folder: pathlib.Path, precision: str, options: Options, result: dict[str, Any]
) -> dict[str, Process]:
    """Builds each contender after the other; those that fail are named in the result."""
    running: dict[str, Process] = {}
    for name in [*options.peers, "ours"]:
        entry = result["contenders"][name] = {}
        process = Process(name, folder, precision, options.threads)
        try:
            process.ask(BUILD_LIMIT_S, do="open")
            entry["build_s"] = process.ask(BUILD_LIMIT_S, do="build")
            entry["error"] = process.ask(CALL_LIMIT_S, do="error")
            running[name] = process
            print(f"  {precision} {name}: built in {entry['build_s']:.2f} s, error {entry['error']:.1e}", flush=True)
        except Gone as e:
            entry["refused"] = str(e)
            process.close()
            print(f"  {precision} {name}: {e}", flush=True)
    return running


def take_turns(running: dict[str, Process], seconds: float, result: dict[str, Any]) -> None:
    times: dict[str, list[list[list[int]]]] = {name: [] for name in running}
    calls: dict[str, tuple[int, int]] = {}
    for name, process in running.items():
        one = min(wall for wall, _ in process.ask(CALL_LIMIT_S, do="run", warm=1, n=2)) * 1e-9
        calls[name] = int(one < WARM_S), max(1, round(TURN_S / one))
    end = time.monotonic() + seconds * len(running)
    turns = 0
    while turns < MIN_TURNS or time.monotonic() < end:
        for name, process in running.items():
            warm, n = calls[name]
            times[name].append(process.ask(CALL_LIMIT_S, do="run", warm=warm, n=n))
        turns += 1
    for name, process in running.items():
        entry = result["contenders"][name]
        walls = [[wall for wall, _ in turn] for turn in times[name]]
        thirds = [walls[k * turns // 3 : (k + 1) * turns // 3] for k in range(3)]
        entry |= {
            "best_ms": min(map(min, walls)) * 1e-6,
            "median_ms": statistics.median(sum(walls, [])) * 1e-6,
            "cpu_ms": min(cpu for turn in times[name] for _, cpu in turn) * 1e-6,
            "thirds_ms": [min(map(min, part)) * 1e-6 for part in thirds],
            "calls": sum(map(len, walls)),
            "peak_bytes": process.ask(CALL_LIMIT_S, do="memory"),
        }


def from_c(folder: pathlib.Path, precision: str, threads: int) -> dict[str, Any]:
    """Build time and peak memory without Python: torchtrtc opens the program, compiles it in memory and runs it."""
    tool = os.environ.get("TORCHTRTC", str(ROOT / "build" / "torchtrtc"))
    command = [tool, "bench", str(folder / "program.pt2"), "--precision", precision, "--threads", str(threads)]
    done = subprocess.run([*command, "--seconds", "1", "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        return {"refused": done.stderr.strip().splitlines()[0]}
    facts = json.loads(done.stdout)
    return {"build_s": facts["load_s"], "best_ms": facts["min_ms"], "peak_bytes": facts["peak_memory_bytes"]}


def peaks(threads: int) -> dict[str, float]:
    source, program = ROOT / "bench" / "kernels" / "peaks.c", WORK / "peaks"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        flags = ["-O3", "-march=native", "-pthread"]
        subprocess.run([os.environ.get("CC", "cc").split()[-1], *flags, str(source), "-o", str(program)], check=True)
    return json.loads(subprocess.run([str(program), str(threads)], capture_output=True, check=True).stdout)


def measure(row: str, precision: str, folder: pathlib.Path, options: Options) -> dict[str, Any]:
    facts = json.loads((folder / "row.json").read_text())
    result: dict[str, Any] = {"row": row, "precision": precision, **facts, "contenders": {}}
    result["c"] = from_c(folder, precision, options.threads)
    running = start_all(row, folder, precision, options, result)
    try:
        before = peaks(options.threads)
        take_turns(running, options.seconds, result)
        after = peaks(options.threads)
    finally:
        for process in running.values():
            process.close()
    result["peaks"] = {key: max(before[key], after[key]) for key in before}
    return result


def prepare(row: str, folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    name, size = row.split(":")
    script = pathlib.Path(__file__).with_name("prepare.py")
    subprocess.run([sys.executable, str(script), str(folder), name, size], check=True)


# ---- the whole run ----


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
        print("build/bench/state.json is of another commit or other options: starting anew", flush=True)
    return {"key": key, "begin": machine(), "rows": []}


def run(options: Options, fresh: bool) -> dict[str, Any]:
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / "state.json"
    key = {**dataclasses.asdict(options), "commit": commit()}
    state = load_state(path, key, fresh)
    for row in options.rows:
        folder = WORK / "row"
        missing = [
            p for p in options.precisions if not any(r["row"] == row and r["precision"] == p for r in state["rows"])
        ]
        if missing:
            print(row, flush=True)
            prepare(row, folder)
        for precision in missing:
            state["rows"].append(measure(row, precision, folder, options))
            state["end"] = machine()
            path.write_text(json.dumps(state, indent=1))
        shutil.rmtree(folder, ignore_errors=True)
    return state


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rows and peers, under 5 minutes")
    parser.add_argument("--rows", nargs="+", default=None, help=f"PROGRAM:SIZE, default: {' '.join(ROWS)}")
    parser.add_argument("--peers", nargs="*", default=None, choices=[n for n in CONTENDERS if n != "ours"])
    parser.add_argument("--precisions", nargs="+", default=None, choices=PRECISIONS)
    parser.add_argument("--seconds", type=float, default=None, help="of turns for each contender, default 8")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="forget a run that was broken off")
    parser.add_argument("--output", type=pathlib.Path, default=None, help="file whose tables are written anew")
    return parser.parse_args()


def main() -> None:
    asked = parse()
    options = Options(
        rows=asked.rows or (QUICK_ROWS if asked.quick else ROWS),
        peers=asked.peers
        if asked.peers is not None
        else QUICK_PEERS
        if asked.quick
        else [n for n in CONTENDERS if n != "ours"],
        precisions=asked.precisions or (["fp32"] if asked.quick else PRECISIONS),
        seconds=asked.seconds or (2 if asked.quick else 8),
        threads=asked.threads,
    )
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) > options.threads:  # libraries that count processors shall count as many as there are threads
        os.sched_setaffinity(0, cpus[: options.threads])
    state = run(options, asked.fresh)
    complete = options.rows == ROWS and not asked.quick
    output = asked.output or (ROOT / "bench" / "RESULTS.md" if complete else None)
    write_report(state, " ".join(["python bench/python/bench_programs.py", *sys.argv[1:]]), output)


if __name__ == "__main__":
    main()
