"""Bad files made from good ones: archives taken apart, changed and put together again with every checksum right."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from random import Random
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


# ---- damaged variants ----

VALUES: tuple[Json, ...] = (
    None, True, 0, 1, -1, 2, 7, 64, 65, 4096, 2**31, 2**32 + 1, 2**62, 2**63 - 1, -(2**63), 0.5, -1e300,
    "", "x", "as_int", "aten.relu.default", "\u0001\u001b[31m", "%s%n", "../../x", [], {}, [0],
    {"as_int": 3}, {"as_none": True},
)  # fmt: skip


def places(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of all values in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for key, item in items for p in places(item, (*path, key)))]


def damage_json(value: Json, random: Random) -> None:
    """One to three values exchanged, dropped, doubled, or put in the place of another."""
    for _ in range(random.randint(1, 3)):
        if not value:
            return
        path = random.choice(places(value)[1:])
        parent = value
        for key in path[:-1]:
            parent = parent[key]
        how = random.randrange(6)
        if how == 0:
            del parent[path[-1]]
        elif how == 1 and isinstance(parent, list):
            parent.insert(random.randint(0, len(parent)), parent[path[-1]])
        elif how == 2:
            other = value
            for key in random.choice(places(value)[1:]):
                other = other[key]
            parent[path[-1]] = json.loads(json.dumps(other))
        elif how == 3 and type(parent[path[-1]]) is int:
            parent[path[-1]] += random.choice((-1, 1, 2, -2, 8))
        else:
            parent[path[-1]] = random.choice(VALUES)


def damage_bytes(data: bytes, random: Random) -> bytes:
    """Some bytes exchanged, a piece cut out or put in, or the end cut off."""
    out = bytearray(data)
    how, at = random.randrange(4), random.randrange(len(out))
    if how == 0:
        return bytes(out[:at])
    if how == 1:
        del out[at : at + random.randint(1, 64)]
    elif how == 2:
        out[at:at] = random.randbytes(random.randint(1, 16))
    else:
        for _ in range(random.randint(1, 8)):
            out[random.randrange(len(out))] = random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))
    return bytes(out)


def variant(data: bytes, number: int) -> bytes:
    """A damaged form of the archive, the same for the same number: of the file, of an entry, of JSON's values."""
    random = Random(number)
    archive = Archive(data)
    if number % 4 == 0:
        return damage_bytes(data, random)
    if number % 4 == 1:
        name = random.choice(list(archive.entries))
        return archive.replace(name, damage_bytes(archive.entries[name], random))
    names = [name for name in archive.entries if name.endswith(".json")]
    name = names[-1] if random.random() < 0.8 else random.choice(names)
    return archive.change(name, lambda value: damage_json(value, random))
