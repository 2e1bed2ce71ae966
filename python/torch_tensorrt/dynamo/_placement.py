"""What PyTorch runs between engines of another device goes there, too: a program on the CPU compiled for a GPU."""

from __future__ import annotations

from typing import Any

import torch
from torch.fx import GraphModule
from torch.fx.node import map_aggregate

from torch_tensorrt.dynamo.runtime import TorchTensorRTModule


def _move_state(module: torch.nn.Module, device: torch.device) -> None:
    """Tensors of one module, as new ones: they may be shared with the program, which stays as it is."""
    for name, p in list(module.named_parameters(recurse=False)):
        setattr(module, name, torch.nn.Parameter(p.detach().to(device), requires_grad=p.requires_grad))
    for name, b in list(module.named_buffers(recurse=False)):
        setattr(module, name, b.to(device))
    for name, value in list(vars(module).items()):
        if isinstance(value, torch.Tensor):
            setattr(module, name, value.to(device))


def _move_graph(gm: GraphModule, device: torch.device) -> None:
    """Devices that an operator is told."""

    def moved(value: Any) -> Any:
        return device if isinstance(value, torch.device) else value

    for node in gm.graph.nodes:
        node.args = map_aggregate(node.args, moved)
        node.kwargs = map_aggregate(node.kwargs, moved)
    gm.recompile()


def move(module: torch.nn.Module, device: torch.device) -> None:
    """Moves all of a compiled module but its engines, whose bytes stay in host memory."""
    if isinstance(module, TorchTensorRTModule):
        return
    _move_state(module, device)
    if isinstance(module, GraphModule):
        _move_graph(module, device)
    for child in module.children():
        move(child, device)
