"""A plan of ours loaded and run by TensorRT's own Python bindings, without us: the same results.

Needs `pip install tensorrt-rtx-cu13-bindings` of the version of the library, and a GPU.
"""

from __future__ import annotations

import pytest
import torch
from torch.export import Dim

import torch_tensorrt

trt = pytest.importorskip("tensorrt_rtx_bindings")
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")]


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.norm = torch.nn.LayerNorm(8)
        self.head = torch.nn.Linear(8, 5)

    def forward(self, pixels: torch.Tensor, scale: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.nn.functional.gelu(self.conv(pixels)).mean((2, 3))
        return self.head(self.norm(x)) * scale, x.argmax(1)


def test_plan_runs_in_the_bindings_of_tensorrt() -> None:
    torch.manual_seed(0)
    model, inputs = Net().eval(), {"pixels": torch.randn(2, 3, 16, 16), "scale": torch.rand(5)}
    shapes = {"pixels": {0: Dim("batch", min=1, max=8)}, "scale": None}
    program = torch.export.export(model, tuple(inputs.values()), dynamic_shapes=shapes)
    plan = torch_tensorrt.dynamo.convert_exported_program_to_serialized_trt_engine(
        program, arg_inputs=list(inputs.values()), engine="tensorrt"
    )

    engine = trt.Runtime(trt.Logger(trt.Logger.WARNING)).deserialize_cuda_engine(plan)
    context = engine.create_execution_context()
    names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
    assert names[:2] == ["pixels", "scale"]
    kinds = {trt.float32: torch.float32, trt.int64: torch.int64}
    for batch in (2, 8, 1):
        given = {"pixels": torch.randn(batch, 3, 16, 16), "scale": torch.rand(5)}
        there = {k: v.cuda() for k, v in given.items()}
        for name, tensor in there.items():
            context.set_input_shape(name, tuple(tensor.shape))
        for name in names[2:]:
            shape, kind = tuple(context.get_tensor_shape(name)), kinds[engine.get_tensor_dtype(name)]
            there[name] = torch.empty(shape, dtype=kind, device="cuda")
        for name, tensor in there.items():
            context.set_tensor_address(name, tensor.data_ptr())
        assert context.execute_async_v3(torch.cuda.current_stream().cuda_stream)
        torch.cuda.synchronize()
        for name, want in zip(names[2:], model(*given.values()), strict=True):
            # TensorRT-RTX multiplies float32 as TF32, whatever the plan says.
            torch.testing.assert_close(there[name].cpu(), want, rtol=5e-3, atol=2e-3)
