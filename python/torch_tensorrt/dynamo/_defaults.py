"""Defaults of the settings."""

from __future__ import annotations

import os
import tempfile

import torch

from torch_tensorrt._Device import Device
from torch_tensorrt._enums import EngineCapability

ENABLED_PRECISIONS = {torch.float32}
MIN_BLOCK_SIZE = 5
ENGINE_CAPABILITY = EngineCapability.STANDARD
DLA_SRAM_SIZE = 1 << 20
DLA_LOCAL_DRAM_SIZE = 1 << 30
DLA_GLOBAL_DRAM_SIZE = 1 << 29
ENGINE_CACHE_DIR = os.path.join(tempfile.gettempdir(), "torch_tensorrt_engine_cache")
ENGINE_CACHE_SIZE = 5 << 30
TIMING_CACHE_PATH = os.path.join(ENGINE_CACHE_DIR, "timing_cache.bin")


def default_device() -> Device:
    """The current GPU, or the CPU where there is none."""
    return Device._current_device()
