"""PyTorch's samples of the families of operators: see families.py. scripts/operator_table.py counts what comes out."""

from __future__ import annotations

import zlib

import pytest
import torch

from families import DTYPES, FAMILIES, Outcome, check, dtypes_of, operators

NAMES = sorted({name for family in FAMILIES for name in operators(family)})


def failures(name: str, dtype: torch.dtype, limit: int, command_every: int) -> list[tuple[int, Outcome]]:
    return [(i, o) for i, o in check(name, dtype, limit, command_every) if o.result == "failed"]


@pytest.mark.parametrize("name", [n for n in NAMES if zlib.crc32(n.encode()) % 12 == 0])
def test_some(name: str) -> None:
    if torch.float32 not in dtypes_of(name):
        pytest.skip("eager does not take float32")
    assert not failures(name, torch.float32, 1, 3)


@pytest.mark.full
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_all(name: str, dtype: torch.dtype, pytestconfig: pytest.Config) -> None:
    if dtype not in dtypes_of(name):
        pytest.skip("eager does not take this type")
    assert not failures(name, dtype, pytestconfig.getoption("--samples"), 4)
