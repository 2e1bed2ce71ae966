"""Users' own passes over the graph before it is partitioned, and decompositions."""

from __future__ import annotations

from collections.abc import Callable

from torch.fx import GraphModule

from torch_tensorrt.dynamo._decompositions import (
    TORCH_TRT_DECOMPOSITIONS,
    get_decompositions,
    register_torch_trt_decomposition,
)
from torch_tensorrt.dynamo._settings import CompilationSettings

__all__ = [
    "ATEN_POST_LOWERING_PASSES",
    "TORCH_TRT_DECOMPOSITIONS",
    "dump_lowering_passes",
    "get_decompositions",
    "post_lowering",
    "register_torch_trt_decomposition",
]

LoweringPass = Callable[[GraphModule, CompilationSettings], GraphModule]
ATEN_POST_LOWERING_PASSES: list[LoweringPass] = []


def _aten_lowering_pass(
    *args: LoweringPass, index: int | None = None
) -> LoweringPass | Callable[[LoweringPass], LoweringPass]:
    """Decorator: registers a pass `(gm, settings) -> gm`, at the end or at `index`."""

    def add(lowering_pass: LoweringPass) -> LoweringPass:
        where = len(ATEN_POST_LOWERING_PASSES) if index is None else index
        ATEN_POST_LOWERING_PASSES.insert(where, lowering_pass)
        return lowering_pass

    return add(args[0]) if args else add


def _remove_lowering_pass(*, index: int) -> None:
    ATEN_POST_LOWERING_PASSES.pop(index)


def dump_lowering_passes() -> str:
    """The names of the registered passes, in order."""
    return "\n".join(getattr(p, "__name__", repr(p)) for p in ATEN_POST_LOWERING_PASSES)


def post_lowering(gm: GraphModule, settings: CompilationSettings | None = None) -> GraphModule:
    """Runs the registered passes."""
    for lowering_pass in ATEN_POST_LOWERING_PASSES:
        gm = lowering_pass(gm, settings or CompilationSettings())
    if ATEN_POST_LOWERING_PASSES:
        gm.graph.lint()
        gm.recompile()
    return gm
