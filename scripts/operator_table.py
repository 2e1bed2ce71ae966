#!/usr/bin/env python3
"""PyTorch's samples of every family of operators through the engines: a table of what passes, is refused, fails.

    python scripts/operator_table.py                      runs what has not run yet with this library, prints the table
    python scripts/operator_table.py --family pad index   some families
    python scripts/operator_table.py --only topk          operators whose name contains this
    python scripts/operator_table.py --show refused       the reasons, most frequent first; or failed
    python scripts/operator_table.py --write FILE         the table as Markdown

Each family runs in processes of its own; what came out stands in build/operators.jsonl. See tests/python/families.py.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORD = ROOT / "build" / "operators.jsonl"
sys.path.insert(0, str(ROOT / "tests" / "python"))
os.environ.setdefault("TORCHTRTC", str(ROOT / "build" / "torchtrtc"))
WAYS = ("static", "dynamic", "in_place", "command")


def work(options: argparse.Namespace) -> None:
    """The worker: one operator and type after the other, each outcome a line."""
    import logging
    import warnings

    import torch

    from families import check

    warnings.simplefilter("ignore")
    logging.disable()
    torch.set_num_threads(1)
    for line in sys.stdin:
        name, dtype = line.split()
        print(json.dumps({"start": [name, dtype]}), flush=True)
        with torch.no_grad():
            for i, o in check(name, getattr(torch, dtype), options.limit, options.command_every):
                row = {"operator": name, "dtype": dtype, "sample": i, "way": o.way, "result": o.result}
                print(json.dumps({**row, "reason": o.reason[:2000]}), flush=True)
        print(json.dumps({"done": [name, dtype]}), flush=True)


def run_family(family: str, jobs: list[tuple[str, str]], options: argparse.Namespace, record: object) -> None:
    """Lines of a worker into the record; a worker that dies costs the case at hand, which counts as failed."""
    while jobs:
        command = [sys.executable, __file__, "--worker", "--limit", str(options.limit)]
        command += ["--command-every", str(options.command_every)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.stdin.write("".join(f"{name} {dtype}\n" for name, dtype in jobs))
        process.stdin.close()
        current = None
        for line in process.stdout:
            if not line.startswith("{"):
                continue
            row = json.loads(line)
            if "start" in row:
                current = tuple(row["start"])
            elif "done" in row:
                jobs.remove(tuple(row["done"]))
            record.write(json.dumps({"family": family, **row}) + "\n")
            record.flush()
        if process.wait() != 0 and current in jobs:
            row = {"operator": current[0], "dtype": current[1], "sample": -1, "way": "static", "result": "failed"}
            row["reason"] = f"the process ended with status {process.returncode}"
            record.write(json.dumps({"family": family, **row}) + "\n")
            jobs.remove(current)
        elif process.returncode != 0:
            raise SystemExit(f"the worker does not start (status {process.returncode})")


def digest() -> str:
    h = hashlib.sha256()
    for name in ("build/libtorchtrt.so.0", "tests/python/families.py"):
        h.update((ROOT / name).read_bytes())
    return h.hexdigest()[:16]


def read_record(path: pathlib.Path) -> list[dict]:
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    finished = {(r["family"], *r["done"]) for r in rows if "done" in r}
    rows = [r for r in rows if "result" in r]
    return [r for r in rows if (r["family"], r["operator"], r["dtype"]) in finished or r["sample"] < 0]


def reasons(row: dict) -> list[str]:
    """'aten.foo.default: no converter' of a refusal, for each operator; the first line of a failure."""
    if row["result"] == "failed":
        return [row["reason"].splitlines()[0] if row["reason"] else ""]
    found = re.findall(r"(\S+) \(\d+x\): (.*?)(?:, at | in forward|;|$)", row["reason"], re.M)
    return [": ".join(pair) for pair in found] or [row["reason"][:200]]


def show(rows: list[dict], result: str) -> None:
    counts: collections.Counter = collections.Counter()
    examples: dict[str, dict] = {}
    for row in rows:
        if row["result"] == result:
            for reason in reasons(row):
                key = f"{row['operator']}: {reason}" if result == "failed" else reason
                counts[key[:250]] += 1
                examples.setdefault(key[:250], row)
    for key, n in counts.most_common():
        e = examples[key]
        print(f"{n:5} {key}   [{e['operator']} {e['dtype']} #{e['sample']} {e['way']}]")


def table(rows: list[dict]) -> str:
    """One line a family: tried, passed, refused, failed in each way."""
    counts: dict[tuple[str, str], collections.Counter] = collections.defaultdict(collections.Counter)
    for row in rows:
        counts[row["family"], row["way"]][row["result"]] += 1
        counts["all", row["way"]][row["result"]] += 1
    families = sorted({f for f, _ in counts} - {"all"}) + ["all"]
    lines = ["| family | " + " | ".join(WAYS) + " |", "| --- |" + " --- |" * len(WAYS)]
    for family in families:
        cells = []
        for way in WAYS:
            c = counts[family, way]
            tried = c["passed"] + c["refused"] + c["failed"]
            cells.append(f"{tried}: {c['passed']} / {c['refused']} / {c['failed']}")
        lines.append(f"| {family} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", nargs="*", help="families; all without")
    parser.add_argument("--only", metavar="TEXT", help="operators whose name contains this")
    parser.add_argument("--dtype", nargs="*", help="types; all without")
    parser.add_argument("--limit", type=int, default=12, help="samples of an operator and type")
    parser.add_argument(
        "--command-every", type=int, default=4, help="each Nth sample goes through torchtrtc too; 0: none"
    )
    parser.add_argument("--record", type=pathlib.Path, default=RECORD, help="where outcomes are kept")
    parser.add_argument("--show", choices=("refused", "failed"), help="list reasons")
    parser.add_argument("--write", metavar="FILE", type=pathlib.Path, help="the table as Markdown")
    parser.add_argument("--no-run", action="store_true", help="only print what is recorded")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options)
        return 0
    from families import FAMILIES, dtypes_of, operators

    key = {"library": digest(), "limit": options.limit, "command_every": options.command_every}
    lines = options.record.read_text().splitlines() if options.record.exists() else []
    if not options.no_run and (not lines or json.loads(lines[0]).get("key") != key):
        options.record.parent.mkdir(exist_ok=True)
        options.record.write_text(json.dumps({"key": key}) + "\n")
    have = {(r["family"], r["operator"], r["dtype"]) for r in read_record(options.record)}
    with open(options.record, "a") as record:
        for family in options.family or FAMILIES if not options.no_run else ():
            jobs = [
                (name, str(dtype).removeprefix("torch."))
                for name in operators(family)
                if not options.only or options.only in name
                for dtype in dtypes_of(name)
            ]
            jobs = [j for j in jobs if (family, *j) not in have and (not options.dtype or j[1] in options.dtype)]
            start = time.time()
            run_family(family, jobs, options, record)
            if time.time() - start > 1:
                print(f"{family}: {time.time() - start:.0f} s", file=sys.stderr, flush=True)
    rows = read_record(options.record)
    if options.show:
        show(rows, options.show)
    else:
        print(table(rows))
    if options.write:
        options.write.write_text(table(rows))
    return 1 if any(r["result"] == "failed" for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
