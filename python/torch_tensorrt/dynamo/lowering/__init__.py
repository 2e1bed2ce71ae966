"""Users' own passes over the graph, and decompositions.

    program ─► ATEN_PRE_LOWERING_PASSES ─► decompositions ─► ATEN_POST_LOWERING_PASSES ─► partition

Both lists hold what users register: the package's own passes are in the core, inside of engines. torch.compile
decomposes while it traces: it has no graph for the first list, whose passes it does not run and names once in the log.
"""

from __future__ import annotations

import copy

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule

from torch_tensorrt.dynamo._decompositions import (
    TORCH_TRT_DECOMPOSITIONS,
    get_decompositions,
    register_torch_trt_decomposition,
    torch_disabled_decompositions,
    torch_enabled_decompositions,
)
from torch_tensorrt.dynamo._settings import CompilationSettings
from torch_tensorrt.dynamo.lowering.constant_fold_exclusions import (
    mark_constant_fold_exclusions,
    register_constant_fold_exclusion_rule,
    unregister_constant_fold_exclusion_rule,
)
from torch_tensorrt.dynamo.lowering.passes import (
    ATEN_POST_LOWERING_PASSES,
    ATEN_PRE_LOWERING_PASSES,
    _aten_lowering_pass,
    _remove_lowering_pass,
    dump_lowering_passes,
    get_lowering_pass_config,
)

__all__ = [
    "ATEN_POST_LOWERING_PASSES",
    "ATEN_PRE_LOWERING_PASSES",
    "TORCH_TRT_DECOMPOSITIONS",
    "_aten_lowering_pass",
    "_remove_lowering_pass",
    "dump_lowering_passes",
    "get_decompositions",
    "get_lowering_pass_config",
    "post_lowering",
    "pre_export_lowering",
    "register_constant_fold_exclusion_rule",
    "register_torch_trt_decomposition",
    "repair_input_aliasing",
    "torch_disabled_decompositions",
    "torch_enabled_decompositions",
    "unregister_constant_fold_exclusion_rule",
]


def pre_export_lowering(
    exported_program: ExportedProgram, settings: CompilationSettings | None = None
) -> ExportedProgram:
    """Runs the registered passes before decomposition, on a copy of the program's graph: the program stays as it is.

    Args:
        exported_program: of torch.export.export or trace(). settings: handed to the passes; default: the defaults.
    Source: torch_tensorrt.dynamo.lowering.pre_export_lowering.
    """
    if not ATEN_PRE_LOWERING_PASSES:
        return exported_program
    source = exported_program.graph_module
    gm = GraphModule(source, copy.deepcopy(exported_program.graph))
    for node, original in zip(gm.graph.nodes, exported_program.graph.nodes, strict=True):
        node.name = original.name  # the signature names them, and copying shuns some names ("input")
    gm.meta.update(source.meta)
    return exported_program._update(ATEN_PRE_LOWERING_PASSES(gm, settings), exported_program.graph_signature)


def post_lowering(gm: GraphModule, settings: CompilationSettings | None = None) -> GraphModule:
    """Runs the registered passes after decomposition, and the rules of constant-fold exclusions before them.

    Args:
        gm: a functional graph over ATen. settings: handed to the passes; default: the defaults.
    Source: torch_tensorrt.dynamo.lowering.post_lowering.
    """
    settings = settings or CompilationSettings()
    gm = mark_constant_fold_exclusions(gm, settings.disabled_constant_fold_exclusions)
    return ATEN_POST_LOWERING_PASSES(gm, settings)


def repair_input_aliasing(gm: GraphModule, settings: CompilationSettings | None = None) -> GraphModule:
    """Every use of a tensor input becomes a use of its clone, so that what is traced next sees no in-place writes to
    the caller's tensors. The compilers here need no such thing.

    Args:
        gm: changed in place. settings: not used.
    Source: torch_tensorrt.dynamo.lowering.repair_input_aliasing.
    """
    placeholders = gm.graph.find_nodes(op="placeholder")
    for node in placeholders:
        kind = node.type if isinstance(node.type, type) else type(node.meta.get("val", node.meta.get("example_value")))
        if not issubclass(kind, torch.Tensor):
            continue
        with gm.graph.inserting_after(placeholders[-1]):
            clone = gm.graph.call_function(torch.ops.aten.clone.default, (node,))
        clone.meta = dict(node.meta)
        node.replace_all_uses_with(clone, delete_user_cb=lambda user, clone=clone: user is not clone)
    gm.graph.lint()
    gm.recompile()
    return gm
