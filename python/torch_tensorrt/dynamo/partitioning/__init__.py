"""The core's partitioners, for graphs at hand: split as a compilation would, every part a module of PyTorch.

Graphs are functional, over ATen operators, with `val` in the metadata of their nodes: those of torch.export and
aot_autograd.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch.fx import GraphModule

from torch_tensorrt import _lib
from torch_tensorrt._graph import is_getitem, ranges_of
from torch_tensorrt.dynamo import _defaults
from torch_tensorrt.dynamo._compiler import core_options, partition_graph
from torch_tensorrt.dynamo._settings import CompilationSettings, operator_name, say_once
from torch_tensorrt.dynamo._splitter import Splitter
from torch_tensorrt.dynamo.partitioning._inputs import construct_submodule_inputs, run_shape_analysis

__all__ = [
    "OperatorSupport",
    "construct_submodule_inputs",
    "fast_partition",
    "get_graph_converter_support",
    "global_partition",
    "hierarchical_adjacency_partition",
    "run_shape_analysis",
]

Ops = Collection[Callable[..., Any] | str]


@dataclass
class OperatorSupport:
    """Qualified names of a graph's operators with their counts: those that an engine or backend takes, the others, and
    why each node that it does not take is left out."""

    supported_operators: dict[str, int] = field(default_factory=dict)
    unsupported_operators: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def _support(gm: GraphModule, facts: dict[str, Any]) -> OperatorSupport:
    """A block that is too small is still of supported operators."""
    reasons = {r["node"]: r["reason"] for r in facts["refusals"]}
    refused = {name for name, reason in reasons.items() if "below min_block_size" not in reason}
    counts = [collections.Counter[str](), collections.Counter[str]()]
    for node in gm.graph.nodes:
        if node.op == "call_function" and not is_getitem(node):
            counts[node.name in refused][operator_name(node.target)] += 1
    return OperatorSupport(dict(counts[0]), dict(counts[1]), reasons)


def _partition(gm: GraphModule, settings: CompilationSettings, backends: Sequence[str] = ()) -> _lib.Partition:
    return partition_graph(gm, ranges_of(gm), [], core_options(settings, backends=backends))


def _check_metadata(gm: GraphModule) -> None:
    """AssertionError for a graph whose nodes do not tell what they stand for: support is a matter of types and shapes,
    too."""
    for node in gm.graph.nodes:
        if node.op in ("placeholder", "call_function") and "val" not in node.meta and node.target != "_guards_fn":
            raise AssertionError(
                f"'{node.name}' has no `val` in its metadata: partition graphs of torch.export or aot_autograd, or run "
                "torch.fx.passes.fake_tensor_prop.FakeTensorProp over this one"
            )


def _split(
    gm: GraphModule,
    min_block_size: int | float,
    torch_executed_ops: Ops,
    require_full_compilation: bool,
    *,
    use_fast_partitioner: bool = True,
    backends: Sequence[str] = (),
) -> tuple[GraphModule, OperatorSupport]:
    settings = CompilationSettings(
        min_block_size=min_block_size,
        torch_executed_ops=set(torch_executed_ops),
        require_full_compilation=require_full_compilation,
        use_fast_partitioner=use_fast_partitioner,
    )
    if settings.require_full_compilation and settings.min_block_size != _defaults.MIN_BLOCK_SIZE:
        say_once("min_block_size is disregarded where require_full_compilation is set")
    _check_metadata(gm)
    gm.graph.eliminate_dead_code()
    gm.graph.lint()
    gm.recompile()
    facts = _partition(gm, settings, backends).facts
    return Splitter(gm, facts["segments"], []).split(), _support(gm, facts)


def fast_partition(
    gm: GraphModule,
    min_block_size: int | float = _defaults.MIN_BLOCK_SIZE,
    torch_executed_ops: Ops = frozenset(),
    require_full_compilation: bool = False,
    skip_fusion: bool = False,
) -> tuple[GraphModule, OperatorSupport]:
    """Splits by adjacency: blocks of engines and of PyTorch take turns, each as large as it can be.

    Args:
        gm: the graph; dead code is taken out of it.
        min_block_size: operators that an engine must have at least.
        torch_executed_ops: operators that stay with PyTorch, targets or texts.
        require_full_compilation: one engine, or an error.
        skip_fusion: changes nothing: values that are no tensors never keep nodes together.
    Returns:
        The parent of `_run_on_acc_<n>` and `_run_on_gpu_<n>`, all of them GraphModules, and what is supported.
    Raises:
        AssertionError: require_full_compilation, and something is left out.
    Source: torch_tensorrt.dynamo.partitioning.fast_partition.
    """
    return _split(gm, min_block_size, torch_executed_ops, require_full_compilation)


def global_partition(
    gm: GraphModule,
    min_block_size: int | float = _defaults.MIN_BLOCK_SIZE,
    torch_executed_ops: Ops = frozenset(),
    require_full_compilation: bool = False,
) -> tuple[GraphModule, OperatorSupport]:
    """Splits by capability: blocks are merged wherever no circle results; what is left stays in the parent graph.

    Args, Returns, Raises: as fast_partition(); there are no children `_run_on_gpu_<n>`.
    Source: torch_tensorrt.dynamo.partitioning.global_partition.
    """
    return _split(gm, min_block_size, torch_executed_ops, require_full_compilation, use_fast_partitioner=False)


def _backend(name: str, ops: Collection[Any] | None) -> str:
    """As the core reads it. Packets stand for all their overloads."""
    return name if ops is None else f"{name}={','.join(sorted(map(operator_name, ops)))}"


def hierarchical_adjacency_partition(
    gm: GraphModule,
    min_block_size: int | float = _defaults.MIN_BLOCK_SIZE,
    torch_executed_ops: Ops = frozenset(),
    backend_priority: Sequence[str] | None = None,
    backend_support_map: Mapping[str, Collection[Any] | None] | None = None,
    require_full_compilation: bool = False,
    skip_fusion: bool = False,
) -> tuple[GraphModule, OperatorSupport]:
    """Splits by adjacency for several backends; a block ends where the backend changes, too.

    Args:
        backend_priority: names, the first that takes an operator gets it; default ("tensorrt", "inductor").
        backend_support_map: the operators of each backend, targets or texts; None: what engines take; default
        {"tensorrt": None, "inductor": ()}.
        The others as for fast_partition().
    Returns:
        The parent of `_run_on_acc_<backend>_<n>` and `_run_on_gpu_<n>`, and what is supported.
    Raises:
        ValueError: a backend without an entry in the map, or a name that is no identifier.
        AssertionError: as fast_partition().
    Source: torch_tensorrt.dynamo.partitioning.hierarchical_adjacency_partition.
    """
    ops = {"tensorrt": None, "inductor": ()} if backend_support_map is None else backend_support_map
    names = tuple(backend_priority or ("tensorrt", "inductor"))
    for name in names:
        if name not in ops:
            raise ValueError(f'backend "{name}" has no entry in backend_support_map')
        if not name.isidentifier():
            raise ValueError(f'"{name}" is no name of a backend: letters, digits and _')
    backends = [_backend(name, ops[name]) for name in names]
    return _split(gm, min_block_size, torch_executed_ops, require_full_compilation, backends=backends)


def get_graph_converter_support(gm: GraphModule, torch_executed_ops: Ops = frozenset()) -> tuple[int, int]:
    """How many of a graph's operators engines take, and how many there are.

    Source: torch_tensorrt.dynamo.partitioning.get_graph_converter_support.
    """
    settings = CompilationSettings(min_block_size=1, torch_executed_ops=set(torch_executed_ops))
    facts = _partition(gm, settings).facts
    return facts["supported"], facts["total"]
