"""A program with an operator that no engine takes: in Python PyTorch runs that part, between two engines; torchtrtc
leaves nothing to PyTorch and says what stands in the way.

    python examples/python/hybrid.py
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile

import torch

import torch_tensorrt

TORCHTRTC = os.environ.get("TORCHTRTC", pathlib.Path(__file__).resolve().parents[2] / "build/torchtrtc")


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.before, self.after = torch.nn.Linear(8, 8), torch.nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, r = torch.linalg.qr(self.before(x).relu())
        return self.after(q @ r).tanh()


def main() -> int:
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    model, x = Model().eval(), torch.randn(12, 8)
    program = torch.export.export(model, (x,))

    compiled = torch_tensorrt.dynamo.compile(program, arg_inputs=[x], min_block_size=1)
    difference = (compiled(x) - model(x)).abs().max().item()
    print("In Python:", ", ".join(name for name, _ in compiled.named_children()))
    print(f"largest difference from eager: {difference:.2e}")

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.pt2"
        torch.export.save(program, path)
        done = subprocess.run([TORCHTRTC, "compile", path, "-o", path], capture_output=True, text=True)
    print(f"\nIn C: exit code {done.returncode}\n{done.stderr.strip()}")
    return 0 if difference < 1e-5 and done.returncode == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
