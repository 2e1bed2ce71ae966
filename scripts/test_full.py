#!/usr/bin/env python3
"""Runs every Python test, the full ones too, in shards, and goes on where it stopped.

    python scripts/test_full.py            runs the shards that have not passed yet with these sources
    python scripts/test_full.py --again    runs all
    python scripts/test_full.py --list     says which there are

A shard is a pytest process of its own. Shards that passed stand in build/full.json with a digest of the sources, so a
change runs all of them again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORD = ROOT / "build" / "full.json"
PROGRAMS = ("mlp8", "resnet50", "mobilenet_v2", "vit_b16", "bert", "gpt2", "llama160m", "minilm", "crepe")
TENSORRT = ("1.5.0.114", "1.6.1.120", "1.7.1.116")
SAMPLE_SHARDS = 16
FAMILY_SHARDS = 16


@dataclass(frozen=True)
class Shard:
    name: str
    args: tuple[str, ...]
    tensorrt: str = ""  # the version of TensorRT-RTX that its plans are built with; "": the one of the environment


def shards() -> list[Shard]:
    """The default tests, each program at full size, and in equal parts PyTorch's samples of operators and of
    families of them."""
    result = [Shard("default", ("-m", "not full"))]
    for name in PROGRAMS:
        result.append(Shard(f"program {name}", ("-m", "full", "tests/python/test_programs.py", "-k", name)))
    for version in TENSORRT:
        table = str(ROOT / "build" / f"tensorrt-{version}.jsonl")
        result.append(Shard(f"tensorrt {version}", ("tests/python/test_ops.py", "--tensorrt-table", table), version))
    for i in range(SAMPLE_SHARDS):
        result.append(
            Shard(f"samples {i}", ("-m", "full", "tests/python/test_ops.py", "--shard", f"{i}/{SAMPLE_SHARDS}"))
        )
    for i in range(FAMILY_SHARDS):
        result.append(
            Shard(f"families {i}", ("-m", "full", "tests/python/test_families.py", "--shard", f"{i}/{FAMILY_SHARDS}"))
        )
    return result


def digest() -> str:
    """Of what the tests depend on: tracked sources."""
    h = hashlib.sha256()
    names = subprocess.run(
        ["git", "ls-files", "include", "src", "cli", "python", "tests/python", "meson.build"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in names:
        path = ROOT / name
        if path.exists():
            h.update(name.encode() + b"\0" + path.read_bytes())
    return h.hexdigest()[:16]


def load(again: bool) -> dict[str, dict[str, object]]:
    if again or not RECORD.exists():
        return {}
    record = json.loads(RECORD.read_text())
    return record["passed"] if record.get("sources") == digest() else {}


def tensorrt_library(version: str) -> pathlib.Path:
    """That version's library, from its wheel; unpacked once below build/tensorrt."""
    folder = ROOT / "build" / "tensorrt" / version
    library = folder / "tensorrt_rtx_libs" / "libtensorrt_rtx.so.1"
    if not library.exists():
        wheel = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
        subprocess.run([*wheel, f"tensorrt-rtx-cu13-libs=={version}"], check=True)
        for path in folder.glob("*.whl"):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)
            path.unlink()
    return library


def run(shard: Shard) -> tuple[bool, str, float]:
    start = time.time()
    environment = dict(os.environ)
    if shard.tensorrt:
        environment["TTRT_TENSORRT_LIBRARY"] = str(tensorrt_library(shard.tensorrt))
        pathlib.Path(shard.args[-1]).unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", *shard.args]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
    printed = done.stdout.splitlines()
    lines = [line for line in printed if re.search(r"\d+ (passed|failed|skipped|error).* in |no tests ran", line)]
    tallies = [line for line in printed if line.startswith("samples: ")]
    if done.returncode not in (0, 5):  # 5: nothing selected
        print(done.stdout)
    return (
        done.returncode in (0, 5),
        "; ".join([lines[-1].strip("= ") if lines else f"exit status {done.returncode}", *tallies]),
        time.time() - start,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="run shards that passed too")
    parser.add_argument("--list", action="store_true", help="print the shards")
    parser.add_argument("--only", metavar="TEXT", help="shards whose name contains this")
    options = parser.parse_args()
    chosen = [s for s in shards() if not options.only or options.only in s.name]
    passed = load(options.again)
    if options.list:
        for shard in chosen:
            print(f"{shard.name:<24} {'passed' if shard.name in passed else '-'}")
        return 0
    failed = []
    for shard in chosen:
        if shard.name in passed:
            continue
        ok, summary, seconds = run(shard)
        print(f"{shard.name:<24} {summary} ({seconds:.0f} s)", flush=True)
        if ok:
            passed[shard.name] = {"summary": summary, "seconds": round(seconds)}
            RECORD.parent.mkdir(exist_ok=True)
            RECORD.write_text(json.dumps({"sources": digest(), "passed": passed}, indent=1))
        else:
            failed.append(shard.name)
    print(
        f"\n{len(chosen) - len(failed)} of {len(chosen)} shards passed"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
