"""Writes the programs of this folder with their inputs and outputs. Run it in this folder with PyTorch installed."""

import numpy
import torch
from torch import nn
from torch.export import Dim, export, save


class Two(nn.Module):
    """Dynamic batch; an output twice, an input returned as it is, a size, a constant and None."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(6, 8), nn.Linear(8, 3)

    def forward(self, x, scale, flag=None):
        y = self.b(torch.relu(self.a(x))) * scale
        return {"y": y, "again": y, "x": x, "rows": x.shape[0], "seven": 7, "none": None}


class Counter(nn.Module):
    """Keeps a buffer and a running sum; the buffer that nobody writes is read."""

    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))
        self.register_buffer("sum", torch.zeros(4))
        self.register_buffer("weight", torch.arange(4.0))

    def forward(self, x):
        self.count.add_(1)
        self.sum.add_(x * self.weight)
        return self.sum * 2, self.count + 0


class WritesInput(nn.Module):
    def forward(self, x):
        x.mul_(3)
        return x + 1


class Same(nn.Module):
    def forward(self, x):
        return x


class Sizes(nn.Module):
    """Sizes without bounds, one of them given as a number."""

    def forward(self, x, n):
        return x * 2 + 1, x.sum(), torch.full((n,), 3.0), n + 1


class Mlp(nn.Module):
    """Eight layers of width 16."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(16, 16) for _ in range(8))

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x


def write(name, module, args, dynamic_shapes=None):
    torch.manual_seed(0)
    program = export(module.eval(), args, dynamic_shapes=dynamic_shapes)
    for node in program.graph.nodes:  # no paths of the machine that wrote them
        node.meta.pop("stack_trace", None)
    save(program, name + ".pt2")
    inputs = [a.clone() for a in args if isinstance(a, torch.Tensor)]
    outputs = torch.utils._pytree.tree_leaves(module(*args))
    for i, t in enumerate(inputs):
        numpy.save(f"{name}.in{i}.npy", t.numpy())
    for i, t in enumerate(o for o in outputs if o is not None):
        numpy.save(f"{name}.out{i}.npy", t.detach().numpy() if isinstance(t, torch.Tensor) else numpy.int64(t))


torch.manual_seed(0)
batch = Dim("batch", min=1, max=16)
write("two", Two(), (torch.randn(2, 6), torch.tensor([2.0]), None), {"x": {0: batch}, "scale": None, "flag": None})
write("counter", Counter(), (torch.tensor([1.0, -2, 3, 0.5]),))
write("writes_input", WritesInput(), (torch.arange(6.0).reshape(2, 3),))
write("same", Same(), (torch.arange(3.0),))
write(
    "sizes", Sizes(), (torch.arange(12.0).reshape(3, 4), 5), {"x": {0: Dim.DYNAMIC, 1: Dim.DYNAMIC}, "n": Dim.DYNAMIC}
)
write("mlp", Mlp(), (torch.randn(4, 16),))
