"""Lists of passes over the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.fx import GraphModule

from torch_tensorrt.dynamo._settings import CompilationSettings
from torch_tensorrt.dynamo.debug._Debugger import capture
from torch_tensorrt.dynamo.lowering._metadata import Metadata

LoweringPass = Callable[[GraphModule, CompilationSettings], GraphModule]
_CONFIG = "_torch_tensorrt_lowering_pass_config"


def name_of(lowering_pass: LoweringPass) -> str:
    """The pass by name, as a Debugger and dump_lowering_passes() call it."""
    return getattr(lowering_pass, "__name__", repr(lowering_pass))


class PassList(list[LoweringPass]):
    """Passes in the order in which they run; calling the list runs them, and then tells anew what the nodes that they
    added or changed stand for: a pass need not."""

    @property
    def passes(self) -> list[LoweringPass]:
        """The passes themselves."""
        return self

    def add_pass_with_index(self, lowering_pass: LoweringPass, index: int | None = None) -> None:
        """Puts a pass at that place; default: the end."""
        self.insert(len(self) if index is None else index, lowering_pass)

    def remove_pass_with_index(self, index: int) -> None:
        """Takes the pass at that place out. IndexError where there is none."""
        self.pop(index)

    def __call__(self, gm: GraphModule, settings: CompilationSettings | None = None) -> GraphModule:
        if not self:
            return gm
        settings = settings or CompilationSettings()
        metadata = Metadata(gm)
        for lowering_pass in self:
            capture("before", name_of(lowering_pass), gm)
            gm = lowering_pass(gm, settings)
            capture("after", name_of(lowering_pass), gm)
        gm.graph.lint()
        metadata.refresh(gm)
        gm.recompile()
        return gm


def get_lowering_pass_config(lowering_pass: LoweringPass) -> dict[str, Any]:
    """The keywords that _aten_lowering_pass() was given for the pass beside `index`."""
    return getattr(lowering_pass, _CONFIG, {})


# Passes over the exported graph, before decomposition. torch.compile has no such graph and does not run them.
ATEN_PRE_LOWERING_PASSES = PassList()
# Passes over the functional graph, before it is partitioned.
ATEN_POST_LOWERING_PASSES = PassList()


def _aten_lowering_pass(
    *args: LoweringPass, index: int | None = None, **config: Any
) -> LoweringPass | Callable[[LoweringPass], LoweringPass]:
    """Decorator: registers a pass `(gm, settings) -> gm` in ATEN_POST_LOWERING_PASSES.

    Args:
        index: its place; default: the end. config: kept for get_lowering_pass_config(), as an attribute of the pass.
    Raises:
        AssertionError: positional arguments beside the pass. AttributeError: a config for what takes no attributes (a
        bound method); it is not registered.
    """

    def add(lowering_pass: LoweringPass) -> LoweringPass:
        if config:
            setattr(lowering_pass, _CONFIG, config)
        ATEN_POST_LOWERING_PASSES.add_pass_with_index(lowering_pass, index)
        return lowering_pass

    if not args:
        return add
    assert len(args) == 1 and callable(args[0]) and not config and index is None, (
        "_aten_lowering_pass takes a pass, or keywords: @_aten_lowering_pass(index=0)"
    )
    return add(args[0])


def _remove_lowering_pass(*, index: int) -> None:
    """Takes the pass at that place of ATEN_POST_LOWERING_PASSES out. IndexError where there is none."""
    ATEN_POST_LOWERING_PASSES.remove_pass_with_index(index)


def dump_lowering_passes() -> str:
    """The names of the registered passes after decomposition, in order."""
    return "\n".join(map(name_of, ATEN_POST_LOWERING_PASSES))
