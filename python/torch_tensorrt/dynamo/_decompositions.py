"""The curated decomposition table: PyTorch's core one without what engines do as a whole."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import torch

from torch_tensorrt import _lib

# Users' own: operator to the function that replaces it, see register_torch_trt_decomposition().
TORCH_TRT_DECOMPOSITIONS: dict[Any, Callable[..., Any]] = {}
# The user's choice, empty at first: operators that PyTorch decomposes although engines take them whole.
torch_enabled_decompositions: set[Any] = set()
# The user's choice, empty at first: operators that stay whole although PyTorch would decompose them.
torch_disabled_decompositions: set[Any] = set()
logger = logging.getLogger("torch_tensorrt")


def register_torch_trt_decomposition(
    op: Any, registry: dict[Any, Callable[..., Any]] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: the function replaces the operator in graphs that are decomposed, before PyTorch's own would.

    Args:
        op: an operator, torch.ops.aten.gelu.default. registry: the table it goes into; default:
            TORCH_TRT_DECOMPOSITIONS. A function that it replaces there, or a choice of torch_disabled_decompositions
            that it goes against, is named in the log.
    Source: torch_tensorrt.dynamo.lowering.register_torch_trt_decomposition.
    """
    table = TORCH_TRT_DECOMPOSITIONS if registry is None else registry

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        if op in table or op in torch_disabled_decompositions:
            logger.warning("%s has a decomposition already, or is to stay whole; the one registered last counts", op)
        table[op] = fn
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


def _stays_whole(op: Any, decompose_attention: bool) -> bool:
    if op in torch_enabled_decompositions or (decompose_attention and "scaled_dot_product" in str(op)):
        return False
    return _keeps(op)


def get_decompositions(
    enable_experimental_decompositions: bool = False,
    decompose_attention: bool = False,
    use_distributed_mode_trace: bool = False,
    use_fp32_acc: bool = False,
) -> dict[Any, Callable[..., Any]]:
    """The table for ExportedProgram.run_decompositions().

    Args:
        enable_experimental_decompositions: all of PyTorch's core decompositions, also of what engines do as a whole,
            but for torch_disabled_decompositions.
        decompose_attention: those of attention, too. use_distributed_mode_trace, use_fp32_acc: change nothing here.
    Source: torch_tensorrt.dynamo.lowering.get_decompositions.
    """
    table = torch.export.default_decompositions()
    for op in list(table):
        is_curated = not enable_experimental_decompositions and _stays_whole(op, decompose_attention)
        if is_curated or op in torch_disabled_decompositions:
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
        if op not in table and op not in torch_disabled_decompositions:
            table[op] = core[op]
    return table
