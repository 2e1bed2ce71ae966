"""Modules that run engines, and what programs for Torch-TensorRT set on them."""

from __future__ import annotations

import copy
import io
import pathlib
from typing import Any

import pytest
import torch

import torch_tensorrt
from conftest import assert_same
from torch_tensorrt import Input, runtime
from torch_tensorrt.dynamo.runtime import ResourceAllocationStrategy
from torch_tensorrt.runtime import RuntimeSettings, TorchTensorRTModule

X = torch.randn(3, 4)
MODEL = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.GELU(), torch.nn.Linear(8, 2)).eval()


def compiled(**options: Any) -> torch.fx.GraphModule:
    return torch_tensorrt.compile(MODEL, **{"inputs": [X], "min_block_size": 1, **options})


@pytest.mark.parametrize(
    "manager",
    [
        runtime.enable_cudagraphs,
        runtime.enable_output_allocator,
        runtime.enable_pre_allocated_outputs,
        lambda module: runtime.optimization_profile(module, "auto"),
        lambda module: runtime.runtime_config(module, cuda_graph_strategy="disabled"),
    ],
)
def test_context_managers_that_give_the_module(manager: Any) -> None:
    module = compiled()
    with manager(module) as inside:
        assert inside is module
        assert_same(inside(X), MODEL(X))
    assert_same(module(X), MODEL(X))


def test_resource_allocation_and_device_modes() -> None:
    module = compiled()
    with ResourceAllocationStrategy(module, dynamically_allocate_resources=True):
        assert_same(module(X), MODEL(X))
    with runtime.set_multi_device_safe_mode(True):
        assert runtime.get_multi_device_safe_mode()
        assert_same(module(X), MODEL(X))
    assert not runtime.get_multi_device_safe_mode()


def test_cuda_graphs_are_a_mode_of_the_process() -> None:
    assert not runtime.get_cudagraphs_mode() and not runtime.get_whole_cudagraphs_mode()
    with runtime.enable_cudagraphs(compiled()):
        assert runtime.get_cudagraphs_mode()
        with runtime.enable_cudagraphs(compiled(), cuda_graph_strategy="disabled"):
            assert not runtime.get_cudagraphs_mode()
        assert runtime.get_cudagraphs_mode()
    assert not runtime.get_cudagraphs_mode()
    with pytest.raises(ValueError, match="no strategy"), runtime.enable_cudagraphs(compiled(), cuda_graph_strategy="x"):
        pass


# Managers that turn a mode of the process on, and what reads it.
MODES = [
    (lambda: runtime.enable_cudagraphs(None), runtime.get_cudagraphs_mode),
    (lambda: runtime.runtime_config(None, cuda_graph_strategy="whole_graph_capture"), runtime.get_cudagraphs_mode),
    (lambda: runtime.set_multi_device_safe_mode(True), runtime.get_multi_device_safe_mode),
]


@pytest.mark.parametrize("manager, mode", MODES)
def test_modes_that_overlap(manager: Any, mode: Any) -> None:
    first = manager()
    first.__enter__()
    second = manager()
    second.__enter__()
    first.__exit__(None, None, None)
    assert mode(), "the second is open"
    second.__exit__(None, None, None)
    assert not mode(), "as it was before the first"


def test_overlapping_changes_of_different_fields() -> None:
    graphs = runtime.runtime_config(None, cuda_graph_strategy="whole_graph_capture")
    kernels = runtime.runtime_config(None, dynamic_shapes_kernel_specialization_strategy="eager")
    graphs.__enter__()
    kernels.__enter__()
    graphs.__exit__(None, None, None)
    assert runtime.current_settings() == RuntimeSettings("eager", "disabled")
    kernels.__exit__(None, None, None)
    assert runtime.current_settings() == RuntimeSettings()


def test_modes_set_for_good_and_inside() -> None:
    with runtime.enable_cudagraphs(None):
        runtime.set_cudagraphs_mode(False)
        assert not runtime.get_cudagraphs_mode()
    assert not runtime.get_cudagraphs_mode()
    runtime.set_multi_device_safe_mode(True)
    with runtime.set_multi_device_safe_mode(False):
        assert not runtime.get_multi_device_safe_mode()
    assert runtime.get_multi_device_safe_mode()
    runtime.set_multi_device_safe_mode(False)
    assert not runtime.get_multi_device_safe_mode()


def test_weight_streaming_has_nothing_to_stream() -> None:
    with runtime.weight_streaming(compiled()) as streaming:
        assert (streaming.total_device_budget, streaming.device_budget) == (0, 0)
        assert streaming.get_automatic_weight_streaming_budget() == 0
        streaming.device_budget = 0
        with pytest.raises(RuntimeError, match="no engine of this module streams weights"):
            streaming.device_budget = 1 << 20
    engine = compiled()._run_on_acc_0
    assert engine.get_device_memory_budget() == engine.get_streamable_device_memory_budget() == 0
    assert engine.set_device_memory_budget(0) == 0
    with pytest.raises(RuntimeError, match="streams no weights"):
        engine.set_device_memory_budget(1 << 20)


def test_runtime_settings() -> None:
    module = compiled()
    with runtime.runtime_config([module], dynamic_shapes_kernel_specialization_strategy="eager"):
        settings = module._run_on_acc_0.runtime_settings
        assert settings.dynamic_shapes_kernel_specialization_strategy == "eager"
    assert module._run_on_acc_0.runtime_settings == RuntimeSettings()
    runtime.set_dynamic_shapes_kernel_strategy(module, "none")
    assert module._run_on_acc_0.runtime_settings == RuntimeSettings("none")
    runtime.set_dynamic_shapes_kernel_strategy(module, "lazy")
    with pytest.raises(ValueError, match="sometimes"):
        runtime.set_dynamic_shapes_kernel_strategy(module, "sometimes")
    with pytest.raises(TypeError), runtime.runtime_config(module, no_such_field=1):
        pass
    with pytest.raises(TypeError):
        RuntimeSettings().merge(no_such_field=1)
    for wrong in ({"cuda_graph_strategy": "always"}, {"runtime_cache": "file"}):
        with pytest.raises(ValueError):
            RuntimeSettings(**wrong)


PROFILES = [
    dict(min_shape=(1, 4), opt_shape=(2, 4), max_shape=(4, 4)),
    dict(min_shape=(5, 4), opt_shape=(6, 4), max_shape=(8, 4)),
]


def test_optimization_profiles() -> None:
    module = compiled(inputs=[Input(profiles=PROFILES)])
    engine = module._run_on_acc_0
    assert engine.num_optimization_profiles == 2 and compiled()._run_on_acc_0.num_optimization_profiles == 1
    for profile in (None, "auto", 0, 1):
        with runtime.optimization_profile(module, profile):
            assert engine.get_optimization_profile_state() == profile
            for n in (1, 8):
                x = torch.randn(n, 4)
                assert_same(module(x), MODEL(x))
        assert engine.get_optimization_profile_state() is None
    loaded = TorchTensorRTModule()
    loaded.load_state_dict(engine.state_dict())
    with runtime.optimization_profile(loaded, 1):
        assert_same(loaded(X), MODEL(X))
    for profile, error in ((True, TypeError), ("best", TypeError), (1.0, TypeError), (2, ValueError), (-1, ValueError)):
        with pytest.raises(error), runtime.optimization_profile(module, profile):
            pass


def enter(manager: Any) -> None:
    with manager:
        pass


# What has no effect, and the call that says so with True, or with that keyword.
SWITCHES = {
    "set_pre_allocated_outputs": lambda engine, on: engine.set_pre_allocated_outputs(on),
    "set_use_output_allocator": lambda engine, on: engine.set_use_output_allocator(on),
    "use_dynamically_allocated_resources": lambda engine, on: engine.use_dynamically_allocated_resources(on),
    "set_output_tensors_as_unowned": lambda engine, on: engine.set_output_tensors_as_unowned(on),
    "ResourceAllocationStrategy": ResourceAllocationStrategy,
    "set_optimization_profile": lambda engine, on: engine.set_optimization_profile(0 if on else "auto"),
    "TorchTensorRTModule: aliased_io": lambda engine, on: TorchTensorRTModule(**{"aliased_io": {}} if on else {}),
    "enable_cudagraphs: of_another": lambda engine, on: enter(
        runtime.enable_cudagraphs(engine, **{"of_another": 1} if on else {})
    ),
}


@pytest.mark.parametrize("name", SWITCHES)
def test_switches_that_change_nothing(
    name: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_tensorrt.dynamo._settings, "_said", set())
    engine = compiled()._run_on_acc_0
    caplog.clear()
    SWITCHES[name](engine, False)
    assert not caplog.messages
    for _ in range(2):
        SWITCHES[name](engine, True)
    assert [name in m and "has no effect" in m for m in caplog.messages] == [True]
    engine.setup_engine()
    assert_same(engine(X), MODEL(X))


def test_calls_of_an_engine() -> None:
    engine = compiled()._run_on_acc_0
    with pytest.raises(AssertionError, match="takes 1 inputs"):
        engine(X, X)
    with pytest.raises(RuntimeError):
        engine(X.double())
    with pytest.raises(RuntimeError, match="has no engine"):
        TorchTensorRTModule()(X)
    with pytest.raises(RuntimeError, match="has no engine"):
        TorchTensorRTModule().setup_engine()


def test_an_engine_is_in_the_state(tmp_path: pathlib.Path) -> None:
    engine = compiled()._run_on_acc_0
    file = io.BytesIO()
    torch.save(engine.state_dict(), file)
    file.seek(0)
    other = TorchTensorRTModule()
    other.load_state_dict(torch.load(file))
    other.name = "other"
    assert_same(other(X), MODEL(X))
    assert other.input_binding_names == engine.input_binding_names
    same = copy.deepcopy(engine)
    path = same.enable_profiling(tmp_path)
    copied = copy.deepcopy(same)
    assert copied._profile is None
    assert_same(copied(X), MODEL(X))
    assert not path.exists()
