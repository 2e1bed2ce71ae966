"""How long compiling takes: from an ExportedProgram in memory to a module that runs, for the nine reference programs.

    python bench/python/bench_build.py [NAME ...]

The first build of a process and the best of three are shown, with the processor time of the latter: on a machine that
does other work as well, only that says something.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import time

import torch

import torch_tensorrt

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "python"))
import programs  # noqa: E402


def build(exported: torch.export.ExportedProgram, args: tuple[torch.Tensor, ...]) -> tuple[float, float]:
    """Seconds on the clock, and of processor time."""
    start, cpu = time.perf_counter(), time.process_time()
    torch_tensorrt.compile(exported, arg_inputs=list(args))
    return time.perf_counter() - start, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    names = parser.parse_args().names or list(programs.PROGRAMS)
    torch.set_num_threads(2)
    torch.set_grad_enabled(False)
    print("| program | shapes | first s | best s | processor s |\n| --- | --- | --- | --- | --- |")
    for name in names:
        program = programs.build(name, full=True)
        for what, shapes in (("static", None), ("dynamic", program.dynamic_shapes)):
            exported = torch.export.export(program.module, program.args, dynamic_shapes=shapes)
            times = [build(exported, program.args) for _ in range(3)]
            best, cpu = min(times)
            print(f"| {name} | {what} | {times[0][0]:.2f} | {best:.2f} | {cpu:.2f} |", flush=True)


if __name__ == "__main__":
    main()
