"""Types, argument forms, error types and log lines of the public API."""

import copy
import logging
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
from collections import namedtuple

import numpy as np
import pytest
import torch

import torch_tensorrt
from conftest import assert_same
from torch_tensorrt import Device, DeviceType, EngineCapability, Input, Platform, _lib, dtype, memory_format
from torch_tensorrt.dynamo import _settings

MODEL = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.GELU(), torch.nn.Linear(8, 2)).eval()
X = torch.randn(3, 4)
DYNAMIC = dict(min_shape=(1, 4), opt_shape=(3, 4), max_shape=(16, 4))

# ---- compile ----


@pytest.mark.parametrize("inputs", [X, [X], (X,), Input((3, 4)), [Input(shape=(3, 4))], [Input(**DYNAMIC)]], ids=str)
@pytest.mark.parametrize("ir", ["default", "dynamo"])
def test_forms_of_inputs(ir: str, inputs: object) -> None:
    compiled = torch_tensorrt.compile(MODEL, ir=ir, inputs=inputs, min_block_size=1)
    assert [name for name, _ in compiled.named_children()] == ["_run_on_acc_0"]
    assert_same(compiled(X), MODEL(X))


def test_exported_program_and_graph_module() -> None:
    program = torch.export.export(MODEL, (X,))
    for module in (program, program.module()):
        assert_same(torch_tensorrt.compile(module, inputs=[X], min_block_size=1)(X), MODEL(X))


def test_keywords() -> None:
    class Module(torch.nn.Module):
        def forward(self, x, *, mask=None):
            return (x * 2 + 1) * mask

    mask = torch.tensor([0.0, 1.0, 2.0, 3.0])
    compiled = torch_tensorrt.compile(Module(), arg_inputs=[X], kwarg_inputs={"mask": mask}, min_block_size=1)
    assert_same(compiled(X, mask=mask), Module()(X, mask=mask))
    assert_same(compiled(X, mask), Module()(X, mask=mask))


def test_numbers_as_inputs() -> None:
    class Module(torch.nn.Module):
        def forward(self, x, n):
            return x[:n] * n

    spec = Input(min_shape=(1,), opt_shape=(2,), max_shape=(3,), dtype=torch.int64, is_shape_tensor=True, name="n")
    compiled = torch_tensorrt.compile(Module(), arg_inputs=[X, spec], min_block_size=1)
    for n in (2, 3):
        assert_same(compiled(X, n), Module()(X, n))


@pytest.mark.parametrize(
    ("args", "kwargs", "error"),
    [
        ((MODEL,), {}, AssertionError),
        ((MODEL,), dict(inputs=[X], arg_inputs=[X]), AssertionError),
        ((object(),), dict(inputs=[X]), RuntimeError),
        ((MODEL, "nonsense"), dict(inputs=[X]), ValueError),
        ((MODEL, "ts"), dict(inputs=[X]), ValueError),
        ((torch.export.export(MODEL, (X,)), "torch_compile"), dict(inputs=[X]), ValueError),
        ((torch.export.export(MODEL, (X,)), "ts"), dict(inputs=[X]), ValueError),
        ((torch.jit.trace(MODEL, X), "torch_compile"), dict(inputs=[X]), ValueError),
        ((torch.jit.trace(MODEL, X),), dict(inputs=[X]), ValueError),
        ((torch.jit.trace(MODEL, X), "dynamo"), dict(inputs=[X]), ValueError),
        ((MODEL,), dict(inputs=[X], truncate_double=True, truncate_long_and_double=True), ValueError),
        ((MODEL,), dict(inputs=[X], refit_identical_engine_weights=True), ValueError),
        ((MODEL,), dict(inputs=[X], refit=True, immutable_weights=True), ValueError),
        ((MODEL,), dict(inputs=[X], enable_cross_compile_for_windows=True), ValueError),
        ((MODEL,), dict(inputs=[X], autocast_low_precision_type=torch.float64), ValueError),
        ((MODEL,), dict(inputs=[X], disabled_constant_fold_exclusions="rule"), TypeError),
        ((MODEL,), dict(inputs=[X], torch_executed_ops="aten.relu"), TypeError),
        ((MODEL,), dict(inputs=[X], disabled_constant_fold_exclusions={"rule"}), ValueError),
        ((MODEL,), dict(inputs=[X], fallback_data_dependent_ops=True, require_full_compilation=True), ValueError),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_errors(args: tuple, kwargs: dict, error: type) -> None:
    with pytest.raises(error):
        torch_tensorrt.compile(*args, **kwargs)


def test_fx_is_deprecated() -> None:
    with pytest.warns(DeprecationWarning), pytest.raises(ValueError, match="FX frontend"):
        torch_tensorrt.compile(MODEL, ir="fx", inputs=[X])


@pytest.mark.parametrize(
    "option", [{"debug": True}, {"truncate_long_and_double": True}, {"use_python_runtime": True}, {"refit": True}]
)
def test_old_names(option: dict) -> None:
    with pytest.warns(DeprecationWarning):
        torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1, **option)


def test_unknown_keyword_is_named_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_settings, "_said", set())
    for _ in range(2):
        torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1, enable_precisions={torch.float16})
    lines = [r.message for r in caplog.records if "enable_precisions" in r.message]
    assert len(lines) == 1 and "enabled_precisions" in lines[0]


def test_setting_without_effect_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1, max_aux_streams=3)
    assert len([r for r in caplog.records if "max_aux_streams" in r.message]) == 1


def test_unknown_operator_is_named(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_settings, "_said", set())
    ops = {"aten.no_such_operator", "aten.relu.default", "torch.ops.aten.add", torch.ops.aten.mul.Tensor}
    torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1, torch_executed_ops=ops)
    assert [r.message for r in caplog.records if "torch_executed_ops" in r.message] == [
        'torch_executed_ops: PyTorch has no operator "aten.no_such_operator"'
    ]


@pytest.mark.parametrize("precisions", [torch.half, {torch.half}, [dtype.f16], {torch.float32, torch.half}], ids=str)
def test_enabled_precisions(precisions: object) -> None:
    wide = torch.randn(3, 4) * 1000 + 0.1234
    compiled = torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1, enabled_precisions=precisions)
    assert_same(compiled(wide), MODEL(wide), 1e-2)
    assert not torch.allclose(compiled(wide), MODEL(wide), rtol=1e-6)


def test_input_against_program() -> None:
    dim = torch.export.Dim("batch", min=2, max=8)
    program = torch.export.export(MODEL, (X,), dynamic_shapes=({0: dim},))
    static = torch.export.export(MODEL, (X,))

    def compile_with(program, low, high):
        spec = Input(min_shape=low, opt_shape=low, max_shape=high)
        return torch_tensorrt.dynamo.compile(program, arg_inputs=[spec], min_block_size=1)

    compiled = compile_with(program, (2, 4), (5, 4))
    assert_same(compiled(torch.ones(5, 4)), MODEL(torch.ones(5, 4)))
    with pytest.raises(RuntimeError):
        compiled(torch.ones(6, 4))
    with pytest.raises(ValueError, match="at most 8"):
        compile_with(program, (2, 4), (9, 4))
    with pytest.raises(ValueError, match="static"):
        compile_with(static, (2, 4), (5, 4))
    with pytest.raises(ValueError, match=r"static \(4\).*says 7"):
        compile_with(program, (2, 7), (5, 7))
    with pytest.raises(ValueError, match="rank"):
        compile_with(program, (2, 4, 1), (5, 4, 1))


def test_inputs_are_bound_by_name() -> None:
    """Whatever the order of the caller's keywords and keys."""

    class Module(torch.nn.Module):
        def forward(self, pair, *, a, b):
            return pair["x"] + 1, pair["y"] * 2, a.relu(), b.neg()

    highest = {"x": 5, "y": 7, "a": 16, "b": 3}
    dims = {k: {0: torch.export.Dim(k, min=1, max=n)} for k, n in highest.items()}
    shapes = {"pair": {"x": dims["x"], "y": dims["y"]}, "a": dims["a"], "b": dims["b"]}
    x, y, a, b = (torch.ones(2, 4) for _ in highest)
    program = torch.export.export(Module(), ({"x": x, "y": y},), {"a": a, "b": b}, dynamic_shapes=shapes)
    given = {k: Input(min_shape=(1, 4), opt_shape=(2, 4), max_shape=(n, 4)) for k, n in highest.items()}
    inputs = dict(arg_inputs=[{k: given[k] for k in "yx"}], kwarg_inputs={k: given[k] for k in "ba"})
    x, y, a, b = (torch.randn(n, 4) for n in highest.values())
    compiled = torch_tensorrt.dynamo.compile(program, **inputs, min_block_size=1)
    assert_same(compiled({"x": x, "y": y}, a=a, b=b), (x + 1, y * 2, a.relu(), b.neg()))
    engine = torch_tensorrt.dynamo.convert_exported_program_to_serialized_trt_engine(program, **inputs, engine="cpu")
    whole = torch_tensorrt.runtime.TorchTensorRTModule(engine)
    assert_same(whole(x, y, a, b), (x + 1, y * 2, a.relu(), b.neg()))


def test_wrong_call_of_a_compiled_module() -> None:
    compiled = torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1)
    with pytest.raises(RuntimeError):
        compiled(torch.randn(3, 5))
    with pytest.raises(RuntimeError):
        compiled(X.double())
    with pytest.raises(TypeError, match="'input_1' is a ndarray"):
        compiled(X.numpy())
    assert_same(compiled(X), MODEL(X))


def test_verify(caplog: pytest.LogCaptureFixture) -> None:
    torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1, verify=True)
    assert "cosine" in caplog.text


def test_verify_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Counts(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("calls", torch.zeros(4))

        def forward(self, x):
            self.calls.add_(1)
            return torch.nn.functional.dropout(x * self.calls, 0.5, True)

    program = torch.export.export(Counts(), (X,))
    compiled = torch_tensorrt.dynamo.compile(program, arg_inputs=[X + 1], min_block_size=1, verify=True)
    (line,) = (r.message for r in caplog.records if r.message.startswith("verify"))
    assert "largest difference 0 " in line
    assert not compiled.calls.any()


def test_interrupt() -> None:
    """Ctrl-C while an engine is built ends the build."""

    class Large(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.ModuleList(torch.nn.Linear(1024, 1024) for _ in range(40))

        def forward(self, x):
            for layer in self.layers:
                x = layer(x).relu()
            return x

    program = torch.export.export(Large(), (torch.randn(1, 1024),))
    reached = threading.Event()

    def interrupt() -> None:
        reached.wait()
        os.kill(os.getpid(), signal.SIGINT)

    original = _lib._interruptible

    def tell(call, options):
        reached.set()
        return original(call, options)

    thread = threading.Thread(target=interrupt)
    thread.start()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell ignores it
    try:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(_lib, "_interruptible", tell)
            torch_tensorrt.dynamo.compile(program, arg_inputs=[torch.randn(1, 1024)])
    finally:
        signal.signal(signal.SIGINT, before)
    thread.join()
    assert_same(torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1)(X), MODEL(X))


def test_programs_compile_in_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    program = torch.export.export(MODEL, (X,))
    with ThreadPoolExecutor(3) as pool:
        for compiled in pool.map(lambda _: torch_tensorrt.compile(program, inputs=[X], min_block_size=1), range(6)):
            assert_same(compiled(X), MODEL(X))


def test_copies() -> None:
    compiled = torch_tensorrt.compile(MODEL, inputs=[Input(**DYNAMIC)], min_block_size=1)
    for other in (copy.deepcopy(compiled), pickle.loads(pickle.dumps(compiled)), compiled.eval().to("cpu")):
        assert_same(other(X), MODEL(X))


def test_after_fork() -> None:
    compiled = torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1)
    wanted = compiled(X)
    child = os.fork()
    if child == 0:
        os._exit(0 if torch.equal(compiled(X), wanted) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert_same(compiled(X), wanted)


def test_lowering_pass(gelu_pass: None) -> None:
    compiled = torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1)
    assert_same(compiled(X), MODEL[2](MODEL[0](X).relu()))


def test_no_grad_regions_and_dropout() -> None:
    class Module(torch.nn.Module):
        def forward(self, x):
            with torch.no_grad():
                y = x.sin() + 1
            return torch.nn.functional.dropout(y, 0.5, self.training) * 2

    with torch.enable_grad():
        program = torch.export.export(Module().eval(), (X,))
    compiled = torch_tensorrt.dynamo.compile(program, arg_inputs=[X], min_block_size=1)
    assert [name for name, _ in compiled.named_children()] == ["_run_on_acc_0"]
    assert_same(compiled(X), Module().eval()(X))


def test_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    compiled = torch_tensorrt.compile(MODEL, inputs=[Input(**DYNAMIC)], min_block_size=1)
    inputs = [torch.randn(1 + i % 16, 4) for i in range(64)]
    with torch.no_grad(), ThreadPoolExecutor(4) as pool:
        for got, x in zip(pool.map(compiled, inputs), inputs, strict=True):
            assert_same(got, MODEL(x))


# ---- trace and engines alone ----


def test_trace() -> None:
    class Module(torch.nn.Module):
        def forward(self, x, *, mask=None):
            y = torch.nn.functional.layer_norm(torch.nn.functional.linear(x, torch.ones(5, 4)), (5,))
            return torch.special.entr(y.abs()) * mask + torch.addr(torch.zeros(5, 5), y[0], y[1]).sum()

    program = torch_tensorrt.dynamo.trace(Module(), arg_inputs=[Input(**DYNAMIC)], kwarg_inputs={"mask": torch.ones(5)})
    targets = {str(n.target) for n in program.graph.nodes}
    assert "aten.layer_norm.default" in targets
    (x, _) = [n.meta["val"] for n in program.graph.nodes if n.op == "placeholder" and "tensor" not in n.name][-2:]
    assert isinstance(x.shape[0], torch.SymInt)
    (r,) = program.range_constraints.values()
    assert (int(r.lower), int(r.upper)) == (1, 16)


def test_shared_dims() -> None:
    class Module(torch.nn.Module):
        def forward(self, a, b):
            return a + b

    one = Input(**DYNAMIC, shared_dims={0: "batch"})
    program = torch_tensorrt.dynamo.trace(Module(), arg_inputs=[one, Input(**DYNAMIC, shared_dims={0: "batch"})])
    assert len(program.range_constraints) == 1
    other = Input(min_shape=(1, 4), opt_shape=(2, 4), max_shape=(8, 4), shared_dims={0: "batch"})
    with pytest.raises(ValueError, match="batch"):
        torch_tensorrt.dynamo.trace(Module(), arg_inputs=[one, other])
    Named = namedtuple("Named", ["n", "c"])
    named = Input(min_shape=Named(1, 4), opt_shape=Named(3, 4), max_shape=Named(16, 4))
    assert named.shared_dims == {0: "n"}


def test_engine_alone() -> None:
    engine = torch_tensorrt.convert_method_to_trt_engine(MODEL, inputs=[X], engine="cpu")
    assert isinstance(engine, bytes)
    assert_same(torch_tensorrt.runtime.TorchTensorRTModule(engine)(X), MODEL(X))
    with pytest.raises(AssertionError):
        torch_tensorrt.convert_method_to_trt_engine(MODEL)
    with pytest.raises(RuntimeError, match="torch_compile"):
        torch_tensorrt.convert_method_to_trt_engine(MODEL, inputs=[X], ir="torch_compile")

    class Unsupported(torch.nn.Module):
        def forward(self, x):
            return torch.linalg.qr(x)[0]

    with pytest.raises(torch_tensorrt.dynamo.UnsupportedOperatorException, match="linalg_qr"):
        torch_tensorrt.convert_method_to_trt_engine(Unsupported(), inputs=[X])


# ---- Input ----


@pytest.mark.parametrize(
    ("args", "kwargs", "error"),
    [
        ((), {}, ValueError),
        (((1, 2), (3, 4)), {}, ValueError),
        (((1, 2),), DYNAMIC, ValueError),
        ((), dict(min_shape=(1,), opt_shape=(1,)), ValueError),
        ((), dict(shape=(1,), **DYNAMIC), ValueError),
        ((), dict(shape=3.5), TypeError),
        ((), dict(shape=(1,), shared_dims={0: "a"}), ValueError),
        ((), dict(**DYNAMIC, shared_dims=["a"]), TypeError),
        ((), dict(**DYNAMIC, shared_dims={5: "a"}), ValueError),
        ((), dict(**DYNAMIC, shared_dims={0: ""}), ValueError),
        ((), dict(**DYNAMIC, shared_dims={1: "a"}), ValueError),
        ((), dict(profiles=[]), ValueError),
        ((), dict(profiles=[{"min_shape": (1,)}]), ValueError),
        ((), dict(profiles=[dict(min_shape=(2,), opt_shape=(1,), max_shape=(3,))]), ValueError),
        ((), dict(profiles=[DYNAMIC], shape=(1,)), ValueError),
        ((), dict(shape=(1,), tensor_domain=(1, 1)), ValueError),
        ((), dict(shape=(1,), tensor_domain=(1, 2, 3)), ValueError),
        ((), dict(shape=(1,), dtype=torch.complex64), TypeError),
    ],
)
def test_input_errors(args: tuple, kwargs: dict, error: type) -> None:
    with pytest.raises(error):
        Input(*args, **kwargs)


def test_input() -> None:
    static, dynamic = Input((2, 3), dtype=torch.half), Input(**DYNAMIC)
    assert static.shape == (2, 3) and static.dtype == torch.float16 and static.torch_tensor.dtype == torch.float16
    assert dynamic.shape["max_shape"] == (16, 4) and dynamic.torch_tensor.shape == (3, 4)
    assert dynamic.example_tensor("max_shape").shape == (16, 4)
    assert str(static).startswith("Input(shape=(2, 3), dtype=")
    for call in (
        lambda: static.example_tensor("opt_shape"),
        dynamic.example_tensor,
        lambda: dynamic.example_tensor("best"),
    ):
        with pytest.raises(ValueError):
            call()
    old = Input(shape=(-1, 4), shape_ranges=[((1, 4), (3, 4), (16, 4))])
    assert Input.equivalent_spec(old, dynamic)
    profiles = Input(profiles=[DYNAMIC, dict(min_shape=(2, 4), opt_shape=(20, 4), max_shape=(32, 4))])
    assert profiles.shape == dict(min_shape=(1, 4), opt_shape=(3, 4), max_shape=(32, 4))
    nhwc = torch.randn(1, 3, 4, 5).to(memory_format=torch.channels_last)
    assert Input.from_tensor(nhwc).format == memory_format.channels_last
    with pytest.raises(ValueError):
        Input.from_tensor(torch.randn(3, 4).t())
    with pytest.warns(UserWarning):
        Input(min_shape=(0,), opt_shape=(1,), max_shape=(2,))


# ---- Device, enums ----


def test_device() -> None:
    assert Device("cuda:1").gpu_id == 1 and Device("GPU:0").device_type is DeviceType.GPU
    assert Device(gpu_id=2).to(torch.device) == torch.device("cuda:2")
    assert Device("cpu").to(torch.device) == torch.device("cpu")
    assert Device._from(torch.device("cpu")) == Device("cpu")
    with pytest.warns(UserWarning):
        assert Device(dla_core=1, gpu_id=3).gpu_id == 0
    for args, kwargs, error in [
        ((1,), {}, TypeError),
        (("cuda:0",), {"allow_gpu_fallback": 1}, TypeError),
        (("tpu:0",), {}, ValueError),
        ((), {}, ValueError),
        (("cuda:0", "cuda:1"), {}, ValueError),
        (("cuda",), {}, IndexError),
    ]:
        with pytest.raises(error):
            Device(*args, **kwargs)
    with pytest.raises(TypeError):
        Device("cpu").to(str)


@pytest.mark.parametrize("device", ["cpu", torch.device("cpu"), Device("cpu"), None])
def test_device_of_compile(device: object) -> None:
    assert_same(torch_tensorrt.compile(MODEL, inputs=[X], device=device, min_block_size=1)(X), MODEL(X))


def test_enums() -> None:
    assert dtype.f32 == torch.float32 == dtype.float and dtype.half == np.float16 and dtype.i64 != torch.int32
    assert dtype._from(torch.bfloat16) is dtype.bf16 and dtype.b.to(torch.dtype) is torch.bool
    assert dtype.try_from(torch.complex64) is None
    with pytest.raises(TypeError):
        dtype._from(torch.complex64)
    with pytest.warns(UserWarning):
        assert dtype._from(torch.complex64, use_default=True) is dtype.f32
    assert {dtype.f32: 1}[dtype.float32] == 1
    assert (
        memory_format.contiguous == torch.contiguous_format
        and memory_format.channels_last.to(torch.memory_format) is torch.channels_last
    )
    assert EngineCapability._from("standard") is EngineCapability.STANDARD
    with pytest.raises(ValueError):
        EngineCapability._from("other")
    assert str(Platform.current_platform()) in ("linux_x86_64", "linux_aarch64", "unknown")
    assert torch_tensorrt.ENABLED_FEATURES.dynamo_frontend


def test_settings_defaults() -> None:
    settings = torch_tensorrt.dynamo.CompilationSettings()
    assert (settings.min_block_size, settings.optimization_level, settings.immutable_weights) == (5, None, True)
    assert settings.dla_local_dram_size == 1073741824 and settings.engine_capability is EngineCapability.STANDARD


# ---- logging, import ----


def test_logging() -> None:
    logger = logging.getLogger("torch_tensorrt")
    before = logger.level
    with torch_tensorrt.logging.debug():
        assert logger.level == logging.DEBUG
        with torch_tensorrt.logging.errors():
            assert logger.level == logging.ERROR
    assert logger.level == before
    with pytest.raises(ValueError):
        torch_tensorrt.logging.set_level(17)


def test_lines_of_the_library_reach_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "torch_tensorrt"), torch_tensorrt.logging.debug():
        torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1)
    assert any(r.name == "torch_tensorrt" for r in caplog.records)


def test_refuses_beside_another_distribution(tmp_path) -> None:
    folder = tmp_path / "torch_tensorrt-2.14.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: torch-tensorrt\nVersion: 2.14.0\n")
    code = textwrap.dedent(
        f"""
        import sys
        sys.path.append({str(tmp_path)!r})
        import torch_tensorrt
        """
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and "pip uninstall" in done.stderr
