"""What Torch-TensorRT's converters share, as far as it means something without TensorRT's network in Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from torch_tensorrt._features import refuse
from torch_tensorrt.dynamo.conversion._ConverterRegistry import INSTEAD


def get_positive_dim(dim: int | Sequence[int], dim_size: int) -> int | tuple[int, ...]:
    """An axis, or several, counted from the front; `dim_size` is the rank."""
    return dim % dim_size if isinstance(dim, int) else tuple(d % dim_size for d in dim)


def flatten_dims(input: Any, start_dim: int, end_dim: int) -> tuple[int, ...]:
    """The shape of `input` with those axes (both included, negative ones from the end) made one."""
    shape = tuple(input.shape)
    start, end = start_dim % len(shape), end_dim % len(shape)
    return (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])


def enforce_tensor_types(type_dictionary: dict[Any, Any], promote: bool = True) -> Callable[..., Any]:
    """Would make sure of the types of a converter's arguments.

    Raises:
        NotImplementedError: always: there are no converters in Python.
    """
    raise refuse("enforce_tensor_types", "networks built from Python", INSTEAD)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise refuse(f"converter_utils.{name}", "networks built from Python", INSTEAD)
