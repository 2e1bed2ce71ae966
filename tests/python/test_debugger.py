"""What a Debugger and profiling leave behind."""

from __future__ import annotations

import inspect
import json
import logging
import pathlib
import subprocess
import sys
import threading
import xml.etree.ElementTree

import pytest
import torch

import torch_tensorrt
from conftest import assert_same
from torch_tensorrt.dynamo import Debugger
from torch_tensorrt.dynamo.runtime._profile import EngineProfile

X = torch.randn(3, 4)
MODEL = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.GELU(), torch.nn.Linear(8, 2)).eval()


def compiled() -> torch.fx.GraphModule:
    return torch_tensorrt.compile(MODEL, inputs=[X], min_block_size=1)


def test_the_log_goes_to_a_file(tmp_path: pathlib.Path) -> None:
    logger = logging.getLogger("torch_tensorrt")
    before, handlers = logger.level, list(logger.handlers)
    for _ in range(2):
        with Debugger("debug", logging_dir=tmp_path / "logs"):
            assert logger.level == logging.DEBUG
            compiled()
    text = (tmp_path / "logs" / "torch_tensorrt_logging.log").read_text()
    assert text.count("3 of 3 operators in 1 engines") == 1, "written anew"
    assert logger.level == before and [h for h in logger.handlers if isinstance(h, logging.FileHandler)] == [
        h for h in handlers if isinstance(h, logging.FileHandler)
    ]


def test_the_log_goes_to_stderr_as_well(tmp_path: pathlib.Path) -> None:
    program = f"""
import logging
from torch_tensorrt.dynamo import Debugger
logger = logging.getLogger("torch_tensorrt")
for level in ("error", "debug"):
    with Debugger(level, logging_dir={str(tmp_path)!r}):
        logger.error("an error at level %s", level)
        logger.debug("a detail at level %s", level)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    shown = [line for line in result.stderr.splitlines() if " at level " in line]
    assert [line.split(": ")[1] for line in shown] == [
        "an error at level error",
        "an error at level debug",
        "a detail at level debug",
    ]


def test_one_with_statement_at_a_time(tmp_path: pathlib.Path) -> None:
    logger = logging.getLogger("torch_tensorrt")
    debugger = Debugger(logging_dir=tmp_path, save_layer_info=True)
    for _ in range(2):
        with debugger:
            with pytest.raises(RuntimeError, match="entered already"), debugger:
                pass
            compiled()
        path = tmp_path / "engine_layer_info.json"
        assert path.exists(), "still at work"
        path.unlink()
    assert not any(isinstance(h, logging.FileHandler) for h in logger.handlers)


def test_compilations_of_other_threads_are_left_alone(tmp_path: pathlib.Path) -> None:
    with Debugger(logging_dir=tmp_path, save_layer_info=True):
        other = threading.Thread(target=compiled)
        other.start()
        other.join()
        assert not (tmp_path / "engine_layer_info.json").exists()
        compiled()
    assert (tmp_path / "engine_layer_info.json").exists()


def test_threads_that_overlap(tmp_path: pathlib.Path) -> None:
    first, second = (Debugger(logging_dir=tmp_path / name, save_layer_info=True) for name in ("first", "second"))
    entered, may_leave = threading.Event(), threading.Event()

    def of_a_thread() -> None:
        with first:
            entered.set()
            may_leave.wait(60)

    thread = threading.Thread(target=of_a_thread)
    thread.start()
    assert entered.wait(60)
    with second:
        may_leave.set()
        thread.join()
        compiled()
    (tmp_path / "second" / "engine_layer_info.json").unlink()
    compiled()
    assert not list(tmp_path.glob("*/engine_layer_info.json")), "none is at work"


def test_the_folder_is_not_part_of_the_signature() -> None:
    assert inspect.signature(Debugger).parameters["logging_dir"].default is None
    assert str(Debugger().folder) == torch_tensorrt.dynamo._defaults.DEBUG_LOGGING_DIR


def test_monitoring_of_builds_cannot_be_left_out(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_tensorrt.dynamo._settings, "_said", set())
    Debugger()
    assert not caplog.messages
    Debugger(engine_builder_monitor=False)
    assert ["engine_builder_monitor=False has no effect" in m for m in caplog.messages] == [True]


@pytest.mark.parametrize("options", [{"log_level": "loud"}, {"profile_format": "cudagraph"}])
def test_unknown_choices(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="loud|cudagraph"):
        Debugger(**options)


def test_graphs_around_passes(tmp_path: pathlib.Path, gelu_pass: None) -> None:
    names = ["gelu_becomes_relu", "no_such_pass"]
    with Debugger(capture_fx_graph_before=names, capture_fx_graph_after=names, logging_dir=tmp_path):
        compiled()
    compiled()
    folder = tmp_path / "lowering_passes_visualization"
    assert sorted(p.name for p in folder.iterdir()) == ["after_gelu_becomes_relu.svg", "before_gelu_becomes_relu.svg"]
    texts = {}
    for path in folder.iterdir():
        xml.etree.ElementTree.parse(path)
        texts[path.name.partition("_")[0]] = path.read_text()
    assert "aten.gelu.default" in texts["before"] and "aten.relu.default" not in texts["before"]
    assert "aten.relu.default" in texts["after"] and "aten.gelu.default" not in texts["after"]


def test_layers_and_profiles_of_engines(tmp_path: pathlib.Path) -> None:
    with Debugger("info", save_engine_profile=True, save_layer_info=True, logging_dir=tmp_path):
        module = compiled()
    layers = json.loads((tmp_path / "engine_layer_info.json").read_text())["steps"]["layers"]
    assert [layer["kind"] for layer in layers] == ["matrix_multiply", "activation", "matrix_multiply"]
    for _ in range(2):
        assert_same(module(X), MODEL(X))
    trace = tmp_path / "engine_visualization_profile" / "_run_on_acc_0_engine_execution_profile.trace"
    events = json.loads(trace.read_text())["traceEvents"]
    assert len(events) >= 4 and len(events) % 2 == 0 and all(e["ph"] == "X" and e["dur"] >= 0 for e in events)
    assert not compiled()._run_on_acc_0._profile, "outside of it nothing is profiled"


def test_profiles_of_a_module(tmp_path: pathlib.Path) -> None:
    engine = compiled()._run_on_acc_0
    engine.enable_profiling(tmp_path, "trex")
    for _ in range(3):
        assert_same(engine(X), MODEL(X))
    path = tmp_path / "_run_on_acc_0_engine_execution_profile.trace"
    first, *steps = json.loads(path.read_text())
    assert first == {"count": 3} and steps and abs(sum(s["percentage"] for s in steps) - 100) < 1e-6
    engine.disable_profiling()
    path.unlink()
    assert_same(engine(X), MODEL(X))
    assert not path.exists()
    with pytest.raises(ValueError, match="cudagraph"):
        engine.enable_profiling(tmp_path, "cudagraph")
    with pytest.raises(RuntimeError, match="no engine"):
        torch_tensorrt.runtime.TorchTensorRTModule().enable_profiling()


@pytest.mark.parametrize("profile_format", ["perfetto", "trex"])
def test_profiles_of_several_modules(profile_format: str, tmp_path: pathlib.Path) -> None:
    engines = [compiled()._run_on_acc_0 for _ in range(2)]
    paths = [engine.enable_profiling(tmp_path, profile_format) for engine in engines]
    assert len(set(paths)) == 2
    counts = []
    for engine, path, n_calls in zip(engines, paths, (1, 3), strict=True):
        for _ in range(n_calls):
            engine(X)
        content = json.loads(path.read_text())
        counts.append(len(content["traceEvents"]) if profile_format == "perfetto" else content[0]["count"])
    assert counts[1] == 3 * counts[0] > 0


def test_profiles_without_a_folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    paths = [compiled()._run_on_acc_0.enable_profiling() for _ in range(2)]
    assert paths[0] != paths[1] and all(tmp_path.resolve() in path.parents for path in paths)
    assert all(path.parent.stat().st_mode & 0o077 == 0 for path in paths), "nobody else's to write"


def test_statistics_of_steps(tmp_path: pathlib.Path) -> None:
    profile = EngineProfile("engine", tmp_path, "trex")
    for first, second in ((4, 1), (1, 1), (3, 1), (2, 1)):
        profile.add([("first", first * 1_000_000), ("second", second * 1_000_000)])
    count, first, second = json.loads(profile.path.read_text())
    assert count == {"count": 4}
    assert [first[k] for k in ("timeMs", "averageMs", "medianMs")] == [10, 2.5, 2.5]
    assert [second[k] for k in ("timeMs", "averageMs", "medianMs")] == [4, 1, 1]


def test_layers_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    engine = compiled()._run_on_acc_0
    engine.dump_layer_info()
    assert json.loads(capsys.readouterr().out) == json.loads(engine.get_layer_info())
