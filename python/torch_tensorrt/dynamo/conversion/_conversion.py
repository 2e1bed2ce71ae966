"""Graphs as engines and as modules that run them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.fx import GraphModule
from torch.utils._pytree import tree_leaves

from torch_tensorrt._enums import dtype
from torch_tensorrt._Input import Input
from torch_tensorrt.dynamo._settings import CompilationSettings
from torch_tensorrt.dynamo.conversion._TRTInterpreter import TRTInterpreter, TRTInterpreterResult
from torch_tensorrt.dynamo.runtime import TorchTensorRTModule

_NUMBERS = (  # bool first: it is an int as well
    ((bool, torch.SymBool), dtype.b),
    ((int, torch.SymInt), dtype.i64),
    ((float, torch.SymFloat), dtype.f32),
)


def infer_module_output_dtypes(module: GraphModule, truncate_double: bool = False) -> list[dtype]:
    """The types of a graph's outputs, flat, by the metadata of its nodes.

    Args:
        module: a graph with `val` in the metadata. truncate_double: float64 counts as float32.
    Raises:
        ValueError: an output without metadata.
    Source: torch_tensorrt.dynamo.conversion.infer_module_output_dtypes.
    """
    types = []
    for node in tree_leaves(module.graph.output_node().args[0]):
        value = node.meta.get("val", node.meta.get("tensor_meta")) if isinstance(node, torch.fx.Node) else node
        plain = next((t for kinds, t in _NUMBERS if isinstance(value, kinds)), None)
        if plain is not None:
            types.append(plain)
        elif hasattr(value, "dtype"):
            found = dtype._from(value.dtype)
            types.append(dtype.f32 if truncate_double and found is dtype.f64 else found)
        else:
            raise ValueError(f"output '{node}' has no metadata that tells its type")
    return types


def interpret_module_to_result(
    module: GraphModule,
    inputs: Sequence[Input],
    settings: CompilationSettings | None = None,
) -> TRTInterpreterResult:
    """One engine of a whole graph, see TRTInterpreter.

    Args:
        module: a GraphModule. inputs: torch_tensorrt.Input for each input. settings: default: the defaults.
    Source: torch_tensorrt.dynamo.conversion.interpret_module_to_result.
    """
    return TRTInterpreter(module, inputs, compilation_settings=settings).run()


def convert_module(
    module: GraphModule,
    inputs: Sequence[Input],
    settings: CompilationSettings | None = None,
    name: str = "",
) -> TorchTensorRTModule:
    """A whole graph as a module that runs one engine.

    Args:
        module, inputs, settings: as interpret_module_to_result(). name: the module's.
    Raises:
        NotImplementedError: engine tensorrt, also where "auto" is that: its plans are for TensorRT's own runtime.
    Source: torch_tensorrt.dynamo.conversion.convert_module.
    """
    result = TRTInterpreter(module, inputs, compilation_settings=settings)._build(needs_module=True)
    return TorchTensorRTModule(
        result.engine.serialize(), result.input_names, result.output_names, name=name, settings=settings
    )
