"""Programs written by several versions of PyTorch, and by this library, load and run, and give what eager gave then."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

COMPAT = pathlib.Path(__file__).parents[1] / "compat"
FILES = sorted(COMPAT.glob("*/*.pt2"))
# PyTorch 2.8 keeps weights in a pickle: what has some is refused by name.
PICKLED = [p for p in FILES if p.parent.name == "torch-2.8" and p.stem != "nested"]


def test_corpus() -> None:
    """Every writer wrote every program."""
    writers = {path.parent.name for path in FILES}
    assert writers == {"torch-2.8", "torch-2.10", "torch-2.13", "torch-2.14", "torchtrt-0.1.0"}
    assert len({path.name for path in FILES}) == 6 and len(FILES) == 6 * len(writers)


def values(name: str, kind: str) -> list[pathlib.Path]:
    return sorted((COMPAT / "values").glob(f"{name}.{kind}*.npy"))


@pytest.mark.parametrize("path", PICKLED, ids=lambda p: p.stem)
def test_pickled(path: pathlib.Path, torchtrtc: Callable[..., Any]) -> None:
    done = torchtrtc("inspect", path, check=False)
    assert done.returncode == 1
    assert "the program's weights are a pickle, as PyTorch 2.8 writes them" in done.stderr and str(path) in done.stderr


@pytest.mark.parametrize("path", [p for p in FILES if p not in PICKLED], ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_program(path: pathlib.Path, torchtrtc: Callable[..., Any], tmp_path: pathlib.Path) -> None:
    facts = json.loads(torchtrtc("inspect", path, "--json").stdout)
    tensors = [x["name"] for x in facts["inputs"] if x["kind"] != "constant"]
    inputs = values(path.stem, "in")
    assert len(tensors) == len(inputs)
    options = [o for name, file in zip(tensors, inputs, strict=True) for o in ("-i", f"{name}={file}")]
    torchtrtc("run", path, *options, "-o", tmp_path)
    outputs = [x["name"] for x in facts["outputs"] if (tmp_path / f"{x['name']}.npy").exists()]
    wanted = values(path.stem, "out")
    assert len(outputs) == len(wanted)
    for name, file in zip(outputs, wanted, strict=True):
        a, b = np.load(tmp_path / f"{name}.npy"), np.load(file)
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        if path.stem == "bf16":  # as bits; one unit in the last place is 2**-8
            a, b = ((x.astype(np.uint32) << 16).view(np.float32) for x in (a, b))
            assert np.allclose(a, b, rtol=0, atol=2**-7 * np.abs(b).max())
        else:
            assert np.allclose(a, b, rtol=1e-5, atol=1e-5)
