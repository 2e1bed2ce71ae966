"""Branches that data choose and loops that data end: as in eager, as one engine, from Python and from C."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch._higher_order_ops.while_loop import while_loop
from torch.export import Dim, export

import torch_tensorrt
from conftest import assert_same, run_in_new_process, run_saved, skip_before

cond = torch.cond
TABLE = torch.arange(12.0).reshape(4, 3)


class Call(torch.nn.Module):
    """`fn(module, *args)`, with a parameter, a buffer and a layer for branches to capture."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        super().__init__()
        self.fn = fn
        self.layer = torch.nn.Linear(4, 4)
        self.scale = torch.nn.Parameter(torch.randn(4))
        self.register_buffer("table", TABLE)

    def forward(self, *args: torch.Tensor) -> Any:
        return self.fn(self, *args)


def by_data(m: Call, x: torch.Tensor, y: torch.Tensor) -> Any:
    return cond(x.sum() > 0, lambda a, b: a.sin() + b, lambda a, b: a * b - 1, (x, y))


def captured(m: Call, x: torch.Tensor) -> Any:
    return cond(x.sum() > 0, lambda a: m.layer(a).relu(), lambda a: a * m.scale, (x,)) + 1


def several(m: Call, x: torch.Tensor) -> Any:
    return cond(x.max() > 0, lambda a: (a + 1, a.sum(), a > 0), lambda a: (a * 2, a.mean(), a < 1), (x,))


def integers(m: Call, x: torch.Tensor) -> Any:
    return cond(x.sum() > 0, lambda a: (a.argmax(1), (a > 0).sum()), lambda a: (a.argmin(1), (a < 0).sum()), (x,))


def nested(m: Call, x: torch.Tensor) -> Any:
    inner = lambda a: cond(a.min() < -1, lambda b: m.layer(b), lambda b: b.exp(), (a,))  # noqa: E731
    return cond(x.sum() > 0, inner, lambda a: a - 1, (x,))


def in_a_row(m: Call, x: torch.Tensor) -> Any:
    for k in range(3):
        x = cond(x.sum() > k, lambda a: a * 0.5, lambda a: m.layer(a), (x,))
    return x


def kept(m: Call, x: torch.Tensor) -> Any:
    return cond(x.sum() > 0, lambda a: a.clone(), lambda a: -a, (x,))


def read_and_given(m: Call, x: torch.Tensor) -> Any:
    y = cond(x.sum() > 0, lambda a: a[:, :2] @ a[:2], lambda a: a.softmax(-1), (x,))
    return y.tanh() @ m.layer.weight, x


def not_finite(m: Call, x: torch.Tensor) -> Any:
    """The branch not taken comes to NaN and infinities."""
    return cond(x.min() > 0, lambda a: a.log() / a, lambda a: (-a).sqrt() / (a - a), (x,))


def in_place(m: Call, x: torch.Tensor) -> Any:
    def grown(a: torch.Tensor) -> torch.Tensor:
        b = a * 2
        b.add_(1)
        return b.long().float()

    return cond(x.sum() > 0, grown, lambda a: a.detach() * 3, (x,))


def looked_up(m: Call, i: torch.Tensor) -> Any:
    """Indices are out of range where the branch is not taken, in every way of reading by them."""

    def inside(j: torch.Tensor) -> Any:
        gathered = m.table.gather(0, j[:, None].expand(-1, 3))
        written = m.table.index_put((j,), m.table[0], accumulate=True).index_add(0, j, gathered)
        return torch.nn.functional.embedding(j, m.table), m.table[j, j - 1], written

    def elsewhere(j: torch.Tensor) -> Any:
        return inside(j - 1000)

    return cond(i.max() < 1000, inside, elsewhere, (i,))


def looked_up_deeper(m: Call, i: torch.Tensor) -> Any:
    inner = lambda j: cond(j.sum() > 3, lambda k: m.table[k], lambda k: m.table[k + 1], (j,))  # noqa: E731
    return cond(i.max() < 4, inner, lambda j: m.table[j - j] * 2, (i,))


def masked(m: Call, x: torch.Tensor) -> Any:
    """Data tell the size of what branches take and give."""
    y = x[x[:, 0] > 0]
    a, b = cond(y.sum() > 3, lambda t: (t * 2, t.sum(1)), lambda t: (m.layer(t), t[:, 1] + 1), (y,))
    return a.flatten() * 2, a + b[:, None], a.shape[0]


def rows(*shape: int, dtype: torch.dtype = torch.float32) -> list[tuple[Any, ...]]:
    x = torch.rand(shape, generator=torch.Generator().manual_seed(1)) + 0.1
    mixed = x.clone()
    mixed.view(-1)[0] = -1.5
    return [(t.to(dtype),) for t in (x, -x, mixed)]


# ---- loops ----


def zero() -> torch.Tensor:
    return torch.zeros((), dtype=torch.int64)


def halved(m: Call, x: torch.Tensor) -> Any:
    """From no round to many."""
    return while_loop(lambda a: a.abs().sum() > 1, lambda a: (a / 2,), (x * 2,))[0] + 1


def layered(m: Call, x: torch.Tensor) -> Any:
    """Weights, a buffer and a tensor of the program go in beside what is carried."""
    y = x.exp()
    body = lambda i, a: (i + 1, m.layer(a).tanh() * m.scale + y + m.table[0, 1])  # noqa: E731
    return while_loop(lambda i, a: i < 5, body, (zero(), x))


def never(m: Call, x: torch.Tensor) -> Any:
    i, a = while_loop(lambda i, a: i < 0, lambda i, a: (i + 1, a.exp()), (zero(), x))
    return a, i, x


def carried_types(m: Call, x: torch.Tensor) -> Any:
    """Numbers of several types, a truth value, halves; some change places."""

    def body(i: Any, go: Any, a: Any, b: Any, h: Any, n: Any) -> Any:
        return i + 1, i + n < 5, b + 1, a * 0.5, (h * 1.5).to(h.dtype), (n + i).to(n.dtype)

    start = (zero(), x.sum() == x.sum(), x, -x, x.to(torch.bfloat16), torch.tensor([1], dtype=torch.int32).squeeze())
    return while_loop(lambda i, go, a, b, h, n: go.clone(), body, start)


def by_wide_truth(m: Call, x: torch.Tensor) -> Any:
    i, a = while_loop(lambda i, a: (i < 3).all() & ~a.isnan().any(), lambda i, a: (i + 1, a * 2), (zero(), x))
    return a.softmax(-1), i.float()


def same_carried(m: Call, x: torch.Tensor) -> Any:
    """One value goes around as it is, one starts from a constant, none is used but the first."""
    body = lambda a, keep, k: (a + keep.sin() * k, keep.clone(), k + 1)  # noqa: E731
    return while_loop(lambda a, keep, k: k < 4, body, (x, x * 2, torch.tensor(1.0)))[0]


def loop_in_loop(m: Call, x: torch.Tensor) -> Any:
    def outer(i: torch.Tensor, a: torch.Tensor) -> Any:
        inner = lambda j, b: (j + 1, m.layer(b).sin() + i)  # noqa: E731
        return i + 1, while_loop(lambda j, b: j < i, inner, (zero(), a))[1] * 1.5

    return while_loop(lambda i, a: i < 4, outer, (zero(), x))


def counted_inside(m: Call, x: torch.Tensor) -> Any:
    """The body counts what its own data tell; so does what reads the loop's result, twice."""

    def body(i: torch.Tensor, a: torch.Tensor) -> Any:
        return i + 1, a + torch.nonzero_static(a > 0, size=4, fill_value=0).sum().to(a.dtype)

    y = while_loop(lambda i, a: i < 3, body, (zero(), x))[1]
    return y * 3, torch.nonzero_static(y > 0, size=4, fill_value=0)


def branch_in_loop(m: Call, x: torch.Tensor) -> Any:
    def body(i: torch.Tensor, a: torch.Tensor) -> Any:
        return i + 1, cond(a.sum() > i, lambda t: m.layer(t) - 1, lambda t: t * m.scale + i, (a,))

    return while_loop(lambda i, a: i < 6, body, (zero(), x))


def loop_in_branch(m: Call, x: torch.Tensor) -> Any:
    """Where the branch is not taken, the loop would go on for ever and read out of range."""

    def grow(a: torch.Tensor) -> torch.Tensor:
        row = lambda i: m.table[i.reshape(1)]  # noqa: E731
        further = lambda i, b: row(i)[0, 0] + b.abs().sum() < 9  # noqa: E731
        return while_loop(further, lambda i, b: (i + 1, b + row(i)[:, 2:] * 0.1), (zero(), a))[1]

    return cond(x.sum() > 0, grow, lambda a: a.abs(), (x,))


def loops_in_a_row(m: Call, x: torch.Tensor) -> Any:
    for _ in range(3):
        x = while_loop(lambda a: a.abs().max() > 0.3, lambda a: (a * 0.7,), (m.layer(x),))[0]
    return x, x.argmax()


def of_masked(m: Call, x: torch.Tensor) -> Any:
    """Data tell the size of what is carried; and, in each round anew, of what the body makes."""
    y = x[x[:, 0] > 0]

    def body(i: torch.Tensor, a: torch.Tensor) -> Any:
        return i + 1, a + (a[a > i * 0.3]).sum() * 0.01

    return while_loop(lambda i, a: i < 4, body, (zero(), y))


def written(m: Call, x: torch.Tensor) -> Any:
    """A row a round."""

    def body(i: torch.Tensor, a: torch.Tensor) -> Any:
        return i + 1, a.index_copy(0, i.reshape(1), a.sum(0, keepdim=True) / 8)

    return while_loop(lambda i, a: i < a.shape[0], body, (zero(), x))[1]


def searched(m: Call, x: torch.Tensor) -> Any:
    """Newton's square roots, until they are good enough."""
    a = x.abs() + 0.5
    better = lambda y: ((y + a / y) / 2,)  # noqa: E731
    return while_loop(lambda y: (y * y - a).abs().max() > 1e-3, better, (torch.ones_like(a),))[0]


CASES: dict[str, tuple[Callable[..., Any], list[tuple[Any, ...]]]] = {
    "by_data": (by_data, [(x, torch.randn(3, 4)) for (x,) in rows(3, 4)]),
    "by_data_half": (by_data, [(x, torch.ones(3, 4, dtype=x.dtype)) for (x,) in rows(3, 4, dtype=torch.bfloat16)]),
    "by_data_f64": (by_data, [(x, x + 1) for (x,) in rows(3, 4, dtype=torch.float64)]),
    "by_input": (
        lambda m, p, x: cond(p, lambda a: a.cos(), lambda a: a.relu(), (x,)),
        [(torch.tensor(p), torch.randn(3, 4)) for p in (True, False)],
    ),
    "by_one_element": (
        lambda m, x: cond(x[:1, 0] > 0, lambda a: a.cos(), lambda a: a.relu(), (x,)),
        rows(3, 4),
    ),
    "0d": (lambda m, x: cond(x > 0, lambda a: a + 1, lambda a: a * a, (x,)), rows()),
    "empty": (lambda m, x: cond(x.sum() > 0, lambda a: a + 1, lambda a: a * a, (x,)), [(torch.zeros(0, 4),)]),
    "captured": (captured, rows(3, 4)),
    "several": (several, rows(3, 4)),
    "integers": (integers, rows(3, 4)),
    "nested": (nested, rows(3, 4)),
    "in_a_row": (in_a_row, rows(3, 4)),
    "kept": (kept, rows(3, 4)),
    "read_and_given": (read_and_given, rows(4, 4)),
    "masked": (masked, [*rows(3, 4), (torch.zeros(3, 4),), (torch.eye(3, 4) * 9,)]),
    "not_finite": (not_finite, rows(3, 4)),
    "in_place": (in_place, rows(3, 4)),
    "looked_up": (looked_up, [(torch.tensor(i),) for i in ([1, 3, 2], [1003, 1002, 1001])]),
    "looked_up_deeper": (looked_up_deeper, [(torch.tensor(i),) for i in ([1, 3], [0, 2], [9999, -77])]),
    "halved": (halved, [*rows(3, 4), (torch.zeros(3, 4),), (torch.full((3, 4), 1e30),)]),
    "layered": (layered, rows(3, 4)),
    "halved_f64": (halved, rows(3, 4, dtype=torch.float64)),
    "never": (never, rows(3, 4)),
    "carried_types": (carried_types, rows(3, 4)),
    "by_wide_truth": (by_wide_truth, [*rows(3, 4), (torch.full((3, 4), torch.nan),)]),
    "same_carried": (same_carried, rows(3, 4)),
    "loop_in_loop": (loop_in_loop, rows(3, 4)),
    "counted_inside": (counted_inside, rows(3, 4)),
    "branch_in_loop": (branch_in_loop, rows(3, 4)),
    "loop_in_branch": (loop_in_branch, rows(3, 4)),
    "loops_in_a_row": (loops_in_a_row, rows(3, 4)),
    "of_masked": (of_masked, [*rows(3, 4), (torch.zeros(3, 4),), (torch.eye(3, 4) * 9,)]),
    "written": (written, rows(3, 4)),
    "searched": (searched, rows(3, 4)),
    "loop_of_0d": (lambda m, x: while_loop(lambda a: a < 100, lambda a: (a * a + 1,), (x,)), rows()),
    "loop_of_none": (
        lambda m, x: while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a + 1), (zero(), x)),
        [(torch.zeros(0, 4),)],
    ),
}


def compiled(fn: Callable[..., Any], args: tuple[Any, ...], shapes: Any = None, **options: Any) -> Any:
    model = Call(fn).eval()
    options = {"engine": "cpu", "min_block_size": 1, "require_full_compilation": True, **options}
    exported = export(model, args, dynamic_shapes=shapes)
    return model, torch_tensorrt.dynamo.compile(exported, arg_inputs=args, **options)


@pytest.mark.parametrize("name", CASES)
def test_as_one_engine(name: str) -> None:
    if name == "masked":
        skip_before("2.11", "it exports no sizes that data tell in a branch")
    fn, calls = CASES[name]
    model, module = compiled(fn, calls[0])
    assert [n for n, _ in module.named_children()] == ["_run_on_acc_0"]
    for args in (*calls, calls[0]):
        assert_same(module(*args), model(*args))


@pytest.mark.parametrize("name", CASES)
def test_in_c(name: str, tmp_path: pathlib.Path, torchtrtc) -> None:
    if name == "masked":
        skip_before("2.11", "it exports no sizes that data tell in a branch")
    fn, calls = CASES[name]
    model = Call(fn).eval()
    torch.export.save(export(model, calls[0]), tmp_path / "model.pt2")
    torchtrtc("compile", tmp_path / "model.pt2", "-o", tmp_path / "compiled.pt2", "--engine", "cpu")
    for i, args in enumerate(calls):
        assert_same(run_saved(torchtrtc, tmp_path / "compiled.pt2", args, tmp_path / str(i)), model(*args))


def by_size(m: Call, x: torch.Tensor) -> Any:
    """Sizes are operands of the branches, and decide."""
    n = x.shape[0]
    a = cond(x.sum() > 0, lambda t: t * n + 1, lambda t: m.layer(t).cumsum(0), (x,))
    return cond(n > 4, lambda t: t.sin(), lambda t: t.reshape(-1).reshape(n, 4) * n, (a,))


def rounds_by_size(m: Call, x: torch.Tensor) -> Any:
    """Sizes go in beside what is carried, and end the loop."""
    n = x.shape[0]
    body = lambda i, a: (i + 1, m.layer(a) + n + torch.arange(n)[:, None])  # noqa: E731
    return while_loop(lambda i, a: i < n // 2, body, (zero(), x))


BY_SIZE = [captured, several, nested, not_finite, by_size, halved, layered, loop_in_loop, loop_in_branch, written]


@pytest.mark.parametrize("fn", [*BY_SIZE, rounds_by_size])
def test_dynamic_batch(fn: Callable[..., Any], tmp_path: pathlib.Path, torchtrtc) -> None:
    shapes = (({0: Dim("batch", min=1, max=100)},),)
    model, module = compiled(fn, (torch.randn(3, 4),), shapes)
    torch.export.save(export(model, (torch.randn(3, 4),), dynamic_shapes=shapes), tmp_path / "model.pt2")
    torchtrtc("compile", tmp_path / "model.pt2", "-o", tmp_path / "c.pt2", "--engine", "cpu")
    for n in (3, 7, 1, 100):
        for i, args in enumerate(rows(n, 4)):
            assert_same(module(*args), model(*args))
            assert_same(run_saved(torchtrtc, tmp_path / "c.pt2", args, tmp_path / f"{n}_{i}"), model(*args))


def test_known_when_exported() -> None:
    model, module = compiled(
        lambda m, x: cond(x.shape[0] > 2, lambda a: m.table[a], lambda a: m.table[a * 0], (x,)),
        (torch.tensor([0, 3, 2]),),
    )
    assert_same(module(torch.tensor([2, 2, 1])), model(torch.tensor([2, 2, 1])))


@pytest.mark.parametrize("name", ["captured", "several", "nested", "layered", "loop_in_loop"])
def test_saved_and_loaded(name: str, tmp_path: pathlib.Path, torchtrtc) -> None:
    """By PyTorch, from Python's file and from the command line's."""
    fn, calls = CASES[name]
    model, module = compiled(fn, calls[0])
    torch.export.save(export(model, calls[0]), tmp_path / "model.pt2")
    torchtrtc("compile", tmp_path / "model.pt2", "-o", tmp_path / "c.pt2", "--engine", "cpu")
    torch_tensorrt.save(module, tmp_path / "python.pt2", arg_inputs=list(calls[0]))
    for file in ("c.pt2", "python.pt2"):
        for got, args in zip(run_in_new_process(tmp_path / file, calls, tmp_path), calls, strict=True):
            assert_same(got, model(*args))


def test_constants_of_branches() -> None:
    """PyTorch cannot save such programs."""

    def shifted(m: Call, x: torch.Tensor) -> Any:
        def deeper(a: torch.Tensor) -> torch.Tensor:
            return cond(a.sum() > 9, lambda b: b - torch.tensor([1.0, 2, 3, 4]), lambda b: b * torch.tensor(5.0), (a,))

        return cond(x.sum() > 0, deeper, lambda a: a * torch.tensor(7.0) + torch.tensor(8), (x,))

    model, module = compiled(shifted, (torch.ones(3, 4),))
    assert [n for n, _ in module.named_children()] == ["_run_on_acc_0"]
    for scale in (1, 0.5, -1):
        assert_same(module(torch.ones(3, 4) * scale), model(torch.ones(3, 4) * scale))


@pytest.mark.parametrize("name", ["captured", "several", "nested", "in_a_row", "layered", "loop_in_loop"])
def test_torch_compile(name: str) -> None:
    fn, calls = CASES[name]
    model = Call(fn).eval()
    options = {"engine": "cpu", "min_block_size": 1, "require_full_compilation": True}
    optimized = torch.compile(model, backend="torch_tensorrt", options=options)
    for args in calls:
        assert_same(optimized(*args), model(*args))


def only_an_integer(m: Call, x: torch.Tensor) -> Any:
    return x * while_loop(lambda i, a: i * i < x.shape[0] * 10, lambda i, a: (i + 1, a * 2), (0, x))[0]


def two_integers(m: Call, x: torch.Tensor) -> Any:
    body = lambda i, j, a: (i + 1, j + 2, a + i * j)  # noqa: E731
    i, j, a = while_loop(lambda i, j, a: i + j < 20, body, (0, x.shape[0], x))
    return a.sum(), i, j


def integer_as_size(m: Call, x: torch.Tensor) -> Any:
    return while_loop(lambda i, a: i < 4, lambda i, a: (i + 1, a + torch.arange(i + 1).sum()), (0, x))[1]


def integer_as_place(m: Call, x: torch.Tensor) -> Any:
    return while_loop(lambda i, a: i < x.shape[0], lambda i, a: (i + 1, a * 2 + x[i]), (0, x))[1]


def integer_beside_data(m: Call, x: torch.Tensor) -> Any:
    i, a = while_loop(lambda i, a: a.sum() < 100, lambda i, a: (i + 1, a * 2), (0, x.abs() + 1))
    return a * i, i


INTEGERS = [only_an_integer, two_integers, integer_as_size, integer_as_place, integer_beside_data]


@pytest.mark.parametrize("fn", INTEGERS)
@pytest.mark.parametrize("is_dynamic", [False, True])
def test_carried_integers(fn: Callable[..., Any], is_dynamic: bool, tmp_path: pathlib.Path) -> None:
    """PyTorch cannot save such programs; compiled, they are engines like others."""
    shapes = (({0: Dim("batch", min=1, max=100)},),) if is_dynamic else None
    model, module = compiled(fn, (torch.randn(3, 4),), shapes)
    assert [n for n, _ in module.named_children()] == ["_run_on_acc_0"]
    calls = [args for n in ((3, 7, 1, 100) if is_dynamic else (3,)) for args in rows(n, 4)]
    for args in calls:
        assert_same(module(*args), fn(model, *args))
    torch_tensorrt.save(module, tmp_path / "python.pt2", arg_inputs=list(calls[0]))
    for got, args in zip(run_in_new_process(tmp_path / "python.pt2", calls, tmp_path), calls, strict=True):
        assert_same(got, fn(model, *args))


def test_many_rounds() -> None:
    def counted(m: Call, x: torch.Tensor) -> Any:
        return while_loop(lambda i, a: i < 10_000, lambda i, a: (i + 1, a * 0.999 + 0.5), (zero(), x))

    model, module = compiled(counted, rows(3, 4)[0])
    for args in rows(3, 4):
        assert_same(module(*args), model(*args))


@pytest.mark.parametrize("format", ["torchscript", "aot_inductor"])
def test_other_files(format: str, tmp_path: pathlib.Path) -> None:
    model, module = compiled(layered, rows(3, 4)[0])
    file = tmp_path / ("m.ts" if format == "torchscript" else "m.pt2")
    torch_tensorrt.save(module, file, output_format=format, arg_inputs=list(rows(3, 4)[0]))
    load = torch.jit.load if format == "torchscript" else torch._inductor.aoti_load_package
    loaded = load(str(file))
    for args in rows(3, 4):
        assert_same(loaded(*args), model(*args))


def test_operations_are_counted(tmp_path: pathlib.Path, torchtrtc) -> None:
    torch.export.save(export(Call(captured).eval(), rows(3, 4)[0]), tmp_path / "model.pt2")
    assert json.loads(torchtrtc("inspect", tmp_path / "model.pt2", "--json").stdout)["flops"] == 2 * 3 * 4 * 4


# ---- left to PyTorch ----


def test_by_name() -> None:
    model, module = compiled(
        several,
        rows(3, 4)[0],
        require_full_compilation=False,
        torch_executed_ops={"aten.sum", torch.ops.aten.mean.default},
    )
    assert "_run_on_gpu_1" in dict(module.named_children())
    for args in rows(3, 4):
        assert_same(module(*args), model(*args))


def counted(m: Call, x: torch.Tensor) -> Any:
    return cond(x.sum() > 0, lambda a: (a > 0).nonzero().sum(), lambda a: (a < 0).sum(), (x * 2,)) + 1


def counted_in_branch(m: Call, x: torch.Tensor) -> Any:
    def doubled(a: torch.Tensor) -> torch.Tensor:
        return while_loop(lambda i, b: i < 3, lambda i, b: (i + 1, b * 2 + i), (0, a))[1]

    return cond(x.sum() > 0, doubled, lambda a: a.clone(), (x * 2,)) + 1


def test_integers_of_a_loop_in_a_branch() -> None:
    """Whose rounds would bind them, taken or not."""
    model, module = compiled(counted_in_branch, rows(3, 4)[0], require_full_compilation=False)
    assert any("_run_on_gpu" in n for n, _ in module.named_children())
    for args in rows(3, 4):
        assert_same(module(*args), counted_in_branch(model, *args))


def looked_up_where_there_may_be_none(m: Call, x: torch.Tensor) -> Any:
    index = (x[0].abs() * 0).long()
    return cond(x.sum() > 0, lambda a, i: a[i], lambda a, i: a[i] * 2, (x * 2, index)) + 1


REFUSED: dict[str, tuple[Callable[..., Any], Any, str]] = {
    "counted": (counted, None, "in a branch checks its data or reads a size from them"),
    "looked_up": (
        looked_up_where_there_may_be_none,
        (({0: Dim.DYNAMIC},),),
        "reads by index along a dimension that may be empty",
    ),
    "of_other_sizes": (
        lambda m, x: cond(x.sum() > 0, lambda a: a[:2] * 2, lambda a: a + 1, (x * 2,)).sum(0) + 1,
        None,
        "result 0 has another type or shape in its",
    ),
    "factored": (
        lambda m, x: cond(x.sum() > 0, lambda a: torch.linalg.det(a), lambda a: a.sum(), (x * 2,)) + 1,
        None,
        "(aten.linalg_det.default): no converter",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_engine_takes(name: str, tmp_path: pathlib.Path, torchtrtc) -> None:
    fn, shapes, reason = REFUSED[name]
    calls = rows(4, 4)
    model, module = compiled(fn, calls[0], shapes, require_full_compilation=False)
    assert any("_run_on_acc" in n for n, _ in module.named_children())
    for args in calls:
        assert_same(module(*args), model(*args))
    torch.export.save(export(model, calls[0], dynamic_shapes=shapes), tmp_path / "model.pt2")
    done = torchtrtc("compile", tmp_path / "model.pt2", "-o", tmp_path / "c.pt2", "--engine", "cpu", check=False)
    assert done.returncode == 1
    assert "higher_order.cond" in done.stderr
    assert reason in done.stderr
