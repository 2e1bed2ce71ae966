#!/usr/bin/env python3
"""tensorrt::execute_engine inside PyTorch: programs loaded by torch.export, TorchScript, errors, forks, threads.

usage: test_torch.py LIBRARY TORCHTRTC DATA. Exit code 77 (skipped) without PyTorch.
"""

import ctypes
import os
import re
import subprocess
import sys
import tempfile
import threading

try:
    import torch
except ImportError:
    sys.exit(77)

library, torchtrtc, data = sys.argv[1:]
lib = ctypes.CDLL(library)
lib.ttrt_torch_register.argtypes = [ctypes.c_char_p]


WITHOUT_TORCH = """
import ctypes, sys
lib = ctypes.CDLL(sys.argv[1])
assert lib.ttrt_torch_register(None) == 6
assert lib.ttrt_torch_register(b"/no/such/libtorch_cpu.so") == 6
"""


def register():
    assert torch.ops.tensorrt.execute_engine  # loading the library did it
    path = os.path.join(torch.__path__[0], "lib", "libtorch_cpu.so").encode()
    assert lib.ttrt_torch_register(path) == 0  # twice is harmless
    assert lib.ttrt_torch_register(None) == 0
    subprocess.run([sys.executable, "-c", WITHOUT_TORCH, library], check=True)


DTYPES = {"f32": torch.float32, "i64": torch.int64}


@torch.library.register_fake("tensorrt::execute_engine") if register() is None else None
def fake(inputs, engine, signature):
    outputs, _, places = signature.partition("; in: ")
    symbols = {}
    for item in places.split(", ") if places else []:
        name, _, place = item.partition("=")
        symbols[name] = eval(re.sub(r"(\d+)\.(\d+)", r"inputs[\1].shape[\2]", place), {"inputs": inputs})
    made = []
    for text in outputs.split("|"):
        dtype, _, dims = text.rstrip("]").partition("[")
        shape = [eval(d, {}, symbols) for d in dims.split(",")] if dims else []
        made.append(engine.new_empty(shape, dtype=DTYPES[dtype]))
    return made


op = torch.ops.tensorrt.execute_engine
folder = tempfile.mkdtemp()


def compiled(name):
    path = os.path.join(folder, name + ".pt2")
    subprocess.run(
        [torchtrtc, "compile", os.path.join(data, name + ".pt2"), "-o", path], check=True, stdout=subprocess.DEVNULL
    )
    return torch.export.load(path)


def tensors(args):
    return [a.clone() if isinstance(a, torch.Tensor) else a for a in args]


def same(a, b):
    a, b = torch.utils._pytree.tree_leaves(a), torch.utils._pytree.tree_leaves(b)
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        torch.testing.assert_close(x, y) if isinstance(x, torch.Tensor) else None
        assert isinstance(x, torch.Tensor) or x == y, (x, y)


def test_programs():
    for name in ("two", "counter", "writes_input", "same"):
        original = torch.export.load(os.path.join(data, name + ".pt2"))
        args = original.example_inputs[0]
        got, wanted = compiled(name).module(), original.module()
        mine, theirs = tensors(args), tensors(args)
        for _ in range(2):  # state is kept
            same(got(*mine), wanted(*theirs))
        same(mine, theirs)  # inputs are written


program = compiled("two")
engine = next(t for t in program.constants.values() if t.dtype == torch.uint8)
signature = next(n.args[2] for n in program.graph.nodes if n.target is op.default)
x, scale = torch.randn(2, 6), torch.tensor([2.0])
wanted = op([x, scale], engine, signature)[0]


def test_calls():
    assert signature.startswith("f32[s") and "; in: s" in signature, signature
    torch.testing.assert_close(op([x.t().contiguous().t(), scale], engine, signature)[0], wanted)
    unaligned = torch.empty(engine.numel() + 1, dtype=torch.uint8)[1:]
    torch.testing.assert_close(op([x, scale], unaligned.copy_(engine), signature)[0], wanted)
    for n in (1, 16):
        assert op([torch.randn(n, 6), scale], engine, signature)[0].shape == (n, 3)


def fails(text, inputs, blob=engine):
    try:
        op(inputs, blob, signature)
    except RuntimeError as e:
        assert text in str(e), str(e)
    else:
        raise AssertionError(f"no error: {text}")


def test_errors():
    for _ in range(3):
        fails("'scale') is float64, the engine wants float32", [x, scale.double()])
        fails("1 inputs given, the engine has 2", [x])
        fails("has rank 1", [x[0], scale])
        fails("dimension 0", [torch.randn(17, 6), scale])
        fails("engine", [x, scale], engine[:100])
        fails("uint8", [x, scale], engine.to(torch.int16))
        damaged = engine.clone()
        damaged[20] ^= 1
        fails("engine blob", [x, scale], damaged)


def test_script():
    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("engine", engine)

        def forward(self, x, scale):
            return torch.ops.tensorrt.execute_engine([x, scale], self.engine, signature)[0] + 1

    path = os.path.join(folder, "script.pt")
    torch.jit.save(torch.jit.trace(Module(), (x, scale)), path)
    torch.testing.assert_close(torch.jit.load(path)(x, scale), wanted + 1)


def test_threads():
    failures = []

    def work():
        for _ in range(200):
            if not torch.equal(op([x, scale], engine.clone(), signature)[0], wanted):
                failures.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not failures


def test_fork():
    child = os.fork()
    if child == 0:
        os._exit(0 if torch.equal(op([x, scale], engine, signature)[0], wanted) else 1)
    assert os.waitpid(child, 0)[1] == 0


for name, test in sorted(globals().items()):
    if name.startswith("test_"):
        test()
        print("ok", name)
