"""The nine reference programs: this package against PyTorch eager, interleaved in one process.

    python bench/python/bench_programs.py [--seconds 5] [--threads 2] [NAME ...]

For each program and size: build seconds (from the ExportedProgram to the first runnable program), the largest
difference
relative to the output's scale, the best time of each, and two ratios eager / ours (of the best and of the median
times).
"""

from __future__ import annotations

import argparse
import pathlib
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

import torch_tensorrt

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "python"))
import programs  # noqa: E402


def timed(call: Callable[..., Any], args: tuple[torch.Tensor, ...]) -> float:
    start = time.perf_counter()
    call(*args)
    return time.perf_counter() - start


def peak_gflops() -> float:
    """What the machine reaches now: a large float32 product in PyTorch, the best of ten."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    return 2 * 1024**3 / min(timed(torch.mm, (a, b)) for _ in range(10)) / 1e9


def bench(name: str, seconds: float) -> None:
    program = programs.build(name, full=True)
    exported = torch.export.export(program.module, program.args, dynamic_shapes=program.dynamic_shapes)
    start = time.perf_counter()
    compiled = torch_tensorrt.compile(exported, arg_inputs=list(program.args))
    build = time.perf_counter() - start
    for args in (program.args, program.others[0]):
        wanted, got = program.module(*args), compiled(*args)
        error = ((got - wanted).abs().max() / wanted.abs().max()).item()
        for _ in range(2):
            timed(program.module, args), timed(compiled, args)
        eager, ours, end = [], [], time.perf_counter() + seconds
        while time.perf_counter() < end or len(ours) < 5:
            eager.append(timed(program.module, args))
            ours.append(timed(compiled, args))
        best, median = min(eager) / min(ours), statistics.median(eager) / statistics.median(ours)
        print(
            f"| {name} | {'x'.join(map(str, args[0].shape))} | {build:.2f} | {error:.1e} | {min(eager) * 1e3:.2f} | "
            f"{min(ours) * 1e3:.2f} | {best:.2f} | {median:.2f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    print(
        f"{options.threads} threads, PyTorch {torch.__version__}, a 1024^3 product now: {peak_gflops():.0f} GFLOP/s\n"
    )
    print("| program | input | build s | error | eager ms | ours ms | best ratio | median ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in options.names or programs.PROGRAMS:
        bench(name, options.seconds)


if __name__ == "__main__":
    main()
