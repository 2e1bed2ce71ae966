"""Which engine a call takes, and engine tensorrt where its library is and no GPU: what it builds, and what it says.

The library comes with `make build` (tensorrt-rtx-cu13-libs); without it the tests that build are not run.
"""

from __future__ import annotations

import json
import logging
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch

import torch_tensorrt
from torch_tensorrt import Device, _lib

MODEL = torch.nn.Linear(4, 3).eval()
X = torch.randn(2, 4)
PLAN = b"vtrt"  # how RTX's plans start

works = next(e for e in _lib.doctor()["engines"] if e["name"] == "tensorrt")["works"]
needs_tensorrt = pytest.mark.skipif(not works, reason="no TensorRT library")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("engines") / "model.pt2"
    torch.export.save(torch.export.export(MODEL, (X,)), path)
    return path


def compiled_by(caplog: pytest.LogCaptureFixture, **options: Any) -> str:
    caplog.clear()
    with caplog.at_level(logging.INFO, "torch_tensorrt"):
        torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1, **options)
    return next(r.getMessage() for r in caplog.records if r.getMessage().startswith("engine "))


def test_tensors_on_the_cpu_mean_engine_cpu(caplog: pytest.LogCaptureFixture) -> None:
    assert compiled_by(caplog) == "engine cpu: the program's tensors are on device cpu"
    assert compiled_by(caplog, engine="cpu") == "engine cpu: it was asked for"


@pytest.mark.parametrize("device", ["cpu", torch.device("cpu"), Device("cpu")], ids=str)
def test_a_device_decides(device: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert compiled_by(caplog, device=device) == "engine cpu: the program is for device cpu"


@needs_tensorrt
@pytest.mark.parametrize("device", ["cuda:0", torch.device("cuda:0"), Device(gpu_id=0)], ids=str)
def test_a_gpu_means_tensorrt(device: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert compiled_by(caplog, device=device) == "engine tensorrt: the program is for device cuda:0"


def test_contradictions() -> None:
    with pytest.raises(RuntimeError, match="engine cpu does not run on device 'cuda:0'"):
        torch_tensorrt.compile(MODEL, inputs=[X], engine="cpu", device="cuda:0")
    with pytest.raises(RuntimeError, match="there is no engine 'gpu'"):
        torch_tensorrt.compile(MODEL, inputs=[X], engine="gpu")


WITHOUT = """
import torch, torch_tensorrt
m = torch.nn.Linear(4, 3).eval()
x = torch.randn(2, 4)
assert torch_tensorrt.compile(m, inputs=[x], min_block_size=1)(x).shape == (2, 3)
for options in ({"engine": "tensorrt"}, {"device": "cuda:0"}):
    try:
        torch_tensorrt.compile(m, inputs=[x], **options)
    except RuntimeError as e:
        print(e)
"""


def test_without_the_library_tensorrt_is_an_error_with_its_reason() -> None:
    """No silent change of engine; what needs none goes on."""
    environment = {**os.environ, "TTRT_TENSORRT_LIBRARY": "/nowhere/libtensorrt_rtx.so.1"}
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.count("engine tensorrt does not work here") == 2
    assert done.stdout.count("/nowhere/libtensorrt_rtx.so.1 cannot be opened") == 2


@needs_tensorrt
def test_convert_gives_a_plan() -> None:
    program = torch.export.export(MODEL, (X,))
    for engine in ("auto", "tensorrt"):
        plan = torch_tensorrt.dynamo.convert_exported_program_to_serialized_trt_engine(
            program, arg_inputs=[X], engine=engine
        )
        assert plan.startswith(PLAN)
        assert torch_tensorrt.convert_method_to_trt_engine(MODEL, "forward", inputs=[X], engine=engine).startswith(PLAN)


# ---- the command line ----


def test_command_line_tells_its_choice(
    file: pathlib.Path, torchtrtc: Callable[..., Any], tmp_path: pathlib.Path
) -> None:
    printed = torchtrtc("compile", file, "-o", tmp_path / "out.pt2").stdout
    choice = json.loads(torchtrtc("dryrun", file, "--json").stdout)
    assert f"engine {choice['engine']} ({choice['chosen']})" in printed
    assert "no engine 'gpu'" in torchtrtc("compile", file, "-o", tmp_path / "x", "--engine", "gpu", check=False).stderr


@needs_tensorrt
def test_command_line_converts(file: pathlib.Path, torchtrtc: Callable[..., Any], tmp_path: pathlib.Path) -> None:
    out = tmp_path / "model.plan"
    facts = json.loads(torchtrtc("convert", file, "--engine", "tensorrt", "-o", out, "--json").stdout)
    assert out.read_bytes().startswith(PLAN) and len(out.read_bytes()) == facts["bytes"]
    assert [t["name"] for t in facts["engine"]["inputs"]] == ["input"]
    assert [t["name"] for t in facts["engine"]["outputs"]] == ["linear"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model.plan"]


def test_command_line_converts_for_engine_cpu(
    file: pathlib.Path, torchtrtc: Callable[..., Any], tmp_path: pathlib.Path
) -> None:
    torchtrtc("convert", file, "--engine", "cpu", "-o", tmp_path / "model.engine")
    module = torch_tensorrt.runtime.TorchTensorRTModule((tmp_path / "model.engine").read_bytes())
    torch.testing.assert_close(module(X), MODEL(X))


class Mixed(torch.nn.Module):
    """Two products with an operator between them that some engine may not take."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = torch.nn.Linear(4, 8), torch.nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.b(torch.relu(self.a(x)) * 2)


@needs_tensorrt
def test_in_pure_c_engine_cpu_runs_the_rest(torchtrtc: Callable[..., Any], tmp_path: pathlib.Path) -> None:
    torch.export.save(torch.export.export(Mixed().eval(), (X,)), tmp_path / "model.pt2")
    options = [tmp_path / "model.pt2", "--engine", "tensorrt", "-x", "aten.relu.default", "-o", tmp_path / "out.pt2"]
    report = json.loads(torchtrtc("compile", *options, "-m", 1, "--json").stdout)["report"]
    assert [s["engine"] for s in report["segments"]] == ["tensorrt", "cpu", "tensorrt"]
    assert [(n["operator"], n["reason"]) for n in report["moved"]] == [("aten.relu.default", "in torch_executed_ops")]
    # Blocks that are too small for an engine of their own go along.
    report = json.loads(torchtrtc("compile", *options, "-m", 2, "--json").stdout)["report"]
    assert [s["engine"] for s in report["segments"]] == ["cpu", "tensorrt"]
    assert "below min_block_size 2" in report["moved"][0]["reason"]
    assert [
        e["facts"]["engine"] for e in json.loads(torchtrtc("inspect", tmp_path / "out.pt2", "--json").stdout)["engines"]
    ] == ["cpu", "tensorrt"]
    failed = torchtrtc("compile", *options, "--require-full-compilation", check=False)
    assert failed.returncode == 1 and "aten.relu.default (1x): in torch_executed_ops" in failed.stderr


# ---- profiles ----


def profile(low: int, opt: int, high: int) -> dict[str, tuple[int, int]]:
    return {"min_shape": (low, 4), "opt_shape": (opt, 4), "max_shape": (high, 4)}


@needs_tensorrt
def test_an_input_has_several_profiles() -> None:
    spec = torch_tensorrt.Input(profiles=[profile(1, 2, 4), profile(8, 8, 16)], name="x")
    compiled = torch_tensorrt.compile(MODEL, arg_inputs=[spec], engine="tensorrt", min_block_size=1)
    facts = json.loads(compiled._run_on_acc_0.get_layer_info())
    assert facts["steps"]["profiles"].count("=1..2..4") == 1 and facts["steps"]["profiles"].count("=8..8..16") == 1
    cpu = torch_tensorrt.compile(MODEL, arg_inputs=[spec], engine="cpu", min_block_size=1)
    for n in (1, 5, 16):  # engine cpu takes what any profile covers, and what lies between
        torch.testing.assert_close(cpu(torch.ones(n, 4)), MODEL(torch.ones(n, 4)))


def test_inputs_have_equally_many_profiles() -> None:
    class Two(torch.nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return x * 2 + 1, y * 3 + 1

    two = [torch_tensorrt.Input(profiles=[profile(n, n, n + 2) for n in range(2, k)], name=f"x{k}") for k in (4, 5)]
    with pytest.raises(ValueError, match="equally many"):
        torch_tensorrt.compile(Two(), arg_inputs=two, min_block_size=1)


@needs_tensorrt
def test_shapes_of_the_command_line_are_profiles(torchtrtc: Callable[..., Any], tmp_path: pathlib.Path) -> None:
    dynamic = torch.export.export(MODEL, (X,), dynamic_shapes=({0: torch.export.Dim("n", min=1, max=64)},))
    torch.export.save(dynamic, tmp_path / "model.pt2")
    options = ["--engine", "tensorrt", "-o", tmp_path / "out.pt2", "--min-block-size", 1]
    torchtrtc("compile", tmp_path / "model.pt2", *options, "--shapes", "input:1..2..4x4", "input:16..32..64x4")
    facts = json.loads(torchtrtc("inspect", tmp_path / "out.pt2", "--json").stdout)
    assert facts["inputs"][0]["min"] == [1, 4] and facts["inputs"][0]["max"] == [64, 4]
    assert facts["engines"][0]["facts"]["steps"]["profiles"].count("..") == 4


# ---- doctor ----


def doctor(library: str) -> dict[str, Any]:
    environment = {**os.environ, "TTRT_TENSORRT_LIBRARY": library}
    path = os.environ.get("TORCHTRTC") or str(pathlib.Path(__file__).parents[2] / "build" / "torchtrtc")
    done = subprocess.run([path, "doctor", "--json"], capture_output=True, text=True, env=environment, check=True)
    return next(e for e in json.loads(done.stdout)["engines"] if e["name"] == "tensorrt")


@pytest.mark.parametrize(
    ("library", "told"),
    [
        ("/nowhere/libtensorrt_rtx.so.1", "cannot be opened"),
        (str(pathlib.Path(sys.executable).resolve()), "cannot be opened"),
        (_lib.PATH, "is no TensorRT library: it has no getInferLibVersion"),
    ],
)
def test_doctor_tells_what_is_wrong_with_a_library(library: str, told: str) -> None:
    facts = doctor(library)
    assert not facts["works"] and not facts["runs"] and facts["library"] == ""
    assert told in facts["missing"] and facts["mend"]


@needs_tensorrt
def test_doctor_tells_which_library_was_found(torchtrtc: Callable[..., Any]) -> None:
    facts = json.loads(torchtrtc("doctor", "--json").stdout)["engines"][1]
    assert facts["works"] and facts["library"].endswith(".so.1") and facts["library_version"].startswith("TensorRT")
    assert facts["runs"] or (facts["missing"] and facts["mend"])
    assert bool(facts["gpus"]) == bool(facts["driver"])
    printed = torchtrtc("doctor").stdout
    assert facts["library_version"] in printed and ("to mend it" in printed) != facts["runs"]


# ---- float64 ----


class Double(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("w", torch.randn(4, 3, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y = x @ self.w
        return y.relu() + 1, y > 0


@needs_tensorrt
def test_truncate_double_casts_around_engines() -> None:
    x = X.double()
    whole = dict(inputs=[x], engine="tensorrt", min_block_size=1)
    compiled = torch_tensorrt.compile(Double(), **whole)
    assert not any(name.startswith("_run_on_acc") for name, _ in compiled.named_children())
    compiled = torch_tensorrt.compile(Double(), **whole, truncate_double=True, require_full_compilation=True)
    assert [name for name, _ in compiled.named_children()] == ["_run_on_acc_0"]
    assert compiled._run_on_acc_0.signature.split(";")[0] == "f32[2,3]|b8[2,3]"
    casts = [n.kwargs["dtype"] for n in compiled.graph.nodes if n.target is torch.ops.aten._to_copy.default]
    assert casts == [torch.float32, torch.float64]
    compiled._run_on_acc_0.forward = lambda x: (x.sum(1, keepdim=True).expand(2, 3).clone(), x[:, :3] > 0)
    assert [t.dtype for t in compiled(x)] == [torch.float64, torch.bool]


@needs_tensorrt
def test_a_plan_of_a_double_program_takes_float32() -> None:
    program = torch.export.export(Double(), (X.double(),))
    convert = torch_tensorrt.dynamo.convert_exported_program_to_serialized_trt_engine
    with pytest.raises(RuntimeError, match="float64"):
        convert(program, arg_inputs=[X.double()], engine="tensorrt")
    assert convert(program, arg_inputs=[X.double()], engine="tensorrt", truncate_double=True).startswith(PLAN)


# ---- a program on another device than its engines ----


class Between(torch.nn.Module):
    """What engines do not take, between engines: with a weight of its own, and a device that it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = torch.nn.Linear(4, 4), torch.nn.Linear(4, 2)
        self.w = torch.nn.Parameter(torch.eye(4))
        self.register_buffer("step", torch.ones(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.linalg.qr(self.a(x) @ self.w + self.step)[0] + torch.zeros(4, 4, device="cpu")
        return self.b(x)


def test_what_pytorch_runs_moves_and_the_program_stays() -> None:
    """ "meta" stands for the other device: it is there everywhere."""
    from torch_tensorrt.dynamo._placement import move

    module = Between().eval()
    x = torch.randn(4, 4)
    program = torch.export.export(module, (x,))
    kept = {"torch.ops.aten.mm.default", "torch.ops.aten.matmul.default", "torch.ops.aten.zeros.default"}
    compiled = torch_tensorrt.dynamo.compile(
        program, arg_inputs=[x], engine="cpu", min_block_size=1, torch_executed_ops=kept
    )
    engines = [m for m in compiled.children() if isinstance(m, torch_tensorrt.runtime.TorchTensorRTModule)]
    move(compiled, torch.device("meta"))
    assert engines and all(m.engine.device.type == "cpu" for m in engines)
    host = [m for name, m in compiled.named_children() if "_run_on_gpu" in name]
    moved = [t for m in host for t in (*m.parameters(), *m.buffers())]
    assert moved and all(t.device.type == "meta" for t in moved)
    devices = [n.kwargs["device"] for m in host for n in m.graph.nodes if "device" in n.kwargs]
    assert devices and all(d == torch.device("meta") for d in devices)
    assert all(t.device.type == "cpu" for t in (*program.state_dict.values(), *module.parameters()))
    torch.testing.assert_close(program.module()(x), module(x))
