"""The tutorials run as they stand: each page's Python from top to bottom, in a process of its own. A text block after a
Python block is what that block prints."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

import pytest

from conftest import ROOT

FOLDER = ROOT / "docs" / "tutorials"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md") if path.stem != "README")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Every block at its own line of the page, so that a traceback names it; after each, a line that no page prints.
RUN = """
import sys, types
path, end, *lines = sys.argv[1:]
page, main = open(path).read(), types.ModuleType("__main__")
sys.modules["__main__"] = main
for first, last in (map(int, part.split(":")) for part in lines):
    code = "\\n" * first + "".join(page.splitlines(keepends=True)[first:last])
    exec(compile(code, path, "exec"), vars(main))
    print(end, flush=True)
"""
END = "---- end of block ----"


class Block(NamedTuple):
    first: int  # line of the page, from 0
    last: int
    prints: str | None


def blocks(page: str) -> list[Block]:
    found: list[Block] = []
    for fence in FENCE.finditer(page):
        first = page.count("\n", 0, fence.start(2))
        if fence[1] == "python":
            found.append(Block(first, first + fence[2].count("\n"), None))
        elif fence[1] == "text":
            found[-1] = found[-1]._replace(prints=fence[2])
    return found


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, tmp_path: pathlib.Path) -> None:
    path = FOLDER / f"{name}.md"
    parts = blocks(path.read_text())
    assert len(parts) >= 3
    ranges = [f"{part.first}:{part.last}" for part in parts]
    command = [sys.executable, "-W", "ignore", "-c", RUN, str(path), END, *ranges]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=600)
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split(f"{END}\n")[:-1]
    assert len(printed) == len(parts)
    for part, text in zip(parts, printed, strict=True):
        if part.prints is not None:
            assert text == part.prints, f"{path.name}, line {part.first + 1}"


def test_the_list_has_every_page() -> None:
    assert {f"({name}.md)" for name in PAGES} == set(re.findall(r"\(\w+\.md\)", (FOLDER / "README.md").read_text()))


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")), ids=lambda p: p.name
)
def test_links(path: pathlib.Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), target
