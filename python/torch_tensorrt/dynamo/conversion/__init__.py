"""From operators to engines: what engines take, and whole graphs as engines.

Converters themselves are functions of the C core (docs/architecture.md).
"""

from torch_tensorrt.dynamo.conversion import converter_utils, plugins
from torch_tensorrt.dynamo.conversion._conversion import (
    convert_module,
    infer_module_output_dtypes,
    interpret_module_to_result,
)
from torch_tensorrt.dynamo.conversion._ConverterRegistry import (
    DYNAMO_ATEN_CONVERTERS,
    DYNAMO_CONVERTERS,
    CallingConvention,
    ConverterPriority,
    ConverterRegistry,
    ConverterSupport,
    dynamo_tensorrt_converter,
    has_dynamic_shapes,
    has_dynamic_shapes_in_args,
    has_static_shapes,
    has_static_shapes_in_args,
    node_has_dynamic_shapes,
)
from torch_tensorrt.dynamo.conversion._TRTInterpreter import (
    TRTInterpreter,
    TRTInterpreterResult,
    UnsupportedOperatorException,
)

__all__ = [
    "CallingConvention",
    "ConverterPriority",
    "ConverterRegistry",
    "ConverterSupport",
    "DYNAMO_ATEN_CONVERTERS",
    "DYNAMO_CONVERTERS",
    "TRTInterpreter",
    "TRTInterpreterResult",
    "UnsupportedOperatorException",
    "convert_module",
    "converter_utils",
    "dynamo_tensorrt_converter",
    "has_dynamic_shapes",
    "has_dynamic_shapes_in_args",
    "has_static_shapes",
    "has_static_shapes_in_args",
    "infer_module_output_dtypes",
    "interpret_module_to_result",
    "node_has_dynamic_shapes",
    "plugins",
]
