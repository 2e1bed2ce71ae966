"""torch.export with Inputs for examples and dynamic dimensions."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Sequence
from typing import Any

import torch
from torch._dynamo.convert_frame import compile_lock
from torch.export import Dim, ExportedProgram

from torch_tensorrt._Input import Input
from torch_tensorrt.dynamo._decompositions import get_trace_decompositions
from torch_tensorrt.dynamo._settings import warn_unknown
from torch_tensorrt.dynamo.utils import distinct, example_of, get_model_device, map_inputs, to_torch_device

logger = logging.getLogger("torch_tensorrt")
# PyTorch traces one program at a time in a process: it changes modules and its own tables meanwhile. This is the lock
# of its own compiler, which may trace in another thread.
TRACING = compile_lock


class DimRegistry:
    """One Dim for each shared name. `seen` keeps where a name came from, for the error."""

    def __init__(self) -> None:
        self.dims: dict[str, Any] = {}
        self.seen: dict[str, tuple[int, int, str]] = {}

    def get(self, name: str, low: int, high: int, place: str) -> Any:
        """The Dim of that name. ValueError where another use of it has another range."""
        if name in self.seen and self.seen[name][:2] != (low, high):
            before = self.seen[name]
            raise ValueError(
                f'the shared dimension "{name}" is [{before[0]}, {before[1]}] at {before[2]} '
                f"and [{low}, {high}] at {place}"
            )
        if name not in self.dims:
            self.dims[name] = Dim(name, min=low, max=high)
            self.seen[name] = (low, high, place)
        return self.dims[name]


def build_dim_registry(args: Any = (), kwargs: Any = None) -> DimRegistry:
    """The shared dimensions of all inputs. ValueError where one name has two ranges."""
    registry = DimRegistry()
    for i, value in enumerate(torch.utils._pytree.tree_leaves((args, kwargs))):
        if isinstance(value, Input) and value.shared_dims:
            _dynamic_axes(value, value.name or f"input {i}", registry)
    return registry


def _dynamic_axes(spec: Input, name: str, registry: DimRegistry) -> dict[int, Any]:
    low, high = spec.shape["min_shape"], spec.shape["max_shape"]
    axes = {}
    for axis in range(len(low)):
        if low[axis] == high[axis]:
            continue
        if axis in spec.shared_dims:
            axes[axis] = registry.get(spec.shared_dims[axis], low[axis], high[axis], f"{name}, axis {axis}")
        else:
            axes[axis] = Dim(f"{name}_{axis}", min=low[axis], max=high[axis])
    return axes


def _spec_of(value: Any, name: str, registry: DimRegistry) -> Any:
    """The dynamic_shapes entry of one argument, nested as it is."""
    if isinstance(value, dict):
        return {k: _spec_of(v, f"{name}_{k}", registry) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_spec_of(v, f"{name}_{i}", registry) for i, v in enumerate(value))
    if not isinstance(value, Input):
        return None
    name = value.name if value.name.isidentifier() else name
    if value.is_shape_tensor:
        numbers = value.torch_tensor.numel()
        dynamic = value.shape_mode is Input._ShapeMode.DYNAMIC
        one = Dim.DYNAMIC if dynamic else None
        return one if numbers == 1 else [one] * numbers
    if value.shape_mode is Input._ShapeMode.STATIC:
        return {}
    return _dynamic_axes(value, name, registry)


def _argument_names(mod: Any, n: int) -> list[str]:
    """Names of the first n positional parameters of forward; *args repeat with their number, as torch.export names
    them."""
    forward = mod.forward if isinstance(mod, torch.nn.Module) else mod
    names: list[str] = []
    for p in inspect.signature(forward).parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            names += [f"{p.name}_{i}" for i in range(n - len(names))]
        elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            names.append(p.name)
    return names[:n]


def get_dynamic_shapes_args(mod: Any, inputs: Any, registry: DimRegistry | None = None) -> dict[str, Any]:
    """{forward's parameter: {axis: Dim}} for positional inputs."""
    inputs = inputs if isinstance(inputs, (list, tuple)) else (inputs,)
    registry = registry or build_dim_registry(inputs)
    names = _argument_names(mod, len(inputs))
    return {name: _spec_of(value, name, registry) for name, value in zip(names, inputs, strict=False)}


def get_dynamic_shapes_kwargs(inputs: Any, registry: DimRegistry | None = None) -> dict[str, Any]:
    """{keyword: {axis: Dim}} for keyword inputs."""
    registry = registry or build_dim_registry((), inputs)
    return {name: _spec_of(value, name, registry) for name, value in (inputs or {}).items()}


def infer_dynamic_shapes(mod: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """What torch.export.export takes; None where all is static."""
    registry = build_dim_registry(args, kwargs)
    leaves = torch.utils._pytree.tree_leaves((args, kwargs))
    if not any(isinstance(v, Input) and v.shape_mode is Input._ShapeMode.DYNAMIC for v in leaves):
        return None
    positional = get_dynamic_shapes_args(mod, args, registry)
    shapes = {**positional, **get_dynamic_shapes_kwargs(kwargs, registry)}
    forward = mod.forward if isinstance(mod, torch.nn.Module) else mod
    for p in inspect.signature(forward).parameters.values():
        if p.kind is p.VAR_POSITIONAL:  # torch.export wants these under the parameter's own name
            rest = [n for n in positional if n.startswith(f"{p.name}_")]
            shapes[p.name] = tuple(shapes.pop(n) for n in rest)
        elif p.kind is p.VAR_KEYWORD:
            known = set(inspect.signature(forward).parameters)
            shapes[p.name] = {k: shapes.pop(k) for k in kwargs if k not in known}
    return shapes


def normalize_args(inputs: Any) -> tuple[Any, ...]:
    """One tensor, one Input or a dict counts as a list of one."""
    return tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)


def _device_of_examples(mod: Any, device: Any) -> torch.device | None:
    """The device asked for where PyTorch has it, else the model's; None: examples stay where they are."""
    if device is not None and ((to := to_torch_device(device)).type == "cpu" or torch.cuda.is_available()):
        return to
    return get_model_device(mod) if _has_state(mod) else None


def export_module(
    mod: Any, args: tuple[Any, ...], kwargs: dict[str, Any], device: Any = None, strict: bool = False
) -> ExportedProgram:
    """torch.export.export with Inputs as examples and dynamic dimensions."""
    to = _device_of_examples(mod, device)
    example_args, example_kwargs = distinct(map_inputs((args, kwargs), lambda v: example_of(v, to)))
    with TRACING:
        return torch.export.export(
            mod,
            example_args,
            example_kwargs,
            dynamic_shapes=infer_dynamic_shapes(mod, args, kwargs),
            strict=strict,
        )


def program_of(
    module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], device: Any = None, strict: bool = False
) -> ExportedProgram:
    """The program, or the module exported. TypeError for anything else, and for TorchScript."""
    if isinstance(module, ExportedProgram):
        return module
    if isinstance(module, torch.nn.Module) and not isinstance(module, torch.jit.ScriptModule):
        return export_module(module, args, kwargs, device, strict)
    raise TypeError(
        f"a {type(module).__name__}: give a torch.export.ExportedProgram, torch.fx.GraphModule or torch.nn.Module"
    )


def choose_inputs(inputs: Any, arg_inputs: Any, kwarg_inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword inputs. AssertionError where `inputs` and `arg_inputs` are both given, or nothing at all
    is."""
    if inputs is None and arg_inputs is None and not kwarg_inputs:
        raise AssertionError("'arg_inputs' and 'inputs' should not both be None.")
    if inputs is not None and arg_inputs is not None:
        raise AssertionError("'arg_inputs' and 'inputs' should not be used at the same time.")
    given = inputs if inputs is not None else arg_inputs
    return (normalize_args(given) if given is not None else ()), dict(kwarg_inputs or {})


def trace(
    mod: torch.nn.Module | Any,
    inputs: Any = None,
    *,
    arg_inputs: Any = None,
    kwarg_inputs: dict[str, Any] | None = None,
    **kwargs: Any,
) -> ExportedProgram:
    """Exports a module: torch.export.export, then Torch-TensorRT's curated decompositions.

    Args:
        mod: the module.
        inputs, arg_inputs: positional inputs, one of the two: tensors (static) or torch_tensorrt.Input (an axis whose
            min differs from its max is dynamic), also nested in lists, tuples and dicts.
        kwarg_inputs: keyword inputs, likewise.
        kwargs: device: where examples go, default the model's device. strict: as torch.export's, default False.
            enable_experimental_decompositions: as CompilationSettings', default False. Other settings change nothing
            here; what is no setting is named once in the log.
    Returns:
        A functional program in Core ATen, but for operators that engines do as a whole: layer_norm, attention, ...
    Raises:
        AssertionError: neither or both of inputs and arg_inputs.
        ValueError: a shared dimension with two ranges.
    Source: torch_tensorrt.dynamo.trace.
    """
    args, keywords = choose_inputs(inputs, arg_inputs, kwarg_inputs)
    warn_unknown(kwargs)
    program = export_module(mod, args, keywords, kwargs.get("device"), kwargs.get("strict", False))
    return decompose(program, get_trace_decompositions(kwargs.get("enable_experimental_decompositions", False)))


def _has_state(mod: Any) -> bool:
    return isinstance(mod, torch.nn.Module) and any(True for _ in (*mod.parameters(), *mod.buffers()))


def is_functional(program: ExportedProgram) -> bool:
    """Whether no operator of the graph writes to its arguments."""
    return not any(
        isinstance(n.target, torch._ops.OpOverload) and n.target._schema.is_mutable for n in program.graph.nodes
    )


def decompose(program: ExportedProgram, table: Any) -> ExportedProgram:
    """run_decompositions. PyTorch's own fails on some functional programs (a view of attention's output under a
    dynamic batch);
    such a program goes on as it is."""
    try:
        with TRACING:
            return program.run_decompositions(table)
    except Exception as e:
        if not is_functional(program):
            raise
        logger.info(
            "run_decompositions: %s; the program goes on undecomposed", str(e).splitlines()[0] if str(e) else repr(e)
        )
        return program
