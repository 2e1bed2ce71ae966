"""The loader's promise: a bad file costs an error that names the file and the place, and nothing else.

Every case goes through `torchtrtc`, whose exit status is 1 and whose message says what is wrong.
"""

from __future__ import annotations

import os
import pathlib
import re
import resource
import struct
import subprocess
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hostile import Archive, Json, variant

DATA = pathlib.Path(__file__).parents[1] / "runtime" / "data"
MODEL = "models/model.json"
WEIGHTS = "data/weights/model_weights_config.json"
GOOD = (DATA / "two.pt2").read_bytes()
TWO = Archive(GOOD)


def graph(m: Json) -> Json:
    return m["graph_module"]["graph"]


def model(edit: Callable[[Json], object]) -> bytes:
    return TWO.change(MODEL, edit)


def node(i: int, edit: Callable[[Json], object]) -> bytes:
    return model(lambda m: edit(graph(m)["nodes"][i]))


def weight(edit: Callable[[Json], object]) -> bytes:
    return TWO.change(WEIGHTS, lambda w: edit(w["config"]["a.weight"]))


def text(old: str, new: str) -> bytes:
    content = TWO.entries[MODEL].decode()
    assert old in content
    return TWO.replace(MODEL, content.replace(old, new, 1).encode())


def newer(edit: Callable[[Json], object]) -> bytes:
    """The program as a later minor version of the schema might write it."""
    return model(lambda m: (m["schema_version"].update(minor=99), edit(m)))


def patched(*changes: tuple[int, bytes]) -> bytes:
    """Bytes of the archive exchanged, counted from its end where negative."""
    data = bytearray(TWO.bytes())
    for at, new in changes:
        at %= len(data)
        data[at : at + len(new)] = new
    return bytes(data)


def central(name: str) -> int:
    """Where the central directory's header of an entry starts."""
    data = TWO.bytes()
    return data.rindex(f"{TWO.root}/{name}".encode()) - 46


def local(name: str) -> int:
    return TWO.bytes().index(f"{TWO.root}/{name}".encode()) - 30


def overlapping() -> bytes:
    """One entry's bytes hold another with its header, where the directory then points."""
    entry = "data/weights/weight_1"
    header = 30 + len(f"{TWO.root}/{entry}")
    inner = TWO.bytes()[local(entry) :][: header + len(TWO.entries[entry])]
    data = bytearray(TWO.replace("extra", inner))
    directory = data.rindex(f"{TWO.root}/{entry}".encode()) - 46
    data[directory + 42 : directory + 46] = u32(data.rindex(inner))
    return bytes(data)


def u32(n: int) -> bytes:
    return struct.pack("<I", n)


# What the file is; what the message says; where it places the fault, behind the file's name.
CASES: dict[str, tuple[bytes, str, str]] = {
    # the archive
    "empty": (b"", "the file is empty", ""),
    "no zip": (b"hello, world", r'not a zip archive: it starts with 68 65 6c 6c .*"hello, w"', "byte 0"),
    "wrong CRC": (
        patched((local("data/weights/weight_0") + 30 + len("two/data/weights/weight_0"), b"\0\1\2\3")),
        'entry "two/data/weights/weight_0": CRC 0x[0-9a-f]+ wanted', r"byte \d+"),
    "two entries of one name": (
        TWO.bytes().replace(b"weight_1", b"weight_0"), 'two entries have the name "two/data/weights/weight_0"',
        r"byte \d+"),
    "an entry in the place of another": (
        patched((central("data/weights/weight_1") + 42, u32(local("data/weights/weight_0")))),
        "another name than the central directory", r"byte \d+"),
    "an entry within another": (
        overlapping(), 'entries "two/extra" and "two/data/weights/weight_1" overlap', r"byte \d+"),
    "an entry beyond the file": (
        patched((central("byteorder") + 42, u32(0xFFFFFFF0))), "local header lies outside", r"byte \d+"),
    "an entry's size beyond the file": (
        patched((central("byteorder") + 20, u32(0xFFFFFFF0) * 2), (local("byteorder") + 18, u32(0xFFFFFFF0) * 2)),
        r'entry "two/byteorder" has 4294967280 bytes; \d+ are left', r"byte \d+"),
    "more entries than there is room for": (
        patched((-14, b"\xfe\xff\xfe\xff")), "65534 entries do not fit a central directory of", r"byte \d+"),
    "a directory beyond the file": (
        patched((-10, u32(0xFFFFFF00))), "the central directory, 4294967040 bytes from", r"byte \d+"),
    "a compressed entry": (
        patched((central("byteorder") + 10, b"\x08\0"), (local("byteorder") + 8, b"\x08\0")),
        r'entry "two/byteorder" is compressed \(method 8, deflate\)', r"byte \d+"),
    "an encrypted entry": (patched((central("byteorder") + 8, b"\1\0")), "is encrypted", r"byte \d+"),
    "a missing entry": (TWO.replace("data/weights/weight_1", None), "no entry data/weights/weight_1", WEIGHTS),
    "another archive version": (TWO.replace("archive_version", b"1"), 'archive_version is "1", expected "0"', ""),
    # JSON
    "too deep": (TWO.replace(MODEL, b"[" * 300 + b"]" * 300), "JSON is nested deeper than 256", f"{MODEL}, byte 256"),
    "duplicate keys": (
        text('"metadata": {},', '"graph": {}, "metadata": {},'), "duplicate object key", f"{MODEL}, line 1"),
    "an integer out of range": (
        text('"as_int": 7', '"as_int": 9223372036854775808'), "too big integer", f"{MODEL}, line 1"),
    "a number out of range": (text('"as_int": 7', '"as_float": 1e999'), "real number overflow", f"{MODEL}, line 1"),
    "a NUL in a name": (text('"name": "relu"', '"name": "re\\u0000lu"'), "NUL", MODEL),
    "bad UTF-8": (TWO.replace(MODEL, b'{"\xff": 1}'), "bad JSON: unable to decode", f"{MODEL}, line 1"),
    "no object": (TWO.replace(MODEL, b"[]"), "an object wanted, found an array", MODEL),
    "cut in the middle": (
        TWO.replace(MODEL, TWO.entries[MODEL][:300]), "bad JSON: .* near end of file", f"{MODEL}, line 1, .*byte 300"),
    "a number that exceeds 64 bits in an expression": (
        text("Symbol('s77', positive=True, integer=True)", "Integer(92233720368547758070)"),
        "a number exceeds 64 bits at offset 27 of the expression", MODEL),
    "a size that overflows": (
        text("Symbol('s77', positive=True, integer=True)",
             "Mul(Integer(9223372036854775807), Symbol('s77', positive=True, integer=True))"),
        r"the size of a tensor overflows: float32 \[\d+, 6\]", "input 'x'"),
    # the graph
    "a cycle": (
        model(lambda m: graph(m)["nodes"].reverse()),
        'value "linear_1" is used before node 1 defines it: a cycle', rf"{MODEL}"),
    "its own result": (
        node(2, lambda n: n["inputs"][0]["arg"]["as_tensor"].update(name="relu")),
        "value 'relu' is used before it is defined", MODEL),
    "an undefined value": (
        node(2, lambda n: n["inputs"][0]["arg"]["as_tensor"].update(name="nowhere")),
        r'nodes\[2\].inputs\[0\].*value "nowhere" is used, and nothing defines it', MODEL),
    "one name twice": (
        node(2, lambda n: n["outputs"][0]["as_tensor"].update(name="linear")), 'a second value is named "linear"',
        MODEL),
    "an argument too many": (
        node(2, lambda n: n["inputs"].append({"name": "other", "arg": {"as_int": 1}, "kind": 1})),
        'aten.relu.default takes no argument "other"', MODEL),
    "an argument twice": (
        node(2, lambda n: n["inputs"].append(n["inputs"][0])), 'gets its argument "self" twice', MODEL),
    "an argument too few": (
        node(4, lambda n: n["inputs"].pop()), 'aten.mul.Tensor lacks its argument "other"', MODEL),
    "an argument of another kind": (
        node(2, lambda n: n["inputs"][0].update(arg={"as_string": "x"})),
        "argument 'self' is of a kind that its schema does not allow", MODEL),
    "a result too many": (
        node(2, lambda n: n["outputs"].append({"as_none": True})), "2 outputs, expected 1", MODEL),
    "no result": (model(lambda m: (
        graph(m)["nodes"][4].update(outputs=[]), m["graph_module"]["signature"].update(output_specs=[]))),
        r"node 'mul' \(aten.mul.Tensor\): 0 outputs, expected 1", MODEL),
    "an unknown operator": (
        node(2, lambda n: n.update(target="torch.ops.aten.frobnicate.default")),
        r"not fully supported, 1 operator: aten.frobnicate.default \(1x\): no converter", "node 'relu'"),
    "a function of Python": (
        node(2, lambda n: n.update(target="os.system")), r"os.system \(1x\): no converter", "node 'relu'"),
    "a shape that does not follow": (
        model(lambda m: graph(m)["tensor_values"]["relu"]["sizes"].__setitem__(1, {"as_int": 9})),
        "dimension 1 comes to 8, the graph says 9", "node 'relu'"),
    "a negative dimension": (
        model(lambda m: graph(m)["tensor_values"]["relu"]["sizes"].__setitem__(1, {"as_int": -8})),
        "dimension 1 of value 'relu' is -8", MODEL),
    "too many dimensions": (
        model(lambda m: graph(m)["tensor_values"]["relu"].update(sizes=[{"as_int": 1}] * 65)),
        "65 dimensions, at most 64", MODEL),
    "strides of another rank": (
        model(lambda m: graph(m)["tensor_values"]["relu"]["strides"].pop()), "1 strides for 2 dimensions", MODEL),
    "an expression of no known function": (
        text("Symbol('s77', positive=True, integer=True)", "Gamma(Symbol('s77'))"), "'Gamma' in the expression", MODEL),
    "an empty range": (
        model(lambda m: m["range_constraints"]["s77"].update(min_val=17)), "the range of s77 is empty: 17 to 16",
        MODEL),
    "a mutation of nothing": (
        model(lambda m: m["graph_module"]["signature"]["output_specs"].__setitem__(
            0, {"buffer_mutation": {"arg": {"name": "mul"}, "buffer_name": "b"}})),
        "output 0 mutates 'b', which is no such input", MODEL),
    # weights
    "strides that leave the storage": (
        weight(lambda w: w["tensor_meta"]["strides"].__setitem__(0, {"as_int": 7})),
        "weight 'a.weight' reaches beyond the 192 bytes of its storage", MODEL),
    "strides that overflow": (
        weight(lambda w: w["tensor_meta"]["strides"].__setitem__(0, {"as_int": 2**62})),
        "weight 'a.weight' reaches beyond the 192 bytes", MODEL),
    "a negative stride": (
        weight(lambda w: w["tensor_meta"]["strides"].__setitem__(0, {"as_int": -6})), "dimension 8 with stride -6",
        MODEL),
    "an offset beyond the storage": (
        weight(lambda w: w["tensor_meta"].update(storage_offset={"as_int": 1})), "reaches beyond the 192 bytes", MODEL),
    "an empty weight far away": (
        TWO.change(WEIGHTS, lambda w: w["config"]["a.weight"]["tensor_meta"].update(
            sizes=[{"as_int": 0}, {"as_int": 6}], storage_offset={"as_int": 2**61})),
        "another data type or shape", MODEL),
    "a weight of another shape": (
        weight(lambda w: w["tensor_meta"].update(sizes=[{"as_int": 6}, {"as_int": 8}])),
        "weight 'a.weight' has another data type or shape than value 'p_a_weight'", MODEL),
    "a weight outside the archive": (
        weight(lambda w: w.update(path_name="../../../../etc/passwd")),
        r"a.weight.path_name: the archive has no entry data/weights/\.\./", WEIGHTS),
    "a pickled weight": (weight(lambda w: w.update(use_pickle=True)), "'a.weight' is stored as a pickle", ""),
    # versions and enumerations
    "an unknown dtype": (
        model(lambda m: graph(m)["tensor_values"]["x"].update(dtype=99)),
        "tensor_values.x.dtype: no scalar type has the number 99", MODEL),
    "an unknown dtype of a weight": (
        weight(lambda w: w["tensor_meta"].update(dtype=99)), "no scalar type has the number 99", WEIGHTS),
    "a newer major schema": (
        model(lambda m: m["schema_version"].update(major=9)), r"export schema 9\.20 .*, expected 8\.x", MODEL),
    **{
        f"a newer member of {where}": (
            newer(lambda m, get=get: get(m).update(novelty={"a": 1})),
            'member "novelty" belongs to a newer schema than 8.20', MODEL)
        for where, get in {
            "ExportedProgram": lambda m: m,
            "GraphModule": lambda m: m["graph_module"],
            "Graph": graph,
            "Node": lambda m: graph(m)["nodes"][2],
            "NamedArgument": lambda m: graph(m)["nodes"][2]["inputs"][0],
            "TensorArgument": lambda m: graph(m)["nodes"][2]["inputs"][0]["arg"]["as_tensor"],
            "TensorMeta": lambda m: graph(m)["tensor_values"]["relu"],
            "Device": lambda m: graph(m)["tensor_values"]["relu"]["device"],
            "SymExpr": lambda m: graph(m)["tensor_values"]["x"]["sizes"][0]["as_expr"],
            "RangeConstraint": lambda m: m["range_constraints"]["s77"],
            "GraphSignature": lambda m: m["graph_module"]["signature"],
            "UserInputSpec": lambda m: m["graph_module"]["signature"]["input_specs"][4]["user_input"],
            "InputToParameterSpec": lambda m: m["graph_module"]["signature"]["input_specs"][0]["parameter"],
            "InputToConstantInputSpec": lambda m: m["graph_module"]["signature"]["input_specs"][6]["constant_input"],
            "UserOutputSpec": lambda m: m["graph_module"]["signature"]["output_specs"][0]["user_output"],
            "ModuleCallEntry": lambda m: m["graph_module"]["module_call_graph"][0],
            "ModuleCallSignature": lambda m: m["graph_module"]["module_call_graph"][0]["signature"],
        }.items()
    },
    "a newer member of PayloadMeta": (
        weight(lambda w: w.update(novelty=[1])), 'member "novelty" belongs to a newer schema', WEIGHTS),
    "a newer kind of argument": (
        newer(lambda m: graph(m)["nodes"][2]["inputs"][0].update(arg={"as_novelty": 1})),
        'unknown kind of argument "as_novelty"', MODEL),
    "a newer way to pass arguments": (
        newer(lambda m: graph(m)["nodes"][2]["inputs"][0].update(kind=3)), "no kind of argument has the number 3",
        MODEL),
    "a newer layout": (
        newer(lambda m: graph(m)["tensor_values"]["x"].update(layout=8)), "no layout has the number 8", MODEL),
    "a newer kind of input": (
        newer(lambda m: m["graph_module"]["signature"]["input_specs"].__setitem__(4, {"novelty": {}})),
        'unknown kind of input "novelty"', MODEL),
    "a newer kind of output": (
        newer(lambda m: m["graph_module"]["signature"]["output_specs"].__setitem__(4, {"novelty": {}})),
        'unknown kind of output "novelty"', MODEL),
    "a newer kind of size": (
        newer(lambda m: graph(m)["tensor_values"]["x"]["sizes"].__setitem__(0, {"as_novelty": 1})),
        'unknown kind of symbolic integer "as_novelty"', MODEL),
}  # fmt: skip


def refused(torchtrtc: Callable[..., Any], what: str, where: str, *args: object) -> None:
    """Exit status 1, what is wrong in one line, and where."""
    done = torchtrtc(*args, check=False)
    lines = [line for line in done.stderr.splitlines() if "compiling it in memory" not in line]
    assert done.returncode == 1, f"exit status {done.returncode}: {done.stdout}{done.stderr}"
    assert lines[0].startswith("torchtrtc: ") and re.search(what, lines[0]), lines
    assert lines[1].startswith("  at: ") and re.search(where, lines[1]), lines


def in_file(path: pathlib.Path, where: str) -> str:
    """The file and the place in it, in either order."""
    name = re.escape(str(path))
    return f"{name}.*{where}|{where}.*{name}"


@pytest.mark.parametrize("name", CASES)
def test_bad_file(name: str, torchtrtc: Callable[..., Any], tmp_path: pathlib.Path) -> None:
    data, what, where = CASES[name]
    path = tmp_path / "bad.pt2"
    path.write_bytes(data)
    refused(torchtrtc, what, in_file(path, where), "run", path, "--random")


@pytest.mark.parametrize("sixteenths", range(16))
def test_truncated(sixteenths: int, torchtrtc: Callable[..., Any], tmp_path: pathlib.Path) -> None:
    path = tmp_path / "cut.pt2"
    path.write_bytes(GOOD[: len(GOOD) * sixteenths // 16])
    what = "truncated zip archive: [0-9]+ bytes, and no end record" if sixteenths else "the file is empty"
    refused(
        torchtrtc, what, in_file(path, f"byte {len(GOOD) * sixteenths // 16}" if sixteenths else ""), "inspect", path
    )


def test_packed_anew(torchtrtc: Callable[..., Any], tmp_path: pathlib.Path) -> None:
    """Weights at any alignment, a newer minor version and hostile sample inputs make no difference."""
    other = newer(lambda m: m.update(novelty=[]))
    other = Archive(other).replace("data/sample_inputs/model.pt", b"\x80\x04csystem\n.")
    results = []
    for name, data in {"good": GOOD, "other": other}.items():
        path = tmp_path / f"{name}.pt2"
        path.write_bytes(data)
        torchtrtc("run", path, "--random", "-o", tmp_path / name)
        results.append(np.load(tmp_path / name / "mul.npy"))
    assert np.array_equal(*results)


# ---- engines in compiled programs ----

ENGINE_CASES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut": (lambda b: b[:-64], r"engine blob: [0-9]+ bytes, its header tells of 64 \+ [0-9]+ \(truncated\)"),
    "cut in its header": (lambda b: b[:40], "engine blob: truncated, 40 bytes of a header of 64"),
    "no engine": (lambda b: b"x" * len(b), 'not an engine blob: it does not start with "TTRTENG"'),
    "a changed header": (lambda b: b[:20] + b"\xff" + b[21:], "its header does not have the checksum told"),
    "another version": (lambda b: b[:8] + u32(99) + b[12:], "engine blob: version 99, this library reads version 1"),
    "another payload": (lambda b: b[:64] + u32(99) + b[68:], "engine of payload version 99; this library reads 1"),
    "another engine": (
        lambda b: sealed(b[:32] + b"warp\0" + b[37:]), "made by engine 'warp', which this library does not have"),
    "other inputs": (
        lambda b: b.replace(b"(%x", b"(%y", 1), "network text: a tensor is not defined"),
}  # fmt: skip


def sealed(blob: bytes) -> bytes:
    return blob[:56] + u32(zlib.crc32(blob[:56])) + blob[60:]


@pytest.mark.parametrize("name", ENGINE_CASES)
def test_bad_engine(name: str, torchtrtc: Callable[..., Any], tmp_path: pathlib.Path) -> None:
    edit, what = ENGINE_CASES[name]
    path = tmp_path / "compiled.pt2"
    torchtrtc("compile", DATA / "two.pt2", "-o", path)
    archive = Archive(path.read_bytes())
    (entry,) = (e for e in archive.entries if archive.entries[e].startswith(b"TTRTENG"))
    blob = edit(archive.entries[entry])

    def resize(config: Json) -> None:
        (meta,) = (c["tensor_meta"] for c in config["config"].values())
        meta["sizes"] = [{"as_int": len(blob)}]

    constants = "data/constants/model_constants_config.json"
    archive = Archive(archive.change(constants, resize))
    archive = Archive(archive.change(MODEL, lambda m: graph(m)["tensor_values"]["c_run_on_acc_0_engine"].update(
        sizes=[{"as_int": len(blob)}])))  # fmt: skip
    path.write_bytes(archive.replace(entry, blob))
    refused(
        torchtrtc, what, in_file(path, "engine 'run_on_acc_0_engine' of node 'execute_engine'"), "run", path, "--random"
    )


# ---- inputs ----

INPUT_CASES: dict[str, tuple[dict[str, Any], str]] = {
    "another rank": (
        {"x": np.zeros(6, np.float32)}, r"input 'x' has rank 1, the program wants 2: \[s77, 6\]"),
    "another dtype": ({"x": np.zeros((2, 6), np.int64)}, "input 'x' is int64 in its file, the program wants float32"),
    "a dimension out of range": (
        {"x": np.zeros((17, 6), np.float32)}, r"input 'x', dimension 0 is 17: s77 = 17, expected in \[1, 16\]"),
    "an empty dimension": (
        {"x": np.zeros((0, 6), np.float32)}, r"input 'x', dimension 0 is 0: s77 = 0, expected in \[1, 16\]"),
    "another fixed dimension": ({"x": np.zeros((2, 5), np.float32)}, "input 'x', dimension 1 is 5, expected 6"),
    "two sizes for one symbol": (
        {"x": np.zeros((2, 6), np.float32), "scale": np.zeros((3, 1), np.float32)},
        "input 'scale', dimension 0 is 3, expected s77 = 2"),
}  # fmt: skip


@pytest.mark.parametrize("name", INPUT_CASES)
def test_bad_input(name: str, torchtrtc: Callable[..., Any], tmp_path: pathlib.Path) -> None:
    inputs, what = INPUT_CASES[name]
    path = tmp_path / "two.pt2"
    path.write_bytes(GOOD)
    if "scale" in inputs:  # of the shape [s77, 1], like x's first dimension
        path.write_bytes(model(lambda m: graph(m)["tensor_values"]["scale"].update(
            {k: [graph(m)["tensor_values"]["x"][k][0], {"as_int": 1}] for k in ("sizes", "strides")})))  # fmt: skip
    options: list[object] = []
    for key, value in ({"scale": np.zeros(1, np.float32)} | inputs).items():
        np.save(tmp_path / f"{key}.npy", value)
        options += ["-i", f"{key}={tmp_path / key}.npy"]
    done = torchtrtc("run", path, *options, check=False)
    assert done.returncode == 1 and re.search(what, done.stderr), done.stderr


@pytest.mark.parametrize(
    ("names", "what"),
    [("scale", "input 'x' is missing"), ("x scale y", "-i y=.* names no input; the inputs are x, scale")],
)
def test_other_inputs(names: str, what: str, torchtrtc: Callable[..., Any], tmp_path: pathlib.Path) -> None:
    np.save(tmp_path / "any.npy", np.zeros((2, 6), np.float32))
    options = [word for name in names.split() for word in ("-i", f"{name}={tmp_path / 'any.npy'}")]
    done = torchtrtc("run", DATA / "two.pt2", *options, check=False)
    assert done.returncode != 0 and re.search(what, done.stderr), done.stderr


def npy(header: str, data: bytes = b"", version: int = 1) -> bytes:
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(header)) + header.encode() + data


NPY_CASES: dict[str, tuple[bytes, str, str]] = {
    "no npy": (b"hello, world", "not a .npy header: the first bytes are not", "byte 0"),
    "cut in its header": (npy("{'descr': '<f4'")[:14], "truncated: 15 bytes wanted, 4 left", "byte 10"),
    "cut in its data": (
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 6)}", bytes(47)),
        "truncated .npy file: its shape needs more than the 47 bytes behind the header", r"byte \d+"),
    "a shape that overflows": (
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"),
        "its shape needs more than the 0 bytes", r"byte \d+"),
    "a dimension that overflows": (
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"), "a dimension overflows",
        r"byte \d+"),
    "objects": (
        npy("{'descr': '|O', 'fortran_order': False, 'shape': ()}"), r"elements of type '\|O' are not read", "byte 24"),
    "another version": (npy("{}", version=9), ".npy version 9.0; 1 to 3 are read", "byte 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", NPY_CASES)
def test_bad_npy(name: str, torchtrtc: Callable[..., Any], tmp_path: pathlib.Path) -> None:
    data, what, where = NPY_CASES[name]
    path = tmp_path / "x.npy"
    path.write_bytes(data)
    refused(torchtrtc, what, in_file(path, where), "run", DATA / "two.pt2", "--random", "-i", f"x={path}")


# ---- damaged variants ----


def limit() -> None:
    """Five seconds of processor time, whatever else the machine does; memory that every test machine has."""
    resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def check_variant(data: bytes, number: int, path: pathlib.Path) -> None:
    path.write_bytes(variant(data, number))
    tool = os.environ.get("TORCHTRTC") or str(pathlib.Path(__file__).parents[2] / "build" / "torchtrtc")
    for command in (["inspect", str(path)], ["run", str(path), "--random", "--threads", "2", "--engine", "cpu"]):
        done = subprocess.run([tool, *command], capture_output=True, preexec_fn=limit, timeout=300)
        said = done.stderr.decode(errors="replace")
        assert done.returncode in (0, 1), f"variant {number}, {command[0]}: exit status {done.returncode}: {said}"
        if done.returncode == 0:
            assert done.stdout, f"variant {number}, {command[0]}: silent"
        else:
            assert re.search("^torchtrtc: .+\n  at: .", said, re.M), f"variant {number}, {command[0]}: {said!r}"


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_damaged(first: int, tmp_path: pathlib.Path) -> None:
    for number in range(first, first + 50):
        check_variant(GOOD, number, tmp_path / "damaged.pt2")


@pytest.mark.full
@pytest.mark.parametrize("first", range(0, 2000, 100))
def test_damaged_all(first: int, tmp_path: pathlib.Path) -> None:
    """Of a program with two dynamic dimensions and attention."""
    data = (DATA.parents[1] / "compat" / "torch-2.13" / "dynamic.pt2").read_bytes()
    for number in range(first, first + 100):
        check_variant(data, number, tmp_path / "damaged.pt2")
