"""Facts about the machine."""

from __future__ import annotations

import platform

import torch

from torch_tensorrt import _lib


def _is_at_least(product: str, min_version: str) -> bool:
    """Whether the library found that product of TensorRT, of that version or a later one."""
    found = next((e.get("library_version", "") for e in _lib.doctor()["engines"] if e["name"] == "tensorrt"), "")
    name, _, version = found.rpartition(" ")
    return name == product and _numbers(version) >= _numbers(min_version)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


def is_tensorrt_version_supported(min_version: str) -> bool:
    """Whether TensorRT (not RTX) is there in that version or a later one ("11.0"). False without TensorRT."""
    return _is_at_least("TensorRT", min_version)


def is_tensorrt_rtx_version_supported(min_version: str) -> bool:
    """Whether TensorRT-RTX is there in that version or a later one ("1.5"). False without it."""
    return _is_at_least("TensorRT-RTX", min_version)


def check_cross_compile_trt_win_lib() -> bool:
    """Whether engines for Windows can be built here: False, this build has no windows_cross_compile."""
    return False


def is_tegra_platform() -> bool:
    """Whether this is an NVIDIA Jetson, by the name of the kernel's release."""
    return "tegra" in platform.release()


def is_orin() -> bool:
    """Whether this is an NVIDIA Jetson Orin: a Tegra whose GPU has compute capability 8.7."""
    return is_tegra_platform() and torch.cuda.is_available() and torch.cuda.get_device_capability() == (8, 7)
