"""What engine tensorrt makes of every program that a test run compiles: `pytest --tensorrt-table FILE`.

Each program that goes to engine cpu is also partitioned and built for engine tensorrt (no GPU is needed), and where
there is a GPU, run beside. FILE gets a JSON line for each program; `python scripts/tensorrt_table.py FILE` sums up by
operator. A plan that fails to build, or computes something else, fails the test.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import sympy
import torch
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils._sympy.value_ranges import ValueRanges

from torch_tensorrt import _lib
from torch_tensorrt.dynamo import _compiler
from torch_tensorrt.dynamo._settings import operator_name

# TensorRT needs an upper bound on every dimension; programs without one get this, or more where an example is larger.
LARGEST = 64
# Of the output's scale; TensorRT multiplies float32 as TF32, and float64 is what PyTorch computed on the GPU.
CLOSE = {torch.float64: 1e-6, torch.float32: 5e-3, torch.float16: 2e-2, torch.bfloat16: 8e-2}


class Table:
    """Watches the compiler while it is installed."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.test = ""
        self._compile = _compiler.compile_program
        self._partition = _compiler.partition_graph
        self._facts: dict[str, Any] = {}
        self._nodes: dict[str, str] = {}

    def install(self) -> None:
        _compiler.compile_program = self.compile_program
        _compiler.partition_graph = self.partition

    def remove(self) -> None:
        _compiler.compile_program = self._compile
        _compiler.partition_graph = self._partition

    def partition(self, gm: torch.fx.GraphModule, *rest: Any) -> _lib.Partition:
        self._facts = {}
        result = self._partition(gm, *rest)
        self._facts = result.facts
        self._nodes = {n.name: operator_name(n.target) for n in gm.graph.nodes if n.op == "call_function"}
        return result

    def compile_program(self, program: Any, args: Any, kwargs: Any, settings: Any) -> torch.fx.GraphModule:
        result = self._compile(program, args, kwargs, settings)
        if self._facts.get("engine") == "cpu" and not settings.dryrun:
            line = {
                "test": self.test,
                "cpu": self._taken(),
                **self._on_tensorrt(result, program, args, kwargs, settings.precision),
            }
            with open(self.path, "a") as f:
                f.write(json.dumps(line) + "\n")
            assert not line.get("fails") and not line.get("differs"), line
        return result

    def _taken(self) -> list[str]:
        nodes = [name for s in self._facts["segments"] if s["engine"] for name in s["nodes"]]
        return sorted({self._nodes[name] for name in nodes if name in self._nodes})

    def _on_tensorrt(
        self, wanted: Callable[..., Any], program: Any, args: Any, kwargs: Any, precision: torch.dtype
    ) -> dict[str, Any]:
        settings = dataclasses.replace(
            _compiler.make_settings({"engine": "tensorrt"}), min_block_size=1, precision=precision
        )
        self._facts = {}
        try:
            with bounded(program, (args, kwargs)):
                got = self._compile(program, args, kwargs, settings)
        except _lib.TorchTRTError as e:
            return {"tensorrt": self._taken() if self._facts else [], "fails": str(e)}
        refused = {r["operator"]: r["reason"] for r in self._facts["refusals"]}
        line: dict[str, Any] = {"tensorrt": self._taken(), "refused": refused}
        if torch.cuda.is_available() and line["tensorrt"]:
            line["differs"] = difference(got, wanted, args, kwargs)
        return line


@contextlib.contextmanager
def bounded(program: torch.export.ExportedProgram, examples: Any) -> Iterator[None]:
    """No dimension goes to infinity."""
    sizes = [size for leaf in tree_leaves(examples) for size in getattr(leaf, "shape", ())]
    largest = max([LARGEST, *(2 * size for size in sizes if isinstance(size, int))])
    ranges, before = program.range_constraints, dict(program.range_constraints)
    for symbol, r in before.items():
        if not isinstance(r.upper, sympy.Integer):
            ranges[symbol] = ValueRanges(r.lower, max(largest, int(r.lower)))
    yield
    ranges.update(before)


def _on_gpu(values: Any) -> Any:
    return tree_map_only(torch.Tensor, lambda t: t.cuda(), values)


def difference(got: Callable[..., Any], wanted: Callable[..., Any], args: Any, kwargs: Any) -> str:
    """ "" where the module on the GPU gives what the one on the CPU gives."""
    if not all(isinstance(leaf, (torch.Tensor, int, float, bool)) for leaf in tree_leaves((args, kwargs))):
        return ""
    want = tree_leaves(wanted(*args, **kwargs))
    try:
        have = tree_leaves(got.cuda()(*_on_gpu(args), **_on_gpu(kwargs)))
    except Exception as e:  # what PyTorch does between engines may not run on the GPU
        return (
            "" if any("_run_on_gpu" in name for name, _ in got.named_children()) else f"{type(e).__name__}: {e}"[:500]
        )
    for i, (a, b) in enumerate(zip(have, want, strict=True)):
        if isinstance(b, torch.Tensor) and (text := tensor_difference(a.cpu(), b)):
            return f"output {i}: {text}"
    return ""


def tensor_difference(a: torch.Tensor, b: torch.Tensor) -> str:
    if (a.dtype, a.shape) != (b.dtype, b.shape):
        return f"{a.dtype} {tuple(a.shape)}, wanted {b.dtype} {tuple(b.shape)}"
    if not b.numel() or b.is_complex():
        return ""
    x, y = a.to(torch.float64), b.to(torch.float64)
    finite = y[y.isfinite()]
    scale = max(finite.abs().max().item() if finite.numel() else 0.0, 1e-3)
    off = (x - y).abs()
    off = off.masked_fill((x == y) | (x.isnan() & y.isnan()), 0).nan_to_num(nan=float("inf"))
    limit = CLOSE.get(b.dtype, 0.0) * scale
    at = off.argmax()
    return "" if off.max() <= limit else f"{x.flatten()[at].item()}, wanted {y.flatten()[at].item()}"
