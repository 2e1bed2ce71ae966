"""Which products stay float32 where a lower precision is allowed: the autocast_... settings."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch.fx import GraphModule, Node
from torch.utils._pytree import tree_leaves, tree_map

from torch_tensorrt._graph import is_getitem, value_of
from torch_tensorrt.dynamo._settings import CompilationSettings, operator_name
from torch_tensorrt.dynamo.utils import extract_var_range_info


def _module(node: Node) -> str:
    """The path of the innermost module that the node comes from; "" without one. TorchDynamo writes the name of the
    local variable before it: L['self'].layer."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    return re.sub(r"^L\['\w+'\]\.?", "", stack[-1][0]) if stack else ""


def _is_named(node: Node, names: set[str]) -> bool:
    name = operator_name(node.target)
    packet = name.rpartition(".")[0]
    return bool(names & {name, packet, name.removeprefix("torch.ops."), packet.removeprefix("torch.ops.")})


# ---- long sums ----


def _largest(size: Any) -> float:
    if not isinstance(size, torch.SymInt):
        return size
    high = extract_var_range_info(size)["max"]
    return math.inf if high is None else high


def _depth(gm: GraphModule, node: Node) -> float:
    """The most terms of a sum that the node's product takes: 0 for no product."""
    name = node.target._schema.name.removeprefix("aten::") if isinstance(node.target, torch._ops.OpOverload) else ""
    shapes = [value_of(gm, n).shape for n in node.all_input_nodes if isinstance(value_of(gm, n), torch.Tensor)]
    if name.startswith(("conv", "_convolution")) and len(shapes) > 1:
        return math.prod(map(_largest, shapes[1][1:]))
    if "scaled_dot_product" in name and len(shapes) > 1:
        return max(_largest(shapes[0][-1]), _largest(shapes[1][-2]))
    if name in ("addmm", "addmv", "baddbmm") and len(shapes) > 1:
        return _largest(shapes[1][-1])
    if name in ("linear", "matmul", "mm", "bmm", "mv", "dot") and shapes and shapes[0]:
        return _largest(shapes[0][-1])
    return 0


# ---- large numbers ----


class _Recorder(torch.fx.Interpreter):
    """Runs a graph and keeps the largest magnitude of what each node takes and gives."""

    def __init__(self, gm: GraphModule) -> None:
        super().__init__(gm)
        self.largest: dict[str, float] = {}

    def run_node(self, n: Node) -> Any:
        result = super().run_node(n)
        if n.op == "call_function" and not is_getitem(n):
            inputs, kwargs = self.fetch_args_kwargs_from_env(n)
            floats = [
                v
                for v in tree_leaves((inputs, kwargs, result))
                if isinstance(v, torch.Tensor) and v.is_floating_point() and v.numel()
            ]
            seen = max((v.abs().max().item() for v in floats), default=0.0)
            self.largest[n.name] = max(seen, self.largest.get(n.name, 0.0))
        return result


def _magnitudes(gm: GraphModule, batches: Any) -> dict[str, float]:
    """Of each node, over all batches (tuples of the program's positional inputs). Batches and buffers stay as they
    are."""
    recorder = _Recorder(gm)
    written = [n.args[0].target for n in gm.graph.find_nodes(op="call_function", target=torch.ops.aten.copy_.default)]
    buffers = {name: buffer for name, buffer in gm.named_buffers() if name in written}
    before = {name: buffer.clone() for name, buffer in buffers.items()}
    with torch.no_grad():
        for batch in batches:
            args = batch if isinstance(batch, (tuple, list)) else (batch,)
            recorder.run(*tree_map(lambda v: v.clone() if isinstance(v, torch.Tensor) else v, tuple(args)))
        for name, buffer in buffers.items():
            buffer.copy_(before[name])
    return recorder.largest


# ---- the choice ----


def _excluded(gm: GraphModule, settings: CompilationSettings) -> Iterator[Node]:
    patterns = [re.compile(p) for p in settings.autocast_excluded_nodes]
    names = set(map(operator_name, settings.autocast_excluded_ops))
    deepest = settings.autocast_max_depth_of_reduction
    loader = settings.autocast_calibration_dataloader
    magnitudes = {} if loader is None else _magnitudes(gm, loader)
    for node in gm.graph.nodes:
        if node.op != "call_function":
            continue
        if (
            any(p.match(_module(node)) for p in patterns)
            or _is_named(node, names)
            or (deepest is not None and _depth(gm, node) > deepest)
            or magnitudes.get(node.name, 0.0) > settings.autocast_max_output_threshold
        ):
            yield node


def float32_nodes(gm: GraphModule, settings: CompilationSettings) -> list[str]:
    """The nodes of a graph whose products stay float32, by name.

    Args:
        gm: the graph that is partitioned. settings: autocast_excluded_nodes (patterns, matched from the start of the
            path of a node's innermost module), autocast_excluded_ops, autocast_max_depth_of_reduction,
            autocast_max_output_threshold with autocast_calibration_dataloader (its batches are run once).
    """
    if settings.precision == torch.float32:
        return []
    return [node.name for node in _excluded(gm, settings)]
