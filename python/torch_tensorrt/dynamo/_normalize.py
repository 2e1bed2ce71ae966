"""From an ExportedProgram to the functional fx graph that is partitioned.

program ── run_decompositions, where it is needed ── module() ── wrappers inlined, assertions and identities
dropped ──► graph
"""

from __future__ import annotations

from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule, Node

from torch_tensorrt._graph import attribute, is_getitem
from torch_tensorrt.dynamo._decompositions import (
    TORCH_TRT_DECOMPOSITIONS,
    get_decompositions,
    is_converted,
    torch_enabled_decompositions,
)
from torch_tensorrt.dynamo._in_place import functional_name, make_functional
from torch_tensorrt.dynamo._settings import CompilationSettings
from torch_tensorrt.dynamo._tracer import decompose, is_functional

_ASSERTIONS = {
    "aten._assert_async.msg",
    "aten._assert_async.default",
    "aten._assert_scalar.default",
    "aten._assert_tensor_metadata.default",
    "aten.sym_constrain_range.default",
    "aten.sym_constrain_range_for_size.default",
}
_IDENTITIES = {"aten.detach.default", "aten.alias.default", "aten.lift_fresh.default"}
_GRAD_MODE = {"wrap_with_set_grad_enabled"}


def _needs_decompositions(program: ExportedProgram) -> bool:
    """Whether there are operators that the core does not convert, or that the user decomposes."""
    calls = [n.target for n in program.graph.nodes if n.op == "call_function"]
    known = all(
        is_converted(functional_name(t)) or str(t) in _ASSERTIONS | _IDENTITIES or _name(t) in _GRAD_MODE for t in calls
    )
    return not known or any(t in TORCH_TRT_DECOMPOSITIONS or t in torch_enabled_decompositions for t in calls)


def _name(target: Any) -> str:
    return getattr(target, "__name__", str(target))


def _inline(gm: GraphModule, node: Node) -> None:
    """Puts the body of wrap_with_set_grad_enabled(mode, body, *args) in its place: no engine computes gradients."""
    body = attribute(gm, node.args[1].target)
    args = iter(node.args[2:])
    values: dict[Node, Any] = {}
    with gm.graph.inserting_before(node):
        for inner in body.graph.nodes:
            if inner.op == "placeholder":
                values[inner] = next(args)
            elif inner.op == "get_attr":
                name = f"{node.args[1].target}.{inner.target}"
                values[inner] = gm.graph.get_attr(name)
                values[inner].meta = dict(inner.meta)
            elif inner.op != "output":
                values[inner] = gm.graph.node_copy(inner, values.__getitem__)
    results = torch.fx.map_arg(body.graph.output_node().args[0], values.__getitem__)
    for user in [u for u in node.users if is_getitem(u)]:
        user.replace_all_uses_with(results[user.args[1]])
        gm.graph.erase_node(user)
    if node.users:
        node.replace_all_uses_with(results[0] if isinstance(results, (list, tuple)) else results)
    gm.graph.erase_node(node)


def _drop(gm: GraphModule) -> None:
    """Assertions, guards and identities."""
    graph = gm.graph
    for node in reversed(graph.nodes):
        if not node.users and (str(node.target) in _ASSERTIONS or node.target == "_guards_fn"):
            graph.erase_node(node)
    for node in graph.nodes:
        if str(node.target) in _IDENTITIES:
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)


def _merge(gm: GraphModule) -> None:
    """One get_attr for each tensor, one getitem for each output."""
    seen: dict[Any, Node] = {}
    for node in gm.graph.nodes:
        key: Any = None
        if node.op == "get_attr":
            key = node.target
        elif is_getitem(node):
            key = (node.args[0], node.args[1])
        if key is None:
            continue
        first = seen.setdefault(key, node)
        if first is not node:
            node.replace_all_uses_with(first)
            gm.graph.erase_node(node)


def simplify(gm: GraphModule) -> None:
    """Without assertions, identities, dead code and doubles."""
    _drop(gm)
    gm.graph.eliminate_dead_code()
    _merge(gm)
    gm.recompile()


def _module(program: ExportedProgram) -> GraphModule:
    gm = program.module(check_guards=False)
    for node in [n for n in gm.graph.nodes if n.op == "call_function" and _name(n.target) in _GRAD_MODE]:
        _inline(gm, node)
    return gm


def normalize(program: ExportedProgram, settings: CompilationSettings) -> tuple[ExportedProgram, GraphModule]:
    """The program after decomposition, and the graph of its module."""
    gm = None
    if not settings.enable_experimental_decompositions and not _needs_decompositions(program):
        gm = _module(program)
        if not is_functional(program) and not make_functional(gm):
            gm = None
    if gm is None:
        program = decompose(program, get_decompositions(settings.enable_experimental_decompositions))
        gm = _module(program)
    simplify(gm)
    return program, gm
