"""One contender in a process of its own: builds a program, then times its calls as the controller asks.

    python contenders.py NAME FOLDER PRECISION THREADS

FOLDER holds the program as prepare.py wrote it. Commands come as lines of JSON on standard input, answers go to
standard output; whatever libraries print goes to standard error. A class per contender: `build` takes the program to
the point where `run` may be called; `run` is what is timed.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

# Of the output's scale; what differs more has computed something else. bf16 has 8 bits, and deep programs add them up.
ERROR_LIMITS = {"fp32": 1e-3, "bf16": 0.1}


def checked_error(got: np.ndarray, wanted: np.ndarray, limit: float) -> float:
    """The largest difference, relative to the scale of what is wanted."""
    if got.shape != wanted.shape:
        raise ValueError(f"result of shape {got.shape}, expected {wanted.shape}")
    error = float(np.abs(got - wanted).max() / np.abs(wanted).max())
    if not error <= limit:
        raise ValueError(f"result differs from eager's by {error:.2g} of its scale")
    return error


class Contender:
    """What all contenders share. `environment`: where it lives (environments.py), None for the project's own."""

    environment: str | None = None

    def open(self) -> None:
        """Imports and reads; not part of the build time."""

    def build(self) -> None:
        """From the opened program to the first runnable one, its first call included."""
        raise NotImplementedError

    def run(self) -> Any:
        raise NotImplementedError

    def error(self) -> float:
        """The largest difference from eager in float32, relative to the output's scale."""
        raise NotImplementedError

    def coverage(self) -> Any:
        """What it takes of the program."""
        raise NotImplementedError


class TorchContender(Contender):
    """A program that prepare.py wrote."""

    def __init__(self, folder: pathlib.Path, precision: str, threads: int) -> None:
        self.folder, self.precision, self.threads = folder, precision, threads
        self.facts: dict[str, Any] = json.loads((folder / "row.json").read_text())
        self.arrays = [np.load(folder / f"in{i}.npy") for i in range(self.facts["n_inputs"])]

    def open(self) -> None:
        import torch

        torch.set_num_threads(self.threads)
        torch.set_grad_enabled(False)
        self.tensors = [torch.from_numpy(a) for a in self.arrays]
        self.exported = torch.export.load(self.folder / "program.pt2")
        self.call: Any = None

    def hold_autocast(self) -> None:
        """bf16 compute by autocast, entered for good: so the casts of weights are made once."""
        import torch

        if self.precision == "bf16":
            torch.autocast("cpu", torch.bfloat16).__enter__()

    def run(self) -> Any:
        return self.call(*self.tensors)

    def result(self) -> np.ndarray:
        return self.run().float().numpy()

    def error(self) -> float:
        wanted, got = np.load(self.folder / "out.npy"), self.result().astype(np.float32)
        return checked_error(got, wanted, ERROR_LIMITS[self.precision])


class Eager(TorchContender):
    """The module as its author wrote it."""

    def open(self) -> None:
        import torch

        sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "python"))
        import programs

        torch.set_num_threads(self.threads)
        torch.set_grad_enabled(False)
        self.tensors = [torch.from_numpy(a) for a in self.arrays]
        self.call = programs.build(self.facts["program"], full=True).module

    def build(self) -> None:
        self.hold_autocast()
        self.run()


class Inductor(TorchContender):
    freezing = False

    def open(self) -> None:
        import torch._inductor.config as config

        super().open()
        config.freezing = self.freezing

    def build(self) -> None:
        import torch

        self.hold_autocast()
        self.call = torch.compile(self.exported.module())
        self.run()


class InductorFrozen(Inductor):
    freezing = True


class Ours(TorchContender):
    def open(self) -> None:
        import torch_tensorrt  # noqa: F401

        super().open()

    def build(self) -> None:
        import torch

        import torch_tensorrt

        types = {"fp32": {torch.float32}, "bf16": {torch.float32, torch.bfloat16}}
        self.call = torch_tensorrt.compile(
            self.exported, arg_inputs=self.tensors, enabled_precisions=types[self.precision]
        )
        self.run()


class OnnxRuntime(TorchContender):
    """From a program by torch.onnx. Float32 beside bf16 contenders too: its CPU kernels have no bf16."""

    environment = "peers"

    def open(self) -> None:
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401

        super().open()

    def build(self) -> None:
        import onnxruntime
        import torch

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        path = self.folder / "program.onnx"
        torch.onnx.export(self.exported, dynamo=True, verbose=False).save(path, external_data=True)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        names = [i.name for i in session.get_inputs()]
        feed = dict(zip(names, self.arrays, strict=True))
        self.call = lambda *_: session.run(None, feed)[0]
        self.run()

    def result(self) -> np.ndarray:
        return self.run()


class OpenVINO(TorchContender):
    environment = "peers"

    def open(self) -> None:
        import openvino  # noqa: F401

        super().open()

    def build(self) -> None:
        import openvino

        hint = {"fp32": "f32", "bf16": "bf16"}[self.precision]
        config = {
            "INFERENCE_NUM_THREADS": self.threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": hint,
        }
        model = openvino.convert_model(self.exported)
        request = openvino.compile_model(model, "CPU", config).create_infer_request()
        self.call = lambda *_: request.infer(self.arrays, share_inputs=True, share_outputs=True)[0]
        self.run()

    def result(self) -> np.ndarray:
        return np.array(self.run(), dtype=np.float32)


class ExecuTorch(TorchContender):
    """XNNPACK takes what it can, ExecuTorch's optimized kernels the rest."""

    environment = "executorch"

    def open(self) -> None:
        import executorch.backends.xnnpack.partition.xnnpack_partitioner
        import executorch.exir
        import executorch.runtime  # noqa: F401

        super().open()

    def build(self) -> None:
        import torch
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
        from executorch.exir import to_edge_transform_and_lower
        from executorch.extension.pybindings import portable_lib
        from executorch.runtime import Runtime

        exported = self.exported
        if self.precision == "bf16":
            module = exported.module().to(torch.bfloat16)
            self.tensors = [t.bfloat16() if t.is_floating_point() else t for t in self.tensors]
            exported = torch.export.export(module, tuple(self.tensors))
        lowered = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()]).to_executorch()
        (self.folder / "program.pte").write_bytes(lowered.buffer)
        portable_lib._unsafe_reset_threadpool(self.threads)
        # The method holds no reference to what it was loaded from.
        self.program = Runtime.get().load_program(self.folder / "program.pte")
        method = self.program.load_method("forward")
        self.call = lambda *inputs: method.execute(inputs)[0]
        self.run()


CONTENDERS: dict[str, type[Contender]] = {
    "eager": Eager,
    "inductor": Inductor,
    "inductor frozen": InductorFrozen,
    "onnxruntime": OnnxRuntime,
    "openvino": OpenVINO,
    "executorch": ExecuTorch,
    "ours": Ours,
}


# ---- commands ----


def timed_calls(contender: Contender, warm: int, n: int) -> list[tuple[int, int]]:
    """Wall and CPU nanoseconds of n calls, after `warm` that are not timed."""
    times = []
    for i in range(warm + n):
        cpu, wall = time.process_time_ns(), time.perf_counter_ns()
        contender.run()
        wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
        if i >= warm:
            times.append((wall, cpu))
    return times


def peak_bytes() -> int:
    """VmHWM. (getrusage's number starts from that of the process which started this one.)"""
    line = next(x for x in pathlib.Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def answer(contender: Contender, command: dict[str, Any]) -> Any:
    match command["do"]:
        case "open":
            contender.open()
        case "build":
            start = time.perf_counter()
            contender.build()
            return time.perf_counter() - start
        case "error":
            return contender.error()
        case "run":
            return timed_calls(contender, command["warm"], command["n"])
        case "memory":
            return peak_bytes()
        case "coverage":
            return contender.coverage()


def serve(make: Callable[[], Contender]) -> None:
    """Answers commands until there are no more. Libraries that print shall not disturb."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    contender = make()
    for line in sys.stdin:
        try:
            reply = {"ok": answer(contender, json.loads(line))}
        except Exception as e:  # whatever a library raises is the contender's answer
            import traceback

            traceback.print_exc()
            first = (str(e).strip() or "no message").splitlines()[0]
            reply = {"error": f"{type(e).__name__}: {first}"}
        answers.write(json.dumps(reply) + "\n")
        answers.flush()


def main() -> None:
    name, folder, precision, threads = sys.argv[1:]
    serve(lambda: CONTENDERS[name](pathlib.Path(folder), precision, int(threads)))


if __name__ == "__main__":
    main()
