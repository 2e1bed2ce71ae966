"""Defaults of the settings, and paths, under the names that they have in Torch-TensorRT.

A few fields of CompilationSettings say theirs in _settings.py; CUSTOM_ENGINE_CACHE and RUNTIME_CACHE_PATH are of none.
"""

from __future__ import annotations

import getpass
import os
import tempfile

import torch

from torch_tensorrt._Device import Device
from torch_tensorrt._enums import EngineCapability


def _user() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container may have no name for its user, Windows no module to ask
        return str(os.getuid()) if hasattr(os, "getuid") else "user"


_TMP = tempfile.gettempdir()
ENABLED_PRECISIONS = {torch.float32}
WORKSPACE_SIZE = 0
MIN_BLOCK_SIZE = 5
PASS_THROUGH_BUILD_FAILURES = False
MAX_AUX_STREAMS = None
VERSION_COMPATIBLE = False
OPTIMIZATION_LEVEL = None
TRUNCATE_DOUBLE = False
USE_COMPLEX_DECOMPOSITION = False
USE_FAST_PARTITIONER = True
ENABLE_EXPERIMENTAL_DECOMPOSITIONS = False
REQUIRE_FULL_COMPILATION = False
DISABLE_TF32 = False
ASSUME_DYNAMIC_SHAPE_SUPPORT = False
SPARSE_WEIGHTS = False
ENGINE_CAPABILITY = EngineCapability.STANDARD
NUM_AVG_TIMING_ITERS = 1
DLA_SRAM_SIZE = 1 << 20
DLA_LOCAL_DRAM_SIZE = 1 << 30
DLA_GLOBAL_DRAM_SIZE = 1 << 29
DRYRUN = False
HARDWARE_COMPATIBLE = False
ENGINE_CACHE_DIR = os.path.join(_TMP, "torch_tensorrt_engine_cache")
ENGINE_CACHE_SIZE = 5 << 30
CUSTOM_ENGINE_CACHE = None
TIMING_CACHE_PATH = os.path.join(ENGINE_CACHE_DIR, "timing_cache.bin")
RUNTIME_CACHE_PATH = os.path.join(_TMP, f"torch_tensorrt_{_user()}", "runtime_cache.bin")
DEBUG_LOGGING_DIR = os.path.join(_TMP, f"torch_tensorrt_{_user()}", "debug_logs")
LAZY_ENGINE_INIT = False
CACHE_BUILT_ENGINES = False
REUSE_CACHED_ENGINES = False
USE_FP32_ACC = False
REFIT_IDENTICAL_ENGINE_WEIGHTS = False
STRIP_ENGINE_WEIGHTS = False
IMMUTABLE_WEIGHTS = True
ENABLE_WEIGHT_STREAMING = False
ENABLE_CROSS_COMPILE_FOR_WINDOWS = False
TILING_OPTIMIZATION_LEVEL = "none"
L2_LIMIT_FOR_TILING = -1
USE_DISTRIBUTED_MODE_TRACE = False
OFFLOAD_MODULE_TO_CPU = False
ENABLE_AUTOCAST = False
AUTOCAST_LOW_PRECISION_TYPE = None
AUTOCAST_EXCLUDED_NODES: frozenset[str] = frozenset()
AUTOCAST_EXCLUDED_OPS: frozenset[str] = frozenset()
AUTOCAST_MAX_OUTPUT_THRESHOLD = 512
AUTOCAST_MAX_DEPTH_OF_REDUCTION = None
AUTOCAST_CALIBRATION_DATALOADER = None
ENABLE_RESOURCE_PARTITIONING = False
CPU_MEMORY_BUDGET = None
DYNAMICALLY_ALLOCATE_RESOURCES = False
DECOMPOSE_ATTENTION = False
DISABLED_CONSTANT_FOLD_EXCLUSIONS: frozenset[str] = frozenset()
ATTN_BIAS_IS_CAUSAL = True
FALLBACK_DATA_DEPENDENT_OPS = False


def default_device() -> Device:
    """The current GPU, or the CPU where there is none."""
    return Device._current_device()
