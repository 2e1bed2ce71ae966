"""What a part of a graph takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.fx import GraphModule, Node
from torch.utils._pytree import tree_leaves

from torch_tensorrt._Input import Input
from torch_tensorrt.dynamo.utils import extract_var_range_info

_REAL = {torch.complex64: torch.float32, torch.complex128: torch.float64}


def _spans(sizes: Sequence[Any]) -> dict[str, tuple[int, ...]]:
    """min, opt and max of sizes, the symbolic ones among them; what has no bound ends at 4096 times its minimum."""
    spans = []
    for size in sizes:
        if not isinstance(size, torch.SymInt):
            spans.append((size, size, size))
            continue
        told = extract_var_range_info(size)
        high = told["max"] if told["max"] is not None else told["min"] * 4096
        spans.append((told["min"], min(told["opt"], high), high))
    low, opt, high = zip(*spans, strict=True) if spans else ((), (), ())
    return {"min_shape": low, "opt_shape": opt, "max_shape": high}


def _input_of(node: Node) -> Input:
    if "val" not in node.meta and "tensor_meta" not in node.meta:
        raise AssertionError(f"input '{node.name}' has no metadata")
    value = node.meta.get("val", node.meta.get("tensor_meta"))
    if isinstance(value, torch.SymInt):
        return Input(**_spans([value]), dtype=torch.int64, is_shape_tensor=True, name=node.name)
    if isinstance(value, torch.SymFloat):
        return Input((1,), dtype=torch.float32, name=node.name)
    if not hasattr(value, "shape"):
        raise ValueError(f"input '{node.name}' is a {type(value).__name__}, neither a tensor nor a size")
    shape = [*value.shape, 2] if value.dtype in _REAL else list(value.shape)
    dtype = _REAL.get(value.dtype, value.dtype)
    if any(isinstance(size, torch.SymInt) for size in shape):
        return Input(**_spans(shape), dtype=dtype, name=node.name)
    return Input(shape, dtype=dtype, name=node.name)


def construct_submodule_inputs(module: GraphModule) -> list[Input]:
    """An Input for each placeholder of a graph, by its metadata.

    Args:
        module: a part of a partitioned graph, or a whole one. Symbolic sizes give ranges, symbolic numbers shape
            tensors; a complex tensor counts as a real one with a last dimension of 2.
    Raises:
        AssertionError: a placeholder without metadata. ValueError: one that is neither a tensor nor a number.
    Source: torch_tensorrt.dynamo.partitioning.construct_submodule_inputs.
    """
    return [_input_of(node) for node in module.graph.find_nodes(op="placeholder")]


def run_shape_analysis(
    parent_module: GraphModule, inputs: Sequence[Any], kwarg_inputs: dict[str, Any] | None = None
) -> tuple[dict[str, list[torch.Size]], dict[str, list[torch.Size]]]:
    """Runs a partitioned graph once and tells the shapes of the tensors that go into each child, and of those that come
    out of it: {child: shapes}.

    Args:
        parent_module: of a partitioner. inputs, kwarg_inputs: tensors to call it with.
    Source: torch_tensorrt.dynamo.partitioning.run_shape_analysis.
    """
    taken: dict[str, list[torch.Size]] = {}
    given: dict[str, list[torch.Size]] = {}

    def watch(name: str) -> Any:
        def hook(_module: torch.nn.Module, args: Any, outputs: Any) -> None:
            taken[name] = [v.shape for v in tree_leaves(args) if isinstance(v, torch.Tensor)]
            given[name] = [v.shape for v in tree_leaves(outputs) if isinstance(v, torch.Tensor)]

        return hook

    hooks = [child.register_forward_hook(watch(name)) for name, child in parent_module.named_children()]
    try:
        parent_module(*inputs, **(kwarg_inputs or {}))
    finally:
        for hook in hooks:
            hook.remove()
    return taken, given
