"""Half precision: models of that type, and float32 models whose products may use it."""

import math
import pathlib
from typing import Any

import pytest
import torch

import torch_tensorrt
from conftest import assert_same, run_saved
from torch_tensorrt.dynamo.utils import cosine_similarity


class Block(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = torch.nn.LayerNorm(32)
        self.attention = torch.nn.MultiheadAttention(32, 4, batch_first=True)
        self.mlp = torch.nn.Sequential(torch.nn.Linear(32, 64), torch.nn.GELU(), torch.nn.Linear(64, 32))

    def forward(self, x):
        y = self.norm(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.norm(x))


class Convolutions(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = torch.nn.Sequential(
            torch.nn.Conv2d(3, 16, 3, padding=1),
            torch.nn.BatchNorm2d(16),
            torch.nn.ReLU(),
            torch.nn.Conv2d(16, 8, 3, groups=2),
        )

    def forward(self, x):
        return self.net(x).mean((-1, -2))


MODELS = {"block": (Block, (2, 7, 32)), "convolutions": (Convolutions, (2, 3, 12, 12))}
LOW = [torch.float16, torch.bfloat16]


@pytest.mark.parametrize("low", LOW, ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_model_of_that_type(name: str, low: torch.dtype) -> None:
    make, shape = MODELS[name]
    model = make().eval()
    exact, x = model(torch.randn(shape)), torch.randn(shape)
    exact = model(x)
    half = model.to(low)
    program = torch.export.export(half, (x.to(low),))
    compiled = torch_tensorrt.dynamo.compile(
        program, arg_inputs=[x.to(low)], min_block_size=1, require_full_compilation=True
    )
    got, eager = compiled(x.to(low)), half(x.to(low))
    assert got.dtype == low
    ours, theirs = (got.float() - exact).abs().max().item(), (eager.float() - exact).abs().max().item()
    assert ours <= 2 * theirs + 1e-3, f"{ours:.3g} from the float32 result; eager {theirs:.3g}"


@pytest.mark.parametrize("low", LOW, ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_products_may_use_it(name: str, low: torch.dtype) -> None:
    make, shape = MODELS[name]
    model, x = make().eval(), torch.randn(shape)
    compiled = torch_tensorrt.compile(model, inputs=[x], enabled_precisions={torch.float32, low}, min_block_size=1)
    got, wanted = compiled(x), model(x)
    assert got.dtype == torch.float32
    assert cosine_similarity(wanted, got) > 0.999
    assert_same(got, wanted, 0.03)


def test_float64() -> None:
    model, x = Block().eval().double(), torch.randn(2, 7, 32, dtype=torch.float64)
    compiled = torch_tensorrt.compile(model, inputs=[x], min_block_size=1)
    assert_same(compiled(x), model(x))


@pytest.mark.parametrize(
    "option", [{"precision": torch.float16}, {"enable_autocast": True, "autocast_low_precision_type": torch.bfloat16}]
)
def test_other_ways_to_say_it(option: dict) -> None:
    model, x = Block().eval(), torch.randn(2, 7, 32)
    assert_same(torch_tensorrt.compile(model, inputs=[x], min_block_size=1, **option)(x), model(x), 0.03)


class Two(torch.nn.Module):
    """Two products of values that only float32 holds as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = torch.nn.Linear(8, 8, bias=False), torch.nn.Linear(8, 4, bias=False)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.first(x), self.second(x * 3)


class Counts(Two):
    """Counts its calls in a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        self.calls.add_(1)
        return super().forward(x)


def exact(module: Any, model: torch.nn.Module, x: torch.Tensor) -> list[bool]:
    """Which results are those of float32."""
    return [torch.allclose(a, b, rtol=1e-5, atol=1e-6) for a, b in zip(module(x), model(x), strict=True)]


AUTOCAST = dict(enable_autocast=True, autocast_low_precision_type=torch.bfloat16, min_block_size=1)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, [False, False]),
        ({"autocast_excluded_nodes": {"^first$"}}, [True, False]),
        ({"autocast_excluded_nodes": {"f", "^seco"}}, [True, True]),
        ({"autocast_excluded_nodes": {"irst"}}, [False, False]),
        ({"autocast_excluded_ops": {torch.ops.aten.linear.default}}, [True, True]),
        ({"autocast_excluded_ops": {"aten.linear"}}, [True, True]),
        ({"autocast_excluded_ops": {"torch.ops.aten.mul.Tensor"}}, [False, False]),
        ({"autocast_max_depth_of_reduction": 7}, [True, True]),
        ({"autocast_max_depth_of_reduction": 8}, [False, False]),
    ],
    ids=str,
)
def test_products_that_stay_float32(options: dict[str, Any], wanted: list[bool]) -> None:
    model, x = Two().eval(), torch.randn(3, 8)
    compiled = torch_tensorrt.compile(model, inputs=[x], **AUTOCAST, **options)
    assert exact(compiled, model, x) == wanted
    engine = torch_tensorrt.convert_method_to_trt_engine(model, inputs=[x], engine="cpu", **AUTOCAST, **options)
    assert exact(torch_tensorrt.runtime.TorchTensorRTModule(engine), model, x) == wanted
    torch._dynamo.reset()
    jit = torch.compile(model, backend="torch_tensorrt", options={**AUTOCAST, **options})
    assert exact(jit, model, x) == wanted


def test_the_command_line(tmp_path: pathlib.Path, torchtrtc: Any) -> None:
    model, x = Two().eval(), torch.randn(3, 8)
    torch.export.save(torch.export.export(model, (x,)), tmp_path / "two.pt2")
    low = tmp_path / "low.pt2"
    options = ["--engine", "cpu", "--precision", "bfloat16"]
    for names, wanted in (([], [False, False]), (["linear_1"], [False, True]), (["linear", "linear_1"], [True, True])):
        nodes = [text for name in names for text in ("--float32-node", name)]
        torchtrtc("compile", tmp_path / "two.pt2", "-o", low, *options, *nodes)
        assert exact(lambda x: run_saved(torchtrtc, low, (x,), tmp_path / "run"), model, x) == wanted
        low.unlink()
    done = torchtrtc("compile", tmp_path / "two.pt2", "-o", low, *options, "--float32-node", "linear_9")
    assert "the program has no node 'linear_9'" in done.stderr


def test_depth_of_products() -> None:
    from torch_tensorrt.dynamo._autocast import _depth

    class All(torch.nn.Module):
        def forward(self, image, weight, a, b, q, k):
            return (
                torch.nn.functional.conv2d(image, weight),
                torch.addmm(a[0], a, b),
                torch.bmm(a[None], b[None]),
                torch.nn.functional.scaled_dot_product_attention(q, k, k),
                a.relu(),
            )

    r = torch.randn
    args = (r(1, 6, 5, 5), r(4, 6, 3, 2), r(3, 7), r(7, 7), r(1, 2, 4, 16), r(1, 2, 32, 16))
    gm = torch.export.export(All(), args).module(check_guards=False)
    depths = {n.target._schema.name: _depth(gm, n) for n in gm.graph.nodes if hasattr(n.target, "_schema")}
    wanted = {"conv2d": 36, "addmm": 7, "bmm": 7, "scaled_dot_product_attention": 32, "relu": 0}
    assert {name: depths[f"aten::{name}"] for name in wanted} == wanted


def test_depth_of_products_with_one_tensor_in_several_places() -> None:
    from torch_tensorrt.dynamo._autocast import _depth

    class All(torch.nn.Module):
        def forward(self, x, a, b):
            return (
                torch.nn.functional.scaled_dot_product_attention(x, x, x),
                torch.addmm(a, a, a),
                torch.baddbmm(b, b, b),
            )

    gm = torch.export.export(All(), (torch.randn(1, 2, 32, 16), torch.randn(6, 6), torch.randn(3, 5, 5))).module(
        check_guards=False
    )
    depths = {n.target._schema.name: _depth(gm, n) for n in gm.graph.nodes if hasattr(n.target, "_schema")}
    wanted = {"scaled_dot_product_attention": 32, "addmm": 6, "baddbmm": 5}
    assert {name: depths[f"aten::{name}"] for name in wanted} == wanted


R = torch.randn
PRODUCTS: dict[str, tuple[Any, tuple[torch.Tensor, ...], int]] = {
    "conv_transpose": (torch.nn.ConvTranspose2d(6, 4, 3), (R(1, 6, 5, 5),), 54),
    "conv_transpose, groups": (torch.nn.ConvTranspose1d(6, 4, 3, groups=2), (R(1, 6, 5),), 9),
    "convolution": (
        lambda x, w: torch.convolution(x, w, None, [1], [0], [1], False, [0], 1),
        (R(1, 6, 5), R(4, 6, 3)),
        18,
    ),
    "convolution, transposed": (
        lambda x, w: torch.convolution(x, w, None, [1], [0], [1], True, [0], 2),
        (R(1, 6, 5), R(6, 4, 3)),
        9,
    ),
    "einsum": (lambda a, b: torch.einsum("bij, bjk -> ik", a, b), (R(2, 3, 5), R(2, 5, 7)), 10),
    "einsum, implicit": (lambda a, b: torch.einsum("ij,jk", a, b), (R(3, 5), R(5, 7)), 5),
    "einsum, ellipsis": (lambda a, b: torch.einsum("...ij,...jk->...ik", a, b), (R(9, 3, 5), R(9, 5, 7)), 5),
    "addbmm": (torch.addbmm, (R(3, 7), R(2, 3, 5), R(2, 5, 7)), 10),
    "tensordot": (lambda a, b: torch.tensordot(a, b, 2), (R(2, 3, 5), R(3, 5, 7)), 15),
    "vecdot": (lambda a, b: torch.linalg.vecdot(a, b, dim=0), (R(3, 5), R(3, 5)), 3),
    "lstm": (torch.nn.LSTM(5, 7), (R(4, 2, 5),), 7),
    "gru": (torch.nn.GRU(9, 7), (R(4, 2, 9),), 9),
    "lstm, projected": (torch.nn.LSTM(3, 8, proj_size=5), (R(4, 2, 3),), 8),
    "gru_cell": (torch.nn.GRUCell(5, 7), (R(2, 5),), 7),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_depth_of_a_product(name: str) -> None:
    from torch_tensorrt.dynamo._autocast import _depth

    fn, args, wanted = PRODUCTS[name]

    class Product(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = fn

        def forward(self, *args):
            return self.inner(*args)

    gm = torch.export.export(Product().eval(), args).module(check_guards=False)
    assert [d for d in (_depth(gm, n) for n in gm.graph.nodes) if d] == [wanted]


def test_calibration_that_fails_changes_no_buffer() -> None:
    model, x = Counts().eval(), torch.randn(3, 8)
    program = torch.export.export(model, (x,))
    batches = [(x,), (torch.randn(3, 9),)]
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        torch_tensorrt.dynamo.compile(program, [x], autocast_calibration_dataloader=batches, **AUTOCAST)
    assert not model.calls.any() and not any(buffer.any() for buffer in program.buffers())


@pytest.mark.parametrize("order", [[1.0, math.nan], [math.nan, 1.0]])
def test_calibration_takes_nan_for_large(order: list[float]) -> None:
    from torch_tensorrt.dynamo._autocast import _magnitudes

    gm = torch.export.export(torch.nn.ReLU(), (torch.ones(2),)).module(check_guards=False)
    assert _magnitudes(gm, [(torch.full((2,), v),) for v in order])["relu"] == math.inf
    assert _magnitudes(gm, [(torch.tensor([-math.inf, math.nan]),)])["relu"] == math.inf


def test_calibration() -> None:
    model, x = Counts().eval(), torch.randn(3, 8)
    with torch.no_grad():
        for layer, scale in ((model.first, 1.0), (model.second, 1000.0)):
            layer.weight.mul_(scale)
    options = {**AUTOCAST, "autocast_calibration_dataloader": [(x,), (x * 2,)]}
    program = torch.export.export(model, (x,))
    for threshold, wanted in ((1.0, [True, True]), (100.0, [False, True]), (1e9, [False, False])):
        compiled = torch_tensorrt.dynamo.compile(program, [x], autocast_max_output_threshold=threshold, **options)
        assert not compiled.calls.any(), "calibration changes no buffers"
        assert exact(compiled, Two.forward.__get__(model), x) == wanted
        compiled.calls.zero_()
    without = torch_tensorrt.dynamo.compile(program, [x], autocast_max_output_threshold=1.0, **AUTOCAST)
    assert exact(without, Two.forward.__get__(model), x) == [False, False]
