"""What all tests share: threads, seeds, the command line, comparing."""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._pytree import tree_leaves

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).parent))

# Of the output's scale: sums in another order, over up to some thousand terms.
TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-9, torch.float16: 1e-2, torch.bfloat16: 6e-2}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shard", metavar="I/N", help="of the chosen tests, those whose name falls into part I of N")
    parser.addoption("--samples", metavar="N", type=int, default=6, help="of an operator in the full family tests")
    parser.addoption("--tensorrt-table", metavar="FILE", help="build every program for engine tensorrt, too: see there")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    shard = config.getoption("--shard")
    if shard:
        part, parts = map(int, shard.split("/"))
        items[:] = [item for item in items if zlib.crc32(item.nodeid.encode()) % parts == part]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    tally = getattr(sys.modules.get("test_ops"), "TALLY", None)
    if tally:
        counts = ", ".join(f"{n} {what}" for what, n in sorted(tally.items()))
        terminalreporter.write_line(f"samples: {sum(tally.values())} tried, {counts}")


@pytest.fixture(autouse=True)
def _tensorrt_table(request: pytest.FixtureRequest) -> Iterator[None]:
    path = request.config.getoption("--tensorrt-table")
    if not path:
        yield
        return
    import tensorrt_table

    table = tensorrt_table.Table(pathlib.Path(path))
    table.test = request.node.nodeid
    table.install()
    yield
    table.remove()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    torch.manual_seed(0)
    torch.set_num_threads(2)
    with torch.no_grad():
        yield


def skip_before(version: str, reason: str) -> None:
    """Ends the test on an older PyTorch, which cannot do what it needs."""
    number = lambda text: tuple(map(int, text.split(".")[:2]))  # noqa: E731
    if number(torch.__version__) < number(version):
        pytest.skip(f"PyTorch before {version}: {reason}")


def _difference(got: torch.Tensor, wanted: torch.Tensor) -> float:
    a, b = got.to(torch.float64), wanted.to(torch.float64)
    delta = torch.where((a == b) | (a.isnan() & b.isnan()), torch.zeros(()).to(a), (a - b).abs())
    return delta.nan_to_num(nan=float("inf")).max().item() if delta.numel() else 0.0


def assert_same(got: Any, wanted: Any, tolerance: float | None = None) -> None:
    """Same structure, types and shapes; numbers within the tolerance of the output's scale."""
    a, b = tree_leaves(got), tree_leaves(wanted)
    assert len(a) == len(b)
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        if not isinstance(y, torch.Tensor):
            assert x == y, f"output {i}"
            continue
        assert (x.dtype, x.shape) == (y.dtype, y.shape), f"output {i}: {x.dtype} {x.shape}, wanted {y.dtype} {y.shape}"
        if y.is_complex():
            x, y = torch.view_as_real(x), torch.view_as_real(y)
        finite = y[y.isfinite()] if y.is_floating_point() else y
        scale = max(finite.to(torch.float64).abs().max().item(), 1e-3) if finite.numel() else 1.0
        limit = (TOLERANCE.get(y.dtype, 0.0) if tolerance is None else tolerance) * scale
        assert _difference(x, y) <= limit, f"output {i} differs by {_difference(x, y):.3g}, more than {limit:.3g}"


def tensorrt_library() -> str | None:
    spec = importlib.util.find_spec("tensorrt_rtx_libs")
    return str(pathlib.Path(*spec.submodule_search_locations) / "libtensorrt_rtx.so.1") if spec else None


@pytest.fixture(scope="session")
def torchtrtc() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command line: torchtrtc("run", ...)."""
    path = os.environ.get("TORCHTRTC") or str(ROOT / "build" / "torchtrtc")
    if not shutil.which(path):
        pytest.fail(f"{path} is not there: make build, or set TORCHTRTC")

    # Where this Python's TensorRT lies; the command line finds it beside itself only once it is installed.
    environment = {"TTRT_TENSORRT_LIBRARY": tensorrt_library() or "", **os.environ}

    def run(*args: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([path, *map(str, args)], capture_output=True, text=True, timeout=600, env=environment)
        assert not check or done.returncode == 0, f"torchtrtc {args}: {done.stdout}{done.stderr}"
        return done

    return run


def gelu_becomes_relu(gm: torch.fx.GraphModule, settings: Any) -> torch.fx.GraphModule:
    """A lowering pass of the user's."""
    for node in gm.graph.nodes:
        if node.target is torch.ops.aten.gelu.default:
            node.target, node.kwargs = torch.ops.aten.relu.default, {}
    return gm


@pytest.fixture
def gelu_pass() -> Iterator[None]:
    """gelu_becomes_relu() is registered for one test."""
    from torch_tensorrt.dynamo import lowering

    lowering._aten_lowering_pass(gelu_becomes_relu)
    yield
    lowering.ATEN_POST_LOWERING_PASSES.remove(gelu_becomes_relu)


def _to_numpy(t: torch.Tensor) -> np.ndarray:
    return (t.view(torch.uint16) if t.dtype == torch.bfloat16 else t).numpy()


def run_saved(
    torchtrtc: Callable[..., Any], path: pathlib.Path, args: Any, folder: pathlib.Path
) -> list[torch.Tensor | int | None]:
    """The outputs that `torchtrtc run` computes from npy files, flat; None for what it writes no file for."""
    facts = json.loads(torchtrtc("inspect", path, "--json").stdout)
    folder.mkdir(parents=True, exist_ok=True)
    options: list[object] = []
    for spec, value in zip(facts["inputs"], tree_leaves(args), strict=True):
        if isinstance(value, torch.Tensor):
            file = folder / f"{spec['name']}.npy"
            np.save(file, _to_numpy(value))
            options += ["-i", f"{spec['name']}={file}"]
        elif spec["kind"] == "number":
            options += ["-i", f"{spec['name']}={value}"]
    torchtrtc("run", path, *options, "-o", folder / "out")
    results: list[torch.Tensor | int | None] = []
    for spec in facts["outputs"]:
        if spec["kind"] == "constant":
            results.append(None)
            continue
        array = np.load(folder / "out" / f"{spec['name']}.npy")
        if spec["kind"] == "number":
            assert (array.dtype, array.shape) == (np.int64, ())
            results.append(int(array))
        else:
            tensor = torch.from_numpy(array)
            results.append(tensor.view(torch.bfloat16) if spec["dtype"] == "bfloat16" else tensor)
    return results


RUN_ELSEWHERE = """
import sys, torch
{host}
load = {{
    "exported_program": lambda path: torch.export.load(path).module(),
    "torchscript": torch.jit.load,
    "aot_inductor": torch._inductor.aoti_load_package,
}}["{output_format}"]
torch.set_num_threads(2)
module = load(sys.argv[1])
with torch.no_grad():
    torch.save([module(*args) for args in torch.load(sys.argv[2])], sys.argv[3])
"""


def run_in_new_process(
    path: pathlib.Path,
    calls: list[tuple[Any, ...]],
    folder: pathlib.Path,
    output_format: str = "exported_program",
    host: str = "import torch_tensorrt",
) -> list[Any]:
    """What the saved module gives for each call, in a process that only imports torch_tensorrt."""
    torch.save(calls, folder / "calls.pt")
    script = RUN_ELSEWHERE.format(host=host, output_format=output_format)
    command = [sys.executable, "-c", script, str(path), str(folder / "calls.pt"), str(folder / "results.pt")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return torch.load(folder / "results.pt")
