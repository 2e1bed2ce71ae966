"""torch.compile's graphs as engines.

    TorchDynamo ─ graph, guards ─► aot_autograd ─ functional, flat ─► Segment ─ first call ─► engines, by their weights
                                   writes and aliases put back        (compile_graph)

TorchDynamo decides when a graph is compiled anew, and keeps what was compiled: for other sizes, types or ways through
the code.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import logging
import operator
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch._dynamo.exc import RestartAnalysis
from torch._functorch.aot_autograd import aot_module_simplified, make_boxed_compiler
from torch._guards import TracingContext
from torch.export.exported_program import (
    _override_composite_implicit_decomp,
    _split_decomp_table_to_cia_and_python_decomp,
)
from torch.fx import GraphModule, Node

from torch_tensorrt._graph import ranges_of
from torch_tensorrt.dynamo._autocast import float32_nodes
from torch_tensorrt.dynamo._compiler import compile_graph, log_level
from torch_tensorrt.dynamo._decompositions import get_decompositions
from torch_tensorrt.dynamo._normalize import simplify
from torch_tensorrt.dynamo._settings import CompilationSettings, make_settings, say_once
from torch_tensorrt.dynamo.lowering import ATEN_PRE_LOWERING_PASSES, post_lowering

logger = logging.getLogger("torch_tensorrt")
_FAILURES = (AssertionError, RuntimeError, TypeError)


# ---- gradients ----


def _trains(node: Node) -> bool:
    """Whether it is a function of torch.nn.functional in training mode: dropout, batch_norm, ..."""
    if not isinstance(node.target, types.FunctionType) or node.target.__module__ != "torch.nn.functional":
        return False
    call = inspect.signature(node.target).bind(*node.args, **node.kwargs)
    call.apply_defaults()
    return call.arguments.get("training") is True


def _is_weight(node: Node) -> bool:
    source = getattr(node, "_dynamo_source", None)
    return source is not None and source.guard_source.is_unspecialized_nn_module()


def _needs_gradients(gm: GraphModule, inputs: Sequence[Any]) -> str:
    """Why the graph is there to be differentiated; "" where it is not. Weights that require gradients say nothing:
    few turn them off before inference."""
    if not torch.is_grad_enabled():
        return ""
    wants = [
        node
        for node, value in zip(gm.graph.find_nodes(op="placeholder"), inputs, strict=True)
        if isinstance(value, torch.Tensor) and value.requires_grad
    ]
    given = [node.name for node in wants if not _is_weight(node)]
    if given:
        return f"input '{given[0]}' requires gradients"
    trains = next(filter(_trains, gm.graph.nodes), None) if wants else None
    return f"'{trains.name}' is in training mode" if trains is not None else ""


# ---- one graph ----


class Segment:
    """A graph of aot_autograd, with engines that are built at its first call, when its weights are there.

    Engines hold weights as constants, TorchDynamo's guards do not look at their values. So each call compares: other
    tensors (another module of the class) get engines of their own; a parameter that was changed in place is taken
    anew; a buffer that was becomes an input.
    """

    def __init__(self, gm: GraphModule, weights: list[int], settings: CompilationSettings) -> None:
        """`weights`: the inputs that are parameters or buffers, and that the graph does not change."""
        self.gm, self.settings = gm, settings
        self.weights = weights
        self.engines: list[_Engines] = []
        self.in_pytorch: Callable[..., Any] | None = None

    def __call__(self, *args: Any) -> Any:
        if self.in_pytorch is not None:
            return self.in_pytorch(*args)
        for engines in self.engines:
            if engines.fit(args):
                return engines(*args)
        return self._build(args)(*args)

    def _build(self, args: tuple[Any, ...]) -> Callable[..., Any]:
        try:
            self._forget_changed(args)
            engines = _Engines(self.gm, self.weights, args, self.settings)
        except _FAILURES as e:
            if self.settings.pass_through_build_failures:
                raise
            logger.warning("a graph of torch.compile cannot be built and runs in PyTorch: %s", e)
            self.in_pytorch = self.gm
            return self.gm
        self.engines.append(engines)
        return engines

    def _forget_changed(self, args: tuple[Any, ...]) -> None:
        """Engines of these weights as they were."""
        for engines in [e for e in self.engines if e.have_changed(args)]:
            self.engines.remove(engines)
            say_once("weights were changed in place after torch.compile: engines are built anew with their values")
            changed = set(engines.changed())
            self.weights = [i for i in self.weights if i not in changed or isinstance(args[i], torch.nn.Parameter)]


class _Engines:
    """A graph compiled with the values that its weights have now."""

    def __init__(
        self, gm: GraphModule, weights: list[int], args: tuple[Any, ...], settings: CompilationSettings
    ) -> None:
        self.places = list(weights)
        self.tensors = [args[i] for i in weights]
        # Tensors of inference mode do not count their versions.
        self.watched = [(i, t) for i, t in zip(weights, self.tensors, strict=True) if not t.is_inference()]
        self.versions = self._versions()
        held = set(weights)
        self.inputs = [i for i in range(len(args)) if i not in held]
        self.module = _compile(_with_constants(gm, dict(zip(weights, self.tensors, strict=True))), settings)

    def __call__(self, *args: Any) -> Any:
        return self.module(*(args[i] for i in self.inputs))

    def _versions(self) -> list[int]:
        return [t._version for _, t in self.watched]

    def _are(self, args: tuple[Any, ...]) -> bool:
        return all(map(operator.is_, [args[i] for i in self.places], self.tensors))

    def fit(self, args: tuple[Any, ...]) -> bool:
        return self._are(args) and self._versions() == self.versions

    def have_changed(self, args: tuple[Any, ...]) -> bool:
        return self._are(args) and self._versions() != self.versions

    def changed(self) -> list[int]:
        """Places of those that were."""
        pairs = zip(self.watched, self._versions(), self.versions, strict=True)
        return [i for (i, _), now, before in pairs if now != before]


def _with_constants(gm: GraphModule, constants: dict[int, torch.Tensor]) -> GraphModule:
    """A copy of the graph where those placeholders are attributes."""
    result = GraphModule(gm, copy.deepcopy(gm.graph))
    for i, node in enumerate(result.graph.find_nodes(op="placeholder")):
        if i not in constants:
            continue
        tensor = constants[i]
        if isinstance(tensor, torch.nn.Parameter):
            result.register_parameter(node.name, tensor)
        else:
            result.register_buffer(node.name, tensor)
        with result.graph.inserting_before(node):
            attribute = result.graph.get_attr(node.name)
        attribute.meta = dict(node.meta)
        node.replace_all_uses_with(attribute)
        result.graph.erase_node(node)
    result.recompile()
    return result


def _compile(gm: GraphModule, settings: CompilationSettings) -> Callable[..., Any]:
    with log_level(settings):
        simplify(gm)
        gm = post_lowering(gm, settings)
        result = compile_graph(gm, ranges_of(gm), [], [], settings, float32_nodes(gm, settings))
        return gm if result is None else result


# ---- the backend ----


@contextlib.contextmanager
def _decomposing(settings: CompilationSettings) -> Iterator[Any]:
    """Gives the table for aot_autograd; inside, composite operators that are not in it stay whole."""
    table = get_decompositions(settings.enable_experimental_decompositions)
    composite, others = _split_decomp_table_to_cia_and_python_decomp(dict(table.items()))
    with _override_composite_implicit_decomp(composite):
        yield others


def _functional(gm: GraphModule, inputs: Sequence[Any], settings: CompilationSettings) -> Callable[..., Any]:
    """The graph behind what aot_autograd does around it at each call: it writes mutations back, makes aliases."""

    def keep(graph: GraphModule, _inputs: Sequence[Any]) -> Segment:
        facts = TracingContext.get().fw_metadata
        changed = set(facts.mutated_inp_runtime_indices)
        return Segment(graph, [i for i in facts.static_input_indices if i not in changed], settings)

    compiler = make_boxed_compiler(keep)
    with torch.no_grad(), _decomposing(settings) as table:
        return aot_module_simplified(
            gm, inputs, fw_compiler=compiler, inference_compiler=compiler, decompositions=table
        )


def _settings_of(options: dict[str, Any]) -> CompilationSettings:
    """`options={...}` of torch.compile, or the same as keywords."""
    options = dict(options)
    settings = make_settings({**options.pop("options", {}), **options})
    if settings.require_full_compilation:
        say_once("require_full_compilation has no effect with torch.compile: graph breaks are PyTorch's to decide")
        settings.require_full_compilation = False
    if settings.autocast_calibration_dataloader is not None:
        say_once("autocast_calibration_dataloader has no effect with torch.compile, whose graphs are parts of a model")
        settings.autocast_calibration_dataloader = None
    if settings.strip_engine_weights:
        say_once("strip_engine_weights has no effect with torch.compile: its engines are never saved")
        settings.strip_engine_weights = False
    if ATEN_PRE_LOWERING_PASSES:
        say_once(
            "ATEN_PRE_LOWERING_PASSES are not run by torch.compile, which has no exported graph: register passes with "
            "_aten_lowering_pass"
        )
    return settings


def torch_tensorrt_backend(gm: GraphModule, sample_inputs: Sequence[Any], **options: Any) -> Callable[..., Any]:
    """The backend of ``torch.compile(model, backend="torch_tensorrt", options={...})``.

    Args:
        gm: a graph of TorchDynamo. sample_inputs: its inputs.
        options: fields of dynamo.CompilationSettings, as keywords or in a dict `options`. Unknown ones are named in
        the log.
    Returns:
        What runs in the graph's place. Engines are built at the first call.
    Raises:
        What building raises, with pass_through_build_failures=True. Otherwise a graph that cannot be built runs in
        PyTorch, and so does one that is to be differentiated; a warning tells so.
    Source: torch_tensorrt's torch.compile backend.
    """
    settings = _settings_of(options)
    try:
        why = _needs_gradients(gm, sample_inputs)
        if why:
            raise RuntimeError(f"{why}, and engines compute none: call eval(), and the model under torch.no_grad()")
        return _functional(gm, sample_inputs, settings)
    except RestartAnalysis:  # TorchDynamo's: it traces again, knowing more
        raise
    except _FAILURES as e:
        if settings.pass_through_build_failures:
            raise
        logger.warning("a graph of torch.compile runs in PyTorch: %s", e)
        return gm.forward
