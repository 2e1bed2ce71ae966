"""Which products stay float32 where a lower precision is allowed: the autocast_... settings."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from torch.fx import GraphModule, Node
from torch.utils._pytree import tree_leaves, tree_map

from torch_tensorrt._graph import is_getitem, value_of
from torch_tensorrt.dynamo._settings import CompilationSettings, names_of, operator_name
from torch_tensorrt.dynamo.utils import extract_var_range_info


def _module(node: Node) -> str:
    """The path of the innermost module that the node comes from; "" without one. TorchDynamo writes the name of the
    local variable before it: L['self'].layer."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    return re.sub(r"^L\['\w+'\]\.?", "", stack[-1][0]) if stack else ""


# ---- long sums ----


def _largest(size: Any) -> float:
    if not isinstance(size, torch.SymInt):
        return size
    high = extract_var_range_info(size)["max"]
    return math.inf if high is None else high


def _conv(args: Sequence[Any]) -> float:
    return math.prod(args[1][1:])


def _conv_transpose(args: Sequence[Any], groups: int) -> float:
    """The weight is (inputs, outputs of a group, kernel...)."""
    weight = args[1]
    return weight[0] / groups * math.prod(weight[2:])


def _einsum(args: Sequence[Any]) -> float:
    """Sizes of the letters that the result lacks."""
    terms, arrow, result = args[0].replace(" ", "").partition("->")
    sizes: dict[str, float] = {}
    for term, shape in zip(terms.split(","), args[1], strict=True):
        before, _, after = term.partition("...")
        for letter, size in (*zip(before, shape, strict=False), *zip(after[::-1], shape[::-1], strict=False)):
            sizes[letter] = max(size, sizes.get(letter, 1))
    summed = [letter for letter in sizes if (letter not in result if arrow else terms.count(letter) > 1)]
    return math.prod(sizes[letter] for letter in summed)


def _tensordot(args: Sequence[Any]) -> float:
    return math.prod(args[0][dim] for dim in args[2])


def _attention(args: Sequence[Any]) -> float:
    """Features of a query, or keys."""
    return max(args[0][-1], args[1][-2])


def _recurrent(weights: Iterable[Any]) -> float:
    """A row of a weight is one sum: of the input, of the state, or of the projection."""
    return max((weight[-1] for weight in weights if len(weight) == 2), default=0)


# The most terms of a sum, from all arguments of the schema, with shapes in the place of tensors.
_DEPTHS: dict[str, Callable[[Sequence[Any]], float]] = {
    **dict.fromkeys(("linear", "matmul", "linalg_matmul", "mm", "bmm", "mv", "dot", "vdot"), lambda a: a[0][-1]),
    **dict.fromkeys(("addmm", "_addmm_activation", "addmv", "baddbmm"), lambda a: a[1][-1]),
    "addbmm": lambda a: a[1][0] * a[1][-1],
    "linalg_vecdot": lambda a: a[0][a[2]],
    "linalg_multi_dot": lambda a: max(shape[-1] for shape in a[0][:-1]),
    "bilinear": lambda a: a[0][-1] * a[1][-1],
    "cdist": lambda a: a[0][-1],
    "_cdist_forward": lambda a: a[0][-1],
    "einsum": _einsum,
    "tensordot": _tensordot,
    **dict.fromkeys(
        ("conv1d", "conv2d", "conv3d", "_convolution_mode", "thnn_conv2d", "slow_conv3d")
        + ("slow_conv_dilated2d", "slow_conv_dilated3d"),
        _conv,
    ),
    **dict.fromkeys(
        ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
        lambda a: _conv_transpose(a, a[6]),
    ),
    **dict.fromkeys(("slow_conv_transpose2d", "slow_conv_transpose3d"), lambda a: _conv_transpose(a, 1)),
    **dict.fromkeys(
        ("convolution", "convolution_overrideable", "_convolution"),
        lambda a: _conv_transpose(a, a[8]) if a[6] else _conv(a),
    ),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), lambda a: _recurrent(a[2])),
    **dict.fromkeys(("lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"), lambda a: _recurrent(a[2:4])),
}


def _depth(gm: GraphModule, node: Node) -> float:
    """The most terms of a sum that the node's product takes: 0 for no product."""
    if not isinstance(node.target, torch._ops.OpOverload):
        return 0
    name = node.target._schema.name.removeprefix("aten::")
    depth = _attention if "scaled_dot_product" in name else _DEPTHS.get(name)
    if depth is None:
        return 0

    def shape_of(n: Node) -> Any:
        value = value_of(gm, n)
        return tuple(map(_largest, value.shape)) if isinstance(value, torch.Tensor) else value

    given = {a.name: value for a, value in zip(node.target._schema.arguments, node.args, strict=False)} | node.kwargs
    args = [given.get(a.name, a.default_value) for a in node.target._schema.arguments]
    return depth(torch.fx.map_arg(args, shape_of))


# ---- large numbers ----


class _Recorder(torch.fx.Interpreter):
    """Runs a graph and keeps the largest magnitude of what each node takes and gives; NaN is infinite."""

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
            seen = max((v.abs().nan_to_num(nan=math.inf).max().item() for v in floats), default=0.0)
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
        try:
            for batch in batches:
                args = batch if isinstance(batch, (tuple, list)) else (batch,)
                recorder.run(*tree_map(lambda v: v.clone() if isinstance(v, torch.Tensor) else v, tuple(args)))
        finally:
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
            or names & names_of(node.target)
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
