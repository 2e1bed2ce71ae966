"""The nine programs with dynamic sizes, float32 and float16, on engine tensorrt: built where no GPU is seen, run where
there is one.

    CUDA_VISIBLE_DEVICES= python tests/gpu/programs_gpu.py build FOLDER [--full] [NAME ...]
    python tests/gpu/programs_gpu.py run FOLDER [--full] [NAME ...]

`run` prints the largest difference to eager in float32 relative to the output's scale, for each size, beside that of
eager in the same type. Exit status 1 where one is too large. TensorRT-RTX multiplies float32 as TF32 unless
NVIDIA_TF32_OVERRIDE=0 is in the environment: then float32 is held to 5e-4.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import time
import traceback

import torch

import torch_tensorrt

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "python"))
import programs  # noqa: E402

TYPES = {"f32": torch.float32, "f16": torch.float16}
# float16: of a few dozen layers with random weights; eager's own error tells what the type gives.
LIMITS = {"f32": 5e-4 if os.environ.get("NVIDIA_TF32_OVERRIDE") == "0" else 1e-2, "f16": 3e-2}


def typed(args: tuple[torch.Tensor, ...], dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
    return tuple(a.to(dtype) if a.is_floating_point() else a for a in args)


def program_of(name: str, full: bool) -> programs.Program:
    """With random weights; those of mobilenet_v2 made larger, as its outputs are below float16's range else."""
    program = programs.build(name, full=full)
    if name == "mobilenet_v2":
        torch.manual_seed(0)
        for module in program.module.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return program


def build(name: str, kind: str, full: bool, folder: pathlib.Path) -> None:
    program = program_of(name, full)
    args = typed(program.args, TYPES[kind])
    # Asserts instead of guards: PyTorch 2.11 finds guards in llama160m that it then cannot prove.
    exported = torch.export.export(
        program.module.to(TYPES[kind]), args, dynamic_shapes=program.dynamic_shapes,
        prefer_deferred_runtime_asserts_over_guards=True,
    )  # fmt: skip
    start = time.perf_counter()
    compiled = torch_tensorrt.dynamo.compile(
        exported, arg_inputs=list(args), engine="tensorrt", require_full_compilation=True, disable_tf32=True
    )
    print(f"{name} {kind}: built in {time.perf_counter() - start:.1f} s", flush=True)
    torch_tensorrt.save(compiled, str(folder / f"{name}_{kind}.pt2"), arg_inputs=list(args), retrace=True)


def error(got: torch.Tensor, wanted: torch.Tensor) -> float:
    return ((got.float() - wanted).abs().max() / wanted.abs().max().clamp(min=1e-3)).item()


def run(name: str, kind: str, full: bool, folder: pathlib.Path) -> bool:
    program = program_of(name, full)
    exact = program.module.cuda()
    wanted = [exact(*(a.cuda() for a in args)) for args in (program.args, *program.others)]
    module = exact.to(TYPES[kind])
    ours = torch.export.load(str(folder / f"{name}_{kind}.pt2")).module()
    good = True
    for args, want in zip((program.args, *program.others), wanted, strict=True):
        there = tuple(a.cuda() for a in typed(args, TYPES[kind]))
        off, eager = error(ours(*there), want), error(module(*there), want)
        good = good and off <= max(LIMITS[kind], 4 * eager)
        shape = "x".join(map(str, args[0].shape))
        print(f"| {name} | {kind} | {shape} | {off:.1e} | {eager:.1e} |{'' if good else ' WRONG'}", flush=True)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["build", "run"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_intermixed_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_grad_enabled(False)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    good = True
    if options.stage == "run":
        print("| program | type | first input | error | eager's |\n| --- | --- | --- | --- | --- |")
    for name in options.names or programs.PROGRAMS:
        for kind in TYPES:
            try:
                if options.stage == "build":
                    build(name, kind, options.full, options.folder)
                else:
                    good = run(name, kind, options.full, options.folder) and good
            except Exception:  # the next one still counts
                good = False
                print(f"{name} {kind}: {traceback.format_exc(limit=-2)[-900:]}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
