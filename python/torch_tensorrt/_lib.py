"""The C library by ctypes: loading, its structures, and errors as exceptions. Nothing else knows ctypes."""

from __future__ import annotations

import contextlib
import ctypes as C
import enum
import functools
import importlib.util
import json
import os
import pathlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch

MAX_RANK = 64
SHARED_NAME = "libtorchtrt.so.0"


class TorchTRTError(RuntimeError):
    """A failure of the C library. `status`, `what`, `where`, `hint` hold its parts."""

    def __init__(self, status: str, what: str, where: str, hint: str) -> None:
        self.status, self.what, self.where, self.hint = status, what, where, hint
        text = what + (f"\n  at: {where}" if where else "") + (f"\n  hint: {hint}" if hint else "")
        super().__init__(text)


class UnsupportedOperatorException(TorchTRTError):
    """Operators that no engine takes, where the whole program was to be converted."""


class _Error(C.Structure):
    _fields_ = [("status", C.c_int), ("what", C.c_char_p), ("where", C.c_char_p), ("hint", C.c_char_p)]


class Tensor(C.Structure):
    _fields_ = [
        ("data", C.c_void_p),
        ("capacity_bytes", C.c_size_t),
        ("dtype", C.c_int),
        ("rank", C.c_int32),
        ("dims", C.c_int64 * MAX_RANK),
        ("strides", C.c_int64 * MAX_RANK),
        ("owner", C.c_void_p),
        ("device_type", C.c_int),
        ("device_index", C.c_int32),
    ]


_Progress = C.CFUNCTYPE(C.c_int, C.c_void_p, C.c_char_p, C.c_double)
_Weight = C.CFUNCTYPE(C.c_int, C.c_void_p, C.c_char_p, C.POINTER(Tensor))
_Profile = C.CFUNCTYPE(None, C.c_void_p, C.c_char_p, C.c_uint64)
_Log = C.CFUNCTYPE(None, C.c_void_p, C.c_int, C.c_char_p, C.c_char_p)


class CompileOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("engine", C.c_char_p),
        ("precision", C.c_int),
        ("min_block_size", C.c_int64),
        ("require_full_compilation", C.c_int),
        ("torch_executed_ops", C.POINTER(C.c_char_p)),
        ("n_torch_executed_ops", C.c_size_t),
        ("use_fast_partitioner", C.c_int),
        ("optimization_level", C.c_int),
        ("num_threads", C.c_int),
        ("shapes", C.POINTER(C.c_char_p)),
        ("n_shapes", C.c_size_t),
        ("progress", _Progress),
        ("progress_user", C.c_void_p),
        ("device", C.c_char_p),
        ("targets", C.c_char_p),
        ("workspace_size", C.c_int64),
        ("max_aux_streams", C.c_int),
        ("version_compatible", C.c_int),
        ("hardware_compatible", C.c_int),
        ("disable_tf32", C.c_int),
        ("sparse_weights", C.c_int),
        ("engine_capability", C.c_int),
        ("num_avg_timing_iters", C.c_int),
        ("tiling_optimization_level", C.c_int),
        ("l2_limit_for_tiling", C.c_int64),
        ("immutable_weights", C.c_int),
        ("strip_engine_weights", C.c_int),
        ("refit_identical_engine_weights", C.c_int),
        ("enable_weight_streaming", C.c_int),
        ("timing_cache_path", C.c_char_p),
        ("dla_core", C.c_int),
        ("allow_gpu_fallback", C.c_int),
        ("dla_sram_size", C.c_int64),
        ("dla_local_dram_size", C.c_int64),
        ("dla_global_dram_size", C.c_int64),
        ("profiling_verbosity", C.c_int),
        ("decompose_attention", C.c_int),
        ("use_fp32_acc", C.c_int),
        ("truncate_double", C.c_int),
        ("fallback_data_dependent_ops", C.c_int),
        ("backends", C.POINTER(C.c_char_p)),
        ("n_backends", C.c_size_t),
        ("float32_nodes", C.POINTER(C.c_char_p)),
        ("n_float32_nodes", C.c_size_t),
    ]


class RunOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("profile", _Profile),
        ("profile_user", C.c_void_p),
        ("stream", C.c_void_p),
        ("device_index", C.c_int),
        ("cuda_graphs", C.c_int),
        ("specialization", C.c_int),
        ("device_ms", C.c_void_p),
    ]


def _find() -> str:
    explicit = os.environ.get("TTRT_LIBRARY")
    if explicit:
        return explicit
    beside = pathlib.Path(__file__).parent / "lib"
    for name in (SHARED_NAME, "libtorchtrt.so"):
        if (beside / name).exists():
            return str(beside / name)
    raise ImportError(
        f"torch_tensorrt: {SHARED_NAME} is not in {beside}. Install the wheel of torch-tensorrt-c, "
        "or set TTRT_LIBRARY to the library's path."
    )


PATH = _find()
_lib = C.CDLL(PATH)


def _declare() -> None:
    pointer, status = C.c_void_p, C.c_int
    prototypes: dict[str, tuple[Any, list[Any]]] = {
        "ttrt_last_error": (C.POINTER(_Error), []),
        "ttrt_status_name": (C.c_char_p, [C.c_int]),
        "ttrt_version": (C.c_char_p, []),
        "ttrt_set_log": (None, [_Log, pointer, C.c_int]),
        "ttrt_settings": (C.c_char_p, []),
        "ttrt_compile_options_set": (status, [C.POINTER(CompileOptions), C.c_char_p, C.c_char_p]),
        "ttrt_program_from_json": (status, [C.c_char_p, C.c_size_t, _Weight, pointer, C.POINTER(pointer)]),
        "ttrt_program_unref": (None, [pointer]),
        "ttrt_program_convert": (status, [pointer, C.POINTER(CompileOptions), C.POINTER(pointer)]),
        "ttrt_program_describe": (status, [pointer, C.POINTER(C.c_char_p)]),
        "ttrt_partition_new": (status, [pointer, C.POINTER(CompileOptions), C.POINTER(pointer)]),
        "ttrt_partition_free": (None, [pointer]),
        "ttrt_partition_describe": (status, [pointer, C.POINTER(C.c_char_p)]),
        "ttrt_partition_build": (
            status,
            [
                pointer,
                C.c_char_p,
                C.POINTER(CompileOptions),
                C.POINTER(pointer),
                C.POINTER(C.c_size_t),
                C.POINTER(C.c_char_p),
            ],
        ),
        "ttrt_bytes_free": (None, [pointer]),
        "ttrt_engine_open": (status, [pointer, C.c_size_t, pointer, pointer, C.POINTER(pointer)]),
        "ttrt_engine_unref": (None, [pointer]),
        "ttrt_engine_plan": (status, [pointer, C.POINTER(pointer), C.POINTER(C.c_size_t)]),
        "ttrt_tensorrt_suggest": (status, [C.c_char_p]),
        "ttrt_engine_describe": (status, [pointer, C.POINTER(C.c_char_p)]),
        "ttrt_engine_run": (
            status,
            [
                pointer,
                C.POINTER(Tensor),
                C.c_size_t,
                C.POINTER(Tensor),
                C.c_size_t,
                pointer,
                C.POINTER(RunOptions),
            ],
        ),
        "ttrt_tensor_dispose": (None, [C.POINTER(Tensor)]),
        "ttrt_torch_register": (status, [C.c_char_p]),
        "ttrt_torch_set_run_options": (status, [C.POINTER(RunOptions)]),
        "ttrt_doctor": (C.c_char_p, []),
        "ttrt_operators": (C.c_char_p, []),
    }
    for name, (result, arguments) in prototypes.items():
        function = getattr(_lib, name)
        function.restype, function.argtypes = result, arguments


_declare()


def _check(status: int, error: type[TorchTRTError] = TorchTRTError) -> None:
    if status == 0:
        return
    e = _lib.ttrt_last_error().contents
    name = _lib.ttrt_status_name(status).decode()
    what, where, hint = ((text or b"").decode(errors="replace") for text in (e.what, e.where, e.hint))
    if name == "TTRT_ERR_UNSUPPORTED":
        error = UnsupportedOperatorException
    raise error(name, what, where, hint)


# PyTorch's types by the C library's numbers, which are c10's.
DTYPES: dict[torch.dtype, int] = {
    torch.uint8: 0,
    torch.int8: 1,
    torch.int16: 2,
    torch.int32: 3,
    torch.int64: 4,
    torch.float16: 5,
    torch.float32: 6,
    torch.float64: 7,
    torch.complex32: 8,
    torch.complex64: 9,
    torch.complex128: 10,
    torch.bool: 11,
    torch.bfloat16: 15,
    torch.float8_e5m2: 23,
    torch.float8_e4m3fn: 24,
    torch.float8_e5m2fnuz: 25,
    torch.float8_e4m3fnuz: 26,
    torch.uint16: 27,
    torch.uint32: 28,
    torch.uint64: 29,
}


def _suggest_tensorrt() -> None:
    """Wheels of TensorRT's libraries, wherever this Python finds them. They are not imported."""
    for package, name in (("tensorrt_rtx_libs", "libtensorrt_rtx.so.1"), ("tensorrt_libs", "libnvinfer.so.11")):
        spec = importlib.util.find_spec(package)
        for folder in spec.submodule_search_locations or () if spec else ():
            path = pathlib.Path(folder) / name
            if path.exists():
                _check(_lib.ttrt_tensorrt_suggest(str(path).encode()))
                return


_suggest_tensorrt()


def version() -> str:
    return _lib.ttrt_version().decode()


def doctor() -> dict[str, Any]:
    return json.loads(_lib.ttrt_doctor())


def operators() -> list[dict[str, Any]]:
    """The converters: operator, converter, whether it takes dynamic shapes."""
    return json.loads(_lib.ttrt_operators())


def register_with_torch() -> None:
    """Registers tensorrt::execute_engine from C."""
    path = pathlib.Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    _check(_lib.ttrt_torch_register(str(path).encode() if path.exists() else None))


def set_run_options(*, cuda_graphs: bool, specialization: int) -> None:
    """How engines run on a GPU from now on; specialization: 0 lazy, 1 eager, 2 none."""
    options = RunOptions(size=C.sizeof(RunOptions), cuda_graphs=int(cuda_graphs), specialization=specialization)
    _check(_lib.ttrt_torch_set_run_options(C.byref(options)))


_log_handler: Callable[[int, str, str], None] | None = None


@_Log
def _on_log(_user: Any, level: int, room: bytes, text: bytes) -> None:
    """One for good: a thread may be in it while another sets the log anew."""
    handler = _log_handler
    if handler is not None:
        handler(level, room.decode(errors="replace"), text.decode(errors="replace"))


def set_log(handler: Callable[[int, str, str], None], level: int) -> None:
    """Log lines go to handler(level, room, text); levels as in the C header."""
    global _log_handler
    _log_handler = handler
    _lib.ttrt_set_log(_on_log, None, level)


def _strings(items: Iterable[str]) -> tuple[Any, int]:
    encoded = [item.encode() for item in items]
    return (C.c_char_p * max(len(encoded), 1))(*encoded), len(encoded)


@functools.cache
def settings() -> tuple[dict[str, Any], ...]:
    """The plain settings of a build: name, type, default, range, choices, help."""
    return tuple(json.loads(_lib.ttrt_settings()))


def compile_options(
    values: dict[str, Any],
    *,
    torch_executed_ops: Iterable[str] = (),
    shapes: Iterable[str] = (),
    backends: Iterable[str] = (),
    float32_nodes: Iterable[str] = (),
) -> CompileOptions:
    """The C options: defaults, and `values` by their names; None leaves a default. The strings live as long as the
    result."""
    ops, n_ops = _strings(torch_executed_ops)
    shape_texts, n_shapes = _strings(shapes)
    backend_texts, n_backends = _strings(backends)
    node_texts, n_nodes = _strings(float32_nodes)
    options = CompileOptions(
        size=C.sizeof(CompileOptions),
        torch_executed_ops=ops,
        n_torch_executed_ops=n_ops,
        shapes=shape_texts,
        n_shapes=n_shapes,
        backends=backend_texts,
        n_backends=n_backends,
        float32_nodes=node_texts,
        n_float32_nodes=n_nodes,
    )
    given = {row["name"]: row["default"] for row in settings() if row["default"] or row["type"] != "text"}
    given.update({name: _setting_text(value) for name, value in values.items() if value is not None})
    texts = {name: text.encode() for name, text in given.items()}
    for name, text in texts.items():
        _check(_lib.ttrt_compile_options_set(C.byref(options), name.encode(), text))
    options._strings = ops, shape_texts, backend_texts, node_texts, texts
    return options


def _setting_text(value: Any) -> str:
    """As ttrt_compile_options_set reads it."""
    if isinstance(value, torch.dtype):
        return str(value).removeprefix("torch.")
    if isinstance(value, enum.Enum):
        return value.name.lower()
    return str(int(value)) if isinstance(value, (bool, int)) else str(value)


def _fill(out: Tensor, t: torch.Tensor) -> None:
    out.data, out.dtype, out.rank = t.data_ptr(), DTYPES[t.dtype], t.dim()
    for i in range(t.dim()):
        out.dims[i], out.strides[i] = t.size(i), t.stride(i)


class Program:
    """A graph handed over from memory. Holds the tensors that it lends to C."""

    def __init__(self, graph_json: str, weights: dict[str, torch.Tensor]) -> None:
        # The core reads weights from host memory.
        self._weights = {name: t.detach().cpu() for name, t in weights.items()}
        failure: list[BaseException] = []

        @_Weight
        def weight(_user: Any, name: bytes, out: Any) -> int:
            try:
                _fill(out.contents, self._weights[name.decode()])
                return 0
            except BaseException as e:  # must not cross C
                failure.append(e)
                return 1

        text = graph_json.encode()
        self._handle = C.c_void_p()
        status = _lib.ttrt_program_from_json(text, len(text), weight, None, C.byref(self._handle))
        if failure:
            raise failure[0]
        _check(status)

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            _lib.ttrt_program_unref(self._handle)

    def describe(self) -> dict[str, Any]:
        text = C.c_char_p()
        _check(_lib.ttrt_program_describe(self._handle, C.byref(text)))
        return json.loads(text.value)

    def convert(self, options: CompileOptions) -> bytes:
        """The whole program as one engine, in the format of the engine's own library."""
        engine, plan, size = C.c_void_p(), C.c_void_p(), C.c_size_t()
        _check(_lib.ttrt_program_convert(self._handle, C.byref(options), C.byref(engine)))
        try:
            _check(_lib.ttrt_engine_plan(engine, C.byref(plan), C.byref(size)))
            return C.string_at(plan.value, size.value)
        finally:
            _lib.ttrt_engine_unref(engine)


def _interruptible(call: Callable[[CompileOptions], None], options: CompileOptions) -> None:
    """call(options), cancelled by an interrupt.

    Python runs handlers of signals in the main thread, between its own instructions: while that thread is in C, they
    wait. So the call goes to another thread.
    """
    if threading.current_thread() is not threading.main_thread():
        call(options)
        return
    cancelled = threading.Event()
    failure: list[BaseException] = []
    mine = CompileOptions.from_buffer_copy(options)
    mine.progress = _Progress(lambda _user, _phase, _share: not cancelled.is_set())

    def run() -> None:
        try:
            call(mine)
        except BaseException as e:
            failure.append(e)

    thread = threading.Thread(target=run, name="torch_tensorrt build")
    try:
        thread.start()
        thread.join()
    except BaseException:
        cancelled.set()
        if thread.ident is not None:
            thread.join()
        raise
    if failure:
        raise failure[0]


class Partition:
    """Which nodes go into which engine, and the engines' bytes."""

    def __init__(self, program: Program, options: CompileOptions) -> None:
        self._program, self._options = program, options
        self._handle = C.c_void_p()
        _check(_lib.ttrt_partition_new(program._handle, C.byref(options), C.byref(self._handle)))
        text = C.c_char_p()
        _check(_lib.ttrt_partition_describe(self._handle, C.byref(text)))
        self.facts: dict[str, Any] = json.loads(text.value)

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            _lib.ttrt_partition_free(self._handle)

    def build(self, name: str) -> tuple[torch.Tensor, str]:
        """The engine of a segment as a uint8 tensor that owns its bytes, and its signature."""
        blob, size, signature = C.c_void_p(), C.c_size_t(), C.c_char_p()

        def build(options: CompileOptions) -> None:
            _check(
                _lib.ttrt_partition_build(
                    self._handle, name.encode(), C.byref(options), C.byref(blob), C.byref(size), C.byref(signature)
                )
            )

        try:
            _interruptible(build, self._options)
        except BaseException:
            _lib.ttrt_bytes_free(blob)  # an interrupt may come when all is done
            raise
        text = signature.value.decode()
        return _adopt(blob.value, size.value), text


class _Bytes:
    """C memory that frees itself; tensors made over it keep it alive."""

    def __init__(self, address: int, size: int) -> None:
        self.address = address
        self.__array_interface__ = {"shape": (size,), "typestr": "|u1", "data": (address, False), "version": 3}

    def __del__(self) -> None:
        _lib.ttrt_bytes_free(self.address)


def _adopt(address: int, size: int) -> torch.Tensor:
    import numpy as np

    return torch.from_numpy(np.asarray(_Bytes(address, size)))


@contextlib.contextmanager
def _opened(engine: torch.Tensor) -> Iterator[C.c_void_p]:
    if not (engine.is_cpu and engine.is_contiguous()):  # else a trace that runs it would hold the calls
        engine = engine.contiguous().cpu()
    handle = C.c_void_p()
    _check(_lib.ttrt_engine_open(engine.data_ptr(), engine.numel(), None, None, C.byref(handle)))
    try:
        yield handle
    finally:
        _lib.ttrt_engine_unref(handle)


def _describe(handle: C.c_void_p) -> dict[str, Any]:
    text = C.c_char_p()
    _check(_lib.ttrt_engine_describe(handle, C.byref(text)))
    return json.loads(text.value)


def engine_info(engine: torch.Tensor) -> dict[str, Any]:
    """Facts about an engine's bytes: inputs, outputs, layers."""
    with _opened(engine) as handle:
        return _describe(handle)


def profile_engine(engine: torch.Tensor, inputs: Sequence[torch.Tensor]) -> list[tuple[str, int]]:
    """Runs an engine on its inputs: each step by name, with its nanoseconds. The outputs are dropped."""
    steps: list[tuple[str, int]] = []

    @_Profile
    def step(_user: Any, name: bytes, time_ns: int) -> None:
        steps.append((name.decode(errors="replace"), time_ns))

    given = (Tensor * max(len(inputs), 1))()
    for slot, t in zip(given, inputs, strict=False):
        _fill(slot, t)
        slot.device_type, slot.device_index = (1, t.device.index) if t.is_cuda else (0, 0)
    with _opened(engine) as handle:
        n_out = len(_describe(handle)["outputs"])
        results = (Tensor * max(n_out, 1))()
        options = RunOptions(size=C.sizeof(RunOptions), profile=step)
        _check(_lib.ttrt_engine_run(handle, results, n_out, given, len(inputs), None, C.byref(options)))
        for i in range(n_out):
            _lib.ttrt_tensor_dispose(C.byref(results[i]))
    return steps
