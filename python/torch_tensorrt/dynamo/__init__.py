"""The torch.export frontend."""

from torch_tensorrt._cross_compile import (
    cross_compile_for_windows,
    load_cross_compiled_exported_program,
    save_cross_compiled_exported_program,
)
from torch_tensorrt._lib import UnsupportedOperatorException
from torch_tensorrt.dynamo import backend, conversion, debug, lowering, observer, partitioning, runtime, tools, utils
from torch_tensorrt.dynamo._compiler import compile, convert_exported_program_to_serialized_trt_engine
from torch_tensorrt.dynamo._exporter import export
from torch_tensorrt.dynamo._refit import refit_module_weights
from torch_tensorrt.dynamo._settings import CompilationSettings
from torch_tensorrt.dynamo._SourceIR import SourceIR
from torch_tensorrt.dynamo._tracer import trace
from torch_tensorrt.dynamo.debug import Debugger

backend.register()

__all__ = [
    "CompilationSettings",
    "Debugger",
    "SourceIR",
    "UnsupportedOperatorException",
    "backend",
    "compile",
    "conversion",
    "convert_exported_program_to_serialized_trt_engine",
    "cross_compile_for_windows",
    "debug",
    "export",
    "load_cross_compiled_exported_program",
    "lowering",
    "observer",
    "partitioning",
    "refit_module_weights",
    "runtime",
    "save_cross_compiled_exported_program",
    "tools",
    "trace",
    "utils",
]
