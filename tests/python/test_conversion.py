"""Whole graphs as engines, their binding names, and the registry of converters as programs for Torch-TensorRT read
it."""

from __future__ import annotations

import collections
from typing import Any

import pytest
import torch
from torch import nn
from torch.fx import symbolic_trace

import torch_tensorrt
from conftest import assert_same
from torch_tensorrt import Input, dtype
from torch_tensorrt.dynamo import CompilationSettings, convert_exported_program_to_serialized_trt_engine
from torch_tensorrt.dynamo import conversion as c
from torch_tensorrt.dynamo._compiler import (
    BindingNameMismatchError,
    _binding_name_specs,
    _resolve_pytree_binding_names,
)
from torch_tensorrt.runtime import TorchTensorRTModule

aten = torch.ops.aten
X = torch.randn(3, 4)


class Nested(nn.Module):
    def forward(self, pair: Any, *, scale: torch.Tensor, more: torch.Tensor) -> dict[str, Any]:
        y = pair[0] * scale
        return {"y": y, "z": (pair[1] + more, y)}


ARGS = ((X, X + 1),)
KWARGS = {"scale": torch.tensor(2.0), "more": torch.ones(4)}


def nested() -> torch.export.ExportedProgram:
    return torch.export.export(Nested(), ARGS, KWARGS)


# ---- binding names ----


def convert(program: torch.export.ExportedProgram, **names: Any) -> TorchTensorRTModule:
    kwargs = KWARGS if program.example_inputs[1] else {}
    args = program.example_inputs[0]
    engine = convert_exported_program_to_serialized_trt_engine(
        program, arg_inputs=args, kwarg_inputs=kwargs, engine="cpu", **names
    )
    return TorchTensorRTModule(engine)


def test_names_of_an_engine_by_default() -> None:
    module = convert(nested())
    assert module.input_binding_names == ["pair_0", "pair_1", "scale", "more"]
    assert module.output_binding_names == ["output0", "output1", "output2"]
    y, z, again = module(X, X + 1, KWARGS["scale"], KWARGS["more"])
    assert_same((y, z, again), (X * 2, X + 2, X * 2))


def test_names_of_the_callers_own() -> None:
    module = convert(
        nested(),
        arg_input_binding_names=(["first", "second.x"],),
        kwarg_input_binding_names={"more": "m", "scale": "s"},
        output_binding_names={"y": "result", "z": ("sum", "again")},
    )
    assert module.input_binding_names == ["first", "second.x", "s", "m"]
    assert module.output_binding_names == ["result", "sum", "again"]
    assert_same(module(X, X + 1, KWARGS["scale"], KWARGS["more"]), (X * 2, X + 2, X * 2))


def test_names_in_a_plan_of_tensorrt() -> None:
    if "tensorrt" not in {e["name"] for e in torch_tensorrt._lib.doctor()["engines"] if e["works"]}:
        pytest.skip("no TensorRT")
    program = torch.export.export(nn.ReLU(), (X,))
    plan = convert_exported_program_to_serialized_trt_engine(
        program,
        inputs=[X],
        engine="tensorrt",
        arg_input_binding_names=("image_in",),
        output_binding_names="logits_out",
    )
    assert b"image_in" in plan and b"logits_out" in plan


def test_an_output_that_is_an_input() -> None:
    class Same(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return x, x + 1, x

    module = convert(torch.export.export(Same(), (X,)), output_binding_names=("a", "b", "c"))
    assert (module.input_binding_names, module.output_binding_names) == (["x"], ["a", "b", "c"])
    assert_same(module(X), (X, X + 1, X))


def test_names_that_others_have() -> None:
    """A name of the caller's is his, whoever had it in the program."""

    class Sum(nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return x.relu() + y * 2

    module = convert(
        torch.export.export(Sum(), (X, X + 1)), arg_input_binding_names=("y", "x"), output_binding_names="relu"
    )
    assert (module.input_binding_names, module.output_binding_names) == (["y", "x"], ["relu"])
    assert_same(module(X, X + 1), X.relu() + (X + 1) * 2)


Names = collections.namedtuple("Names", "args kwargs outputs role reason")


@pytest.mark.parametrize(
    "case",
    [
        Names((["a"],), None, None, "arg_input", "spec_mismatch"),
        Names(([1, "b"],), None, None, "arg_input", "non_string_leaf"),
        Names((["a", ""],), None, None, "arg_input", "non_string_leaf"),
        Names((["a", "a"],), {"scale": "s", "more": "m"}, None, "arg_input", "duplicate"),
        Names((["a", "b"],), {"scale": "s", "more": "a"}, None, "input", "duplicate"),
        Names((["a", "b"],), {"scale": "s"}, None, "kwarg_input", "spec_mismatch"),
        Names(None, None, {"y": "a", "z": "b"}, "output", "spec_mismatch"),
        Names(None, None, {"y": "a", "z": ("b", "a")}, "output", "duplicate"),
        Names(None, None, {"y": "scale", "z": ("b", "c")}, "output", "overlap"),
    ],
)
def test_names_that_do_not_fit(case: Names) -> None:
    with pytest.raises(BindingNameMismatchError) as caught:
        convert(
            nested(),
            arg_input_binding_names=case.args,
            kwarg_input_binding_names=case.kwargs,
            output_binding_names=case.outputs,
        )
    assert isinstance(caught.value, ValueError)
    assert (caught.value.role, caught.value.reason) == (case.role, case.reason)


def test_structures_of_names() -> None:
    args, kwargs, outputs = _binding_name_specs(nested())
    assert (args.num_leaves, kwargs.num_leaves, outputs.num_leaves) == (2, 2, 3)
    assert _resolve_pytree_binding_names((("a", "b"),), "arg_input", args) == ["a", "b"]
    assert _resolve_pytree_binding_names(None, "arg_input", args) is None


def test_buffers_that_change_are_further_inputs() -> None:
    class Counter(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("total", torch.ones(4))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.total.add_(x.sum(0))
            return x * self.total

    module = convert(torch.export.export(Counter(), (X,)), lift_mutable_buffers=True)
    assert len(module.input_binding_names) == 2 and len(module.output_binding_names) == 2
    total = torch.ones(4) + X.sum(0)
    assert_same(module(X, torch.ones(4)), (X * total, total))


# ---- interpreters ----


class Counter(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("total", torch.ones(4))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        self.total.add_(x.sum(0))
        return x * self.total, self.total


def test_buffers_that_change_have_names() -> None:
    gm = torch.export.export(Counter(), (X,)).module(check_guards=False)
    spec = [Input.from_tensor(X)]
    result = c.TRTInterpreter(gm, spec, compilation_settings=SETTINGS, output_binding_names=["y", "now"]).run()
    engine = TorchTensorRTModule(result.engine.serialize())
    assert (result.input_names, result.output_names) == (engine.input_binding_names, engine.output_binding_names)
    assert result.output_names[:2] == ["y", "now"] and len(set(result.output_names)) == 3
    total = torch.ones(4) + X.sum(0)
    assert_same(c.convert_module(gm, spec, SETTINGS)(X, torch.ones(4)), (X * total, total, total))


def test_inputs_and_results_that_are_written_to_buffers() -> None:
    class Keeps(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("a", torch.ones(3, 4))
            self.register_buffer("b", torch.ones(3, 4))

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            y = x + 1
            self.a.copy_(x)
            self.b.copy_(y)
            return y, self.a

    module = convert(torch.export.export(Keeps(), (X,)), output_binding_names=("y", "kept"))
    names = module.input_binding_names + module.output_binding_names
    assert module.output_binding_names[:2] == ["y", "kept"] and len(set(names)) == len(names) == 7
    assert_same(module(X, X * 0, X * 0), (X + 1, X, X, X + 1))


def test_a_plan_of_tensorrt_is_no_module() -> None:
    with pytest.raises(NotImplementedError, match="plan.*dynamo.compile"):
        c.convert_module(symbolic_trace(Harness()), [Input.from_tensor(X)] * 2, CompilationSettings(engine="tensorrt"))


class Harness(nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.ops.aten.add.Tensor(torch.ops.aten.relu.default(x), y, alpha=2)


def run(result: c.TRTInterpreterResult, *inputs: torch.Tensor) -> Any:
    module = TorchTensorRTModule(
        serialized_engine=bytes(result.engine.serialize()),
        input_binding_names=list(result.input_names),
        output_binding_names=list(result.output_names),
        name="harness",
        requires_output_allocator=result.requires_output_allocator,
    )
    return module(*inputs)


SETTINGS = CompilationSettings(truncate_double=True)


def test_graphs_without_metadata() -> None:
    """As the tests of converters build them: fx's tracer, Inputs, an interpreter, a module."""
    gm = symbolic_trace(Harness())
    specs = [Input.from_tensor(t) for t in (X, X + 1)]
    result = c.TRTInterpreter(gm, specs, output_dtypes=[torch.float32], compilation_settings=SETTINGS).run()
    assert result.input_names == ["x", "y"] and result.output_names == ["output0"]
    assert_same(run(result, X, X + 1), Harness()(X, X + 1))


def test_dynamic_graphs_and_names() -> None:
    gm = symbolic_trace(Harness())
    spec = dict(min_shape=(1, 4), opt_shape=(3, 4), max_shape=(8, 4), shared_dims={0: "n"})
    result = c.TRTInterpreter(
        gm,
        [Input(**spec), Input(**spec)],
        compilation_settings=SETTINGS,
        input_binding_names=["a", "b"],
        output_binding_names=["c"],
    ).run()
    assert (list(result.input_names), list(result.output_names)) == (["a", "b"], ["c"])
    for n in (1, 8):
        x = torch.randn(n, 4)
        assert_same(run(result, x, x + 1), Harness()(x, x + 1))


@pytest.mark.parametrize(
    ("inputs", "outputs", "reason"),
    [
        (["only"], None, "spec_mismatch"),
        (["a", "b", "c"], None, "spec_mismatch"),
        (["a", "a"], None, "duplicate"),
        (["a", 3], None, "non_string_leaf"),
        ([], None, "spec_mismatch"),
        (None, ["p", "q", "r"], "spec_mismatch"),
        (None, [], "spec_mismatch"),
        (None, ["x"], "overlap"),
        (["a", "b"], ["a"], "overlap"),
    ],
)
def test_names_that_do_not_fit_a_graph(inputs: Any, outputs: Any, reason: str) -> None:
    interpreter = c.TRTInterpreter(
        symbolic_trace(Harness()),
        [Input.from_tensor(X), Input.from_tensor(X)],
        compilation_settings=SETTINGS,
        input_binding_names=inputs,
        output_binding_names=outputs,
    )
    with pytest.raises(BindingNameMismatchError) as error:
        interpreter.run()
    assert error.value.reason == reason


def test_types_of_outputs() -> None:
    gm = symbolic_trace(Harness())
    specs = [Input.from_tensor(X), Input.from_tensor(X)]
    result = c.TRTInterpreter(gm, specs, output_dtypes=[dtype.half], compilation_settings=SETTINGS).run()
    assert run(result, X, X).dtype == torch.float16
    program = torch.export.export(Nested(), (tuple(t.double() for t in ARGS[0]),), KWARGS)
    gm = program.module(check_guards=False)
    assert c.infer_module_output_dtypes(gm) == [dtype.f64] * 3
    assert c.infer_module_output_dtypes(gm, truncate_double=True) == [dtype.f32] * 3
    with pytest.raises(ValueError, match="no metadata"):
        c.infer_module_output_dtypes(symbolic_trace(Harness()))
    graph = torch.fx.Graph()
    graph.output((True, 1, 0.5))
    assert c.infer_module_output_dtypes(torch.fx.GraphModule({}, graph)) == [dtype.b, dtype.i64, dtype.f32]


def test_converted_modules() -> None:
    program = torch.export.export(Harness(), (X, X + 1))
    module = c.convert_module(
        program.module(check_guards=False), [Input.from_tensor(X)] * 2, CompilationSettings(), name="part"
    )
    assert module.name == "part"
    assert_same(module(X, X + 1), Harness()(X, X + 1))


def test_unsupported_operators() -> None:
    class Qr(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.linalg.qr(x)[0]

    with pytest.raises(c.UnsupportedOperatorException, match="linalg_qr"):
        c.TRTInterpreter(symbolic_trace(Qr()), [Input.from_tensor(X)], compilation_settings=SETTINGS).run()
    assert issubclass(c.UnsupportedOperatorException, RuntimeError)


def test_observers() -> None:
    from torch_tensorrt.dynamo.observer import TRT_INTERPRETER_CALL_PRE_OBSERVER

    seen: list[list[str]] = []

    def look(gm: torch.fx.GraphModule) -> None:
        seen.append([str(n.target) for n in gm.graph.nodes if n.op == "call_function"])

    with TRT_INTERPRETER_CALL_PRE_OBSERVER.add(look):
        torch_tensorrt.compile(Harness(), inputs=[X, X], min_block_size=1)
        c.TRTInterpreter(symbolic_trace(Harness()), [Input.from_tensor(X)] * 2, compilation_settings=SETTINGS).run()
    torch_tensorrt.compile(Harness(), inputs=[X, X], min_block_size=1)
    assert seen == [["aten.relu.default", "aten.add.Tensor"]] * 2


def test_a_callback_is_called_as_often_as_it_was_added() -> None:
    from torch_tensorrt.dynamo.observer import Observer

    point, seen = Observer("point"), []
    add = seen.append
    with point.add(add):
        with point.add(add):
            point.observe(1)
        point.observe(2)
    point.observe(3)
    assert seen == [1, 1, 2]


# ---- the registry ----


def nodes(model: nn.Module, *inputs: torch.Tensor, dynamic: bool = False) -> dict[Any, torch.fx.Node]:
    shapes = tuple({0: torch.export.Dim("n", min=1, max=9)} for _ in inputs) if dynamic else None
    graph = torch.export.export(model, inputs, dynamic_shapes=shapes).graph
    return {n.target: n for n in graph.nodes if n.op == "call_function"}


def test_registry() -> None:
    registry = c.DYNAMO_CONVERTERS
    assert aten.relu.default in registry and aten.linalg_qr.default not in registry
    assert set(registry.keys()) == registry.unique_targets() == set(c.DYNAMO_ATEN_CONVERTERS)
    assert len(registry) > 500
    (support,) = registry.get_all_converters_with_target(aten.relu.default)
    assert support.converter_implementation.operator == "aten.relu.default" and support.supports_dynamic_shapes
    assert registry.get_unvalidated(aten.relu.default) == support
    assert registry.get_all_converters_with_target(aten.linalg_qr.default) == []
    assert "aten.relu.default: activation" in registry.display_all_available_converters().splitlines()


def test_registry_by_node() -> None:
    registry = c.ConverterRegistry()
    (relu, add) = nodes(Harness(), X, X).values()
    converter, convention, flags = registry[relu]
    assert convention is c.CallingConvention.CTX and flags["supports_dynamic_shapes"]
    assert relu in registry and registry.get(add) is not None
    registry.set_compilation_settings(CompilationSettings(torch_executed_ops={"aten.relu", aten.add.Tensor}))
    assert relu not in registry and registry.get(add, "none") == "none" and aten.relu.default not in registry
    with pytest.raises(KeyError, match="aten.relu"):
        registry[relu]
    with pytest.raises(KeyError):
        registry[aten.relu.default]
    with pytest.raises(KeyError):
        registry.get_unvalidated(relu)
    for change in (
        lambda: registry.__setitem__(aten.relu.default, None),
        lambda: registry.__delitem__(aten.relu.default),
    ):
        with pytest.raises(AssertionError, match="C core"):
            change()
    with pytest.raises(NotImplementedError, match="register_torch_trt_decomposition"):
        converter(None, None, (), {}, "name")


def test_converters_in_python_are_refused_with_what_to_do() -> None:
    def converter(ctx: Any, target: Any, args: Any, kwargs: Any, name: str) -> Any:
        raise AssertionError("called")

    with pytest.raises(NotImplementedError, match="linalg_qr.*register_torch_trt_decomposition.*_aten_lowering_pass"):
        c.dynamo_tensorrt_converter(aten.linalg_qr.default)(converter)
    assert c.dynamo_tensorrt_converter(aten.linalg_qr.default, enabled=False)(converter) is converter
    with pytest.raises(NotImplementedError, match="C core"):
        from torch_tensorrt.dynamo.conversion.converter_utils import get_trt_tensor  # noqa: F401
    with pytest.raises(NotImplementedError, match="C core"):
        c.converter_utils.enforce_tensor_types({0: (torch.Tensor,)})
    assert not hasattr(c.converter_utils, "nothing_of_the_kind")


def test_an_operator_of_the_users_own_by_decomposition() -> None:
    """What a converter in Python is for."""
    from torch_tensorrt.dynamo import lowering

    @torch.library.custom_op("test_conversion::twice_relu", mutates_args=())
    def twice_relu(x: torch.Tensor) -> torch.Tensor:
        return x.relu() * 2

    @twice_relu.register_fake
    def _(x: torch.Tensor) -> torch.Tensor:
        return torch.empty_like(x)

    class Model(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return twice_relu(x + 1).tanh()

    op = torch.ops.test_conversion.twice_relu.default
    left = torch_tensorrt.compile(Model(), inputs=[X], min_block_size=1)
    assert [name for name, _ in left.named_children()] == ["_run_on_acc_0", "_run_on_gpu_1", "_run_on_acc_2"]
    lowering.register_torch_trt_decomposition(op)(lambda x: aten.mul.Tensor(aten.relu.default(x), 2))
    try:
        whole = torch_tensorrt.compile(Model(), inputs=[X], min_block_size=1)
    finally:
        del lowering.TORCH_TRT_DECOMPOSITIONS[op]
    assert [name for name, _ in whole.named_children()] == ["_run_on_acc_0"]
    for compiled in (left, whole):
        assert_same(compiled(X), Model()(X))


def test_shapes_of_nodes() -> None:
    (relu, add) = nodes(Harness(), X, X, dynamic=True).values()
    assert c.has_dynamic_shapes(relu) and c.node_has_dynamic_shapes(add) and not c.has_static_shapes(add)
    assert c.has_dynamic_shapes_in_args([0])(add) and not c.has_static_shapes_in_args([0, 1])(add)
    assert c.has_static_shapes_in_args([5])(add)
    (relu, _) = nodes(Harness(), X, X).values()
    assert c.has_static_shapes(relu) and c.has_static_shapes_in_args()(relu)


def test_helpers_of_converters() -> None:
    from torch_tensorrt.dynamo.conversion.converter_utils import flatten_dims, get_positive_dim

    x = torch.empty(2, 3, 4, 5)
    assert flatten_dims(x, 1, -2) == (2, 12, 5) and flatten_dims(x, 0, -1) == (120,)
    assert (get_positive_dim(-1, 4), get_positive_dim((0, -2), 4)) == (3, (0, 2))
    for wrong in (
        lambda: get_positive_dim(5, 3),
        lambda: get_positive_dim((0, -4), 3),
        lambda: flatten_dims(x, 0, 4),
        lambda: flatten_dims(torch.tensor(1.0), 0, 0),
    ):
        with pytest.raises(IndexError, match="axis"):
            wrong()


def test_coverage_of_operators() -> None:
    from torch_tensorrt.dynamo.lowering import get_decompositions
    from torch_tensorrt.dynamo.tools.opset_coverage import core_aten, opset_coverage

    decomposed = next(iter(get_decompositions()))
    coverage = opset_coverage([aten.relu.default, "aten.linalg_qr.default", decomposed])
    statuses = [row["status"] for row in coverage.support_status.values()]
    assert statuses == ["converted", "left to PyTorch", "decomposed"]
    whole = opset_coverage()
    assert len(whole.support_status) == len(core_aten()) > 150
    counts = whole.dynamo_converter_count, whole.decomposition_count, whole.unsupported_count
    assert sum(counts) == len(core_aten()) and whole.dynamo_converter_count > whole.unsupported_count
