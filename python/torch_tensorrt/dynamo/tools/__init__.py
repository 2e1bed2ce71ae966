"""Tools around the compiler."""

from torch_tensorrt.dynamo.tools import opset_coverage

__all__ = ["opset_coverage"]
