"""Bad files made from good ones: archives taken apart, changed and put together again with every checksum right."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

Json = Any


class Archive:
    """The entries of a .pt2 by their path without the root folder."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            self.root = file.namelist()[0].split("/")[0]
            self.entries = {info.filename.split("/", 1)[1]: file.read(info) for info in file.infolist()}

    def bytes(self) -> bytes:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as file:
            for name, content in self.entries.items():
                file.writestr(f"{self.root}/{name}", content)
        return data.getvalue()

    def change(self, name: str, edit: Callable[[Json], object]) -> bytes:
        """The archive with one JSON entry edited in place, or replaced by what the edit returns as text."""
        value = json.loads(self.entries[name])
        result = edit(value)
        text = result if isinstance(result, str) else json.dumps(value)
        return self.replace(name, text.encode())

    def replace(self, name: str, content: bytes | None) -> bytes:
        other = Archive.__new__(Archive)
        other.root = self.root
        other.entries = {**self.entries}
        if content is None:
            del other.entries[name]
        else:
            other.entries[name] = content
        return other.bytes()
