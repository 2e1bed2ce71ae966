"""Writes the programs of this folder with the PyTorch at hand: `python make.py`, in an environment of its own.

    python make.py                       torch-X.Y/NAME.pt2, and values/ where they are not there yet
    python make.py --compiled TORCHTRTC  torchtrt-VERSION/NAME.pt2 from the newest of them

Weights and inputs come from formulas, so that every version of PyTorch writes the same program, and one set of expected
outputs holds for all.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys

import numpy as np
import torch
from torch import nn
from torch.export import Dim, export, save
from torch.utils._pytree import tree_flatten, tree_leaves

HERE = pathlib.Path(__file__).parent


def pattern(*shape: int, scale: float = 0.25) -> torch.Tensor:
    n = int(np.prod(shape))
    return (((torch.arange(n) * 37 + 11) % 23 - 11).to(torch.float32) * scale / 4).reshape(shape)


class Static(nn.Module):
    """Convolution, normalization, pooling, a product."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        x = torch.nn.functional.max_pool2d(torch.relu(self.norm(self.conv(x))), 2)
        return torch.softmax(self.head(x.mean((2, 3))), -1)


class Dynamic(nn.Module):
    """Two dynamic dimensions, attention, sizes computed from them."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        batch, time, width = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(batch, time, 3, 2, width // 2).permute(2, 0, 3, 1, 4).unbind(0)
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return y.transpose(1, 2).reshape(batch, time * width), x.shape[1] * 2


class Mutated(nn.Module):
    """Buffers that change with each call, persistent and not; the first call's results are kept."""

    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))
        self.register_buffer("sum", torch.zeros(4), persistent=False)

    def forward(self, x):
        self.count.add_(1)
        self.sum.copy_(self.sum * 0.5 + x)
        self.sum[1:3].mul_(2)
        return self.sum + self.count, self.count * 3


class Nested(nn.Module):
    """Dicts, lists and tuples, a number, None, and an input that comes back."""

    def forward(self, pair, named, power=2, nothing=None):
        a, (b, c) = pair
        return {"sum": [a + b, named["z"] * c], "back": named["y"], "power": (a**power,), "none": nothing}


class Shared(nn.Module):
    """One weight under two names, and a view of it."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 6)
        self.head = nn.Linear(6, 7, bias=False)
        self.head.weight = self.embed.weight
        self.register_buffer("row", self.embed.weight.detach()[2])

    def forward(self, tokens):
        return self.head(torch.tanh(self.embed(tokens) + self.row))


class Bf16(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down = nn.Linear(6, 16), nn.Linear(16, 4)

    def forward(self, x):
        return self.down(torch.nn.functional.gelu(self.up(x)))


def programs():
    batch, time = Dim("batch", min=1, max=16), Dim("time", min=2, max=64)
    yield "static", Static(), (pattern(1, 2, 6, 6),), None
    yield "dynamic", Dynamic(), (pattern(2, 5, 8),), {"x": {0: batch, 1: time}}
    yield "mutated", Mutated(), (pattern(4),), None
    yield (
        "nested",
        Nested(),
        ((pattern(2, 3), (pattern(2, 3) + 1, pattern(3))), {"y": pattern(2), "z": pattern(2, 3)}),
        None,
    )
    yield "shared", Shared(), (torch.tensor([[1, 5, 0], [2, 6, 3]]),), None
    yield "bf16", Bf16().to(torch.bfloat16), (pattern(3, 6).to(torch.bfloat16),), None


def set_weights(module: nn.Module) -> None:
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(pattern(*p.shape, scale=0.5 + 0.1 * i))


def numpy_of(value: object) -> np.ndarray:
    if not isinstance(value, torch.Tensor):
        return np.int64(value)
    value = value.detach()
    return value.view(torch.uint16).numpy() if value.dtype == torch.bfloat16 else value.numpy()


def write(folder: pathlib.Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, module, args, dynamic_shapes in programs():
        module.eval()
        set_weights(module)
        program = export(module, args, dynamic_shapes=dynamic_shapes)
        for node in program.graph.nodes:  # no paths of the machine that wrote them
            node.meta.pop("stack_trace", None)
        save(program, folder / f"{name}.pt2")
        values = HERE / "values"
        values.mkdir(exist_ok=True)
        if (values / f"{name}.in0.npy").exists():
            continue
        for i, t in enumerate(t for t in tree_flatten((args, {}))[0] if isinstance(t, torch.Tensor)):
            np.save(values / f"{name}.in{i}.npy", numpy_of(t.clone()))
        with torch.no_grad():
            results = tree_leaves(module(*args))
        for i, t in enumerate(t for t in results if t is not None):
            np.save(values / f"{name}.out{i}.npy", numpy_of(t))


def write_compiled(torchtrtc: str) -> None:
    version = subprocess.run([torchtrtc, "version"], capture_output=True, text=True, check=True).stdout.split()[1]
    newest = max(HERE.glob("torch-*"), key=lambda p: [int(n) for n in p.name.split("-")[1].split(".")])
    folder = HERE / f"torchtrt-{version}"
    folder.mkdir(exist_ok=True)
    for path in sorted(newest.glob("*.pt2")):
        command = [torchtrtc, "compile", str(path), "-o", str(folder / path.name), "--engine", "cpu"]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compiled"]:
        write_compiled(sys.argv[2])
    else:
        torch.manual_seed(0)
        write(HERE / f"torch-{'.'.join(torch.__version__.split('.')[:2])}")
