"""What this build has, and what becomes of the calls that it has not."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

Fn = TypeVar("Fn", bound=Callable[..., Any])


class FeatureSet(NamedTuple):
    """Features by name, in the order of Torch-TensorRT."""

    torchscript_frontend: bool
    torch_tensorrt_runtime: bool
    dynamo_frontend: bool
    fx_frontend: bool
    refit: bool
    qdp_plugin: bool
    windows_cross_compile: bool
    tensorrt_rtx: bool
    trtllm_for_nccl: bool
    native_trt_collectives: bool
    complex_decomposition: bool


# What this build has. A frontend that is False is an error when it is asked for.
ENABLED_FEATURES = FeatureSet(
    torchscript_frontend=False,
    torch_tensorrt_runtime=True,
    dynamo_frontend=True,
    fx_frontend=False,
    refit=False,
    qdp_plugin=False,
    windows_cross_compile=False,
    tensorrt_rtx=False,
    trtllm_for_nccl=False,
    native_trt_collectives=False,
    complex_decomposition=False,
)


def refuse(name: str, feature: str, instead: str) -> NotImplementedError:
    """The error of a call that this build does not have: it names the feature and what to do."""
    return NotImplementedError(f"{name}: this build has no {feature}; {instead}")


def needs(feature: str, instead: str) -> Callable[[Fn], Fn]:
    """Decorator for a function of a feature that this build does not have: every call raises NotImplementedError, which
    names the feature and says what to do `instead`. The function's body is its documentation."""

    def guard(fn: Fn) -> Fn:
        @functools.wraps(fn)
        def absent(*_args: Any, **_kwargs: Any) -> Any:
            raise refuse(fn.__qualname__, feature, instead)

        return absent  # type: ignore[return-value]

    return guard
