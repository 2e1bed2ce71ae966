"""An exported program as TorchScript, for save().

```
forward(x, m) ─► flat inputs ─► the program's graph ─► flat outputs ─► {"y": ..., ...}
      traced                    traced; with sizes: scripted                 traced
```
A trace keeps every number as it was in the example. A graph that computes with sizes is therefore compiled as code, and
the trace calls it.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import Graph, GraphModule, Node
from torch.utils._pytree import tree_leaves, tree_map

EXECUTE = torch.ops.tensorrt.execute_engine.default
# Arithmetic of sizes as TorchScript names it.
_BUILTINS = {torch.sym_float: float, torch.sym_int: int, torch.sym_max: max, torch.sym_min: min}


def _check(gm: GraphModule, args: tuple[Any, ...]) -> None:
    """ValueError for what TorchScript cannot hold, by name."""
    branches = [n.name for n in gm.graph.nodes if isinstance(n.target, torch._ops.HigherOrderOperator)]
    others = [f"input {i} is {type(a).__name__}" for i, a in enumerate(tree_leaves(args)) if not _is_tensor(a)]
    for i, leaf in enumerate(gm.graph.output_node().args[0]):
        value = leaf.meta.get("val") if isinstance(leaf, Node) else leaf
        if not _is_tensor(value):
            others.append(f"output {i} is {type(value).__name__}")
    if branches:
        raise ValueError(f"TorchScript cannot hold {', '.join(branches)}: save as exported_program")
    if others:
        raise ValueError(f"TorchScript's tracer takes tensors only, {', '.join(others)}: save as exported_program")


def _is_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor)


def _has_sizes(gm: GraphModule) -> bool:
    numbers = (torch.SymInt, torch.SymFloat, torch.SymBool)
    return any(isinstance(n.meta.get("val"), numbers) for n in gm.graph.nodes)


def _as_text(value: Any) -> Any:
    """TorchScript has no constructor of devices by keyword; it takes their names."""
    return str(value) if isinstance(value, torch.device) else value


def _compiled(gm: GraphModule) -> torch.jit.ScriptModule:
    """The graph alone, flat inputs to a tuple of flat outputs, as code."""
    graph = Graph()
    output = graph.graph_copy(gm.graph, {})
    graph.output(tuple(output))
    for node in graph.nodes:
        if isinstance(node.target, torch._ops.OpOverload):
            node.target = node.target.overloadpacket  # TorchScript chooses the overload by the arguments
            node.kwargs = {k: _as_text(v) for k, v in node.kwargs.items()}
        elif node.op == "call_function":
            node.target = _BUILTINS.get(node.target, node.target)
    try:
        return torch.jit.script(GraphModule(gm, graph))
    except RuntimeError as e:
        raise ValueError("TorchScript does not compile this program: save as exported_program") from e


def _around(gm: GraphModule, compiled: torch.jit.ScriptModule) -> GraphModule:
    """A module that calls `compiled` with the arguments and results of `gm`, nested as they are."""
    graph = Graph()
    inputs = tuple(graph.placeholder(n.target) for n in gm.graph.find_nodes(op="placeholder"))
    results = graph.call_module("program", inputs)
    leaves = gm.graph.output_node().args[0]
    graph.output(tuple(graph.call_function(_item, (results, i)) for i in range(len(leaves))))
    graph.set_codegen(gm.graph._codegen)
    return GraphModule({"program": compiled}, graph)


def _item(values: Any, i: int) -> Any:
    return values[i]


def _state(gm: GraphModule) -> list[torch.Tensor]:
    """What a run may change: the buffers that are no engines."""
    engines = {n.args[1].target for n in gm.graph.find_nodes(op="call_function", target=EXECUTE)}
    return [buffer for name, buffer in gm.named_buffers() if name not in engines]


def to_torchscript(program: ExportedProgram) -> torch.jit.ScriptModule:
    """Runs the program once on its examples. They and the buffers are afterwards as they were.

    Raises:
        ValueError: an operator or arithmetic of sizes that TorchScript lacks; an input or output that is no tensor.
    """
    gm = program.module(check_guards=False)
    args, kwargs = tree_map(lambda v: v.clone() if isinstance(v, torch.Tensor) else v, program.example_inputs)
    args = inspect.signature(gm.forward).bind(*args, **kwargs).args
    _check(gm, args)
    state = _state(gm)
    before = [buffer.clone() for buffer in state]
    # A new GraphModule has no hooks; torch.export's checks the inputs, of which the trace would hold the example's.
    module = _around(gm, _compiled(gm)) if _has_sizes(gm) else GraphModule(gm, gm.graph)
    with torch.no_grad():
        try:
            return torch.jit.trace(module, args, strict=False, check_trace=False)
        finally:
            for buffer, value in zip(state, before, strict=True):
                buffer.copy_(value)
