"""torchtrtc on programs that Python exports: memory, and what its commands promise about files."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import torch

from conftest import assert_same


def test_weights_leave_memory_as_they_are_packed(tmp_path: pathlib.Path, torchtrtc) -> None:
    """Two copies, the file's and the engine's, would be 128 MB more."""
    model = torch.nn.Sequential(*[torch.nn.Linear(2048, 2048) for _ in range(8)]).eval()
    weights = sum(p.numel() * 4 for p in model.parameters())
    torch.export.save(torch.export.export(model, (torch.randn(1, 2048),)), tmp_path / "model.pt2")
    options = ["--engine", "cpu", "--json"]  # TensorRT's library alone is 100 MB
    done = torchtrtc("compile", tmp_path / "model.pt2", "-o", tmp_path / "compiled.pt2", *options)
    assert json.loads(done.stdout)["peak_memory_bytes"] < 1.2 * weights + 40e6


def test_outputs_replace_old_ones(tmp_path: pathlib.Path, torchtrtc) -> None:
    """--output is a folder that is made, files in it are replaced; inputs are in any order of elements and bytes."""

    class Module(torch.nn.Module):
        def forward(self, x):
            return {"y": x * 2, "n": x.shape[0]}

    x = torch.randn(3, 4)
    torch.export.save(torch.export.export(Module(), (x,)), tmp_path / "model.pt2")
    out = tmp_path / "a" / "b"
    for array in (np.asfortranarray(x.numpy()), x.numpy().astype(">f4")):
        np.save(tmp_path / "x.npy", array)
        torchtrtc("run", tmp_path / "model.pt2", "-i", f"x={tmp_path / 'x.npy'}", "-o", out)
        assert_same(torch.from_numpy(np.load(out / "mul.npy")), x * 2)
    file = tmp_path / "file"
    file.write_text("old")
    done = torchtrtc("run", tmp_path / "model.pt2", "--random", "-o", file, check=False)
    assert done.returncode == 1 and str(file) in done.stderr
    assert file.read_text() == "old"


def test_outputs_keep_their_names(tmp_path: pathlib.Path, torchtrtc) -> None:
    """Those of the signature, in every command, though lowering leaves no in-place operator and no copy."""

    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = torch.nn.BatchNorm1d(3)

        def forward(self, x):
            y = torch.relu_(self.norm(x))
            z = y.exp().add_(1)
            return y, z, z.mul_(2), y.sum().clone()

    model, out = Module().train(), tmp_path / "out"
    program = torch.export.export(model, (torch.randn(5, 3),))
    names = list(program.graph_signature.user_outputs)
    torch.export.save(program, tmp_path / "model.pt2")
    torchtrtc("compile", tmp_path / "model.pt2", "-o", tmp_path / "compiled.pt2")
    for file in ("model.pt2", "compiled.pt2"):
        told = json.loads(torchtrtc("inspect", tmp_path / file, "--json").stdout)
        assert [o["name"] for o in told["outputs"]] == names
        ran = torchtrtc("run", tmp_path / file, "--random", "-o", out)
        assert [line.split()[0] for line in ran.stdout.splitlines()] == names, ran.stdout
        assert {p.stem for p in out.glob("*.npy")} == set(names)
