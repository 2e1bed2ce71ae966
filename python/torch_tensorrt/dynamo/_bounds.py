"""The user's Inputs against the program's declared shapes: what they may narrow, and what contradicts."""

from __future__ import annotations

import collections
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule, Node
from torch.utils._pytree import TreeSpec, tree_leaves

from torch_tensorrt._graph import range_of
from torch_tensorrt._Input import Input

logger = logging.getLogger("torch_tensorrt")
UNBOUNDED = 1 << 62


def _range(program: ExportedProgram, size: torch.SymInt) -> tuple[int, int]:
    low, high = range_of(size.node.expr, program.range_constraints)
    return 0 if low is None else low, UNBOUNDED if high is None else high


def _check_static(place: str, size: int, low: int, high: int) -> None:
    if not low == high == size:
        told = str(low) if low == high else f"{low} to {high}"
        raise ValueError(f"{place} is static ({size}) in the exported program; the Input says {told}")


def _dim(program: ExportedProgram, place: str, size: Any, low: int, opt: int, high: int) -> str:
    """The dimension as the core reads it: n or min..opt..max. Raises ValueError where the Input contradicts the
    program."""
    if isinstance(size, int):
        _check_static(place, size, low, high)
        return str(size)
    program_low, program_high = _range(program, size)
    if high > program_high:
        raise ValueError(f"{place} is at most {program_high} in the exported program; the Input's maximum is {high}")
    if low < program_low and not (low == 1 and program_low == 2):
        raise ValueError(f"{place} is at least {program_low} in the exported program; the Input's minimum is {low}")
    if low < program_low:
        logger.warning("%s: the exported program starts at 2, and so does the engine; the Input's minimum is 1", place)
    low = max(low, program_low)
    return f"{low}..{min(max(opt, low), high)}..{high}"


def build_user_symbol_bounds(
    gm: GraphModule, args: Any, kwargs: dict[str, Any] | None = None, signature: Any = None
) -> dict[Any, tuple[int, int]]:
    """The ranges that dynamic Inputs give to the graph's symbols, {symbol: (min, max)}.

    Args:
        gm: the graph of a program's module. args, kwargs: the Inputs, as narrowed_shapes() takes them. The first that
            names a symbol decides; axes that are computed from symbols say nothing. signature: not used.
    Raises:
        ValueError: another rank, or another size or a range for a static dimension.
    """
    bounds: dict[Any, tuple[int, int]] = {}
    for node, value, spec in _dynamic_inputs(gm, tuple(args or ()), kwargs or {}):
        low, high = spec.shape["min_shape"], spec.shape["max_shape"]
        _check_rank(node, value, low)
        for axis, size in enumerate(value.shape):
            if isinstance(size, int):
                _check_static(f"input '{node.target}', dimension {axis}", size, low[axis], high[axis])
            if isinstance(size, torch.SymInt) and size.node.expr.is_Symbol:
                bounds.setdefault(size.node.expr, (low[axis], high[axis]))
    return bounds


def _in_order(given: Any, spec: TreeSpec) -> list[Any]:
    """The leaves in the order of the program, where dicts may have their keys in another one; None for what is not
    given."""
    parts: list[Any]
    if isinstance(given, dict) and spec.type in (dict, collections.OrderedDict):
        parts = [given.get(key) for key in spec.context]
    elif isinstance(given, (list, tuple)) and not spec.is_leaf():
        parts = [*given, *[None] * (spec.num_children - len(given))]
    else:
        leaves = tree_leaves(given)
        return [*leaves, *[None] * (spec.num_leaves - len(leaves))][: spec.num_leaves]
    return [leaf for part, child in zip(parts, spec.children(), strict=False) for leaf in _in_order(part, child)]


def _dynamic_inputs(gm: GraphModule, args: Any, kwargs: dict[str, Any]) -> Iterator[tuple[Node, torch.Tensor, Input]]:
    """Placeholders with what they stand for and the dynamic Input of each; others are left out."""
    info = getattr(gm.graph._codegen, "pytree_info", None)
    spec = info.in_spec if info is not None else None
    leaves = tree_leaves((args, kwargs)) if spec is None else _in_order((args, kwargs), spec)
    for node, given in zip(gm.graph.find_nodes(op="placeholder"), leaves, strict=False):
        value = node.meta.get("val")
        if not isinstance(given, Input) or not isinstance(value, torch.Tensor) or given.is_shape_tensor:
            continue
        if given.shape_mode is not Input._ShapeMode.STATIC:
            yield node, value, given


def _check_rank(node: Node, value: torch.Tensor, shape: Sequence[int]) -> None:
    if len(shape) != value.dim():
        raise ValueError(
            f"input '{node.target}' has rank {value.dim()} in the exported program, {len(shape)} in its Input"
        )


def narrowed_shapes(
    program: ExportedProgram, gm: GraphModule, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[str]:
    """ "NAME:DIMxDIM" for every dynamic Input and each of its profiles, by the names of the placeholders of `gm`.

    Raises:
        ValueError: another rank, other numbers of profiles, another size or a range for a static dimension, or a range
        outside of the program's.
    """
    result: list[str] = []
    counts: dict[int, str] = {}
    for node, value, spec in _dynamic_inputs(gm, args, kwargs):
        profiles = spec.profiles or [spec.shape]
        counts.setdefault(len(profiles), f"input '{node.target}'")
        for shapes in profiles if value.dim() else ():
            result.append(f"{node.name}:{_text(program, node, value, shapes)}")
    if len(counts.keys() - {1}) > 1:
        told = " and ".join(f"{n} for {name}" for n, name in sorted(counts.items()) if n > 1)
        raise ValueError(f"inputs that have profiles have equally many: there are {told}")
    return result


def _text(program: ExportedProgram, node: Node, value: torch.Tensor, shapes: dict[str, Any]) -> str:
    """One profile of an input."""
    bounds = [shapes[k] for k in ("min_shape", "opt_shape", "max_shape")]
    what = f"input '{node.target}'"
    _check_rank(node, value, bounds[0])
    return "x".join(
        _dim(program, f"{what}, dimension {i}", size, *(b[i] for b in bounds)) for i, size in enumerate(value.shape)
    )
