"""dynamo.trace: what the exported program looks like, and which dimensions are dynamic."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import torch_tensorrt
from conftest import assert_same
from torch_tensorrt import Input
from torch_tensorrt.dynamo._tracer import build_dim_registry, get_dynamic_shapes_args, get_dynamic_shapes_kwargs

trace, compile = torch_tensorrt.dynamo.trace, torch_tensorrt.dynamo.compile


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu_(self.conv(x)).mean((2, 3)))


class Masked(nn.Module):
    def forward(self, x: torch.Tensor, *, mask: torch.Tensor | None = None) -> torch.Tensor:
        return x * 2 + 1 if mask is None else x.masked_fill(mask, 0.0) + 1


def span(low: tuple[int, ...], high: tuple[int, ...], **more: Any) -> Input:
    return Input(min_shape=low, opt_shape=low, max_shape=high, **more)


def ranges(program: torch.export.ExportedProgram) -> list[tuple[int, int]]:
    return sorted((int(r.lower), int(r.upper)) for r in program.range_constraints.values())


def test_trace_then_compile() -> None:
    model = Net().eval()
    inputs = [torch.randn(1, 3, 8, 8)]
    exp_program = trace(model, arg_inputs=inputs)
    trt_gm = compile(exp_program, arg_inputs=inputs, min_block_size=1)
    assert_same(trt_gm(*inputs), model(*inputs))
    assert not exp_program.range_constraints


def test_one_program_is_compiled_several_times() -> None:
    model = Net().eval()
    x = torch.randn(1, 3, 8, 8)
    program = trace(model, arg_inputs=[x])
    before = str(program.graph)
    for options in ({}, {"use_fast_partitioner": False}, {"torch_executed_ops": {"aten.relu"}}):
        assert_same(compile(program, arg_inputs=[x], min_block_size=1, **options)(x), model(x))
    assert str(program.graph) == before


def test_dynamic_shapes() -> None:
    model = Net().eval()
    dyn_inputs = [
        Input(min_shape=(1, 3, 8, 8), opt_shape=(8, 3, 8, 8), max_shape=(16, 3, 8, 8), dtype=torch.float32, name="x")
    ]
    exp_program = trace(model, arg_inputs=dyn_inputs)
    assert ranges(exp_program) == [(1, 16)]
    trt_gm = compile(exp_program, arg_inputs=dyn_inputs, min_block_size=1)
    for n in (1, 5, 16):
        x = torch.randn(n, 3, 8, 8)
        assert_same(trt_gm(x), model(x))


def test_axes_whose_minimum_is_their_maximum_are_static() -> None:
    shapes = get_dynamic_shapes_args(Net(), [span((1, 3, 8, 8), (4, 3, 8, 9), name="image")])
    assert list(shapes) == ["x"] and sorted(shapes["x"]) == [0, 3]
    assert [d.__name__ for d in shapes["x"].values()] == ["image_0", "image_3"]
    assert get_dynamic_shapes_args(Net(), [torch.ones(2)]) == {"x": None}
    assert get_dynamic_shapes_args(Net(), [Input((2, 3))]) == {"x": {}}


@pytest.mark.parametrize("strict", [False, True])
def test_keyword_inputs(strict: bool) -> None:
    x, mask = torch.randn(1, 12), torch.rand(1, 12) > 0.5
    exp_program = trace(Masked(), arg_inputs=(x,), kwarg_inputs={"mask": mask}, strict=strict)
    compiled = compile(exp_program, arg_inputs=(x,), kwarg_inputs={"mask": mask}, min_block_size=1)
    assert_same(compiled(x, mask=mask), Masked()(x, mask=mask))


def test_dynamic_keyword_inputs() -> None:
    args = (span((2, 12), (8, 12), shared_dims={0: "batch"}),)
    keywords = {"mask": span((2, 12), (8, 12), shared_dims={0: "batch"}, dtype=torch.bool)}
    program = trace(Masked(), arg_inputs=args, kwarg_inputs=keywords)
    assert ranges(program) == [(2, 8)]
    compiled = compile(program, arg_inputs=args, kwarg_inputs=keywords, min_block_size=1)
    x, mask = torch.randn(5, 12), torch.rand(5, 12) > 0.5
    assert_same(compiled(x, mask=mask), Masked()(x, mask=mask))


def test_nested_inputs() -> None:
    class Nested(nn.Module):
        def forward(self, pair: list[torch.Tensor], *, more: dict[str, Any]) -> torch.Tensor:
            return pair[0] @ more["w"]["last"] + pair[1]

    n = {"shared_dims": {0: "n"}}
    args = ([span((2, 4), (9, 4), **n), span((2, 3), (9, 3), **n)],)
    keywords = {"more": {"w": {"last": torch.randn(4, 3)}, "unused": span((2, 2), (5, 2))}}
    compiled = torch_tensorrt.compile(Nested(), arg_inputs=args, kwarg_inputs=keywords, min_block_size=1)
    for rows in (2, 9):
        pair, more = [torch.randn(rows, 4), torch.randn(rows, 3)], {**keywords["more"], "unused": torch.ones(3, 2)}
        assert_same(compiled(pair, more=more), Nested()(pair, more=more))


def test_shared_dimensions() -> None:
    one, two = span((1, 4), (16, 4), shared_dims={0: "batch"}), span((1, 4), (16, 4), shared_dims={0: "batch"})
    registry = build_dim_registry([one], {"b": two})
    shapes = {**get_dynamic_shapes_args(nn.ReLU(), [one], registry), **get_dynamic_shapes_kwargs({"b": two}, registry)}
    assert shapes["input"][0] is shapes["b"][0]
    with pytest.raises(ValueError, match=r"batch.*\[1, 16\].*\[1, 8\]"):
        build_dim_registry([one], {"b": span((1, 4), (8, 4), shared_dims={0: "batch"})})


def test_curated_decompositions() -> None:
    class Composite(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = nn.functional.linear(x, torch.ones(4, 4)).add_(1)
            return nn.functional.layer_norm(y, (4,)) + torch.special.entr(y.abs()) + torch.special.i0e(y)

    x = torch.rand(2, 4)
    program = trace(Composite(), arg_inputs=(x,))
    targets = {str(n.target) for n in program.graph.nodes if n.op == "call_function"}
    assert "aten.layer_norm.default" in targets and "aten.linear.default" not in targets
    assert not any(n.target._schema.is_mutable for n in program.graph.nodes if n.op == "call_function")
    core = trace(Composite(), arg_inputs=(x,), enable_experimental_decompositions=True)
    assert not {"aten.linear.default", "aten.layer_norm.default"} & {str(n.target) for n in core.graph.nodes}
    for p in (program, core):
        assert_same(p.module()(x), Composite()(x))


def test_inputs_are_needed_once() -> None:
    x = torch.ones(1, 3, 8, 8)
    for wrong in ({}, {"inputs": [x], "arg_inputs": [x]}):
        with pytest.raises(AssertionError):
            trace(Net(), **wrong)


def test_unknown_keyword_is_named(caplog: pytest.LogCaptureFixture) -> None:
    trace(nn.ReLU(), inputs=torch.ones(2), strickt=True, min_block_size=3)
    lines = [r.getMessage() for r in caplog.records]
    assert [line for line in lines if "strickt" in line and '"strict"' in line] and "min_block_size" not in str(lines)


@pytest.mark.parametrize("value", [object(), "text", torch.ones(2).numpy()], ids=["object", "str", "ndarray"])
def test_inputs_of_another_type(value: Any) -> None:
    with pytest.raises(ValueError, match=f"input of type {type(value).__name__}"):
        torch_tensorrt.compile(nn.ReLU(), inputs=[value])


def test_one_tensor_as_two_examples() -> None:
    """Which inputs have the same example says nothing about those of later calls."""

    class Sum(nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return x.relu() + y * 2

    x, y = torch.randn(3, 4), torch.randn(3, 4)
    compiled = torch_tensorrt.compile(Sum(), inputs=[x, x], min_block_size=1)
    for module in (compiled, trace(Sum(), [x, x]).module(), torch_tensorrt.dynamo.export(compiled).module()):
        assert_same(module(x, y), Sum()(x, y))
    again = torch_tensorrt.dynamo.export(compiled, arg_inputs=[y, y])
    assert_same(again.module()(x, y), Sum()(x, y))


def test_transposed_examples() -> None:
    x = torch.randn(4, 3).t()
    assert_same(torch_tensorrt.compile(nn.Tanh(), inputs=[x], min_block_size=1)(x), x.tanh())
