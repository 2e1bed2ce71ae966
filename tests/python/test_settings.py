"""The settings of Python, C and the command line are one table."""

from __future__ import annotations

import ctypes
import dataclasses
import pathlib
import pickle
import subprocess
import sys
from typing import Any

import pytest
import torch

import torch_tensorrt
from torch_tensorrt import _lib, dtype
from torch_tensorrt.dynamo import CompilationSettings, _settings
from torch_tensorrt.dynamo._settings import PYTHON_SETTINGS, make_settings

ROOT = pathlib.Path(__file__).parents[2]
# What Python computes by itself or names otherwise.
NOT_FIELDS = {"num_threads", "dla_core", "allow_gpu_fallback", "profiling_verbosity"}


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


def test_every_field_is_in_one_of_the_tables() -> None:
    names = {f.name for f in dataclasses.fields(CompilationSettings) if f.compare}
    core = {row["name"] for row in _lib.settings()}
    assert core - names == NOT_FIELDS
    assert names - core == PYTHON_SETTINGS.keys()


# Fields of the original, by the order of its documentation.
ORIGINAL = """
    workspace_size min_block_size torch_executed_ops pass_through_build_failures max_aux_streams version_compatible
    optimization_level truncate_double use_complex_decomposition use_fast_partitioner
    enable_experimental_decompositions device require_full_compilation disable_tf32 assume_dynamic_shape_support
    sparse_weights engine_capability num_avg_timing_iters dla_sram_size dla_local_dram_size dla_global_dram_size dryrun
    hardware_compatible timing_cache_path lazy_engine_init cache_built_engines reuse_cached_engines use_fp32_acc
    refit_identical_engine_weights strip_engine_weights immutable_weights enable_weight_streaming
    enable_cross_compile_for_windows tiling_optimization_level l2_limit_for_tiling use_distributed_mode_trace
    offload_module_to_cpu enable_autocast autocast_low_precision_type autocast_excluded_nodes autocast_excluded_ops
    autocast_max_output_threshold autocast_max_depth_of_reduction autocast_calibration_dataloader
    enable_resource_partitioning cpu_memory_budget dynamically_allocate_resources decompose_attention
    disabled_constant_fold_exclusions attn_bias_is_causal fallback_data_dependent_ops
"""


def test_fields_of_the_original_are_there() -> None:
    assert len(ORIGINAL.split()) == 51
    assert set(ORIGINAL.split()) <= {f.name for f in dataclasses.fields(CompilationSettings)}


def test_old_names_of_fields() -> None:
    with pytest.warns(DeprecationWarning):
        settings = CompilationSettings(
            precision=dtype.half, debug=True, refit=True, truncate_long_and_double=True, use_python_runtime=True
        )
    assert (settings.precision, settings.debug, settings.refit) == (torch.float16, True, True)
    assert (settings.truncate_double, settings.truncate_long_and_double) == (True, True)
    assert (settings.immutable_weights, settings.use_python_runtime) == (False, False)
    with pytest.raises(TypeError):
        CompilationSettings(min_blocksize=3)


@pytest.mark.parametrize("name", ["torch_executed_ops", "autocast_excluded_ops", "autocast_excluded_nodes"])
def test_a_text_is_no_collection(name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} is a collection, not a str"):
        CompilationSettings(**{name: "aten.linear"})


def test_a_pattern_is_checked_at_once() -> None:
    with pytest.raises(ValueError, match=r"autocast_excluded_nodes: '\(' is no pattern: "):
        CompilationSettings(autocast_excluded_nodes={"^first$", "("})


def changed(name: str) -> object:
    """A value of that setting that is not its default."""
    default = getattr(CompilationSettings(), name)
    if isinstance(default, bool):
        return not default
    return {"aten.relu"} if isinstance(default, set) else 7


@pytest.mark.parametrize("name", [name for name, (verdict, _) in PYTHON_SETTINGS.items() if verdict == "lacks"])
def test_what_is_not_honoured_is_named(name: str, caplog: pytest.LogCaptureFixture, monkeypatch: Any) -> None:
    monkeypatch.setattr(_settings, "_said", set())
    for _ in range(2):
        make_settings({name: changed(name)})
    assert len([r for r in caplog.records if f"the setting {name}=" in r.getMessage()]) == 1


def test_settings_travel() -> None:
    settings = CompilationSettings(torch_executed_ops={torch.ops.aten.relu.default}, min_block_size=3)
    copy = pickle.loads(pickle.dumps(settings))
    assert copy.torch_executed_ops == {"torch.ops.aten.relu.default"} and copy.min_block_size == 3
    assert dataclasses.replace(settings, min_block_size=4).min_block_size == 4
