"""A graph as one engine, whatever traced it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch.fx import GraphModule

from torch_tensorrt import _lib
from torch_tensorrt._enums import DeviceType, dtype
from torch_tensorrt._Input import Input
from torch_tensorrt.dynamo import _binding_names
from torch_tensorrt.dynamo._autocast import float32_nodes
from torch_tensorrt.dynamo._bounds import narrowed_shapes
from torch_tensorrt.dynamo._compiler import core_options, log_level, serialized_program
from torch_tensorrt.dynamo._mutations import lift_mutations
from torch_tensorrt.dynamo._normalize import normalize
from torch_tensorrt.dynamo._settings import CompilationSettings
from torch_tensorrt.dynamo._tracer import export_module
from torch_tensorrt.dynamo.lowering import post_lowering, pre_export_lowering
from torch_tensorrt.dynamo.observer import TRT_INTERPRETER_CALL_PRE_OBSERVER

UnsupportedOperatorException = _lib.UnsupportedOperatorException


class SerializedEngine:
    """The bytes of an engine. `serialize()` and `bytes()` give them."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def serialize(self) -> bytes:
        """The bytes."""
        return self.data

    def __bytes__(self) -> bytes:
        return self.data

    def __len__(self) -> int:
        return len(self.data)


class TRTInterpreterResult(NamedTuple):
    """An engine and what TorchTensorRTModule wants to know of it."""

    engine: SerializedEngine
    input_names: Sequence[str]
    output_names: Sequence[str]
    requires_output_allocator: bool
    requires_native_multidevice: bool
    aliased_io: dict[str, tuple[str, str]]


def _engine_of(gm: GraphModule, settings: CompilationSettings) -> str:
    """The engine asked for, else that of the device or of the graph's tensors: where the result is run."""
    if settings.engine != "auto":
        return settings.engine
    tensors = [n.meta.get("val") for n in gm.graph.find_nodes(op="placeholder")]
    is_gpu = any(isinstance(t, torch.Tensor) and t.is_cuda for t in tensors)
    wants_gpu = settings.device_is_given and settings.device.device_type is not DeviceType.CPU
    return "tensorrt" if is_gpu or wants_gpu else "cpu"


class TRTInterpreter:
    """Builds one engine of a whole graph.

    Args:
        module: a GraphModule, of torch.export, of fx's tracer, or another; it need not have metadata. What it writes to
            its buffers is a further output, and each such buffer a further input.
        input_specs: torch_tensorrt.Input for each of its inputs.
        output_dtypes: types of the outputs, to which they are cast; default: those that the graph computes.
        compilation_settings: default: the defaults; engine "auto" is that of the graph's tensors. engine_cache: must
            be None.
        input_binding_names, output_binding_names: names of the engine's inputs and outputs; default: the names of the
            placeholders, and output0, output1, ...
    Source: torch_tensorrt.dynamo.conversion.TRTInterpreter.
    """

    def __init__(
        self,
        module: GraphModule,
        input_specs: Sequence[Input],
        output_dtypes: Sequence[torch.dtype | dtype] | None = None,
        compilation_settings: CompilationSettings | None = None,
        engine_cache: Any = None,
        *,
        input_binding_names: Sequence[str] | None = None,
        output_binding_names: Sequence[str] | None = None,
    ) -> None:
        if engine_cache is not None:
            raise NotImplementedError("TRTInterpreter: this build has no cache of engines; engine_cache is None")
        self.module, self.input_specs = module, list(input_specs)
        self.output_dtypes = None if output_dtypes is None else [dtype._from(d).to(torch.dtype) for d in output_dtypes]
        self.compilation_settings = compilation_settings or CompilationSettings()
        self.input_binding_names, self.output_binding_names = input_binding_names, output_binding_names

    def _cast_outputs(self, gm: GraphModule) -> None:
        """Casts results to the types asked for."""
        output = gm.graph.output_node()
        leaves, spec = torch.utils._pytree.tree_flatten(output.args[0])
        if self.output_dtypes is None:
            return
        with gm.graph.inserting_before(output):
            for i, (node, wanted) in enumerate(zip(leaves, self.output_dtypes, strict=True)):
                value = node.meta.get("val") if isinstance(node, torch.fx.Node) else None
                if isinstance(value, torch.Tensor) and value.dtype != wanted:
                    leaves[i] = gm.graph.call_function(torch.ops.aten._to_copy.default, (node,), {"dtype": wanted})
                    leaves[i].meta = {**node.meta, "val": value.to(wanted)}
        output.args = (torch.utils._pytree.tree_unflatten(leaves, spec),)

    def run(self) -> TRTInterpreterResult:
        """Builds it.

        Returns:
            The engine's bytes: of engine cpu what TorchTensorRTModule runs, of engine tensorrt a plan for TensorRT's
            own runtime.
        Raises:
            UnsupportedOperatorException: an operator that no engine takes. BindingNameMismatchError: names of another
            number, given twice, or of an input for an output. TorchTRTError: the engine cannot be built.
        """
        return self._build()

    def _build(self, needs_module: bool = False) -> TRTInterpreterResult:
        """run(); `needs_module`: only for an engine that TorchTensorRTModule runs."""
        TRT_INTERPRETER_CALL_PRE_OBSERVER.observe(self.module)
        settings = self.compilation_settings
        with log_level(settings):
            with torch.no_grad():
                source = export_module(self.module, tuple(self.input_specs), {}, settings.device)
            program, gm = normalize(pre_export_lowering(source, settings), settings)
            self._cast_outputs(gm)
            outputs = self.output_binding_names
            _binding_names.apply(gm, self.input_binding_names, outputs)
            shapes = narrowed_shapes(program, gm, tuple(self.input_specs), {})
            gm = post_lowering(gm, settings)
            settings = dataclasses.replace(settings, engine=_engine_of(gm, settings))
            if needs_module and settings.engine != "cpu":
                raise NotImplementedError(
                    f"convert_module: engine {settings.engine} gives a plan, which TensorRT's own runtime runs and no "
                    "TorchTensorRTModule: use torch_tensorrt.dynamo.compile, or engine='cpu'"
                )
            options = core_options(settings, shapes, float32=float32_nodes(gm, settings))
            mutations = lift_mutations(gm)
            data = serialized_program(gm, program, mutations).convert(options)
        names = [n.name for n in gm.graph.find_nodes(op="placeholder")]
        values = torch.utils._pytree.tree_leaves(gm.graph.output_node().args[0])
        given = outputs or [f"output{i}" for i in range(len(values))]
        results = [*given, *(m.value.name for m in mutations)]
        return TRTInterpreterResult(SerializedEngine(data), names, results, False, False, {})
