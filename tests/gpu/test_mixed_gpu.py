"""Programs that one engine cannot take whole, on a GPU: TensorRT has nothing for lgamma, which PyTorch runs in Python
and engine cpu in pure C programs."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import torch_tensorrt
from torch_tensorrt import _lib

ROOT = pathlib.Path(__file__).parents[2]
STATE = {e["name"]: e for e in _lib.doctor()["engines"]}["tensorrt"]
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available() or not STATE["runs"], reason=STATE["missing"] or "no GPU"),
]
TOLERANCE = 5e-3  # products in TF32


class Mixed(nn.Module):
    """TensorRT, something else, TensorRT."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.after = nn.Linear(24, 32), nn.Linear(32, 8)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.before(x)
        y = torch.lgamma(x.abs() + 1)
        return self.after(torch.tanh(y) + x), y


def program() -> tuple[nn.Module, torch.export.ExportedProgram]:
    torch.manual_seed(0)
    model = Mixed().eval()
    with torch.no_grad():
        shapes = ({0: torch.export.Dim("batch", min=1, max=8)},)
        return model, torch.export.export(model, (torch.randn(3, 5, 24),), dynamic_shapes=shapes)


def expect_close(got: Any, wanted: Any) -> None:
    for a, b in zip(got, wanted, strict=True):
        assert a.shape == b.shape and (a.cpu() - b).abs().max() <= TOLERANCE * b.abs().max()


def test_pytorch_between_engines(tmp_path: pathlib.Path) -> None:
    model, exported = program()
    shape = torch_tensorrt.Input(min_shape=(1, 5, 24), opt_shape=(3, 5, 24), max_shape=(8, 5, 24), dtype=torch.float32)
    compiled = torch_tensorrt.dynamo.compile(exported, arg_inputs=[shape], engine="tensorrt", min_block_size=1).cuda()
    names = [name for name, _ in compiled.named_children()]
    assert sum("_run_on_acc" in name for name in names) >= 2 and any("_run_on_gpu" in name for name in names), names
    with torch.no_grad():
        for batch in (1, 3, 8):
            x = torch.randn(batch, 5, 24)
            expect_close(compiled(x.cuda()), model(x))


def test_both_engines_in_c(tmp_path: pathlib.Path) -> None:
    model, exported = program()
    tool = os.environ.get("TORCHTRTC") or str(ROOT / "build" / "torchtrtc")
    torch.export.save(exported, str(tmp_path / "in.pt2"))

    def run(*words: object) -> str:
        done = subprocess.run([tool, *map(str, words)], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    facts = json.loads(
        run("compile", tmp_path / "in.pt2", "-o", tmp_path / "out.pt2", "--engine", "tensorrt", "--json",
            "--min-block-size", 1)
    )  # fmt: skip
    engines = [s["engine"] for s in facts["report"]["segments"]]
    assert "tensorrt" in engines and "cpu" in engines, engines
    with torch.no_grad():
        for batch in (1, 3, 8):
            x = torch.randn(batch, 5, 24)
            np.save(tmp_path / "x.npy", x.numpy())
            run("run", tmp_path / "out.pt2", "-i", f"x={tmp_path / 'x.npy'}", "-o", tmp_path / "out")
            names = [o["name"] for o in json.loads(run("inspect", tmp_path / "out.pt2", "--json"))["outputs"]]
            got = [torch.from_numpy(np.load(tmp_path / "out" / f"{name}.npy")) for name in names]
            expect_close(got, model(x))
