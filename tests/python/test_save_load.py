"""save() and load(): every format with every kind of module, what comes back, which calls are refused, and that a
failure leaves an old file alone."""

import io
import logging
import os
import pathlib
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.export import Dim

import torch_tensorrt
from conftest import ROOT, assert_same, run_in_new_process, run_saved
from torch_tensorrt import Input, _lib

MODEL = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.GELU(), torch.nn.Linear(8, 2)).eval()


def compiled_model(dynamic: bool = False) -> torch.fx.GraphModule:
    shapes = ({0: Dim("batch", min=1, max=16)},) if dynamic else None
    exported = torch.export.export(MODEL, (torch.randn(3, 4),), dynamic_shapes=shapes)
    return torch_tensorrt.dynamo.compile(exported, arg_inputs=[torch.randn(3, 4)], min_block_size=1)


# Half the time of Inductor's own default; what its wrapper does is the same.
QUICK = {"aot_inductor.compile_wrapper_opt_level": "O0"}
BATCH = Dim("batch", min=8, max=64)


def need_compiler(output_format: str) -> None:
    if output_format == "aot_inductor" and not shutil.which(os.environ.get("CXX", "g++")):
        pytest.skip("Inductor packages need a C++ compiler")


def saved(module: Any, path: pathlib.Path, output_format: str, **options: Any) -> Callable[..., Any]:
    """Saves and loads."""
    need_compiler(output_format)
    if output_format == "aot_inductor":
        options["inductor_configs"] = QUICK
    torch_tensorrt.save(module, path, output_format=output_format, **options)
    if output_format == "aot_inductor":
        return torch._inductor.aoti_load_package(str(path))
    loaded = torch_tensorrt.load(path)
    if output_format == "torchscript":
        assert isinstance(loaded, torch.jit.ScriptModule)
        return loaded
    assert isinstance(loaded, torch.export.ExportedProgram)
    return loaded.module()


# ---- every format, every kind of module ----


class Hybrid(torch.nn.Module):
    """Three engines, two parts left to PyTorch, and a buffer that every call changes."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = torch.nn.Linear(8, 8), torch.nn.Linear(8, 8), torch.nn.Linear(8, 4)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        self.calls.add_(1)
        y = self.first(x).relu()
        q, r = torch.linalg.qr(y)
        z = self.second(q @ r).tanh() + x
        q, r = torch.linalg.qr(z)
        w = self.third(q @ r + y).sigmoid()
        return w.reshape(x.shape[0], -1, 2), r, self.calls * 2


@pytest.mark.parametrize("output_format", ["exported_program", "torchscript", "aot_inductor"])
def test_hybrid_in_new_processes(output_format: str, tmp_path: pathlib.Path) -> None:
    need_compiler(output_format)
    model, path = Hybrid().eval(), tmp_path / "model.pt2"
    exported = torch.export.export(model, (torch.randn(12, 8),), dynamic_shapes=({0: BATCH},))
    compiled = torch_tensorrt.dynamo.compile(exported, arg_inputs=[torch.randn(12, 8)], min_block_size=1)
    children = [name for name, _ in compiled.named_children()]
    assert [name[:11] for name in children] == ["_run_on_acc", "_run_on_gpu"] * 2 + ["_run_on_acc"]
    options = {"inductor_configs": QUICK} if output_format == "aot_inductor" else {}
    torch_tensorrt.save(compiled, path, output_format=output_format, **options)
    assert compiled.calls == 0  # saving runs nothing that stays
    calls = [(torch.randn(n, 8),) for n in (8, 13, 64)]
    wanted = [model(*args) for args in calls]
    assert_same(run_in_new_process(path, calls, tmp_path, output_format), wanted)
    if output_format != "exported_program":  # PyTorch traces nothing to load these: the library alone will do
        # PyTorch 2.10 does not import what it needs to load AOTInductor's packages.
        host = f"import torch._inductor.codecache; torch.ops.load_library({_lib._find()!r})"
        assert_same(run_in_new_process(path, calls, tmp_path, output_format, host), wanted)


CPP_HOST = """
#include <dlfcn.h>
#include <torch/script.h>
#include <iostream>
int main(int, char **arg)
{
    if (!dlopen(arg[1], RTLD_NOW))
        return 1;
    auto out = torch::jit::load(arg[2]).forward({torch::ones({13, 8})}).toTuple()->elements();
    std::cout.precision(9);
    for (auto &o : out)
        std::cout << o.toTensor().sum().item<double>() << "\\n";
}
"""


@pytest.mark.full
def test_torchscript_in_cpp(tmp_path: pathlib.Path) -> None:
    """In a process without Python."""
    model = Hybrid().eval()
    exported = torch.export.export(model, (torch.randn(12, 8),), dynamic_shapes=({0: BATCH},))
    compiled = torch_tensorrt.dynamo.compile(exported, arg_inputs=[torch.randn(12, 8)], min_block_size=1)
    torch_tensorrt.save(compiled, tmp_path / "model.ts", output_format="torchscript")
    source, host, torch_home = tmp_path / "host.cpp", tmp_path / "host", pathlib.Path(torch.__path__[0])
    source.write_text(CPP_HOST)
    command = ["g++", "-std=c++20", source, "-o", host, "-Wl,--no-as-needed", f"-L{torch_home / 'lib'}"]
    command += [f"-I{torch_home / 'include'}", f"-I{torch_home / 'include/torch/csrc/api/include'}"]
    command += ["-ltorch", "-ltorch_cpu", "-lc10", f"-Wl,-rpath,{torch_home / 'lib'}"]
    subprocess.run(command, check=True)
    done = subprocess.run([host, _lib._find(), tmp_path / "model.ts"], check=True, capture_output=True, text=True)
    got = torch.tensor([float(line) for line in done.stdout.split()])
    assert_same(got, torch.stack([out.sum() for out in model(torch.ones(13, 8))]))


def _user_module() -> torch.fx.GraphModule:
    return torch.export.export(MODEL, (torch.randn(3, 4),)).module(check_guards=False)


MODULES = {
    "compiled": compiled_model,
    "graph module": _user_module,
    "compiled program": lambda: torch.export.export(compiled_model(), (torch.randn(3, 4),)),
    "script module": lambda: torch.jit.script(MODEL),
    "nn.Module": lambda: MODEL,
    "no module": lambda: MODEL.forward,
}
MATRIX = [  # a compiled module as AOTInductor package: see above
    ("compiled", "exported_program", None, ""),
    ("compiled", "torchscript", None, ""),
    ("graph module", "exported_program", None, ""),
    ("graph module", "torchscript", None, ""),
    ("graph module", "aot_inductor", None, ""),
    ("compiled program", "exported_program", None, ""),
    ("compiled program", "torchscript", ValueError, "ExportedProgram is saved as exported_program or aot_inductor"),
    ("compiled program", "aot_inductor", None, ""),
    ("script module", "exported_program", ValueError, "ScriptModule is saved as torchscript"),
    ("script module", "torchscript", None, ""),
    ("script module", "aot_inductor", ValueError, "ScriptModule is saved as torchscript"),
    *[("nn.Module", f, ValueError, "nn.Module") for f in ("exported_program", "torchscript", "aot_inductor")],
    *[("no module", f, RuntimeError, "unknown format") for f in ("exported_program", "torchscript", "aot_inductor")],
]


@pytest.mark.parametrize(("kind", "output_format", "error", "message"), MATRIX, ids=lambda v: v if v else None)
def test_matrix(kind: str, output_format: str, error: Any, message: str, tmp_path: pathlib.Path) -> None:
    module, path, x = MODULES[kind](), tmp_path / "model.pt2", torch.randn(3, 4)
    if error is not None:
        with pytest.raises(error, match=message):
            torch_tensorrt.save(module, path, output_format=output_format, arg_inputs=[x])
        assert not os.listdir(tmp_path)
    else:
        options = {"arg_inputs": [x]} if kind == "graph module" else {}
        assert_same(saved(module, path, output_format, **options)(x), MODEL(x))


@pytest.mark.parametrize(
    ("kind", "output_format"), [("compiled program", "exported_program"), ("script module", "torchscript")]
)
def test_inputs_that_are_not_needed(
    kind: str, output_format: str, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    x = torch.randn(3, 4)
    assert_same(saved(MODULES[kind](), tmp_path / "model.pt2", output_format, arg_inputs=[x])(x), MODEL(x))
    assert "is not necessary" in caplog.text


def test_a_program_of_the_command_line(tmp_path: pathlib.Path, torchtrtc) -> None:
    """It has no example inputs, which Inductor wants."""
    source, path = tmp_path / "source.pt2", tmp_path / "compiled.pt2"
    torch.export.save(torch.export.export(MODEL, (torch.randn(12, 4),), dynamic_shapes=({0: BATCH},)), source)
    torchtrtc("compile", source, "-o", path, "--engine", "cpu")
    program, x = torch_tensorrt.load(path), torch.randn(9, 4)
    assert_same(saved(program, tmp_path / "again.pt2", "exported_program")(x), MODEL(x))
    assert_same(saved(program, tmp_path / "package.pt2", "aot_inductor")(x), MODEL(x))


# ---- TorchScript ----


def double(x: torch.Tensor) -> torch.Tensor:
    return x * 2


def test_a_script_function(tmp_path: pathlib.Path) -> None:
    function, x = torch.jit.script(double), torch.randn(3)
    assert_same(saved(function, tmp_path / "model.ts", "torchscript")(x), x * 2)
    with pytest.raises(ValueError, match="saved as torchscript"):
        torch_tensorrt.save(function, tmp_path / "model.pt2")


class Sizes(torch.nn.Module):
    """Computes with sizes in PyTorch; nested arguments, a dictionary of results, a buffer that changes."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.nn.Linear(8, 8)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: torch.Tensor, *, table: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        self.calls.add_(1)
        y = self.inner(x).relu().reshape(x.shape[0] // 2, 2, 8).transpose(0, 1)
        y = torch.linalg.matrix_norm(y, keepdim=True) * max(x.shape[0], 9) + y / x.shape[0] ** 0.5
        return {"y": y + torch.arange(x.shape[0] // 2).reshape(-1, 1) * table["by"], "calls": self.calls + y.shape[1]}


def test_torchscript_computes_with_sizes(tmp_path: pathlib.Path) -> None:
    """A trace of PyTorch's would hold the sizes of the example."""
    model, x, table = Sizes().eval(), torch.randn(12, 8), {"by": torch.randn(8)}
    shapes = {"x": {0: 2 * Dim("half", min=2, max=16)}, "table": {"by": None}}
    exported = torch.export.export(model, (x,), {"table": table}, dynamic_shapes=shapes)
    compiled = torch_tensorrt.dynamo.compile(
        exported,
        arg_inputs=[x],
        kwarg_inputs={"table": table},
        min_block_size=1,
        torch_executed_ops={"aten.reshape", "aten.view", "aten.arange"},
    )
    loaded = saved(compiled, tmp_path / "model.ts", "torchscript")
    for n in (4, 12, 32):
        x = torch.randn(n, 8)
        assert_same(loaded(x, table), model(x, table=table))


def test_torchscript_takes_sizes_that_data_tell(tmp_path: pathlib.Path) -> None:
    class Selects(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = (x * 2 + 1).relu()
            return (y[y > 1] * 3).tanh() + 1

    x = torch.randn(4, 6)
    compiled = torch_tensorrt.compile(Selects(), inputs=[x], min_block_size=1, torch_executed_ops={"aten.index"})
    loaded = saved(compiled, tmp_path / "model.ts", "torchscript")
    for factor in (0, 1, 2):
        assert_same(loaded(x * factor), Selects()(x * factor))


class Branches(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cond(x.sum() > 0, lambda t: t.sin(), lambda t: t.cos(), (x,))


@pytest.mark.parametrize(
    ("model", "inputs", "reason"),
    [
        (torch.nn.Flatten(0), (torch.randn(3, 4),), None),
        (type("Number", (torch.nn.Module,), {"forward": lambda self, x, n: x * n})(), (torch.ones(3), 3), "input 1 is"),
        (type("None_", (torch.nn.Module,), {"forward": lambda self, x: (x * 2, None)})(), (torch.ones(3),), "output 1"),
    ],
)
def test_torchscript_refuses_by_name(model: Any, inputs: Any, reason: str | None, tmp_path: pathlib.Path) -> None:
    compiled = torch_tensorrt.dynamo.compile(torch.export.export(model, inputs), arg_inputs=inputs, min_block_size=1)
    if reason is None:
        assert_same(saved(compiled, tmp_path / "model.ts", "torchscript")(*inputs), model(*inputs))
        return
    with pytest.raises(ValueError, match=reason):
        torch_tensorrt.save(compiled, tmp_path / "model.ts", output_format="torchscript")
    assert not os.listdir(tmp_path)


def test_torchscript_has_no_control_flow(tmp_path: pathlib.Path) -> None:
    x = torch.randn(3, 4)
    graph = torch.export.export(Branches(), (x,)).module(check_guards=False)
    with pytest.raises(ValueError, match="cannot hold cond"):
        torch_tensorrt.save(graph, tmp_path / "model.ts", output_format="torchscript", arg_inputs=[x])
    assert_same(saved(graph, tmp_path / "model.pt2", "exported_program", arg_inputs=[x])(-x), Branches()(-x))


def test_torchscript_refuses_arithmetic_that_it_lacks(tmp_path: pathlib.Path) -> None:
    class Chooses(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * torch.sym_ite(x.shape[0] > 5, 2, 3)

    exported = torch.export.export(Chooses(), (X,), dynamic_shapes=({0: BATCH_OF_TWO},))
    graph = exported.module(check_guards=False)
    with pytest.raises(ValueError, match="TorchScript does not compile this program"):
        torch_tensorrt.save(graph, tmp_path / "model.ts", output_format="torchscript", retrace=False)
    loaded = saved(graph, tmp_path / "model.pt2", "exported_program", retrace=False)
    for x in (X, torch.randn(9, 6)):
        assert_same(loaded(x), Chooses()(x))


def test_traced_by_the_caller() -> None:
    compiled, x = compiled_model(dynamic=True), torch.randn(3, 4)
    traced = torch.jit.trace(compiled, x)  # compares two traces
    assert "contiguous" not in str(traced.inlined_graph)
    assert_same(traced(torch.ones(5, 4)), MODEL(torch.ones(5, 4)))


# ---- inputs and dynamic shapes ----


class Two(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return (x.reshape(x.shape[0] * 2, -1) + y.sum()).relu(), torch.cat([x, x])


def two_as_graph() -> torch.fx.GraphModule:
    """One that keeps no examples but has symbolic sizes."""
    exported = torch.export.export(
        Two(), (torch.randn(4, 6), torch.randn(3)), dynamic_shapes={"x": {0: BATCH_OF_TWO}, "y": None}
    )
    return exported.module(check_guards=False)


BATCH_OF_TWO = Dim("b", min=2, max=32)
RANGE = Input(min_shape=(2, 6), opt_shape=(4, 6), max_shape=(32, 6), name="x")
X, Y = torch.randn(4, 6), torch.randn(3)
EXPLICIT = {"x": {0: BATCH_OF_TWO}, "y": None}


@pytest.mark.parametrize("output_format", ["exported_program", "torchscript"])
@pytest.mark.parametrize(
    "options",
    [
        dict(inputs=[X, Y], dynamic_shapes=EXPLICIT),
        dict(arg_inputs=(X, Y), dynamic_shapes=EXPLICIT),
        dict(inputs=[X, Y], arg_inputs=[], dynamic_shapes=EXPLICIT),
        dict(arg_inputs=[RANGE, Input((3,), name="y")]),
        dict(arg_inputs=[RANGE, Y], dynamic_shapes=EXPLICIT),
        dict(arg_inputs=[RANGE, Input((3,))], dynamic_shapes=EXPLICIT),
        dict(retrace=False),
        dict(retrace=False, arg_inputs=[X, Y], dynamic_shapes=EXPLICIT, use_legacy_exporter=False),
        dict(arg_inputs=[X, Y], dynamic_shapes=EXPLICIT, use_legacy_exporter=True),
    ],
    ids=lambda options: "-".join(options),
)
def test_ways_to_tell_the_shapes(options: dict, output_format: str, tmp_path: pathlib.Path) -> None:
    loaded = saved(two_as_graph(), tmp_path / "model.pt2", output_format, **options)
    for n in (2, 9, 32):
        x = torch.randn(n, 6)
        assert_same(loaded(x, Y), Two()(x, Y))


@pytest.mark.parametrize("output_format", ["exported_program", "torchscript"])
def test_shapes_from_nested_inputs_and_keywords(output_format: str, tmp_path: pathlib.Path) -> None:
    class Masks(torch.nn.Module):
        def forward(self, pair: Any, *, table: Any) -> torch.Tensor:
            return (pair[0] @ pair[1] + table["mask"]).relu()

    def batch(width: int) -> Input:
        return Input(min_shape=(2, width), opt_shape=(4, width), max_shape=(9, width), shared_dims={0: "n"})

    args, kwargs = ((batch(3), Input((3, 5))),), {"table": {"mask": batch(5)}}
    compiled = torch_tensorrt.compile(Masks(), arg_inputs=args, kwarg_inputs=kwargs, min_block_size=1)
    loaded = saved(compiled, tmp_path / "model.pt2", output_format, arg_inputs=args, kwarg_inputs=kwargs)
    for n in (2, 9):
        pair, table = (torch.randn(n, 3), torch.randn(3, 5)), {"mask": torch.randn(n, 5)}
        assert_same(loaded(pair, table=table), Masks()(pair, table=table))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (dict(arg_inputs=[RANGE, Input((3,))], dynamic_shapes=EXPLICIT), "dynamic_shapes takes precedence"),
        (dict(arg_inputs=[X, Y]), "the example's sizes only"),
        (dict(arg_inputs=[X, Y], dynamic_shapes=EXPLICIT, retrace=False), "is not necessary"),
        (dict(retrace=False, no_such=1), "no_such is not a valid argument for save"),
    ],
    ids=lambda v: v if isinstance(v, str) else None,
)
def test_warnings(options: dict, text: str, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    torch_tensorrt.save(two_as_graph(), tmp_path / "model.pt2", **options)
    assert text in caplog.text


def test_nothing_is_said_when_all_is_well(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled, x = compiled_model(dynamic=True), torch.randn(3, 4)
    pytorch = logging.getLogger("torch.export")
    monkeypatch.setattr(pytorch, "handlers", [*pytorch.handlers, caplog.handler])
    saved(compiled, tmp_path / "model.pt2", "exported_program", arg_inputs=[x])
    saved(compiled, tmp_path / "model.ts", "torchscript")
    saved(compiled, tmp_path / ("long" * 62 + ".ep"), "exported_program")(x)
    assert not [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def test_a_number_beside_dynamic_shapes(tmp_path: pathlib.Path) -> None:
    class Scales(torch.nn.Module):
        def forward(self, x: torch.Tensor, n: int) -> torch.Tensor:
            return (x * n).relu()

    exported = torch.export.export(Scales(), (X, 3), dynamic_shapes={"x": {0: BATCH_OF_TWO}, "n": None})
    compiled = torch_tensorrt.dynamo.compile(exported, arg_inputs=[X, 3], min_block_size=1)
    loaded = saved(compiled, tmp_path / "model.pt2", "exported_program")
    assert_same(loaded(X[:3], 3), Scales()(X[:3], 3))


# ---- what comes back ----


class Nested(torch.nn.Module):
    """Containers in and out, a keyword, a number."""

    def forward(self, pair, table, scale=2, *, mask=None):
        a, b = pair
        y = (a @ table["w"] + b).relu() * scale
        return {
            "y": y,
            "parts": [y.sum(0), (y.mean(),)],
            "masked": y if mask is None else y * mask,
            "n": 5,
            "nothing": None,
        }


NESTED_ARGS = ((torch.randn(3, 4), torch.randn(2)), {"w": torch.randn(4, 2)}, 3)
NESTED_KWARGS = {"mask": torch.tensor([[0.0, 1.0]])}


def test_loaded_in_a_new_process(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.pt2"
    torch_tensorrt.save(compiled_model(dynamic=True), path)
    calls = [(torch.randn(n, 4),) for n in (1, 3, 16)]
    assert_same(run_in_new_process(path, calls, tmp_path), [MODEL(x) for (x,) in calls])


def test_run_by_the_command_line(tmp_path: pathlib.Path, torchtrtc) -> None:
    path = tmp_path / "model.pt2"
    torch_tensorrt.save(compiled_model(dynamic=True), path)
    x = torch.randn(7, 4)
    assert_same(run_saved(torchtrtc, path, (x,), tmp_path / "npy"), [MODEL(x)])


def test_saved_twice_and_compiled_program_saved_again(tmp_path: pathlib.Path) -> None:
    first, second = tmp_path / "first.pt2", tmp_path / "second.pt2"
    torch_tensorrt.save(compiled_model(dynamic=True), first)
    program = torch_tensorrt.load(first)
    assert isinstance(program, torch.export.ExportedProgram)
    torch_tensorrt.save(program, second)
    x = torch.randn(5, 4)
    assert_same(torch_tensorrt.load(second).module()(x), MODEL(x))


def test_decomposed_and_exported_again() -> None:
    compiled = compiled_model(dynamic=True)
    x = torch.randn(5, 4)
    again = torch.export.export(compiled, (x,), dynamic_shapes=({0: Dim("n", min=1, max=16)},), strict=False)
    assert_same(again.module()(torch.randn(2, 4) * 0 + 1), MODEL(torch.ones(2, 4)))
    assert_same(again.run_decompositions().module()(x), MODEL(x))


def test_nested(tmp_path: pathlib.Path) -> None:
    exported = torch.export.export(Nested(), NESTED_ARGS, NESTED_KWARGS)
    compiled = torch_tensorrt.dynamo.compile(
        exported, arg_inputs=NESTED_ARGS, kwarg_inputs=NESTED_KWARGS, min_block_size=1
    )
    wanted = Nested()(*NESTED_ARGS, **NESTED_KWARGS)
    got = compiled(*NESTED_ARGS, **NESTED_KWARGS)
    assert torch.utils._pytree.tree_structure(got) == torch.utils._pytree.tree_structure(wanted)
    assert_same(got, wanted)
    path = tmp_path / "nested.pt2"
    torch_tensorrt.save(compiled, path)
    assert_same(torch_tensorrt.load(path).module()(*NESTED_ARGS, **NESTED_KWARGS), wanted)


def test_inputs_give_the_dynamic_shapes(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.pt2"
    spec = Input(min_shape=(1, 4), opt_shape=(3, 4), max_shape=(16, 4), name="x")
    compiled = torch_tensorrt.compile(MODEL, inputs=[spec], min_block_size=1)
    torch_tensorrt.save(compiled, path, arg_inputs=[spec])
    for n in (1, 9, 16):
        x = torch.randn(n, 4)
        assert_same(torch_tensorrt.load(path).module()(x), MODEL(x))


def test_state_dict_has_the_engine() -> None:
    compiled, other = compiled_model(), compiled_model()
    state = compiled.state_dict()
    assert any(key.endswith("engine") for key in state)
    other.load_state_dict(state)
    x = torch.randn(3, 4)
    assert_same(other(x), MODEL(x))


@pytest.mark.parametrize(("output_format", "wanted"), [("exported_program", "hello"), ("torchscript", b"hello")])
def test_extra_files(output_format: str, wanted: Any, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.pt2"
    torch_tensorrt.save(compiled_model(), path, output_format=output_format, extra_files={"note.txt": "hello"})
    files = {"note.txt": ""}
    torch_tensorrt.load(path, extra_files=files)
    assert files["note.txt"] == wanted


@pytest.mark.parametrize("protocol", [2, 4])
def test_pickle_protocol(protocol: int, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.pt2"
    torch_tensorrt.save(compiled_model(), path, pickle_protocol=protocol)
    with zipfile.ZipFile(path) as archive:
        examples = io.BytesIO(archive.read("model/data/sample_inputs/model.pt"))
    with zipfile.ZipFile(examples) as archive:
        (pickled,) = (archive.read(name) for name in archive.namelist() if name.endswith("data.pkl"))
    assert pickled[:2] == bytes([0x80, protocol])


# ---- what is refused ----


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        (dict(file_path=""), ValueError),
        (dict(output_format="onnx"), ValueError),
        (dict(output_format="executorch"), ImportError),
        (dict(output_format="aot_inductor", file_path="model.ts"), ValueError),
        (dict(arg_inputs=[3]), ValueError),
        (dict(inputs=[3]), TypeError),
        (dict(kwarg_inputs={"x": ["text"]}), TypeError),
        (dict(arg_inputs=[torch.ones(3, 4)], inputs=[torch.ones(3, 4)]), AssertionError),
        (dict(kwarg_inputs={"x": None}), ValueError),
        (dict(arg_inputs=[RANGE, torch.ones(3)]), ValueError),
        # The first in the documented order counts.
        (dict(arg_inputs=[3], inputs=[3], kwarg_inputs={"x": None}), ValueError),
        (dict(arg_inputs=[X], inputs=[X], kwarg_inputs={"x": None}, output_format="onnx"), AssertionError),
        (dict(inputs=[3], output_format="onnx", file_path=""), TypeError),
        (dict(output_format="executorch", file_path=""), ImportError),
    ],
    ids=str,
)
def test_refused(kwargs: dict, error: type, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.pt2"
    path.write_text("old")
    with pytest.raises(error):
        torch_tensorrt.save(compiled_model(), **{"file_path": path, **kwargs})
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["model.pt2"]


@pytest.mark.parametrize("output_format", ["exported_program", "torchscript"])
def test_a_graph_without_examples_needs_inputs(output_format: str, tmp_path: pathlib.Path) -> None:
    graph = torch.fx.symbolic_trace(MODEL)
    for options in ({}, {"arg_inputs": ()}, {"retrace": False}):
        with pytest.raises(ValueError, match="keeps no example inputs"):
            torch_tensorrt.save(graph, tmp_path / "model.pt2", output_format=output_format, **options)


def test_load_refuses(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.pt2"
    path.write_text("neither")
    with pytest.raises(ValueError, match="neither"):
        torch_tensorrt.load(path)
    with pytest.raises(ImportError):
        torch_tensorrt.load(path, format="executorch")
    with pytest.raises(ValueError):
        torch_tensorrt.load(path, format="onnx")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data/aotinductor/model/x.so", b"")
    with pytest.raises(ValueError, match="aoti_load_package"):
        torch_tensorrt.load(path)


def test_failing_export_leaves_the_old_file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.pt2"
    path.write_text("old")

    def fails(program, f, *, extra_files=None, pickle_protocol=2):
        pathlib.Path(f).write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(torch.export, "save", fails)
    with pytest.raises(OSError, match="disk full"):
        torch_tensorrt.save(compiled_model(), path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["model.pt2"]


def test_what_stands_at_the_path(tmp_path: pathlib.Path) -> None:
    compiled, pipe, link, target = compiled_model(), tmp_path / "pipe", tmp_path / "link.pt2", tmp_path / "target.pt2"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):  # renaming over them would take them away
        with pytest.raises(OSError, match="is no file"):
            torch_tensorrt.save(compiled, path)
    assert pipe.is_fifo()
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    torch_tensorrt.save(compiled, link)
    assert link.is_symlink() and target.stat().st_mode & 0o777 == 0o640
    x = torch.randn(3, 4)
    assert_same(torch_tensorrt.load(target).module()(x), MODEL(x))
    torch_tensorrt.save(compiled, tmp_path / ("n" * 250 + ".pt2"))
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".ttrt")]


def test_full_disk(tmp_path: pathlib.Path, torchtrtc) -> None:
    """A write beyond the limit of the process fails as one to a full disk does; the old file stays."""
    old, source = tmp_path / "old.pt2", tmp_path / "source.pt2"
    old.write_text("old")
    torch.export.save(torch.export.export(MODEL, (torch.randn(3, 4),)), source)
    tool = os.environ.get("TORCHTRTC") or str(ROOT / "build" / "torchtrtc")
    # The limit counts blocks of 512 or 1024 bytes; the signal for it is ignored, so that the call fails instead.
    script = f"trap '' XFSZ; ulimit -f 4; exec '{tool}' compile '{source}' -o '{old}'"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True)
    assert done.returncode == 1 and "cannot write" in done.stderr, done
    assert old.read_text() == "old" and sorted(os.listdir(tmp_path)) == ["old.pt2", "source.pt2"]
