"""The examples and the README's Python do what they say."""

from __future__ import annotations

import pathlib
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import torch_tensorrt
from conftest import ROOT, assert_same, tensorrt_library


def test_hybrid() -> None:
    done = subprocess.run([sys.executable, ROOT / "examples/python/hybrid.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "_run_on_acc_0, _run_on_gpu_1, _run_on_acc_2" in done.stdout
    assert "aten.linalg_qr.default (1x)" in done.stdout


class MyModel(torch.nn.Module):
    """What the README calls so."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Conv2d(3, 4, 3, 8), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(3136, 5), torch.nn.Tanh()
        )

    def forward(self, x):
        return self.layers(x)


def test_readme(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = (ROOT / "README.md").read_text().split("\n## Python\n")[1].split("\n## ")[0].split("\n### ")[0]
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 3
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"MyModel": MyModel}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102
    assert (tmp_path / "model.pt2").exists()
    for n in (1, 8):
        image = torch.randn(n, 3, 224, 224)
        torch.testing.assert_close(names["compiled"](image), names["model"](image), rtol=1e-4, atol=1e-5)


def test_readme_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    if not tensorrt_library():
        pytest.skip("no TensorRT library")
    section = (ROOT / "README.md").read_text().split("\n### Engines\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    x = torch.randn(2, 3, 224, 224)
    names = {"torch_tensorrt": torch_tensorrt, "program": torch.export.export(MyModel().eval(), (x,)), "x": x}
    exec(compile(block, "README.md", "exec"), names)  # noqa: S102
    assert isinstance(names["plan"], bytes) and names["plan"].startswith(b"vtrt")


def test_readme_commands(
    tmp_path: pathlib.Path, torchtrtc: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    section = (ROOT / "README.md").read_text().split("\n## Command line\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    model, x = MyModel().eval(), torch.randn(2, 3, 224, 224)
    batch = torch.export.Dim("batch", min=1, max=8)
    torch.export.save(torch.export.export(model, (x,), dynamic_shapes=({0: batch},)), "model.pt2")
    np.save("input.npy", x.numpy())
    (tmp_path / "golden").mkdir()
    np.save("golden/tanh.npy", model(x).numpy())
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert len(commands) >= 6
    for program, *arguments in commands:
        assert program == "torchtrtc"
        if "tensorrt" not in arguments or tensorrt_library():
            torchtrtc(*arguments)
    assert_same(torch.from_numpy(np.load("out/tanh.npy")), model(x))
