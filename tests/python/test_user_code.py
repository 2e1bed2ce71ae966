"""Forms of calls that programs written for Torch-TensorRT rely on."""

from __future__ import annotations

import inspect
from collections import namedtuple
from typing import Any

import pytest
import torch
from torch import nn

import torch_tensorrt
from conftest import assert_same
from torch_tensorrt import Input

X = torch.randn(3, 4)
MODEL = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 2)).eval()

# ---- calls ----


def test_the_frontend_as_a_function() -> None:
    assert_same(torch_tensorrt._compile.torch_compile(MODEL, min_block_size=1)(X), MODEL(X))


def test_arguments_by_position() -> None:
    for ir in ("dynamo", "torch_compile"):
        compiled = torch_tensorrt.compile(torch.fx.symbolic_trace(MODEL), ir, [X], None, None, {torch.float32})
        assert_same(compiled(X), MODEL(X))
    names = list(inspect.signature(torch_tensorrt.compile).parameters)
    assert names == ["module", "ir", "inputs", "arg_inputs", "kwarg_inputs", "enabled_precisions", "kwargs"]
    names = list(inspect.signature(torch_tensorrt.convert_method_to_trt_engine).parameters)
    wanted = "module method_name inputs arg_inputs kwarg_inputs ir enabled_precisions kwargs"
    assert names == wanted.split()


def test_inputs_by_keyword_alone() -> None:
    compiled = torch_tensorrt.compile(MODEL, kwarg_inputs={"input": X}, min_block_size=1)
    assert_same(compiled(input=X), MODEL(X))
    with pytest.raises(AssertionError):
        torch_tensorrt.convert_method_to_trt_engine(MODEL, kwarg_inputs={"input": X})
    with pytest.raises(AssertionError):
        torch_tensorrt.convert_method_to_trt_engine(MODEL, inputs=[X], arg_inputs=[X])


def test_a_model_without_inputs() -> None:
    class Constant(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3))

        def forward(self) -> torch.Tensor:
            return self.weight.exp() + 1

    compiled = torch_tensorrt.compile(Constant(), arg_inputs=(), min_block_size=1)
    assert_same(compiled(), Constant()())
    engine = torch_tensorrt.convert_method_to_trt_engine(Constant(), arg_inputs=(), engine="cpu")
    assert_same(torch_tensorrt.runtime.TorchTensorRTModule(engine)(), Constant()())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_unknown_keywords_stop_no_call() -> None:
    options: dict[str, Any] = dict(enable_precisions={torch.half}, truncate_and_double=True, refit=True)
    for ir in ("dynamo", "torch_compile"):
        compiled = torch_tensorrt.compile(MODEL, ir, inputs=[X], min_block_size=1, **options)
        assert_same(compiled(X), MODEL(X))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "options",
    [
        dict(truncate_double=True, truncate_long_and_double=True),
        dict(refit=True, immutable_weights=True),
        dict(make_refittable=True, immutable_weights=True),
        dict(refit_identical_engine_weights=True),
        dict(enable_cross_compile_for_windows=True),
        dict(enable_autocast=True, autocast_low_precision_type=torch.float32),
        dict(enable_autocast=True, autocast_low_precision_type="half"),
        dict(fallback_data_dependent_ops=True, require_full_compilation=True),
    ],
    ids=str,
)
def test_options_are_checked_before_inputs(options: dict[str, Any]) -> None:
    program = torch.export.export(MODEL, (X,))
    for call in (
        torch_tensorrt.dynamo.compile,
        torch_tensorrt.dynamo.convert_exported_program_to_serialized_trt_engine,
    ):
        with pytest.raises(ValueError):
            call(program, **options)
        with pytest.raises(AssertionError, match="should not both be None"):
            call(program, min_block_size=1)


# ---- Input ----

Named, Other = namedtuple("Named", "batch columns"), namedtuple("Other", "batch width")
SPAN = dict(min_shape=(1, 4), opt_shape=(3, 4), max_shape=(16, 4))
NAMED = {name: Named(*shape) for name, shape in SPAN.items()}


@pytest.mark.parametrize(
    "spec",
    [
        Input(**SPAN),
        Input(shape=(-1, 4), shape_ranges=[((1, 4), (3, 4), (16, 4))]),
        Input(shape_ranges=[((1, 4), (3, 4), (16, 4))]),
        Input(profiles=[SPAN]),
        Input(**SPAN, shared_dims={0: "batch"}),
        Input(**NAMED),
        Input(**{name: list(shape) for name, shape in SPAN.items()}, dtype=torch.float32, name="image"),
        Input(**{name: torch.Size(shape) for name, shape in SPAN.items()}, format=torch.contiguous_format),
    ],
    ids=["span", "ranges", "ranges_alone", "profiles", "shared", "named", "lists", "sizes"],
)
def test_forms_of_a_dynamic_input(spec: Input) -> None:
    assert spec.shape == {name: tuple(shape) for name, shape in SPAN.items()}
    compiled = torch_tensorrt.compile(MODEL, inputs=spec, min_block_size=1)
    for n in (1, 16):
        x = torch.randn(n, 4)
        assert_same(compiled(x), MODEL(x))
    with pytest.raises(RuntimeError):
        compiled(torch.randn(17, 4))


PROFILE = dict(min_shape=(1, 2), opt_shape=(2, 2), max_shape=(3, 2))


@pytest.mark.parametrize(
    ("args", "kwargs", "error"),
    [
        ((5,), {}, TypeError),
        (("12",), {}, TypeError),
        (((1.5, 2),), {}, TypeError),
        ((), dict(shape=(1, 2), min_shape=(1, 2), opt_shape=(1, 2)), ValueError),
        (((1, 2),), dict(shape=(1, 2)), ValueError),
        ((), dict(**{**NAMED, "opt_shape": Other(3, 4)}), ValueError),
        ((), dict(**{**NAMED, "opt_shape": (3, 4)}), TypeError),
        ((), dict(**{**SPAN, "opt_shape": Named(3, 4)}), TypeError),
        ((), dict(**NAMED, shared_dims={0: "batch"}), ValueError),
        ((), dict(**SPAN, shared_dims={0.5: "batch"}), ValueError),
        ((), dict(**SPAN, shared_dims={-1: "batch"}), ValueError),
        ((), dict(**SPAN, shared_dims={0: 3}), ValueError),
        ((), dict(shape_ranges=[((1,), (2,))]), ValueError),
        ((), dict(shape_ranges=[]), ValueError),
        ((), dict(profiles={}), TypeError),
        ((), dict(profiles=[(1, 2)]), TypeError),
        ((), dict(profiles=[{**PROFILE, "min_shape": 1}]), TypeError),
        (((1, 2),), dict(profiles=[PROFILE]), ValueError),
        ((), dict(profiles=[PROFILE], **SPAN), ValueError),
        ((), dict(profiles=[{**PROFILE, "min_shape": (0, 2)}]), ValueError),
        ((), dict(profiles=[{**PROFILE, "max_shape": (3, 2, 1)}]), ValueError),
        ((), dict(profiles=[PROFILE, {name: (1,) for name in PROFILE}]), ValueError),
        ((), dict(shape=(1,), tensor_domain=5), ValueError),
        ((), dict(shape=(1,), tensor_domain=("a", "b")), ValueError),
        ((), dict(shape=(1,), dtype="float32"), TypeError),
        ((), dict(shape=(1,), format="linear"), TypeError),
    ],
    ids=str,
)
def test_wrong_forms_of_an_input(args: tuple[Any, ...], kwargs: dict[str, Any], error: type) -> None:
    with pytest.raises(error):
        Input(*args, **kwargs)


def test_what_an_input_tells() -> None:
    plain = Input((1, 2))
    assert (str(plain.dtype), plain.torch_tensor.dtype, plain.tensor_domain) == ("dtype.unknown", torch.float32, (0, 2))
    assert plain.torch_tensor.shape == (1, 2) and plain.torch_tensor.min() >= 0 and plain.torch_tensor.max() < 1
    assert str(plain) == "Input(shape=(1, 2), dtype=dtype.unknown, format=memory_format.linear, domain=[0.0, 2.0))"
    assert str(Input(**SPAN)).startswith("Input(min_shape=(1, 4), opt_shape=(3, 4), max_shape=(16, 4), dtype=")
    assert "profiles=[" in str(Input(profiles=[PROFILE]))
    numbers = Input(min_shape=(2, 2), opt_shape=(3, 4), max_shape=(6, 6), dtype=torch.int64, is_shape_tensor=True)
    assert numbers.torch_tensor.tolist() == [3, 4]
    example = torch.ones(2, dtype=torch.bool)
    assert Input((2,), dtype=torch.bool, torch_tensor=example).torch_tensor is example
    assert [i.shape for i in Input.from_tensors([X, example])] == [(3, 4), (2,)]
    assert Input.from_tensor(X.t(), disable_memory_format_check=True).shape == (4, 3)
    for one, other in (
        (Input((1,)), Input((2,))),
        (Input((1,)), Input((1,), dtype=torch.half)),
        (plain, Input(**SPAN)),
    ):
        assert Input.equivalent_spec(one, one) and not Input.equivalent_spec(one, other)


def test_numbers_among_the_inputs() -> None:
    class Rows(nn.Module):
        def forward(self, x: torch.Tensor, n: int) -> torch.Tensor:
            return x[:n] * n + 1

    class Shape(nn.Module):
        def forward(self, x: torch.Tensor, shape: list[int]) -> torch.Tensor:
            return x.reshape(shape) * 2

    one = dict(dtype=torch.int64, is_shape_tensor=True)
    spec = Input(min_shape=(1,), opt_shape=(4,), max_shape=(12,), **one)
    x = torch.randn(21)
    rows = torch_tensorrt.compile(Rows(), inputs=[x, spec], min_block_size=1)
    assert_same(rows(x, 7), Rows()(x, 7))
    spec = Input(min_shape=(2, 2), opt_shape=(3, 7), max_shape=(9, 9), **one)
    shape = torch_tensorrt.compile(Shape(), inputs=[x, spec], min_block_size=1)
    for sizes in ([3, 7], [7, 3]):
        assert_same(shape(x, sizes), Shape()(x, sizes))


# ---- the compiled module ----


class Keywords(nn.Module):
    def forward(self, image: torch.Tensor, *, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"out": (image * 2 + 1) * mask}


def test_a_compiled_module_is_exported_again() -> None:
    spec = Input(**SPAN, name="image")
    mask = torch.rand(4)
    compiled = torch_tensorrt.compile(Keywords(), arg_inputs=[spec], kwarg_inputs={"mask": mask}, min_block_size=1)
    assert [name for name, _ in compiled.named_children()] == ["_run_on_acc_0"]
    x = torch.randn(5, 4)
    for call in (compiled(x, mask=mask), compiled(x, mask)):
        assert_same(call, Keywords()(x, mask=mask))
    dim = torch.export.Dim("n", min=1, max=16)
    shapes = {"image": {0: dim}, "mask": None}
    program = torch.export.export(compiled, (x,), {"mask": mask}, dynamic_shapes=shapes)
    assert_same(program.module()(x[:2], mask=mask), Keywords()(x[:2], mask=mask))
    assert_same(torch_tensorrt.dynamo.export(compiled).module()(x, mask=mask), Keywords()(x, mask=mask))


def test_the_callers_program_and_module_stay_as_they_are() -> None:
    program = torch.export.export(MODEL, (X,))
    state = {name: value.clone() for name, value in MODEL.state_dict().items()}
    before = str(program.graph)
    torch_tensorrt.dynamo.compile(program, inputs=[X], min_block_size=1, enabled_precisions={torch.half})
    assert str(program.graph) == before
    assert all(torch.equal(value, state[name]) for name, value in MODEL.state_dict().items())
