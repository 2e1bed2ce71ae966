"""Engine tensorrt on a GPU against PyTorch: eager in a CUDA graph, and inductor (reduce-overhead), interleaved.

    CUDA_VISIBLE_DEVICES= python bench/python/bench_gpu.py build FOLDER [ROW ...]    plans, with no GPU
    python bench/python/bench_gpu.py run FOLDER [--seconds 3] [--no-inductor] [ROW ...]

`build` exports each row's model in float16 with seeded weights, compiles it whole for engine tensorrt and saves it as
FOLDER/ROW.pt2. `run` loads these in another process, compares with eager in float32, and times single calls in turn:
milliseconds on the GPU between two events around a call, the median and the best, and the ratio ours / the better peer.
"""

from __future__ import annotations

import argparse
import pathlib
import statistics
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

import torch_tensorrt

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "python"))
import programs  # noqa: E402


def _llama_1b() -> nn.Module:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=2048, intermediate_size=8192, num_hidden_layers=16, num_attention_heads=32,
        num_key_value_heads=8, head_dim=64, vocab_size=128256, max_position_embeddings=2048, tie_word_embeddings=True,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    return programs.Functional(model, lambda m, x: m(input_ids=x, use_cache=False).logits).eval()


def _program(name: str) -> Callable[[], nn.Module]:
    return lambda: programs.build(name, full=True).module


@dataclass(frozen=True)
class Row:
    make: Callable[[], nn.Module]
    example: Callable[[], torch.Tensor]


def _image(batch: int) -> Callable[[], torch.Tensor]:
    return lambda: torch.randn(batch, 3, 224, 224).half()


def _tokens(batch: int, length: int) -> Callable[[], torch.Tensor]:
    return lambda: torch.randint(0, 30000, (batch, length))


ROWS = {
    "resnet50_b1": Row(_program("resnet50"), _image(1)),
    "resnet50_b32": Row(_program("resnet50"), _image(32)),
    "vit_b16_b1": Row(_program("vit_b16"), _image(1)),
    "vit_b16_b32": Row(_program("vit_b16"), _image(32)),
    "bert_b1_s128": Row(_program("bert"), _tokens(1, 128)),
    "bert_b32_s128": Row(_program("bert"), _tokens(32, 128)),
    "gpt2_s512": Row(_program("gpt2"), _tokens(1, 512)),
    "llama1b_s512": Row(_llama_1b, _tokens(1, 512)),
    "llama1b_s1": Row(_llama_1b, _tokens(1, 1)),
    "mobilenet_v2_b1": Row(_program("mobilenet_v2"), _image(1)),
    "mlp8_b1": Row(_program("mlp8"), lambda: torch.randn(1, 1024).half()),
    "mlp8_b256": Row(_program("mlp8"), lambda: torch.randn(256, 1024).half()),
}


def model_and_example(name: str) -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    model = ROWS[name].make()
    torch.manual_seed(1)
    return model, ROWS[name].example()


def build(name: str, folder: pathlib.Path, use_fp32_acc: bool) -> str:
    model, x = model_and_example(name)
    start = time.perf_counter()
    exported = torch.export.export(model.half(), (x,))
    exporting = time.perf_counter() - start
    start = time.perf_counter()
    compiled = torch_tensorrt.dynamo.compile(
        exported, arg_inputs=[x], engine="tensorrt", require_full_compilation=True, use_fp32_acc=use_fp32_acc
    )
    building = time.perf_counter() - start
    torch_tensorrt.save(compiled, str(folder / f"{name}.pt2"), arg_inputs=[x])
    return f"exported in {exporting:.1f} s, built in {building:.1f} s"


# ---- timing ----


def graphed(call: Callable[[torch.Tensor], Any], x: torch.Tensor) -> Callable[[], Any]:
    """A CUDA graph of one call. Libraries make what they keep for a stream at their first call on it: not while it is
    captured."""
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(3):
            call(x)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=side):
        call(x)
    return graph.replay


def on_gpu_ms(call: Callable[[], Any]) -> float:
    before, after = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    before.record()
    call()
    after.record()
    after.synchronize()
    return before.elapsed_time(after)


def interleaved(calls: dict[str, Callable[[], Any]], seconds: float) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(5):
            call()
    torch.cuda.synchronize()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(next(iter(times.values()))) < 20:
        for name, call in calls.items():
            times[name].append(on_gpu_ms(call))
    return times


def error(got: torch.Tensor, wanted: torch.Tensor) -> float:
    return ((got.float() - wanted).abs().max() / wanted.abs().max()).item()


def run(name: str, folder: pathlib.Path, seconds: float, with_inductor: bool) -> str:
    model, x = model_and_example(name)
    x = x.cuda()
    model = model.half().cuda()
    wanted = model.float()(x.float() if x.is_floating_point() else x)
    model = model.half()
    start = time.perf_counter()
    ours = torch.export.load(str(folder / f"{name}.pt2")).module()
    got = ours(x)
    torch.cuda.synchronize()
    first = time.perf_counter() - start
    errors = error(got, wanted), error(model(x), wanted)
    calls: dict[str, Callable[[], Any]] = {"eager": graphed(model, x)}
    if with_inductor:
        compiled = torch.compile(model, mode="reduce-overhead")
        calls["inductor"] = lambda: compiled(x)
    calls["ours"] = lambda: ours(x)
    try:
        calls["ours, graphed"] = graphed(ours, x)
    except RuntimeError as e:
        print(f"{name}: no CUDA graph of ours: {str(e).splitlines()[0][:200]}", flush=True)
    times = interleaved(calls, seconds)
    median = {k: statistics.median(v) for k, v in times.items()}
    peer = min(median[k] for k in ("eager", "inductor") if k in median)
    best = min(median[k] for k in ("ours", "ours, graphed") if k in median)
    numbers = " | ".join(
        f"{median[k]:.3f}" if k in median else "-" for k in ("eager", "inductor", "ours", "ours, graphed")
    )
    return f"| {name} | {errors[0]:.1e} ({errors[1]:.1e}) | {first:.1f} | {numbers} | {best / peer:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["build", "run"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("rows", nargs="*", default=[], metavar="ROW")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--no-inductor", action="store_true")
    parser.add_argument("--use-fp32-acc", action="store_true", help="build: products of halves are summed in float32")
    options = parser.parse_intermixed_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_grad_enabled(False)
    if options.stage == "run":
        print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}\n")
        print("| row | error (eager's) | first call s | eager graphed ms | inductor | ours | ours graphed | ratio |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in options.rows or ROWS:
        try:
            if options.stage == "build":
                print(f"{name}: {build(name, options.folder, options.use_fp32_acc)}", flush=True)
            else:
                print(run(name, options.folder, options.seconds, not options.no_inductor), flush=True)
        except Exception:  # the next row still counts
            print(f"{name}: {traceback.format_exc(limit=-3)}", flush=True)
        torch._dynamo.reset()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
