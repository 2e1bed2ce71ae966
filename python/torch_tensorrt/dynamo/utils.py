"""Inputs and comparisons."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import torch
from torch.torch_version import TorchVersion
from torch.utils._sympy.value_ranges import ValueRanges

from torch_tensorrt._Device import Device
from torch_tensorrt._graph import range_of
from torch_tensorrt._Input import Input
from torch_tensorrt.dynamo._defaults import default_device

COSINE_THRESHOLD = 0.99
RTOL = ATOL = 5e-3
logger = logging.getLogger("torch_tensorrt")


def map_inputs(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """Applies `leaf` to what is inside lists, tuples and dicts, which keep their types."""
    if isinstance(value, dict):
        return type(value)((k, map_inputs(v, leaf)) for k, v in value.items())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(map_inputs(v, leaf) for v in value))
    if isinstance(value, (list, tuple)):
        return type(value)(map_inputs(v, leaf) for v in value)
    return leaf(value)


def check_inputs(inputs: Any, *more: type) -> None:
    """ValueError where a leaf is none of what an example input may be, nor of the types in `more`."""

    def one(value: Any) -> None:
        if value is not None and not isinstance(value, (Input, torch.Tensor, bool, int, float, *more)):
            raise ValueError(
                f"an input of type {type(value).__name__}: give tensors, torch_tensorrt.Input, numbers or containers"
            )

    map_inputs(inputs, one)


def prepare_inputs(inputs: Any, disable_memory_format_check: bool = False) -> Any:
    """Tensors and numbers as Inputs (data is not copied); Inputs and None as they are; containers keep their types.

    Raises:
        ValueError: anything else; a tensor that is neither contiguous nor channels_last.
    """
    check_inputs(inputs)

    def one(value: Any) -> Any:
        if value is None or isinstance(value, Input):
            return value
        if isinstance(value, torch.Tensor):
            if value.is_complex():
                spec = Input.from_tensor(torch.view_as_real(value), disable_memory_format_check)
                spec.torch_tensor = value
                return spec
            return Input.from_tensor(value, disable_memory_format_check)
        return Input.from_tensor(torch.tensor(value))

    return map_inputs(inputs, one)


def example_of(value: Any, device: torch.device | None = None) -> Any:
    """The example behind an Input: its tensor, or for a shape tensor an int or a list of ints. Other values as they
    are."""
    if isinstance(value, Input):
        if value.is_shape_tensor:
            numbers = value.torch_tensor.reshape(-1).tolist()
            return numbers[0] if len(numbers) == 1 else numbers
        value = value.torch_tensor
    return value.to(device) if isinstance(value, torch.Tensor) and device is not None else value


def distinct(inputs: Any) -> Any:
    """Examples in which no tensor is there twice: torch.export would take both for one input."""
    seen: set[int] = set()

    def one(value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        if id(value) in seen:
            return value.clone()
        seen.add(id(value))
        return value

    return map_inputs(inputs, one)


def get_torch_inputs(inputs: Any, device: Device | torch.device | str | None = None, mode: str = "") -> Any:
    """Example tensors for Inputs, in the same containers.

    Args:
        inputs: Inputs, tensors and numbers, also nested.
        device: where the tensors go; default: the current GPU, or the CPU.
        mode: "min_shape", "opt_shape" or "max_shape" of dynamic Inputs; default: their example.
    Source: torch_tensorrt.dynamo.utils.get_torch_inputs.
    """
    to = to_torch_device(device)

    def one(value: Any) -> Any:
        if isinstance(value, Input) and mode and value.shape_mode is Input._ShapeMode.DYNAMIC:
            return value.example_tensor(mode).to(to)
        return example_of(value, to)

    return map_inputs(inputs, one)


def get_torch_tensor(
    input: Input, device: Device | torch.device | str | None = None, mode: str = ""
) -> torch.Tensor | int | list[int]:
    """The example behind one Input, on the device; of a shape tensor an int, or a list of ints when it has several.

    Args:
        input: an Input. device: default: the current GPU, or the CPU where there is none. mode: "min_shape",
            "opt_shape" or "max_shape" of a dynamic Input.
    Source: torch_tensorrt.dynamo.utils.get_torch_tensor.
    """
    if input.is_shape_tensor and mode and input.shape_mode is Input._ShapeMode.DYNAMIC:
        numbers = list(input.shape[mode])
        return numbers[0] if len(numbers) == 1 else numbers
    return get_torch_inputs(input, device, mode)


def extract_var_range_info(
    symbolic_integer: torch.SymInt, bounds: dict[Any, tuple[int, int]] | None = None
) -> dict[str, int | None]:
    """The range of a symbolic size.

    Args:
        symbolic_integer: a size of a traced graph. bounds: {symbol: (min, max)} that narrow the graph's own.
    Returns:
        min (1 where the graph starts at 2, which PyTorch writes for sizes without a minimum), max (None without a
        bound), opt: the size when it was traced where it lies within, else the middle.
    Source: torch_tensorrt.dynamo.utils.extract_var_range_info.
    """
    node = symbolic_integer.node
    ranges = dict(node.shape_env.var_to_range)
    for symbol, (low, high) in (bounds or {}).items():
        ranges[symbol] = ranges[symbol] & ValueRanges(low, high) if symbol in ranges else ValueRanges(low, high)
    low, high = range_of(node.expr, ranges)
    low = 1 if low is None else low
    opt = node.hint if node.has_hint() else None
    if opt is None or opt < low or (high is not None and opt > high):
        opt = low if high is None else (low + high) // 2
    return {"min": low, "max": high, "opt": int(opt)}


def req_torch_version(min_torch_version: str = "2.dev") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: calls raise AssertionError with a PyTorch older than that version."""

    def guard(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if TorchVersion(torch.__version__) < min_torch_version:
                raise AssertionError(f"{fn.__name__} needs torch {min_torch_version}; this is {torch.__version__}")
            return fn(*args, **kwargs)

        return checked

    return guard


def to_torch_device(device: Device | torch.device | str | None) -> torch.device:
    """A device in any form as PyTorch's; None is the default one."""
    return device if isinstance(device, torch.device) else Device._from(device).to(torch.device)


def to_torch_tensorrt_device(device: Device | torch.device | str | None) -> Device:
    """A device in any form as this package's; None is the default one."""
    return Device._from(device)


def get_model_device(module: torch.nn.Module) -> torch.device:
    """The device of the first parameter, else of the first buffer, else the default one."""
    for tensor in (*module.parameters(), *module.buffers()):
        return tensor.device
    return default_device().to(torch.device)


def input_is_dynamic(inputs: Any) -> bool:
    """Whether an Input among them, also nested, has a range."""
    return any(
        isinstance(i, Input) and i.shape_mode is Input._ShapeMode.DYNAMIC
        for i in torch.utils._pytree.tree_leaves(inputs)
    )


def cosine_similarity(gt: torch.Tensor, pred: torch.Tensor) -> float:
    """In double precision over all elements; 1.0 for two all-zero tensors."""
    a, b = gt.detach().flatten().to(torch.float64), pred.detach().flatten().to(torch.float64)
    if not a.any() and not b.any():
        return 1.0
    return torch.nn.functional.cosine_similarity(a, b, dim=0, eps=1e-30).item()


def check_output_equal(output1: Any, output2: Any, rtol: float = RTOL, atol: float = ATOL) -> bool:
    """Whether two outputs have the same structure and, within the tolerances, the same tensors: all of them.

    Args:
        output1, output2: tensors, numbers and containers; NaN equals NaN.
        rtol, atol: as torch.allclose's, default 5e-3.
    Source: torch_tensorrt.dynamo.utils.check_output_equal.
    """
    leaves1, spec1 = torch.utils._pytree.tree_flatten(output1)
    leaves2, spec2 = torch.utils._pytree.tree_flatten(output2)
    if spec1 != spec2:
        return False
    for a, b in zip(leaves1, leaves2, strict=True):
        if type(a) is not type(b):
            return False
        if isinstance(a, torch.Tensor):
            if a.shape != b.shape or not torch.allclose(a, b.to(a.device), rtol, atol, equal_nan=True):
                return False
        elif a != b:
            return False
    return True


def set_log_level(parent_logger: Any, level: Any) -> None:
    """Sets the level of a logger; without one nothing happens."""
    if parent_logger:
        parent_logger.setLevel(level)
