"""The settings of a compilation, and which of them engine `cpu` honours."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import Any

import torch

from torch_tensorrt import _lib
from torch_tensorrt._Device import Device
from torch_tensorrt._enums import EngineCapability, dtype
from torch_tensorrt.dynamo import _defaults

logger = logging.getLogger("torch_tensorrt")


@dataclass
class CompilationSettings:
    """What dynamo.compile takes, with its defaults. Sizes are in bytes.

    docs/settings.md tells what each of the core's settings means; those are the core's `ttrt_compile_options` by the
    same names. What an engine, or this package, does not honour and is not at its default is named once in the log.
    """

    workspace_size: int = 0
    min_block_size: int | float = _defaults.MIN_BLOCK_SIZE
    torch_executed_ops: Collection[Any] = field(default_factory=set)
    pass_through_build_failures: bool = False
    max_aux_streams: int | None = None
    version_compatible: bool = False
    optimization_level: int | None = None
    truncate_double: bool = False
    use_complex_decomposition: bool = False
    use_fast_partitioner: bool = True
    enable_experimental_decompositions: bool = False
    device: Device = field(default_factory=_defaults.default_device)
    require_full_compilation: bool = False
    disable_tf32: bool = False
    assume_dynamic_shape_support: bool = False
    sparse_weights: bool = False
    engine_capability: EngineCapability = _defaults.ENGINE_CAPABILITY
    num_avg_timing_iters: int = 1
    dla_sram_size: int = _defaults.DLA_SRAM_SIZE
    dla_local_dram_size: int = _defaults.DLA_LOCAL_DRAM_SIZE
    dla_global_dram_size: int = _defaults.DLA_GLOBAL_DRAM_SIZE
    dryrun: bool | str = False
    hardware_compatible: bool = False
    timing_cache_path: str = _defaults.TIMING_CACHE_PATH
    lazy_engine_init: bool = False
    cache_built_engines: bool = False
    reuse_cached_engines: bool = False
    use_fp32_acc: bool = False
    refit_identical_engine_weights: bool = False
    strip_engine_weights: bool = False
    immutable_weights: bool = True
    enable_weight_streaming: bool = False
    enable_cross_compile_for_windows: bool = False
    tiling_optimization_level: str = "none"
    l2_limit_for_tiling: int = -1
    use_distributed_mode_trace: bool = False
    offload_module_to_cpu: bool = False
    enable_autocast: bool = False
    autocast_low_precision_type: torch.dtype | dtype | None = None
    autocast_excluded_nodes: Collection[str] = field(default_factory=set)
    autocast_excluded_ops: Collection[Any] = field(default_factory=set)
    autocast_max_output_threshold: float = 512
    autocast_max_depth_of_reduction: int | None = None
    autocast_calibration_dataloader: Any = None
    enable_resource_partitioning: bool = False
    cpu_memory_budget: int | None = None
    dynamically_allocate_resources: bool = False
    decompose_attention: bool = False
    disabled_constant_fold_exclusions: Collection[str] = field(default_factory=set)
    attn_bias_is_causal: bool = True
    fallback_data_dependent_ops: bool = False
    engine: str = "auto"
    targets: str = ""
    # No setting: whether `device` is the caller's. Without one, the program's tensors decide on the engine.
    device_is_given: bool = field(default=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        exclusions = self.disabled_constant_fold_exclusions
        for name in ("disabled_constant_fold_exclusions", "torch_executed_ops"):
            if isinstance(getattr(self, name), str):
                raise TypeError(f"{name} is a collection, not a str")
        if exclusions:
            raise ValueError(f"unknown constant-fold exclusion {sorted(exclusions)}: there are none")
        self.disabled_constant_fold_exclusions = set(exclusions)

    def __getstate__(self) -> dict[str, Any]:
        """Operators travel as their names."""
        state = dict(self.__dict__)
        for name in ("torch_executed_ops", "autocast_excluded_ops"):
            state[name] = {operator_name(op) for op in state[name]}
        return state


# What this package honours itself. Settings of the core are the core's to honour or name; `torch_tensorrt.dynamo` tells
# of what is left.
_HONOURED = {
    "torch_executed_ops",
    "dryrun",
    "enable_autocast",
    "autocast_low_precision_type",
    "enable_cross_compile_for_windows",
    "disabled_constant_fold_exclusions",
}
# Accepted, and without a meaning here: said at no level above debug.
_NOTHING_TO_DO = {
    "pass_through_build_failures",
    "lazy_engine_init",
    "offload_module_to_cpu",
    "assume_dynamic_shape_support",
    "attn_bias_is_causal",
    "use_complex_decomposition",
    "use_distributed_mode_trace",
}
# Keywords of compile() that are no fields.
OTHER_KEYWORDS = (
    "inputs",
    "arg_inputs",
    "kwarg_inputs",
    "enabled_precisions",
    "precision",
    "debug",
    "truncate_long_and_double",
    "use_python_runtime",
    "refit",
    "make_refittable",
    "torch_executed_modules",
    "engine_cache_dir",
    "engine_cache_size",
    "custom_engine_cache",
    "verify",
)

_said: set[str] = set()


def say_once(text: str) -> None:
    """A warning that a process gives one time."""
    if text not in _said:
        _said.add(text)
        logger.warning("%s", text)


def operator_name(op: Any) -> str:
    """The qualified name: "torch.ops.aten.add.Tensor" for that operator, texts as they are."""
    if isinstance(op, str):
        return op
    if isinstance(op, (torch._ops.OpOverload, torch._ops.OpOverloadPacket)):
        return f"torch.ops.{op}"
    return f"{getattr(op, '__module__', '')}.{getattr(op, '__name__', op)}"


def _is_operator(name: str) -> bool:
    """Whether PyTorch has it: "aten.add", "torch.ops.aten.add.Tensor". Python's functions are not looked up."""
    parts = name.removeprefix("torch.ops.").split(".")
    namespace = getattr(torch.ops, parts[0], None) if len(parts) in (2, 3) else None
    packet = getattr(namespace, parts[1], None) if isinstance(namespace, torch._ops._OpNamespace) else None
    return packet is not None and (len(parts) == 2 or parts[2] in packet.overloads())


def warn_no_operators(settings: CompilationSettings) -> None:
    """Names once each text in torch_executed_ops that names no operator and so keeps nothing out of engines."""
    for op in settings.torch_executed_ops:
        if isinstance(op, str) and not _is_operator(op):
            say_once(f'torch_executed_ops: PyTorch has no operator "{op}"')


def warn_unknown(keywords: Collection[str]) -> None:
    """Unknown keywords never stop a call; each is named once, with the nearest known one."""
    known = [f.name for f in fields(CompilationSettings)] + list(OTHER_KEYWORDS)
    for name in keywords:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        say_once(f'torch_tensorrt knows no setting "{name}", it is ignored{hint}')


def warn_unhonoured(settings: CompilationSettings) -> None:
    """Names once each setting that was changed, that the core does not know and that this package does not honour."""
    default = CompilationSettings()
    core = {row["name"] for row in _lib.settings()}
    for f in fields(settings):
        if f.name in _HONOURED | core or not f.compare or getattr(settings, f.name) == getattr(default, f.name):
            continue
        if f.name in _NOTHING_TO_DO:
            logger.debug("%s: nothing to do", f.name)
        else:
            say_once(f"the setting {f.name}={getattr(settings, f.name)!r} is not honoured")


def precision_of(settings: CompilationSettings, enabled: Collection[Any] | None, precision: Any = None) -> torch.dtype:
    """The type that products may use: the lowest of those enabled, bfloat16 before float16; float32 without any."""
    single = isinstance(enabled, (torch.dtype, dtype))
    types = {dtype._from(p) for p in ([enabled] if single else enabled or ())}
    if precision is not None:
        types.add(dtype._from(precision))
    if settings.enable_autocast and settings.autocast_low_precision_type is not None:
        types.add(dtype._from(settings.autocast_low_precision_type))
    for low in (dtype.bf16, dtype.f16):
        if low in types:
            return low.to(torch.dtype)
    unknown = types - {dtype.f32, dtype.f64}
    if unknown:
        names = ", ".join(sorted(t.name for t in unknown))
        say_once(f"enabled_precisions: engine cpu computes in float32, float16 or bfloat16; {names} is ignored")
    return torch.float32
