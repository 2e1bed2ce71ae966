"""What the documents of the original promise, where no other test shows it. docs/promises.md is the table of both."""

from __future__ import annotations

import ast
import inspect
import json
import logging
import pathlib
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn

import programs
import torch_tensorrt
from conftest import ROOT, assert_same
from torch_tensorrt import EngineCapability, Input, _lib, _save
from torch_tensorrt.dynamo import CompilationSettings, _settings
from torch_tensorrt.dynamo._decompositions import get_trace_decompositions
from torch_tensorrt.dynamo._tracer import decompose
from torch_tensorrt.dynamo.runtime import TorchTensorRTModule

trace, dynamo_compile = torch_tensorrt.dynamo.trace, torch_tensorrt.dynamo.compile
X = torch.randn(3, 8)


class Blocks(nn.Module):
    """Operators of every height: composite, in place, Core ATen."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.first, self.last = nn.Embedding(10, 8), nn.Linear(8, 16), nn.Linear(16, 4, bias=False)
        self.norm = nn.LayerNorm(16)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        h = self.norm(torch.relu_(self.first(self.words(ids))))
        h = nn.functional.scaled_dot_product_attention(h, h, h) + nn.functional.softplus(h).add_(1)
        return torch.special.entr(self.last(h).abs())


IDS = torch.randint(0, 10, (2, 5))
MLP = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 4)).eval()


class Fn(nn.Module):
    def __init__(self, fn: Callable[..., Any]) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)


class Calls(list):
    """Of a function that goes on working."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        super().__init__()
        original = getattr(owner, name)

        def count(*args: Any, **kwargs: Any) -> Any:
            self.append((args, kwargs))
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, count)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    torch._dynamo.reset()
    yield Calls(monkeypatch, _lib.Partition, "build")
    torch._dynamo.reset()


def operators(module: Any) -> list[Any]:
    return [n.target for n in module.graph.nodes if n.op == "call_function" and hasattr(n.target, "tags")]


def lines(caplog: pytest.LogCaptureFixture, text: str) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "torch_tensorrt" and text in r.getMessage()]


# ---- the table ----


def _functions(path: pathlib.Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


def test_the_table_names_tests_that_exist() -> None:
    page = (ROOT / "docs" / "promises.md").read_text()
    named = re.findall(r"`(test_\w+\.(?:py|c))::(\w+)`", page)
    assert len(named) > 50
    for file, function in named:
        if file.endswith(".py"):
            assert function in _functions(ROOT / "tests" / "python" / file), f"{file}::{function}"
        else:
            (path,) = (ROOT / "tests").rglob(file)
            assert re.search(rf"\b{function}\(void \*\*", path.read_text()), f"{file}::{function}"


def test_every_row_of_the_table_has_a_test() -> None:
    rows = re.findall(r"^\| (?!promise \||---)(.*) \|$", (ROOT / "docs" / "promises.md").read_text(), re.MULTILINE)
    without = [row for row in rows if "::" not in row]
    assert not without


# ---- dynamo.trace ----


def test_traced_graphs_are_close_to_core_aten() -> None:
    model = Blocks().eval()
    exported = operators(torch.export.export(model, (IDS,)).graph_module)
    traced = operators(trace(model, arg_inputs=[IDS]).graph_module)
    assert torch.ops.aten.linear.default in exported and torch.ops.aten.linear.default not in traced
    converted = {row["operator"] for row in _lib.operators()}
    strangers = {str(t) for t in traced if torch.Tag.core not in t.tags}
    as_a_whole = {"layer_norm", "scaled_dot_product_attention", "softplus", "special_entr", "matmul"}
    assert strangers <= {f"aten.{name}.default" for name in as_a_whole}
    assert strangers <= converted and {str(t) for t in traced} <= converted
    assert any(t._schema.is_mutable for t in exported) and not any(t._schema.is_mutable for t in traced)
    all_core = operators(trace(model, arg_inputs=[IDS], enable_experimental_decompositions=True).graph_module)
    assert all(torch.Tag.core in t.tags for t in all_core)


@pytest.mark.parametrize("shape", [(5, 8), (2, 5, 8), (3, 2, 5, 8)], ids=str)
@pytest.mark.parametrize("dynamic", [False, True])
def test_decomposing_linear_costs_nothing(
    shape: tuple[int, ...], dynamic: bool, tmp_path: pathlib.Path, torchtrtc: Callable[..., Any]
) -> None:
    """Engines of a traced and of an exported program take the same steps to the same numbers."""
    model = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 4, bias=False)).eval()
    x = torch.randn(shape)
    spec = Input(min_shape=(2, *shape[1:]), opt_shape=shape, max_shape=(9, *shape[1:])) if dynamic else x
    shapes = ({0: torch.export.Dim("n", min=2, max=9)},) if dynamic else None
    programs = torch.export.export(model, (x,), dynamic_shapes=shapes), trace(model, arg_inputs=[spec])
    results, steps = [], []
    for i, program in enumerate(programs):
        compiled = dynamo_compile(program, arg_inputs=[spec], min_block_size=1)
        results.append(compiled(x))
        torch_tensorrt.save(compiled, tmp_path / f"{i}.pt2")
        steps.append(len(json.loads(torchtrtc("profile", tmp_path / f"{i}.pt2", "--json").stdout)["steps"]))
    assert torch.equal(*results) and steps[0] == steps[1] == 2
    assert_same(results[0], model(x))


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_traced_models_cost_nothing(name: str, tmp_path: pathlib.Path, torchtrtc: Callable[..., Any]) -> None:
    program = programs.build(name)
    exported = torch.export.export(program.module, program.args, dynamic_shapes=program.dynamic_shapes)
    traced = decompose(exported, get_trace_decompositions())
    assert not any(n.target is torch.ops.aten.linear.default for n in traced.graph.nodes)
    results, steps = [], []
    for i, each in enumerate((exported, traced)):
        compiled = dynamo_compile(each, arg_inputs=program.args, min_block_size=1)
        results.append(compiled(*program.args))
        torch_tensorrt.save(compiled, tmp_path / f"{i}.pt2")
        steps.append(len(json.loads(torchtrtc("profile", tmp_path / f"{i}.pt2", "--json").stdout)["steps"]))
    assert torch.equal(*results) and steps[0] == steps[1] > 0


def _asks_an_object(x: torch.Tensor) -> torch.Tensor:
    """What TorchDynamo does not follow, and Python does."""
    torch._dynamo.graph_break()
    return x * 2 + 1


def test_tracing_is_not_strict() -> None:
    model = Fn(_asks_an_object)
    assert inspect.signature(torch.export.export).parameters["strict"].default is False
    program = trace(model, arg_inputs=[X])
    assert_same(dynamo_compile(program, arg_inputs=[X], min_block_size=1)(X), model(X))
    with pytest.raises(Exception, match="graph_break"):
        trace(model, arg_inputs=[X], strict=True)
    with pytest.raises(Exception, match="graph_break"):
        torch_tensorrt.compile(model, arg_inputs=[X], strict=True)


def test_strict_goes_to_torch_export(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch, torch.export, "export")
    trace(MLP, arg_inputs=[X])
    trace(MLP, arg_inputs=[X], strict=True)
    assert [kwargs["strict"] for _, kwargs in calls] == [False, True]


def test_numbers_that_data_tell_are_traced() -> None:
    def first(x: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
        k = n.item()
        torch._check(k >= 0)
        torch._check(k <= x.shape[0])
        return x[:k] * 2

    args = (X, torch.tensor(2))
    program = trace(Fn(first), arg_inputs=args)
    compiled = dynamo_compile(program, arg_inputs=args, min_block_size=1)
    for k in (0, 1, 3):
        assert_same(compiled(X, torch.tensor(k)), X[:k] * 2)


def test_tracing_finds_what_cannot_be_compiled() -> None:
    with pytest.raises(Exception, match="data-dependent|data dependent"):
        trace(Fn(lambda x: x * 2 if x.sum() > 0 else x), arg_inputs=[X])


def test_modules_are_exported_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch, torch.export, "export")
    graph = torch.fx.symbolic_trace(MLP)
    for module in (MLP, graph, MLP, graph):
        compiled = dynamo_compile(module, arg_inputs=[X], min_block_size=1)
        assert isinstance(compiled, torch.fx.GraphModule)
        assert_same(compiled(X), MLP(X))
    assert len(calls) == 4
    program = trace(MLP, arg_inputs=[X])
    for min_block_size in (1, 2):
        assert_same(dynamo_compile(program, arg_inputs=[X], min_block_size=min_block_size)(X), MLP(X))
    assert len(calls) == 5
    spec = Input(min_shape=(1, 8), opt_shape=(3, 8), max_shape=(9, 8))
    compiled = dynamo_compile(MLP, [spec], min_block_size=1)
    for n in (1, 9):
        assert_same(compiled(torch.ones(n, 8)), MLP(torch.ones(n, 8)))


@pytest.mark.parametrize("module", [torch.jit.script(MLP), MLP.forward, 3], ids=["script", "method", "int"])
def test_dynamo_compile_refuses_other_things(module: Any) -> None:
    with pytest.raises(TypeError, match="give a torch.export.ExportedProgram"):
        dynamo_compile(module, arg_inputs=[X])
    with pytest.raises(TypeError, match="give a torch.export.ExportedProgram"):
        torch_tensorrt.dynamo.convert_exported_program_to_serialized_trt_engine(module, arg_inputs=[X])


def test_the_traced_graph_can_be_looked_at() -> None:
    exp_program = trace(MLP, arg_inputs=[X])
    assert isinstance(exp_program, torch.export.ExportedProgram)
    assert "torch.ops.aten.addmm.default" in exp_program.graph_module.code


# ---- compiling exported programs ----


def test_stages(builds: Calls) -> None:
    """Lowering, partitioning, conversion, optimization: passes, blocks, engines in PyTorch's graph."""
    seen: list[list[str]] = []

    @torch_tensorrt.dynamo.lowering._aten_lowering_pass
    def look(gm: torch.fx.GraphModule, _settings: Any) -> torch.fx.GraphModule:
        seen.append([str(t) for t in operators(gm)])
        return gm

    model = Fn(lambda x: (torch.relu_(x * 2) + 1).tanh().exp().sigmoid() - x)
    program = torch.export.export(model, (X,))
    try:
        gm = dynamo_compile(program, [X], min_block_size=2, torch_executed_ops={"torch.ops.aten.tanh.default"})
    finally:
        torch_tensorrt.dynamo.lowering.ATEN_POST_LOWERING_PASSES.remove(look)
    assert isinstance(gm, torch.fx.GraphModule)
    assert len(seen) == 1 and "aten.relu.default" in seen[0] and "aten.relu_.default" not in seen[0]
    children = dict(gm.named_children())
    assert list(children) == ["_run_on_acc_0", "_run_on_gpu_1", "_run_on_acc_2"]
    assert [type(c) is TorchTensorRTModule for c in children.values()] == [True, False, True]
    assert [str(t) for t in operators(children["_run_on_gpu_1"])] == ["aten.tanh.default"]
    assert len(builds) == 2
    assert_same(gm(X), model(X))


def test_dimensions_of_torch_export_itself() -> None:
    batch = torch.export.Dim("batch", min=2, max=8)
    program = torch.export.export(MLP, (X,), dynamic_shapes=({0: batch},))
    for inputs in ([X], [Input(min_shape=(2, 8), opt_shape=(4, 8), max_shape=(8, 8))]):
        trt_gm = dynamo_compile(program, inputs, min_block_size=1)
        for n in (2, 8):
            assert_same(trt_gm(torch.ones(n, 8)), MLP(torch.ones(n, 8)))


def test_integer_precision_is_named(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_settings, "_said", set())
    compiled = torch_tensorrt.compile(MLP, inputs=[X], min_block_size=1, enabled_precisions={torch.int8, torch.float32})
    assert len(lines(caplog, "i8 is ignored")) == 1
    assert_same(compiled(X), MLP(X))


@pytest.mark.parametrize("name", ["truncate_long_and_double", "truncate_double"])
@pytest.mark.filterwarnings("ignore:.*truncate_long_and_double:DeprecationWarning")
def test_long_and_double(name: str) -> None:
    """Types of results do not change; where an engine has float64, nothing is lost either."""
    model = Fn(lambda x, n: (x * n + 1e-9, n * 3))
    args = (torch.randn(3, 4, dtype=torch.float64), torch.tensor([1, 2, 3, 1 << 40]))
    compiled = torch_tensorrt.compile(model, inputs=args, min_block_size=1, **{name: True})
    assert_same(compiled(*args), model(*args))


def test_input_forms_of_the_reference() -> None:
    """A static shape, a range with type and layout, an example tensor, in one list."""

    class Three(nn.Module):
        def forward(self, a: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return a * 2 + 1, (b * 3 - 1).relu(), c.tanh() + 1

    inputs = [
        Input((1, 3, 24, 24)),
        Input(
            min_shape=(1, 24, 24, 3),
            opt_shape=(1, 51, 51, 3),
            max_shape=(1, 102, 102, 3),
            dtype=torch.int32,
            format=torch.channels_last,
        ),
        torch.randn((1, 3, 24, 44)),
    ]
    compiled = torch_tensorrt.compile(Three(), inputs=inputs, min_block_size=1)
    for n in (24, 102):
        b = torch.randint(-5, 5, (1, n, n, 3), dtype=torch.int32).to(memory_format=torch.channels_last)
        args = (torch.randn(1, 3, 24, 24), b, inputs[2])
        assert_same(compiled(*args), Three()(*args))
    for shape in (torch.Size((2, 8)), (2, 8), [2, 8]):
        for kind in (torch.half, torch_tensorrt.dtype.half):
            spec = Input(shape, dtype=kind)
            assert spec.shape == (2, 8) and spec.torch_tensor.dtype == torch.half


# ---- frontends ----

MODULES: dict[str, Callable[[], Any]] = {
    "nn": lambda: MLP,
    "ts": lambda: torch.jit.trace(MLP, X),
    "ts function": lambda: torch.jit.script(_double),
    "fx": lambda: torch.fx.symbolic_trace(MLP),
    "ep": lambda: torch.export.export(MLP, (X,)),
    "function": lambda: _double,
}
UNKNOWN_IR = (ValueError, "Unknown ir was requested")
NO_TS = (ValueError, "TS frontend is not available")
NO_FX = (ValueError, "FX frontend is not available")
NOTHING = (
    ValueError,
    r"unsupported format\nInstalled frontends:\n\tDynamo - True\n\tTorchScript - False\n\tFX - False",
)
DISPATCH: dict[str, dict[str, Any]] = {
    "default": {"nn": None, "ts": NOTHING, "ts function": NOTHING, "fx": None, "ep": None},
    "dynamo": {"nn": None, "ts": UNKNOWN_IR, "ts function": UNKNOWN_IR, "fx": None, "ep": None},
    "torch_compile": {"nn": None, "ts": UNKNOWN_IR, "ts function": UNKNOWN_IR, "fx": None, "ep": UNKNOWN_IR},
    "ts": {"nn": NO_TS, "ts": NO_TS, "ts function": NO_TS, "fx": UNKNOWN_IR, "ep": UNKNOWN_IR},
    "torchscript": {"nn": NO_TS, "ts": NO_TS, "ts function": NO_TS, "fx": UNKNOWN_IR, "ep": UNKNOWN_IR},
    "fx": {"nn": NO_FX, "ts": UNKNOWN_IR, "ts function": UNKNOWN_IR, "fx": NO_FX, "ep": UNKNOWN_IR},
    "nonsense": {"nn": UNKNOWN_IR, "ts": UNKNOWN_IR, "ts function": UNKNOWN_IR, "fx": UNKNOWN_IR, "ep": UNKNOWN_IR},
}


def _double(x: torch.Tensor) -> torch.Tensor:
    return x * 2


@pytest.mark.parametrize(("ir", "kind"), [(ir, kind) for ir, row in DISPATCH.items() for kind in row])
@pytest.mark.filterwarnings("ignore")
def test_dispatch(ir: str, kind: str) -> None:
    module, outcome = MODULES[kind](), DISPATCH[ir][kind]
    if outcome is not None:
        error, text = outcome
        with pytest.raises(error, match=text):
            torch_tensorrt.compile(module, ir=ir, inputs=[X])
        with pytest.raises(error, match=text):
            torch_tensorrt.convert_method_to_trt_engine(module, ir=ir, inputs=[X])
        return
    compiled = torch_tensorrt.compile(module, ir=ir, inputs=[X], min_block_size=1)
    assert isinstance(compiled, torch.fx.GraphModule) == (ir != "torch_compile")
    assert_same(compiled(X), MLP(X))
    if ir == "torch_compile":
        with pytest.raises(RuntimeError, match="torch_compile"):
            torch_tensorrt.convert_method_to_trt_engine(module, ir=ir, inputs=[X])
    else:
        engine = torch_tensorrt.convert_method_to_trt_engine(module, ir=ir, inputs=[X], engine="cpu")
        assert_same(TorchTensorRTModule(engine)(X), MLP(X))


@pytest.mark.parametrize("ir", [*DISPATCH])
def test_what_is_no_module_has_an_unknown_format(ir: str) -> None:
    """Looked at before `ir` and the inputs."""
    for module in (_double, None, 3, MLP.state_dict()):
        with pytest.raises(RuntimeError, match="Module is an unknown format"):
            torch_tensorrt.compile(module, ir=ir)


def test_fx_warns_before_it_fails() -> None:
    for call in (torch_tensorrt.compile, torch_tensorrt.convert_method_to_trt_engine):
        with pytest.warns(DeprecationWarning, match="use the Dynamo frontend"), pytest.raises(ValueError):
            call(MLP, ir="fx", inputs=[X])
    program = torch.export.export(MLP, (X,))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="Unknown ir"):
            torch_tensorrt.compile(program, ir="fx", inputs=[X])


NONE = {"inputs": None, "arg_inputs": None, "kwarg_inputs": None}
SIGNATURES: dict[str, dict[str, Any]] = {
    "compile": {"module": ..., "ir": "default", **NONE, "enabled_precisions": None},
    "convert_method_to_trt_engine": {
        "module": ...,
        "method_name": "forward",
        **NONE,
        "ir": "default",
        "enabled_precisions": None,
    },
    "load": {"file_path": "", "extra_files": None},
    "save": {
        "module": ...,
        "file_path": "",
        "extra_files": None,
        "output_format": "exported_program",
        **NONE,
        "retrace": True,
        "use_legacy_exporter": None,
        "pickle_protocol": 2,
        "dynamic_shapes": None,
    },
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    """Names, order and defaults; what was added comes after them."""
    parameters = list(inspect.signature(getattr(torch_tensorrt, name)).parameters.values())
    found = {p.name: ... if p.default is p.empty else p.default for p in parameters[: len(SIGNATURES[name])]}
    assert list(found.items()) == list(SIGNATURES[name].items())
    assert parameters[-1].kind is inspect.Parameter.VAR_KEYWORD


def test_the_default_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "torch_tensorrt"):
        torch_tensorrt.compile(MLP, inputs=[X], min_block_size=1)
        assert len(lines(caplog, "ir is default: the dynamo frontend")) == 1
        torch_tensorrt.compile(MLP, ir="dynamo", inputs=[X], min_block_size=1)
    assert len(lines(caplog, "ir is default")) == 1


def test_legacy_frontends_are_not_there() -> None:
    features = torch_tensorrt.ENABLED_FEATURES
    assert features.dynamo_frontend and not features.torchscript_frontend and not features.fx_frontend
    for name in ("ts", "fx"):
        assert not hasattr(torch_tensorrt, name)


@pytest.mark.parametrize(
    ("wrong", "text"), [({}, "should not both be None"), ({"inputs": [X], "arg_inputs": [X]}, "at the same time")]
)
def test_inputs_of_every_call(wrong: dict[str, Any], text: str) -> None:
    program = torch.export.export(MLP, (X,))
    for call in (
        lambda: torch_tensorrt.compile(MLP, **wrong),
        lambda: torch_tensorrt.convert_method_to_trt_engine(MLP, **wrong),
        lambda: dynamo_compile(program, **wrong),
        lambda: trace(MLP, **wrong),
        lambda: torch_tensorrt.dynamo.convert_exported_program_to_serialized_trt_engine(program, **wrong),
    ):
        with pytest.raises(AssertionError, match=text):
            call()


def test_keyword_inputs_alone_are_enough() -> None:
    model = Fn(lambda *, a, b: a * b + 1)
    keywords = {"a": X, "b": X + 1}
    compiled = torch_tensorrt.compile(model, kwarg_inputs=keywords, min_block_size=1)
    assert_same(compiled(**keywords), model(**keywords))


def test_a_module_that_cannot_be_exported_says_so() -> None:
    model = Fn(lambda x: torch.from_numpy(x.numpy() * 2) if x.sum() > 0 else x)
    with pytest.raises(Exception, match="(?i)data-dependent|data dependent|numpy"):
        torch_tensorrt.compile(model, inputs=[X])


def test_results_of_torch_compile_are_not_saved(tmp_path: pathlib.Path) -> None:
    optimized = torch_tensorrt.compile(MLP, ir="torch_compile", min_block_size=1)
    optimized(X)
    with pytest.raises(ValueError, match="nn.Module"):
        torch_tensorrt.save(optimized, tmp_path / "model.pt2", arg_inputs=[X])


def test_a_result_is_exported_again_and_saved(tmp_path: pathlib.Path) -> None:
    gm = torch_tensorrt.compile(MLP, ir="dynamo", inputs=[X], min_block_size=1)
    again = torch.export.export(gm, (X,))
    torch.export.save(again, tmp_path / "model.pt2")
    assert_same(torch.export.load(tmp_path / "model.pt2").module()(X), MLP(X))


# ---- save and load ----


def test_modules_under_cuda_graphs_are_saved(tmp_path: pathlib.Path) -> None:
    compiled = torch_tensorrt.compile(MLP, inputs=[X], min_block_size=1)
    with torch_tensorrt.runtime.enable_cudagraphs(compiled) as module:
        torch_tensorrt.save(module, tmp_path / "model.pt2")
    assert_same(torch_tensorrt.load(tmp_path / "model.pt2").module()(X), MLP(X))


@pytest.mark.parametrize("path", ["", "no_such_file.pt2"])
def test_loading_what_is_not_there(path: str) -> None:
    for call in (lambda: torch_tensorrt.load(path), lambda: torch_tensorrt.load(file_path=path)):
        with pytest.raises(ValueError, match="neither an exported program nor a TorchScript file"):
            call()


def test_keywords_of_load(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    """What PyTorch's loader takes goes there, the rest is named."""
    script = torch.jit.trace(MLP, X)
    torch_tensorrt.save(script, tmp_path / "model.ts", output_format="torchscript")
    loaded = torch_tensorrt.load(tmp_path / "model.ts", map_location="cpu", no_such=1)
    assert_same(loaded(X), MLP(X))
    assert lines(caplog, "no_such is not a valid argument for load") and not lines(caplog, "map_location")


def test_aot_inductor_is_for_linux(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = torch_tensorrt.compile(MLP, inputs=[X], min_block_size=1)
    monkeypatch.setattr(_save.platform, "system", lambda: "Windows")
    with pytest.raises(ValueError, match="only supported on Linux"):
        torch_tensorrt.save(compiled, tmp_path / "model.pt2", output_format="aot_inductor")
    assert not list(tmp_path.iterdir())


# ---- torch.compile ----

# The parameters of the settings' class on the backend's page, with their defaults.
SETTINGS = {
    "precision": torch.float32,
    "debug": False,
    "workspace_size": 0,
    "min_block_size": 5,
    "torch_executed_ops": set(),
    "pass_through_build_failures": False,
    "max_aux_streams": None,
    "version_compatible": False,
    "optimization_level": None,
    "use_python_runtime": False,
    "truncate_long_and_double": False,
    "use_fast_partitioner": True,
    "enable_experimental_decompositions": False,
    "require_full_compilation": False,
    "disable_tf32": False,
    "sparse_weights": False,
    "refit": False,
    "engine_capability": EngineCapability.DEFAULT,
    "num_avg_timing_iters": 1,
    "dla_sram_size": 1048576,
    "dla_local_dram_size": 1073741824,
    "dla_global_dram_size": 536870912,
    "dryrun": False,
    "hardware_compatible": False,
}
CHANGED: dict[str, Any] = {
    "precision": torch.half,
    "torch_executed_ops": {"torch.ops.aten.gelu.default"},
    "optimization_level": 4,
    "max_aux_streams": 2,
    "engine_capability": EngineCapability.SAFETY,
}
# What becomes of each on engine cpu: said in the log, at which level, or nothing to say.
SAID = {
    "workspace_size": "INFO",
    "version_compatible": "INFO",
    "optimization_level": "INFO",
    "disable_tf32": "INFO",
    "hardware_compatible": "INFO",
    "num_avg_timing_iters": "INFO",
    "dla_sram_size": "INFO",
    "dla_local_dram_size": "INFO",
    "dla_global_dram_size": "INFO",
    "truncate_long_and_double": "INFO",
    "max_aux_streams": "WARNING",
    "sparse_weights": "WARNING",
    "engine_capability": "WARNING",
    "refit": "WARNING",
    "require_full_compilation": "WARNING",
}
OTHER_NAMES = {"truncate_long_and_double": "truncate_double", "refit": "immutable_weights"}


def changed(name: str) -> Any:
    default = SETTINGS[name]
    if name in CHANGED:
        return CHANGED[name]
    return not default if isinstance(default, bool) else default + 7


def test_settings_and_their_defaults() -> None:
    settings = CompilationSettings()
    for name, default in SETTINGS.items():
        assert getattr(settings, name) == default, name
    assert settings.device == torch_tensorrt.dynamo._defaults.default_device()


EACH_SETTING = """
import json, logging, sys, torch, torch_tensorrt
from torch_tensorrt import EngineCapability

model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.GELU(), torch.nn.Linear(16, 4)).eval()
told, seen = {}, []
handler = logging.Handler()
handler.emit = lambda record: seen.append((record.levelname, record.getMessage()))
logging.getLogger("torch_tensorrt").addHandler(handler)
torch_tensorrt.logging.set_level(logging.INFO)
with torch.no_grad():
    for name, value in CHANGED.items():
        seen.clear()
        for n in (2, 3):
            torch._dynamo.reset()
            x = torch.randn(n, 8)
            options = {"min_block_size": 1, name: value}
            got = torch.compile(model, backend="torch_tensorrt", dynamic=False, options=options)(x)
            tolerance = 1e-2 if name == "precision" else 1e-4
            assert torch.allclose(got, model(x), rtol=tolerance, atol=tolerance), (name, got, model(x))
        told[name] = [line for line in seen if line[0] in ("INFO", "WARNING")]
with open(sys.argv[1], "w") as file:
    json.dump(told, file)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, str]]]:
    """What the log says of each setting, in a process that has said nothing yet; its results are right."""
    path = tmp_path_factory.mktemp("settings") / "told.json"
    values = ", ".join(f"{name!r}: {value_text(changed(name))}" for name in SETTINGS)
    script = EACH_SETTING.replace("CHANGED", f"{{{values}}}")
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text())


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_as_an_option(name: str, told: dict[str, list[tuple[str, str]]]) -> None:
    """What an engine has no use for is named once."""
    word = re.compile(rf"\b({name}|{OTHER_NAMES.get(name, name)})\b")
    levels = [level for level, line in told[name] if word.search(line)]
    if name in SAID:
        assert levels == [SAID[name]]
    elif name not in ("min_block_size", "torch_executed_ops"):  # which are the reasons of what stays with PyTorch
        assert not levels


def value_text(value: Any) -> str:
    return str(value) if isinstance(value, EngineCapability) else repr(value)


def test_precisions_of_weights_are_kept(builds: Calls) -> None:
    """FP16 and FP32 layers: a half model computes in half, a float one in float."""
    for model in (MLP, nn.Sequential(nn.Linear(8, 4), nn.Tanh()).eval().half()):
        x = X.to(next(model.parameters()).dtype)
        optimized = torch.compile(model, backend="torch_tensorrt", dynamic=False, options={"min_block_size": 1})
        got = optimized(x)
        assert got.dtype == x.dtype
        assert_same(got, model(x))
    assert len(builds) == 2


def test_wrong_values_of_settings() -> None:
    for wrong in ({"optimization_level": 6}, {"workspace_size": -1}, {"num_avg_timing_iters": 0}):
        with pytest.raises(RuntimeError, match=next(iter(wrong))):
            torch_tensorrt.compile(MLP, inputs=[X], min_block_size=1, **wrong)


def test_operators_for_pytorch_by_target_and_by_name(builds: Calls) -> None:
    model = Fn(lambda x: ((x * 2).tanh() - 1).relu())
    for op in (torch.ops.aten.sub.Tensor, "torch.ops.aten.sub.Tensor", "aten.sub.Tensor", "aten.sub"):
        torch._dynamo.reset()
        options = {"min_block_size": 1, "torch_executed_ops": {op}}
        optimized = torch.compile(model, backend="torch_tensorrt", dynamic=False, options=options)
        assert_same(optimized(X), model(X))
        assert len(builds) == 2, op
        compiled = torch_tensorrt.compile(model, inputs=[X], **options)
        assert [name for name, _ in compiled.named_children()] == ["_run_on_acc_0", "_run_on_gpu_1", "_run_on_acc_2"]
        builds.clear()


def test_recompilation_conditions(builds: Calls) -> None:
    """Another size, another type, another way through the code: each is compiled once and kept."""

    def forward(x: torch.Tensor, way: bool = True) -> torch.Tensor:
        return (x * 2).tanh() if way else (x - 1).exp()

    model = Fn(forward)
    optimized = torch.compile(model, backend="torch_tensorrt", dynamic=False, options={"min_block_size": 1})
    calls = [
        (torch.randn(4, 8),),
        (torch.randn(8, 8),),
        (torch.randn(4, 8, dtype=torch.float64),),
        (torch.randn(4, 8), False),
    ]
    for again in (False, True):
        for args in calls:
            builds.clear()
            assert_same(optimized(*args), model(*args))
            assert len(builds) == (0 if again else 1)
    assert_same(optimized(torch.ones(8, 8)), model(torch.ones(8, 8)))
    assert not builds


def test_conditions_on_data_are_ways_through_the_code(builds: Calls) -> None:
    model = Fn(lambda x: (x * 2).tanh() if x.sum() > 0 else (x - 1).exp())
    optimized = torch.compile(model, backend="torch_tensorrt", dynamic=False, options={"min_block_size": 1})
    for sign in (1.0, -1.0):
        assert_same(optimized(torch.full((3,), sign)), model(torch.full((3,), sign)))
    built = len(builds)
    for sign in (1, -1, 1):
        assert_same(optimized(torch.full((3,), 2.0 * sign)), model(torch.full((3,), 2.0 * sign)))
    assert built >= 2
    assert len(builds) == built, "guards find what was compiled"


def test_loops(builds: Calls) -> None:
    def forward(x: torch.Tensor, n: int) -> torch.Tensor:
        for i in range(n):
            x = (x * (i + 1)).relu()
        return x

    optimized = torch.compile(Fn(forward), backend="torch_tensorrt", dynamic=False, options={"min_block_size": 1})
    for n, built in ((2, 1), (3, 1), (2, 0), (3, 0)):
        builds.clear()
        assert_same(optimized(X, n), forward(X, n))
        assert len(builds) == built


def test_explaining_says_whether_a_model_can_be_saved(tmp_path: pathlib.Path, builds: Calls) -> None:
    explanation = torch._dynamo.explain(MLP)(X)
    assert explanation.graph_break_count == 0
    torch._dynamo.reset()
    optimized = torch.compile(MLP, backend="torch_tensorrt", dynamic=False, options={"min_block_size": 1})
    assert_same(optimized(X), MLP(X))
    torch_tensorrt.save(torch_tensorrt.compile(MLP, inputs=[X], min_block_size=1), tmp_path / "model.pt2")
    assert_same(torch_tensorrt.load(tmp_path / "model.pt2").module()(X), MLP(X))


def test_dryrun_writes_its_report(builds: Calls, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.txt"
    options = {"dryrun": str(path), "min_block_size": 1}
    optimized = torch.compile(MLP, backend="torch_tensorrt", dynamic=False, options=options)
    assert_same(optimized(X), MLP(X))
    assert not builds
    assert path.read_text().strip() == capsys.readouterr().out.strip()
    assert "3 Total Operators, of which 3 operators are supported, 100.00% coverage" in path.read_text()


DEBUG = """
import torch, torch_tensorrt
model = torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.ReLU()).eval()
options = {"min_block_size": 1, "debug": %s}
with torch.no_grad():
    torch.compile(model, backend="torch_tensorrt", dynamic=False, options=options)(torch.randn(2, 8))
"""


def test_debug_prints() -> None:
    """Where the caller has set up no logging."""
    printed = []
    for debug in (True, False):
        command = [sys.executable, "-W", "ignore", "-c", DEBUG % debug]
        printed.append(subprocess.run(command, capture_output=True, text=True, check=True).stderr)
    assert "DEBUG torch_tensorrt" in printed[0] and "2 of 2 operators in 1 engines" in printed[0]
    assert "torch_tensorrt" not in printed[1]
