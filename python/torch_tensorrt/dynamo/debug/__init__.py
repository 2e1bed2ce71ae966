"""Looking into a compilation: what a Debugger writes into its folder."""

from torch_tensorrt.dynamo.debug._Debugger import Debugger

__all__ = ["Debugger"]
