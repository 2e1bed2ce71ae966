"""What a Debugger and profiling leave behind."""

from __future__ import annotations

import json
import logging
import pathlib
import xml.etree.ElementTree

import pytest
import torch

import torch_tensorrt
from conftest import assert_same
from torch_tensorrt.dynamo import Debugger, lowering

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


@pytest.mark.parametrize("options", [{"log_level": "loud"}, {"profile_format": "cudagraph"}])
def test_unknown_choices(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="loud|cudagraph"):
        Debugger(**options)


def test_graphs_around_passes(tmp_path: pathlib.Path) -> None:
    @lowering._aten_lowering_pass
    def gelu_becomes_relu(gm, settings):
        for node in gm.graph.nodes:
            if node.target is torch.ops.aten.gelu.default:
                node.target, node.kwargs = torch.ops.aten.relu.default, {}
        return gm

    try:
        names = ["gelu_becomes_relu", "no_such_pass"]
        with Debugger(capture_fx_graph_before=names, capture_fx_graph_after=names, logging_dir=tmp_path):
            compiled()
        compiled()
    finally:
        lowering.ATEN_POST_LOWERING_PASSES.remove(gelu_becomes_relu)
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


def test_layers_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    engine = compiled()._run_on_acc_0
    engine.dump_layer_info()
    assert json.loads(capsys.readouterr().out) == json.loads(engine.get_layer_info())
