#!/usr/bin/env python3
"""Checks engine tensorrt on a GPU: the nine programs, the operators, the library and the package, in one command.

    python scripts/gpu_check.py [STAGE ...] [--work FOLDER] [--jobs N] [--samples N] [--output FILE]

    programs    the nine at full size with dynamic sizes, float32 and float16, against eager at the example, smallest,
                largest and other sizes; built in a process that sees no GPU, run in another
    operators   the operator tests, and PyTorch's samples of each family in float32, float16 and bfloat16: every program
                that engine cpu takes is built for engine tensorrt too and compared with it
    library     tests/gpu/test_gpu.c (its program is looked for in build/)
    package     tests/gpu: CUDA tensors, streams, threads, mixed programs, 10 000 runs, errors, NVIDIA's own bindings

Prints a table; --output writes it as a page. Logs are in FOLDER. Exit status 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from collections.abc import Iterable

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "python"))
TYPES = ("float32", "float16", "bfloat16")


class Check:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.work = options.work
        self.work.mkdir(parents=True, exist_ok=True)
        self.lines: list[str] = []
        self.good = True

    def say(self, text: str = "") -> None:
        self.lines.append(text)
        print(text, flush=True)

    def fail(self, text: str) -> None:
        self.good = False
        self.say(text)

    def run(self, name: str, command: list[object], **environment: str) -> tuple[int, str]:
        """Status and output of a command, which its log keeps."""
        with open(self.work / f"{name}.log", "w+") as log:
            done = subprocess.run(
                [str(word) for word in command], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
                env=os.environ | environment,
            )  # fmt: skip
            log.seek(0)
            return done.returncode, log.read()

    def all(self, commands: Iterable[tuple[str, list[object]]], jobs: int, **environment: str) -> list[tuple[int, str]]:
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(lambda c: self.run(c[0], c[1], **environment), commands))

    # ---- stages ----

    def programs(self) -> None:
        from programs import PROGRAMS

        script, plans = ROOT / "tests" / "gpu" / "programs_gpu.py", self.work / "plans"
        python = [sys.executable, script]
        # float32 is meant: no TF32.
        exact = {"NVIDIA_TF32_OVERRIDE": "0"}
        self.say("Largest error to eager in float32, of the output's scale, and eager's own in that type.\n")
        self.say("| program | type | first input | error | eager's |\n| --- | --- | --- | --- | --- |")
        jobs = max(1, self.options.jobs // 2)
        built = self.all(
            [(f"build-{n}", [*python, "build", plans, n, "--full"]) for n in PROGRAMS], jobs,
            CUDA_VISIBLE_DEVICES="", **exact,
        )  # fmt: skip
        ran = self.all([(f"run-{n}", [*python, "run", plans, n, "--full"]) for n in PROGRAMS], 4, **exact)
        seconds = []
        for name, (build_status, build_text), (run_status, run_text) in zip(PROGRAMS, built, ran, strict=True):
            rows = [line for line in run_text.splitlines() if line.startswith(f"| {name} ")]
            for row in rows:
                self.say(row)
            seconds += re.findall(r"built in ([\d.]+) s", build_text)
            if build_status or run_status or not rows:
                text = build_text if build_status else run_text
                self.fail(f"| {name} | FAILED: {' '.join(text.split())[-300:]} | | | |")
        times = sorted(map(float, seconds)) or [0.0]
        self.say(f"\nPlans took {times[0]} to {times[-1]} s to build, {jobs} at a time.")

    def operators(self) -> None:
        jobs = self.options.jobs
        families = ["-m", "full", "tests/python/test_families.py", "-k", " or ".join(TYPES)]
        families += ["--samples", self.options.samples]
        commands: list[tuple[str, list[object]]] = []
        for what, args in (("operators", ["tests/python/test_ops.py"]), ("families", families)):
            for i in range(jobs):
                name = f"{what}-{i}"
                (self.work / f"{name}.jsonl").unlink(missing_ok=True)
                table = ["--tensorrt-table", self.work / f"{name}.jsonl", "--shard", f"{i}/{jobs}"]
                pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
                commands.append((name, [*pytest, *args, *table]))
        self.all(commands, jobs, OMP_NUM_THREADS="1", TTRT_NUM_THREADS="1")
        self.say("| tests | programs | whole or in part on the GPU | left out, with a reason | wrong |")
        self.say("| --- | --- | --- | --- | --- |")
        wrong = []
        for what in ("operators", *TYPES):
            count: collections.Counter[str] = collections.Counter()
            for path in self.work.glob("operators-*.jsonl" if what == "operators" else "families-*.jsonl"):
                for line in map(json.loads, path.read_text().splitlines()):
                    if what != "operators" and f"torch.{what}" not in line["test"]:
                        continue
                    is_wrong = bool(line.get("fails") or line.get("differs"))
                    count["all"] += 1
                    count["taken"] += bool(line.get("tensorrt"))
                    count["wrong"] += is_wrong
                    if is_wrong:
                        wrong.append(f"{line['test']}: {line.get('fails') or line['differs']}"[:400])
            name = "operator tests" if what == "operators" else f"families, {what}"
            left = count["all"] - count["taken"]
            self.say(f"| {name} | {count['all']} | {count['taken']} | {left} | {count['wrong']} |")
            if not count["all"]:
                self.fail(f"\nNOTHING came out: {tails(self.work, 'operators' if what == 'operators' else 'families')}")
        if wrong:
            self.fail("\n" + "\n".join(f"- WRONG {text}" for text in wrong[:40]))

    def library(self) -> None:
        program = next(iter(ROOT.glob("build/**/test_gpu")), None)
        if not program:
            self.say("tests/gpu/test_gpu.c was not run: build/ has no test_gpu.")
            return
        status, text = self.run("library", [program])
        passed = len(re.findall(r"\[       OK \]", text))
        self.say(f"tests/gpu/test_gpu.c: {passed} tests passed.")
        if status:
            failed = re.findall(r"\[  FAILED  \] (.*)", text)
            self.fail(f"FAILED (status {status}): {', '.join(sorted(set(failed))) or text[-300:]}")

    def package(self) -> None:
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        status, text = self.run("package", [*pytest, "tests/gpu"])
        last = text.strip().splitlines()[-1] if text.strip() else "nothing printed"
        self.say(f"tests/gpu: {last.strip('= ')}.")
        if status:
            self.fail("\n".join(line for line in text.splitlines() if line.startswith(("FAILED", "ERROR"))))


def tails(folder: pathlib.Path, what: str) -> str:
    """How the first log of these ends."""
    path = folder / f"{what}-0.log"
    return " ".join(path.read_text().split())[-600:] if path.exists() else f"there is no {path}"


def heading() -> str:
    import torch

    from torch_tensorrt import _lib

    if not torch.cuda.is_available():
        sys.exit("no GPU is visible to PyTorch")
    state = {e["name"]: e for e in _lib.doctor()["engines"]}["tensorrt"]
    if not state["runs"]:
        sys.exit(f"engine tensorrt does not run here: {state['reason'] or state['missing']}")
    return (
        f"{torch.cuda.get_device_name()}, driver {state['driver']}, PyTorch {torch.__version__}, "
        f"{state['library_version']}"
    )


def main() -> int:
    stages = ("programs", "operators", "library", "package")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"of {', '.join(stages)}; default: all")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "gpu_check")
    parser.add_argument("--jobs", type=int, default=max(1, len(os.sched_getaffinity(0)) - 1))
    parser.add_argument("--samples", type=int, default=1, help="of an operator and type, default 1")
    parser.add_argument("--output", type=pathlib.Path)
    options = parser.parse_args()
    if unknown := set(options.stages) - set(stages):
        parser.error(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(stages)}")
    check = Check(options)
    check.say(f"# Engine `tensorrt` on a GPU\n\nThe last output of `scripts/gpu_check.py`: {heading()}.")
    begin = time.monotonic()
    for stage in options.stages or stages:
        check.say(f"\n## {stage.capitalize()}")
        start = time.monotonic()
        getattr(check, stage)()
        print(f"({time.monotonic() - start:.0f} s)", flush=True)
    check.say(f"\n{'All is right' if check.good else 'SOMETHING IS WRONG'}; {time.monotonic() - begin:.0f} s.")
    if options.output:
        options.output.write_text("\n".join(check.lines) + "\n")
    return 0 if check.good else 1


if __name__ == "__main__":
    sys.exit(main())
