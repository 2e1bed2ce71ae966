"""The report of a dry run: how a program would be split."""

from __future__ import annotations

import collections
import logging
import math
import os
from typing import Any

from torch_tensorrt.dynamo._settings import CompilationSettings

logger = logging.getLogger("torch_tensorrt")
INDENT = " " * 4


def _engines(facts: dict[str, Any]) -> list[str]:
    lines = []
    for i, segment in enumerate(s for s in facts["segments"] if s["engine"]):
        lines += [
            f"{INDENT}...",
            f"{INDENT}TRT Engine #{i + 1} - Submodule name: {segment['name']}",
            f"{INDENT * 2}Engine Inputs: {', '.join(segment['inputs'])}",
            f"{INDENT * 2}Number of Operators in Engine: {len(segment['nodes'])}",
            f"{INDENT * 2}Engine Outputs: {', '.join(segment['outputs'])}",
        ]
    return lines


def _statistics(facts: dict[str, Any]) -> list[str]:
    sizes = [len(s["nodes"]) for s in facts["segments"] if s["engine"]]
    if not sizes:
        return ["Aggregate stats not available since no TRT Engines were generated."]
    average, most = sum(sizes) / len(sizes), max(sizes)
    lines = [
        "Aggregate Stats:",
        f"{INDENT}Average Number of Operators per TRT Engine: {average:.2f}",
        f"{INDENT}Most Operators in a TRT Engine: {most}",
        "Recommendations:",
    ]
    for level in dict.fromkeys((most, math.ceil(average), min(sizes))):
        n = sum(size >= level for size in sizes)
        what = f"select min_block_size={level} which would generate {n} TRT engine(s)"
        lines.append(f"{INDENT}- For minimal graph segmentation, {what}")
    return lines


def report(facts: dict[str, Any], settings: CompilationSettings) -> str:
    """The text: coverage, what is left to PyTorch and why, the engines, recommendations for min_block_size."""
    total, supported = facts["total"], facts["supported"]
    lines = [
        "++++++++++++++ Dry-Run Results for Graph ++++++++++++++",
        f"The graph consists of {total} Total Operators, of which {supported} operators are supported, "
        f"{100 * supported / max(total, 1):.2f}% coverage",
    ]
    if facts["refusals"]:
        counts = collections.Counter(f"torch.ops.{r['operator']}" for r in facts["refusals"])
        lines += [
            "The following ops are currently unsupported or excluded from conversion, "
            "and are listed with their op-count:"
        ]
        lines += [f"{INDENT}{name}: {count}" for name, count in counts.items()]
        lines += ["The following nodes are currently set to run in Torch:"]
        lines += [f"{INDENT}Node: torch.ops.{r['operator']}, {r['node']}: {r['reason']}" for r in facts["refusals"]]
    lines += [f"Compiled with: {settings!r}", "Graph Structure:", *_engines(facts), f"{INDENT}...", *_statistics(facts)]
    return "\n".join(lines)


def write(text: str, path: str) -> None:
    """Writes the report unless the file exists, which a warning says."""
    if os.path.exists(path):
        logger.warning("the dry run's report is not written: %s exists", path)
        return
    with open(path, "w", encoding="utf-8") as f:
        f.write(text + "\n")
