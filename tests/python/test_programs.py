"""The nine programs: one engine each, as good as eager at every size: compiled in Python and run there, saved and
loaded elsewhere, run by torchtrtc, and compiled by torchtrtc from the exported file."""

import pathlib

import pytest
import torch

import torch_tensorrt
from conftest import assert_same, run_in_new_process, run_saved, skip_before
from programs import PROGRAMS, Program, build

FULL = pytest.mark.full
SIZES = [pytest.param(False, id="small"), pytest.param(True, id="full", marks=FULL)]
# Which dimensions, and whether PyTorch has decomposed the program.
FORMS = [
    pytest.param("static", False, id="static"),
    pytest.param("dynamic", False, id="dynamic"),
    pytest.param("dynamic", True, id="dynamic-decomposed"),
    pytest.param("static", True, id="static-decomposed", marks=FULL),
]


def export_dynamic(name: str, program: Program) -> torch.export.ExportedProgram:
    if name == "llama160m":
        skip_before("2.11", "it cannot decide which of 6 * length and 12 * length is less")
    return torch.export.export(program.module, program.args, dynamic_shapes=program.dynamic_shapes)


def export(name: str, program: Program, shapes: str, decomposed: bool) -> torch.export.ExportedProgram:
    if shapes == "dynamic":
        exported = export_dynamic(name, program)
    else:
        exported = torch.export.export(program.module, program.args)
    if not decomposed:
        return exported
    try:
        return exported.run_decompositions()
    except (RuntimeError, ValueError) as e:  # PyTorch's own: a view of attention's output under a dynamic batch
        pytest.skip(f"run_decompositions: {e}")


def check_file(path: pathlib.Path, calls: list, wanted: list, elsewhere: bool, folder: pathlib.Path, torchtrtc) -> None:
    """A compiled file gives what is wanted: by torchtrtc, and in PyTorch, of a new process where `elsewhere`."""
    for i, args in enumerate(calls):
        assert_same(run_saved(torchtrtc, path, args, folder / f"npy{i}"), wanted[i])
    if elsewhere:
        got = run_in_new_process(path, calls, folder)
    else:
        module = torch.export.load(path).module()
        got = [module(*args) for args in calls]
    for result, want in zip(got, wanted, strict=True):
        assert_same(result, want)


@pytest.mark.parametrize("full", SIZES)
@pytest.mark.parametrize(("shapes", "decomposed"), FORMS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str, shapes: str, decomposed: bool, full: bool, tmp_path: pathlib.Path, torchtrtc) -> None:
    program = build(name, full)
    exported = export(name, program, shapes, decomposed)
    calls = [program.args, *(program.others if shapes == "dynamic" else [])]
    wanted = [program.module(*args) for args in calls]
    elsewhere = full or (name == "minilm" and shapes == "static")  # starting Python takes seconds

    compiled = torch_tensorrt.dynamo.compile(exported, arg_inputs=program.args)
    assert [child for child, _ in compiled.named_children()] == ["_run_on_acc_0"]
    for args, want in zip(calls, wanted, strict=True):
        assert_same(compiled(*args), want)

    by_python, source, by_c = (tmp_path / f"{what}.pt2" for what in ("python", "source", "c"))
    torch_tensorrt.save(compiled, by_python)
    check_file(by_python, calls, wanted, elsewhere, tmp_path, torchtrtc)

    torch.export.save(exported, source)
    torchtrtc("compile", source, "-o", by_c)
    check_file(by_c, calls, wanted, elsewhere, tmp_path, torchtrtc)


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_program_needs_decompositions(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch's run_decompositions() takes longer than all of compiling."""

    def fails(*_: object) -> None:
        raise AssertionError("run_decompositions() was called")

    program = build(name)
    exported = export_dynamic(name, program)
    monkeypatch.setattr(torch.export.ExportedProgram, "run_decompositions", fails)
    torch_tensorrt.dynamo.compile(exported, arg_inputs=program.args)
