"""A compiled module exported again, for save() and for whoever wants the program."""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule

from torch_tensorrt._Input import Input
from torch_tensorrt.dynamo import _shapes
from torch_tensorrt.dynamo._tracer import TRACING, infer_dynamic_shapes, normalize_args
from torch_tensorrt.dynamo.utils import distinct, example_of, input_is_dynamic, map_inputs

logger = logging.getLogger("torch_tensorrt")


def _all_are_inputs(value: Any) -> bool:
    leaves = torch.utils._pytree.tree_leaves(value)
    return bool(leaves) and all(isinstance(leaf, Input) for leaf in leaves)


def _examples(value: Any, has_shapes: bool) -> Any:
    def one(leaf: Any) -> Any:
        if isinstance(leaf, Input) and leaf.shape_mode is Input._ShapeMode.DYNAMIC and not has_shapes:
            raise ValueError("dynamic Inputs beside tensors: give dynamic_shapes, or Inputs for all")
        return example_of(leaf)

    return map_inputs(value, one)


def _from_inputs(
    module: GraphModule, args: tuple[Any, ...], kwargs: dict[str, Any], dynamic_shapes: Any
) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """Example tensors and dynamic shapes from what the caller gave."""
    only_inputs = _all_are_inputs((args, kwargs))
    if only_inputs and dynamic_shapes is None:
        dynamic_shapes = infer_dynamic_shapes(module, args, kwargs)
    elif only_inputs and input_is_dynamic((args, kwargs)):
        logger.warning(
            "Both explicit dynamic_shapes and torch_tensorrt.Input objects with min/opt/max shapes were provided: "
            "dynamic_shapes takes precedence"
        )
    has_shapes = only_inputs or dynamic_shapes is not None
    return _examples(args, has_shapes), _examples(kwargs, has_shapes), dynamic_shapes


def _known_call(module: GraphModule, from_metadata: bool) -> tuple[Any, dict[str, Any], Any]:
    """The call that the module was compiled for; of another one, what its placeholders tell."""
    stored = _shapes.example_inputs(module)
    if stored is not None:
        return *stored, _shapes.dynamic_shapes(module)
    told = _shapes.call_of_metadata(module) if from_metadata else None
    if told is None:
        raise ValueError(
            "the module keeps no example inputs: give torch.Tensor or torch_tensorrt.Input objects as inputs"
        )
    return told


def export_again(
    module: GraphModule, args: Any, kwargs: dict[str, Any], dynamic_shapes: Any, from_metadata: bool
) -> ExportedProgram:
    """The module as ExportedProgram. `args` None: as it was compiled."""
    if args is None and not kwargs:
        example_args, example_kwargs, known_shapes = _known_call(module, from_metadata)
    else:
        given = normalize_args(args) if args is not None else ()
        example_args, example_kwargs, dynamic_shapes = _from_inputs(module, given, dict(kwargs), dynamic_shapes)
        known_shapes = _shapes.dynamic_shapes(module)
    if dynamic_shapes is None:
        dynamic_shapes = known_shapes
    if dynamic_shapes is None and _shapes.has_symbols(module):
        logger.warning(
            "the module has symbolic sizes, and neither dynamic_shapes nor torch_tensorrt.Input objects tell their "
            "ranges: the saved program takes the example's sizes only"
        )
    example_args, example_kwargs = distinct((tuple(example_args), example_kwargs))
    with TRACING, torch.no_grad():
        return torch.export.export(module, example_args, example_kwargs, dynamic_shapes=dynamic_shapes, strict=False)


def export(
    gm: GraphModule,
    *,
    arg_inputs: Any = None,
    kwarg_inputs: dict[str, Any] | None = None,
    dynamic_shapes: Any = None,
    cross_compile_module: bool = False,
    use_legacy_exporter: bool = False,
) -> ExportedProgram:
    """A compiled module as a program: engines are calls of tensorrt.execute_engine, the rest is ATen.

    Args:
        gm: of compile(), or another GraphModule.
        arg_inputs, kwarg_inputs: examples, tensors or torch_tensorrt.Input, also nested; default: those that `gm` was
            compiled with, else what the metadata of its placeholders tell.
        dynamic_shapes: as torch.export's; default: from Inputs where all are such, else as `gm` was compiled.
        cross_compile_module: must be False. use_legacy_exporter: accepted; there is one exporter.
    Raises:
        NotImplementedError: cross_compile_module. ValueError: no inputs where they are needed.
    Source: torch_tensorrt.dynamo.export.
    """
    if cross_compile_module:
        raise NotImplementedError("export: this build has no windows_cross_compile; leave cross_compile_module False")
    return export_again(gm, arg_inputs, kwarg_inputs or {}, dynamic_shapes, from_metadata=True)
