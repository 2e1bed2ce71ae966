"""Which operators engines take, as Torch-TensorRT's registry of converters shows it.

Converters are functions of the C core: one table, seen here and not changed. What a converter written in Python is for
(an operator that no engine takes) is done by a decomposition, a lowering pass, or a row in the core's table; see
INSTEAD.
"""

from __future__ import annotations

import enum
import functools
import math
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.fx import Node

from torch_tensorrt import _lib
from torch_tensorrt._features import refuse
from torch_tensorrt.dynamo._settings import CompilationSettings, names_of, operator_name

INSTEAD = (
    "converters are functions of the C core. Write the operator as others with "
    "torch_tensorrt.dynamo.lowering.register_torch_trt_decomposition, replace it in a pass with _aten_lowering_pass, "
    "or leave it to PyTorch, where it runs beside the engines"
)
Target = Any


class ConverterPriority(enum.Enum):
    """Where a converter stands among those of its operator."""

    STANDARD = enum.auto()
    HIGH = enum.auto()


class CallingConvention(enum.Enum):
    """How a converter is called."""

    LEGACY = enum.auto()
    CTX = enum.auto()


@dataclass(frozen=True)
class CoreConverter:
    """A converter of the core. It cannot be called from Python.

    Args:
        operator: "aten.relu.default". name: that of its family, "activation".
    """

    operator: str
    name: str

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        raise refuse(f"the converter of {self.operator}", "networks built from Python", INSTEAD)


@dataclass(frozen=True)
class ConverterSupport:
    """A converter and what it takes."""

    converter_implementation: CoreConverter
    supports_dynamic_shapes: bool = True
    capability_validator: Callable[[Node, CompilationSettings | None], bool] = lambda _node, _settings: True
    requires_output_allocator: bool = False
    requires_native_multidevice: bool = False


def dynamo_tensorrt_converter(
    key: Target,
    *,
    enabled: bool = True,
    capability_validator: Callable[..., bool] | None = None,
    priority: ConverterPriority = ConverterPriority.STANDARD,
    supports_dynamic_shapes: bool = False,
    requires_output_allocator: bool = False,
    requires_native_multidevice: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Would register a converter written in Python. With enabled=False the function comes back as it is.

    Raises:
        NotImplementedError: otherwise. It says what to do instead: a decomposition, a lowering pass, or nothing, and
        the operator runs in PyTorch.
    Source: torch_tensorrt.dynamo.conversion.dynamo_tensorrt_converter.
    """

    def register(converter: Callable[..., Any]) -> Callable[..., Any]:
        if enabled:
            raise refuse(f"dynamo_tensorrt_converter({operator_name(key)})", "networks built from Python", INSTEAD)
        return converter

    return register


# ---- shapes ----


def _values(node: Node, positions: Sequence[int] | None = None) -> Iterator[Any]:
    args = node.args if positions is None else [node.args[i] for i in positions if i < len(node.args)]
    for arg in torch.utils._pytree.tree_leaves(args):
        if isinstance(arg, Node):
            yield from torch.utils._pytree.tree_leaves(arg.meta.get("val"))


def _is_dynamic(value: Any) -> bool:
    if isinstance(value, torch.Tensor):
        return any(isinstance(size, torch.SymInt) for size in value.shape)
    return isinstance(value, (torch.SymInt, torch.SymFloat, torch.SymBool))


def has_dynamic_shapes(node: Node) -> bool:
    """Whether the node's own value has a symbolic size."""
    return any(map(_is_dynamic, torch.utils._pytree.tree_leaves(node.meta.get("val"))))


def has_static_shapes(node: Node) -> bool:
    """Whether neither the node's value nor an argument has a symbolic size."""
    return not node_has_dynamic_shapes(node)


def node_has_dynamic_shapes(node: Node) -> bool:
    """Whether the node's value or an argument has a symbolic size."""
    return has_dynamic_shapes(node) or any(map(_is_dynamic, _values(node)))


def has_dynamic_shapes_in_args(arg_positions_to_check: Sequence[int] | None = None) -> Callable[[Node], bool]:
    """A function of a node: whether those positional arguments (default: all) have a symbolic size."""
    return lambda node: any(map(_is_dynamic, _values(node, arg_positions_to_check)))


def has_static_shapes_in_args(arg_positions_to_check: Sequence[int] | None = None) -> Callable[[Node], bool]:
    """A function of a node: whether none of those positional arguments (default: all) has a symbolic size."""
    return lambda node: not any(map(_is_dynamic, _values(node, arg_positions_to_check)))


# ---- the table ----


def _overload(name: str) -> Any:
    """What is behind "aten.relu.default", "_operator.add" or "torch.sym_max"; None where this PyTorch lacks it."""
    first, *rest = name.split(".")
    found: Any = _MODULES.get(first) or getattr(torch.ops, first, None)
    for part in rest:
        found = getattr(found, part, None)
    return found


_MODULES = {"_operator": operator, "math": math, "torch": torch}


@functools.cache
def _table() -> dict[Target, ConverterSupport]:
    rows = {}
    for row in _lib.operators():
        target = _overload(row["operator"])
        if target is not None:
            converter = CoreConverter(row["operator"], row["converter"])
            rows[target] = ConverterSupport(converter, supports_dynamic_shapes=row["dynamic"])
    return rows


class ConverterRegistry:
    """The operators that engines take. Keys are operators; `[node]` and get(node) look a call up, with its shapes and
    the operators that are left to PyTorch.

    Whether an engine takes a call also depends on the call's types and attributes: the partitioner knows, and tells
    its reasons (torch_tensorrt.dynamo.partitioning.fast_partition, dryrun=True).
    Source: torch_tensorrt.dynamo.conversion.DYNAMO_CONVERTERS.
    """

    def __init__(self) -> None:
        self.compilation_settings: CompilationSettings | None = None
        self.disallowed_targets: set[str] = set()

    def set_compilation_settings(self, compilation_settings: CompilationSettings) -> None:
        """Those that lookups go by: assume_dynamic_shape_support and torch_executed_ops."""
        self.compilation_settings = compilation_settings
        self.set_disallowed_targets(compilation_settings.torch_executed_ops)

    def set_disallowed_targets(self, torch_executed_ops: Any) -> None:
        """Operators, targets or texts, that lookups do not find."""
        self.disallowed_targets = set(map(operator_name, torch_executed_ops))

    def _is_allowed(self, target: Target) -> bool:
        return not names_of(target) & self.disallowed_targets

    def __getitem__(self, node: Node) -> tuple[CoreConverter, CallingConvention, dict[str, bool]]:
        if not isinstance(node, Node):
            raise KeyError(f"a node is looked up, not {type(node).__name__}: use get_unvalidated() for an operator")
        support = _table().get(node.target)
        is_taken = support is not None and self._is_allowed(node.target)
        assumed = self.compilation_settings is not None and self.compilation_settings.assume_dynamic_shape_support
        if is_taken and not (support.supports_dynamic_shapes or assumed):
            is_taken = has_static_shapes(node)
        if not is_taken:
            raise KeyError(f"no converter for {operator_name(node.target)}")
        return (
            support.converter_implementation,
            CallingConvention.CTX,
            {
                "supports_dynamic_shapes": support.supports_dynamic_shapes,
                "requires_output_allocator": support.requires_output_allocator,
                "requires_native_multidevice": support.requires_native_multidevice,
            },
        )

    def get(self, node: Node, value: Any = None) -> Any:
        """As `[node]`; `value` where there is none."""
        try:
            return self[node]
        except KeyError:
            return value

    def __contains__(self, key: Target | Node) -> bool:
        """A node by its call, an operator by its name alone."""
        return self.get(key) is not None if isinstance(key, Node) else key in _table() and self._is_allowed(key)

    def __setitem__(self, key: Target, value: Any) -> None:
        raise AssertionError(f"the registry is not changed from Python: {INSTEAD}")

    def __delitem__(self, key: Target) -> None:
        raise AssertionError(f"the registry is not changed from Python: {INSTEAD}")

    def get_unvalidated(self, key: Target, value: Any = None) -> Any:
        """The ConverterSupport of an operator, whatever the call. KeyError for a node."""
        if isinstance(key, Node):
            raise KeyError("an operator is looked up, not a node: use get() for a node")
        return _table().get(key, value)

    def get_all_converters_with_target(
        self, key: Target, return_registry_info: bool = False
    ) -> list[ConverterSupport] | dict[str, int]:
        """The ConverterSupport of an operator in a list, or how many there are by registry."""
        found = [_table()[key]] if key in _table() and self._is_allowed(key) else []
        return {"Dynamo ATen Converters Registry": len(found)} if return_registry_info else found

    def keys(self) -> list[Target]:
        """The operators."""
        return list(_table())

    def unique_targets(self) -> set[Target]:
        """The operators."""
        return set(_table())

    def __iter__(self) -> Iterator[Target]:
        return iter(_table())

    def __len__(self) -> int:
        return len(_table())

    def display_all_available_converters(self) -> str:
        """A text, one operator a line."""
        return "\n".join(
            f"{s.converter_implementation.operator}: {s.converter_implementation.name}"
            f"{'' if s.supports_dynamic_shapes else ', static shapes only'}"
            for s in _table().values()
        )


# The core's converters.
DYNAMO_CONVERTERS = ConverterRegistry()
# The same as a dictionary, a list with one converter for each operator.
DYNAMO_ATEN_CONVERTERS: dict[Target, list[ConverterSupport]] = {t: [s] for t, s in _table().items()}
