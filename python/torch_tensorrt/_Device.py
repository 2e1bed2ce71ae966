"""Where a program runs."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from torch_tensorrt._enums import DeviceType


class Device:
    """A device by text (``Device("cuda:1")``, ``"dla:0"``, ``"cpu"``) or by keywords (``gpu_id=``, ``dla_core=``).

    Args:
        gpu_id: number of the GPU.
        dla_core: number of the DLA core; gpu_id is 0 then.
        allow_gpu_fallback: layers that the DLA core cannot run go to the GPU (default False).
    Raises:
        TypeError: a positional argument that is no text, or a fallback that is no bool.
        ValueError: an unknown prefix, neither keyword, more than one positional argument.
        IndexError: a prefix without its number ("cuda").
    """

    device_type: DeviceType
    gpu_id: int
    dla_core: int
    allow_gpu_fallback: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.device_type, self.gpu_id, self.dla_core = DeviceType.UNKNOWN, -1, -1
        self.allow_gpu_fallback = kwargs.get("allow_gpu_fallback", False)
        if not isinstance(self.allow_gpu_fallback, bool):
            raise TypeError("allow_gpu_fallback is a bool")
        if len(args) > 1:
            raise ValueError(f"Device takes one positional argument, not {len(args)}")
        if args:
            self._parse(args[0])
        elif "dla_core" in kwargs and kwargs["dla_core"] is not None and kwargs["dla_core"] >= 0:
            self._set_dla(kwargs["dla_core"], kwargs.get("gpu_id", 0))
        elif "gpu_id" in kwargs:
            self.device_type, self.gpu_id = DeviceType.GPU, int(kwargs["gpu_id"])
        else:
            raise ValueError("Device takes a text, or gpu_id or dla_core by keyword")

    def _set_dla(self, core: int, gpu_id: int = 0) -> None:
        if gpu_id != 0:
            warnings.warn("a DLA device belongs to GPU 0; gpu_id is set to 0", stacklevel=3)
        self.device_type, self.dla_core, self.gpu_id = DeviceType.DLA, int(core), 0

    def _parse(self, text: Any) -> None:
        if not isinstance(text, str):
            raise TypeError(f"Device takes a text as its positional argument, not {type(text).__name__}")
        prefix, *rest = text.lower().split(":")
        if prefix == "cpu":
            self.device_type = DeviceType.CPU
        elif prefix in ("gpu", "cuda"):
            self.device_type, self.gpu_id = DeviceType.GPU, int(rest[0])
        elif prefix == "dla":
            self._set_dla(int(rest[0]))
        else:
            raise ValueError(f'"{text}" names no device: "cpu", "cuda:N" (or "gpu:N"), "dla:N"')

    @classmethod
    def _from(cls, value: Any) -> Device:
        """From a Device, a torch.device, a text, or None: the current one."""
        if isinstance(value, Device):
            return value
        if value is None:
            return cls._current_device()
        if isinstance(value, torch.device):
            if value.type == "cuda":
                return cls(gpu_id=torch.cuda.current_device() if value.index is None else value.index)
            if value.type == "cpu":
                return cls("cpu")
            raise ValueError(f"no engine runs on {value}")
        if isinstance(value, str):
            return cls(value)
        raise ValueError(f"{value!r} is no device")

    @classmethod
    def _current_device(cls) -> Device:
        return cls(gpu_id=torch.cuda.current_device()) if torch.cuda.is_available() else cls("cpu")

    def to(self, target: Any) -> torch.device:
        """As a torch.device; `target` is that class."""
        if target is not torch.device:
            raise TypeError(f"Device cannot be converted to {target}")
        if self.device_type is DeviceType.CPU:
            return torch.device("cpu")
        if self.gpu_id == -1:
            raise ValueError("the device has no gpu_id")
        return torch.device("cuda", self.gpu_id)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Device) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return self.device_type, self.gpu_id, self.dla_core, self.allow_gpu_fallback

    def __repr__(self) -> str:
        if self.device_type is DeviceType.CPU:
            return "Device(type=DeviceType.CPU)"
        dla = f", dla_core={self.dla_core}" if self.device_type is DeviceType.DLA else ""
        fallback = f", allow_gpu_fallback={self.allow_gpu_fallback}" if dla else ""
        return f"Device(type={self.device_type}, gpu_id={self.gpu_id}{dla}{fallback})"
