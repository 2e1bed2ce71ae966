"""In-place operators whose writing nobody else can see become their functional ones: ``y = relu_(conv(x))`` is ``y =
relu(conv(x))``.

That is what most programs contain, and takes no time; for all else (buffers, inputs, views that are used again)
PyTorch's
run_decompositions does it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.fx import GraphModule, Node

from torch_tensorrt._graph import is_getitem

# Composite operators, whose schemas say less than the others': these make new tensors.
_FRESH = {
    "aten.adaptive_avg_pool1d.default",
    "aten.adaptive_avg_pool2d.default",
    "aten.adaptive_avg_pool3d.default",
    "aten.batch_norm.default",
    "aten.conv1d.default",
    "aten.conv2d.default",
    "aten.conv3d.default",
    "aten.conv_transpose2d.input",
    "aten.group_norm.default",
    "aten.layer_norm.default",
    "aten.linear.default",
    "aten.matmul.default",
    "aten.max_pool2d.default",
    "aten.softmax.int",
}


def _functional(op: Any) -> Any:
    """aten.relu for aten.relu_: same overload, same arguments. None where there is none."""
    name = op._schema.name.split("::")[1]
    if not name.endswith("_") or op.namespace != "aten":
        return None
    packet = getattr(torch.ops.aten, name[:-1], None)
    other = getattr(packet, op._overloadname, None) if packet is not None else None
    if other is None or [a.name for a in other._schema.arguments[1:]] != [a.name for a in op._schema.arguments[1:]]:
        return None
    return None if other._schema.is_mutable else other


def functional_name(op: Any) -> Any:
    """The functional operator of an in-place one; others as they are."""
    return (_functional(op) or op) if isinstance(op, torch._ops.OpOverload) and op._schema.is_mutable else op


def _shares(node: Node) -> list[Node]:
    """Arguments whose memory the result may be."""
    if is_getitem(node):
        return [node.args[0]]
    if node.op != "call_function" or not isinstance(node.target, torch._ops.OpOverload):
        return list(node.all_input_nodes)
    if str(node.target) in _FRESH:
        return []
    composite = node.target.has_kernel_for_dispatch_key(torch._C.DispatchKey.CompositeImplicitAutograd)
    if not composite and not any(r.alias_info for r in node.target._schema.returns):
        return []
    return list(node.all_input_nodes)


class _Memory:
    """Which values may lie in the same memory: a union of nodes."""

    def __init__(self, gm: GraphModule) -> None:
        self.parent: dict[Node, Node] = {}
        self.place = {node: i for i, node in enumerate(gm.graph.nodes)}
        for node in gm.graph.nodes:
            for other in _shares(node) if node.op not in ("placeholder", "get_attr", "output") else ():
                self.parent[self.root(node)] = self.root(other)
        self.members: dict[Node, list[Node]] = {}
        for node in gm.graph.nodes:
            self.members.setdefault(self.root(node), []).append(node)

    def root(self, node: Node) -> Node:
        while node in self.parent and self.parent[node] is not node:
            node = self.parent[node]
        return node

    def is_seen(self, written: Node, writer: Node) -> bool:
        """Whether the writing of `writer` into `written` shows anywhere but in its result and in later uses of
        `written`."""
        for other in self.members[self.root(written)]:
            if other.op in ("placeholder", "get_attr"):
                return True
            if self.place[other] >= self.place[writer] or other is written:
                continue
            if any(self.place[user] > self.place[writer] for user in other.users):
                return True
        return False


def make_functional(gm: GraphModule) -> bool:
    """Rewrites the graph. False where a writing may be seen; the graph is then partly rewritten and no use any more."""
    memory = _Memory(gm)
    for node in list(gm.graph.nodes):
        if not isinstance(node.target, torch._ops.OpOverload) or not node.target._schema.is_mutable:
            continue
        target, written = _functional(node.target), node.args[0] if node.args else None
        if target is None or not isinstance(written, Node) or memory.is_seen(written, node):
            return False
        val, old = node.meta.get("val"), written.meta.get("val")
        if not isinstance(val, torch.Tensor) or not isinstance(old, torch.Tensor) or val.dtype != old.dtype:
            return False
        node.target = target
        written.replace_all_uses_with(
            node, delete_user_cb=lambda user, n=node: memory.place.get(user, -1) > memory.place[n]
        )
    return True
