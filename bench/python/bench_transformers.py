"""Models of transformers under torch.compile: the backend of this library beside PyTorch eager and inductor.

    python bench/python/bench_transformers.py [--models NAME ...] [--seconds S] [--threads N] [--fresh] [--output FILE]

Of each model (tests/python/models.py): TorchDynamo's graphs, what of them is in engines, the difference to eager, the
time to the first result and that of a call. Contenders take turns as in bench_programs.py, and a run that is broken off
goes on in the same way; its state is in build/bench-transformers/. A full run writes its table into RESULTS.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import sys
from collections import Counter
from typing import Any

import environments
from report import ms, table, write_between
from turns import CALL_LIMIT_S, ROOT, Process, commit, load_state, machine, take_turns

sys.path.insert(0, str(ROOT / "tests" / "python"))
from models import MODELS  # noqa: E402

WORK = ROOT / "build" / "bench-transformers"
CONTENDERS = ["eager", "inductor", "ours"]


@dataclasses.dataclass
class Options:
    models: list[str]
    seconds: float
    threads: int


# ---- measuring ----


def measure(name: str, options: Options, python: str) -> dict[str, Any]:
    folder = WORK / "row"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result: dict[str, Any] = {"model": name, "contenders": {}}
    running: dict[str, Process] = {}
    try:
        for contender in CONTENDERS:
            entry = result["contenders"][contender] = {}
            script = pathlib.Path(__file__).with_name("transformer_contenders.py")
            command = [python, script, contender, name, options.threads]
            process = Process(command, folder, f"{contender}.log", options.threads)
            if process.build(entry, contender):
                running[contender] = process
        take_turns(running, options.seconds, result)
        if "ours" in running:
            result["coverage"] = running["ours"].ask(CALL_LIMIT_S, do="coverage")
    finally:
        for process in running.values():
            process.close()
    shutil.rmtree(folder)
    return result


def run(options: Options, fresh: bool) -> dict[str, Any]:
    python = environments.python_of("transformers")
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / "state.json"
    state = load_state(path, {**dataclasses.asdict(options), "commit": commit()}, fresh)
    for name in options.models:
        if any(row["model"] == name for row in state["rows"]):
            continue
        print(name, flush=True)
        state["rows"].append(measure(name, options, python))
        state["end"] = machine()
        path.write_text(json.dumps(state, indent=1))
    return state


# ---- the table ----


def _number(x: float | None) -> str:
    return "-" if x is None else f"{x:.2f}"


def _ratio(row: dict[str, Any], other: str, key: str = "best_ms") -> float | None:
    ours, peer = (row["contenders"][name] for name in ("ours", other))
    return ours[key] / peer[key] if key in ours and key in peer else None


def _thirds(row: dict[str, Any]) -> str:
    ours, eager = (row["contenders"][name].get("thirds_ms") for name in ("ours", "eager"))
    if not ours or not eager:
        return "-"
    ratios = [x / y for x, y in zip(ours, eager, strict=True)]
    return f"{min(ratios):.2f}-{max(ratios):.2f}"


def _cells(row: dict[str, Any]) -> list[str]:
    kind = next(m.kind for m in MODELS if m.name == row["model"])
    entries = [row["contenders"][name] for name in CONTENDERS]
    times = ["failed" if "refused" in e else ms(e["best_ms"]) for e in entries]
    first = ["failed" if "refused" in e else f"{e['build_s']:.1f}" for e in entries]
    errors = ["failed" if "refused" in e else f"{e['error']:.1e}" for e in entries]
    coverage = row.get("coverage")
    graphs = ["-"] * 3
    if coverage:
        supported, total, engines = map(sum, zip(*coverage["engines"], strict=True))
        graphs = [str(coverage["graphs"]), f"{supported} of {total}", str(engines)]
    return (
        [row["model"], kind, *graphs, errors[2], *times]
        + [_number(_ratio(row, "eager")), _thirds(row), _number(_ratio(row, "inductor")), *first]
    )  # fmt: skip


def _left_out(rows: list[dict[str, Any]]) -> list[str]:
    lines = []
    for row in rows:
        coverage = row.get("coverage", {"breaks": [], "refused": []})
        lines += [f"- {row['model']}, graph break: {reason}" for reason in coverage["breaks"]]
        lines += [f"- {row['model']}: {n} x {what}" for what, n in Counter(coverage["refused"]).items()]
        lines += [f"- {row['model']}, {n}: {e['refused']}" for n, e in row["contenders"].items() if "refused" in e]
    return ["What is not in engines, and what failed:", "", *lines, ""] if lines else []


def report(state: dict[str, Any], command: str) -> str:
    key, rows, begin, end = state["key"], state["rows"], state["begin"], state["end"]
    versions = next((row["coverage"] for row in rows if "coverage" in row), {"torch": "?", "transformers": "?"})
    head = ["model", "kind", "graphs", "operators in engines", "engines", "error", "eager ms", "inductor ms", "ours ms"]
    head += ["to eager", "thirds", "to inductor", "first: eager s", "inductor s", "ours s"]
    lines = [
        f"`{command}`, commit {key['commit']}, PyTorch {versions['torch']}, transformers {versions['transformers']}, "
        f"{key['threads']} threads of {begin['cpus']} ({begin['cpu']}); load average {begin['load'][0]:.1f} before, "
        f"{end['load'][0]:.1f} after.",
        "",
        "`graphs`: of TorchDynamo, one where it breaks nowhere. `error`: the largest difference from eager over all "
        "results, of each one's scale. Times: best of a call; `to eager`, `to inductor`: ours by theirs, below 1 is "
        "faster; `thirds`: the ratio to eager in each third of the run, lowest and highest. `first`: from the model in "
        "memory to the first call's result, in a process of its own, without caches on disk.",
        "",
        *table(head, map(_cells, rows)),
        *_left_out(rows),
    ]
    return "\n".join(lines)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [row.name for row in MODELS]
    parser.add_argument("--models", nargs="+", default=names, choices=names, metavar="NAME", help=" ".join(names))
    parser.add_argument("--seconds", type=float, default=2, help="of turns for each contender, default 2")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="forget a run that was broken off")
    parser.add_argument("--output", type=pathlib.Path, default=None, help="file whose table is written anew")
    return parser.parse_args()


def main() -> None:
    asked = parse()
    options = Options(models=asked.models, seconds=asked.seconds, threads=asked.threads)
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) > options.threads:  # libraries that count processors shall count as many as there are threads
        os.sched_setaffinity(0, cpus[: options.threads])
    state = run(options, asked.fresh)
    text = report(state, " ".join(["python bench/python/bench_transformers.py", *sys.argv[1:]]))
    print(text)
    output = asked.output or (ROOT / "bench" / "RESULTS.md" if len(options.models) == len(MODELS) else None)
    if output:
        write_between(text, "bench_transformers.py", output)


if __name__ == "__main__":
    main()
