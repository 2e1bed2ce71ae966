"""Torch-TensorRT's API over libtorchtrt: compiles PyTorch programs into engines, runs, saves and loads them."""

from torch_tensorrt import _conflicts

_conflicts.check()

from torch_tensorrt import _lib  # noqa: E402

_lib.register_with_torch()

from torch_tensorrt import distributed, dynamo, logging, runtime  # noqa: E402
from torch_tensorrt._compile import compile, convert_method_to_trt_engine  # noqa: E402
from torch_tensorrt._cross_compile import (  # noqa: E402
    cross_compile_for_windows,
    load_cross_compiled_exported_program,
)
from torch_tensorrt._Device import Device  # noqa: E402
from torch_tensorrt._enums import DeviceType, EngineCapability, Platform, dtype, memory_format  # noqa: E402
from torch_tensorrt._features import ENABLED_FEATURES  # noqa: E402
from torch_tensorrt._Input import Input  # noqa: E402
from torch_tensorrt._save import load, save  # noqa: E402
from torch_tensorrt.dynamo.runtime._MutableTorchTensorRTModule import MutableTorchTensorRTModule  # noqa: E402
from torch_tensorrt.dynamo.runtime._ops import register as _register_operators  # noqa: E402
from torch_tensorrt.dynamo.runtime._signature import register_fake as _register_fake  # noqa: E402
from torch_tensorrt.runtime import *  # noqa: E402, F403

_register_fake()
_register_operators()
__version__ = _lib.version()

__all__ = [
    "ENABLED_FEATURES",
    "Device",
    "DeviceType",
    "EngineCapability",
    "Input",
    "MutableTorchTensorRTModule",
    "Platform",
    "compile",
    "convert_method_to_trt_engine",
    "cross_compile_for_windows",
    "distributed",
    "dtype",
    "dynamo",
    "load",
    "load_cross_compiled_exported_program",
    "logging",
    "memory_format",
    "runtime",
    "save",
]
