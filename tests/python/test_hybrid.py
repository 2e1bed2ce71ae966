"""Programs with an operator that no engine takes: PyTorch runs that part; pure C refuses and says which."""

import json
import pathlib

import pytest
import torch

import torch_tensorrt
from conftest import assert_same, run_in_new_process


class Hybrid(torch.nn.Module):
    """Linear layers around a QR decomposition. Sizes cross the border in both directions."""

    def __init__(self) -> None:
        super().__init__()
        self.before = torch.nn.Sequential(
            torch.nn.Linear(8, 8), torch.nn.GELU(), torch.nn.Linear(8, 8), torch.nn.Tanh()
        )
        self.after = torch.nn.Sequential(
            torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4), torch.nn.Sigmoid()
        )

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y = self.before(x)
        q, r = torch.linalg.qr(y + 1)
        z = self.after(q @ r + y)
        return z.reshape(x.shape[0], -1, 2), r


DYNAMIC = {"x": {0: torch.export.Dim("batch", min=8, max=64)}}


def compile_hybrid(dynamic: bool, **options):
    model = Hybrid().eval()
    exported = torch.export.export(model, (torch.randn(12, 8),), dynamic_shapes=DYNAMIC if dynamic else None)
    return model, torch_tensorrt.dynamo.compile(exported, arg_inputs=[torch.randn(12, 8)], min_block_size=1, **options)


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("dynamic", [False, True])
def test_engines_around_pytorch(dynamic: bool, fast: bool) -> None:
    model, compiled = compile_hybrid(dynamic, use_fast_partitioner=fast)
    children = [name for name, _ in compiled.named_children()]
    assert sum("_run_on_acc" in name for name in children) == 2
    assert [name for name in children if "_run_on_gpu" in name] == (["_run_on_gpu_1"] if fast else [])
    for n in (8, 12, 64) if dynamic else (12,):
        x = torch.randn(n, 8)
        assert_same(compiled(x), model(x))


def test_saved(tmp_path: pathlib.Path) -> None:
    model, compiled = compile_hybrid(dynamic=True)
    path = tmp_path / "hybrid.pt2"
    torch_tensorrt.save(compiled, path)
    x = torch.randn(9, 8)
    assert_same(run_in_new_process(path, [(x,)], tmp_path), [model(x)])


def test_pure_c_refuses(tmp_path: pathlib.Path, torchtrtc) -> None:
    path = tmp_path / "hybrid.pt2"
    torch.export.save(torch.export.export(Hybrid().eval(), (torch.randn(12, 8),)), path)
    done = torchtrtc("compile", path, "-o", tmp_path / "out.pt2", check=False)
    assert done.returncode == 1
    assert "aten.linalg_qr.default" in done.stderr
    assert not (tmp_path / "out.pt2").exists()


def test_require_full_compilation() -> None:
    with pytest.raises(AssertionError, match="aten.linalg_qr.default"):
        compile_hybrid(dynamic=False, require_full_compilation=True)


@pytest.mark.parametrize("op", ["torch.ops.aten.tanh.default", "aten.tanh", torch.ops.aten.tanh.default])
def test_torch_executed_ops(op: object) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Tanh(), torch.nn.Linear(4, 4))
    x = torch.randn(3, 4)
    compiled = torch_tensorrt.compile(model, inputs=[x], min_block_size=1, torch_executed_ops={op})
    assert [name for name, _ in compiled.named_children()] == ["_run_on_acc_0", "_run_on_gpu_1", "_run_on_acc_2"]
    assert_same(compiled(x), model(x))


def test_too_little_stays_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    x = torch.randn(3)
    compiled = torch_tensorrt.compile(torch.nn.ReLU(), inputs=[x])
    assert not list(compiled.named_children())
    assert "fewer than min_block_size" in caplog.text
    assert_same(compiled(x), x.relu())


def test_nothing_is_compiled_with_infinite_min_block_size() -> None:
    x = torch.randn(3, 4)
    model = torch.nn.Sequential(*[torch.nn.Linear(4, 4) for _ in range(8)])
    compiled = torch_tensorrt.compile(model, inputs=[x], min_block_size=float("inf"))
    assert not any("_run_on_acc" in name for name, _ in compiled.named_children())
    assert_same(compiled(x), model(x))


def test_data_dependent_size_between_engines() -> None:
    class Selects(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = (x * 2 + 1).relu()
            kept = y[y > 1]
            return (kept * 3).tanh() + 1

    x = torch.randn(40)
    exported = torch.export.export(Selects(), (x,))
    compiled = torch_tensorrt.dynamo.compile(exported, arg_inputs=[x], min_block_size=1)
    for n in range(3):
        x = torch.randn(40) * n
        assert_same(compiled(x), Selects()(x))


def test_dryrun(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "report.txt"
    model, split = compile_hybrid(dynamic=True, dryrun=str(path))
    lines = path.read_text().splitlines()
    assert capsys.readouterr().out.splitlines() == lines
    assert "The graph consists of 16 Total Operators, of which 13 operators are supported, 81.25% coverage" in lines
    assert "    torch.ops.aten.linalg_qr.default: 1" in lines
    (node,) = (line for line in lines if line.startswith("    Node: torch.ops.aten.linalg_qr.default, with layer"))
    assert "no converter" in node and "test_hybrid.py" in node
    assert "    Inputs: List[Tensor: ((min=8, max=64), 8)@float32]" in lines
    at = lines.index("    TRT Engine #1 - Submodule name: _run_on_acc_0")
    assert lines[at + 2] == "        Number of Operators in Engine: 6"
    assert "    Most Operators in a TRT Engine: 7" in lines
    assert lines[-2:] == [
        "    - For minimal graph segmentation: min_block_size=7, 1 TRT engine(s)",
        "    - For the current graph segmentation: min_block_size=6, 2 TRT engine(s)",
    ]
    for n in (8, 12):
        x = torch.randn(n, 8)
        assert_same(split(x), model(x))
    compile_hybrid(dynamic=False, dryrun=str(path))
    assert path.read_text().splitlines() == lines and "is not written" in caplog.text


def test_dryrun_as_json(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "report.json"
    compile_hybrid(dynamic=False, dryrun=str(path), torch_executed_ops={torch.ops.aten.gelu.default})
    report = json.loads(path.read_text())
    reasons = {n["operator"]: n["reason"] for n in report["in_pytorch"]}
    assert reasons["torch.ops.aten.gelu.default"] == "in torch_executed_ops"
    assert "no converter" in reasons["torch.ops.aten.linalg_qr.default"]
    assert report["unsupported"] == {"torch.ops.aten.gelu.default": 1, "torch.ops.aten.linalg_qr.default": 1}
    assert [e["name"] for e in report["engines"]] == ["_run_on_acc_0", "_run_on_acc_2", "_run_on_acc_4"]
    assert report["inputs"] == [{"dtype": "float32", "shape": [12, 8]}]
    assert report["settings"]["torch_executed_ops"] == ["torch.ops.aten.gelu.default"]


def test_a_float_read_from_a_tensor_is_left_to_pytorch() -> None:
    class Scales(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = (x * 2 + 1).relu()
            return (y * y.sum().item() + 1).tanh() * 3

    x = torch.rand(3, 4)
    compiled = torch_tensorrt.dynamo.compile(torch.export.export(Scales(), (x,)), arg_inputs=[x], min_block_size=1)
    assert any("_run_on_acc" in name for name, _ in compiled.named_children())
    for _ in range(2):
        x = torch.rand(3, 4) * 0.1
        assert_same(compiled(x), Scales()(x))


def test_complex_numbers_are_left_to_pytorch() -> None:
    class Complex(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            z = torch.complex(x.tanh() * 2, x.relu() + 1) * (1 + 2j)
            return torch.view_as_real(z).exp() + 1, z

    model, x = Complex(), torch.randn(3, 4)
    compiled = torch_tensorrt.compile(model, inputs=[x], min_block_size=1)
    assert_same(list(compiled(x)), list(model(x)))
    names = [name for name, _ in compiled.named_children()]
    assert [name.rpartition("_")[0] for name in names].count("_run_on_acc") == 2, "before and after"


def test_custom_operator_is_left_to_pytorch() -> None:
    @torch.library.custom_op("ttrt_test::twice_and_size", mutates_args=())
    def twice(x: torch.Tensor, how: str) -> tuple[torch.Tensor, torch.Tensor]:
        return x * 2, x.sum(0)

    @twice.register_fake
    def _(x, how):
        return torch.empty_like(x), x.new_empty(x.shape[1:])

    class Custom(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            a, b = torch.ops.ttrt_test.twice_and_size(x + 1, "fast")
            return (a * b).relu() + 1

    x = torch.rand(3, 4)
    compiled = torch_tensorrt.dynamo.compile(torch.export.export(Custom(), (x,)), arg_inputs=[x], min_block_size=1)
    assert [name for name, _ in compiled.named_children()] == ["_run_on_acc_0", "_run_on_gpu_1", "_run_on_acc_2"]
    assert_same(compiled(x), Custom()(x))
