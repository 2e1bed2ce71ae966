"""The curated decomposition table: PyTorch's core one without what engines do as a whole."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from torch_tensorrt import _lib

TORCH_TRT_DECOMPOSITIONS: dict[Any, Callable[..., Any]] = {}


def register_torch_trt_decomposition(op: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: the function replaces the operator in graphs that are decomposed, before PyTorch's own would."""

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        TORCH_TRT_DECOMPOSITIONS[op] = fn
        return fn

    return register


@functools.cache
def converted_names() -> frozenset[str]:
    """Operators that the core converts: "aten.linear.default"."""
    return frozenset(row["operator"] for row in _lib.operators())


def is_converted(target: Any) -> bool:
    """Whether the core has a converter for the call's target; operator or Python function on numbers."""
    if isinstance(target, torch._ops.OpOverload):
        return str(target) in converted_names()
    return getattr(target, "__module__", "") in ("_operator", "operator", "math", "torch")


def _keeps(op: Any) -> bool:
    return isinstance(op, torch._ops.OpOverload) and str(op) in converted_names()


def get_decompositions(enable_experimental_decompositions: bool = False) -> dict[Any, Callable[..., Any]]:
    """The table for ExportedProgram.run_decompositions().

    Args:
        enable_experimental_decompositions: all of PyTorch's core decompositions, also of what engines do as a whole.
    """
    table = torch.export.default_decompositions()
    if not enable_experimental_decompositions:
        for op in [op for op in table if _keeps(op)]:
            del table[op]
    table.update(TORCH_TRT_DECOMPOSITIONS)
    return table


# What dynamo.trace() writes in Core ATen although the core converts it: engines are the same from both forms.
_TRACED_AS_CORE = (torch.ops.aten.linear.default, torch.ops.aten.t.default, torch.ops.aten.transpose.int)


def get_trace_decompositions(enable_experimental_decompositions: bool = False) -> dict[Any, Callable[..., Any]]:
    """The table of dynamo.trace(): the curated one, and linear layers as products and sums."""
    table = get_decompositions(enable_experimental_decompositions)
    core = torch.export.default_decompositions()
    for op in _TRACED_AS_CORE:
        if op not in table:
            table[op] = core[op]
    return table
