"""An fx graph as the export schema's JSON: what the C core reads. Weights go by pointer, beside it.

The graph is that of ``ExportedProgram.module()``: get_attr for weights, placeholders for what the user gives. Values
have the
names of the fx nodes that stand for them; of an operator with several outputs, those of its getitem nodes.
"""

from __future__ import annotations

import contextlib
import json
import operator
from collections.abc import Container, Mapping
from typing import Any

import sympy
import torch
from torch.fx import GraphModule, Node
from torch.utils._pytree import tree_leaves
from torch.utils._sympy.value_ranges import ValueRanges, bound_sympy

SCHEMA = {"major": 8, "minor": 20}
# How the caller nests arguments is the parent graph's affair.
FLAT_CALL = {"inputs": [], "outputs": [], "in_spec": "", "out_spec": "", "forward_arg_names": None}

# torch._export.serde.schema.ScalarType: numbers of the file format, not c10's.
_DTYPES = {
    torch.uint8: 1,
    torch.int8: 2,
    torch.int16: 3,
    torch.int32: 4,
    torch.int64: 5,
    torch.float16: 6,
    torch.float32: 7,
    torch.float64: 8,
    torch.complex32: 9,
    torch.complex64: 10,
    torch.complex128: 11,
    torch.bool: 12,
    torch.bfloat16: 13,
    torch.uint16: 28,
    torch.float8_e4m3fn: 29,
    torch.float8_e5m2: 30,
    torch.float8_e4m3fnuz: 31,
    torch.float8_e5m2fnuz: 32,
    torch.uint32: 34,
    torch.uint64: 35,
}
_LAYOUTS = {torch.strided: 7, torch.sparse_coo: 1, torch.sparse_csr: 2}
_FORMATS = {torch.contiguous_format: 1, torch.channels_last: 2, torch.channels_last_3d: 3, torch.preserve_format: 4}


def attribute(module: torch.nn.Module, path: str) -> Any:
    """`module.a.b.c` for "a.b.c"."""
    value: Any = module
    for name in path.split("."):
        value = getattr(value, name)
    return value


def bound(limit: sympy.Expr) -> int | None:
    """A range's end; None where there is none (infinities, and what PyTorch writes for them)."""
    return int(limit) if limit.is_Integer and abs(limit) < 2**62 else None


def range_of(expr: sympy.Expr, ranges: Mapping[sympy.Symbol, ValueRanges]) -> tuple[int | None, int | None]:
    """The least and the greatest value of a size, None where it has no bound. PyTorch writes 2 and no maximum for sizes
    without bounds, which take 0 and 1 as well."""
    r = bound_sympy(expr, ranges)
    low, high = bound(r.lower), bound(r.upper)
    return (None if low == 2 and high is None else low), high


def value_of(gm: GraphModule, node: Node) -> Any:
    """What the node stands for: a (fake) tensor, a SymInt, a list of them, None."""
    if "val" in node.meta:
        return node.meta["val"]
    return attribute(gm, node.target) if node.op == "get_attr" else None


def is_getitem(node: Node) -> bool:
    return node.op == "call_function" and node.target is operator.getitem


def ranges_of(gm: GraphModule) -> dict[sympy.Symbol, Any]:
    """The ranges of a graph's symbols, of what traced it."""
    for node in gm.graph.find_nodes(op="placeholder"):
        value = value_of(gm, node)
        for size in value.shape if isinstance(value, torch.Tensor) else (value,):
            if isinstance(size, torch.SymInt):
                return dict(size.node.shape_env.var_to_range)
    return {}


class Serializer:
    """Writes one graph. `json` is the program's text, `graph` its graph alone; `weights` the tensors that it names."""

    def __init__(
        self,
        gm: GraphModule,
        ranges: dict[sympy.Symbol, Any] | None = None,
        outputs: list[Any] | None = None,
        skip: Container[Node] = (),
    ) -> None:
        """`outputs`: nodes and constants to return, default: the graph's output, flat. `skip`: nodes to leave out."""
        self.gm, self.ranges, self.skip = gm, ranges or {}, skip
        self.outputs = tree_leaves(gm.graph.output_node().args[0]) if outputs is None else outputs
        self.weights: dict[str, torch.Tensor] = {}
        self.constants: dict[str, str] = {}  # the paths of weights by the names of their values
        self.tensors: dict[str, Any] = {}
        self.sym_ints: dict[str, Any] = {}
        self.sym_bools: dict[str, Any] = {}
        self.sym_floats: dict[str, Any] = {}
        self.symbols: set[sympy.Symbol] = set()
        self.graph, self.signature = self._graph()

    @property
    def json(self) -> str:
        return json.dumps(self._program())

    # ---- values ----

    def _expr(self, value: torch.SymInt | torch.SymBool | torch.SymFloat) -> dict[str, Any]:
        expr = value.node.expr
        self.symbols |= expr.free_symbols
        hint = value.node.hint if value.node.has_hint() else None
        kind = {torch.SymInt: "as_int", torch.SymBool: "as_bool", torch.SymFloat: "as_float"}[type(value)]
        return {"as_expr": {"expr_str": sympy.srepr(expr), "hint": None if hint is None else {kind: hint}}}

    def _size(self, value: int | torch.SymInt) -> dict[str, Any]:
        if isinstance(value, torch.SymInt) and not value.node.expr.is_number:
            return self._expr(value)
        return {"as_int": int(value)}

    def _tensor(self, name: str, t: torch.Tensor) -> dict[str, Any]:
        if name not in self.tensors:
            strided = t.layout == torch.strided
            self.tensors[name] = {
                "dtype": _DTYPES[t.dtype],
                "sizes": [self._size(s) for s in t.shape],
                "requires_grad": False,
                "device": {"type": t.device.type, "index": t.device.index},
                "strides": [self._size(s) for s in t.stride()] if strided else [],
                "storage_offset": {"as_int": 0},
                "layout": _LAYOUTS.get(t.layout, 0),
            }
        return {"as_tensor": {"name": name}}

    def _output(self, name: str, value: Any) -> dict[str, Any]:
        """The definition of a value."""
        if isinstance(value, torch.Tensor):
            return self._tensor(name, value)
        if isinstance(value, (torch.SymInt, int)) and not isinstance(value, bool):
            self.sym_ints[name] = self._size(value)
            return {"as_sym_int": {"as_name": name}}
        if isinstance(value, (torch.SymBool, bool)):
            self.sym_bools[name] = self._expr(value) if isinstance(value, torch.SymBool) else {"as_bool": value}
            return {"as_sym_bool": {"as_name": name}}
        if isinstance(value, (torch.SymFloat, float)):
            self.sym_floats[name] = self._expr(value) if isinstance(value, torch.SymFloat) else {"as_float": value}
            return {"as_sym_float": {"as_name": name}}
        if value is None:
            return {"as_none": True}
        raise TypeError(f"torch_tensorrt: value '{name}' is a {type(value).__name__}, which no engine can hold")

    # ---- arguments ----

    def _node(self, node: Node) -> dict[str, Any]:
        value = value_of(self.gm, node)
        if isinstance(value, torch.Tensor):
            return {"as_tensor": {"name": node.name}}
        if isinstance(value, torch.SymBool):
            return {"as_sym_bool": {"as_name": node.name}}
        if isinstance(value, torch.SymFloat):
            return {"as_sym_float": {"as_name": node.name}}
        if isinstance(value, (torch.SymInt, int)):
            return {"as_sym_int": {"as_name": node.name}}
        if value is None and node.op == "placeholder":
            return {"as_none": True}
        raise TypeError(f"torch_tensorrt: '{node.name}' is a {type(value).__name__}, not a tensor or a number")

    def _float(self, value: float) -> float | str:
        if value != value:
            return "NaN"
        return value if abs(value) != float("inf") else ("Infinity" if value > 0 else "-Infinity")

    def _list(self, items: list[Any]) -> dict[str, Any]:
        nodes = [i for i in items if isinstance(i, Node)]
        values = [value_of(self.gm, n) for n in nodes]
        if nodes and all(isinstance(v, torch.Tensor) for v in values) and len(nodes) == len(items):
            return {"as_tensors": [{"name": n.name} for n in nodes]}
        if any(i is None for i in items):
            return {
                "as_optional_tensors": [
                    {"as_none": True} if i is None else {"as_tensor": {"name": i.name}} for i in items
                ]
            }
        if nodes:
            return {"as_sym_ints": [{"as_name": i.name} if isinstance(i, Node) else {"as_int": int(i)} for i in items]}
        if all(isinstance(i, bool) for i in items) and items:
            return {"as_bools": items}
        if all(isinstance(i, int) for i in items):
            return {"as_ints": items}
        if all(isinstance(i, (int, float)) for i in items):
            return {"as_floats": [self._float(float(i)) for i in items]}
        if all(isinstance(i, str) for i in items):
            return {"as_strings": items}
        raise TypeError(f"torch_tensorrt: a list of {sorted({type(i).__name__ for i in items})} as an argument")

    def _argument(self, value: Any) -> dict[str, Any]:
        if isinstance(value, Node):
            return self._node(value)
        if value is None:
            return {"as_none": True}
        if isinstance(value, bool):
            return {"as_bool": value}
        if isinstance(value, int):
            return {"as_int": value}
        if isinstance(value, float):
            return {"as_float": self._float(value)}
        if isinstance(value, complex):
            return {"as_complex": {"real": value.real, "imag": value.imag}}
        if isinstance(value, str):
            return {"as_string": value}
        if isinstance(value, torch.dtype):
            return {"as_scalar_type": _DTYPES[value]}
        if isinstance(value, torch.device):
            return {"as_device": {"type": value.type, "index": value.index}}
        if isinstance(value, torch.layout):
            return {"as_layout": _LAYOUTS.get(value, 0)}
        if isinstance(value, torch.memory_format):
            return {"as_memory_format": _FORMATS[value]}
        if isinstance(value, (list, tuple)):
            return self._list(list(value))
        raise TypeError(f"torch_tensorrt: an argument of type {type(value).__name__}")

    # ---- sub-graphs ----

    def _sub_graphs(self, paths: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Sub-graphs of one node, and further operands: a constant of one is an operand of all."""
        bodies = {path: Serializer(attribute(self.gm, path)) for path in paths}
        constants = [(owner, name) for owner, body in bodies.items() for name in body.constants]
        graphs, operands = [], []
        for path, body in bodies.items():
            inputs = body.graph["inputs"][len(body.constants) :]
            for owner, name in constants:
                inside = name if owner == path else f"other__{owner}__{name}"
                inputs.append(body._tensor(inside, bodies[owner].weights[bodies[owner].constants[name]]))
            graphs.append({"as_graph": {"name": path, "graph": {**body.graph, "inputs": inputs}}})
        for owner, name in constants:
            operands.append({"name": f"{owner}__{name}"})
            path = bodies[owner].constants[name]
            self._weight(f"{owner}__{name}", f"{owner}.{path}", bodies[owner].weights[path])
        return graphs, operands

    def _cond(self, node: Node) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
        predicate, on_true, on_false, operands = node.args
        if not all(isinstance(operand, Node) for operand in operands):
            raise TypeError("torch_tensorrt: an operand of cond is a plain number")
        graphs, constants = self._sub_graphs([on_true.target, on_false.target])
        named = [{"name": operand.name} for operand in operands] + constants
        args = [self._argument(predicate), *graphs, {"as_tensors": named}]  # so PyTorch writes integers too
        inputs = [{"name": "", "arg": arg, "kind": 1} for arg in args]
        return "torch.ops.higher_order.cond", inputs, self._outputs(node)

    def _operand(self, node: Node, i: int, value: Any) -> dict[str, Any]:
        """Operand `i` of a loop, by name: the schema has no list of tensors and plain integers."""
        if isinstance(value, Node):
            return {"name": value.name}
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"torch_tensorrt: a {type(value).__name__} is carried by a loop")
        name = f"{node.name}_operand_{i}"
        self._weight(name, name, torch.tensor(value))
        return {"name": name}

    def _while_loop(self, node: Node) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
        if node.kwargs or len(node.args) != 4:
            raise TypeError("torch_tensorrt: a loop that writes what it does not carry")
        condition, body, carried, additional = node.args
        graphs, constants = self._sub_graphs([condition.target, body.target])
        first = [self._operand(node, i, value) for i, value in enumerate(carried)]
        further = [self._operand(node, len(first) + i, value) for i, value in enumerate(additional)] + constants
        args = [*graphs, {"as_tensors": first}, {"as_tensors": further}]
        inputs = [{"name": "", "arg": arg, "kind": 1} for arg in args]
        return "torch.ops.higher_order.while_loop", inputs, self._outputs(node)

    # ---- nodes ----

    def _target(self, target: Any) -> str:
        if isinstance(target, torch._ops.OpOverload):
            return f"torch.ops.{target}"
        return f"{target.__module__}.{target.__name__}"

    def _inputs(self, node: Node) -> list[dict[str, Any]]:
        schema = node.target._schema.arguments if isinstance(node.target, torch._ops.OpOverload) else None
        named = []
        for i, value in enumerate(node.args):
            name = schema[i].name if schema else "abcdefgh"[i]
            named.append({"name": name, "arg": self._argument(value), "kind": 1})
        for name, value in node.kwargs.items():
            named.append({"name": name, "arg": self._argument(value), "kind": 2})
        return named

    def _outputs(self, node: Node) -> list[dict[str, Any]]:
        value = value_of(self.gm, node)
        if isinstance(node.target, torch._ops.OpOverload) and not node.target._schema.returns:
            return []
        if not isinstance(value, (list, tuple)):
            return [self._output(node.name, value)]
        names = {user.args[1]: user.name for user in node.users if is_getitem(user)}
        items = [self._output(names.get(i, f"{node.name}_unused_{i}"), v) for i, v in enumerate(value)]
        returns = node.target._schema.returns if isinstance(node.target, torch._ops.OpOverload) else ()
        if len(returns) == 1:  # one list
            return [{"as_tensors": [item["as_tensor"] for item in items]}]
        return items

    def _host_call(self, node: Node) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
        """A call that the schema cannot express, or whose values no engine can hold: a name that no converter has,
        with what there
        is of tensors and numbers, so that it is left to PyTorch and its neighbours know their order."""
        inputs = []
        for i, used in enumerate(node.all_input_nodes):
            if self._fits(value_of(self.gm, used)):
                inputs.append({"name": f"arg{i}", "arg": self._node(used), "kind": 1})
        value = value_of(self.gm, node)
        names = {user.args[1]: user.name for user in node.users if is_getitem(user)}
        values = {node.name: value} if not isinstance(value, (list, tuple)) else {n: value[i] for i, n in names.items()}
        outputs = [self._output(name, v) for name, v in values.items() if self._fits(v)]
        return f"python.{node.target}", inputs, outputs

    @staticmethod
    def _fits(value: Any) -> bool:
        if isinstance(value, torch.Tensor):
            return value.dtype in _DTYPES and value.layout == torch.strided
        return isinstance(value, (torch.SymInt, torch.SymBool, torch.SymFloat, int))

    def _touches_float(self, node: Node) -> bool:
        """An operator with a number that is no integer and known only when running: no engine computes those."""
        values = [value_of(self.gm, n) for n in (node, *node.all_input_nodes)]
        return isinstance(node.target, torch._ops.OpOverload) and any(isinstance(v, torch.SymFloat) for v in values)

    def _parts(self, node: Node) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
        control = {torch.ops.higher_order.cond: self._cond, torch.ops.higher_order.while_loop: self._while_loop}
        if write := control.get(node.target):
            with contextlib.suppress(TypeError, KeyError):
                return write(node)
        if isinstance(node.target, torch._ops.HigherOrderOperator) or self._touches_float(node):
            return self._host_call(node)
        try:
            return self._target(node.target), self._inputs(node), self._outputs(node)
        except (TypeError, KeyError):
            return self._host_call(node)

    def _call(self, node: Node) -> dict[str, Any]:
        stack = node.meta.get("nn_module_stack") or {}
        modules = ";".join(f"{key},{path},{kind}" for key, (path, kind) in stack.items())
        target, inputs, outputs = self._parts(node)
        return {
            "target": target,
            "inputs": inputs,
            "outputs": outputs,
            "metadata": {"stack_trace": node.meta.get("stack_trace") or "", "nn_module_stack": modules},
            "is_hop_single_tensor_return": False if target.startswith("torch.ops.higher_order") else None,
            "name": node.name,
        }

    # ---- the whole ----

    def _weight(self, name: str, path: str, value: torch.Tensor) -> None:
        self.constants[name] = path
        self.weights[path] = value
        self._tensor(name, self.weights[path])

    def _weight_input(self, name: str, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
        arg = {"name": name}
        if isinstance(self.weights[path], torch.nn.Parameter):
            return {"as_tensor": arg}, {"parameter": {"arg": arg, "parameter_name": path}}
        return {"as_tensor": arg}, {"tensor_constant": {"arg": arg, "tensor_constant_name": path}}

    def _placeholder(self, node: Node) -> tuple[dict[str, Any], dict[str, Any]]:
        value = value_of(self.gm, node)
        if value is None or isinstance(value, (str, bool, int, float)):  # torch.export has put it into the graph
            kind = self._argument(value)
            return kind, {"constant_input": {"name": node.name, "value": kind}}
        arg = self._output(node.name, value)
        return arg, {"user_input": {"arg": arg}}

    def _ranges(self) -> dict[str, Any]:
        result = {}
        for symbol, r in self.ranges.items():
            result[str(symbol)] = {"min_val": bound(r.lower), "max_val": bound(r.upper)}
        return result

    def _graph(self) -> tuple[dict[str, Any], dict[str, Any]]:
        users, nodes = [], []
        for node in self.gm.graph.nodes:
            if node in self.skip:
                continue
            if node.op == "get_attr" and isinstance(attribute(self.gm, node.target), torch.Tensor):
                self._weight(node.name, node.target, attribute(self.gm, node.target))
            elif node.op == "placeholder":
                users.append(self._placeholder(node))
            elif node.op == "call_function" and not is_getitem(node):
                nodes.append(self._call(node))
        outputs = [self._argument(value) for value in self.outputs]
        inputs = [*(self._weight_input(*constant) for constant in self.constants.items()), *users]
        graph = {
            "inputs": [arg for arg, _ in inputs],
            "outputs": outputs,
            "nodes": nodes,
            "tensor_values": self.tensors,
            "sym_int_values": self.sym_ints,
            "sym_bool_values": self.sym_bools,
            "sym_float_values": self.sym_floats,
            "custom_obj_values": {},
            "is_single_tensor_return": False,
        }
        signature = {
            "input_specs": [spec for _, spec in inputs],
            "output_specs": [{"user_output": {"arg": arg}} for arg in outputs],
        }
        return graph, signature

    def _program(self) -> dict[str, Any]:
        return {
            "graph_module": {
                "graph": self.graph,
                "signature": self.signature,
                "module_call_graph": [{"fqn": "", "signature": FLAT_CALL}],
                "metadata": {},
                "treespec_namedtuple_fields": {},
            },
            "opset_version": {"aten": 10},
            "range_constraints": self._ranges(),
            "schema_version": SCHEMA,
            "verifiers": [],
            "torch_version": torch.__version__,
            "guards_code": [],
        }
