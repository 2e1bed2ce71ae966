"""Buffers and inputs that a program changes, in-place operators, outputs that share memory: results and mutations as
in eager."""

import copy
import pathlib

import pytest
import torch
from torch import nn

import torch_tensorrt
from conftest import assert_same, run_in_new_process, run_saved


def compile_whole(model: nn.Module, args: tuple[torch.Tensor, ...], **options) -> torch.fx.GraphModule:
    exported = torch.export.export(model, copy.deepcopy(args))
    return torch_tensorrt.dynamo.compile(exported, arg_inputs=args, min_block_size=1, **options)


class Counter(nn.Module):
    """A running sum and a number of calls; returns both as they are after the call."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("total", torch.zeros(3))
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def forward(self, x):
        self.total.add_(x * 2)
        self.calls += 1
        return self.total * 1.0, self.calls + 0


class Cache(nn.Module):
    """A row of a buffer is overwritten, at a place that the input tells."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("rows", torch.zeros(4, 3))

    def forward(self, x, at):
        self.rows.index_copy_(0, at, x)
        return self.rows.sum(0)


class ReturnsBuffer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("state", torch.ones(3))

    def forward(self, x):
        self.state.mul_(x)
        return self.state


class ChangesInput(nn.Module):
    def forward(self, x, y):
        x.add_(y)
        y[0] = 7
        return x * y


@pytest.mark.parametrize("whole", [True, False])
def test_buffers(whole: bool) -> None:
    model = Counter()
    compiled = compile_whole(
        copy.deepcopy(model), (torch.randn(3),), torch_executed_ops=() if whole else ("aten.mul.Tensor",)
    )
    for _ in range(3):
        x = torch.randn(3)
        assert_same(compiled(x), model(x))
    assert_same(compiled.total, model.total)
    assert compiled.calls == 3


def test_rows_of_a_buffer() -> None:
    model = Cache()
    compiled = compile_whole(copy.deepcopy(model), (torch.randn(1, 3), torch.tensor([1])))
    for at in (2, 0, 2):
        args = torch.randn(1, 3), torch.tensor([at])
        assert_same(compiled(*args), model(*args))
    assert_same(compiled.rows, model.rows)


def test_output_is_the_buffer() -> None:
    model = ReturnsBuffer()
    compiled = compile_whole(copy.deepcopy(model), (torch.randn(3),))
    x = torch.randn(3)
    assert_same(compiled(x), model(x))
    assert_same(compiled(x), model(x))
    assert_same(compiled.state, model.state)


def test_inputs() -> None:
    compiled = compile_whole(ChangesInput(), (torch.randn(3), torch.randn(3)))
    args = torch.randn(3), torch.randn(3)
    mine, theirs = copy.deepcopy(args), copy.deepcopy(args)
    assert_same(compiled(*mine), ChangesInput()(*theirs))
    assert_same(mine, theirs)


def test_compiling_changes_nothing() -> None:
    model = Counter()
    program = torch.export.export(model, (torch.randn(3),))
    before = str(program)
    torch_tensorrt.dynamo.compile(program, arg_inputs=[torch.randn(3)], min_block_size=1)(torch.ones(3))
    assert str(program) == before


def test_saved(tmp_path: pathlib.Path, torchtrtc) -> None:
    compiled = compile_whole(Counter(), (torch.randn(3),))
    path = tmp_path / "counter.pt2"
    torch_tensorrt.save(compiled, path)
    loaded, model = torch.export.load(path).module(), Counter()
    for _ in range(2):
        x = torch.randn(3)
        assert_same(loaded(x), model(x))
    calls = [(torch.ones(3),), (torch.randn(3),)]
    wanted = Counter()
    assert_same(run_in_new_process(path, calls, tmp_path), [wanted(*args) for args in calls])
    assert_same(run_saved(torchtrtc, path, calls[0], tmp_path), Counter()(*calls[0]))


IN_PLACE = {
    "relu": lambda x: (x + 1).relu_() * 2,
    "chain": lambda x: (x * 2).add_(1).mul_(3).clamp_(0, 4),
    "on_a_view": lambda x: _set(x * 2, lambda y: y[:, 0].fill_(5)),
    "through_a_view": lambda x: _set(x * 2, lambda y: y.t().mul_(3)),
    "slice": lambda x: _set(x * 1, lambda y: y[1:].copy_(y[:-1] * 2)),
    "used_before_and_after": lambda x: _twice(x * 2),
    "of_an_input_view": lambda x: x.clone().view(-1).add_(1),
    "out_of_order": lambda x: _order(x + 0),
    "dropout_": lambda x: torch.nn.functional.dropout((x + 1).flatten(), 0.5, False, True),
}


def _set(y, write):
    write(y)
    return y + 1


def _twice(y):
    z = y * 3
    y.add_(z)
    return y + z


def _order(y):
    view = y.view(-1)
    y.add_(1)
    return view * 2, y


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place(name: str) -> None:
    class Module(nn.Module):
        def forward(self, x):
            return IN_PLACE[name](x)

    x = torch.randn(4, 3)
    compiled = compile_whole(Module(), (x,), require_full_compilation=True)
    y = x.clone()
    assert_same(compiled(y), Module()(x))
    assert_same(y, x)


def test_output_is_an_input() -> None:
    class Module(nn.Module):
        def forward(self, x, y):
            return x, (x * y).relu() + 1, x.view(-1), None, 3

    args = torch.randn(2, 3), torch.randn(2, 3)
    compiled = compile_whole(Module(), args)
    got = compiled(*args)
    assert_same(got, Module()(*args))
    assert got[0] is args[0]


def test_training_statistics_change() -> None:
    model = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU()).train()
    compiled = compile_whole(copy.deepcopy(model), (torch.randn(2, 2, 6, 6),))
    x = torch.randn(2, 2, 6, 6)
    assert_same(compiled(x), model(x))
    assert_same(dict(compiled.named_buffers())["1.running_mean"], model[1].running_mean)
