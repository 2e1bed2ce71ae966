"""Results whose sizes the data tell: as in eager, as one engine, from Python and from C."""

from __future__ import annotations

import math
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch.export import Dim, export

import torch_tensorrt
from conftest import assert_same, run_in_new_process, run_saved, skip_before

Case = tuple[Callable[..., Any], list[tuple[Any, ...]]]


class Call(torch.nn.Module):
    def __init__(self, fn: Callable[..., Any]) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, *args: torch.Tensor) -> Any:
        return self.fn(*args)


def each(*shape: int, dtype: torch.dtype = torch.float32) -> list[tuple[Any, ...]]:
    """Some hits, none, all."""
    some = torch.randn(shape)
    return [(t.to(dtype),) for t in (some * 2, -some.abs() - 1, some.abs() + 1, torch.zeros(shape))]


def same_mask(x: torch.Tensor) -> Any:
    mask = x[:, 0] > 0
    return x[mask] + (2 * x)[mask], x[mask, 1], x[mask][:, 1:]


def written(x: torch.Tensor) -> Any:
    mask = x > 0
    y = x.clone()
    y[mask] = x[mask] * 2
    return y


def written_by_number(x: torch.Tensor) -> Any:
    y = x.clone()
    y[y[:, 0] > 0, 1:] = 7
    return y


def agreed(x: torch.Tensor, y: torch.Tensor) -> Any:
    a, b = x[x > 0], y[y > 0]
    torch._check(a.shape[0] == b.shape[0])
    return a * b


def known(x: torch.Tensor) -> Any:
    y = x.nonzero()
    torch._check(y.shape[0] == 3)
    return y + 1, x[x < 2]


def prefix(x: torch.Tensor, n: torch.Tensor) -> Any:
    k = n.item()
    torch._check(k >= 0)
    torch._check(k <= x.shape[0])
    return x[:k] * 2, k


def made(n: torch.Tensor) -> Any:
    k = n.item()
    torch._check(k >= 2)
    torch._check(k < 100)
    return torch.ones(k).cumsum(0) * k


def twice(x: torch.Tensor) -> Any:
    y = x[x > 0] * 2
    z = y[y > 1]
    return z, z.sum() + y.shape[0], torch.cat([z, y, x.flatten()])


WEIGHT = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))

CASES: dict[str, Case] = {
    "nonzero": (lambda x: x.nonzero(), each(3, 4)),
    "nonzero_f64": (lambda x: x.nonzero(), each(3, 4, dtype=torch.float64)),
    "nonzero_bool": (lambda x: x.nonzero(), each(2, 3, 2, dtype=torch.bool)),
    "nonzero_u8": (lambda x: x.nonzero(), [(torch.tensor([0, 3, 255], dtype=torch.uint8),)]),
    "nonzero_0d": (lambda x: x.nonzero(), each()),
    "nonzero_empty": (lambda x: x.nonzero(), [(torch.zeros(0, 3),)]),
    "nonzero_tuple": (lambda x: x.nonzero(as_tuple=True), each(3, 4)),
    "nonzero_static": (lambda x: torch.nonzero_static(x, size=5, fill_value=-7), each(3, 4)),
    "nonzero_strided": (lambda x: x.t().nonzero(), each(3, 4)),
    "where": (lambda x: torch.where(x > 0), each(3, 4)),
    "argwhere": (lambda x: torch.argwhere(x > 0), each(3, 4)),
    "masked_select": (lambda x: x.masked_select(x > 0), each(3, 4)),
    "masked_select_broadcast": (lambda x: x.masked_select((x > 0)[:, :1]), each(3, 4)),
    "masked_select_0d": (lambda x: x.masked_select(x > 0), each()),
    "mask": (lambda x: x[x > 0], each(3, 4)),
    "mask_half": (lambda x: x[x > 0], each(3, 4, dtype=torch.bfloat16)),
    "mask_of_rows": (lambda x: x[x[:, 0] > 0], each(3, 4)),
    "mask_of_columns": (lambda x: x[:, x[0] > 0], each(3, 4)),
    "mask_and_indices": (lambda x, i: x[x[:, 0, 0] > 0, :, i], [(x, torch.tensor([1])) for (x,) in each(3, 4, 2)]),
    "matmul": (lambda x: x[x[:, 0] > 0] @ WEIGHT, each(3, 4)),
    "reduced": (lambda x: (x[x > 0].sum(), x[x[:, 0] > 0].mean(1)), each(3, 4)),
    "softmax": (lambda x: x[x[:, 0] > 0].softmax(-1), each(3, 4)),
    "same_mask": (same_mask, each(3, 4)),
    "several": (lambda x: (x[x > 0], x[x < 0].sum(), x.nonzero()), each(3, 4)),
    "twice": (twice, each(3, 4)),
    "with_its_input": (lambda x: (x, x[x > 0], x[x > 0], x + 1), each(3, 4)),
    "written": (written, each(3, 4)),
    "written_by_number": (written_by_number, each(3, 4)),
    "agreed": (agreed, [(torch.tensor([1.0, 0, 2]), torch.tensor([0, 3.0, 4, 0]))]),
    "known": (known, [(torch.tensor([1.0, 2, 3]),), (torch.tensor([4.0, 3, 1]),)]),
    "unique": (lambda x: torch.unique(x.round(), return_inverse=True, return_counts=True), each(3, 4)),
    "unique_i64": (lambda x: torch.unique(x), each(5, 4, dtype=torch.int64)),
    "unique_bool": (lambda x: torch.unique(x, return_counts=True), each(3, 4, dtype=torch.bool)),
    "unique_nan": (lambda x: torch.unique(x), [(torch.tensor([1.0, torch.nan, 1, torch.nan, -torch.inf]),)]),
    "unique_empty": (lambda x: torch.unique(x, return_inverse=True, return_counts=True), [(torch.zeros(0),)]),
    "unique_consecutive": (
        lambda x: torch.unique_consecutive(x, return_inverse=True, return_counts=True),
        [(torch.tensor([1, 1, 2, 2, 2, 1, 3, 3]),), (torch.tensor([4, 4, 4, 4, 4, 4, 4, 4]),)],
    ),
    "unique_consecutive_rows": (
        lambda x: torch.unique_consecutive(x, return_inverse=True, return_counts=True, dim=0),
        [
            (torch.tensor(x),)
            for x in ([[1, 2], [1, 2], [0, 5], [1, 2]], [[1, 2]] * 4, [[1, 2], [2, 1], [1, 1], [2, 2]])
        ],
    ),
    "unique_consecutive_columns": (
        lambda x: torch.unique_consecutive(x, dim=1),
        [(torch.tensor([[1, 1, 0], [2, 2, 0]]),), (torch.tensor([[1, 1, 1], [2, 2, 3]]),)],
    ),
    "unique_rows": (
        lambda x: torch.unique(x, dim=0, return_inverse=True, return_counts=True),
        [(torch.randint(-1, 2, (9, 3)),), (torch.zeros(9, 3, dtype=torch.int64),), (torch.randint(0, 9, (9, 3)),)],
    ),
    "unique_slices": (lambda x: torch.unique(x, dim=1), [(torch.randint(0, 2, (2, 7, 2)).float(),) for _ in range(3)]),
    "unique_rows_bool": (lambda x: torch.unique(x, dim=0, return_counts=True), each(5, 3, dtype=torch.bool)),
    "unique_vector": (lambda x: torch.unique(x, dim=0), [(torch.tensor([3.0, 1, 3, 2, 1]),)]),
    "repeat_interleave": (
        lambda x, n: torch.repeat_interleave(x, n, dim=0),
        [(torch.randn(3, 4), torch.tensor(n)) for n in ([1, 2, 0], [0, 0, 0], [3, 3, 3])],
    ),
    "repeat_interleave_flat": (lambda x, n: torch.repeat_interleave(x, n), [(torch.randn(2, 3), torch.tensor([2]))]),
    "repeat_interleave_places": (
        lambda n: torch.repeat_interleave(n),
        [(torch.tensor([1, 0, 2], dtype=torch.int32),), (torch.tensor([0, 0, 0], dtype=torch.int32),)],
    ),
    "repeat_interleave_size": (
        lambda x, n: torch.repeat_interleave(x, n, dim=1, output_size=5),
        [(torch.randn(2, 3), torch.tensor([1, 4, 0]))],
    ),
    "tensor_split": (
        lambda x, at: torch.tensor_split(x * 2, at),
        [(torch.randn(5, 3), torch.tensor(at)) for at in ([1, 3], [0, 5], [4, 2], [-2, 9], [3, 3])],
    ),
    "tensor_split_used": (
        lambda x, at: [p.sum(0) for p in torch.tensor_split(x, at)] + [x + 1],
        [(torch.randn(5, 3), torch.tensor(at)) for at in ([2], [0], [5])],
    ),
    "prefix": (prefix, [(torch.arange(4), torch.tensor(n)) for n in (2, 0, 4)]),
    "made": (made, [(torch.tensor(n, dtype=torch.int32),) for n in (2, 99)]),
}


def compiled(fn: Callable[..., Any], args: tuple[Any, ...], shapes: Any = None) -> torch.fx.GraphModule:
    exported = export(Call(fn), args, dynamic_shapes=shapes)
    return torch_tensorrt.dynamo.compile(
        exported, arg_inputs=args, engine="cpu", min_block_size=1, require_full_compilation=True
    )


def skip_where_pytorch_errs(name: str) -> None:
    if name in ("unique", "unique_bool", "unique_empty"):
        skip_before("2.11", "it exports the inverse and counts of unique in the type of its input")


@pytest.mark.parametrize("name", CASES)
def test_as_one_engine(name: str) -> None:
    skip_where_pytorch_errs(name)
    fn, calls = CASES[name]
    module = compiled(fn, calls[0])
    assert [n for n, _ in module.named_children()] == ["_run_on_acc_0"]
    for args in (*calls, calls[0]):
        assert_same(module(*args), fn(*args))


@pytest.mark.parametrize("name", CASES)
def test_in_c(name: str, tmp_path: pathlib.Path, torchtrtc) -> None:
    skip_where_pytorch_errs(name)
    fn, calls = CASES[name]
    torch.export.save(export(Call(fn), calls[0]), tmp_path / "model.pt2")
    torchtrtc("compile", tmp_path / "model.pt2", "-o", tmp_path / "compiled.pt2", "--engine", "cpu")
    for i, args in enumerate(calls):
        assert_same(run_saved(torchtrtc, tmp_path / "compiled.pt2", args, tmp_path / str(i)), fn(*args))


DYNAMIC: dict[str, Callable[[torch.Tensor], Any]] = {
    "rows": lambda x: x[x[:, 0] > 0].relu(),
    "matmul": lambda x: (x @ WEIGHT)[x[:, 0] > 0],
    "joined": lambda x: torch.cat([x[x[:, 0] > 0], x]),
    "nonzero": lambda x: x.nonzero(),
    "unique": lambda x: torch.unique(x.round(), return_inverse=True),
}


@pytest.mark.parametrize("name", DYNAMIC)
def test_beside_a_dynamic_batch(name: str) -> None:
    skip_where_pytorch_errs(name)
    fn = DYNAMIC[name]
    module = compiled(fn, (torch.randn(3, 4),), (({0: Dim("batch", min=0, max=100)},),))
    for n in (3, 7, 1, 0, 100):
        x = torch.randn(n, 4)
        assert_same(module(x), fn(x))


@pytest.mark.parametrize("name", ["twice", "known", "prefix"])
def test_saved_and_loaded(name: str, tmp_path: pathlib.Path, torchtrtc) -> None:
    """By PyTorch, from Python's file and from the command line's."""
    fn, calls = CASES[name]
    torch.export.save(export(Call(fn), calls[0]), tmp_path / "model.pt2")
    torchtrtc("compile", tmp_path / "model.pt2", "-o", tmp_path / "c.pt2", "--engine", "cpu")
    torch_tensorrt.save(compiled(fn, calls[0]), tmp_path / "python.pt2", arg_inputs=list(calls[0]))
    for file in ("c.pt2", "python.pt2"):
        for got, args in zip(run_in_new_process(tmp_path / file, calls, tmp_path), calls, strict=True):
            assert_same(got, fn(*args))


SCALED: dict[str, tuple[Callable[[int], int], bool]] = {
    "ceil": (lambda n: math.ceil(n * 0.7), True),
    "floor": (lambda n: math.floor(n * 0.7), True),
    "ceil_of_more": (lambda n: math.ceil(n * 1.1) - math.ceil(n * 0.3), True),
    "ceil_of_ratio": (lambda n: math.ceil(n / 3), True),
    "rounded": (lambda n: round(n * 0.5), False),
    "ceil_of_sum": (lambda n: math.ceil(n * 0.7 + 0.5), False),
    "ceil_of_float_ratio": (lambda n: math.ceil(n / 0.3), False),
    "two_kinds": (lambda n: math.ceil(n * 0.7) + math.floor(n * 0.7 - 0.3) - 1, False),
}


@pytest.mark.parametrize("name", SCALED)
def test_scaled_by_a_float(name: str) -> None:
    """One product that is rounded is a size; other numbers are PyTorch's to compute. PyTorch saves none of these."""
    size, is_held = SCALED[name]
    fn = lambda x: torch.nn.functional.pad(x * 2, (0, 0, 0, size(x.shape[0]))).relu() + 1  # noqa: E731
    exported = export(Call(fn), (torch.randn(10, 4),), dynamic_shapes=(({0: Dim.DYNAMIC},),))
    options = {"engine": "cpu", "min_block_size": 1, "require_full_compilation": is_held}
    module = torch_tensorrt.dynamo.compile(exported, arg_inputs=(torch.randn(10, 4),), **options)
    assert any("_run_on_acc" in n for n, _ in module.named_children())
    for n in (2, 3, 5, 9, 10, 11, 20, 100):
        x = torch.randn(n, 4)
        assert_same(module(x), fn(x))


NUMBERS: dict[str, Callable[[torch.Tensor, int], torch.Tensor]] = {
    "leaky_relu": lambda x, n: F.leaky_relu(x, n),
    "elu": lambda x, n: F.elu(x, n),
    "celu": lambda x, n: F.celu(x, n),
    "hardtanh": lambda x, n: F.hardtanh(x, -n, n),
    "softplus": lambda x, n: F.softplus(x, n, 1),
    "softshrink": lambda x, n: F.softshrink(x, n),
    "hardshrink": lambda x, n: F.hardshrink(x, n),
    "threshold": lambda x, n: F.threshold(x, n, 0),
    "renorm": lambda x, n: torch.renorm(x, 2, 0, n),
    "renorm_order": lambda x, n: torch.renorm(x, n, 0, 1.0),
    "histc": lambda x, n: torch.histc(x, 4, 0, n),
    "vector_norm": lambda x, n: torch.linalg.vector_norm(x, n),
    "normalize": lambda x, n: F.normalize(x, p=n),
    "var": lambda x, n: x.var(1, correction=n - 2),
    "lerp": lambda x, n: torch.lerp(x, x * 2, n),
    "add": lambda x, n: torch.add(x, x, alpha=n),
    "addcmul": lambda x, n: torch.addcmul(x, x, x, value=n),
    "clamp": lambda x, n: x.clamp(-n, n),
    "masked_fill": lambda x, n: x.masked_fill(x > 0, n),
    "full_like": lambda x, n: torch.full_like(x, n),
    "pow": lambda x, n: x.abs() ** n,
    "fmod": lambda x, n: torch.fmod(x, n),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_sizes_as_numbers(name: str) -> None:
    """A converter that needs the number now leaves the operator to PyTorch."""
    fn = lambda x: NUMBERS[name](x, x.shape[0]) + 1  # noqa: E731
    exported = export(Call(fn), (torch.randn(5, 4),), dynamic_shapes=(({0: Dim.DYNAMIC},),))
    module = torch_tensorrt.dynamo.compile(exported, arg_inputs=(torch.randn(5, 4),), engine="cpu", min_block_size=1)
    for n in (5, 3, 9):
        x = torch.randn(n, 4) * 4
        assert_same(module(x), fn(x))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x * x.sum().item() + 1,
        lambda x: (x * 2 + (x.sum().item() * 2 + 1)).relu(),
        lambda x: torch.full((2,), x.max().item()) + x.clamp(min=x.mean().item()).sum(),
        lambda x: (x.relu(), x.max().item()),
    ],
)
def test_float_items(fn: Callable[..., Any]) -> None:
    """PyTorch reads them; what stands around them goes into engines."""
    exported = export(Call(fn), (torch.randn(3, 4),))
    module = torch_tensorrt.dynamo.compile(exported, arg_inputs=(torch.randn(3, 4),), engine="cpu", min_block_size=1)
    assert any("_run_on_acc" in n for n, _ in module.named_children())
    for x in (torch.randn(3, 4), torch.zeros(3, 4)):
        assert_same(module(x), fn(x))


def test_floats_that_come_out() -> None:
    fn = lambda x: (x.relu(), x.shape[0] / 2)  # noqa: E731
    exported = export(Call(fn), (torch.randn(3, 4),), dynamic_shapes=(({0: Dim.DYNAMIC},),))
    module = torch_tensorrt.dynamo.compile(exported, arg_inputs=(torch.randn(3, 4),), engine="cpu", min_block_size=1)
    for n in (3, 2, 8):
        x = torch.randn(n, 4)
        assert_same(module(x), fn(x))


def test_many_counts() -> None:
    """More than a context keeps plans for."""
    module = compiled(lambda x: x[x > 0] * 2, (torch.randn(50),))
    for n in [*range(51), 3, 50, 0]:
        x = torch.cat([torch.ones(n), torch.zeros(50 - n)])
        assert_same(module(x), x[:n] * 2)


def test_what_the_program_does_not_allow() -> None:
    module = compiled(made, (torch.tensor(5),))
    with pytest.raises(RuntimeError, match="'item' gives 100, the program allows 2 to 99"):
        module(torch.tensor(100))
    module = compiled(known, (torch.tensor([1.0, 2, 3]),))
    with pytest.raises(RuntimeError, match="reshape"):
        module(torch.tensor([1.0, 0, 3]))
    module = compiled(agreed, (torch.tensor([1.0, 2]), torch.tensor([3.0, 4])))
    for y in (torch.tensor([3.0, -4]), torch.tensor([-3.0, -4])):  # a size of 1 must not broadcast
        with pytest.raises(RuntimeError, match="of an operand|differ"):
            module(torch.tensor([1.0, 2]), y)
    assert_same(module(torch.tensor([1.0, 2]), torch.tensor([3.0, 4])), torch.tensor([3.0, 8]))
