"""What Torch-TensorRT's converters share, as far as it means something without TensorRT's network in Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from torch_tensorrt._features import refuse
from torch_tensorrt.dynamo.conversion._ConverterRegistry import INSTEAD

# Names of Torch-TensorRT's module that build or read TensorRT's network.
_OF_NETWORKS = {
    "append",
    "args_bounds_check",
    "broadcast",
    "broadcast_to_same_shape",
    "broadcastable",
    "calculate_strides",
    "cast_int_int_div_trt_tensor",
    "cast_int_or_float_to_bool",
    "cast_trt_tensor",
    "create_constant",
    "extend_attr_to_tuple",
    "get_axes_for_reduce_op",
    "get_node_io",
    "get_node_name",
    "get_trt_tensor",
    "has_dynamic_shape",
    "is_only_operator_on_placeholder",
    "load_tensorrt_llm",
    "load_tensorrt_llm_for_nccl",
    "prepend_ones",
    "promote_trt_tensors_to_same_dtype",
    "set_item",
    "set_layer_name",
    "to_numpy",
    "to_torch",
    "to_trt_weights",
}


def _positive(dim: int, rank: int) -> int:
    if not -rank <= dim < rank:
        raise IndexError(f"axis {dim} of a tensor of rank {rank}")
    return dim + rank if dim < 0 else dim


def get_positive_dim(dim: int | Sequence[int], dim_size: int) -> int | tuple[int, ...]:
    """An axis, or several, counted from the front; `dim_size` is the rank. IndexError for an axis outside of it."""
    return _positive(dim, dim_size) if isinstance(dim, int) else tuple(_positive(d, dim_size) for d in dim)


def flatten_dims(input: Any, start_dim: int, end_dim: int) -> tuple[int, ...]:
    """The shape of `input` with those axes (both included, negative ones from the end) made one. IndexError for an axis
    that it has not."""
    shape = tuple(input.shape)
    start, end = _positive(start_dim, len(shape)), _positive(end_dim, len(shape))
    return (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])


def enforce_tensor_types(type_dictionary: dict[Any, Any], promote: bool = True) -> Callable[..., Any]:
    """Would make sure of the types of a converter's arguments.

    Raises:
        NotImplementedError: always: there are no converters in Python.
    """
    raise refuse("enforce_tensor_types", "networks built from Python", INSTEAD)


def __getattr__(name: str) -> Any:
    if name not in _OF_NETWORKS:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    raise refuse(f"converter_utils.{name}", "networks built from Python", INSTEAD)
