"""The settings of Python, C and the command line are one table."""

from __future__ import annotations

import ctypes
import dataclasses
import pathlib
import subprocess
import sys

import pytest
import torch

import torch_tensorrt
from torch_tensorrt import _lib
from torch_tensorrt.dynamo import CompilationSettings

ROOT = pathlib.Path(__file__).parents[2]
# What Python computes by itself or names otherwise.
NOT_FIELDS = {"precision", "num_threads", "dla_core", "allow_gpu_fallback", "profiling_verbosity"}


def test_the_mirror_of_the_c_struct_is_in_step() -> None:
    for row in _lib.settings():
        assert getattr(_lib.CompileOptions, row["name"]).offset == row["offset"], row["name"]
    _lib.compile_options({})  # refuses a struct of another size
    options = _lib.CompileOptions(size=ctypes.sizeof(_lib.CompileOptions) - 8)
    assert _lib._lib.ttrt_compile_options_set(ctypes.byref(options), b"engine", b"cpu") != 0


def test_python_has_every_setting_with_its_default() -> None:
    settings = CompilationSettings()
    for row in _lib.settings():
        if row["name"] in NOT_FIELDS | {"device", "timing_cache_path"}:
            continue
        value = getattr(settings, row["name"])
        if value is not None:  # None: the library's own
            assert _lib._setting_text(value) == row["default"], row["name"]


def test_values_arrive() -> None:
    options = _lib.compile_options(
        {
            "precision": torch.bfloat16,
            "engine_capability": torch_tensorrt.EngineCapability.SAFETY,
            "tiling_optimization_level": "moderate",
            "workspace_size": 1 << 40,
            "disable_tf32": True,
            "optimization_level": None,
        }
    )
    assert (options.precision, options.engine_capability, options.tiling_optimization_level) == (15, 1, 2)
    assert (options.workspace_size, options.disable_tf32, options.optimization_level) == (1 << 40, 1, 3)
    with pytest.raises(RuntimeError, match="tiling_optimization_level is 'much'"):
        _lib.compile_options({"tiling_optimization_level": "much"})


def test_the_page_is_what_the_library_says() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "gen_settings.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_settings_object_holds_what_was_given() -> None:
    names = {f.name for f in dataclasses.fields(CompilationSettings)}
    assert {row["name"] for row in _lib.settings()} - names == NOT_FIELDS
