"""The torch.compile backend: "torch_tensorrt", "tensorrt", and "aot_torch_tensorrt_aten", which are the same."""

from torch._dynamo import register_backend

from torch_tensorrt.dynamo.backend.backends import torch_tensorrt_backend

aot_torch_tensorrt_aten_backend = torch_tensorrt_backend
# Names for torch.compile's `backend`.
NAMES = ("torch_tensorrt", "tensorrt", "aot_torch_tensorrt_aten")

__all__ = ["NAMES", "aot_torch_tensorrt_aten_backend", "register", "torch_tensorrt_backend"]


def register() -> None:
    """Makes the names known to torch.compile."""
    for name in NAMES:
        register_backend(torch_tensorrt_backend, name=name)
