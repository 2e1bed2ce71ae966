"""What may go into a program and come out of it: types, ranks, numbers, containers, None, outputs twice, inputs that
come back, buffers. Each program is compiled by Python and by torchtrtc; each file is run by torchtrtc and by
PyTorch."""

from __future__ import annotations

import collections
import copy
import pathlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import nn
from torch.export import Dim

import torch_tensorrt
from conftest import assert_same, run_saved

Pair = collections.namedtuple("Pair", "a b")
torch.utils._pytree._register_namedtuple(Pair, serialized_type_name="test_forms.Pair")


class Call(nn.Module):
    def __init__(self, fn: Callable[..., Any]) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, *args, **kwargs):
        return self.fn(*args, **kwargs)


class Buffers(nn.Module):
    """A parameter, a buffer that changes, one that does not go into the state, a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 3))
        self.register_buffer("total", torch.zeros(3))
        self.register_buffer("loose", torch.ones(2), persistent=False)
        self.constant = torch.tensor([1.0, 2.0, 3.0])

    def forward(self, x):
        self.total.add_(x.sum(0))
        return (x @ self.weight + self.constant) * self.total, self.total, self.loose * 2


class Shared(nn.Module):
    """One storage behind two parameters and a strided buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.head = nn.Embedding(7, 4), nn.Linear(4, 7, bias=False)
        self.head.weight = self.table.weight
        self.register_buffer("view", self.table.weight.detach().t()[1:])

    def forward(self, ids):
        return self.head(self.table(ids)), self.view + 0


@dataclass
class Case:
    program: Callable[..., Any] | nn.Module
    args: tuple[Any, ...]
    dynamic_shapes: Any = None
    kwargs: dict[str, Any] = field(default_factory=dict)

    def module(self) -> nn.Module:
        """A fresh one: programs that change their buffers share them with what was exported."""
        return copy.deepcopy(self.program) if isinstance(self.program, nn.Module) else Call(self.program)

    def export(self) -> torch.export.ExportedProgram:
        shapes = None if self.dynamic_shapes is None else (self.dynamic_shapes,)
        return torch.export.export(self.module(), self.args, self.kwargs, dynamic_shapes=shapes)

    def call(self, module: Any) -> Any:
        return module(*copy.deepcopy(self.args), **copy.deepcopy(self.kwargs))


r = torch.randn
torch.manual_seed(0)
CASES = {
    "0d": Case(lambda x: x * 2 + 1, (torch.tensor(3.0),)),
    "no_elements": Case(lambda x: (x.relu(), x.sum(), x.sum(0)), (r(0, 3),)),
    "0_to_8_rows": Case(lambda x: (x.relu() @ torch.ones(3, 2), x.sum()), (r(2, 3),), ({0: Dim("b", min=0, max=8)},)),
    "rank_10": Case(lambda x: x.permute(*range(9, -1, -1)) + 1, (r(1, 2, 1, 2, 1, 2, 1, 2, 1, 3),)),
    "float16": Case(lambda x: x @ x, (r(4, 4).half(),)),
    "bfloat16": Case(lambda x: x @ x, (r(4, 4).bfloat16(),)),
    "float64": Case(lambda x: x @ x, (r(4, 4).double(),)),
    "int64": Case(lambda a, b: (a + b, a // b, a % b, a > b), (torch.arange(-2, 2), torch.tensor([3, 2, -1, 2]))),
    "small_integers": Case(
        lambda a, b, c: (a + 1, b * 2, c - 3),
        (torch.ones(2, dtype=torch.int8), torch.ones(2, dtype=torch.int16), torch.ones(2, dtype=torch.int32)),
    ),
    "uint8": Case(lambda a: (a * 2, a.float() / 255), (torch.arange(250, 256, dtype=torch.uint8),)),
    "bool": Case(lambda m, x: (m & (x > 0), torch.where(m, x, -x)), (torch.tensor([True, False, True]), r(3))),
    "large_integer": Case(lambda x: x + 2**53, (torch.tensor([1, 2]),)),
    "not_finite": Case(torch.nan_to_num, (torch.tensor([float("nan"), float("inf"), -float("inf"), 1.0]),)),
    "a_number": Case(lambda x, n: (x * n, n + 1, x + n), (r(2, 3), 5)),
    "a_dynamic_number": Case(lambda x, n: (x * n, n + 1, torch.full((n,), 2.0)), (r(2, 3), 5), (None, Dim.DYNAMIC)),
    "a_float": Case(lambda x, t: x * t, (r(2, 3), 1.5)),
    "a_bool": Case(lambda x, t: x.t() if t else x, (r(3, 2), True)),
    "a_string": Case(lambda x, m: x.sum() if m == "sum" else x, (r(3), "sum")),
    "none": Case(lambda x, y: x + 1 if y is None else x + y, (r(3), None)),
    "unused": Case(lambda x, y: x + 1, (r(3), r(2))),
    "keyword": Case(lambda x, *, scale: x * scale, (r(3),), kwargs={"scale": r(3)}),
    "no_input": Case(lambda: torch.arange(4) + 1, ()),
    "nested": Case(
        lambda d: {"out": [d["a"] + d["l"][0], (d["l"][1][0] * 2, None)], "n": 3}, ({"a": r(3), "l": [r(3), (r(3),)]},)
    ),
    "named_tuple": Case(lambda x: Pair(x + 1, x * 2), (r(3),)),
    "output_thrice": Case(lambda x: (x + 1,) * 3, (r(3),)),
    "input_comes_back": Case(lambda x: [x + 1, x, x], (r(3),)),
    "nothing_but_the_input": Case(lambda x: x, (r(3),)),
    "none_out": Case(lambda x: (None, x + 1, None), (r(3),)),
    "only_none": Case(lambda x: None, (r(3),)),
    "empty_constant": Case(lambda x: torch.cat([torch.tensor([]), x]) * 2 + 1, (r(3),)),
    "constant_out": Case(lambda x: (x + 1, torch.arange(3)), (r(3),)),
    "sizes_out": Case(lambda x: (x.shape[0], x.shape[0] * 2 + 1, x + 1), (r(4, 3),), ({0: Dim("b", min=2, max=9)},)),
    "three_sizes": Case(torch.matmul, (r(4, 3), r(3, 5)), ({0: Dim.DYNAMIC, 1: Dim.DYNAMIC},) * 2),
    "view_out": Case(lambda x: (x.view(-1), x.t(), x[1:, ::2]), (r(2, 3),)),
    "changed_input": Case(lambda x: x.add_(1), (r(3),)),
    "changed_twice": Case(lambda x, y: (x.add_(y), x.mul_(2), y.copy_(x).sum()), (r(3), r(3))),
    "buffers": Case(Buffers(), (r(2, 3),)),
    "shared_storage": Case(Shared(), (torch.tensor([0, 6, 3]),)),
}  # fmt: skip


def check_file(case: Case, path: pathlib.Path, folder: pathlib.Path, torchtrtc) -> None:
    wanted = case.call(case.module())
    assert_same(run_saved(torchtrtc, path, (case.args, case.kwargs), folder), wanted)
    got = case.call(torch.export.load(path).module())
    assert torch.utils._pytree.tree_structure(got) == torch.utils._pytree.tree_structure(wanted)
    assert_same(got, wanted)


@pytest.mark.parametrize("name", CASES)
def test_python(name: str, tmp_path: pathlib.Path, torchtrtc) -> None:
    case = CASES[name]
    options = dict(arg_inputs=case.args, kwarg_inputs=case.kwargs, min_block_size=1)
    compiled = torch_tensorrt.dynamo.compile(case.export(), **options)
    assert_same(case.call(compiled), case.call(case.module()))
    torch_tensorrt.save(torch_tensorrt.dynamo.compile(case.export(), **options), tmp_path / "compiled.pt2")
    check_file(case, tmp_path / "compiled.pt2", tmp_path, torchtrtc)


@pytest.mark.parametrize("name", CASES)
def test_torchtrtc(name: str, tmp_path: pathlib.Path, torchtrtc) -> None:
    case = CASES[name]
    torch.export.save(case.export(), tmp_path / "source.pt2")
    torchtrtc("compile", tmp_path / "source.pt2", "-o", tmp_path / "compiled.pt2")
    check_file(case, tmp_path / "compiled.pt2", tmp_path, torchtrtc)


@pytest.mark.parametrize("name", ["buffers", "changed_input"])
def test_changes(name: str) -> None:
    """What the compiled program changes is what eager changes, call after call."""
    case = CASES[name]
    model, exported = case.module(), case.export()
    compiled = torch_tensorrt.dynamo.compile(exported, arg_inputs=case.args, min_block_size=1)
    mine, theirs = copy.deepcopy(case.args), copy.deepcopy(case.args)
    for _ in range(3):
        assert_same(compiled(*mine), model(*theirs))
        assert_same(mine, theirs)
    assert_same(dict(compiled.named_buffers()).get("total"), dict(model.named_buffers()).get("total"))


def test_a_dimension_without_bounds_takes_0_and_1(tmp_path: pathlib.Path, torchtrtc) -> None:
    """Exported as dynamic it reads "2 or more"; PyTorch runs it at any size."""
    model = nn.Linear(4, 3)
    exported = torch.export.export(model, (r(5, 4),), dynamic_shapes=({0: Dim.DYNAMIC},))
    compiled = torch_tensorrt.dynamo.compile(exported, arg_inputs=(r(5, 4),), min_block_size=1)
    torch.export.save(exported, tmp_path / "source.pt2")
    torchtrtc("compile", tmp_path / "source.pt2", "-o", tmp_path / "compiled.pt2")
    for n in (0, 1, 7):
        x = r(n, 4)
        assert_same(compiled(x), model(x))
        assert_same(run_saved(torchtrtc, tmp_path / "compiled.pt2", (x,), tmp_path), model(x))
        assert_same(torch.export.load(tmp_path / "compiled.pt2").module()(x), model(x))
