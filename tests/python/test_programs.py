"""The nine programs: one engine each, as good as eager at every size, also when saved, loaded elsewhere, and run by
torchtrtc."""

import pathlib

import pytest
import torch

import torch_tensorrt
from conftest import assert_same, run_in_new_process, run_saved
from programs import PROGRAMS, Program, build

SIZES = [pytest.param(False, id="small"), pytest.param(True, id="full", marks=pytest.mark.full)]
WAYS = ["static", "dynamic", "decomposed"]


def export(program: Program, way: str) -> torch.export.ExportedProgram:
    shapes = None if way == "static" else program.dynamic_shapes
    exported = torch.export.export(program.module, program.args, dynamic_shapes=shapes)
    if way != "decomposed":
        return exported
    try:
        return exported.run_decompositions()
    except (RuntimeError, ValueError) as e:  # PyTorch's own: a view of attention's output under a dynamic batch
        pytest.skip(f"run_decompositions: {e}")


@pytest.mark.parametrize("full", SIZES)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str, way: str, full: bool, tmp_path: pathlib.Path, torchtrtc) -> None:
    program = build(name, full)
    exported = export(program, way)
    compiled = torch_tensorrt.dynamo.compile(exported, arg_inputs=program.args)
    assert [child for child, _ in compiled.named_children()] == ["_run_on_acc_0"]
    for args in [program.args] + (program.others if way != "static" else []):
        assert_same(compiled(*args), program.module(*args))

    path = tmp_path / "program.pt2"
    torch_tensorrt.save(compiled, path)
    args = program.others[2] if way != "static" else program.args
    wanted = program.module(*args)
    assert_same(run_saved(torchtrtc, path, args, tmp_path / "npy"), wanted)
    if full or name in ("minilm", "resnet50"):  # starting Python takes seconds
        assert_same(run_in_new_process(path, args, tmp_path), wanted)
    else:
        assert_same(torch.export.load(path).module()(*args), wanted)
