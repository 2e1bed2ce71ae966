"""Engine tensorrt inside PyTorch on a GPU: results against eager, streams, threads, CUDA graphs, devices, errors,
memory. Not run where there is no GPU, or no TensorRT library that runs on it.

    python -m pytest tests/gpu
"""

from __future__ import annotations

import gc
import json
import os
import pathlib
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import torch
from torch import nn

os.environ.setdefault("TTRT_CACHE_DIR", str(pathlib.Path("/tmp") / f"torchtrt-gpu-{os.getpid()}"))
import torch_tensorrt  # noqa: E402
from torch_tensorrt import _lib  # noqa: E402


def _missing() -> str:
    if not torch.cuda.is_available():
        return "no GPU"
    state = {e["name"]: e for e in _lib.doctor()["engines"]}["tensorrt"]
    return "" if state["works"] else state["reason"]


pytestmark = [pytest.mark.gpu, pytest.mark.skipif(bool(_missing()), reason=_missing() or "all is there")]

# Products may be in TF32 or half precision, in another order.
TOLERANCE = {torch.float32: 5e-3, torch.float16: 1e-2, torch.bfloat16: 6e-2}


class MLP(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(32, 64), nn.Linear(64, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.b(torch.relu(self.a(x)) * 0.5))


class Block(nn.Module):
    """A transformer's block, with a dynamic length."""

    def __init__(self, width: int = 64, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm, self.up, self.down = nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in self.qkv(self.norm(x)).chunk(3, -1))
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        x = x + self.out(y)
        return x + self.down(nn.functional.gelu(self.up(x)))


class Conv(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.bn, self.b = nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.Conv2d(16, 8, 3, stride=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.max_pool2d(torch.relu(self.b(torch.relu(self.bn(self.a(x))))), 2)


def make(kind: type[nn.Module], dtype: torch.dtype = torch.float32) -> nn.Module:
    torch.manual_seed(0)
    return kind().eval().to("cuda", dtype)


def compiled_mlp(dtype: torch.dtype = torch.float32, most: int = 16) -> tuple[nn.Module, nn.Module]:
    model = make(MLP, dtype)
    shape = torch_tensorrt.Input(min_shape=(1, 32), opt_shape=(4, 32), max_shape=(most, 32), dtype=dtype)
    return model, torch_tensorrt.compile(model, arg_inputs=[shape], min_block_size=1, engine="tensorrt")


@pytest.fixture(scope="module")
def mlp() -> Iterator[tuple[nn.Module, nn.Module]]:
    yield compiled_mlp()


def engines_of(module: nn.Module) -> list[torch_tensorrt.runtime.TorchTensorRTModule]:
    return [m for m in module.modules() if isinstance(m, torch_tensorrt.runtime.TorchTensorRTModule)]


def check(got: torch.Tensor, wanted: torch.Tensor) -> None:
    assert got.device == wanted.device and got.dtype == wanted.dtype and got.shape == wanted.shape
    scale = wanted.float().abs().max().clamp(min=1e-6)
    error = ((got.float() - wanted.float()).abs().max() / scale).item()
    assert error <= TOLERANCE[wanted.dtype], error


# ---- results ----


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("kind", [MLP, Block, Conv], ids=lambda k: k.__name__)
def test_against_eager(kind: type[nn.Module], dtype: torch.dtype) -> None:
    model = make(kind, dtype)
    shapes = {MLP: [(1, 32), (4, 32), (16, 32)], Block: [(2, 1, 64), (2, 24, 64), (2, 128, 64)]}
    shapes[Conv] = [(1, 3, 33, 40), (2, 3, 33, 40), (8, 3, 33, 40)]
    low, mid, high = shapes[kind]
    given = torch_tensorrt.Input(min_shape=low, opt_shape=mid, max_shape=high, dtype=dtype)
    compiled = torch_tensorrt.compile(model, arg_inputs=[given], min_block_size=1, engine="tensorrt")
    assert engines_of(compiled)
    for shape in (mid, low, high, mid):
        x = torch.randn(shape, device="cuda", dtype=dtype)
        check(compiled(x), model(x))


def test_strides(mlp: tuple[nn.Module, nn.Module]) -> None:
    model, compiled = mlp
    wide = torch.randn(8, 40, device="cuda")
    for x in (wide[:, 3:35], torch.randn(32, 8, device="cuda").t(), torch.randn(1, 32, device="cuda").expand(5, 32)):
        check(compiled(x), model(x.contiguous()))
    flat = torch.randn(4 * 32 + 1, device="cuda")
    check(compiled(flat[1:].view(4, 32)), model(flat[1:].clone().view(4, 32)))  # not aligned


def test_saved_and_loaded(mlp: tuple[nn.Module, nn.Module], tmp_path: pathlib.Path) -> None:
    model, compiled = mlp
    path = tmp_path / "mlp.pt2"
    x = torch.randn(4, 32, device="cuda")
    torch_tensorrt.save(compiled, path, arg_inputs=[x])
    torch.save({"x": x, "y": model(x)}, tmp_path / "data.pt")
    program = (
        "import sys, torch, torch_tensorrt\n"
        "d = torch.load(sys.argv[2])\n"
        "y = torch.export.load(sys.argv[1]).module()(d['x'])\n"
        "assert y.is_cuda\n"
        "torch.testing.assert_close(y, d['y'], rtol=0, atol=5e-3 * float(d['y'].abs().max()))\n"
    )
    subprocess.run([sys.executable, "-c", program, path, tmp_path / "data.pt"], check=True)


def test_the_engine_may_lie_on_the_gpu(mlp: tuple[nn.Module, nn.Module]) -> None:
    """As the constant of a program that was moved there: found by its address from the second call on."""
    model, compiled = mlp
    module = engines_of(compiled)[0]
    engine, x = module.engine.cuda(), torch.randn(4, 32, device="cuda")
    for _ in range(3):
        check(torch.ops.tensorrt.execute_engine.default([x], engine, module.signature)[0], model(x))


# ---- devices ----


def test_host_tensors_are_moved_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    model, compiled = compiled_mlp()
    engines_of(compiled)[0].name = "told_once"
    x = torch.randn(4, 32)
    with caplog.at_level("WARNING", logger="torch_tensorrt"):
        for _ in range(3):
            check(compiled(x), model(x.cuda()))
    assert sum("told_once runs on cuda:0" in record.getMessage() for record in caplog.records) == 1


def test_the_engine_stays_in_host_memory(mlp: tuple[nn.Module, nn.Module]) -> None:
    module = engines_of(mlp[1])[0]
    assert module.cuda().engine.device.type == "cpu"
    assert module.to("cuda").engine.device.type == "cpu"


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="one GPU")
def test_on_the_second_gpu() -> None:
    model, compiled = compiled_mlp()
    x = torch.randn(4, 32)
    check(compiled(x.to("cuda:0")), model(x.to("cuda:0")))
    module = engines_of(compiled)[0]
    assert module(x.to("cuda:1")).device.index == 1


# ---- streams, threads, graphs ----


def test_current_stream(mlp: tuple[nn.Module, nn.Module]) -> None:
    """What is enqueued before and behind the engine on the same stream is in order, without waiting."""
    model, compiled = mlp
    stream = torch.cuda.Stream()
    big = torch.randn(4096, 4096, device="cuda")
    for _ in range(20):
        x = torch.randn(8, 32, device="cuda")
        wanted = model(x + 1)
        torch.cuda.synchronize()
        with torch.cuda.stream(stream):
            for _ in range(4):
                big @ big  # the stream is busy for a while
            got = compiled(x + 1) * 2
        stream.synchronize()
        check(got, wanted * 2)


def test_alternating_streams(mlp: tuple[nn.Module, nn.Module]) -> None:
    model, compiled = mlp
    streams = [torch.cuda.default_stream(), torch.cuda.Stream(), torch.cuda.Stream()]
    xs = [torch.randn(1 + i % 16, 32, device="cuda") for i in range(60)]
    torch.cuda.synchronize()
    results = []
    for i, x in enumerate(xs):
        with torch.cuda.stream(streams[i % 3]):
            results.append(compiled(x))
    torch.cuda.synchronize()
    for x, got in zip(xs, results, strict=True):
        check(got, model(x))


def test_threads(mlp: tuple[nn.Module, nn.Module]) -> None:
    model, compiled = mlp
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            generator = torch.Generator(device="cuda").manual_seed(seed)
            with torch.cuda.stream(torch.cuda.Stream() if seed % 2 else torch.cuda.default_stream()):
                for i in range(100):
                    x = torch.randn(1 + (i + seed) % 16, 32, device="cuda", generator=generator)
                    check(compiled(x), model(x))
        except BaseException as e:
            failures.append(e)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures, failures[0]


@pytest.mark.parametrize("mode", ["global", "thread_local", "relaxed"])
def test_recorded_into_a_graph(mode: str) -> None:
    model, compiled = compiled_mlp()
    torch_tensorrt.runtime.set_dynamic_shapes_kernel_strategy(compiled, "none")
    try:
        x = torch.randn(8, 32, device="cuda")
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            for _ in range(3):
                compiled(x)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=side, capture_error_mode=mode):
            y = compiled(x)
        for _ in range(5):
            x.copy_(torch.randn_like(x))
            compiled(torch.randn(16, 32, device="cuda"))  # another run does not disturb it
            graph.replay()
            check(y, model(x))
    finally:
        torch_tensorrt.runtime.set_dynamic_shapes_kernel_strategy(compiled, "lazy")


def test_tensorrts_own_graphs(mlp: tuple[nn.Module, nn.Module]) -> None:
    model, compiled = mlp
    with torch_tensorrt.runtime.enable_cudagraphs(compiled) as fast:
        assert torch_tensorrt.runtime.get_cudagraphs_mode()
        for i in range(20):
            x = torch.randn(1 + i // 5, 32, device="cuda")
            check(fast(x), model(x))
    assert not torch_tensorrt.runtime.get_cudagraphs_mode()


# ---- errors: each names what is wrong, and all goes on afterwards ----


def test_errors(mlp: tuple[nn.Module, nn.Module]) -> None:
    model, compiled = mlp
    module = engines_of(compiled)[0]
    op = torch.ops.tensorrt.execute_engine.default

    def run(x: torch.Tensor) -> object:
        return op([x], module.engine, module.signature)

    cases = [
        (lambda: run(torch.randn(4, 32)), "is in host memory"),
        (lambda: run(torch.randn(17, 32, device="cuda")), "dimension 0 is 17"),
        (lambda: run(torch.randn(4, 31, device="cuda")), "dimension 1 is 31"),
        (lambda: run(torch.randn(4, 32, device="cuda").half()), "is float16"),
        (lambda: run(torch.randn(32, device="cuda")), "rank"),
        (lambda: op([], module.engine, module.signature), "0 inputs given"),
        (lambda: op([torch.randn(4, 32, device="cuda")], module.engine[:-1].clone(), ""), "truncated|bytes"),
    ]
    for call, text in cases:
        with pytest.raises(RuntimeError, match=text):
            call()
        x = torch.randn(4, 32, device="cuda")
        check(compiled(x), model(x))


def test_out_of_memory_is_told() -> None:
    model, compiled = compiled_mlp(most=1 << 26)
    rows = 1 << 26  # the output alone takes 4 GiB, the input 8
    free, _total = torch.cuda.mem_get_info()
    hog = torch.empty(max(free - (9 << 30), 0), dtype=torch.uint8, device="cuda")
    try:
        x = torch.empty(rows, 32, device="cuda")
        with pytest.raises(RuntimeError, match="memory"):
            compiled(x)
    finally:
        del hog
        x = torch.randn(4, 32, device="cuda")
        torch.cuda.empty_cache()
    check(compiled(x), model(x))


# ---- memory ----


def test_memory_is_flat(mlp: tuple[nn.Module, nn.Module]) -> None:
    _model, compiled = mlp
    x = torch.randn(16, 32, device="cuda")
    for _ in range(50):
        compiled(x)
    torch.cuda.synchronize()
    before = torch.cuda.mem_get_info()[0], torch.cuda.memory_allocated()
    for i in range(10_000):
        compiled(x[: 1 + i % 16])
    torch.cuda.synchronize()
    after = torch.cuda.mem_get_info()[0], torch.cuda.memory_allocated()
    assert before[0] - after[0] < 16 << 20 and before[1] == after[1], (before, after)


def test_engines_go_away() -> None:
    model = make(MLP)
    shape = torch_tensorrt.Input((4, 32), dtype=torch.float32)
    x = torch.randn(4, 32, device="cuda")
    free = 0
    for i in range(12):
        module = torch_tensorrt.compile(model, arg_inputs=[shape], min_block_size=1, engine="tensorrt")
        module(x)
        del module
        gc.collect()
        torch.cuda.synchronize()
        if i == 3:
            free = torch.cuda.mem_get_info()[0]
    assert free - torch.cuda.mem_get_info()[0] < 64 << 20


def test_facts_tell_the_plan(mlp: tuple[nn.Module, nn.Module]) -> None:
    facts = json.loads(engines_of(mlp[1])[0].get_layer_info())
    assert facts["engine"] == "tensorrt" and facts["device"] == "cuda" and facts["steps"]["plan_bytes"] > 0
