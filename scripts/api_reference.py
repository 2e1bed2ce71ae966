#!/usr/bin/env python3
"""Writes docs/reference/ from the docstrings of the Python package's public names.

    python scripts/api_reference.py            writes the pages
    python scripts/api_reference.py --check    exit status 1 where they are not what the docstrings say

A name is public where its module's __all__ has it; of a module without one, where the module defines it and it starts
with no underscore. Each needs a docstring, and so does every public method; constants need a comment above them. What
several modules offer is on the page of the first. Needs torch_tensorrt to import.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import pathlib
import pkgutil
import re
import sys
import tempfile
import types
from collections.abc import Iterator, Sequence
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
PACKAGE = "torch_tensorrt"
WIDTH = 100

# ---- what is public ----


def _modules() -> list[types.ModuleType]:
    """The package and its public modules, parents first."""
    package = importlib.import_module(PACKAGE)
    found = [package]
    for info in pkgutil.walk_packages(package.__path__, f"{PACKAGE}."):
        if not any(part.startswith("_") for part in info.name.split(".")):
            found.append(importlib.import_module(info.name))
    return sorted(found, key=lambda m: (m.__name__.count("."), m.__name__))


def _names(module: types.ModuleType) -> list[str]:
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return sorted(listed, key=str.lower)
    own = (n for n, v in vars(module).items() if getattr(v, "__module__", None) == module.__name__)
    return sorted((n for n in own if not n.startswith("_")), key=str.lower)


def _members(cls: type) -> Iterator[tuple[str, Any]]:
    """Public methods and properties that the class itself defines; a field's default is none."""
    fields = {f.name for f in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else set()
    for name, value in vars(cls).items():
        is_callable = inspect.isfunction(value) or isinstance(value, (property, classmethod, staticmethod))
        if is_callable and not name.startswith("_") and name not in fields:
            yield name, value


# ---- docstrings ----


def _comment_above(name: str, value: Any) -> str:
    """Of a constant: the comment over its assignment, in whichever module of the package that is."""
    for module in [m for n, m in sys.modules.items() if n.split(".")[0] == PACKAGE]:
        if vars(module).get(name) is not value:
            continue
        lines = inspect.getsource(module).splitlines()
        for i, line in enumerate(lines):
            if not re.match(rf"{name}\b[^=(]*=[^=]", line):
                continue
            start = i
            while start > 0 and lines[start - 1].startswith("#"):
                start -= 1
            return " ".join(text.lstrip("# ") for text in lines[start:i])
    return ""


def _doc(name: str, value: Any) -> str:
    if inspect.isclass(value):
        # Not the parent's, nor what Python writes for data classes and enumerations.
        own = vars(value).get("__doc__") or ""
        return "" if own.startswith((f"{value.__name__}(", "An enumeration.")) else inspect.cleandoc(own)
    if inspect.isroutine(value) or inspect.ismodule(value):
        return inspect.cleandoc(value.__doc__ or "")
    if isinstance(value, property):
        return inspect.cleandoc(value.__doc__ or "")
    return _comment_above(name, value)


SECTION = re.compile(r"^(Args|Returns|Raises|Yields|Source|Shapes and types|Devices):\s*(.*)$")
ERROR = r"\w+(?:Error|Exception)"
ENTRY = re.compile(r"^(\*{0,2}\w[\w.]*(?:, \*{0,2}\w[\w.]*)*): (.*)$")
TITLE = {"Args": "Arguments"}


def _escape(text: str) -> str:
    """Markdown's own characters, outside of code."""
    parts = re.split(r"(`[^`]*`)", text.replace("``", "`"))
    plain = (p if i % 2 else p.replace("<", "&lt;").replace("*", r"\*") for i, p in enumerate(parts))
    return re.sub(r"\bdocs/(\w+\.md)", r"[docs/\1](../\1)", "".join(plain))


def _entries(lines: list[str], name: str) -> list[str]:
    """`name: text` with its continuation as one line of a list. `name` is the pattern of names that may also start in
    the middle of a line, after a sentence."""
    inner = re.compile(rf"(?<=\. )(?=(?:{name})(?:, \w+)*: )")
    base = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    lines = [" " * base * (i > 0) + part.rstrip() for line in lines for i, part in enumerate(inner.split(line))]
    found: list[str] = []
    for line in lines:
        entry = ENTRY.match(line[base:])
        if entry:
            names = ", ".join(f"`{n}`" for n in entry[1].split(", "))
            found.append(f"- {names}: {_escape(entry[2])}")
        elif line.strip() and found:
            found[-1] += f" {_escape(line.strip())}"
        elif line.strip():
            found.append(_escape(line.strip()))
    return found


def _markdown(doc: str, parameters: Sequence[str] = ()) -> list[str]:
    """A docstring's sections as lists, the rest as it is."""
    result: list[str] = []
    title, body = "", []
    names = {"Args": "|".join(map(re.escape, parameters)) or r"\b\B", "Raises": ERROR}

    def close() -> None:
        if title in ("Args", "Raises"):
            result.extend(["", f"**{TITLE.get(title, title)}**", "", *_entries(body, names[title])])
        elif title:
            result.extend(["", f"**{title}:** {_escape(' '.join(line.strip() for line in body if line.strip()))}"])
        else:
            result.extend(line if line.startswith(" ") else _escape(line) for line in body)

    for line in doc.splitlines():
        section = SECTION.match(line)
        if section:
            close()
            title, body = section[1], [section[2]] if section[2] else []
        elif title and line.strip() and not line.startswith(" "):
            close()  # text after a section
            title, body = "", ["", line]
        else:
            body.append(line)
    close()
    return result


# ---- signatures ----


def _default(value: Any) -> str:
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, str):
        return repr(value.replace(tempfile.gettempdir(), "<tmp>")).replace("'", '"')
    if isinstance(value, types.FunctionType):
        return "..." if value.__name__ == "<lambda>" else value.__name__
    return repr(value)


def _annotation(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return ""
    return value if isinstance(value, str) else inspect.formatannotation(value)


def _parameters(value: Any) -> list[str]:
    fields = dataclasses.fields(value) if dataclasses.is_dataclass(value) else ()
    factories = {f.name: f.default_factory for f in fields}
    hidden = {"self", *(f.name for f in fields if not f.repr)}
    shown, star = [], False
    for p in inspect.signature(value).parameters.values():
        if p.name in hidden:
            continue
        if p.kind is p.KEYWORD_ONLY and not star:
            shown.append("*")
        star = star or p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        text = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "") + p.name
        annotation = _annotation(p.annotation)
        text += f": {annotation}" if annotation else ""
        if p.default is not p.empty:
            factory = factories.get(p.name, dataclasses.MISSING)
            default = _default(p.default) if factory is dataclasses.MISSING else f"{factory.__name__}()"
            text += f" = {default}" if annotation else f"={default}"
        shown.append(text)
    return shown


def _names_of_parameters(value: Any) -> list[str]:
    try:
        return list(inspect.signature(value).parameters)
    except (TypeError, ValueError):
        return []


def _signature(name: str, value: Any) -> list[str]:
    try:
        parameters = _parameters(value)
    except (TypeError, ValueError):  # built in C
        return ["```python", f"{name}(...)", "```"]
    returns = "" if inspect.isclass(value) else _annotation(inspect.signature(value).return_annotation)
    tail = f") -> {returns}" if returns else ")"
    line = f"{name}({', '.join(parameters)}{tail}"
    if len(line) <= WIDTH:
        return ["```python", line, "```"]
    return ["```python", f"{name}(", *(f"    {p}," for p in parameters), tail, "```"]


# ---- pages ----


def _enum(cls: type[enum.Enum]) -> list[str]:
    members: dict[str, list[str]] = {}
    for name, member in cls.__members__.items():
        members.setdefault(member.name, []).append(name)
    texts = [f"`{first}`" + (f" ({', '.join(aliases)})" if aliases else "") for first, *aliases in members.values()]
    return ["", f"Members: {', '.join(texts)}."]


def _class(name: str, cls: type) -> list[str]:
    if issubclass(cls, enum.Enum):
        lines = [*_markdown(_doc(name, cls)), *_enum(cls)]
    elif issubclass(cls, BaseException):
        lines = [f"A {cls.__mro__[1].__name__}.", "", *_markdown(_doc(name, cls))]
    else:
        lines = [*_signature(name, cls), "", *_markdown(_doc(name, cls), _names_of_parameters(cls))]
    for member, value in _members(cls):
        function = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        lines += ["", f"### `{name}.{member}`"]
        if isinstance(value, property):
            lines += ["A property.", ""]
        else:
            lines += [*_signature(member, getattr(cls, member) if function is not value else function), ""]
        lines += _markdown(_doc(member, function), _names_of_parameters(function))
    return lines


def _entry(name: str, value: Any) -> list[str]:
    if inspect.isclass(value):
        return _class(name, value)
    if inspect.isroutine(value):
        return [*_signature(name, value), "", *_markdown(_doc(name, value), _names_of_parameters(value))]
    return [f"A {type(value).__name__}.", "", _escape(_doc(name, value))]


def _page(module: types.ModuleType, homes: dict[int, str]) -> str:
    lines = [f"# {module.__name__}", "", *_markdown(_doc(module.__name__, module))]
    for name in _names(module):
        value = getattr(module, name)
        lines += ["", f"## `{name}`"]
        if inspect.ismodule(value):
            lines.append(f"A module: [{value.__name__}]({value.__name__}.md).")
            continue
        home = homes.setdefault(id(value), module.__name__)
        if home != module.__name__:
            lines.append(f"See [{home}]({home}.md).")
        else:
            lines += _entry(name, value)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).rstrip() + "\n")


def _index(modules: list[types.ModuleType]) -> str:
    rows = []
    for m in modules:
        summary = " ".join(_doc(m.__name__, m).split("\n\n")[0].split())
        rows.append(f"| [{m.__name__}]({m.__name__}.md) | {_escape(summary)} |")
    headers = sorted((ROOT / "include" / "torchtrt").glob("*.h"))
    links = ", ".join(f"[{h.name}](../../include/torchtrt/{h.name})" for h in headers)
    return "\n".join(
        [
            "# Reference",
            "",
            "Made by `scripts/api_reference.py` (`make docs`) from the docstrings of the Python package.",
            "",
            "| module | |",
            "| --- | --- |",
            *rows,
            "",
            f"The C library is documented in its headers: {links}. The command line: `torchtrtc COMMAND --help`. The",
            "settings of a build, which all three share: [settings.md](../settings.md).",
            "",
        ]
    )


def pages() -> dict[str, str]:
    """File name to text."""
    modules = _modules()
    shown = [m for m in modules if _names(m)]
    homes: dict[int, str] = {}
    return {"README.md": _index(shown), **{f"{m.__name__}.md": _page(m, homes) for m in shown}}


def undocumented() -> list[str]:
    """Public names, methods and modules that say nothing of themselves."""
    missing = []
    for module in _modules():
        if not _doc(module.__name__, module):
            missing.append(module.__name__)
        for name in _names(module):
            value = getattr(module, name)
            if not _doc(name, value):
                missing.append(f"{module.__name__}.{name}")
            if inspect.isclass(value):
                for member, f in _members(value):
                    f = f.__func__ if isinstance(f, (classmethod, staticmethod)) else f
                    if not _doc(member, f):
                        missing.append(f"{value.__module__}.{name}.{member}")
    return sorted(set(missing))


def main() -> int:
    wanted = pages()
    there = {path.name: path.read_text() for path in FOLDER.glob("*.md")} if FOLDER.exists() else {}
    missing = undocumented()
    for name in missing:
        print(f"{name} has no docstring")
    if "--check" in sys.argv[1:]:
        stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
        for name in stale:
            print(f"docs/reference/{name} is not what the docstrings say: run {sys.argv[0]}")
        return 1 if stale or missing else 0
    FOLDER.mkdir(exist_ok=True)
    for name in there.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
