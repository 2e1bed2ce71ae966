"""Passes, rules and decompositions that users register."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.fx import GraphModule

import torch_tensorrt
from conftest import assert_same, gelu_becomes_relu
from torch_tensorrt.dynamo import CompilationSettings, _settings, lowering
from torch_tensorrt.dynamo.conversion import TRTInterpreter
from torch_tensorrt.dynamo.lowering import constant_fold_exclusions as exclusions

aten = torch.ops.aten
X = torch.randn(3, 4)
MODEL = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 2)).eval()


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    torch._dynamo.reset()
    yield
    lowering.ATEN_PRE_LOWERING_PASSES.clear()
    lowering.ATEN_POST_LOWERING_PASSES.clear()
    lowering.torch_enabled_decompositions.clear()
    lowering.torch_disabled_decompositions.clear()
    lowering.TORCH_TRT_DECOMPOSITIONS.clear()
    exclusions._RULES.clear()


def targets(gm: GraphModule) -> list[str]:
    return [str(n.target) for n in gm.graph.nodes if n.op == "call_function"]


def with_relu(x: torch.Tensor) -> torch.Tensor:
    return MODEL[2](MODEL[0](x).relu())


def test_passes_run_in_their_order() -> None:
    ran = []

    def note(name: str) -> Any:
        def fn(gm: GraphModule, settings: CompilationSettings) -> GraphModule:
            ran.append((name, settings.min_block_size))
            return gm

        fn.__name__ = name
        return fn

    lowering._aten_lowering_pass(note("a"))
    lowering._aten_lowering_pass(index=0, depth=3)(note("b"))
    lowering._aten_lowering_pass(note("c"))
    assert lowering.dump_lowering_passes().splitlines() == ["b", "a", "c"]
    assert lowering.get_lowering_pass_config(lowering.ATEN_POST_LOWERING_PASSES.passes[0]) == {"depth": 3}
    lowering._remove_lowering_pass(index=1)
    torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1)
    assert ran == [("b", 1), ("c", 1)]
    with pytest.raises(AssertionError):
        lowering._aten_lowering_pass(note("d"), note("e"))
    with pytest.raises(IndexError):
        lowering._remove_lowering_pass(index=7)


def test_passes_that_take_no_attribute() -> None:
    class Slotted:
        __slots__ = ()

        def __call__(self, gm: GraphModule, settings: CompilationSettings) -> GraphModule:
            return gelu_becomes_relu(gm, settings)

        method = __call__

    for lowering_pass in (Slotted(), Slotted().method):
        assert lowering._aten_lowering_pass(lowering_pass) is lowering_pass
        assert lowering.get_lowering_pass_config(lowering_pass) == {}
        assert_same(torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1)(X), with_relu(X))
        lowering._remove_lowering_pass(index=0)
        with pytest.raises(AttributeError):
            lowering._aten_lowering_pass(depth=3)(lowering_pass)
        assert not lowering.ATEN_POST_LOWERING_PASSES, "after an error it is not registered"


def test_torch_compile_names_the_passes_it_does_not_run(caplog: pytest.LogCaptureFixture, monkeypatch: Any) -> None:
    monkeypatch.setattr(_settings, "_said", set())
    for passes, n in ((lowering.ATEN_POST_LOWERING_PASSES, 0), (lowering.ATEN_PRE_LOWERING_PASSES, 1)):
        torch._dynamo.reset()
        passes.append(gelu_becomes_relu)
        torch.compile(MODEL, backend="torch_tensorrt", options={"min_block_size": 1})(X)
        assert caplog.text.count("ATEN_PRE_LOWERING_PASSES are not run by torch.compile") == n


@pytest.mark.parametrize("passes", ["ATEN_PRE_LOWERING_PASSES", "ATEN_POST_LOWERING_PASSES"])
def test_passes_run_on_a_graph_that_becomes_one_engine(passes: str) -> None:
    getattr(lowering, passes).append(gelu_becomes_relu)
    settings = CompilationSettings(engine="cpu")
    result = TRTInterpreter(
        torch.fx.symbolic_trace(MODEL), [torch_tensorrt.Input((3, 4))], compilation_settings=settings
    ).run()
    assert_same(torch_tensorrt.runtime.TorchTensorRTModule(result.engine.data)(X), with_relu(X))


@pytest.mark.parametrize("passes", ["ATEN_PRE_LOWERING_PASSES", "ATEN_POST_LOWERING_PASSES"])
def test_passes_before_and_after_decomposition(passes: str) -> None:
    program = torch.export.export(MODEL, (X,))
    before = str(program.graph)
    getattr(lowering, passes).add_pass_with_index(gelu_becomes_relu)
    compiled = torch_tensorrt.dynamo.compile(program, inputs=[X], min_block_size=1)
    engine = torch_tensorrt.dynamo.convert_exported_program_to_serialized_trt_engine(program, [X], engine="cpu")
    for module in (compiled, torch_tensorrt.runtime.TorchTensorRTModule(engine)):
        assert_same(module(X), with_relu(X))
    assert str(program.graph) == before, "the caller's program is as it was"


@pytest.mark.parametrize("passes", ["ATEN_PRE_LOWERING_PASSES", "ATEN_POST_LOWERING_PASSES"])
@pytest.mark.parametrize("dynamic", [False, True])
def test_passes_need_not_tell_what_their_nodes_stand_for(passes: str, dynamic: bool) -> None:
    """New nodes without metadata, another operator in a node's place, another type for all that follows."""

    def halves(gm: GraphModule, settings: CompilationSettings) -> GraphModule:
        for node in list(gm.graph.nodes):
            if node.target is aten.gelu.default:
                with gm.graph.inserting_before(node):
                    low = gm.graph.call_function(aten._to_copy.default, (node.args[0],), {"dtype": torch.float64})
                    cut = gm.graph.call_function(aten.slice.Tensor, (low, 1, 0, 4))
                node.target, node.args, node.kwargs = aten.cat.default, ([cut, low], 1), {}
                with gm.graph.inserting_after(node):
                    back = gm.graph.call_function(aten.slice.Tensor, (node, 1, 4, 12))
                node.replace_all_uses_with(back, delete_user_cb=lambda user, new=back: user is not new)
                with gm.graph.inserting_after(back):
                    single = gm.graph.call_function(aten._to_copy.default, (back,), {"dtype": torch.float32})
                back.replace_all_uses_with(single, delete_user_cb=lambda user, new=single: user is not new)
        return gm

    getattr(lowering, passes).append(halves)
    spec = torch_tensorrt.Input(min_shape=(1, 4), opt_shape=(3, 4), max_shape=(9, 4)) if dynamic else X
    compiled = torch_tensorrt.compile(MODEL, inputs=[spec], min_block_size=1)
    for n in (1, 9) if dynamic else (3,):
        x = torch.randn(n, 4)
        assert_same(compiled(x), MODEL[2](MODEL[0](x)))
    seen = torch.compile(MODEL, backend="torch_tensorrt", options={"min_block_size": 1}, dynamic=dynamic)(X)
    assert_same(seen, MODEL[2](MODEL[0](X)) if "POST" in passes else MODEL(X))


def test_a_node_that_takes_another_input_tells_its_shape_anew() -> None:
    class Two(nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return (x.relu() * 2).sum(0), y + 1

    @lowering._aten_lowering_pass
    def swap(gm: GraphModule, settings: CompilationSettings) -> GraphModule:
        x, y = gm.graph.find_nodes(op="placeholder")
        relu = next(n for n in gm.graph.nodes if n.target is aten.relu.default)
        relu.args = (y,)
        return gm

    x, y = torch.randn(3, 4), torch.randn(5, 6)
    compiled = torch_tensorrt.compile(Two(), inputs=[x, y], min_block_size=1)
    assert_same(compiled(x, y), ((y.relu() * 2).sum(0), y + 1))


def test_the_steps_as_functions() -> None:
    program = torch.export.export(MODEL, (X,))
    lowering.ATEN_PRE_LOWERING_PASSES.add_pass_with_index(gelu_becomes_relu)
    lowered = lowering.pre_export_lowering(program, CompilationSettings())
    assert_same(lowered.module()(X), with_relu(X))
    assert "aten.gelu.default" in targets(program.graph_module)
    gm = program.run_decompositions(lowering.get_decompositions()).module(check_guards=False)
    assert targets(lowering.post_lowering(gm)) == ["aten.linear.default", "aten.gelu.default", "aten.linear.default"]


def test_choices_of_decompositions() -> None:
    silu = aten.silu.default
    assert silu not in lowering.get_decompositions()
    assert silu in lowering.get_decompositions(enable_experimental_decompositions=True)
    lowering.torch_enabled_decompositions.add(silu)
    assert silu in lowering.get_decompositions()
    seen = []
    lowering._aten_lowering_pass(lambda gm, settings: (seen.append(targets(gm)), gm)[1])
    assert_same(torch_tensorrt.compile(nn.SiLU(), inputs=[X], min_block_size=1)(X), nn.SiLU()(X))
    assert "aten.sigmoid.default" in seen[0] and "aten.silu.default" not in seen[0]
    decomposed = next(op for op in lowering.get_decompositions() if op is not silu)
    assert decomposed in lowering.get_decompositions()
    lowering.torch_disabled_decompositions.add(decomposed)
    assert decomposed not in lowering.get_decompositions()
    assert decomposed not in lowering.get_decompositions(enable_experimental_decompositions=True)
    attention = aten.scaled_dot_product_attention.default
    tables = [lowering.get_decompositions(decompose_attention=d) for d in (False, True)]
    assert [attention in t for t in tables] == [False, attention in torch.export.default_decompositions()]


def test_decompositions_that_contradict_are_named(caplog: pytest.LogCaptureFixture) -> None:
    op, mine = aten.relu.default, {}
    lowering.register_torch_trt_decomposition(op, registry=mine)(abs)
    assert mine == {op: abs} and not lowering.TORCH_TRT_DECOMPOSITIONS and not caplog.text
    lowering.register_torch_trt_decomposition(op, registry=mine)(max)
    assert mine == {op: max} and "aten.relu.default has a decomposition already" in caplog.text


def test_rules_of_what_is_not_folded() -> None:
    @exclusions.register_constant_fold_exclusion_rule("linear")
    def keep(node: torch.fx.Node) -> list[torch.fx.Node]:
        return list(node.all_input_nodes) if node.target is aten.linear.default else []

    seen = []

    @lowering._aten_lowering_pass
    def look(gm: GraphModule, settings: CompilationSettings) -> GraphModule:
        key = exclusions.CONSTANT_FOLD_EXCLUSION_META_KEY
        seen.append([n.name for n in gm.graph.nodes if "linear" in n.meta.get(key, ())])
        return gm

    assert exclusions.CONSTANT_FOLD_EXCLUSION_META_KEY == "_torch_tensorrt_constant_fold_exclusions"
    for disabled in (set(), {"linear"}):
        options = dict(inputs=[X], min_block_size=1, disabled_constant_fold_exclusions=disabled)
        assert_same(torch_tensorrt.compile(MODEL, **options)(X), MODEL(X))
    assert len(seen[0]) == 6 and seen[1] == []
    assert exclusions.validate_disabled_constant_fold_exclusions(["linear"]) == {"linear"}
    for name in ("", "linear"):
        with pytest.raises(ValueError):
            exclusions.register_constant_fold_exclusion_rule(name)
    with pytest.raises(TypeError):
        exclusions.validate_disabled_constant_fold_exclusions("linear")
    exclusions.unregister_constant_fold_exclusion_rule("linear")
    for call in (
        lambda: exclusions.unregister_constant_fold_exclusion_rule("linear"),
        lambda: exclusions.validate_disabled_constant_fold_exclusions({"linear"}),
    ):
        with pytest.raises(ValueError, match="unknown"):
            call()


def test_inputs_are_cloned_first() -> None:
    gm = torch.export.export(MODEL, (X,)).module(check_guards=False)
    lowering.repair_input_aliasing(gm, CompilationSettings())
    (x,) = gm.graph.find_nodes(op="placeholder")
    assert [user.target for user in x.users if user.target != "_guards_fn"] == [aten.clone.default]
    assert_same(gm(X), MODEL(X))
