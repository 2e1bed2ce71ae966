"""The signature of an engine, and what tracing makes of it: outputs without the engine's bytes.

The grammar stands in include/torchtrt/engine.h: ``f32[s0,2*s0 + 1]|i64[]; in: s0=0.0``.
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

_DTYPES = {
    "f64": torch.float64,
    "f32": torch.float32,
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "i64": torch.int64,
    "i32": torch.int32,
    "i16": torch.int16,
    "i8": torch.int8,
    "u8": torch.uint8,
    "u16": torch.uint16,
    "u32": torch.uint32,
    "u64": torch.uint64,
    "b8": torch.bool,
    "f8e4m3fn": torch.float8_e4m3fn,
    "f8e5m2": torch.float8_e5m2,
    "f8e4m3fnuz": torch.float8_e4m3fnuz,
    "f8e5m2fnuz": torch.float8_e5m2fnuz,
    "c32": torch.complex32,
    "c64": torch.complex64,
    "c128": torch.complex128,
}
_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@dataclass(frozen=True)
class Output:
    dtype: torch.dtype
    dims: tuple[ast.expr, ...]


@dataclass(frozen=True)
class Signature:
    """`places`: symbol -> expression over `i<input>_<axis>` (a size) and `i<input>_item` (a number)."""

    outputs: tuple[Output, ...]
    places: dict[str, ast.expr]


def _expression(text: str) -> ast.expr:
    return ast.parse(text.strip(), mode="eval").body


def _split(text: str) -> list[str]:
    """At the commas outside of parentheses."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [part for part in (*parts, text[start:]) if part.strip()]


def _place(text: str) -> ast.expr:
    """ "0.1" -> i0_1; "(0.1-3)//2" -> (i0_1 - 3)//2; "2.item" -> i2_item"""
    inner, tail = text.strip(), ""
    if inner.startswith("("):
        inner, tail = inner[1:].split("-", 1)
        tail = f" - {tail}"
    number, axis = inner.strip().split(".")
    return _expression(f"{'(' if tail else ''}i{int(number)}_{axis}{tail}")


@functools.lru_cache(maxsize=256)
def parse(signature: str) -> Signature:
    """Raises ValueError for a text that is no signature."""
    try:
        shapes, _, places = signature.partition("; in: ")
        outputs = []
        for part in shapes.split("|") if shapes else ():
            name, _, dims = part.strip().partition("[")
            outputs.append(Output(_DTYPES[name], tuple(map(_expression, _split(dims.rstrip("]"))))))
        pairs = (p.split("=", 1) for p in _split(places))
        return Signature(tuple(outputs), {name.strip(): _place(place) for name, place in pairs})
    except (KeyError, ValueError, SyntaxError) as e:
        raise ValueError(f'"{signature}" is no signature of an engine: {e}') from None


def _evaluate(e: ast.AST, names: Callable[[str], Any]) -> Any:
    """Numbers, symbols, + - * // % **, comparisons, and the calls max, min."""
    if isinstance(e, ast.Constant) and isinstance(e.value, int):
        return e.value
    if isinstance(e, ast.Name):
        return names(e.id)
    if isinstance(e, ast.UnaryOp) and isinstance(e.op, ast.USub):
        return -_evaluate(e.operand, names)
    if isinstance(e, ast.BinOp) and type(e.op) in _BINARY:
        return _BINARY[type(e.op)](_evaluate(e.left, names), _evaluate(e.right, names))
    if isinstance(e, ast.Compare) and len(e.ops) == 1 and type(e.ops[0]) in _COMPARE:
        return _COMPARE[type(e.ops[0])](_evaluate(e.left, names), _evaluate(e.comparators[0], names))
    if isinstance(e, ast.IfExp):
        return torch.sym_ite(*(_evaluate(part, names) for part in (e.test, e.body, e.orelse)))
    if isinstance(e, ast.Call) and isinstance(e.func, ast.Name) and e.func.id.lower() in ("max", "min"):
        pick = torch.sym_max if e.func.id.lower() == "max" else torch.sym_min
        return functools.reduce(pick, (_evaluate(a, names) for a in e.args))
    raise ValueError(f"{ast.unparse(e)!r} in the signature of an engine")


class _Names:
    """The symbols' values from the inputs. A symbol without a place is a fresh size, if an output has it as it is; what
    is computed from others is a fresh size itself, for PyTorch wants every fresh one found in an output."""

    def __init__(self, signature: Signature, inputs: Sequence[torch.Tensor]) -> None:
        self.signature, self.inputs = signature, inputs
        self.known: dict[str, Any] = {}
        self.found = {d.id for out in signature.outputs for d in out.dims if isinstance(d, ast.Name)}

    def _read(self, name: str) -> Any:
        number, axis = name[1:].split("_")
        tensor = self.inputs[int(number)]
        return tensor.item() if axis == "item" else tensor.shape[int(axis)]

    def __call__(self, name: str) -> Any:
        if name not in self.known:
            place = self.signature.places.get(name)
            if place is None:
                self.known[name] = torch.library.get_ctx().new_dynamic_size()
            else:
                self.known[name] = _evaluate(place, self._read)
        return self.known[name]

    def size(self, dim: ast.expr) -> Any:
        names = {n.id for n in ast.walk(dim) if isinstance(n, ast.Name)}
        if all(n in self.found or n in self.signature.places or n.lower() in ("max", "min") for n in names):
            return _evaluate(dim, self)
        text = ast.unparse(dim)
        if text not in self.known:
            self.known[text] = torch.library.get_ctx().new_dynamic_size()
        return self.known[text]


def fake_outputs(inputs: Sequence[torch.Tensor], signature: str) -> list[torch.Tensor]:
    """Fresh contiguous tensors of the signature's shapes, on the inputs' device; numbers among them are on the CPU."""
    parsed = parse(signature)
    names = _Names(parsed, inputs)
    devices = [i.device for i in inputs]
    device = next((d for d in devices if d.type != "cpu"), torch.device("cpu"))
    return [torch.empty([names.size(d) for d in out.dims], dtype=out.dtype, device=device) for out in parsed.outputs]


def register_fake() -> None:
    @torch.library.register_fake("tensorrt::execute_engine")
    def _(inputs: list[torch.Tensor], engine: torch.Tensor, signature: str) -> list[torch.Tensor]:
        return fake_outputs(inputs, signature)
