"""Several threads compile and run at once."""

from __future__ import annotations

import logging
import pathlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch import nn

import torch_tensorrt
from conftest import assert_same
from torch_tensorrt import Input
from torch_tensorrt import logging as levels


class Net(nn.Module):
    """Another graph for each `kind`."""

    def __init__(self, kind: int) -> None:
        super().__init__()
        self.kind = kind
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(2 + kind))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x).relu() if self.kind % 2 else torch.tanh(layer(x))
        return x * self.kind + 1


def at_once(n: int, fn: Callable[[int], Any]) -> list[Any]:
    """fn(0), fn(1), ... in as many threads, which start together."""
    start = threading.Barrier(n)

    def run(i: int) -> Any:
        start.wait()
        with torch.no_grad():  # a thread has its own
            return fn(i)

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


def test_modules_are_compiled_and_run_at_once() -> None:
    spec = Input(min_shape=(1, 8), opt_shape=(4, 8), max_shape=(32, 8))

    def work(i: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        results = []
        for round in range(3):
            model = Net(i + round).eval()
            compiled = torch_tensorrt.compile(model, inputs=[spec], min_block_size=1)
            for n in (1, 7, 32):
                x = torch.randn(n, 8)
                results.append((compiled(x), model(x)))
        return results

    for results in at_once(2, work):
        assert len(results) == 9
        for got, wanted in results:
            assert_same(got, wanted)


def test_programs_are_saved_and_loaded_at_once(tmp_path: pathlib.Path) -> None:
    x = torch.randn(3, 8)

    def work(i: int) -> tuple[torch.Tensor, torch.Tensor]:
        model = Net(i).eval()
        path = tmp_path / f"{i}.pt2"
        torch_tensorrt.save(torch_tensorrt.compile(model, inputs=[x], min_block_size=1), path)
        return torch_tensorrt.load(path).module()(x), model(x)

    for got, wanted in at_once(2, work):
        assert_same(got, wanted)


def test_both_frontends_at_once() -> None:
    """torch.compile in one thread, torch.export and its decompositions in the other."""
    x = torch.randn(3, 8)

    def work(i: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        results = []
        for round in range(2):
            model = Net(2 * round + i).eval()
            if i == 0:
                compiled: Any = torch_tensorrt.compile(model, ir="torch_compile", min_block_size=1)
            else:
                program = torch_tensorrt.dynamo.trace(model, [x])
                compiled = torch_tensorrt.dynamo.compile(program, [x], min_block_size=1)
            results.append((compiled(x), model(x)))
        return results

    for results in at_once(2, work):
        for got, wanted in results:
            assert_same(got, wanted)


@pytest.mark.filterwarnings("ignore:`debug`:DeprecationWarning")
def test_settings_of_one_thread_are_not_the_others() -> None:
    x = torch.randn(4, 8)

    def work(i: int) -> tuple[list[str], torch.Tensor, torch.Tensor]:
        model = Net(3).eval()
        left = {"aten.relu"} if i else {"aten.linear"}
        compiled = torch_tensorrt.compile(model, inputs=[x], min_block_size=1, torch_executed_ops=left, debug=True)
        inside = [
            str(n.target)
            for name, child in compiled.named_children()
            if "_run_on_gpu" in name
            for n in child.graph.nodes
            if n.op == "call_function"
        ]
        return inside, compiled(x), model(x)

    for i, (inside, got, wanted) in enumerate(at_once(2, work)):
        assert set(inside) == {"aten.relu.default" if i else "aten.linear.default"}
        assert_same(got, wanted)


def test_the_log_is_as_before_when_all_have_left() -> None:
    """Whoever leaves first does not decide for the others, and the last one puts back what was before the first."""
    logger = logging.getLogger("torch_tensorrt")
    before = logger.level
    first, second = levels.debug(), levels.info()
    first.__enter__()
    second.__enter__()
    assert logger.level == logging.INFO
    first.__exit__(None, None, None)
    assert logger.level == logging.INFO
    second.__exit__(None, None, None)
    assert logger.level == before

    def work(_: int) -> None:
        for _ in range(200):
            with levels.debug():
                pass

    at_once(4, work)
    assert logger.level == before
