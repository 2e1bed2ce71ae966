#!/usr/bin/env python3
"""Runs the package's tests on several versions of PyTorch and of Python, one wheel for all; goes on where it stopped.

    python scripts/test_matrix.py                 the rows that have not passed yet with these sources
    python scripts/test_matrix.py --only "3.11"   those whose name contains it
    python scripts/test_matrix.py --again         those that passed, too
    python scripts/test_matrix.py --list          which there are, and their results

A row gets a virtual environment of its own below build/matrix, of some 7 GB where pip takes PyTorch with CUDA, which is
deleted after it. Interpreters are those on PATH and pyenv's. Results stand in build/matrix/results.json.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass
from typing import Any

from test_full import ROOT, digest

WORK = ROOT / "build" / "matrix"
RESULTS = WORK / "results.json"
NEEDED_BYTES = 15 << 30  # an environment, and what pip unpacks on its way there

# What scripts/setup.sh installs for the tests of Python.
PACKAGES = ("pytest>=8", "expecttest", "numpy", "transformers>=5", "tensorrt-rtx-cu13-libs==1.7.1.116")


@dataclass(frozen=True)
class Row:
    torch: str  # "": the newest that pip installs
    python: str

    @property
    def name(self) -> str:
        return f"torch {self.torch or 'newest'}, python {self.python}"

    @property
    def requirement(self) -> str:
        return f"torch=={self.torch}" if self.torch else "torch"


# The oldest that is supported, the one that is developed with, and the newest; each Python with one of them at least.
ROWS = (
    Row("2.10.0", "3.11"),
    Row("2.13.0", "3.11"),
    Row("", "3.11"),
    Row("2.10.0", "3.10"),
    Row("2.13.0", "3.12"),
    Row("", "3.13"),
)

# Names of pytest runs and their arguments. The operators' long sweep is the same code on every version: a sixth of it.
RUNS = (
    ("package", ("tests/python", "--ignore", "tests/python/test_ops.py", "--ignore", "tests/python/test_families.py")),
    ("operators", ("tests/python/test_ops.py", "--shard", "0/6")),
)


# ---- environments ----


def interpreter(version: str) -> str | None:
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    candidates = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))]
    for path in filter(None, candidates):
        # pyenv's stand-ins are on PATH for versions that are not chosen, too, and fail.
        done = subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True)
        if done.returncode == 0:
            return str(path)
    return None


def build_wheel() -> pathlib.Path:
    """One for all rows: nothing in it is compiled against Python or PyTorch."""
    folder = WORK / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    environment = os.environ | {"PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "-w", str(folder)]
    subprocess.run([*command, f"-Cbuild-dir={ROOT / 'build' / 'wheel'}", str(ROOT)], check=True, env=environment)
    (wheel,) = folder.glob("*-py3-none-*.whl")
    return wheel


def copy_tests() -> pathlib.Path:
    """The tracked files as they are now: a run takes long, and the checkout may change meanwhile."""
    folder = WORK / "tree"
    shutil.rmtree(folder, ignore_errors=True)
    names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).rstrip("\0").split("\0")
    for name in names:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def make_environment(row: Row, python: str, wheel: pathlib.Path, folder: pathlib.Path) -> str:
    """Its interpreter."""
    subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
    inside = str(folder / "bin" / "python")
    install = [inside, "-m", "pip", "install", "-q", "--no-cache-dir", "--disable-pip-version-check"]
    subprocess.run([*install, row.requirement, str(wheel), *PACKAGES], check=True)
    return inside


# ---- tests ----


def tests_environment(python: str) -> dict[str, str]:
    """Nothing of a checkout: the installed package, its library and its torchtrtc."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "TTRT_LIBRARY", "VIRTUAL_ENV")}
    folder = pathlib.Path(python).parent
    return environment | {
        "TORCHTRTC": str(folder / "torchtrtc"),
        "PATH": f"{folder}:{os.environ['PATH']}",
        "PROGRAM_WEIGHTS": str(ROOT / "weights"),
    }


def run_tests(python: str, tree: pathlib.Path, args: tuple[str, ...], log: pathlib.Path) -> dict[str, Any]:
    """Counts, the names of what failed, and the reasons of what was skipped, with their numbers."""
    report = log.with_suffix(".xml")
    report.unlink(missing_ok=True)
    command = [python, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", *args]
    with open(log, "w") as out:
        status = subprocess.run(
            command, cwd=tree, env=tests_environment(python), stdout=out, stderr=subprocess.STDOUT
        ).returncode
    if not report.exists():
        return {"failed": [f"pytest ended with status {status}, see {log}"], "passed": 0, "skipped": {}}
    failed, skipped, passed = [], Counter(), 0
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif skip is not None:
            skipped[skip.get("message", "")] += 1
        else:
            passed += 1
    if status not in (0, 1):  # 1: some failed
        failed.append(f"pytest ended with status {status}, see {log}")
    return {"passed": passed, "failed": failed, "skipped": dict(skipped)}


def run_row(row: Row, wheel: pathlib.Path, tree: pathlib.Path) -> dict[str, Any]:
    python = interpreter(row.python)
    if python is None:
        return {"missing": f"no python{row.python} on PATH or in pyenv"}
    free = shutil.disk_usage(WORK).free
    if free < NEEDED_BYTES:
        return {"missing": f"{free >> 30} GB free, an environment may take {NEEDED_BYTES >> 30}"}
    start = time.time()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="env-", dir=WORK))
    try:
        inside = make_environment(row, python, wheel, folder)
        ask = "import torch, sys; print(torch.__version__, sys.version.split()[0])"
        torch, version = subprocess.check_output([inside, "-c", ask], text=True).split()
        result: dict[str, Any] = {"torch": torch, "python": version, "runs": {}}
        for name, args in RUNS:
            result["runs"][name] = run_tests(inside, tree, args, WORK / f"{torch}-py{row.python}-{name}.log")
    except subprocess.CalledProcessError as e:
        return {"missing": f"cannot be installed: {' '.join(e.cmd[-9:])} ended with status {e.returncode}"}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return result | {"seconds": round(time.time() - start)}


# ---- results ----


def totals(result: dict[str, Any]) -> tuple[int, int, int]:
    runs = result["runs"].values()
    return (
        sum(r["passed"] for r in runs),
        sum(len(r["failed"]) for r in runs),
        sum(sum(r["skipped"].values()) for r in runs),
    )


def line(row: Row, result: dict[str, Any] | None) -> str:
    if result is None:
        return f"{row.name:<30} not run"
    if "missing" in result:
        return f"{row.name:<30} not run: {result['missing']}"
    passed, failed, skipped = totals(result)
    what = f"torch {result['torch']}, python {result['python']}"
    return f"{what:<36} {passed:>5} passed {failed:>4} failed {skipped:>4} skipped {result['seconds']:>6} s"


def details(result: dict[str, Any]) -> list[str]:
    lines = []
    for name, run in result.get("runs", {}).items():
        lines += [f"    failed, {name}: {test}" for test in run["failed"]]
        lines += [f"    skipped, {name}: {n} x {reason}" for reason, n in run["skipped"].items()]
    return lines


def has_passed(result: dict[str, Any] | None) -> bool:
    return result is not None and "runs" in result and totals(result)[1] == 0


def load(sources: str) -> dict[str, Any]:
    record = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return record["rows"] if record.get("sources") == sources else {}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="run rows that passed too")
    parser.add_argument("--list", action="store_true", help="print the rows and what is known of them")
    parser.add_argument("--only", metavar="TEXT", default="", help="rows whose name contains this")
    options = parser.parse_args()
    chosen = [row for row in ROWS if options.only in row.name]
    WORK.mkdir(parents=True, exist_ok=True)
    sources = digest()
    results = load(sources)
    todo = [] if options.list else [r for r in chosen if options.again or not has_passed(results.get(r.name))]
    if todo:
        wheel, tree = build_wheel(), copy_tests()
    for row in todo:
        results[row.name] = run_row(row, wheel, tree)
        RESULTS.write_text(json.dumps({"sources": sources, "rows": results}, indent=1))
        print(line(row, results[row.name]), *details(results[row.name]), sep="\n", flush=True)
    print("", *(line(row, results.get(row.name)) for row in chosen), sep="\n")
    return 0 if options.list or all(has_passed(results.get(row.name)) for row in chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
