"""Half precision: models of that type, and float32 models whose products may use it."""

import pytest
import torch

import torch_tensorrt
from conftest import assert_same
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
