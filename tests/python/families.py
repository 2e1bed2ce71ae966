"""PyTorch's own samples of operators, family by family, against engines.

A sample is a call of an operator on tensors. It is exported alone and compiled wholly (no part left to PyTorch):

    static    as it stands, strides and all
    dynamic   every dimension that torch.export leaves free is a symbol; run at the sample's sizes and at larger ones
    in_place  the operator's in-place form, on a fresh copy of its first tensor
    command   the program that torch.export gives, saved, through `torchtrtc run`

and each of these passes, is refused with a reason, or fails. What eager refuses, torch.export does not take, or gives
complex or sparse tensors is not tried.
"""

from __future__ import annotations

import functools
import io
import itertools
import json
import os
import pathlib
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch.export import Dim, ExportedProgram
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

import torch_tensorrt
from conftest import ROOT, assert_same

DTYPES = [
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.float64,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
]

# Names are OpInfo's; those with a `*` are the variants that start so.
FAMILIES: dict[str, str] = {
    "activation":
    "nn.functional.relu nn.functional.relu6 nn.functional.prelu nn.functional.leaky_relu nn.functional.elu "
    "nn.functional.celu nn.functional.selu nn.functional.gelu nn.functional.glu nn.functional.silu "
    "nn.functional.mish nn.functional.hardswish nn.functional.hardsigmoid nn.functional.hardtanh "
    "nn.functional.hardshrink nn.functional.softshrink nn.functional.softsign nn.functional.softplus "
    "nn.functional.tanhshrink nn.functional.threshold nn.functional.logsigmoid sigmoid tanh",
    "recurrent": "lstm gru rnn_tanh rnn_relu lstm_cell gru_cell rnn_cell",
    "einsum": "einsum tensordot inner outer kron nn.functional.bilinear",
    "cumulative": "cumsum cumprod cummax cummin logcumsumexp diff",
    "order": "argmax argmin topk sort argsort msort kthvalue median nanmedian searchsorted bucketize histc",
    "softmax":
    "softmax softmax.with_dtype log_softmax log_softmax.with_dtype nn.functional.softmin* logsumexp "
    "torch.ops.aten._safe_softmax.default",
    "where": "where masked_fill masked_scatter heaviside",
    "norm":
    "norm norm.fro norm.inf linalg.vector_norm linalg.norm linalg.matrix_norm nn.functional.normalize renorm "
    "dist nn.functional.layer_norm native_layer_norm nn.functional.rms_norm nn.functional.group_norm "
    "native_group_norm nn.functional.instance_norm nn.functional.batch_norm native_batch_norm "
    "nn.functional.local_response_norm nn.functional.pairwise_distance nn.functional.cosine_similarity cdist "
    "nn.functional.pdist",
    "pooling":
    "nn.functional.max_pool1d nn.functional.max_pool2d nn.functional.max_pool3d nn.functional.avg_pool1d "
    "nn.functional.avg_pool2d nn.functional.avg_pool3d nn.functional.adaptive_avg_pool1d "
    "nn.functional.adaptive_avg_pool2d nn.functional.adaptive_avg_pool3d nn.functional.adaptive_max_pool1d "
    "nn.functional.adaptive_max_pool2d nn.functional.adaptive_max_pool3d nn.functional.max_unpool1d "
    "nn.functional.max_unpool2d nn.functional.max_unpool3d lp_pool",
    "interpolate":
    "nn.functional.interpolate* nn.functional.upsample_bilinear nn.functional.upsample_nearest "
    "_upsample_bilinear2d_aa",
    "pad": "nn.functional.pad* constant_pad_nd",
    "roll": "roll flip fliplr flipud rot90",
    "index":
    "__getitem__ index_put index_select index_add index_copy index_fill index_reduce* gather scatter "
    "scatter_add scatter_reduce* take take_along_dim put select select_scatter slice slice_scatter "
    "diagonal_scatter narrow narrow_copy unravel_index nn.functional.embedding nn.functional.one_hot "
    "nn.functional.embedding_bag",
    "data_dependent": "nonzero argwhere masked_select nonzero_static",
    "triangle": "tril triu tril_indices triu_indices trace diag diag_embed diagonal diagonal_copy diagflat",
    "mesh": "meshgrid* cartesian_prod combinations block_diag broadcast_tensors broadcast_to",
    "compare":
    "eq ne lt le gt ge isclose isnan isinf isposinf isneginf isfinite isreal isin equal allclose maximum "
    "minimum fmax fmin max.binary min.binary clamp clamp_min clamp_max",
    "logical":
    "logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor bitwise_not "
    "bitwise_left_shift bitwise_right_shift __rand__ __ror__ __rxor__ all any signbit",
    "math":
    "abs acos acosh asin asinh atan atanh ceil cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 floor "
    "frac lgamma log log10 log1p log2 neg positive rad2deg reciprocal round round.decimals_0 round.decimals_3 "
    "round.decimals_neg_3 rsqrt sgn sign sin sinc sinh sqrt square tan trunc logit nan_to_num angle "
    "special.entr special.ndtr",
    "arithmetic":
    "add sub mul div.no_rounding_mode div.floor_rounding div.trunc_rounding true_divide floor_divide remainder "
    "fmod pow float_power rsub atan2 copysign hypot ldexp lerp logaddexp logaddexp2 nextafter xlogy "
    "special.xlog1py addcmul addcdiv __radd__ __rdiv__ __rmul__ __rmod__ __rpow__ __rsub__",
    "pixel_shuffle": "nn.functional.pixel_shuffle nn.functional.pixel_unshuffle nn.functional.channel_shuffle",
    "grid_sample": "nn.functional.grid_sample grid_sampler_2d grid_sampler_3d affine_grid",
    "fold": "nn.functional.unfold fold unfold unfold_copy as_strided as_strided_copy",
    "convolution":
    "nn.functional.conv1d nn.functional.conv2d nn.functional.conv3d nn.functional.conv_transpose1d "
    "nn.functional.conv_transpose2d nn.functional.conv_transpose3d",
    "attention": "nn.functional.scaled_dot_product_attention nn.functional.multi_head_attention_forward",
    "product":
    "mm bmm matmul __rmatmul__ mv dot vdot addmm addmm.decomposed addmv addbmm baddbmm addr linalg.multi_dot "
    "linalg.vecdot linalg.matrix_power nn.functional.linear cross linalg.cross",
    "reduce":
    "sum mean prod amax amin max.reduction_no_dim max.reduction_with_dim min.reduction_no_dim "
    "min.reduction_with_dim aminmax var var.unbiased std std.unbiased var_mean var_mean.unbiased std_mean "
    "std_mean.unbiased nansum nanmean count_nonzero sum_to_size trapezoid cumulative_trapezoid cov corrcoef",
    "join":
    "cat stack hstack vstack dstack column_stack split split.list_args split_with_sizes split_with_sizes_copy "
    "unsafe_split chunk unsafe_chunk tensor_split hsplit vsplit dsplit unbind unbind_copy",
    "shape":
    "repeat tile expand expand_as expand_copy repeat_interleave reshape reshape_as view view_as view_copy "
    "ravel flatten unflatten squeeze squeeze.multiple squeeze_copy unsqueeze unsqueeze_copy permute "
    "permute_copy transpose transpose_copy t t_copy T mT H mH movedim atleast_1d atleast_2d atleast_3d "
    "contiguous clone to",
    "fill":
    "arange linspace full full_like zeros zeros_like ones ones_like new_full "
    "new_zeros new_ones eye fill zero_ scalar_tensor empty_like new_empty signal.windows.hann "
    "signal.windows.hamming",
    "control": "cond while_loop",
}  # fmt: skip

# Values are whatever lies in memory: only types and shapes are compared.
UNDEFINED = {"empty_like", "new_empty"}


@dataclass(frozen=True)
class Call:
    """A function of tensors: the operator with all else filled in."""

    fn: Callable[..., Any]
    args: tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a sample in one of the ways; `reason` says why it was refused, or how it failed."""

    way: str
    result: str  # passed, refused, failed, untried
    reason: str = ""


class Module(torch.nn.Module):
    def __init__(self, fn: Callable[..., Any]) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, *args: Any) -> Any:
        result = self.fn(*args)
        # torch.export.save has no name for torch.return_types.
        return tuple(result) if isinstance(result, tuple) else result


# ---- samples ----


@functools.cache
def op_infos() -> dict[str, Any]:
    from torch.testing._internal.common_methods_invocations import op_db

    return {f"{op.name}.{op.variant_test_name}" if op.variant_test_name else op.name: op for op in op_db}


def operators(family: str) -> list[str]:
    known = [*op_infos(), *OWN]
    found = []
    for name in FAMILIES[family].split():
        matching = [k for k in known if k.startswith(name[:-1])] if name.endswith("*") else [name]
        found += [k for k in matching if k in known]  # older versions of PyTorch lack some
    return found


def dtypes_of(name: str) -> list[torch.dtype]:
    if name in OWN:
        return [torch.float32, torch.float64, torch.float16, torch.bfloat16]
    return [t for t in DTYPES if t in op_infos()[name].dtypes]


# They read the memory around a tensor, which is not part of a program's input.
OF_MEMORY = {"as_strided", "as_strided_copy"}


def closed(fn: Callable[..., Any], first: Any, args: Any, kwargs: Any) -> Call:
    """The call as a function of its tensors alone."""
    leaves, spec = tree_flatten((first, args, kwargs))
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor)]

    def call(*tensors: torch.Tensor) -> Any:
        filled = list(leaves)
        for i, t in zip(places, tensors, strict=True):
            filled[i] = t
        first, args, kwargs = tree_unflatten(filled, spec)
        return fn(first, *args, **kwargs)

    return Call(call, tuple(leaves[i].detach() for i in places))


def spread(items: Iterator[Any], count: int) -> list[Any]:
    """`count` of them, from everywhere in the list."""
    found = list(itertools.islice(items, 2000))
    return found if len(found) <= count else [found[i * len(found) // count] for i in range(count)]


def samples(name: str, dtype: torch.dtype, limit: int) -> list[Call]:
    """PyTorch's samples; some of its larger reference set, which has more edges; strided ones."""
    torch.manual_seed(0)
    if name in OWN:
        return [Call(fn, tuple(args)) for fn, args in OWN[name](dtype)][:limit]
    op = op_infos()[name]
    found = spread(op.sample_inputs("cpu", dtype), limit)
    found += spread(op.reference_inputs("cpu", dtype), max(1, limit // 3))
    calls = [closed(op, s.input, s.args, s.kwargs) for s in found]
    for sample in [] if name in OF_MEMORY else found[: max(1, limit // 6)]:
        strided = sample.noncontiguous()
        calls.append(closed(op, strided.input, strided.args, strided.kwargs))
    return calls


def in_place_samples(name: str, dtype: torch.dtype, limit: int) -> list[Call]:
    torch.manual_seed(0)
    op = op_infos().get(name)
    if op is None or op.inplace_variant is None:
        return []

    def on_copy(first: Any, *args: Any, **kwargs: Any) -> Any:
        return op.inplace_variant(first.clone(), *args, **kwargs)

    found = [s for s in spread(op.sample_inputs("cpu", dtype), limit) if not s.broadcasts_input]
    return [closed(on_copy, s.input, s.args, s.kwargs) for s in found]


# ---- what OpInfo lacks ----


def _recurrent(kind: type[torch.nn.Module], **options: Any) -> Callable[[torch.dtype], Iterator[tuple[Any, Any]]]:
    def make(dtype: torch.dtype) -> Iterator[tuple[Any, Any]]:
        for layers, both, first, bias in [(1, False, False, True), (2, True, True, True), (2, False, True, False)]:
            net = kind(5, 4, layers, bias=bias, batch_first=first, bidirectional=both, **options).to(dtype).eval()
            x = torch.randn(3, 6, 5).to(dtype)
            state = torch.randn(layers * (2 if both else 1), 3 if first else 6, 4).to(dtype)
            yield net, (x,)
            yield net, (x, (state, state * 0.5) if kind is torch.nn.LSTM else state)
        net = kind(5, 4, **options).to(dtype).eval()
        yield net, (torch.randn(7, 5).to(dtype),)
        if kind is torch.nn.LSTM:
            projected = kind(5, 4, 2, proj_size=3, bidirectional=True).to(dtype).eval()
            yield projected, (torch.randn(6, 2, 5).to(dtype),)

    def flat(dtype: torch.dtype) -> Iterator[tuple[Any, Any]]:
        for net, args in make(dtype):
            call = closed(lambda first, *rest, net=net: net(first, *rest), args[0], args[1:], {})
            yield call.fn, call.args

    return flat


def _cell(kind: type[torch.nn.Module]) -> Callable[[torch.dtype], Iterator[tuple[Any, Any]]]:
    def make(dtype: torch.dtype) -> Iterator[tuple[Any, Any]]:
        for bias in (True, False):
            net = kind(5, 4, bias=bias).to(dtype).eval()
            x, h = torch.randn(3, 5).to(dtype), torch.randn(3, 4).to(dtype)
            yield net, (x,)
            if kind is torch.nn.LSTMCell:
                yield lambda x, h, c, net=net: net(x, (h, c)), (x, h, h * 0.5)
            else:
                yield net, (x, h)

    return make


def _lp_pool(dtype: torch.dtype) -> Iterator[tuple[Any, Any]]:
    yield lambda x: F.lp_pool1d(x, 2, 3, 2), (torch.rand(2, 3, 9).to(dtype),)
    yield lambda x: F.lp_pool2d(x, 1, (3, 2), ceil_mode=True), (torch.rand(2, 3, 8, 9).to(dtype),)
    yield lambda x: F.lp_pool2d(x, 3, 2, 1), (torch.rand(3, 8, 9).to(dtype),)


def _fold(dtype: torch.dtype) -> Iterator[tuple[Any, Any]]:
    yield lambda x: F.fold(x, (4, 5), (2, 2)), (torch.randn(2, 12, 12).to(dtype),)
    yield lambda x: F.fold(x, (6, 6), 3, 1, 1, 2), (torch.randn(2, 18, 9).to(dtype),)
    yield lambda x: F.fold(x, (6, 7), (3, 2), 2), (torch.randn(12, 12).to(dtype),)


def _affine_grid(dtype: torch.dtype) -> Iterator[tuple[Any, Any]]:
    for corners in (True, False):
        yield lambda t, c=corners: F.affine_grid(t, [2, 3, 4, 5], c), (torch.randn(2, 2, 3).to(dtype),)
        yield lambda t, c=corners: F.affine_grid(t, [2, 3, 4, 5, 6], c), (torch.randn(2, 3, 4).to(dtype),)


def _cond(dtype: torch.dtype) -> Iterator[tuple[Any, Any]]:
    def by_data(x: torch.Tensor, y: torch.Tensor) -> Any:
        return torch.cond(x.sum() > 0, lambda a, b: a.sin() + b, lambda a, b: a * b - 1, (x, y))

    def two_results(x: torch.Tensor) -> Any:
        return torch.cond(x.max() > 1, lambda a: (a + 1, a.sum()), lambda a: (a * 2, a.mean()), (x,))

    def nested(x: torch.Tensor) -> Any:
        inner = lambda a: torch.cond(a.min() < 0, lambda b: b.abs(), lambda b: b.exp(), (a,))  # noqa: E731
        return torch.cond(x.sum() > 0, inner, lambda a: a - 1, (x,))

    for sign in (1, -1):
        x = (torch.rand(3, 4) * sign).to(dtype)
        yield by_data, (x, torch.randn(3, 4).to(dtype))
        yield two_results, (x + sign,)
        yield nested, (x,)


def _while_loop(dtype: torch.dtype) -> Iterator[tuple[Any, Any]]:
    from torch._higher_order_ops.while_loop import while_loop

    def halved(x: torch.Tensor) -> Any:
        return while_loop(lambda i, a: a.abs().sum() > 1, lambda i, a: (i + 1, a / 2), (torch.tensor(0), x))

    def counted(x: torch.Tensor, n: torch.Tensor) -> Any:
        return while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * 0.5 + 1), (torch.tensor(0), x))

    yield halved, (torch.randn(3, 4).to(dtype) * 5,)
    yield halved, (torch.zeros(3, 4).to(dtype),)
    yield counted, (torch.randn(2, 3).to(dtype), torch.tensor(4))
    yield counted, (torch.randn(2, 3).to(dtype), torch.tensor(0))


OWN: dict[str, Callable[[torch.dtype], Iterator[tuple[Any, Any]]]] = {
    "lstm": _recurrent(torch.nn.LSTM),
    "gru": _recurrent(torch.nn.GRU),
    "rnn_tanh": _recurrent(torch.nn.RNN),
    "rnn_relu": _recurrent(torch.nn.RNN, nonlinearity="relu"),
    "lstm_cell": _cell(torch.nn.LSTMCell),
    "gru_cell": _cell(torch.nn.GRUCell),
    "rnn_cell": _cell(torch.nn.RNNCell),
    "lp_pool": _lp_pool,
    "fold": _fold,
    "affine_grid": _affine_grid,
    "cond": _cond,
    "while_loop": _while_loop,
}


# ---- one sample in one way ----


def is_plain(values: Any) -> bool:
    return all(
        not isinstance(t, torch.Tensor) or (not t.is_complex() and t.layout == torch.strided)
        for t in tree_leaves(values)
    )


def expected(call: Call) -> Any:
    """What eager gives; None where it takes no such call, or what comes is nothing for engines."""
    try:
        with torch.no_grad():
            wanted = call.fn(*call.args)
    except Exception:
        return None
    return wanted if is_plain((call.args, wanted)) else None


def exported(call: Call, dynamic: bool) -> ExportedProgram | None:
    shapes = (tuple({d: Dim.AUTO for d in range(t.dim())} for t in call.args),) if dynamic else None
    fn = call.fn.eval() if isinstance(call.fn, torch.nn.Module) else call.fn
    try:
        return torch.export.export(Module(fn), call.args, dynamic_shapes=shapes)
    except Exception:
        return None


def refusal(e: Exception) -> str | None:
    """The reasons in the message that lists unsupported operators."""
    text = str(e)
    if "not fully supported" not in text and "unsupported" not in text:
        return None
    return text


def is_as_exact(call: Call, got: Any, wanted: Any) -> bool:
    """Whether each result is at most twice as far from float64's as eager's is: eager, too, rounds."""
    exact = expected(Call(call.fn, tuple(t.double() if t.is_floating_point() else t for t in call.args)))
    if exact is None:
        return False
    for g, w, e in zip(tree_leaves(got), tree_leaves(wanted), tree_leaves(exact), strict=True):
        if not isinstance(w, torch.Tensor) or not w.is_floating_point() or w.shape != e.shape:
            continue
        ours, eager = ((t.double() - e).abs().nan_to_num(nan=0.0) for t in (g, w))
        lost = (g.isnan() != w.isnan()) & (g.isnan() != e.isnan())
        if lost.any() or (ours.numel() and ours.max() > 2 * eager.max()):
            return False
    return True


def compare(name: str, call: Call, got: Any, wanted: Any) -> None:
    if name in UNDEFINED:
        got, wanted = ([torch.zeros_like(t) for t in tree_leaves(v)] for v in (got, wanted))
    try:
        assert_same(got, wanted)
    except AssertionError:
        if not is_as_exact(call, got, wanted):
            raise


def outcome(way: str, run: Callable[[], None], program: ExportedProgram, args: tuple[torch.Tensor, ...]) -> Outcome:
    try:
        run()
    except Exception as e:
        reasons = refusal(e)
        if reasons is not None:
            return Outcome(way, "refused", reasons)
        if not isinstance(e, AssertionError) and not does_run(program, args):
            return Outcome(way, "untried", "the exported program demands more than eager does")
        return Outcome(way, "failed", f"{type(e).__name__}: {e}")
    return Outcome(way, "passed")


def does_run(program: ExportedProgram, args: tuple[torch.Tensor, ...]) -> bool:
    """Whether PyTorch's own module of the program takes these: torch.export adds assertions, and not all are true."""
    try:
        program.module()(*args)
    except Exception:
        return False
    return True


def compiled(program: ExportedProgram, args: tuple[torch.Tensor, ...]) -> Any:
    return torch_tensorrt.dynamo.compile(program, arg_inputs=args, min_block_size=1, require_full_compilation=True)


def check_static(name: str, call: Call, way: str = "static") -> Outcome:
    wanted = expected(call)
    if wanted is None:
        return Outcome(way, "untried", "eager does not take it")
    program = exported(call, False)
    if program is None:
        return Outcome(way, "untried", "torch.export does not take it")

    def run() -> None:
        compare(name, call, compiled(program, call.args)(*call.args), wanted)

    return outcome(way, run, program, call.args)


def enlarged(program: ExportedProgram, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...] | None:
    """Inputs with each symbol larger by one; None where no dimension is a symbol, or a symbol cannot grow."""
    names = set(program.graph_signature.user_inputs)
    vals = [n.meta["val"] for n in program.graph.nodes if n.op == "placeholder" and n.name in names]
    values: dict[Any, int] = {}
    for val, arg in zip(vals, args, strict=True):
        for size, actual in zip(val.shape, arg.shape, strict=True):
            if isinstance(size, torch.SymInt) and size.node.expr.is_symbol:
                values[size.node.expr] = actual + 1
    if not values:
        return None
    for symbol, value in values.items():
        limits = program.range_constraints.get(symbol)
        if limits is not None and not limits.lower <= value <= limits.upper:
            return None
    larger = []
    for val, arg in zip(vals, args, strict=True):
        shape = [int(s.node.expr.subs(values)) if isinstance(s, torch.SymInt) else s for s in val.shape]
        count = int(np.prod(shape))
        if count and not arg.numel():
            return None
        flat = arg.reshape(-1)
        larger.append((flat[torch.arange(count) % max(arg.numel(), 1)] if count else flat[:0]).reshape(shape))
    return tuple(larger)


def is_faithful(program: ExportedProgram, args: tuple[torch.Tensor, ...], wanted: Any) -> bool:
    """Whether PyTorch's own module of the program gives what eager gives: torch.export may have kept a size."""
    try:
        assert_same(program.module()(*args), wanted)
    except Exception:
        return False
    return True


def check_dynamic(name: str, call: Call) -> Outcome:
    wanted = expected(call)
    program = exported(call, True) if wanted is not None else None
    if program is None:
        return Outcome("dynamic", "untried", "torch.export does not take it")
    larger = enlarged(program, call.args)
    if larger is None:
        return Outcome("dynamic", "untried", "torch.export leaves no dimension free")

    def run() -> None:
        module = compiled(program, call.args)
        compare(name, call, module(*call.args), wanted)
        larger_wanted = expected(Call(call.fn, larger))
        if larger_wanted is not None and (name in UNDEFINED or is_faithful(program, larger, larger_wanted)):
            compare(name, Call(call.fn, larger), module(*larger), larger_wanted)

    return outcome("dynamic", run, program, call.args)


class CommandError(Exception):
    pass


def run_command(path: pathlib.Path, args: tuple[torch.Tensor, ...], folder: pathlib.Path) -> list[torch.Tensor]:
    """Outputs of `torchtrtc run`."""
    tool = os.environ.get("TORCHTRTC") or str(ROOT / "build" / "torchtrtc")

    def call(*words: object) -> str:
        done = subprocess.run([tool, *map(str, words)], capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise CommandError(done.stderr + (f" (status {done.returncode})" if done.returncode != 1 else ""))
        return done.stdout

    facts = json.loads(call("inspect", path, "--json"))
    options: list[object] = []
    for spec, value in zip(facts["inputs"], args, strict=True):
        file = folder / f"{spec['name']}.npy"
        np.save(file, (value.view(torch.uint16) if value.dtype == torch.bfloat16 else value).numpy())
        options += ["-i", f"{spec['name']}={file}"]
    done = json.loads(call("run", path, *options, "-o", folder / "out", "--json"))
    return [torch.from_numpy(np.load(folder / "out" / f"{spec['name']}.npy")) for spec in done["outputs"]]


def check_command(name: str, call: Call) -> Outcome:
    wanted = expected(call)
    # bfloat16 with strides of its own has no NumPy view.
    args = tuple(t.contiguous() for t in call.args)
    program = exported(Call(call.fn, args), False) if wanted is not None else None
    if program is None:
        return Outcome("command", "untried", "torch.export does not take it")

    data = io.BytesIO()
    try:
        torch.export.save(program, data)
    except Exception:
        return Outcome("command", "untried", "torch.export does not save it")

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "program.pt2"
            path.write_bytes(data.getvalue())
            got = run_command(path, args, pathlib.Path(folder))
        leaves = [t for t in tree_leaves(wanted) if t is not None]
        tensors = [t if isinstance(t, torch.Tensor) else torch.tensor(t) for t in leaves]
        typed = [
            g.view(torch.bfloat16) if isinstance(t, torch.Tensor) and t.dtype == torch.bfloat16 else g
            for g, t in zip(got, tensors, strict=True)
        ]
        compare(name, call, typed, tensors)

    return outcome("command", run, program, args)


def check(name: str, dtype: torch.dtype, limit: int, command_every: int) -> Iterator[tuple[int, Outcome]]:
    """Every outcome of an operator's samples in one type; each `command_every`th goes through the command line too."""
    for i, call in enumerate(samples(name, dtype, limit)):
        yield i, check_static(name, call)
        yield i, check_dynamic(name, call)
        if command_every and i % command_every == 0:
            yield i, check_command(name, call)
    for i, call in enumerate(in_place_samples(name, dtype, max(1, limit // 3))):
        yield i, check_static(name, call, "in_place")
