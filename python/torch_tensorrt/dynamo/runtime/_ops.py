"""Questions about the process as operators of PyTorch, beside tensorrt::execute_engine."""

from __future__ import annotations

import functools

import torch

from torch_tensorrt._enums import Platform

_library = torch.library.Library("tensorrt", "FRAGMENT")


def _cudagraphs_mode() -> bool:
    from torch_tensorrt.runtime import get_cudagraphs_mode

    return get_cudagraphs_mode()


def _multi_device_safe_mode() -> bool:
    from torch_tensorrt.runtime import get_multi_device_safe_mode

    return get_multi_device_safe_mode()


_OPERATORS = {
    "get_cudagraphs_mode() -> bool": _cudagraphs_mode,
    "get_multi_device_safe_mode() -> bool": _multi_device_safe_mode,
    "get_current_platform() -> str": lambda: Platform.current_platform().value,
    "_platform_linux_x86_64() -> str": lambda: Platform.LINUX_X86_64.value,
    "_platform_linux_aarch64() -> str": lambda: Platform.LINUX_AARCH64.value,
    "_platform_win_x86_64() -> str": lambda: Platform.WIN_X86_64.value,
    "_platform_win_arm64() -> str": lambda: Platform.WIN_ARM64.value,
    "_platform_unknown() -> str": lambda: Platform.UNKNOWN.value,
}


@functools.cache
def register() -> None:
    """Makes them known to PyTorch as torch.ops.tensorrt.<name>; once, also where the package is loaded again."""
    for schema, answer in _OPERATORS.items():
        _library.define(schema)
        _library.impl(schema.partition("(")[0], answer, "CompositeExplicitAutograd")
