"""Compares a compiled module with eager."""

from __future__ import annotations

import copy
import logging
from typing import Any

import torch
from torch.utils._pytree import tree_leaves

from torch_tensorrt.dynamo.utils import cosine_similarity

logger = logging.getLogger("torch_tensorrt")


def _difference(got: torch.Tensor, wanted: torch.Tensor) -> dict[str, float]:
    a, b = got.detach().to(torch.float64).flatten(), wanted.detach().to(torch.float64).flatten()
    delta = (a - b).abs()
    delta[(a == b) | (a.isnan() & b.isnan())] = 0
    scale = b[b.isfinite()].abs().max().item() if b.isfinite().any() else 0.0
    return {
        "abs": delta.nan_to_num(nan=float("inf")).max().item() if delta.numel() else 0.0,
        "scale": scale,
        "cosine": cosine_similarity(b.nan_to_num(), a.nan_to_num()),
        "nan": int(a.isnan().sum() - b.isnan().sum()),
    }


def _restore(module: torch.nn.Module, state: dict[str, torch.Tensor]) -> None:
    for name, buffer in module.named_buffers():
        if name in state:
            with torch.no_grad():
                buffer.copy_(state[name])


def _run(module: torch.nn.Module, state: dict[str, torch.Tensor], args: Any, kwargs: Any) -> list[Any]:
    """The outputs, from copies of the inputs, `state` in the buffers, and the same random numbers each time."""
    _restore(module, state)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(0)
        return tree_leaves(module(*copy.deepcopy(args), **copy.deepcopy(kwargs)))


def verify(
    compiled: torch.nn.Module, eager: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Runs both on copies of the example inputs and logs the differences of each output. Buffers that the program
    changes start with the same values in both, and keep them.

    Returns:
        worst: index of the output with the largest difference in terms of its scale; abs, rel (abs / the output's
        largest value),
        cosine and nan (NaNs more than in eager) of that output; outputs: the same for each.
    """
    state = {name: buffer.clone() for name, buffer in eager.named_buffers()}
    wanted = _run(eager, state, args, kwargs)
    got = _run(compiled, state, args, kwargs)
    for module in (eager, compiled):
        _restore(module, state)
    outputs = []
    for i, (a, b) in enumerate(zip(got, wanted, strict=True)):
        if isinstance(b, torch.Tensor) and not b.is_complex():
            d = _difference(a, b)
            outputs.append({"output": i, **d, "rel": d["abs"] / (d["scale"] or 1.0)})
    if not outputs:
        return {"outputs": []}
    worst = max(outputs, key=lambda d: d["rel"])
    logger.warning(
        "verify: the worst of %d outputs is %d: largest difference %.3g (%.3g of its scale), cosine %.8f, %d more NaNs",
        len(outputs),
        worst["output"],
        worst["abs"],
        worst["rel"],
        worst["cosine"],
        worst["nan"],
    )
    return {**worst, "worst": worst["output"], "outputs": outputs}
