"""save() and load(): what comes back, which calls are refused, and that a failure leaves an old file alone."""

import os
import pathlib
import subprocess

import pytest
import torch
from torch.export import Dim

import torch_tensorrt
from conftest import ROOT, assert_same, run_in_new_process, run_saved
from torch_tensorrt import Input

MODEL = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.GELU(), torch.nn.Linear(8, 2)).eval()


def compiled_model(dynamic: bool = False) -> torch.fx.GraphModule:
    shapes = ({0: Dim("batch", min=1, max=16)},) if dynamic else None
    exported = torch.export.export(MODEL, (torch.randn(3, 4),), dynamic_shapes=shapes)
    return torch_tensorrt.dynamo.compile(exported, arg_inputs=[torch.randn(3, 4)], min_block_size=1)


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


def test_extra_files(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.pt2"
    torch_tensorrt.save(compiled_model(), path, extra_files={"note.txt": "hello"})
    files = {"note.txt": ""}
    torch_tensorrt.load(path, extra_files=files)
    assert files["note.txt"] == "hello"


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        (dict(file_path=""), ValueError),
        (dict(output_format="onnx"), ValueError),
        (dict(output_format="executorch"), ImportError),
        (dict(output_format="torchscript"), NotImplementedError),
        (dict(output_format="aot_inductor"), NotImplementedError),
        (dict(arg_inputs=[3]), ValueError),
        (dict(arg_inputs=[torch.ones(3, 4)], inputs=[torch.ones(3, 4)]), AssertionError),
        (dict(kwarg_inputs={"x": None}), ValueError),
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


def test_modules_are_not_saved(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="nn.Module"):
        torch_tensorrt.save(MODEL, tmp_path / "model.pt2")
    program = torch.export.export(MODEL, (torch.randn(3, 4),))
    with pytest.raises(ValueError, match="torchscript"):
        torch_tensorrt.save(program, tmp_path / "model.pt2", output_format="torchscript")


def test_load_refuses(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.pt2"
    path.write_text("neither")
    with pytest.raises(ValueError, match="neither"):
        torch_tensorrt.load(path)
    with pytest.raises(ImportError):
        torch_tensorrt.load(path, format="executorch")
    with pytest.raises(ValueError):
        torch_tensorrt.load(path, format="onnx")


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
