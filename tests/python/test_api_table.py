"""docs/api_compatibility.md: every row has a state and names tests that are there."""

from __future__ import annotations

import ast
import functools
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "docs" / "api_compatibility.md"
# What may be left for later, by a word of the row.
LATER = "legacy frontends|Windows|caches|refit|Mutable|[Ww]eight.streaming|distributed"


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] not in ("what", "---") and not row[0].startswith("---")]


@functools.cache
def functions_of(name: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / "python" / name).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_row(row: list[str]) -> None:
    assert len(row) == 4, row
    what, state, note, tests = row
    assert state in ("implemented", "differs", "later")
    assert note or state == "implemented", "what differs or comes later has a reason"
    assert state != "later" or re.search(LATER, f"{what} {note}"), "nothing else is left for later"
    named = tests.split(", ")
    assert named and all(re.fullmatch(r"test_\w+\.py::test_\w+", name) for name in named)
    for name in named:
        file, _, function = name.partition("::")
        assert function in functions_of(file), f"{file} has no {function}"


def test_the_table_is_read() -> None:
    assert len(rows()) > 90
