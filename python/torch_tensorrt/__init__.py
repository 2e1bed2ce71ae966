"""Torch-TensorRT's API over libtorchtrt: compiles PyTorch programs into engines, runs, saves and loads them."""

from torch_tensorrt import _conflicts

_conflicts.check()

from torch_tensorrt import _lib  # noqa: E402

_lib.register_with_torch()

from torch_tensorrt import dynamo, logging, runtime  # noqa: E402
from torch_tensorrt._compile import compile, convert_method_to_trt_engine  # noqa: E402
from torch_tensorrt._Device import Device  # noqa: E402
from torch_tensorrt._enums import DeviceType, EngineCapability, Platform, dtype, memory_format  # noqa: E402
from torch_tensorrt._features import ENABLED_FEATURES  # noqa: E402
from torch_tensorrt._Input import Input  # noqa: E402
from torch_tensorrt._save import load, save  # noqa: E402
from torch_tensorrt.dynamo.runtime._signature import register_fake as _register_fake  # noqa: E402
from torch_tensorrt.runtime import *  # noqa: E402, F403

_register_fake()
__version__ = _lib.version()

__all__ = [
    "ENABLED_FEATURES",
    "Device",
    "DeviceType",
    "EngineCapability",
    "Input",
    "Platform",
    "compile",
    "convert_method_to_trt_engine",
    "dtype",
    "dynamo",
    "load",
    "logging",
    "memory_format",
    "runtime",
    "save",
]
