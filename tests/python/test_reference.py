"""The pages of docs/reference are what the docstrings say, and every public name has one."""

from __future__ import annotations

import dataclasses
import importlib.util
import types

import pytest

import torch_tensorrt
from conftest import ROOT

_spec = importlib.util.spec_from_file_location("api_reference", ROOT / "scripts" / "api_reference.py")
api_reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(api_reference)


def test_every_public_name_has_a_docstring() -> None:
    assert not api_reference.undocumented()


def test_the_pages_are_what_the_docstrings_say() -> None:
    there = {path.name: path.read_text() for path in (ROOT / "docs" / "reference").glob("*.md")}
    wanted = api_reference.pages()
    stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    assert not stale, "run scripts/api_reference.py (make docs)"


class Silent:
    """Says something, its method does not."""

    def method(self) -> None:
        pass


def test_what_has_no_docstring_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> None:
        pass

    names = [*torch_tensorrt.dynamo.__all__, "silent", "Silent", "TABLE", "Data"]
    monkeypatch.setattr(torch_tensorrt.dynamo, "__all__", names)
    silents = {"silent": silent, "Silent": Silent, "TABLE": {}, "Data": dataclasses.make_dataclass("Data", ["x"])}
    for name, value in silents.items():
        monkeypatch.setattr(torch_tensorrt.dynamo, name, value, raising=False)
    found = [f"torch_tensorrt.dynamo.{name}" for name in ("TABLE", "silent", "Data")] + [f"{__name__}.Silent.method"]
    assert sorted(api_reference.undocumented()) == sorted(found)
    assert "silent() -> None" in api_reference.pages()["torch_tensorrt.dynamo.md"]


def documented(first: int, *, second: types.ModuleType | None = None, **more: str) -> bool:
    """Does a thing, with a <name> and 2 * 3.

    Args:
        first: the first,
        told in two lines. second: part of it.
        more, others: `<kept>`.
    Returns:
        True or
        False.
    Raises:
        ValueError: never. TypeError: always.
    Source: nobody.
    """
    return bool(first)


def test_a_page_entry() -> None:
    assert "\n".join(api_reference._entry("documented", documented)) == (
        "```python\n"
        "documented(first: int, *, second: types.ModuleType | None = None, **more: str) -> bool\n"
        "```\n"
        "\n"
        r"Does a thing, with a &lt;name> and 2 \* 3." + "\n"
        "\n"
        "\n"
        "**Arguments**\n"
        "\n"
        "- `first`: the first, told in two lines.\n"
        "- `second`: part of it.\n"
        "- `more`, `others`: `<kept>`.\n"
        "\n"
        "**Returns:** True or False.\n"
        "\n"
        "**Raises**\n"
        "\n"
        "- `ValueError`: never.\n"
        "- `TypeError`: always.\n"
        "\n"
        "**Source:** nobody."
    )
