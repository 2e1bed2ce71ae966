"""Operators of the user's own inside of engines: names of Torch-TensorRT that this build does not have."""

from __future__ import annotations

from typing import Any

from torch_tensorrt._features import needs
from torch_tensorrt.dynamo.conversion._ConverterRegistry import ConverterPriority

_INSTEAD = "leave the operator to PyTorch: it runs between the engines, and torch_executed_ops need not name it"


@needs("qdp_plugin", _INSTEAD)
def custom_op(
    op_name: str,
    capability_validator: Any = None,
    priority: ConverterPriority = ConverterPriority.STANDARD,
    supports_dynamic_shapes: bool = False,
    requires_output_allocator: bool = False,
    *,
    use_aot_if_available: bool = True,
) -> None:
    """Would make a plugin of TensorRT and a converter of a custom operator.

    Raises:
        NotImplementedError: always; the operator runs in PyTorch, between the engines.
    Source: torch_tensorrt.dynamo.conversion.plugins.custom_op.
    """


@needs("qdp_plugin", _INSTEAD)
def generate_plugin(plugin_name: str, *args: Any, **kwargs: Any) -> None:
    """Would make a plugin of TensorRT of a custom operator.

    Raises:
        NotImplementedError: always.
    """


@needs("qdp_plugin", _INSTEAD)
def generate_plugin_converter(plugin_id: str, *args: Any, **kwargs: Any) -> None:
    """Would make a converter of a custom operator that has a plugin.

    Raises:
        NotImplementedError: always.
    """
