"""Writes corpus/: small inputs for every fuzzer, from real torch.export files and from the texts in tests.

    python fuzz/make_seeds.py TORCHTRTC

What a fuzzer found stays in corpus/ beside the seeds; it is not touched.
"""

from __future__ import annotations

import io
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
PROGRAMS = sorted((ROOT / "tests/compat/torch-2.13").glob("*.pt2")) + sorted(
    (ROOT / "tests/runtime/data").glob("*.pt2")
)


def put(fuzzer: str, name: str, data: bytes | str) -> None:
    folder = HERE / "corpus" / fuzzer
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def lean(model: dict) -> dict:
    """The program without what only tells where it came from."""
    for node in model["graph_module"]["graph"]["nodes"]:
        node["metadata"] = {}
    model["graph_module"]["metadata"] = {}
    return model


def repack(path: pathlib.Path) -> tuple[bytes, str]:
    """The archive with what is read of it only, and its model."""
    data = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(data, "w") as new:
        for info in old.infolist():
            entry = info.filename.split("/", 1)[1]
            content = old.read(info)
            if entry.startswith((".data", "data/sample_inputs")):
                continue
            if entry == "models/model.json":
                content = model = json.dumps(lean(json.loads(content)), separators=(",", ":")).encode()
            new.writestr(f"a/{entry}", content)
    return data.getvalue(), model.decode()


def engine(torchtrtc: str, path: pathlib.Path) -> bytes | None:
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.pt2"
        subprocess.run([torchtrtc, "compile", path, "-o", out, "--engine", "cpu"], check=True, capture_output=True)
        with zipfile.ZipFile(out) as file:
            blobs = [file.read(i) for i in file.infolist()]
    return next((b for b in blobs if b.startswith(b"TTRTENG")), None)


def archives_and_engines(torchtrtc: str) -> None:
    for path in PROGRAMS:
        archive, model = repack(path)
        put("pt2", path.stem, archive)
        put("json", path.stem, model)
        for i, text in enumerate(sorted(set(re.findall(r'"expr_str":"(.*?)"', model)))):
            put("dims", f"{path.stem}{i}", b"\0" + text.encode())
        blob = engine(torchtrtc, path)
        if blob:
            put("blob", path.stem, blob)


def zips() -> None:
    for name, zip64 in (("plain", False), ("zip64", True)):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as file:
            for entry in ("a/one", "a/two"):
                with file.open(entry, "w", force_zip64=zip64) as f:
                    f.write(b"text of " + entry.encode())
            file.comment = b"comment"
        put("zip", name, data.getvalue())


def arrays() -> None:
    fortran = np.asfortranarray(np.ones((2, 2), ">i8"))
    for i, a in enumerate((np.arange(6, dtype="<f4"), fortran, np.bool_(1), np.zeros((0, 3), "u1"), np.ones(2, "<c8"))):
        data = io.BytesIO()
        np.save(data, a)
        put("npy", f"{i}", data.getvalue())


def literals(source: str) -> list[str]:
    """The string literals of a C source, those that follow each other as one."""
    literal = r'"(?:[^"\\\n]|\\.)*"'
    return [
        "".join(json.loads(part) for part in re.findall(literal, group))
        for group in re.findall(rf"(?:{literal}\s*)+", source)
        if not re.search(r"\\[^nt\"\\]", group)
    ]


def texts() -> None:
    """Graphs and networks as the tests write them: every layer and operator that they have."""
    starts = {"graph": ("graph(", "symbols("), "network": ("network ", "symbol ")}
    seen: dict[str, set[str]] = {fuzzer: set() for fuzzer in starts}
    for path in sorted((ROOT / "tests").glob("*/*.[ch]")):
        for text in literals(path.read_text()):
            for fuzzer, start in starts.items():
                kinds = set(re.findall(r"= ([a-z][\w.]+)\(", text))
                if text.startswith(start) and len(text) < 1500 and kinds - seen[fuzzer]:
                    seen[fuzzer] |= kinds
                    put(fuzzer, f"{path.stem}_{len(seen[fuzzer])}", text)
    for i, text in enumerate(("2*s0 + 1", "(s0 - 1)//2 + s1 % 4", "max(1, min(s0, 8))*s1**2", "select(s0 == 1, s1, 2)",
                              "not (s0 < 3 and s1 >= 2 or s0 != 5)")):  # fmt: skip
        put("dims", f"text{i}", b"\1" + text.encode())


def choices() -> None:
    for i in range(8):
        put("run", f"{i}", random.Random(i).randbytes(40 + 40 * i))


if __name__ == "__main__":
    archives_and_engines(sys.argv[1])
    zips()
    arrays()
    texts()
    choices()
