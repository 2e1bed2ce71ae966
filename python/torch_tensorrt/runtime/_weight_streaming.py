"""How much of an engine's weights lies on the GPU."""

from __future__ import annotations

from typing import Any


class weight_streaming:
    """A context manager over the weights that engines keep in host memory. No engine has such weights: budgets are 0,
    and setting another is an error.

    Args:
        module: a compiled module.
    Source: torch_tensorrt.runtime.weight_streaming.
    """

    def __init__(self, module: Any) -> None:
        self.module = module
        self.total_device_budget = 0

    def __enter__(self) -> weight_streaming:
        return self

    def __exit__(self, *_exception: Any) -> None:
        pass

    def get_automatic_weight_streaming_budget(self) -> int:
        """0 bytes."""
        return 0

    @property
    def device_budget(self) -> int:
        """0 bytes. RuntimeError when it is set to more."""
        return 0

    @device_budget.setter
    def device_budget(self, budget_bytes: int) -> None:
        if budget_bytes == 0:
            return
        raise RuntimeError(
            f"weight_streaming: no engine of this module streams weights, a budget of {budget_bytes} bytes changes "
            "nothing; engine cpu uses its weights where they are mapped"
        )
