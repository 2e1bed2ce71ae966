"""How a compiled module was exported: example inputs and dynamic shapes, for exporting it again when it is saved."""

from __future__ import annotations

from typing import Any

import sympy
import torch
from torch.export import Dim, ExportedProgram
from torch.fx import GraphModule
from torch.utils._pytree import tree_flatten, tree_unflatten

from torch_tensorrt._graph import bound

KEY = "torch_tensorrt_call"


class _Dims:
    """One Dim for each symbol of the program's inputs."""

    def __init__(self, program: ExportedProgram) -> None:
        self.ranges = program.range_constraints
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


def dynamic_shapes_of(program: ExportedProgram) -> Any:
    """The program's dynamic_shapes, as torch.export.export takes them by argument name; None where all is static."""
    signature = set(program.graph_signature.user_inputs)
    dims = _Dims(program)
    flat: list[Any] = []
    for node in program.graph.find_nodes(op="placeholder"):
        if node.name not in signature:
            continue
        value = node.meta.get("val")
        if isinstance(value, torch.Tensor):
            axes = {i: d for i, s in enumerate(value.shape) if (d := dims.get(s)) is not None}
            flat.append(axes or None)
        else:
            flat.append(Dim.DYNAMIC if isinstance(value, torch.SymInt) else None)
    if not any(flat) or program.call_spec.in_spec.num_leaves != len(flat):
        return None
    args, kwargs = tree_unflatten(flat, program.call_spec.in_spec)
    names = program.module_call_graph[0].signature.forward_arg_names
    if names is None:
        return tuple(args) if not kwargs else None
    return {**dict(zip(names, args, strict=False)), **kwargs}


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
