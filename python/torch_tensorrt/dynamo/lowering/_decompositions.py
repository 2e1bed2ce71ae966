"""The decompositions by the path that programs for Torch-TensorRT import them from."""

from torch_tensorrt.dynamo._decompositions import (
    TORCH_TRT_DECOMPOSITIONS,
    get_decompositions,
    register_torch_trt_decomposition,
    torch_disabled_decompositions,
    torch_enabled_decompositions,
)

__all__ = [
    "TORCH_TRT_DECOMPOSITIONS",
    "get_decompositions",
    "register_torch_trt_decomposition",
    "torch_disabled_decompositions",
    "torch_enabled_decompositions",
]
