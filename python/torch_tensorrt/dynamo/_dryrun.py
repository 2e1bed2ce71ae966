"""The report of a partition: how a program is split, and why each node that stays with PyTorch does."""

from __future__ import annotations

import collections
import dataclasses
import json
import logging
import math
import os
from collections.abc import Callable
from typing import Any

import sympy
import torch
from torch.fx import GraphModule, Node
from torch.utils._sympy.value_ranges import bound_sympy

from torch_tensorrt._graph import bound, is_getitem, value_of
from torch_tensorrt.dynamo._settings import CompilationSettings, operator_name

logger = logging.getLogger("torch_tensorrt")
INDENT = " " * 4
Ranges = dict[sympy.Symbol, Any]

# ---- facts ----


def _size(size: Any, ranges: Ranges) -> int | dict[str, int | None]:
    """A number, or {"min": n, "max": n or None}."""
    if not isinstance(size, torch.SymInt) or size.node.expr.is_number:
        return int(size)
    r = bound_sympy(size.node.expr, ranges)
    low, high = bound(r.lower), bound(r.upper)
    return high if low is not None and low == high else {"min": low, "max": high}


def _value(value: Any, ranges: Ranges) -> Any:
    """A tensor as {"dtype", "shape"}, containers as they are, the name of its type for anything else."""
    if isinstance(value, torch.Tensor):
        name = str(value.dtype).removeprefix("torch.")
        return {"dtype": name, "shape": [_size(s, ranges) for s in value.shape]}
    if isinstance(value, (list, tuple)):
        return [_value(v, ranges) for v in value]
    return type(value).__name__


def _layer(node: Node | None) -> str:
    """The path of the module that the node comes from."""
    stack = list(((node.meta if node else {}).get("nn_module_stack") or {}).values())
    path = stack[-1][0] if stack else ""
    return f"{path}/{node.name}" if path and node else (node.name if node else "")


def _operators(node: Node) -> int:
    """Calls of fx that a node stands for: itself and what takes its outputs apart."""
    return 1 + sum(is_getitem(user) for user in node.users)


def _levels(sizes: list[int]) -> list[dict[str, Any]]:
    """Values of min_block_size worth trying, and the engines that each gives."""
    average = math.ceil(sum(sizes) / len(sizes))
    levels: dict[int, str] = {}
    for n, what in ((max(sizes), "minimal"), (average, "moderate"), (min(sizes), "the current")):
        levels.setdefault(n, f"{what} graph segmentation")
    return [{"min_block_size": n, "engines": sum(s >= n for s in sizes), "for": what} for n, what in levels.items()]


def summary(gm: GraphModule, ranges: Ranges, facts: dict[str, Any], settings: CompilationSettings) -> dict[str, Any]:
    """The report as data: what JSON has. `facts` is the core's description of the partition."""
    by_name = {node.name: node for node in gm.graph.nodes}

    def values(names: list[str]) -> list[Any]:
        return [_value(value_of(gm, by_name[name]), ranges) for name in names if name in by_name]

    engines = [
        {
            "name": s["name"],
            "operators": sum(_operators(by_name[name]) for name in s["nodes"]),
            "inputs": values(s["inputs"]),
            "outputs": values(s["outputs"]),
        }
        for s in facts["segments"]
        if s["engine"]
    ]
    sizes = [e["operators"] for e in engines]
    outputs = torch.fx.map_arg(gm.graph.output_node().args[0], lambda node: value_of(gm, node))
    return {
        "engine": facts["engine"],
        "total": facts["total"],
        "supported": facts["supported"],
        "unsupported": dict(collections.Counter(_qualified(r["operator"]) for r in facts["refusals"])),
        "in_pytorch": [
            {**r, "operator": _qualified(r["operator"]), "layer": _layer(by_name.get(r["node"]))}
            for r in facts["refusals"]
        ],
        "inputs": [_value(value_of(gm, node), ranges) for node in gm.graph.find_nodes(op="placeholder")],
        "outputs": _value(outputs, ranges),
        "engines": engines,
        "recommendations": _levels(sizes) if sizes else [],
        "settings": {f.name: _plain(getattr(settings, f.name)) for f in dataclasses.fields(settings) if f.compare},
    }


def _qualified(operator: str) -> str:
    """As torch_executed_ops takes it. Python's functions have names of their own."""
    namespace = operator.split(".")[0]
    return f"torch.ops.{operator}" if namespace in ("aten", "prims") else operator


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset, list, tuple)):
        return sorted(operator_name(v) for v in value)
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)


# ---- text ----


def _shape_text(value: Any) -> str:
    if isinstance(value, list):
        return f"List[{', '.join(map(_shape_text, value))}]"
    if not isinstance(value, dict):
        return str(value)
    sizes = [f"(min={s['min']}, max={s['max']})" if isinstance(s, dict) else str(s) for s in value["shape"]]
    return f"Tensor: ({', '.join(sizes)}{',' if len(sizes) == 1 else ''})@{value['dtype']}"


def _coverage(facts: dict[str, Any]) -> list[str]:
    percent = 100 * facts["supported"] / max(facts["total"], 1)
    lines = [
        "++++++++++++++ Dry-Run Results for Graph ++++++++++++++",
        f"The graph consists of {facts['total']} Total Operators, of which {facts['supported']} operators are "
        f"supported, {percent:.2f}% coverage",
    ]
    if facts["unsupported"]:
        lines += ["The following ops are currently unsupported or excluded, and are listed with their op-count:"]
        lines += [f"{INDENT}{name}: {count}" for name, count in facts["unsupported"].items()]
    if facts["in_pytorch"]:
        lines += ["The following nodes are set to run in Torch:"]
        lines += [
            f"{INDENT}Node: {r['operator']}, with layer location: {r['layer']}: {r['reason']}"
            + (f", at {r['source']}" if r["source"] else "")
            for r in facts["in_pytorch"]
        ]
    return lines


def _structure(facts: dict[str, Any]) -> list[str]:
    lines = ["Graph Structure:", f"{INDENT}Inputs: {_shape_text(facts['inputs'])}"]
    for i, engine in enumerate(facts["engines"]):
        lines += [
            f"{INDENT}...",
            f"{INDENT}TRT Engine #{i + 1} - Submodule name: {engine['name']}",
            f"{INDENT * 2}Engine Inputs: {_shape_text(engine['inputs'])}",
            f"{INDENT * 2}Number of Operators in Engine: {engine['operators']}",
            f"{INDENT * 2}Engine Outputs: {_shape_text(engine['outputs'])}",
        ]
    return [*lines, f"{INDENT}...", f"{INDENT}Outputs: {_shape_text(facts['outputs'])}"]


def _statistics(facts: dict[str, Any]) -> list[str]:
    sizes = [e["operators"] for e in facts["engines"]]
    if not sizes:
        return ["Aggregate stats not available since no TRT Engines were generated."]
    lines = [
        "Aggregate Stats:",
        f"{INDENT}Average Number of Operators per TRT Engine: {sum(sizes) / len(sizes):.2f}",
        f"{INDENT}Most Operators in a TRT Engine: {max(sizes)}",
        "Recommendations:",
    ]
    for r in facts["recommendations"]:
        lines.append(f"{INDENT}- For {r['for']}: min_block_size={r['min_block_size']}, {r['engines']} TRT engine(s)")
    return lines


def text(facts: dict[str, Any], settings: CompilationSettings) -> str:
    """The report to read: coverage, what stays with PyTorch and why, the engines, values for min_block_size."""
    parts = [_coverage(facts), [f"Compiled with: {settings!r}"], _structure(facts), _statistics(facts)]
    return "\n".join(line for part in parts for line in part)


# ---- where it goes ----


def _write(content: Callable[[], str], path: str) -> None:
    """Writes it unless the file exists, which a warning says."""
    if os.path.exists(path):
        logger.warning("the dry run's report is not written: %s exists", path)
        return
    with open(path, "w", encoding="utf-8") as f:
        f.write(content() + "\n")


def report(gm: GraphModule, ranges: Ranges, facts: dict[str, Any], settings: CompilationSettings) -> None:
    """A dry run prints the report, and writes it where settings.dryrun is a path: as JSON where that ends with .json.
    Otherwise it goes to the log, at level debug."""
    if not settings.dryrun:
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s", text(summary(gm, ranges, facts, settings), settings))
        return
    data = summary(gm, ranges, facts, settings)
    print(text(data, settings))
    if isinstance(settings.dryrun, str):
        as_json = settings.dryrun.endswith(".json")
        _write(lambda: json.dumps(data, indent=2) if as_json else text(data, settings), settings.dryrun)
