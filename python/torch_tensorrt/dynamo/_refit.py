"""New weights for engines that are built: names of Torch-TensorRT that this build does not have."""

from __future__ import annotations

from typing import Any

from torch.export import ExportedProgram
from torch.fx import GraphModule

from torch_tensorrt._features import needs

_INSTEAD = "compile the program with the new weights; torch.compile's engines follow theirs by themselves"


@needs("refit", _INSTEAD)
def refit_module_weights(
    compiled_module: GraphModule | ExportedProgram,
    new_weight_module: ExportedProgram,
    arg_inputs: Any = None,
    kwarg_inputs: dict[str, Any] | None = None,
    verify_output: bool = False,
    in_place: bool = False,
) -> GraphModule:
    """Would put other weights into the engines of a compiled module.

    Raises:
        NotImplementedError: always; compile the program with the new weights instead.
    Source: torch_tensorrt.dynamo.refit_module_weights.
    """


@needs("refit", _INSTEAD)
def construct_refit_mapping(module: GraphModule, inputs: Any, settings: Any = None) -> dict[str, Any]:
    """Would give the weights of an engine by the engine's names.

    Raises:
        NotImplementedError: always.
    """


@needs("refit", "torch_tensorrt.runtime.TorchTensorRTModule runs the bytes of an engine")
def get_engine_from_encoded_engine(encoded_engine: bytes, runtime: Any = None) -> Any:
    """Would give the TensorRT engine behind its base64 text.

    Raises:
        NotImplementedError: always; TorchTensorRTModule runs the bytes of an engine.
    """
