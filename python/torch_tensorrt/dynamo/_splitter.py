"""Splits an fx graph where the core says.

    x ─► _run_on_acc_0 ─► _run_on_gpu_1 ─► _run_on_acc_2 ─► y        the parent: one call a segment, then mutations,
    then output

Engines give and take tensors. Numbers that cross (sizes, above all) are computed in the parent, from its inputs'
sizes where they
depend on those only, so that tracing the result sees symbolic sizes and no data-dependent ones.
"""

from __future__ import annotations

import heapq
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sympy
import torch
from torch.fx import Graph, GraphModule, Node
from torch.utils._sympy.interp import sympy_interp
from torch.utils._sympy.reference import PythonReferenceAnalysis

from torch_tensorrt._graph import attribute, is_getitem, value_of
from torch_tensorrt.dynamo._mutations import Mutation
from torch_tensorrt.dynamo.observer import Observer

MakeEngine = Callable[["Unit"], torch.nn.Module]


@dataclass
class Unit:
    """What runs as a whole: an engine, a segment left to PyTorch, or a single node that is in no segment."""

    name: str
    is_engine: bool
    nodes: list[Node]
    inputs: list[Node] = field(default_factory=list)
    outputs: list[Node] = field(default_factory=list)
    truncates: bool = False  # takes and gives float32 where the program has float64

    @property
    def is_inline(self) -> bool:
        return not self.name


def _is_number(node: Node) -> bool:
    return isinstance(node.meta.get("val"), (torch.SymInt, torch.SymFloat, torch.SymBool, int, float))


def _expr(node: Node) -> sympy.Expr | None:
    """The expression behind a size; None for a plain number."""
    value = node.meta.get("val")
    return value.node.expr if isinstance(value, (torch.SymInt, torch.SymFloat, torch.SymBool)) else None


def _engine_value(unit: Unit, value: Any) -> Any:
    """What a unit gives for a value of the program."""
    is_double = isinstance(value, torch.Tensor) and value.dtype == torch.float64
    return value.to(torch.float32) if unit.truncates and is_double else value


class Sizes:
    """Computes sizes in the parent graph from the sizes of its placeholders."""

    def __init__(self, graph: Graph, placeholders: dict[Node, Node]) -> None:
        self.graph = graph
        self.tracer = torch.fx.proxy.GraphAppendingTracer(graph)
        self.places: dict[sympy.Symbol, Callable[[], Any]] = {}
        self.known: dict[sympy.Expr, Any] = {}
        for node, placeholder in placeholders.items():
            value = node.meta.get("val")
            if isinstance(value, torch.SymInt):
                self._offer(value, lambda p=placeholder: torch.fx.Proxy(p, self.tracer))
            elif isinstance(value, torch.Tensor):
                for axis, size in enumerate(value.shape):
                    if isinstance(size, torch.SymInt):
                        self._offer(size, lambda p=placeholder, a=axis: self._size(p, a))

    def _size(self, placeholder: Node, axis: int) -> torch.fx.Proxy:
        return torch.fx.Proxy(self.graph.call_function(torch.ops.aten.sym_size.int, (placeholder, axis)), self.tracer)

    def _offer(self, size: torch.SymInt, read: Callable[[], Any]) -> None:
        """Bare symbols are read, those in a*s + b solved for."""
        expr = size.node.expr
        if isinstance(expr, sympy.Symbol):
            self.places[expr] = read
        elif len(expr.free_symbols) == 1 and expr.is_polynomial() and sympy.degree(expr) == 1:
            (symbol,) = expr.free_symbols
            a, b = sympy.Poly(expr, symbol).all_coeffs()
            self.places.setdefault(symbol, lambda: (read() - int(b)) // int(a))

    def can(self, expr: sympy.Expr) -> bool:
        return expr.free_symbols <= self.places.keys()

    def get(self, expr: sympy.Expr) -> Any:
        """The node that computes it."""
        for symbol in expr.free_symbols:
            if symbol not in self.known:
                self.known[symbol] = self.places[symbol]()
        if expr not in self.known:
            self.known[expr] = sympy_interp(PythonReferenceAnalysis, self.known, expr)
        value = self.known[expr]
        return value.node if isinstance(value, torch.fx.Proxy) else value


class Splitter:
    """Splits `gm`. `segments` is the core's list, in order of execution. `make_engine` gives the module of an engine's
    unit; without it all units are modules of PyTorch, by the same names."""

    def __init__(
        self,
        gm: GraphModule,
        segments: list[dict[str, Any]],
        mutations: list[Mutation],
        make_engine: MakeEngine | None = None,
    ) -> None:
        self.gm, self.mutations, self.make_engine = gm, mutations, make_engine
        self.before_engine: Observer | None = None  # sees each part as a GraphModule before it becomes an engine
        self.by_name = {n.name: n for n in gm.graph.nodes}
        self.output = gm.graph.output_node()
        self.units: list[Unit] = []
        self.owner: dict[Node, Unit] = {}
        self._assign(segments)
        self.graph = Graph()
        self.root: dict[str, Any] = {}
        self.values: dict[Node, Any] = {}
        self.placeholders: dict[Node, Node] = {}
        self.needed: dict[Node, None] = {}

    def _assign(self, segments: list[dict[str, Any]]) -> None:
        names = {name: i for i, s in enumerate(segments) for name in s["nodes"]}
        if self.make_engine is None:
            self.units = [Unit(s["name"], False, []) for s in segments]
        else:
            self.units = [Unit(s["name"], s["engine"], [], truncates=s["truncates"]) for s in segments]
        for node in self.gm.graph.nodes:
            if node.op not in ("call_function", "call_module", "call_method"):
                continue
            if node.name in names:
                unit = self.units[names[node.name]]
            elif is_getitem(node) and node.args[0] in self.owner:
                unit = self.owner[node.args[0]]
            elif any(node is m.copy for m in self.mutations):
                continue
            else:
                unit = Unit("", False, [])
                self.units.append(unit)
            unit.nodes.append(node)
            self.owner[node] = unit
        for unit, segment in zip(self.units, segments, strict=False):
            if unit.is_engine:
                unit.inputs = [self.by_name[name] for name in segment["inputs"]]
                unit.outputs = [self.by_name[name] for name in segment["outputs"] if name in self.by_name]
        self.units = [unit for unit in self.units if unit.nodes]

    # ---- what each unit takes and gives ----

    def _outside(self, unit: Unit) -> list[Node]:
        """What its nodes use of others, in the order of use. Tensors that are attributes are its own."""
        if unit.is_engine:
            return unit.inputs
        found: dict[Node, None] = {}
        for node in unit.nodes:
            for used in node.all_input_nodes:
                if self.owner.get(used) is not unit and used.op != "get_attr":
                    found[used] = None
        return list(found)

    def _connect(self) -> None:
        for unit in self.units:
            unit.inputs = self._outside(unit)
            for node in unit.inputs:
                self.needed[node] = None
        for node in (*self.output.all_input_nodes, *(m.value for m in self.mutations)):
            self.needed[node] = None
        for unit in self.units:
            if not unit.is_engine:
                unit.outputs = [n for n in self.needed if self.owner.get(n) is unit]

    def _crosses_as_size(self, node: Node) -> bool:
        """A number out of an engine that the parent can compute by itself."""
        unit, expr = self.owner.get(node), _expr(node)
        return bool(unit and unit.is_engine and expr is not None and self.sizes.can(expr))

    # ---- the parent ----

    def _value(self, node: Node) -> Any:
        """The node's counterpart in the parent."""
        if node in self.values:
            return self.values[node]
        if node.op == "get_attr":
            return self._attribute(node)
        unit = self.owner.get(node)
        if unit is not None and unit.is_engine and _is_number(node):
            expr = _expr(node)
            self.values[node] = node.meta["val"] if expr is None else self.sizes.get(expr)
            return self.values[node]
        raise AssertionError(
            f"torch_tensorrt: '{node.name}' is used outside of {unit.name if unit else 'the graph'} but not given"
        )

    def _attribute(self, node: Node) -> Node:
        self.root[node.target] = attribute(self.gm, node.target)
        self.values[node] = self.graph.get_attr(node.target)
        self.values[node].meta = dict(node.meta)
        return self.values[node]

    def _order(self) -> list[Unit]:
        """A topological order that keeps close to the graph's."""
        place = {node: i for i, node in enumerate(self.gm.graph.nodes)}
        first = {id(u): place[u.nodes[0]] for u in self.units}
        before: dict[int, set[int]] = {}
        after: dict[int, list[Unit]] = {}
        for unit in self.units:
            givers = {
                id(self.owner[n]): self.owner[n]
                for n in unit.inputs
                if n in self.owner and not self._crosses_as_size(n)
            }
            before[id(unit)] = set(givers)
            for giver in givers:
                after.setdefault(giver, []).append(unit)
        ready = [(first[id(u)], i, u) for i, u in enumerate(self.units) if not before[id(u)]]
        heapq.heapify(ready)
        order: list[Unit] = []
        while ready:
            *_, unit = heapq.heappop(ready)
            order.append(unit)
            for user in after.get(id(unit), ()):
                before[id(user)].discard(id(unit))
                if not before[id(user)]:
                    heapq.heappush(ready, (first[id(user)], len(order) + len(self.units), user))
        if len(order) != len(self.units):
            raise AssertionError("torch_tensorrt: the partition's segments depend on each other in a circle")
        return order

    def _call(self, unit: Unit, module: torch.nn.Module) -> None:
        self.root[unit.name] = module
        call = self.graph.call_module(unit.name, tuple(self._given(unit, n) for n in unit.inputs))
        vals = tuple(_engine_value(unit, value_of(self.gm, n)) for n in unit.outputs)
        if len(unit.outputs) == 1:
            call.meta["val"] = vals[0]
            results = [call]
        else:
            call.meta["val"] = vals
            results = [self.graph.call_function(operator.getitem, (call, i)) for i in range(len(vals))]
        for node, result in zip(unit.outputs, results, strict=True):
            result.meta["val"] = _engine_value(unit, value_of(self.gm, node))
            if result.meta["val"] is not value_of(self.gm, node):
                result = self._cast(result, torch.float64)
            if unit.is_engine and _is_number(node):
                if _expr(node) is None or self.sizes.can(_expr(node)):
                    continue
                result = self.graph.call_function(torch.ops.aten.item.default, (result,))
                result.meta["val"] = node.meta["val"]
            self.values[node] = result

    def _cast(self, node: Node, dtype: torch.dtype) -> Node:
        cast = self.graph.call_function(torch.ops.aten._to_copy.default, (node,), {"dtype": dtype})
        cast.meta["val"] = node.meta["val"].to(dtype)
        return cast

    def _given(self, unit: Unit, node: Node) -> Any:
        """What a unit takes for a node."""
        value = self._value(node)
        is_double = isinstance(node.meta.get("val"), torch.Tensor) and node.meta["val"].dtype == torch.float64
        return self._cast(value, torch.float32) if unit.truncates and is_double else value

    def _emit_inline(self, unit: Unit) -> None:
        for node in unit.nodes:
            self.values[node] = self.graph.node_copy(node, self._value)

    def _module(self, unit: Unit) -> torch.nn.Module:
        if not unit.is_engine or self.make_engine is None:
            return self._submodule(unit)
        if self.before_engine is not None and self.before_engine.callbacks:
            self.before_engine.observe(self._submodule(unit))
        return self.make_engine(unit)

    def _submodule(self, unit: Unit) -> GraphModule:
        """The unit as a module of PyTorch."""
        graph = Graph()
        inside: dict[Node, Node] = {}

        def get(node: Node) -> Node:
            if node not in inside:  # an attribute, at its first use
                inside[node] = graph.get_attr(node.target)
                inside[node].meta = dict(node.meta)
            return inside[node]

        for node in unit.inputs:
            inside[node] = graph.placeholder(node.name)
            inside[node].meta = dict(node.meta)
        for node in unit.nodes:
            inside[node] = graph.node_copy(node, get)
        results = tuple(inside[n] for n in unit.outputs)
        graph.output(results[0] if len(results) == 1 else results)
        return GraphModule(self.gm, graph)

    def _write_back(self) -> dict[Node, Any]:
        """The copies, after all else. An output that was the copy is it again, and so shares the buffer's memory."""
        copies: dict[Node, Any] = {}
        for m in self.mutations:
            if m.buffer is not None and m.target not in self.values:
                self._state(m)
            copies[m.copy] = self.graph.call_function(
                torch.ops.aten.copy_.default, (self.values[m.target], self._value(m.value))
            )
            copies[m.copy].meta["val"] = value_of(self.gm, m.value)
        return copies

    def _state(self, m: Mutation) -> None:
        self.root[m.buffer] = attribute(self.gm, m.buffer)
        self.values[m.target] = self.graph.get_attr(m.buffer)
        self.values[m.target].meta = dict(m.target.meta)

    def split(self) -> GraphModule:
        """The parent."""
        states = {m.target: m for m in self.mutations if m.buffer is not None}
        for node in self.gm.graph.find_nodes(op="placeholder"):
            if node in states:
                continue
            self.values[node] = self.placeholders[node] = self.graph.node_copy(node)
        for m in states.values():
            self._state(m)
        self.sizes = Sizes(self.graph, self.placeholders)
        self._connect()
        for unit in self._order():
            if unit.is_inline:
                self._emit_inline(unit)
            elif any(n in self.needed for n in unit.outputs):
                self._call(unit, self._module(unit))
        copies = self._write_back()
        self.graph.output(torch.fx.map_arg(self.output.args[0], lambda n: copies[n] if n in copies else self._value(n)))
        self.graph.set_codegen(self.gm.graph._codegen)
        return GraphModule(self.root, self.graph)
