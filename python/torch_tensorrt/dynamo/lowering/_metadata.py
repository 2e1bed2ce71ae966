"""What nodes stand for (`meta["val"]`), after passes have changed a graph: partitioning and engines go by it."""

from __future__ import annotations

from typing import Any

import torch
from torch._guards import detect_fake_mode
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.fx import GraphModule, Node
from torch.fx.node import map_arg
from torch.utils._pytree import tree_leaves, tree_map

from torch_tensorrt._graph import value_of


def _call(node: Node) -> tuple[Any, ...]:
    return node.target, node.args, tuple(node.kwargs.items())


def _facts(value: Any) -> list[Any]:
    """What distinguishes one value from another for those who read metadata."""
    return [
        (v.dtype, tuple(v.shape), v.device) if isinstance(v, torch.Tensor) else (type(v), v) for v in tree_leaves(value)
    ]


class Metadata:
    """The calls of a graph as they are now; refresh() computes anew what passes add or change, and what depends on
    it."""

    def __init__(self, gm: GraphModule) -> None:
        self.calls = {node: _call(node) for node in gm.graph.nodes if "val" in node.meta}
        self.mode: FakeTensorMode | None = detect_fake_mode([node.meta["val"] for node in self.calls])

    def refresh(self, gm: GraphModule) -> None:
        """Nodes that a pass gave metadata to keep it. Without any in the graph, there is nothing to go by."""
        if self.mode is None:
            return
        changed: set[Node] = set()
        for node in gm.graph.nodes:
            if node.op != "call_function" or not self._is_stale(node, changed):
                continue
            value = self._value(gm, node)
            if "val" not in node.meta or _facts(node.meta["val"]) != _facts(value):
                changed.add(node)
                node.meta["val"] = value

    def _is_stale(self, node: Node, changed: set[Node]) -> bool:
        if "val" not in node.meta:
            return True
        before = self.calls.get(node)
        is_other = before is not None and before != _call(node)
        return is_other or any(used in changed for used in node.all_input_nodes)

    def _fake(self, value: Any) -> Any:
        is_real = isinstance(value, torch.Tensor) and not isinstance(value, FakeTensor)
        return self.mode.from_tensor(value, static_shapes=True) if is_real else value

    def _value(self, gm: GraphModule, node: Node) -> Any:
        def of(used: Node) -> Any:
            return tree_map(self._fake, value_of(gm, used))

        args, kwargs = map_arg(node.args, of), map_arg(node.kwargs, of)
        with self.mode, torch.no_grad():
            return node.target(*args, **kwargs)
