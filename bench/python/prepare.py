"""Exports one program at one size, for all contenders alike.

    python prepare.py FOLDER PROGRAM SIZE

SIZE is a batch, or BATCHxLENGTH for text; "-" the program's own example. FOLDER gets program.pt2 (static shapes),
in0.npy ..., out.npy (eager, float32) and row.json: facts, with the operations and the bytes that a call needs at least.
"""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "python"))
import programs  # noqa: E402


def resized(t: torch.Tensor, size: list[int]) -> torch.Tensor:
    """The example repeated or cut to the wanted leading dimensions."""
    for dim, n in enumerate(size):
        repeats = [1] * t.dim()
        repeats[dim] = -(-n // t.size(dim))
        t = t.repeat(repeats).narrow(dim, 0, n)
    return t.contiguous()


def bytes_needed(exported: torch.export.ExportedProgram, tensors: list[torch.Tensor]) -> int:
    """Inputs, outputs and each weight once; of tables only the rows that are looked up."""
    total = sum(t.nbytes for t in tensors)
    tables: dict[str, int] = {}
    for node in exported.graph.nodes:
        if node.op == "call_function" and node.target is torch.ops.aten.embedding.default:
            table, indices = node.args[0], node.args[1].meta["val"]
            row = table.meta["val"].nbytes // table.meta["val"].size(0)
            if len(table.users) == 1:
                tables[table.name] = row * indices.numel()
    names = exported.graph_signature.inputs_to_parameters | exported.graph_signature.inputs_to_buffers
    for node in exported.graph.nodes:
        if node.op == "placeholder" and node.name in names and node.users:
            total += tables.get(node.name, node.meta["val"].nbytes)
    return total


def flops(call: Any, tensors: list[torch.Tensor]) -> int:
    """Products and convolutions, a multiplication and an addition each."""
    with FlopCounterMode(display=False) as counter:
        call(*tensors)
    return counter.get_total_flops()


def main() -> None:
    folder, name, size = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    torch.set_grad_enabled(False)
    program = programs.build(name, full=True)
    dims = [] if size == "-" else [int(n) for n in size.split("x")]
    tensors = [resized(t, dims) for t in program.args]
    exported = torch.export.export(program.module, tuple(tensors))
    torch.export.save(exported, folder / "program.pt2")
    for i, t in enumerate(tensors):
        np.save(folder / f"in{i}.npy", t.numpy())
    out = program.module(*tensors)
    np.save(folder / "out.npy", out.numpy())
    facts = {
        "program": name,
        "n_inputs": len(tensors),
        "shape": "x".join(map(str, tensors[0].shape)),
        "flops": flops(program.module, tensors),
        "bytes": bytes_needed(exported, [*tensors, out]),
        "torch": torch.__version__,
    }
    (folder / "row.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main()
