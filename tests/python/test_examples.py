"""The examples and the README's Python do what they say."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import pytest
import torch

from conftest import ROOT


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
