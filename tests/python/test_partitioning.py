"""The partitioners, on graphs at hand and in compilations."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.fx.passes.fake_tensor_prop
from torch import nn
from torch.fx import GraphModule

import torch_tensorrt
from conftest import assert_same
from torch_tensorrt import dtype
from torch_tensorrt.dynamo.partitioning import (
    construct_submodule_inputs,
    fast_partition,
    get_graph_converter_support,
    global_partition,
    hierarchical_adjacency_partition,
    run_shape_analysis,
)

aten = torch.ops.aten
X = torch.randn(4, 4)


class Chain(nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        a = (x + y).relu().tanh() - x
        q, r = torch.linalg.qr(a)
        return (q * 2).exp().sigmoid() @ r, (y - 1).abs()


def graph(dynamic: bool = False) -> GraphModule:
    columns = {1: torch.export.Dim("n", min=4, max=9)} if dynamic else None
    shapes = ({0: None, **columns}, {0: None, **columns}) if columns else None
    program = torch.export.export(Chain(), (X, X.clone()), dynamic_shapes=shapes)
    return program.module(check_guards=False)


def targets(module: nn.Module) -> list[str]:
    return [str(n.target) for n in module.graph.nodes if n.op == "call_function"]


def children(module: nn.Module) -> dict[str, int]:
    return {name: len(targets(child)) for name, child in module.named_children()}


def test_fast() -> None:
    split, support = fast_partition(graph(), min_block_size=1)
    assert children(split) == {"_run_on_acc_0": 6, "_run_on_gpu_1": 3, "_run_on_acc_2": 4}
    assert all(isinstance(child, GraphModule) for child in split.children())
    assert support.unsupported_operators == {"torch.ops.aten.linalg_qr.default": 1}
    assert support.supported_operators["torch.ops.aten.relu.default"] == 1
    assert sum(support.supported_operators.values()) == 10
    assert_same(split(X, X.t()), Chain()(X, X.t()))


def test_small_blocks() -> None:
    split, support = fast_partition(graph(), min_block_size=5)
    assert children(split) == {"_run_on_acc_0": 6, "_run_on_gpu_1": 7}
    assert "below min_block_size 5" in support.reasons["exp"]
    assert support.supported_operators["torch.ops.aten.exp.default"] == 1
    for min_block_size in (7, float("inf")):
        split, _ = fast_partition(graph(), min_block_size=min_block_size)
        assert children(split) == {"_run_on_gpu_0": 13}
        assert_same(split(X, X), Chain()(X, X))


def test_global() -> None:
    split, _ = global_partition(graph(), min_block_size=1)
    assert sorted(children(split)) == ["_run_on_acc_0", "_run_on_acc_1"] and sum(children(split).values()) == 10
    assert "aten.linalg_qr.default" in targets(split)
    assert_same(split(X, X.t()), Chain()(X, X.t()))
    assert not children(global_partition(graph(), min_block_size=float("inf"))[0])


@pytest.mark.parametrize("partition", [fast_partition, global_partition])
def test_operators_left_to_pytorch(partition: Any) -> None:
    split, support = partition(graph(), min_block_size=1, torch_executed_ops={aten.tanh.default, "aten.exp"})
    inside = [t for name, child in split.named_children() if "_run_on_acc" in name for t in targets(child)]
    assert not {"aten.tanh.default", "aten.exp.default", "aten.linalg_qr.default"} & set(inside)
    assert support.reasons["tanh"] == support.reasons["exp"] == "in torch_executed_ops"
    assert_same(split(X, X), Chain()(X, X))


@pytest.mark.parametrize("partition", [fast_partition, global_partition, hierarchical_adjacency_partition])
def test_full_compilation(partition: Any) -> None:
    with pytest.raises(AssertionError, match="aten.linalg_qr.default"):
        partition(graph(), require_full_compilation=True)
    whole = torch.export.export(nn.Sequential(nn.Linear(4, 4), nn.ReLU()), (X,)).module(check_guards=False)
    assert len(children(partition(whole, require_full_compilation=True)[0])) == 1


@pytest.mark.parametrize("fast", [True, False])
def test_full_compilation_of_a_compile_call(fast: bool) -> None:
    options = dict(inputs=[X, X.clone()], require_full_compilation=True, use_fast_partitioner=fast)
    for min_block_size in (1, 100):
        with pytest.raises(AssertionError, match="aten.linalg_qr.default"):
            torch_tensorrt.compile(Chain(), min_block_size=min_block_size, **options)
    relu = torch_tensorrt.compile(nn.ReLU(), inputs=[X], require_full_compilation=True, use_fast_partitioner=fast)
    assert [name for name, _ in relu.named_children()] == ["_run_on_acc_0"]
    with pytest.raises(AssertionError, match="in torch_executed_ops"):
        torch_tensorrt.compile(nn.ReLU(), inputs=[X], require_full_compilation=True, torch_executed_ops={"aten.relu"})


def test_hierarchical() -> None:
    support_map = {"tensorrt": {aten.relu.default, aten.add.Tensor}, "inductor": {"aten.tanh", aten.exp.default}}
    split, support = hierarchical_adjacency_partition(
        graph(), min_block_size=1, backend_priority=["tensorrt", "inductor"], backend_support_map=support_map
    )
    kinds = {name: targets(child) for name, child in split.named_children()}
    assert kinds["_run_on_acc_tensorrt_1"] == ["aten.add.Tensor", "aten.relu.default"]
    assert kinds["_run_on_acc_inductor_2"] == ["aten.tanh.default"]
    assert set(support.supported_operators) == {f"torch.ops.aten.{n}" for n in ("relu.default", "add.Tensor")} | {
        "torch.ops.aten.tanh.default",
        "torch.ops.aten.exp.default",
    }
    assert support.reasons["abs_1"] == "no backend lists it"
    assert_same(split(X, X), Chain()(X, X))


def test_hierarchical_takes_what_engines_take() -> None:
    split, _ = hierarchical_adjacency_partition(graph(), min_block_size=1)
    assert children(split) == {"_run_on_acc_tensorrt_0": 6, "_run_on_gpu_1": 3, "_run_on_acc_tensorrt_2": 4}
    with pytest.raises(ValueError, match="no entry"):
        hierarchical_adjacency_partition(graph(), backend_priority=["onednn"])


def test_support_is_counted() -> None:
    assert get_graph_converter_support(graph()) == (10, 13)
    assert get_graph_converter_support(graph(), {"aten.relu"}) == (9, 13)


def test_dynamic_graphs() -> None:
    for partition in (fast_partition, global_partition, hierarchical_adjacency_partition):
        split, _ = partition(graph(dynamic=True), min_block_size=1)
        for n in (4, 9):
            x = torch.randn(4, n)
            assert_same(split(x, x), Chain()(x, x))


def test_operators_whose_data_decides_on_sizes() -> None:
    class Selects(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = (x * 2 + 1).relu()
            return y[y > 1].tanh() + 1

    for fallback in (False, True):
        options = dict(inputs=[X], min_block_size=1, fallback_data_dependent_ops=fallback)
        split = torch_tensorrt.compile(Selects(), dryrun=True, **options)
        assert any("aten.index.Tensor" in targets(child) for child in split.children())
        engines = [child for name, child in split.named_children() if "_run_on_acc" in name]
        assert any("aten.index.Tensor" in targets(child) for child in engines) == (not fallback)
        for scale in (0, 1, 2):
            assert_same(torch_tensorrt.compile(Selects(), **options)(X * scale), Selects()(X * scale))


def test_inputs_of_parts() -> None:
    split, _ = fast_partition(graph(dynamic=True), min_block_size=1)
    specs = construct_submodule_inputs(split._run_on_acc_0)
    assert [s.shape for s in specs] == [dict(min_shape=(4, 4), opt_shape=(4, 4), max_shape=(4, 9))] * 2
    static, _ = fast_partition(graph(), min_block_size=1)
    assert [(s.shape, s.dtype) for s in construct_submodule_inputs(static._run_on_acc_2)][0] == ((4, 4), dtype.f32)
    taken, given = run_shape_analysis(static, (X, X))
    assert list(taken) == list(given) == ["_run_on_acc_0", "_run_on_gpu_1", "_run_on_acc_2"]
    assert taken["_run_on_acc_2"] == given["_run_on_gpu_1"] == [(4, 4), (4, 4)]


def test_inputs_of_other_kinds() -> None:
    def kinds(n: int, z: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return x[:n] * torch.view_as_real(z).sum()

    class Kinds(nn.Module):
        def forward(self, n: int, z: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
            return kinds(n, z, x)

    shapes = (torch.export.Dim.DYNAMIC, None, None)
    program = torch.export.export(Kinds(), (3, torch.ones(2, dtype=torch.complex64), X), dynamic_shapes=shapes)
    n, z, x = construct_submodule_inputs(program.module(check_guards=False))
    assert n.is_shape_tensor and n.dtype == torch.int64 and n.shape["opt_shape"] == (3,)
    assert (z.shape, z.dtype) == ((2, 2), dtype.f32) and x.shape == (4, 4)
    with pytest.raises(AssertionError, match="no metadata"):
        construct_submodule_inputs(torch.fx.symbolic_trace(nn.ReLU()))


@pytest.mark.parametrize("partition", [fast_partition, global_partition, hierarchical_adjacency_partition])
def test_a_graph_without_metadata(partition: Any) -> None:
    class Sum(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return aten.relu.default(aten.add.Tensor(x, x))

    gm = torch.fx.symbolic_trace(Sum())
    with pytest.raises(AssertionError, match="'x' has no `val`.*FakeTensorProp"):
        partition(gm, min_block_size=1)
    with torch._subclasses.FakeTensorMode() as mode:
        torch.fx.passes.fake_tensor_prop.FakeTensorProp(gm, mode).propagate(X)
    assert_same(partition(gm, min_block_size=1)[0](X), (X + X).relu())
