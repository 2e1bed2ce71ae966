"""What an input may be: its shapes, type and layout."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from enum import Enum
from typing import Any

import torch

from torch_tensorrt._enums import dtype, memory_format

_RANGE = ("min_shape", "opt_shape", "max_shape")
Shape = tuple[int, ...]


def _shape(value: Any, what: str) -> Shape:
    if not isinstance(value, (tuple, list, torch.Size)):
        raise TypeError(f"{what} is a list or tuple of sizes, not {type(value).__name__}")
    return tuple(operator.index(v) for v in value)


def _is_named(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")


class Input:
    """A specification of an input.

    ``Input((1, 3, 224, 224))``, ``Input(shape=...)``, ``Input(min_shape=, opt_shape=, max_shape=)`` or
    ``Input(profiles=[...])``.

    Args:
        dtype: torch, NumPy or torch_tensorrt type; default: unknown, which counts as float32.
        format: torch.memory_format or torch_tensorrt.memory_format, default linear.
        tensor_domain: half-open range of the values, default [0, 2).
        torch_tensor: an example; default: random in [0, 1) of the (opt) shape.
        name: the forward argument's name; names the exported dimensions.
        is_shape_tensor: the values are min/opt/max, not the shape; the exported argument is an int or a list of ints.
        shared_dims: {axis: name}; equal names on several inputs are one exported dimension. Named tuples as shapes
        say the same.
        profiles: list of {min_shape, opt_shape, max_shape}.
    Raises:
        TypeError: a shape that is no sequence; some of min/opt/max named tuples and others not; shared_dims that is
        no dict.
        ValueError: forms mixed or incomplete; an axis in shared_dims that is static or absent; profiles out of order.
    """

    class _ShapeMode(Enum):
        STATIC = 0
        DYNAMIC = 1

    dtype: dtype = dtype.unknown
    format: memory_format = memory_format.linear
    DOMAIN_OFFSET = 2.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.profiles: list[dict[str, Shape]] | None = None
        self.shared_dims: dict[int, str] = {}
        self.shape: Any
        self._read_shape(args, kwargs)
        self.dtype = dtype._from(kwargs["dtype"]) if "dtype" in kwargs else dtype.unknown
        self._explicit_set_dtype = self.dtype is not dtype.unknown
        self.format = memory_format._from(kwargs.get("format", memory_format.linear))
        self.tensor_domain = self._read_domain(kwargs.get("tensor_domain"))
        self.name: str = kwargs.get("name", "")
        self.is_shape_tensor: bool = bool(kwargs.get("is_shape_tensor", False))
        self._read_shared_dims(kwargs.get("shared_dims"))
        self._tensor: torch.Tensor | None = kwargs.get("torch_tensor")

    # ---- construction ----

    def _read_shape(self, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        if "shape_ranges" in kwargs:
            self._read_shape_ranges(args, kwargs)
        ranged = [name for name in _RANGE if kwargs.get(name) is not None]
        if len(args) > 1:
            raise ValueError(f"Input takes one positional argument, the shape, not {len(args)}")
        if kwargs.get("profiles") is not None:
            if args or ranged or "shape" in kwargs:
                raise ValueError("profiles cannot be combined with other shapes")
            self._read_profiles(kwargs["profiles"])
        elif len(ranged) == 3 and not args and "shape" not in kwargs:
            self._read_range(kwargs)
        elif ranged:
            raise ValueError(f"an Input has a shape, or all of {', '.join(_RANGE)}; given: {', '.join(ranged)}")
        elif args and "shape" in kwargs or not args and "shape" not in kwargs:
            raise ValueError(f"an Input has a shape, or all of {', '.join(_RANGE)}")
        else:
            self.shape_mode = Input._ShapeMode.STATIC
            self.shape = _shape(args[0] if args else kwargs["shape"], "shape")

    def _read_shape_ranges(self, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        """The old form: shape with -1 where a dimension is dynamic, and one (min, opt, max)."""
        ranges = kwargs.pop("shape_ranges")
        kwargs.pop("shape", None)
        if args or len(ranges) != 1 or len(ranges[0]) != 3:
            raise ValueError("shape_ranges is a list with one (min, opt, max)")
        kwargs.update(zip(_RANGE, ranges[0], strict=True))

    def _read_range(self, kwargs: dict[str, Any]) -> None:
        given = [kwargs[name] for name in _RANGE]
        named = [_is_named(shape) for shape in given]
        if any(named):
            if not all(named):
                raise TypeError("min_shape, opt_shape and max_shape are all named tuples, or none is")
            if len({shape._fields for shape in given}) > 1:
                raise ValueError("min_shape, opt_shape and max_shape have different fields")
            if kwargs.get("shared_dims") is not None:
                raise ValueError("named tuples and shared_dims say the same thing: give one of them")
        shapes = {name: _shape(kwargs[name], name) for name in _RANGE}
        if 0 in shapes["min_shape"] and not kwargs.get("is_shape_tensor"):
            warnings.warn("min_shape has a dimension of 0", stacklevel=4)
        if len({len(shape) for shape in shapes.values()}) > 1:
            raise ValueError("min_shape, opt_shape and max_shape have different ranks")
        self.shape_mode, self.shape = Input._ShapeMode.DYNAMIC, shapes
        if all(named):
            low, high = shapes["min_shape"], shapes["max_shape"]
            self.shared_dims = {i: f for i, f in enumerate(given[0]._fields) if low[i] != high[i]}

    def _read_profiles(self, profiles: Any) -> None:
        if not isinstance(profiles, (list, tuple)):
            raise TypeError("profiles is a list")
        if not profiles:
            raise ValueError("profiles is empty")
        result = []
        for i, profile in enumerate(profiles):
            if not isinstance(profile, dict):
                raise TypeError(f"profile {i} is a dict with {', '.join(_RANGE)}")
            missing = [name for name in _RANGE if name not in profile]
            if missing:
                raise ValueError(f"profile {i} lacks {', '.join(missing)}")
            shapes = {name: _shape(profile[name], name) for name in _RANGE}
            low, opt, high = (shapes[name] for name in _RANGE)
            if len({len(low), len(opt), len(high), len(result[0]["min_shape"]) if result else len(low)}) > 1:
                raise ValueError(f"profile {i} has another rank")
            if not all(1 <= a <= b <= c for a, b, c in zip(low, opt, high, strict=True)):
                raise ValueError(f"profile {i}: 1 <= min <= opt <= max does not hold")
            result.append(shapes)
        columns = [[p[name] for p in result] for name in _RANGE]
        self.profiles, self.shape_mode = result, Input._ShapeMode.DYNAMIC
        self.shape = {
            "min_shape": tuple(map(min, zip(*columns[0], strict=True))),
            "opt_shape": columns[1][0],
            "max_shape": tuple(map(max, zip(*columns[2], strict=True))),
        }

    def _read_domain(self, domain: Any) -> tuple[float, float]:
        if domain is None:
            return (0.0, Input.DOMAIN_OFFSET)
        is_pair = isinstance(domain, (tuple, list)) and len(domain) == 2
        if not is_pair or not all(isinstance(v, (int, float)) for v in domain):
            raise ValueError("tensor_domain is a pair of numbers")
        if domain[1] <= domain[0]:
            raise ValueError(f"tensor_domain [{domain[0]}, {domain[1]}) is empty")
        return tuple(domain)

    def _read_shared_dims(self, shared: Any) -> None:
        if shared is None:
            return
        if not isinstance(shared, dict):
            raise TypeError("shared_dims is a dict {axis: name}")
        if shared and self.shape_mode is Input._ShapeMode.STATIC:
            raise ValueError("shared_dims on a static input")
        for axis, name in shared.items():
            if not isinstance(axis, int) or not 0 <= axis < len(self.shape["min_shape"]):
                raise ValueError(f"shared_dims: the input has no axis {axis}")
            if not isinstance(name, str) or not name:
                raise ValueError(f"shared_dims: axis {axis} needs a name")
            if self.shape["min_shape"][axis] == self.shape["max_shape"][axis]:
                raise ValueError(f"shared_dims: axis {axis} is static")
        self.shared_dims = dict(shared)

    # ---- use ----

    @property
    def torch_tensor(self) -> torch.Tensor | None:
        """The example. Made when first asked for: a large input costs nothing until then."""
        if self._tensor is None:
            self._tensor = self.example_tensor(None if self.shape_mode is Input._ShapeMode.STATIC else "opt_shape")
        return self._tensor

    @torch_tensor.setter
    def torch_tensor(self, value: torch.Tensor | None) -> None:
        self._tensor = value

    def torch_dtype(self) -> torch.dtype:
        """The type as PyTorch's; float32 where it is unknown."""
        return self.dtype.to(torch.dtype, use_default=True)

    def example_tensor(self, optimization_profile_field: str | None = None) -> torch.Tensor:
        """A random tensor.

        Args:
            optimization_profile_field: "min_shape", "opt_shape" or "max_shape" of a dynamic input, None for a static
            one.
        Raises:
            ValueError: a field for a static input, none for a dynamic one, or one that is no field.
        """
        field = optimization_profile_field
        if self.shape_mode is Input._ShapeMode.STATIC:
            if field is not None:
                raise ValueError(f'a static input has no "{field}"')
            shape = self.shape
        elif field not in _RANGE:
            raise ValueError(f"{field!r} is none of {', '.join(_RANGE)}, of which a dynamic input needs one")
        else:
            shape = self.shape[field]
        if self.is_shape_tensor:
            return torch.tensor(shape, dtype=self.torch_dtype())
        return torch.rand(shape).to(self.torch_dtype())

    @classmethod
    def from_tensor(cls, t: torch.Tensor, disable_memory_format_check: bool = False) -> Input:
        """A static Input as `t` is, which becomes its example: nothing is copied.

        Args:
            disable_memory_format_check: takes other strides, too, as if they were contiguous.
        Raises:
            ValueError: the tensor is neither contiguous nor channels_last.
        """
        if disable_memory_format_check or t.is_contiguous():
            format = torch.contiguous_format
        elif t.dim() == 4 and t.is_contiguous(memory_format=torch.channels_last):
            format = torch.channels_last
        else:
            raise ValueError("the tensor is neither contiguous nor channels_last")
        return cls(shape=t.shape, dtype=t.dtype, format=format, torch_tensor=t)

    @classmethod
    def from_tensors(cls, ts: Sequence[torch.Tensor], disable_memory_format_check: bool = False) -> list[Input]:
        """from_tensor() of each."""
        return [cls.from_tensor(t, disable_memory_format_check) for t in ts]

    @staticmethod
    def equivalent_spec(a: Input, b: Input) -> bool:
        """Same mode, shapes, profiles, type, format and domain."""
        return all(
            getattr(a, name) == getattr(b, name)
            for name in ("shape_mode", "shape", "profiles", "dtype", "format", "tensor_domain")
        )

    def __str__(self) -> str:
        tail = f"dtype={self.dtype}, format={self.format}, domain=[{self.tensor_domain[0]}, {self.tensor_domain[1]}))"
        if self.shape_mode is Input._ShapeMode.STATIC:
            return f"Input(shape={self.shape}, {tail}"
        shapes = ", ".join(f"{name}={self.shape[name]}" for name in _RANGE)
        profiles = f", profiles={self.profiles}" if self.profiles else ""
        return f"Input({shapes}{profiles}, {tail}"

    __repr__ = __str__
