"""How much of PyTorch's operators engines take.

python -m torch_tensorrt.dynamo.tools.opset_coverage
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch

from torch_tensorrt.dynamo._decompositions import converted_names, get_decompositions


@dataclass
class OpsetCoverage:
    """What becomes of each operator of a set.

    Args:
        support_status: {"aten.relu.default": {"status": "converted" | "decomposed" | "left to PyTorch"}}.
    """

    support_status: dict[str, dict[str, str]] = field(default_factory=dict)

    def count(self, status: str) -> int:
        """How many operators have that status."""
        return sum(row["status"] == status for row in self.support_status.values())

    @property
    def dynamo_converter_count(self) -> int:
        """Operators that engines take as they are."""
        return self.count("converted")

    @property
    def decomposition_count(self) -> int:
        """Operators that are decomposed first."""
        return self.count("decomposed")

    @property
    def unsupported_count(self) -> int:
        """Operators that run in PyTorch."""
        return self.count("left to PyTorch")


def core_aten() -> list[Any]:
    """PyTorch's core ATen operators."""
    found = []
    for name in dir(torch.ops.aten):
        packet = getattr(torch.ops.aten, name)
        if isinstance(packet, torch._ops.OpOverloadPacket):
            overloads = (getattr(packet, o) for o in packet.overloads())
            found += [op for op in overloads if torch.Tag.core in op.tags]
    return found


def opset_coverage(opset: Iterable[Any] | None = None) -> OpsetCoverage:
    """What becomes of each operator.

    Args:
        opset: operators (torch.ops.aten.relu.default) or their names ("aten.relu.default"); default: core_aten().
    Source: torch_tensorrt.dynamo.tools.opset_coverage.
    """
    decomposed = {str(op) for op in get_decompositions()}
    result = OpsetCoverage()
    for op in core_aten() if opset is None else opset:
        name = str(op)
        status = "converted" if name in converted_names() else "decomposed" if name in decomposed else "left to PyTorch"
        result.support_status[name] = {"status": status}
    return result


def main() -> None:
    """Prints the coverage of the core operators, and those that stay with PyTorch."""
    coverage = opset_coverage()
    print(
        f"core ATen: {coverage.dynamo_converter_count} converted, {coverage.decomposition_count} decomposed, "
        f"{coverage.unsupported_count} left to PyTorch"
    )
    for name, row in sorted(coverage.support_status.items()):
        if row["status"] == "left to PyTorch":
            print(f"  {name}")


if __name__ == "__main__":
    main()
