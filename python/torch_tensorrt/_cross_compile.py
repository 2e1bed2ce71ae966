"""Engines for Windows built on Linux: names of Torch-TensorRT that this build does not have. A saved program is not
bound to an operating system, so there is nothing to cross compile for engine `cpu`."""

from __future__ import annotations

import os
from typing import Any

from torch.fx import GraphModule

from torch_tensorrt._features import needs

_INSTEAD = "save() writes files that run wherever libtorchtrt is built"


@needs("windows_cross_compile", _INSTEAD)
def cross_compile_for_windows(module: Any, file_path: str | os.PathLike[str], *args: Any, **kwargs: Any) -> None:
    """Would compile a module on Linux for TensorRT on Windows and save it.

    Raises:
        NotImplementedError: always; save() a compiled module instead.
    Source: torch_tensorrt.cross_compile_for_windows.
    """


@needs("windows_cross_compile", _INSTEAD)
def save_cross_compiled_exported_program(gm: GraphModule, file_path: str | os.PathLike[str]) -> None:
    """Would save what dynamo.cross_compile_for_windows() made.

    Raises:
        NotImplementedError: always; save() a compiled module instead.
    Source: torch_tensorrt.dynamo.save_cross_compiled_exported_program.
    """


@needs("windows_cross_compile", "load() reads what save() wrote")
def load_cross_compiled_exported_program(file_path: str | os.PathLike[str] = "") -> Any:
    """Would load on Windows what cross_compile_for_windows() saved.

    Raises:
        NotImplementedError: always; load() reads what save() wrote.
    Source: torch_tensorrt.load_cross_compiled_exported_program.
    """
