"""The settings of a compilation: their names now and before, and what becomes of each."""

from __future__ import annotations

import difflib
import functools
import logging
import re
import threading
import warnings
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import Any

import torch

from torch_tensorrt._Device import Device
from torch_tensorrt._enums import EngineCapability, dtype
from torch_tensorrt.dynamo import _defaults
from torch_tensorrt.dynamo.utils import to_torch_tensorrt_device

logger = logging.getLogger("torch_tensorrt")


# ---- names of earlier versions ----


def _deprecated(text: str) -> None:
    warnings.warn(text, DeprecationWarning, stacklevel=5)


def current_names(options: dict[str, Any]) -> dict[str, Any]:
    """The options by their names of today; a DeprecationWarning for each old one, ValueError for one that is given
    twice."""
    options = dict(options)
    if "truncate_long_and_double" in options:
        if "truncate_double" in options:
            raise ValueError("truncate_long_and_double is the old name of truncate_double: give one of them")
        _deprecated("`truncate_long_and_double` is now truncate_double")
        options["truncate_double"] = options.pop("truncate_long_and_double")
    if options.pop("use_python_runtime", None):
        _deprecated("`use_python_runtime` has no effect any more")
    for name in ("refit", "make_refittable"):
        if name in options:
            _deprecated(f"`{name}` is deprecated: use immutable_weights")
            if options.pop(name):
                if options.get("immutable_weights"):
                    raise ValueError(f"{name} and immutable_weights contradict each other")
                options["immutable_weights"] = False
    return options


OLD_NAMES = ("truncate_long_and_double", "use_python_runtime", "refit", "make_refittable")


# ---- the settings ----


def _check_patterns(patterns: Collection[str]) -> None:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as e:
            raise ValueError(f"autocast_excluded_nodes: {pattern!r} is no pattern: {e}") from None


@dataclass
class CompilationSettings:
    """What dynamo.compile and the torch.compile backend take, with its defaults. Sizes are in bytes.

    docs/settings.md tells what each means; those of the core are its `ttrt_compile_options` by the same names. What an
    engine, or this package, does not honour and is not at its default is named once in the log. The names of earlier
    versions (truncate_long_and_double, refit, make_refittable, use_python_runtime) are taken with a
    DeprecationWarning.

    Raises:
        TypeError: a text where a collection is wanted, or an unknown keyword. ValueError: an unknown constant-fold
        exclusion; an old name beside its new one, or against it; `precision` that is no type; a text in
        autocast_excluded_nodes that is no regular expression.
    """

    workspace_size: int = _defaults.WORKSPACE_SIZE
    min_block_size: int | float = _defaults.MIN_BLOCK_SIZE
    torch_executed_ops: Collection[Any] = field(default_factory=set)
    pass_through_build_failures: bool = _defaults.PASS_THROUGH_BUILD_FAILURES
    max_aux_streams: int | None = _defaults.MAX_AUX_STREAMS
    version_compatible: bool = _defaults.VERSION_COMPATIBLE
    optimization_level: int | None = _defaults.OPTIMIZATION_LEVEL
    truncate_double: bool = _defaults.TRUNCATE_DOUBLE
    use_complex_decomposition: bool = _defaults.USE_COMPLEX_DECOMPOSITION
    use_fast_partitioner: bool = _defaults.USE_FAST_PARTITIONER
    enable_experimental_decompositions: bool = _defaults.ENABLE_EXPERIMENTAL_DECOMPOSITIONS
    device: Device = field(default_factory=_defaults.default_device)
    require_full_compilation: bool = _defaults.REQUIRE_FULL_COMPILATION
    disable_tf32: bool = _defaults.DISABLE_TF32
    assume_dynamic_shape_support: bool = _defaults.ASSUME_DYNAMIC_SHAPE_SUPPORT
    sparse_weights: bool = _defaults.SPARSE_WEIGHTS
    engine_capability: EngineCapability = _defaults.ENGINE_CAPABILITY
    num_avg_timing_iters: int = _defaults.NUM_AVG_TIMING_ITERS
    dla_sram_size: int = _defaults.DLA_SRAM_SIZE
    dla_local_dram_size: int = _defaults.DLA_LOCAL_DRAM_SIZE
    dla_global_dram_size: int = _defaults.DLA_GLOBAL_DRAM_SIZE
    dryrun: bool | str = _defaults.DRYRUN
    hardware_compatible: bool = _defaults.HARDWARE_COMPATIBLE
    timing_cache_path: str = _defaults.TIMING_CACHE_PATH
    lazy_engine_init: bool = _defaults.LAZY_ENGINE_INIT
    cache_built_engines: bool = _defaults.CACHE_BUILT_ENGINES
    reuse_cached_engines: bool = _defaults.REUSE_CACHED_ENGINES
    use_fp32_acc: bool = _defaults.USE_FP32_ACC
    refit_identical_engine_weights: bool = _defaults.REFIT_IDENTICAL_ENGINE_WEIGHTS
    strip_engine_weights: bool = _defaults.STRIP_ENGINE_WEIGHTS
    immutable_weights: bool = _defaults.IMMUTABLE_WEIGHTS
    enable_weight_streaming: bool = _defaults.ENABLE_WEIGHT_STREAMING
    enable_cross_compile_for_windows: bool = _defaults.ENABLE_CROSS_COMPILE_FOR_WINDOWS
    tiling_optimization_level: str = _defaults.TILING_OPTIMIZATION_LEVEL
    l2_limit_for_tiling: int = _defaults.L2_LIMIT_FOR_TILING
    use_distributed_mode_trace: bool = _defaults.USE_DISTRIBUTED_MODE_TRACE
    offload_module_to_cpu: bool = _defaults.OFFLOAD_MODULE_TO_CPU
    enable_autocast: bool = _defaults.ENABLE_AUTOCAST
    autocast_low_precision_type: torch.dtype | dtype | None = _defaults.AUTOCAST_LOW_PRECISION_TYPE
    autocast_excluded_nodes: Collection[str] = field(default_factory=set)
    autocast_excluded_ops: Collection[Any] = field(default_factory=set)
    autocast_max_output_threshold: float = _defaults.AUTOCAST_MAX_OUTPUT_THRESHOLD
    autocast_max_depth_of_reduction: int | None = _defaults.AUTOCAST_MAX_DEPTH_OF_REDUCTION
    autocast_calibration_dataloader: Any = _defaults.AUTOCAST_CALIBRATION_DATALOADER
    enable_resource_partitioning: bool = _defaults.ENABLE_RESOURCE_PARTITIONING
    cpu_memory_budget: int | None = _defaults.CPU_MEMORY_BUDGET
    dynamically_allocate_resources: bool = _defaults.DYNAMICALLY_ALLOCATE_RESOURCES
    decompose_attention: bool = _defaults.DECOMPOSE_ATTENTION
    disabled_constant_fold_exclusions: Collection[str] = field(default_factory=set)
    attn_bias_is_causal: bool = _defaults.ATTN_BIAS_IS_CAUSAL
    fallback_data_dependent_ops: bool = _defaults.FALLBACK_DATA_DEPENDENT_OPS
    precision: torch.dtype = torch.float32
    debug: bool = False
    engine: str = "auto"
    targets: str = ""
    # No setting: whether `device` is the caller's. Without one, the program's tensors decide on the engine.
    device_is_given: bool = field(default=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from torch_tensorrt.dynamo.lowering.constant_fold_exclusions import validate_disabled_constant_fold_exclusions

        for name in ("torch_executed_ops", "autocast_excluded_nodes", "autocast_excluded_ops"):
            if isinstance(getattr(self, name), str):
                raise TypeError(f"{name} is a collection, not a str")
        _check_patterns(self.autocast_excluded_nodes)
        self.disabled_constant_fold_exclusions = validate_disabled_constant_fold_exclusions(
            self.disabled_constant_fold_exclusions
        )
        self.precision = dtype._from(self.precision).to(torch.dtype)

    @property
    def truncate_long_and_double(self) -> bool:
        """The old name of truncate_double."""
        return self.truncate_double

    @property
    def refit(self) -> bool:
        """The opposite of immutable_weights."""
        return not self.immutable_weights

    @property
    def use_python_runtime(self) -> bool:
        """False: there is one runtime."""
        return False

    def __getstate__(self) -> dict[str, Any]:
        """Operators travel as their names."""
        state = dict(self.__dict__)
        for name in ("torch_executed_ops", "autocast_excluded_ops"):
            state[name] = {operator_name(op) for op in state[name]}
        return state


# What settings_are_compatible() compares: Torch-TensorRT's list of what decides on engines, and settings of this
# package. Not all: device, truncate_double, strip_engine_weights, workspace_size and kin are not in it.
ENGINE_INVARIANT = (
    "max_aux_streams",
    "version_compatible",
    "optimization_level",
    "disable_tf32",
    "sparse_weights",
    "engine_capability",
    "hardware_compatible",
    "refit_identical_engine_weights",
    "immutable_weights",
    "enable_weight_streaming",
    "tiling_optimization_level",
    "l2_limit_for_tiling",
    "enable_autocast",
    "autocast_low_precision_type",
    "autocast_excluded_nodes",
    "autocast_excluded_ops",
    "autocast_max_output_threshold",
    "autocast_max_depth_of_reduction",
    "autocast_calibration_dataloader",
    "decompose_attention",
    "disabled_constant_fold_exclusions",
    "attn_bias_is_causal",
    "use_fp32_acc",
    "precision",
    "engine",
    "targets",
)


def settings_are_compatible(set_a: CompilationSettings, set_b: CompilationSettings) -> tuple[bool, set[str]]:
    """Whether the settings in ENGINE_INVARIANT are the same, and the names of those that differ. Where they do, engines
    built with the one do not serve for the other. Others change engines too and are not compared: device,
    truncate_double, strip_engine_weights, num_avg_timing_iters, workspace_size, dla_... and what decides on the
    partition (min_block_size, torch_executed_ops).

    Source: torch_tensorrt.dynamo._settings.settings_are_compatible.
    """
    different = {name for name in ENGINE_INVARIANT if getattr(set_a, name) != getattr(set_b, name)}
    return not different, different


def _take_old_names(init: Any) -> Any:
    @functools.wraps(init)
    def wrapped(self: CompilationSettings, *args: Any, **options: Any) -> None:
        init(self, *args, **current_names(options))

    return wrapped


CompilationSettings.__init__ = _take_old_names(CompilationSettings.__init__)  # type: ignore[method-assign]

# What this package makes of its own settings; those of the core are in the core's table. "honours"; "nothing": it has
# no meaning here; "lacks": named once in the log when it is not at its default; "refuses": an error.
PYTHON_SETTINGS: dict[str, tuple[str, str]] = {
    "torch_executed_ops": (
        "honours",
        'operators that stay with PyTorch: targets or texts, "aten.add", "torch.ops.aten.add.Tensor"',
    ),
    "pass_through_build_failures": (
        "honours",
        "torch.compile: a graph that cannot be built is an error; without, it runs in PyTorch, which the log tells; "
        "other calls always fail",
    ),
    "enable_experimental_decompositions": (
        "honours",
        "all of PyTorch's core decompositions, also of what engines do as a whole",
    ),
    "dryrun": (
        "honours",
        "partitions, prints the report, builds nothing; a text is the file for the report, as JSON where it ends "
        "with .json",
    ),
    "enable_autocast": ("honours", "products in autocast_low_precision_type, as precision does"),
    "autocast_low_precision_type": ("honours", "torch.float16 or torch.bfloat16; used with enable_autocast"),
    "disabled_constant_fold_exclusions": ("honours", "rules whose marks are not put on; no other name is taken"),
    "debug": ("honours", "the log is at level debug meanwhile"),
    "enable_cross_compile_for_windows": ("refuses", "there is no cross compiler"),
    "assume_dynamic_shape_support": ("nothing", "converters are tried on the shapes as they are"),
    "lazy_engine_init": ("nothing", "an engine comes to life at its first call"),
    "use_distributed_mode_trace": ("nothing", "torch.compile's graphs always go through aot_autograd"),
    "attn_bias_is_causal": ("nothing", "an attention bias is computed as it is"),
    "use_complex_decomposition": ("lacks", "complex numbers run in PyTorch"),
    "cache_built_engines": ("lacks", "there is no cache of engines"),
    "reuse_cached_engines": ("lacks", "there is no cache of engines"),
    "offload_module_to_cpu": ("lacks", "the source module stays where it is"),
    "autocast_excluded_nodes": (
        "honours",
        "patterns of modules' paths (re.match) whose products stay float32",
    ),
    "autocast_excluded_ops": (
        "honours",
        "operators whose products stay float32: targets or texts, as in torch_executed_ops",
    ),
    "autocast_max_output_threshold": (
        "honours",
        "with autocast_calibration_dataloader: products that take or give larger numbers stay float32",
    ),
    "autocast_max_depth_of_reduction": (
        "honours",
        "products that sum more terms stay float32; None: none do",
    ),
    "autocast_calibration_dataloader": (
        "honours",
        "tuples of the program's positional inputs, which are run once for autocast_max_output_threshold",
    ),
    "enable_resource_partitioning": ("lacks", "engines are not split by memory"),
    "cpu_memory_budget": ("lacks", "engines are not split by memory"),
    "dynamically_allocate_resources": ("lacks", "scratch memory is kept by contexts"),
}
# Keywords of compile() that are no fields, and no old names.
OTHER_KEYWORDS = ("inputs", "arg_inputs", "kwarg_inputs", "enabled_precisions", "verify", "strict")
# Keywords of other versions without a field: what they ask for is not there.
_ABSENT = {
    "torch_executed_modules": "name operators in torch_executed_ops",
    "engine_cache_dir": "there is no cache of engines",
    "engine_cache_size": "there is no cache of engines",
    "custom_engine_cache": "there is no cache of engines",
}

# ---- what is said ----

_said: set[str] = set()
_saying = threading.Lock()


def say_once(text: str) -> None:
    """A warning that a process gives one time."""
    with _saying:
        is_new = text not in _said
        _said.add(text)
    if is_new:
        logger.warning("%s", text)


def operator_name(op: Any) -> str:
    """The qualified name: "torch.ops.aten.add.Tensor" for that operator, texts as they are."""
    if isinstance(op, str):
        return op
    if isinstance(op, (torch._ops.OpOverload, torch._ops.OpOverloadPacket)):
        return f"torch.ops.{op}"
    return f"{getattr(op, '__module__', '')}.{getattr(op, '__name__', op)}"


def names_of(target: Any) -> set[str]:
    """All that a text may call a call's target: its operator or its overload, with "torch.ops." and without."""
    name = operator_name(target)
    packet = name.rpartition(".")[0]
    return {name, packet, name.removeprefix("torch.ops."), packet.removeprefix("torch.ops.")}


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
    known = [*FIELDS, *OTHER_KEYWORDS, *OLD_NAMES]
    for name in keywords:
        if name in known:
            continue
        if name in _ABSENT:
            say_once(f"the setting {name} has no effect: {_ABSENT[name]}")
            continue
        near = difflib.get_close_matches(name, known, n=1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        say_once(f'torch_tensorrt knows no setting "{name}", it is ignored{hint}')


def _warn_unhonoured(settings: CompilationSettings) -> None:
    """Names each setting of this package that was changed and has no effect. Those of the core are the core's to
    name."""
    default = CompilationSettings()
    for name, (verdict, meaning) in PYTHON_SETTINGS.items():
        value = getattr(settings, name)
        if verdict in ("honours", "refuses") or value == getattr(default, name):
            continue
        if verdict == "nothing":
            logger.info("the setting %s=%r changes nothing: %s", name, value, meaning)
        else:
            say_once(f"the setting {name}={value!r} is not honoured: {meaning}")


# ---- from the keywords of a call ----


def _precision_of(settings: CompilationSettings, enabled: Collection[Any] | None) -> torch.dtype:
    """The type that products may use: the lowest of those enabled, bfloat16 before float16; float32 without any."""
    single = isinstance(enabled, (torch.dtype, dtype))
    types = {dtype._from(p) for p in ([enabled] if single else enabled or ())} | {dtype._from(settings.precision)}
    if settings.enable_autocast and settings.autocast_low_precision_type is not None:
        types.add(dtype._from(settings.autocast_low_precision_type))
    for low in (dtype.bf16, dtype.f16):
        if low in types:
            return low.to(torch.dtype)
    unknown = types - {dtype.f32, dtype.f64}
    if unknown:
        names = ", ".join(sorted(t.name for t in unknown))
        say_once(f"enabled_precisions: engines compute in float32, float16 or bfloat16; {names} is ignored")
    return torch.float32


def _refuse_contradictions(options: dict[str, Any]) -> None:
    if options.get("refit_identical_engine_weights") and options.get("immutable_weights", True):
        raise ValueError("refit_identical_engine_weights needs immutable_weights=False")
    if options.get("enable_cross_compile_for_windows"):
        raise ValueError(
            "enable_cross_compile_for_windows is set by cross_compile_for_windows(), which this build does not have"
        )
    if options.get("fallback_data_dependent_ops") and options.get("require_full_compilation"):
        raise ValueError("fallback_data_dependent_ops and require_full_compilation exclude each other")
    low = options.get("autocast_low_precision_type")
    if low is not None and dtype.try_from(low) not in (dtype.f16, dtype.bf16):
        raise ValueError(f"autocast_low_precision_type is torch.float16 or torch.bfloat16, not {low}")


FIELDS = frozenset(f.name for f in fields(CompilationSettings)) - {"device_is_given"}


def make_settings(options: dict[str, Any]) -> CompilationSettings:
    """The settings that the keywords of a call say. Unknown ones, and those without effect, are named in the log.

    Raises:
        ValueError: options that contradict each other.
    """
    options = current_names(options)
    _refuse_contradictions(options)
    warn_unknown(options)
    values = {k: v for k, v in options.items() if k in FIELDS and (k not in ("device", "precision") or v is not None)}
    if "device" in values:
        values.update(device=to_torch_tensorrt_device(values["device"]), device_is_given=True)
    settings = CompilationSettings(**values)
    settings.precision = _precision_of(settings, options.get("enabled_precisions"))
    _warn_unhonoured(settings)
    warn_no_operators(settings)
    return settings
