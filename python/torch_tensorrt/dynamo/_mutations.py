"""Mutated buffers and inputs while a graph is partitioned.

A functional graph ends in `copy_(buffer or input, value)`. An engine would keep a buffer as a constant, so for the
time of
partitioning a mutated buffer is a placeholder and each value written is an output; the split graph gets its copies
back.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.fx import GraphModule, Node

from torch_tensorrt._graph import attribute


@dataclass
class Mutation:
    """`copy_(target, value)`. `buffer` is the buffer's path, None for an input; `copy` the node that was taken out."""

    target: Node
    value: Node
    buffer: str | None
    copy: Node


def is_write(node: Node) -> bool:
    """Whether it is `copy_(buffer or input, value)`."""
    return (
        node.target is torch.ops.aten.copy_.default
        and isinstance(node.args[0], Node)
        and node.args[0].op in ("placeholder", "get_attr")
    )


def _as_placeholder(gm: GraphModule, node: Node) -> Node:
    """A placeholder in the place of a get_attr."""
    last = [n for n in gm.graph.nodes if n.op == "placeholder"]
    with gm.graph.inserting_after(last[-1]) if last else gm.graph.inserting_before(None):
        placeholder = gm.graph.placeholder(f"state_{node.name}")
    placeholder.meta = {**node.meta, "val": node.meta.get("val", attribute(gm, node.target))}
    node.replace_all_uses_with(placeholder)
    gm.graph.erase_node(node)
    return placeholder


def lift_mutations(gm: GraphModule) -> list[Mutation]:
    """Takes the copies out. Their users, if any, use the value; the graph's output keeps the copy's name in
    `Mutation.copy`."""
    mutations = []
    placeholders: dict[Node, Node] = {}
    buffers: dict[Node, str] = {}
    for node in [n for n in gm.graph.nodes if n.op == "call_function" and is_write(n)]:
        target, value = node.args[0], node.args[1]
        if target.op == "get_attr":
            path = target.target
            placeholders[target] = _as_placeholder(gm, target)
            target = placeholders[target]
            buffers[target] = path
        mutations.append(Mutation(target, value, buffers.get(target), node))
    return mutations
