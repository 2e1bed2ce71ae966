#!/usr/bin/env python3
"""Writes docs/settings.md from the library's table of settings (src/engine/settings.def) and the Python package's.

    python scripts/gen_settings.py            writes the page
    python scripts/gen_settings.py --check    exit status 1 where it is not what the library says

TORCHTRTC names the command line that is asked (default: build/torchtrtc). Needs torch_tensorrt to import.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "settings.md"
TORCHTRTC = os.environ.get("TORCHTRTC") or str(ROOT / "build" / "torchtrtc")

HEAD = """\
# Settings of a build

Made by `scripts/gen_settings.py`. The names are the same everywhere: fields of `ttrt_compile_options` in C, options of
`torchtrtc compile` and its kin (`--optimization-level 5`, `--disable-tf32`), keywords of `torch_tensorrt.compile` and
`dynamo.compile`. In Python `True` and `False` are 1 and 0, and `None` leaves the default.

What an engine makes of a setting: it *honours* it; *nothing*: it has no meaning there, which the log says once at level
info; *lacks*: it is named in a warning, once, when it is not at its default; *refuses*: that is an error. TensorRT (not
RTX) honours all of them.

| setting | values | default | engine cpu | TensorRT-RTX | meaning |
| --- | --- | --- | --- | --- | --- |
"""

PYTHON = """
## Of the Python package
Fields of `dynamo.CompilationSettings` and keywords of every compiling call; `torch.compile` takes all settings in
`options`. Names of earlier versions are taken with a DeprecationWarning: `truncate_long_and_double` (now
`truncate_double`), `refit` and `make_refittable` (now `immutable_weights=False`), `use_python_runtime` (no effect).
`enabled_precisions` sets `precision` to the lowest type in it. What is unknown is named once in the log, with the
nearest known name; so is what is *lacking* and not at its default.

| setting | default | here | meaning |
| --- | --- | --- | --- |
"""


def values(row: dict[str, object]) -> str:
    if row["choices"]:
        return ", ".join(f"`{c}`" for c in str(row["choices"]).split("|"))
    if row["type"] == "flag":
        return "0, 1"
    if row["type"] == "text":
        return "text"
    unit = "bytes, " if row["type"] == "bytes" else ""
    return unit + (f"from {row['min']}" if int(str(row["max"])) == (1 << 63) - 1 else f"{row['min']} to {row['max']}")


def python_rows() -> list[str]:
    from torch_tensorrt.dynamo._settings import PYTHON_SETTINGS, CompilationSettings

    settings = CompilationSettings()
    return [
        f"| `{name}` | {getattr(settings, name)} | {verdict} | {meaning} |"
        for name, (verdict, meaning) in PYTHON_SETTINGS.items()
    ]


def page() -> str:
    done = subprocess.run([TORCHTRTC, "settings", "--json"], capture_output=True, text=True, check=True)
    lines = [
        f"| `{row['name']}` | {values(row)} | {row['default']} | {row['cpu']} | {row['rtx']} | {row['help']} |"
        for row in json.loads(done.stdout)
    ]
    return HEAD + "\n".join(lines) + "\n" + PYTHON + "\n".join(python_rows()) + "\n"


def main() -> int:
    text = page()
    if "--check" in sys.argv[1:]:
        if PAGE.exists() and PAGE.read_text() == text:
            return 0
        print(f"{PAGE.relative_to(ROOT)} is not what the library says: run {sys.argv[0]}")
        return 1
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
