"""How a compiled module was exported: example inputs and dynamic shapes, for exporting it again when it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
import torch
from torch.export import Dim, ExportedProgram
from torch.export.graph_signature import InputKind
from torch.fx import GraphModule
from torch.utils._pytree import tree_flatten, tree_unflatten

from torch_tensorrt._graph import bound

KEY = "torch_tensorrt_call"


class _Dims:
    """One Dim for each symbol of the program's inputs."""

    def __init__(self, ranges: Mapping[sympy.Symbol, Any]) -> None:
        self.ranges = ranges
        self.dims: dict[sympy.Symbol, Any] = {}

    def _symbol(self, symbol: sympy.Symbol) -> Any:
        if symbol not in self.dims:
            r = self.ranges.get(symbol)
            low, high = (bound(r.lower), bound(r.upper)) if r is not None else (None, None)
            self.dims[symbol] = Dim(f"d_{symbol}", min=low, max=high)
        return self.dims[symbol]

    def get(self, size: Any) -> Any:
        """A Dim, `a * Dim + b`, Dim.AUTO for other expressions, None where static."""
        expr = size.node.expr if isinstance(size, torch.SymInt) else None
        if expr is None or expr.is_number:
            return None
        if isinstance(expr, sympy.Symbol):
            return self._symbol(expr)
        if len(expr.free_symbols) == 1 and expr.is_polynomial() and sympy.degree(expr) == 1:
            (symbol,) = expr.free_symbols
            a, b = (int(c) for c in sympy.Poly(expr, symbol).all_coeffs())
            dim = self._symbol(symbol)
            dim = a * dim if a != 1 else dim
            return dim + b if b > 0 else dim - -b if b < 0 else dim
        return Dim.AUTO

    def axes(self, value: torch.Tensor) -> dict[int, Any] | None:
        return {i: d for i, s in enumerate(value.shape) if (d := self.get(s)) is not None} or None


def dynamic_shapes_of(program: ExportedProgram) -> Any:
    """The program's dynamic_shapes, as torch.export.export takes them by argument name; None where all is static."""
    dims = _Dims(program.range_constraints)
    values = {node.name: node.meta.get("val") for node in program.graph.find_nodes(op="placeholder")}
    flat: list[Any] = []
    for spec in program.graph_signature.input_specs:
        if spec.kind is not InputKind.USER_INPUT:
            continue
        value = values.get(spec.arg.name)
        if isinstance(value, torch.Tensor):
            flat.append(dims.axes(value))
        else:
            flat.append(Dim.DYNAMIC if isinstance(value, torch.SymInt) else None)
    if not any(flat) or program.call_spec.in_spec.num_leaves != len(flat):
        return None
    args, kwargs = tree_unflatten(flat, program.call_spec.in_spec)
    names = program.module_call_graph[0].signature.forward_arg_names
    if names is None:
        return tuple(args) if not kwargs else None
    return {**dict(zip(names, args, strict=False)), **kwargs}


def has_symbols(gm: GraphModule) -> bool:
    values = [n.meta.get("val") for n in gm.graph.find_nodes(op="placeholder")]
    return any(isinstance(s, torch.SymInt) for v in values if isinstance(v, torch.Tensor) for s in v.shape)


def call_of_metadata(gm: GraphModule) -> tuple[tuple[Any, ...], dict[str, Any], Any] | None:
    """Example inputs and dynamic shapes as the placeholders' metadata tell them; None where one tells no tensor."""
    values = [n.meta.get("val") for n in gm.graph.find_nodes(op="placeholder")]
    if not all(isinstance(v, torch.Tensor) for v in values):
        return None
    symbolic = [s for v in values for s in v.shape if isinstance(s, torch.SymInt)]
    dims = _Dims(symbolic[0].node.shape_env.var_to_range if symbolic else {})
    examples = [torch.zeros([_hint(s) for s in v.shape], dtype=v.dtype, device=v.device) for v in values]
    shapes = [dims.axes(v) for v in values]
    info = getattr(gm.graph._codegen, "pytree_info", None)
    if info is None or info.in_spec is None:
        return tuple(examples), {}, tuple(shapes) if symbolic else None
    args, kwargs = tree_unflatten(examples, info.in_spec)
    arg_shapes, kwarg_shapes = tree_unflatten(shapes, info.in_spec)
    by_name = {**dict(zip(info.orig_args, arg_shapes, strict=False)), **kwarg_shapes}
    return tuple(args), kwargs, by_name if symbolic else None


def _hint(size: Any) -> int:
    return size.node.hint if isinstance(size, torch.SymInt) else size


def remember_call(gm: GraphModule, program: ExportedProgram) -> None:
    """Keeps in gm.meta what exporting it again needs."""
    gm.meta[KEY] = {"inputs": program.example_inputs, "dynamic_shapes": dynamic_shapes_of(program)}


def example_inputs(gm: GraphModule) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    return gm.meta.get(KEY, {}).get("inputs")


def dynamic_shapes(gm: GraphModule) -> Any:
    return gm.meta.get(KEY, {}).get("dynamic_shapes")


def is_dynamic(gm: GraphModule) -> bool:
    leaves, _ = tree_flatten(dynamic_shapes(gm))
    return any(leaf is not None for leaf in leaves)
