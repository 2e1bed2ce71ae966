"""Enumerations of the public API, with conversions from and to PyTorch's and NumPy's."""

from __future__ import annotations

import platform
import warnings
from enum import Enum
from typing import Any

import numpy as np
import torch


class _Convertible(Enum):
    """`try_from` and `try_to` return None where `_from` and `to` raise."""

    @classmethod
    def _from(cls, value: Any, use_default: bool = False) -> Any:
        raise NotImplementedError

    @classmethod
    def try_from(cls, value: Any, use_default: bool = False) -> Any:
        try:
            return cls._from(value, use_default)
        except (TypeError, ValueError):
            return None

    def to(self, target: Any, use_default: bool = False) -> Any:
        raise NotImplementedError

    def try_to(self, target: Any, use_default: bool = False) -> Any:
        try:
            return self.to(target, use_default)
        except (TypeError, ValueError):
            return None


def _name_in(value: Any, kind: str) -> str | None:
    """The name of a member of TensorRT's enumeration of that kind ("DataType"). Its Python package is not imported:
    whoever has such a value has it."""
    return getattr(value, "name", None) if type(value).__name__ == kind else None


def _member_of(target: Any, kind: str, name: str | None) -> Any:
    """The member of that name where `target` is TensorRT's enumeration of that kind; else None."""
    return getattr(target, name, None) if name and getattr(target, "__name__", "") == kind else None


class dtype(_Convertible):
    """Data types. Compares equal to PyTorch's and NumPy's: ``dtype.f32 == torch.float32``."""

    unknown = 0
    u8 = 1
    i8 = 2
    i32 = 3
    i64 = 4
    f16 = 5
    f32 = 6
    f64 = 7
    b = 8
    bf16 = 9
    f8 = 10
    f4 = 11
    i16 = 12
    uint8 = u8
    int8 = i8
    int16 = i16
    int32 = i32
    int = i32
    long = i64
    int64 = i64
    float8 = f8
    fp8 = f8
    float4 = f4
    fp4 = f4
    half = f16
    fp16 = f16
    float16 = f16
    float = f32
    fp32 = f32
    float32 = f32
    double = f64
    fp64 = f64
    float64 = f64
    bfloat16 = bf16
    bool = b

    @classmethod
    def _from(cls, value: Any, use_default: Any = False) -> dtype:
        """From torch.dtype, a NumPy type, TensorRT's DataType, or dtype. TypeError where there is none, or f32 with a
        warning if use_default."""
        if isinstance(value, dtype):
            return value
        found = _FROM_TORCH.get(value) if isinstance(value, torch.dtype) else _from_numpy(value)
        found = found or _FROM_TENSORRT.get(_name_in(value, "DataType") or "")
        if found is not None:
            return found
        if use_default:
            warnings.warn(f"{value} is no type of torch_tensorrt.dtype, float32 is taken", stacklevel=2)
            return cls.f32
        raise TypeError(f"{value} (of type {type(value).__name__}) cannot be converted to torch_tensorrt.dtype")

    def to(self, target: Any, use_default: Any = False) -> Any:
        """To torch.dtype, np.dtype, TensorRT's DataType or dtype: `target` is the class. TypeError, or float32 with a
        warning if use_default."""
        if target is dtype:
            return self
        if target is torch.dtype:
            found: Any = _TO_TORCH.get(self)
        elif target is np.dtype or target is np.generic:
            name = _TO_NUMPY.get(self)
            found = np.dtype(name) if name else None
        elif getattr(target, "__name__", "") == "DataType":
            found = _member_of(target, "DataType", _TO_TENSORRT.get(self))
        else:
            raise TypeError(f"torch_tensorrt.dtype cannot be converted to {target}")
        if found is not None:
            return found
        if not use_default:
            raise TypeError(f"{self} has no counterpart in {target}")
        if self is not dtype.unknown:
            warnings.warn(f"{self} has no counterpart in {target}, float32 is taken", stacklevel=2)
        return dtype.f32.to(target)

    def __eq__(self, other: Any) -> Any:
        found = dtype.try_from(other) if not isinstance(other, dtype) else other
        return found is not None and self.value == found.value

    def __hash__(self) -> Any:
        return hash(self.value)


_TO_TORCH: dict[dtype, torch.dtype] = {
    dtype.u8: torch.uint8,
    dtype.i8: torch.int8,
    dtype.i16: torch.int16,
    dtype.i32: torch.int32,
    dtype.i64: torch.int64,
    dtype.f16: torch.float16,
    dtype.f32: torch.float32,
    dtype.f64: torch.float64,
    dtype.b: torch.bool,
    dtype.bf16: torch.bfloat16,
    dtype.f8: torch.float8_e4m3fn,
}
if hasattr(torch, "float4_e2m1fn_x2"):
    _TO_TORCH[dtype.f4] = torch.float4_e2m1fn_x2
_FROM_TORCH = {value: key for key, value in _TO_TORCH.items()}
_TO_NUMPY = {
    dtype.u8: "uint8",
    dtype.i8: "int8",
    dtype.i16: "int16",
    dtype.i32: "int32",
    dtype.i64: "int64",
    dtype.f16: "float16",
    dtype.f32: "float32",
    dtype.f64: "float64",
    dtype.b: "bool",
}
_TO_TENSORRT = {
    dtype.u8: "UINT8",
    dtype.i8: "INT8",
    dtype.i32: "INT32",
    dtype.i64: "INT64",
    dtype.f16: "HALF",
    dtype.f32: "FLOAT",
    dtype.b: "BOOL",
    dtype.bf16: "BF16",
    dtype.f8: "FP8",
    dtype.f4: "FP4",
}
_FROM_TENSORRT = {name: key for key, name in _TO_TENSORRT.items()}
_FROM_NUMPY = {name: key for key, name in _TO_NUMPY.items()}


def _from_numpy(value: Any) -> dtype | None:
    if value is None or not isinstance(value, (type, np.dtype)):
        return None
    try:
        return _FROM_NUMPY.get(np.dtype(value).name)
    except TypeError:
        return None


class memory_format(_Convertible):
    """Layouts of tensors. Engine `cpu` takes any strides; the formats that only TensorRT has are accepted and carried
    along."""

    linear = 0
    chw2 = 1
    hwc8 = 2
    chw4 = 3
    chw16 = 4
    chw32 = 5
    dhwc8 = 6
    cdhw32 = 7
    hwc = 8
    dla_linear = 9
    dla_hwc4 = 10
    hwc16 = 11
    dhwc = 12
    contiguous = linear
    channels_last = hwc
    channels_last_3d = dhwc

    @classmethod
    def _from(cls, value: Any, use_default: bool = False) -> memory_format:
        """From torch.memory_format, TensorRT's TensorFormat, or memory_format. TypeError where there is none, or linear
        if use_default."""
        if isinstance(value, memory_format):
            return value
        if isinstance(value, torch.memory_format) and value in _FROM_FORMAT:
            return _FROM_FORMAT[value]
        name = _name_in(value, "TensorFormat")
        if name and name.lower() in cls.__members__:
            return cls[name.lower()]
        if use_default:
            return cls.linear
        raise TypeError(f"{value} cannot be converted to torch_tensorrt.memory_format")

    def to(self, target: Any, use_default: bool = False) -> Any:
        """To torch.memory_format, TensorRT's TensorFormat or memory_format: `target` is the class. TypeError where
        there is none, or torch.contiguous_format if use_default."""
        if target is memory_format:
            return self
        if (native := _member_of(target, "TensorFormat", self.name.upper())) is not None:
            return native
        if target is not torch.memory_format:
            raise TypeError(f"torch_tensorrt.memory_format cannot be converted to {target}")
        for format, member in _FROM_FORMAT.items():
            if member is self:
                return format
        if use_default:
            return torch.contiguous_format
        raise TypeError(f"{self} has no counterpart in PyTorch")

    def __eq__(self, other: Any) -> bool:
        found = memory_format.try_from(other)
        return found is not None and self.value == found.value

    def __hash__(self) -> int:
        return hash(self.value)


_FROM_FORMAT = {
    torch.contiguous_format: memory_format.linear,
    torch.channels_last: memory_format.hwc,
    torch.channels_last_3d: memory_format.dhwc,
}


class DeviceType(_Convertible):
    """Kinds of devices. CPU is engine `cpu`."""

    UNKNOWN = 0
    GPU = 1
    DLA = 2
    CPU = 3

    @classmethod
    def _from(cls, value: Any, use_default: bool = False) -> DeviceType:
        """From torch.device, a text, TensorRT's DeviceType, or DeviceType. ValueError where there is none, or GPU if
        use_default."""
        if isinstance(value, DeviceType):
            return value
        name = value.type if isinstance(value, torch.device) else (_name_in(value, "DeviceType") or value)
        name = name.lower() if isinstance(name, str) else name
        found = {"cuda": cls.GPU, "gpu": cls.GPU, "dla": cls.DLA, "cpu": cls.CPU}.get(name)
        if found is not None:
            return found
        if use_default:
            return cls.GPU
        raise ValueError(f"unsupported device type {value}")

    def to(self, target: Any, use_default: bool = False) -> Any:
        """To torch.device, str, TensorRT's DeviceType or DeviceType: `target` is the class. ValueError where there is
        none."""
        if target is DeviceType:
            return self
        if (native := _member_of(target, "DeviceType", self.name)) is not None:
            return native
        if target is torch.device or target is str:
            name = {DeviceType.GPU: "cuda", DeviceType.DLA: "cuda", DeviceType.CPU: "cpu"}.get(self)
            if name is not None:
                return torch.device(name) if target is torch.device else name
        raise ValueError(f"{self} cannot be converted to {target}")


class EngineCapability(_Convertible):
    """What an engine may use. Engine `cpu` builds STANDARD ones."""

    STANDARD = 0
    SAFETY = 1
    DLA_STANDALONE = 2
    DEFAULT = STANDARD

    @classmethod
    def _from(cls, value: Any, use_default: bool = False) -> EngineCapability:
        if isinstance(value, EngineCapability):
            return value
        name = getattr(value, "name", value)
        if isinstance(name, str) and name.upper() in cls.__members__:
            return cls[name.upper()]
        raise ValueError(f"unsupported engine capability {value}")

    def to(self, target: Any, use_default: bool = False) -> Any:
        """To TensorRT's EngineCapability or this one: `target` is the class. ValueError otherwise."""
        if target is EngineCapability:
            return self
        if (native := _member_of(target, "EngineCapability", self.name)) is not None:
            return native
        raise ValueError(f"EngineCapability cannot be converted to {target}")


class Platform(Enum):
    """Operating systems and processors that engines are built for. `str()` is the lower-case name."""

    LINUX_X86_64 = "linux_x86_64"
    LINUX_AARCH64 = "linux_aarch64"
    WIN_X86_64 = "windows_x86_64"
    WIN_ARM64 = "windows_arm64"
    UNKNOWN = "unknown"

    @classmethod
    def current_platform(cls) -> Platform:
        """That of this process; UNKNOWN where it is none of the others."""
        key = (platform.system(), platform.machine().lower())
        return {
            ("Linux", "x86_64"): cls.LINUX_X86_64,
            ("Linux", "aarch64"): cls.LINUX_AARCH64,
            ("Windows", "amd64"): cls.WIN_X86_64,
            ("Windows", "arm64"): cls.WIN_ARM64,
        }.get(key, cls.UNKNOWN)

    def __str__(self) -> str:
        return self.name.lower()
