"""The torch.export frontend."""

from torch_tensorrt._lib import UnsupportedOperatorException
from torch_tensorrt.dynamo import backend, lowering, partitioning, runtime, utils
from torch_tensorrt.dynamo._compiler import compile, convert_exported_program_to_serialized_trt_engine
from torch_tensorrt.dynamo._settings import CompilationSettings
from torch_tensorrt.dynamo._tracer import trace

backend.register()

__all__ = [
    "CompilationSettings",
    "UnsupportedOperatorException",
    "backend",
    "compile",
    "convert_exported_program_to_serialized_trt_engine",
    "lowering",
    "partitioning",
    "runtime",
    "trace",
    "utils",
]
