"""Where a node or an operator's name comes from."""

from __future__ import annotations

from enum import Enum, auto


class SourceIR(Enum):
    """Kinds of graphs: modules (NN), traced fx (ACC), ATen operators, prims, ATen after lowering, unknown."""

    NN = auto()
    ACC = auto()
    ATEN = auto()
    PRIM = auto()
    TORCHTRT_LOWERED = auto()
    UNKNOWN = auto()

    def __str__(self) -> str:
        return {"NN": "nn", "ACC": "acc", "ATEN": "aten", "PRIM": "prim", "TORCHTRT_LOWERED": "torchtrt_lowered"}.get(
            self.name, "unknown_ir"
        )
