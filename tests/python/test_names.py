"""Names that programs written for Torch-TensorRT use: they are there, and what this build lacks says so when it is
called."""

from __future__ import annotations

import enum
import importlib
import pathlib
import pickle
import tempfile
from typing import Any

import pytest
import torch

import torch_tensorrt
from conftest import assert_same
from torch_tensorrt import Device, DeviceType, EngineCapability, Input, Platform, dtype, memory_format
from torch_tensorrt.dynamo import CompilationSettings, _defaults, utils
from torch_tensorrt.dynamo.partitioning import construct_submodule_inputs

X = torch.randn(3, 4)
MODEL = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.GELU(), torch.nn.Linear(8, 2)).eval()

NAMES = {
    "torch_tensorrt": """
        Device DeviceType EngineCapability Platform dtype memory_format Input compile convert_method_to_trt_engine
        cross_compile_for_windows load_cross_compiled_exported_program save load MutableTorchTensorRTModule
        ENABLED_FEATURES dynamo runtime logging distributed __version__ TorchTensorRTModule enable_cudagraphs
        weight_streaming optimization_profile""",
    "torch_tensorrt.dynamo": """
        compile trace convert_exported_program_to_serialized_trt_engine cross_compile_for_windows
        save_cross_compiled_exported_program load_cross_compiled_exported_program export refit_module_weights
        CompilationSettings SourceIR Debugger backend conversion lowering partitioning runtime debug tools utils
        observer""",
    "torch_tensorrt.runtime": """
        TorchTensorRTModule enable_cudagraphs set_cudagraphs_mode get_cudagraphs_mode get_whole_cudagraphs_mode
        set_multi_device_safe_mode optimization_profile enable_output_allocator enable_pre_allocated_outputs
        weight_streaming RuntimeCache runtime_cache RuntimeSettings runtime_config
        set_dynamic_shapes_kernel_strategy""",
    "torch_tensorrt.runtime._runtime_cache": "RuntimeCache",
    "torch_tensorrt.dynamo.runtime._MutableTorchTensorRTModule": "MutableTorchTensorRTModule",
    "torch_tensorrt.dynamo.runtime": "TorchTensorRTModule ResourceAllocationStrategy",
    "torch_tensorrt.dynamo.utils": """
        ATOL RTOL COSINE_THRESHOLD check_output_equal cosine_similarity extract_var_range_info get_model_device
        get_torch_inputs get_torch_tensor prepare_inputs to_torch_device to_torch_tensorrt_device input_is_dynamic
        set_log_level req_torch_version""",
    "torch_tensorrt.dynamo.conversion": """
        TRTInterpreter TRTInterpreterResult DYNAMO_CONVERTERS DYNAMO_ATEN_CONVERTERS UnsupportedOperatorException
        dynamo_tensorrt_converter ConverterPriority ConverterSupport CallingConvention ConverterRegistry
        has_static_shapes has_dynamic_shapes has_dynamic_shapes_in_args has_static_shapes_in_args
        node_has_dynamic_shapes convert_module interpret_module_to_result infer_module_output_dtypes plugins""",
    "torch_tensorrt.dynamo.lowering": """
        get_decompositions post_lowering pre_export_lowering repair_input_aliasing torch_enabled_decompositions
        torch_disabled_decompositions TORCH_TRT_DECOMPOSITIONS register_torch_trt_decomposition _aten_lowering_pass
        _remove_lowering_pass dump_lowering_passes ATEN_PRE_LOWERING_PASSES ATEN_POST_LOWERING_PASSES""",
    "torch_tensorrt.dynamo.lowering.constant_fold_exclusions": """
        CONSTANT_FOLD_EXCLUSION_META_KEY register_constant_fold_exclusion_rule
        unregister_constant_fold_exclusion_rule validate_disabled_constant_fold_exclusions""",
    "torch_tensorrt.dynamo.partitioning": """
        fast_partition global_partition hierarchical_adjacency_partition get_graph_converter_support
        construct_submodule_inputs run_shape_analysis""",
    "torch_tensorrt.dynamo.lowering.passes": """
        _aten_lowering_pass _remove_lowering_pass dump_lowering_passes ATEN_PRE_LOWERING_PASSES
        ATEN_POST_LOWERING_PASSES""",
    "torch_tensorrt.dynamo.lowering._decompositions": "register_torch_trt_decomposition TORCH_TRT_DECOMPOSITIONS",
    "torch_tensorrt._Device": "Device",
    "torch_tensorrt._Input": "Input",
    "torch_tensorrt._enums": "dtype memory_format",
    "torch_tensorrt._features": "ENABLED_FEATURES",
    "torch_tensorrt._compile": "compile torch_compile",
    "torch_tensorrt._utils": """
        check_cross_compile_trt_win_lib is_orin is_tegra_platform is_tensorrt_version_supported
        is_tensorrt_rtx_version_supported""",
    "torch_tensorrt.dynamo._defaults": "default_device TIMING_CACHE_PATH RUNTIME_CACHE_PATH ENGINE_CACHE_DIR",
    "torch_tensorrt.dynamo._settings": "CompilationSettings settings_are_compatible",
    "torch_tensorrt.dynamo._compiler": """
        BindingNameMismatchError _binding_name_specs _resolve_pytree_binding_names _build_user_symbol_bounds""",
    "torch_tensorrt.dynamo._tracer": "trace build_dim_registry get_dynamic_shapes_args get_dynamic_shapes_kwargs",
    "torch_tensorrt.dynamo._engine_cache": "BaseEngineCache DiskEngineCache _canonicalize_setting_value",
    "torch_tensorrt.dynamo._exporter": "export",
    "torch_tensorrt.dynamo._refit": "refit_module_weights construct_refit_mapping get_engine_from_encoded_engine",
    "torch_tensorrt.dynamo.backend": "torch_tensorrt_backend aot_torch_tensorrt_aten_backend",
    "torch_tensorrt.distributed": "distributed_context set_distributed_mode setup_nccl_for_torch_tensorrt",
}


@pytest.mark.parametrize("module", NAMES)
def test_names(module: str) -> None:
    found = importlib.import_module(module)
    assert [name for name in NAMES[module].split() if not hasattr(found, name)] == []


FEATURES = """
    torchscript_frontend torch_tensorrt_runtime dynamo_frontend fx_frontend refit qdp_plugin windows_cross_compile
    tensorrt_rtx trtllm_for_nccl native_trt_collectives complex_decomposition"""


def test_features() -> None:
    wanted = FEATURES.split()
    assert list(torch_tensorrt.ENABLED_FEATURES._fields) == wanted
    assert all(isinstance(value, bool) for value in torch_tensorrt.ENABLED_FEATURES)
    assert torch_tensorrt.ENABLED_FEATURES.dynamo_frontend and not torch_tensorrt.ENABLED_FEATURES.refit


def cache(**kwargs: Any) -> Any:
    from torch_tensorrt.dynamo._engine_cache import DiskEngineCache

    return DiskEngineCache("folder", 1 << 30)


def refit(name: str, *args: Any) -> Any:
    return getattr(importlib.import_module("torch_tensorrt.dynamo._refit"), name)(*args)


# A call that this build does not have, and what its error names.
ABSENT = {
    "cross_compile": (lambda: torch_tensorrt.cross_compile_for_windows(MODEL, "m.pt2", inputs=[X]), "windows_cross"),
    "cross_compile_dynamo": (lambda: torch_tensorrt.dynamo.cross_compile_for_windows(MODEL, "m.pt2"), "windows_cross"),
    "cross_save": (lambda: torch_tensorrt.dynamo.save_cross_compiled_exported_program(MODEL, "m.pt2"), "windows_cross"),
    "cross_load": (lambda: torch_tensorrt.load_cross_compiled_exported_program("m.pt2"), "windows_cross"),
    "export_cross": (lambda: torch_tensorrt.dynamo.export(MODEL, cross_compile_module=True), "windows_cross"),
    "refit": (lambda: torch_tensorrt.dynamo.refit_module_weights(MODEL, MODEL), "refit.*compile the program"),
    "refit_mapping": (lambda: refit("construct_refit_mapping", MODEL, [X]), "refit"),
    "encoded_engine": (lambda: refit("get_engine_from_encoded_engine", b"", None), "TorchTensorRTModule"),
    "mutable": (lambda: torch_tensorrt.MutableTorchTensorRTModule(MODEL), "mutable modules.*torch.compile"),
    "mutable_load": (lambda: torch_tensorrt.MutableTorchTensorRTModule.load("m.pkl"), "mutable modules"),
    "engine_cache": (cache, "cache of engines.*save"),
    "runtime_cache": (lambda: torch_tensorrt.runtime.runtime_cache(MODEL, "file"), "TTRT_CACHE_DIR"),
    "runtime_cache_object": (lambda: torch_tensorrt.runtime.RuntimeCache("file"), "TTRT_CACHE_DIR"),
    "distributed": (lambda: torch_tensorrt.distributed.distributed_context(None), "native_trt_collectives"),
    "distributed_mode": (lambda: torch_tensorrt.distributed.set_distributed_mode(None, MODEL), "collectives run in"),
    "nccl": (torch_tensorrt.distributed.setup_nccl_for_torch_tensorrt, "native_trt_collectives"),
    "plugin": (lambda: torch_tensorrt.dynamo.conversion.plugins.custom_op("my::op"), "qdp_plugin"),
    "generate_plugin": (lambda: torch_tensorrt.dynamo.conversion.plugins.generate_plugin("my::op"), "qdp_plugin"),
}


@pytest.mark.parametrize("call", ABSENT)
def test_what_this_build_lacks_says_so(call: str) -> None:
    fn, names = ABSENT[call]
    with pytest.raises(NotImplementedError, match=names):
        fn()


def test_a_name_without_its_feature_has_no_other_side(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch_tensorrt import _features

    monkeypatch.setattr(_features, "ENABLED_FEATURES", _features.ENABLED_FEATURES._replace(refit=True))

    @_features.needs("refit", "compile again")
    def empty() -> None:
        """Its body is its documentation."""

    with pytest.raises(NotImplementedError, match="compile again"):
        empty()


def test_executorch_needs_its_package() -> None:
    import torch_tensorrt.executorch

    with pytest.raises(ImportError, match="torch-tensorrt-executorch-runtime"):
        torch_tensorrt.executorch.export(MODEL)
    assert not hasattr(torch_tensorrt.executorch, "nothing_of_the_kind")
    with pytest.raises(ImportError, match="torch-tensorrt-executorch-runtime"):
        torch_tensorrt.load("m.pte", format="executorch")


def test_legacy_frontends_are_named() -> None:
    with pytest.raises(ValueError, match="TS frontend is not available"):
        torch_tensorrt.compile(MODEL, ir="ts", inputs=[X])
    assert not hasattr(torch_tensorrt, "ts") and not hasattr(torch_tensorrt, "fx")


def test_an_engine_cache_of_the_callers_own_is_named(caplog: pytest.LogCaptureFixture, monkeypatch: Any) -> None:
    from torch_tensorrt.dynamo import _settings
    from torch_tensorrt.dynamo._engine_cache import BaseEngineCache, _canonicalize_setting_value

    class Mine(BaseEngineCache):
        def __init__(self) -> None:
            self.held: dict[str, bytes] = {}

        def save(self, hash: str, blob: bytes, *args: Any, **kwargs: Any) -> None:
            self.held[hash] = blob

        def load(self, hash: str, *args: Any, **kwargs: Any) -> bytes | None:
            return self.held.get(hash)

    monkeypatch.setattr(_settings, "_said", set())
    options = dict(cache_built_engines=True, reuse_cached_engines=True, custom_engine_cache=Mine(), min_block_size=1)
    assert_same(torch_tensorrt.compile(MODEL, inputs=[X], **options)(X), MODEL(X))
    assert [name for name in options if f"setting {name}" in caplog.text] == list(options)[:3]
    with pytest.raises(TypeError):
        BaseEngineCache()
    assert _canonicalize_setting_value({2, 1}) == "['1', '2']" and _canonicalize_setting_value(3) == 3


# ---- enumerations ----


def test_enumerations_of_tensorrt() -> None:
    """TensorRT's own enumerations are recognized by their names: its package need not be there."""
    DataType = enum.Enum("DataType", "FLOAT HALF INT8 INT32 INT64 BOOL UINT8 FP8 BF16 FP4")
    TensorFormat = enum.Enum("TensorFormat", "LINEAR CHW2 HWC8 CHW4 CHW16 CHW32 DHWC8 CDHW32 HWC DLA_LINEAR DHWC")
    for member in DataType:
        assert dtype._from(member).to(DataType) is member
    assert dtype._from(DataType.HALF) == torch.float16 and dtype.half == DataType.HALF
    with pytest.raises(TypeError):
        dtype.f64.to(DataType)
    with pytest.warns(UserWarning):
        assert dtype.f64.to(DataType, use_default=True) is DataType.FLOAT
    for member in TensorFormat:
        assert memory_format._from(member).to(TensorFormat) is member
    assert memory_format.channels_last.to(TensorFormat) is TensorFormat.HWC
    Kinds = enum.Enum("DeviceType", "GPU DLA")
    assert DeviceType._from(Kinds.DLA) is DeviceType.DLA and DeviceType.GPU.to(Kinds) is Kinds.GPU
    Capability = enum.Enum("EngineCapability", "STANDARD SAFETY DLA_STANDALONE")
    assert EngineCapability._from(Capability.SAFETY).to(Capability) is Capability.SAFETY


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("uint8", torch.uint8),
        ("int8", torch.int8),
        ("int", torch.int32),
        ("long", torch.int64),
        ("half", torch.float16),
        ("fp16", torch.float16),
        ("float", torch.float32),
        ("fp32", torch.float32),
        ("double", torch.float64),
        ("bfloat16", torch.bfloat16),
        ("bool", torch.bool),
        ("fp8", torch.float8_e4m3fn),
    ],
)
def test_data_types(name: str, wanted: torch.dtype) -> None:
    member = dtype[name]
    assert member.to(torch.dtype) is wanted and dtype._from(wanted) is member and member == wanted
    assert hash(member) == hash(dtype._from(wanted)) and dtype.try_to(member, torch.dtype) is wanted
    assert dtype.unknown.to(torch.dtype, use_default=True) is torch.float32
    assert dtype.try_from("text") is None and dtype.f32.try_to(int) is None


def test_platforms() -> None:
    assert [str(p) for p in Platform] == ["linux_x86_64", "linux_aarch64", "win_x86_64", "win_arm64", "unknown"]
    assert Platform.WIN_X86_64.value == "windows_x86_64"


def test_operators_of_pytorch() -> None:
    ops = torch.ops.tensorrt
    assert ops.get_current_platform() == Platform.current_platform().value
    assert (ops._platform_unknown(), ops._platform_win_x86_64()) == ("unknown", "windows_x86_64")
    for operator, change in (
        (ops.get_cudagraphs_mode, torch_tensorrt.runtime.set_cudagraphs_mode),
        (ops.get_multi_device_safe_mode, torch_tensorrt.runtime.set_multi_device_safe_mode),
    ):
        assert not operator()
        change(True)
        assert operator()
        change(False)
        assert not operator()


def test_the_package_is_loaded_again() -> None:
    """As notebooks do."""
    again = importlib.reload(torch_tensorrt)
    assert again is torch_tensorrt and torch.ops.tensorrt.get_current_platform()
    assert_same(torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1)(X), MODEL(X))


def test_platform_predicates() -> None:
    from torch_tensorrt import _lib, _utils

    (found,) = [e.get("library_version", "") for e in _lib.doctor()["engines"] if e["name"] == "tensorrt"]
    is_rtx = found.startswith("TensorRT-RTX")
    assert _utils.is_tensorrt_rtx_version_supported("1.0") == is_rtx
    assert not _utils.is_tensorrt_rtx_version_supported("99.0")
    assert _utils.is_tensorrt_version_supported("1.0") == (bool(found) and not is_rtx)
    assert not _utils.check_cross_compile_trt_win_lib()


@pytest.mark.parametrize(
    ("release", "capability", "is_tegra", "is_orin"),
    [
        ("5.15.148-tegra", (8, 7), True, True),
        ("5.15.148-tegra", (7, 2), True, False),
        ("5.15.148-tegra", None, True, False),
        ("6.8.0-generic", (8, 7), False, False),
    ],
)
def test_jetsons(release: str, capability: Any, is_tegra: bool, is_orin: bool, monkeypatch: Any) -> None:
    from torch_tensorrt import _utils

    monkeypatch.setattr("platform.release", lambda: release)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: capability is not None)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    assert (_utils.is_tegra_platform(), _utils.is_orin()) == (is_tegra, is_orin)


# ---- defaults, settings ----


def test_every_setting_has_its_default_constant() -> None:
    from test_settings import ORIGINAL

    settings = CompilationSettings()
    for name in set(ORIGINAL.split()) - {"device", "torch_executed_ops"}:
        wanted, value = getattr(_defaults, name.upper()), getattr(settings, name)
        assert set(value) == set(wanted) if isinstance(value, set) else value == wanted, name
    assert pathlib.Path(_defaults.TIMING_CACHE_PATH).parts[-2:] == ("torch_tensorrt_engine_cache", "timing_cache.bin")
    assert _defaults.RUNTIME_CACHE_PATH.startswith(tempfile.gettempdir())
    assert _defaults.DEBUG_LOGGING_DIR.endswith("debug_logs") and _defaults.ENGINE_CACHE_SIZE == 5368709120
    device = Device(gpu_id=torch.cuda.current_device()) if torch.cuda.is_available() else Device("cpu")
    assert _defaults.default_device() == device


@pytest.mark.parametrize("error", [ImportError, KeyError, OSError])
def test_a_user_without_a_name(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr("getpass.getuser", nobody)
    assert _defaults._user()


def test_settings_that_decide_on_engines() -> None:
    from torch_tensorrt.dynamo._settings import settings_are_compatible

    one = CompilationSettings(min_block_size=3, torch_executed_ops={"aten.add"})
    assert settings_are_compatible(one, CompilationSettings()) == (True, set())
    other = CompilationSettings(optimization_level=4, decompose_attention=True)
    assert settings_are_compatible(one, other) == (False, {"optimization_level", "decompose_attention"})


def test_settings_are_pickled_with_operators_as_texts() -> None:
    settings = CompilationSettings(
        torch_executed_ops={torch.ops.aten.add.Tensor}, autocast_excluded_ops={torch.ops.aten.mul}
    )
    copy = pickle.loads(pickle.dumps(settings))
    assert copy.torch_executed_ops == {"torch.ops.aten.add.Tensor"}
    assert copy.autocast_excluded_ops == {"torch.ops.aten.mul"}


# ---- dynamo.utils ----


def test_prepared_inputs() -> None:
    value = {"a": X, "b": [1, 2.5, True, None], "c": (torch.ones(2, dtype=torch.complex64), Input((2,)))}
    got = utils.prepare_inputs(value)
    assert (got["a"].torch_tensor is X, got["a"].dtype) == (True, dtype.f32)
    assert [i and i.dtype for i in got["b"]] == [dtype.i64, dtype.f32, dtype.b, None]
    assert got["c"][0].shape == (2, 2) and got["c"][0].torch_tensor is value["c"][0]
    assert isinstance(got["c"], tuple) and got["c"][1] is value["c"][1]
    with pytest.raises(ValueError, match="type str"):
        utils.prepare_inputs(["text"])
    with pytest.raises(ValueError, match="channels_last"):
        utils.prepare_inputs([X.t()])


def test_examples_of_inputs() -> None:
    span = dict(min_shape=(2, 3), opt_shape=(4, 5), max_shape=(6, 7))
    assert utils.get_torch_tensor(Input(**span), "cpu", "max_shape").shape == (6, 7)
    assert utils.get_torch_tensor(Input((2,), dtype=torch.int32), "cpu").dtype is torch.int32
    shape = Input(**span, is_shape_tensor=True, dtype=torch.int64)
    assert utils.get_torch_tensor(shape, "cpu", "min_shape") == [2, 3] and utils.get_torch_tensor(shape) == [4, 5]
    one = Input(min_shape=(2,), opt_shape=(4,), max_shape=(6,), is_shape_tensor=True, dtype=torch.int64)
    assert utils.get_torch_tensor(one, "cpu", "max_shape") == 6 and utils.get_torch_inputs([one])[0] == 4


def test_ranges_of_sizes() -> None:
    dim = torch.export.Dim("n", min=3, max=9)
    shapes = {"x": {0: dim, 1: torch.export.Dim.DYNAMIC}}
    program = torch.export.export(torch.nn.ReLU(), (torch.ones(5, 4),), dynamic_shapes=({**shapes["x"]},))
    (node,) = program.graph.find_nodes(op="placeholder")
    n, free = node.meta["val"].shape
    assert utils.extract_var_range_info(n) == {"min": 3, "max": 9, "opt": 5}
    assert utils.extract_var_range_info(n + 1) == {"min": 4, "max": 10, "opt": 6}
    assert utils.extract_var_range_info(n, {n.node.expr: (6, 8)}) == {"min": 6, "max": 8, "opt": 7}
    assert utils.extract_var_range_info(free) == {"min": 1, "max": None, "opt": 4}


def test_a_least_size_of_two_is_told() -> None:
    shapes = {0: torch.export.Dim("n", min=2, max=9), 1: torch.export.Dim.DYNAMIC}
    program = torch.export.export(torch.nn.ReLU(), (torch.ones(5, 4),), dynamic_shapes=(shapes,))
    (node,) = program.graph.find_nodes(op="placeholder")
    n, free = node.meta["val"].shape
    assert utils.extract_var_range_info(n) == {"min": 2, "max": 9, "opt": 5}
    assert utils.extract_var_range_info(free, {free.node.expr: (2, 5)}) == {"min": 2, "max": 5, "opt": 4}
    (spec,) = construct_submodule_inputs(program.module(check_guards=False))
    assert spec.shape["min_shape"] == (2, 1)


def test_devices_of_models() -> None:
    with_buffer = torch.nn.BatchNorm1d(3, affine=False)
    assert utils.get_model_device(MODEL) == utils.get_model_device(with_buffer) == torch.device("cpu")
    assert utils.get_model_device(torch.nn.ReLU()) == _defaults.default_device().to(torch.device)
    assert utils.to_torch_tensorrt_device("cpu") == Device("cpu") and utils.to_torch_device("cuda:1").index == 1


def test_outputs_are_compared() -> None:
    assert (utils.RTOL, utils.ATOL, utils.COSINE_THRESHOLD) == (5e-3, 5e-3, 0.99)
    near = X * 1.001
    assert utils.check_output_equal([X, {"a": X}], [near, {"a": near}])
    assert not utils.check_output_equal([X, X], [X, X + 1])
    assert not utils.check_output_equal([X], (X,)) and not utils.check_output_equal(X, X[:1])
    assert utils.check_output_equal(X, X + 1, atol=2.0)
    assert utils.cosine_similarity(X, near) > 0.99 and utils.cosine_similarity(torch.zeros(2), torch.zeros(2)) == 1.0


def test_a_pytorch_that_is_too_old() -> None:
    assert utils.req_torch_version("2.1")(lambda: 3)() == 3
    with pytest.raises(AssertionError, match="99"):
        utils.req_torch_version("99.0")(lambda: 3)()


def test_bounds_of_symbols() -> None:
    from torch_tensorrt.dynamo._compiler import _build_user_symbol_bounds

    class Two(torch.nn.Module):
        def forward(self, a, *, b):
            return a.relu(), b.relu()

    dim = torch.export.Dim("n", min=1, max=32)
    program = torch.export.export(
        Two(), (torch.ones(4, 4),), {"b": torch.ones(4, 8)}, dynamic_shapes={"a": {0: dim}, "b": {0: dim, 1: 2 * dim}}
    )
    gm = program.module(check_guards=False)
    a = Input(min_shape=(2, 4), opt_shape=(4, 4), max_shape=(16, 4))
    b = Input(min_shape=(3, 6), opt_shape=(4, 8), max_shape=(8, 16))
    bounds = _build_user_symbol_bounds(gm, [a], {"b": b}, program.graph_signature)
    assert list(bounds.values()) == [(2, 16)]
    with pytest.raises(ValueError, match="static"):
        _build_user_symbol_bounds(gm, [Input(min_shape=(2, 3), opt_shape=(4, 4), max_shape=(16, 5))], {})
    with pytest.raises(ValueError, match=r"static \(4\).*says 7"):
        _build_user_symbol_bounds(gm, [Input(min_shape=(2, 7), opt_shape=(4, 7), max_shape=(16, 7))], {})
    with pytest.raises(ValueError, match="rank"):
        _build_user_symbol_bounds(gm, [Input(min_shape=(2,), opt_shape=(4,), max_shape=(16,))], {})
