"""dynamo.compile: an exported program becomes a module with engines in it.

program ── users' passes ── normalize ── users' passes ── float32 products chosen ── mutations lifted ──
        ── the core's Partition ── split, engines built ──► module
"""

from __future__ import annotations

import collections
import contextlib
import logging
import warnings
from collections.abc import Collection, Sequence
from typing import Any

import sympy
import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule
from torch.utils._pytree import tree_leaves

from torch_tensorrt import _lib
from torch_tensorrt import logging as levels
from torch_tensorrt._enums import DeviceType, dtype
from torch_tensorrt._graph import Serializer
from torch_tensorrt._Input import Input
from torch_tensorrt.dynamo import _binding_names
from torch_tensorrt.dynamo._autocast import float32_nodes
from torch_tensorrt.dynamo._binding_names import BindingNameMismatchError
from torch_tensorrt.dynamo._binding_names import binding_name_specs as _binding_name_specs
from torch_tensorrt.dynamo._binding_names import resolve_pytree_binding_names as _resolve_pytree_binding_names
from torch_tensorrt.dynamo._bounds import build_user_symbol_bounds as _build_user_symbol_bounds
from torch_tensorrt.dynamo._bounds import narrowed_shapes
from torch_tensorrt.dynamo._dryrun import report as report_partition
from torch_tensorrt.dynamo._mutations import Mutation, lift_mutations
from torch_tensorrt.dynamo._normalize import normalize
from torch_tensorrt.dynamo._placement import move
from torch_tensorrt.dynamo._settings import CompilationSettings, make_settings, operator_name
from torch_tensorrt.dynamo._shapes import remember_call
from torch_tensorrt.dynamo._splitter import Splitter, Unit
from torch_tensorrt.dynamo._tracer import choose_inputs, program_of
from torch_tensorrt.dynamo._verify import verify as run_verify
from torch_tensorrt.dynamo.debug._Debugger import watch
from torch_tensorrt.dynamo.lowering import post_lowering, pre_export_lowering
from torch_tensorrt.dynamo.observer import TRT_INTERPRETER_CALL_PRE_OBSERVER
from torch_tensorrt.dynamo.runtime import TorchTensorRTModule
from torch_tensorrt.dynamo.utils import check_inputs, example_of, map_inputs

__all__ = [
    "BindingNameMismatchError",
    "_binding_name_specs",
    "_build_user_symbol_bounds",
    "_resolve_pytree_binding_names",
    "compile",
    "convert_exported_program_to_serialized_trt_engine",
]

logger = logging.getLogger("torch_tensorrt")
Ranges = dict[sympy.Symbol, Any]

# ---- for the core ----


def core_options(
    settings: CompilationSettings,
    shapes: Sequence[str] = (),
    backends: Sequence[str] = (),
    float32: Sequence[str] = (),
) -> _lib.CompileOptions:
    """The core's settings have the names of ours. `float32`: nodes whose products stay of that type."""
    values = {row["name"]: getattr(settings, row["name"], None) for row in _lib.settings()}
    is_dla = settings.device_is_given and settings.device.device_type is DeviceType.DLA
    values.update(
        device=settings.device.to(torch.device) if settings.device_is_given else None,
        min_block_size=min(settings.min_block_size, (1 << 63) - 1),
        num_threads=torch.get_num_threads(),
        dla_core=settings.device.dla_core if is_dla else None,
        allow_gpu_fallback=settings.device.allow_gpu_fallback if is_dla else None,
    )
    return _lib.compile_options(
        values,
        torch_executed_ops=sorted(map(operator_name, settings.torch_executed_ops)),
        shapes=shapes,
        backends=backends,
        float32_nodes=float32,
    )


# ---- partition ----


def _program(gm: GraphModule, ranges: Ranges, mutations: list[Mutation]) -> _lib.Program:
    """What the core gets. Mutations are further outputs."""
    copies = {m.copy: m.value for m in mutations}
    outputs = [copies.get(o, o) for o in tree_leaves(gm.graph.output_node().args[0])]
    graph = Serializer(gm, ranges, [*outputs, *copies.values()], copies)
    return _lib.Program(graph.json, graph.weights)


def serialized_program(gm: GraphModule, program: ExportedProgram, mutations: list[Mutation]) -> _lib.Program:
    """What the core gets of a whole program; what the program writes is further outputs."""
    return _program(gm, program.range_constraints, mutations)


def partition_graph(
    gm: GraphModule, ranges: Ranges, mutations: list[Mutation], options: _lib.CompileOptions
) -> _lib.Partition:
    try:
        return _lib.Partition(_program(gm, ranges, mutations), options)
    except _lib.UnsupportedOperatorException as e:
        if not options.require_full_compilation:
            raise
        raise AssertionError(str(e)) from None


def _too_little(facts: dict[str, Any], settings: CompilationSettings) -> bool:
    """Whether the program stays PyTorch's as a whole, which a warning says."""
    supported, total = facts["supported"], facts["total"]
    if settings.require_full_compilation:
        return False
    if supported == 0:
        logger.warning("no operator of the program is supported (%d in all); it stays as it is", total)
    elif supported < settings.min_block_size and not settings.dryrun:
        logger.warning(
            "%d of %d operators are supported, fewer than min_block_size=%s; the program stays as it is",
            supported,
            total,
            settings.min_block_size,
        )
    elif not any(s["engine"] for s in facts["segments"]):
        logger.warning("no block of operators is as large as min_block_size=%s", settings.min_block_size)
        return False
    else:
        return False
    return True


def _report(facts: dict[str, Any]) -> None:
    engines = sum(1 for s in facts["segments"] if s["engine"])
    logger.info("engine %(engine)s: %(chosen)s", facts)
    logger.info("%d of %d operators in %d engines", facts["supported"], facts["total"], engines)
    for refusal in facts["refusals"]:
        logger.info("left to PyTorch: %(node)s, %(operator)s: %(reason)s %(source)s", refusal)


def _engine_maker(partition: _lib.Partition, settings: CompilationSettings, n_profiles: int) -> Any:
    def make(unit: Unit) -> TorchTensorRTModule:
        engine, signature = partition.build(unit.name)
        module = TorchTensorRTModule(
            engine,
            [n.name for n in unit.inputs],
            [n.name for n in unit.outputs],
            name=unit.name,
            settings=settings,
            signature=signature,
            num_optimization_profiles=n_profiles,
        )
        watch(module)
        return module

    return make


def _goes_elsewhere(gm: GraphModule, settings: CompilationSettings) -> bool:
    """Whether the caller's device is a GPU that PyTorch has, and the program lies on the CPU."""
    if not settings.device_is_given or settings.device.device_type is DeviceType.CPU or not torch.cuda.is_available():
        return False
    return not any(t.is_cuda for t in (*gm.parameters(), *gm.buffers()))


# ---- compile ----


def compile_graph(
    gm: GraphModule,
    ranges: Ranges,
    mutations: list[Mutation],
    shapes: list[str],
    settings: CompilationSettings,
    float32: Sequence[str] = (),
) -> GraphModule | None:
    """A functional graph with its engines, or as PyTorch's parts where settings.dryrun is set. None: too little of it
    is supported, and it stays PyTorch's as a whole. `float32`: nodes whose products stay of that type."""
    partition = partition_graph(gm, ranges, mutations, core_options(settings, shapes, float32=float32))
    facts = partition.facts
    _report(facts)
    report_partition(gm, ranges, facts, settings)
    if _too_little(facts, settings):
        return None
    n_profiles = max(collections.Counter(shape.partition(":")[0] for shape in shapes).values(), default=1)
    make_engine = None if settings.dryrun else _engine_maker(partition, settings, n_profiles)
    splitter = Splitter(gm, facts["segments"], mutations, make_engine)
    splitter.before_engine = TRT_INTERPRETER_CALL_PRE_OBSERVER
    result = splitter.split()
    if _goes_elsewhere(gm, settings):
        move(result, settings.device.to(torch.device))
    result.meta.update(gm.meta)
    return result


def compile_program(
    program: ExportedProgram, args: tuple[Any, ...], kwargs: dict[str, Any], settings: CompilationSettings
) -> GraphModule:
    """The stages, with the settings read."""
    source = program
    program, gm = normalize(pre_export_lowering(program, settings), settings)
    shapes = narrowed_shapes(program, gm, args, kwargs)
    gm = post_lowering(gm, settings)
    float32 = float32_nodes(gm, settings)
    mutations = lift_mutations(gm)
    result = compile_graph(gm, program.range_constraints, mutations, shapes, settings, float32)
    if result is None:
        result = source.module(check_guards=False) if mutations else gm
    remember_call(result, source)
    return result


def log_level(settings: CompilationSettings) -> contextlib.AbstractContextManager[None]:
    """The log for the time of a compilation: everything with settings.debug."""
    levels._tell_library()
    return levels.debug() if settings.debug else contextlib.nullcontext()


def _settings_of(options: dict[str, Any]) -> CompilationSettings:
    if options.get("debug"):
        warnings.warn("`debug` is deprecated: use torch_tensorrt.logging", DeprecationWarning, stacklevel=3)
    return make_settings({k: v for k, v in options.items() if v is not None or k != "enabled_precisions"})


def _constants_of(program: Any) -> tuple[type, ...]:
    """Types of inputs that an exported program holds as constants, and that nothing else takes."""
    return (str,) if isinstance(program, ExportedProgram) else ()


def compile(
    exported_program: ExportedProgram | torch.nn.Module,
    inputs: Any = None,
    *,
    arg_inputs: Any = None,
    kwarg_inputs: dict[str, Any] | None = None,
    verify: bool = False,
    enabled_precisions: Collection[torch.dtype | dtype] | None = None,
    **options: Any,
) -> GraphModule:
    """Compiles an exported program, or a module, which is exported first, at every call.

    Args:
        exported_program: of torch.export.export or trace(), or a torch.nn.Module or torch.fx.GraphModule. It is not
            changed.
        inputs, arg_inputs: one of the two: tensors or torch_tensorrt.Input, nested as the program's are. A dynamic
            Input narrows the program's dimensions; static ones and tensors leave them.
        kwarg_inputs: keyword inputs, likewise.
        verify: compare with eager on the given tensors, or where Inputs are given on the example inputs of the
            export, and log the difference (default False).
        enabled_precisions: with float16 or bfloat16, products may use that type; default {float32}.
        options: the fields of CompilationSettings, and the names of earlier versions. Unknown ones are named in the
            log. `strict` (default False) is torch.export's, for a module.
    Returns:
        A module with the program's arguments and results. Engines are children `_run_on_acc_<n>`, what PyTorch runs
        `_run_on_gpu_<n>`; a fully converted program has one child.
    Raises:
        AssertionError: no inputs, or both forms; require_full_compilation and an operator that no engine takes.
        TypeError: what is neither a program nor such a module.
        ValueError: contradicting options; an Input outside of the program's shapes; an input of another type.
        TorchTRTError: an engine cannot be built.
    Source: torch_tensorrt.dynamo.compile.
    """
    settings = _settings_of({"enabled_precisions": enabled_precisions, **options})
    args, kwargs = choose_inputs(inputs, arg_inputs, kwarg_inputs)
    check_inputs((args, kwargs), *_constants_of(exported_program))
    with log_level(settings):
        program = program_of(exported_program, args, kwargs, options.get("device"), options.get("strict", False))
        result = compile_program(program, args, kwargs, settings)
    if verify:
        given = map_inputs(args, example_of), map_inputs(kwargs, example_of)
        # Examples made from an Input are random floats, of little use as indices: those of the export are better.
        only_values = not any(isinstance(leaf, Input) for leaf in tree_leaves((args, kwargs)))
        example_args, example_kwargs = given if only_values else program.example_inputs or given
        run_verify(result, program.module(check_guards=False), example_args, example_kwargs)
    return result


def convert_exported_program_to_serialized_trt_engine(
    exported_program: ExportedProgram | torch.nn.Module,
    inputs: Any = None,
    *,
    arg_inputs: Any = None,
    kwarg_inputs: dict[str, Any] | None = None,
    lift_mutable_buffers: bool = False,
    arg_input_binding_names: Any = None,
    kwarg_input_binding_names: dict[str, Any] | None = None,
    output_binding_names: Any = None,
    **options: Any,
) -> bytes:
    """Compiles the whole program, or module, into one engine.

    Args:
        exported_program, inputs, arg_inputs, kwarg_inputs, options: as compile(), which see.
        lift_mutable_buffers: accepted: a buffer that the program changes is always a further input, behind the
            user's, and its new value a further output.
        arg_input_binding_names, kwarg_input_binding_names, output_binding_names: names of the engine's inputs and
            outputs, texts in the structure of the program's arguments and results. Default: the names of the program's
            placeholders, and output0, output1, ...
    Returns:
        of engine tensorrt a TensorRT plan, as TensorRT's own tools and runtime read it; of engine cpu what
        torch_tensorrt.runtime.TorchTensorRTModule runs.
    Raises:
        UnsupportedOperatorException: an operator that no engine takes. BindingNameMismatchError: names of another
        structure, given twice, or of an input for an output. AssertionError: no inputs, or both forms. RuntimeError:
        anything else that fails.
    Source: torch_tensorrt.dynamo.convert_exported_program_to_serialized_trt_engine.
    """
    settings = _settings_of({**options, "require_full_compilation": True, "min_block_size": 1})
    args, kwargs = choose_inputs(inputs, arg_inputs, kwarg_inputs)
    check_inputs((args, kwargs), *_constants_of(exported_program))
    with log_level(settings):
        program = program_of(exported_program, args, kwargs, options.get("device"), options.get("strict", False))
        names = _binding_names.resolve(
            program, arg_input_binding_names, kwarg_input_binding_names, output_binding_names
        )
        program, gm = normalize(pre_export_lowering(program, settings), settings)
        _binding_names.apply(gm, *names)
        shapes = narrowed_shapes(program, gm, args, kwargs)
        gm = post_lowering(gm, settings)
        options = core_options(settings, shapes, float32=float32_nodes(gm, settings))
        return serialized_program(gm, program, lift_mutations(gm)).convert(options)
