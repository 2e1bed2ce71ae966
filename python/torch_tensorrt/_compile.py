"""compile(), convert_method_to_trt_engine(): which frontend a call goes to."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Collection
from enum import Enum
from typing import Any

import torch
from torch.export import ExportedProgram

from torch_tensorrt._enums import dtype
from torch_tensorrt._features import ENABLED_FEATURES
from torch_tensorrt.dynamo._compiler import compile as dynamo_compile
from torch_tensorrt.dynamo._compiler import convert_exported_program_to_serialized_trt_engine
from torch_tensorrt.dynamo._tracer import TRACING
from torch_tensorrt.dynamo.backend import torch_tensorrt_backend

logger = logging.getLogger("torch_tensorrt")


class _IRType(Enum):
    ts = 0
    fx = 1
    dynamo = 2
    torch_compile = 3


class _ModuleType(Enum):
    nn = 0
    ts = 1
    fx = 2
    ep = 3


def _parse_module_type(module: Any) -> _ModuleType:
    """RuntimeError for what is no module and no program."""
    if isinstance(module, (torch.jit.ScriptModule, torch.jit.ScriptFunction)):
        return _ModuleType.ts
    if isinstance(module, torch.fx.GraphModule):
        return _ModuleType.fx
    if isinstance(module, ExportedProgram):
        return _ModuleType.ep
    if isinstance(module, torch.nn.Module):
        return _ModuleType.nn
    raise RuntimeError("Module is an unknown format")


_DYNAMO = {_ModuleType.nn, _ModuleType.fx, _ModuleType.ep}
_TAKES = {
    "ts": (_IRType.ts, {_ModuleType.nn, _ModuleType.ts}),
    "torchscript": (_IRType.ts, {_ModuleType.nn, _ModuleType.ts}),
    "fx": (_IRType.fx, {_ModuleType.nn, _ModuleType.fx}),
    "dynamo": (_IRType.dynamo, _DYNAMO),
    "torch_compile": (_IRType.torch_compile, {_ModuleType.nn, _ModuleType.fx}),
}


def _get_target_fe(module_type: _ModuleType, ir: str) -> _IRType:
    """The frontend for a kind of module and an `ir`. ValueError where there is none, naming it where this build lacks
    it."""
    if ir == "default":
        if module_type in _DYNAMO:
            logger.info("ir is default: the dynamo frontend")
            return _IRType.dynamo
        raise ValueError(
            "Module was provided in an unsupported format\nInstalled frontends:"
            f"\n\tDynamo - {ENABLED_FEATURES.dynamo_frontend}"
            f"\n\tTorchScript - {ENABLED_FEATURES.torchscript_frontend}\n\tFX - {ENABLED_FEATURES.fx_frontend}"
        )
    target, takes = _TAKES.get(ir, (None, set()))
    if target is None or module_type not in takes:
        raise ValueError("Unknown ir was requested")
    if target is _IRType.fx:
        warnings.warn(
            "FX frontend is deprecated. Please use the Dynamo frontend instead.", DeprecationWarning, stacklevel=3
        )
    if target in (_IRType.ts, _IRType.fx):
        name = "TS frontend" if target is _IRType.ts else "FX frontend"
        raise ValueError(f"Requested using the {name} but the {name} is not available in this build of Torch-TensorRT")
    return target


def torch_compile(module: torch.nn.Module, **options: Any) -> Callable[..., Any]:
    """torch.compile with this package's backend. Nothing is compiled before the first call."""
    with TRACING:  # while another thread exports, PyTorch would take this for a part of it and compile nothing
        return torch.compile(module, backend=torch_tensorrt_backend, dynamic=False, options=options)


def compile(
    module: Any,
    ir: str = "default",
    inputs: Any = None,
    arg_inputs: Any = None,
    kwarg_inputs: dict[str, Any] | None = None,
    enabled_precisions: Collection[torch.dtype | dtype] | None = None,
    **kwargs: Any,
) -> torch.nn.Module | torch.fx.GraphModule | Callable[..., Any]:
    """Compiles a module into one that runs on engines and is used as before.

    Args:
        module: torch.nn.Module, torch.fx.GraphModule or torch.export.ExportedProgram.
        ir: "default" or "dynamo": through torch.export. "torch_compile": torch.compile with this package's backend,
            which needs no inputs and compiles when it is called; each new shape is compiled anew.
        inputs, arg_inputs: one of the two: torch.Tensor (static) or torch_tensorrt.Input (an axis whose min differs
            from its max is dynamic), also nested in lists, tuples and dicts; a bare one counts as a list of one.
        kwarg_inputs: keyword inputs, likewise; they are enough alone.
        enabled_precisions: with torch.float16 or torch.bfloat16, products may use that type; default {torch.float32}.
        kwargs: fields of dynamo.CompilationSettings (min_block_size=5, torch_executed_ops=set(),
            require_full_compilation=False, ...), strict=False for torch.export, and verify=False: compare with eager
            and log the difference. Unknown ones are named in the log.
    Returns:
        torch.fx.GraphModule with the module's arguments and results, of the same shapes and types; with
        ir="torch_compile" what torch.compile returns.
    Raises:
        RuntimeError: `module` is of no known kind.
        ValueError: an `ir` that does not take it, or that this build lacks; an input of another type.
        AssertionError: no inputs, or inputs and arg_inputs; require_full_compilation and an operator that no engine
            takes.
    Source: torch_tensorrt.compile.
    """
    if _get_target_fe(_parse_module_type(module), ir) is _IRType.torch_compile:
        return torch_compile(module, enabled_precisions=enabled_precisions, **kwargs)
    return dynamo_compile(
        module,
        inputs,
        arg_inputs=arg_inputs,
        kwarg_inputs=kwarg_inputs,
        enabled_precisions=enabled_precisions,
        **kwargs,
    )


def convert_method_to_trt_engine(
    module: Any,
    method_name: str = "forward",
    inputs: Any = None,
    arg_inputs: Any = None,
    kwarg_inputs: dict[str, Any] | None = None,
    ir: str = "default",
    enabled_precisions: Collection[torch.dtype | dtype] | None = None,
    **kwargs: Any,
) -> bytes:
    """Compiles a whole module into one engine and gives its bytes.

    Args:
        module: torch.nn.Module, torch.fx.GraphModule or ExportedProgram.
        method_name: ignored: forward is compiled.
        inputs, arg_inputs, kwarg_inputs, ir, enabled_precisions, kwargs: as for compile().
    Raises:
        AssertionError: neither or both of inputs and arg_inputs. RuntimeError: a `module` of no known kind; ir is
            "torch_compile". ValueError: an `ir` that does not take the module, or that this build lacks.
        UnsupportedOperatorException: an operator that no engine takes.
    Source: torch_tensorrt.convert_method_to_trt_engine.
    """
    if inputs is None and arg_inputs is None:
        raise AssertionError("'arg_inputs' and 'inputs' should not both be None.")
    if inputs is not None and arg_inputs is not None:
        raise AssertionError("'arg_inputs' and 'inputs' should not be used at the same time.")
    if _get_target_fe(_parse_module_type(module), ir) is _IRType.torch_compile:
        raise RuntimeError("ir=torch_compile has no engine to give: it compiles when the module is called")
    return convert_exported_program_to_serialized_trt_engine(
        module,
        inputs,
        arg_inputs=arg_inputs,
        kwarg_inputs=kwarg_inputs,
        enabled_precisions=enabled_precisions,
        **kwargs,
    )
