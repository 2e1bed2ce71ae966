"""Modules that compile themselves anew when their weights change: a name of Torch-TensorRT that this build does not
have."""

from __future__ import annotations

from typing import Any

import torch

from torch_tensorrt._features import refuse

_INSTEAD = 'torch.compile(model, backend="torch_tensorrt") compiles anew when shapes or weights change'


class MutableTorchTensorRTModule:
    """Would wrap a module, compile it when it is called, and again when its weights or shapes change.

    Raises:
        NotImplementedError: always; torch.compile with backend="torch_tensorrt" does that.
    Source: torch_tensorrt.MutableTorchTensorRTModule.
    """

    def __init__(self, pytorch_model: torch.nn.Module, **kwargs: Any) -> None:
        raise refuse("MutableTorchTensorRTModule", "mutable modules", _INSTEAD)

    @staticmethod
    def load(path: str) -> Any:
        """NotImplementedError: there is nothing of the kind to load."""
        raise refuse("MutableTorchTensorRTModule.load", "mutable modules", _INSTEAD)
