"""The nine reference programs on this library and its peers, side by side.

    python bench/python/bench_programs.py [--quick] [--seconds S] [--threads N] [--rows NAME ...] [--peers NAME ...]

Each contender (contenders.py) runs in a process of its own; all but the one whose turn it is are stopped. Turns are
short and go round, so all meet the same machine. What was measured is kept in build/bench/, and a run that is broken
off goes on from there with the same options (--fresh: from the start). A full run writes its tables into RESULTS.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
from typing import Any

import environments
from contenders import CONTENDERS
from report import write_report
from turns import ROOT, Process, commit, load_state, machine, take_turns

HERE = pathlib.Path(__file__).parent
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


@dataclasses.dataclass
class Options:
    rows: list[str]
    peers: list[str]
    precisions: list[str]
    seconds: float
    threads: int


# ---- one row ----


def start_all(
    row: str, folder: pathlib.Path, precision: str, options: Options, result: dict[str, Any]
) -> dict[str, Process]:
    """Builds each contender after the other; those that fail are named in the result."""
    running: dict[str, Process] = {}
    for name in [*options.peers, "ours"]:
        entry = result["contenders"][name] = {}
        python, script = environments.python_of(CONTENDERS[name].environment), HERE / "contenders.py"
        command = [python, script, name, folder, precision, options.threads]
        process = Process(command, folder, f"{name}.{precision}.log", options.threads)
        if process.build(entry, f"{precision} {name}"):
            running[name] = process
    return running


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
    subprocess.run([sys.executable, str(HERE / "prepare.py"), str(folder), name, size], check=True)


# ---- the whole run ----


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
