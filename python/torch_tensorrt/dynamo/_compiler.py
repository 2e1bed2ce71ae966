"""dynamo.compile: an exported program becomes a module with engines in it.

program ── normalize ── users' passes ── mutations lifted ── the core's Partition ── split, engines built ──► module
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Collection
from dataclasses import fields
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule
from torch.utils._pytree import tree_leaves

from torch_tensorrt import _lib
from torch_tensorrt._enums import DeviceType, dtype
from torch_tensorrt._graph import Serializer
from torch_tensorrt._Input import Input
from torch_tensorrt.dynamo._bounds import narrowed_shapes
from torch_tensorrt.dynamo._mutations import Mutation, lift_mutations
from torch_tensorrt.dynamo._normalize import normalize
from torch_tensorrt.dynamo._placement import move
from torch_tensorrt.dynamo._settings import (
    OTHER_KEYWORDS,
    CompilationSettings,
    operator_name,
    precision_of,
    warn_no_operators,
    warn_unhonoured,
    warn_unknown,
)
from torch_tensorrt.dynamo._shapes import remember_call
from torch_tensorrt.dynamo._splitter import Splitter, Unit
from torch_tensorrt.dynamo._tracer import choose_inputs
from torch_tensorrt.dynamo._verify import verify as run_verify
from torch_tensorrt.dynamo.lowering import post_lowering
from torch_tensorrt.dynamo.runtime import TorchTensorRTModule
from torch_tensorrt.dynamo.utils import example_of, map_inputs, to_torch_tensorrt_device

logger = logging.getLogger("torch_tensorrt")

_FIELDS = {f.name for f in fields(CompilationSettings)} - {"device", "device_is_given"}


# ---- settings ----


def _old_names(options: dict[str, Any]) -> None:
    """Names of earlier versions, and what contradicts."""
    if options.pop("debug", False):
        warnings.warn("`debug` is deprecated: use torch_tensorrt.logging", DeprecationWarning, stacklevel=4)
    if "truncate_long_and_double" in options:
        if "truncate_double" in options:
            raise ValueError("truncate_long_and_double is the old name of truncate_double: give one of them")
        warnings.warn("`truncate_long_and_double` is now truncate_double", DeprecationWarning, stacklevel=4)
        options["truncate_double"] = options.pop("truncate_long_and_double")
    if options.pop("use_python_runtime", False):
        warnings.warn("`use_python_runtime` has no effect any more", DeprecationWarning, stacklevel=4)
    immutable = options.get("immutable_weights", True)
    for name in ("refit", "make_refittable"):
        if name in options:
            warnings.warn(f"`{name}` is deprecated: use immutable_weights", DeprecationWarning, stacklevel=4)
            if options.pop(name):
                options["immutable_weights"] = False
    if options.get("refit_identical_engine_weights") and immutable:
        raise ValueError("refit_identical_engine_weights needs immutable_weights=False")
    if options.get("enable_cross_compile_for_windows"):
        raise ValueError(
            "enable_cross_compile_for_windows is set by cross_compile_for_windows(), which this build does not have"
        )
    if options.get("fallback_data_dependent_ops") and options.get("require_full_compilation"):
        raise ValueError("fallback_data_dependent_ops and require_full_compilation exclude each other")
    low = options.get("autocast_low_precision_type")
    if low is not None and dtype.try_from(low) not in (dtype.f16, dtype.bf16):
        raise ValueError(f"autocast_low_precision_type is torch.float16 or torch.bfloat16, not {low}")


def make_settings(options: dict[str, Any]) -> tuple[CompilationSettings, torch.dtype]:
    """The settings, and the type that products may use, from the keywords of a call. Unknown keywords are named in
    the log."""
    options = dict(options)
    _old_names(options)
    warn_unknown([name for name in options if name not in _FIELDS and name not in OTHER_KEYWORDS and name != "device"])
    settings = CompilationSettings(**{k: v for k, v in options.items() if k in _FIELDS})
    if options.get("device") is not None:
        settings.device = to_torch_tensorrt_device(options["device"])
        settings.device_is_given = True
    precision = precision_of(settings, options.get("enabled_precisions"), options.get("precision"))
    warn_unhonoured(settings)
    warn_no_operators(settings)
    return settings, precision


def _core_options(settings: CompilationSettings, precision: torch.dtype, shapes: list[str]) -> _lib.CompileOptions:
    """The core's settings have the names of ours."""
    values = {row["name"]: getattr(settings, row["name"], None) for row in _lib.settings()}
    is_dla = settings.device_is_given and settings.device.device_type is DeviceType.DLA
    values.update(
        precision=precision,
        device=settings.device.to(torch.device) if settings.device_is_given else None,
        min_block_size=min(settings.min_block_size, (1 << 63) - 1),
        num_threads=torch.get_num_threads(),
        dla_core=settings.device.dla_core if is_dla else None,
        allow_gpu_fallback=settings.device.allow_gpu_fallback if is_dla else None,
    )
    return _lib.compile_options(
        values, torch_executed_ops=sorted(map(operator_name, settings.torch_executed_ops)), shapes=shapes
    )


# ---- partition ----


def _program(program: ExportedProgram, gm: GraphModule, mutations: list[Mutation]) -> _lib.Program:
    """What the core gets. Mutations are further outputs."""
    copies = {m.copy: m.value for m in mutations}
    outputs = [copies.get(o, o) for o in tree_leaves(gm.graph.output_node().args[0])]
    graph = Serializer(gm, program.range_constraints, [*outputs, *copies.values()], copies)
    return _lib.Program(graph.json, graph.weights)


def _partition(
    program: ExportedProgram, gm: GraphModule, mutations: list[Mutation], options: _lib.CompileOptions
) -> _lib.Partition:
    try:
        return _lib.Partition(_program(program, gm, mutations), options)
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


def _engine_maker(partition: _lib.Partition, settings: CompilationSettings) -> Any:
    def make(unit: Unit) -> TorchTensorRTModule:
        engine, signature = partition.build(unit.name)
        return TorchTensorRTModule(
            engine,
            [n.name for n in unit.inputs],
            [n.name for n in unit.outputs],
            name=unit.name,
            settings=settings,
            signature=signature,
        )

    return make


def _goes_elsewhere(gm: GraphModule, settings: CompilationSettings) -> bool:
    """Whether the caller's device is a GPU that PyTorch has, and the program lies on the CPU."""
    if not settings.device_is_given or settings.device.device_type is DeviceType.CPU or not torch.cuda.is_available():
        return False
    return not any(t.is_cuda for t in (*gm.parameters(), *gm.buffers()))


# ---- compile ----


def compile_program(
    program: ExportedProgram,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    settings: CompilationSettings,
    precision: torch.dtype,
) -> GraphModule:
    """The stages, with the settings read."""
    source = program
    program, gm = normalize(program, settings)
    shapes = narrowed_shapes(program, gm, args, kwargs)
    gm = post_lowering(gm, settings)
    original = gm
    mutations = lift_mutations(gm)
    partition = _partition(program, gm, mutations, _core_options(settings, precision, shapes))
    _report(partition.facts)
    if _too_little(partition.facts, settings):
        result = source.module(check_guards=False) if mutations else original
    else:
        splitter = Splitter(gm, partition.facts["segments"], mutations)
        result = splitter.split(splitter.submodule if settings.dryrun else _engine_maker(partition, settings))
        if _goes_elsewhere(gm, settings):
            move(result, settings.device.to(torch.device))
        result.meta.update(gm.meta)
    if settings.dryrun:
        _dryrun(partition.facts, settings)
    remember_call(result, source)
    return result


def _dryrun(facts: dict[str, Any], settings: CompilationSettings) -> None:
    from torch_tensorrt.dynamo._dryrun import report, write

    text = report(facts, settings)
    logger.info("%s", text)
    print(text)
    if isinstance(settings.dryrun, str):
        write(text, settings.dryrun)


def compile(
    exported_program: ExportedProgram,
    inputs: Any = None,
    *,
    arg_inputs: Any = None,
    kwarg_inputs: dict[str, Any] | None = None,
    verify: bool = False,
    enabled_precisions: Collection[torch.dtype | dtype] | None = None,
    **options: Any,
) -> GraphModule:
    """Compiles an exported program.

    Args:
        exported_program: of torch.export.export or trace(). It is not changed.
        inputs, arg_inputs: one of the two: tensors or torch_tensorrt.Input, nested as the program's are. A dynamic
        Input narrows the
            program's dimensions; static ones and tensors leave them.
        kwarg_inputs: keyword inputs, likewise.
        verify: compare with eager on the given tensors, or where Inputs are given on the example inputs of the
        export, and log the difference (default False).
        enabled_precisions: with float16 or bfloat16, products may use that type; default {float32}.
        options: the fields of CompilationSettings, and the names of earlier versions. Unknown ones are named in the
        log.
    Returns:
        A module with the program's arguments and results. Engines are children `_run_on_acc_<n>`, what PyTorch runs
        `_run_on_gpu_<n>`; a fully converted program has one child.
    Raises:
        AssertionError: no inputs, or both forms; require_full_compilation and an operator that no engine takes.
        ValueError: contradicting options; an Input outside of the program's shapes.
        TorchTRTError: an engine cannot be built.
    Source: torch_tensorrt.dynamo.compile.
    """
    from torch_tensorrt import logging as _logging

    _logging._tell_library()
    given = {"enabled_precisions": enabled_precisions, **options} if enabled_precisions is not None else options
    settings, precision = make_settings(given)
    args, kwargs = choose_inputs(inputs, arg_inputs, kwarg_inputs)
    result = compile_program(exported_program, args, kwargs, settings, precision)
    if verify:
        given = map_inputs(args, example_of), map_inputs(kwargs, example_of)
        # Examples made from an Input are random floats, of little use as indices: those of the export are better.
        only_values = not any(isinstance(leaf, Input) for leaf in tree_leaves((args, kwargs)))
        example_args, example_kwargs = given if only_values else exported_program.example_inputs or given
        run_verify(result, exported_program.module(check_guards=False), example_args, example_kwargs)
    return result


def convert_exported_program_to_serialized_trt_engine(
    exported_program: ExportedProgram,
    inputs: Any = None,
    *,
    arg_inputs: Any = None,
    kwarg_inputs: dict[str, Any] | None = None,
    **options: Any,
) -> bytes:
    """Compiles the whole program into one engine.

    Args:
        as compile(), which see.
    Returns:
        of engine tensorrt a TensorRT plan, as TensorRT's own tools and runtime read it, with the program's names of
        inputs and outputs; of engine cpu what torch_tensorrt.runtime.TorchTensorRTModule runs.
    Raises:
        UnsupportedOperatorException: an operator that no engine takes. RuntimeError: anything else that fails.
    Source: torch_tensorrt.dynamo.convert_exported_program_to_serialized_trt_engine.
    """
    settings, precision = make_settings({**options, "require_full_compilation": True, "min_block_size": 1})
    args, kwargs = choose_inputs(inputs, arg_inputs, kwarg_inputs)
    program, gm = normalize(exported_program, settings)
    shapes = narrowed_shapes(program, gm, args, kwargs)
    gm = post_lowering(gm, settings)
    mutations = lift_mutations(gm)
    return _program(program, gm, mutations).convert(_core_options(settings, precision, shapes))
