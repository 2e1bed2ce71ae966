"""save() and load()."""

from __future__ import annotations

import contextlib
import errno
import inspect
import logging
import os
import platform
import stat
import tempfile
import zipfile
from collections.abc import Callable
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule

from torch_tensorrt._compile import _ModuleType, _parse_module_type
from torch_tensorrt._Input import Input
from torch_tensorrt._torchscript import to_torchscript
from torch_tensorrt.dynamo._exporter import export_again
from torch_tensorrt.dynamo._tracer import TRACING

logger = logging.getLogger("torch_tensorrt")
_FORMATS = ("exported_program", "torchscript", "aot_inductor", "executorch")


# ---- what may be asked ----


def _is_given(inputs: Any) -> bool:
    return inputs is not None and not (isinstance(inputs, (list, tuple)) and not inputs)


def _are_examples(value: Any) -> bool:
    return all(isinstance(leaf, (torch.Tensor, Input)) for leaf in torch.utils._pytree.tree_leaves(value))


def _choose_inputs(inputs: Any, arg_inputs: Any, kwarg_inputs: dict[str, Any]) -> Any:
    """The positional inputs; None where there are none."""
    if _is_given(arg_inputs) and not _are_examples(arg_inputs):
        raise ValueError("Not all inputs provided are torch.Tensor or torch_tensorrt.Input objects.")
    if _is_given(arg_inputs) and _is_given(inputs):
        raise AssertionError("'arg_inputs' and 'inputs' should not be used at the same time.")
    if any(value is None for value in kwarg_inputs.values()):
        raise ValueError("kwargs should not include None.")
    args = inputs if _is_given(inputs) else arg_inputs if _is_given(arg_inputs) else None
    if not _are_examples((() if args is None else args, kwarg_inputs)):
        raise TypeError("Unsupported input type. Expected torch.Tensor or torch_tensorrt.Input, also nested.")
    return args


def _check_target(file_path: Any, output_format: str) -> None:
    if output_format not in _FORMATS:
        raise ValueError(f"Provided output_format {output_format} is not supported. Supported: {' | '.join(_FORMATS)}")
    if output_format == "executorch":
        raise ImportError("output_format executorch needs the package torch-tensorrt-executorch-runtime")
    if output_format == "aot_inductor" and platform.system() != "Linux":
        raise ValueError(f"The AOT Inductor format is only supported on Linux, not on {platform.system()}")
    if not file_path:
        raise ValueError("File path cannot be empty. Please provide a valid file path")
    if output_format == "aot_inductor" and not os.fspath(file_path).endswith(".pt2"):
        raise ValueError(f"an AOTInductor package is loaded by PyTorch from a .pt2 file only, not from {file_path}")


def _check_module(kind: _ModuleType, output_format: str) -> None:
    if kind is _ModuleType.nn:
        raise ValueError("an nn.Module is not saved directly: compile it, or export it with torch.export")
    if kind is _ModuleType.ts and output_format != "torchscript":
        raise ValueError(f"a torch.jit.ScriptModule is saved as torchscript, not as {output_format}")
    if kind is _ModuleType.ep and output_format == "torchscript":
        raise ValueError(
            "a torch.export.ExportedProgram is saved as exported_program or aot_inductor, not as torchscript"
        )


def _call_with_known(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Calls with the keywords that `fn` has; the others are named in the log."""
    known = inspect.signature(fn).parameters
    for name in kwargs:
        if name not in known:
            logger.warning("Keyword argument %s is not a valid argument for %s", name, fn.__name__)
    return fn(*args, **{k: v for k, v in kwargs.items() if k in known})


def _mode(path: str) -> int:
    """The permissions of the file at `path`; of a new one where there is none."""
    if os.path.exists(path):
        return stat.S_IMODE(os.stat(path).st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _atomically(file_path: Any, write: Callable[[str], None]) -> None:
    """Writes into a folder beside the file and renames: a failure leaves an old file as it was. Of a link, the target
    is replaced; what is there and is no file (a folder, /dev/null) is refused, because renaming would take it away.
    PyTorch names the archive's inside after the file, and warns of one that does not end in .pt2."""
    path = os.path.realpath(file_path)
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EEXIST, "what stands there is no file", path)
    with tempfile.TemporaryDirectory(prefix=".ttrt-", dir=os.path.dirname(path)) as folder:
        temporary = os.path.join(folder, os.path.splitext(os.path.basename(path))[0][:60] + ".pt2")
        write(temporary)
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)


def _exported(module: GraphModule, args: Any, kwargs: dict[str, Any], dynamic_shapes: Any, retrace: bool) -> Any:
    """The module as ExportedProgram."""
    if not retrace and (args is not None or kwargs):
        logger.warning(
            "Provided model is a torch.fx.GraphModule and retrace is False, inputs or arg_inputs is not necessary"
        )
    return export_again(module, args, kwargs, dynamic_shapes, from_metadata=not retrace)


# ---- the formats ----


def _write_exported_program(
    program: ExportedProgram, path: str, extra_files: Any, pickle_protocol: int, options: dict[str, Any]
) -> None:
    _call_with_known(
        torch.export.save, program, path, extra_files=extra_files, pickle_protocol=pickle_protocol, **options
    )


def _write_torchscript(
    module: ExportedProgram | torch.jit.ScriptModule, path: str, extra_files: Any, _protocol: int, options: Any
) -> None:
    if isinstance(module, ExportedProgram):
        module = to_torchscript(module)
    _call_with_known(torch.jit.save, module, path, _extra_files=extra_files, **options)


def _write_aot_inductor(
    program: ExportedProgram, path: str, extra_files: Any, _protocol: int, options: dict[str, Any]
) -> None:
    if extra_files:
        logger.warning("an AOTInductor package has no room for extra_files: %s", ", ".join(extra_files))
    _call_with_known(
        torch._inductor.aoti_compile_and_package,
        program,
        package_path=path,
        **{"inductor_configs": {}, **options},
    )


_WRITERS = {
    "exported_program": _write_exported_program,
    "torchscript": _write_torchscript,
    "aot_inductor": _write_aot_inductor,
}


def save(
    module: Any,
    file_path: str | os.PathLike[str] = "",
    *,
    extra_files: dict[str, Any] | None = None,
    output_format: str = "exported_program",
    inputs: Any = None,
    arg_inputs: Any = None,
    kwarg_inputs: dict[str, Any] | None = None,
    retrace: bool = True,
    use_legacy_exporter: bool | None = None,
    pickle_protocol: int = 2,
    dynamic_shapes: Any = None,
    **kwargs: Any,
) -> None:
    """Saves a compiled module or a program. An old file at the path stays as it was when saving fails.

    Args:
        module: torch.fx.GraphModule (of compile(), or another), torch.export.ExportedProgram, or
            torch.jit.ScriptModule.
        file_path: the file to write; of an AOTInductor package, a name that ends in .pt2.
        extra_files: {name: text} that go into the file; an AOTInductor package has none.
        output_format: all need `import torch_tensorrt`, or libtorchtrt, in the process that loads the file.
            "exported_program": read by torch.export.load, load() and torchtrtc. A GraphModule or ExportedProgram.
            "torchscript": read by torch.jit.load and load(), in C++ too. A GraphModule, which runs once for it, or a
            ScriptModule.
            "aot_inductor": what is left to PyTorch is compiled by Inductor, which needs a C++ compiler; read by
            torch._inductor.aoti_load_package. A GraphModule or ExportedProgram.
        inputs, arg_inputs, kwarg_inputs: of a GraphModule: examples for exporting it again, tensors or
            torch_tensorrt.Input, also nested; default: those it was compiled with. An empty list counts as not given.
        dynamic_shapes: as torch.export's; default: from Inputs where all are such, else as the module was compiled.
        retrace: False: a GraphModule that was not compiled here needs no inputs where its placeholders' metadata tell
            them. Otherwise the file is the same.
        use_legacy_exporter: accepted; there is one exporter.
        pickle_protocol: of the example inputs in an exported program.
        kwargs: of torch.export.save or torch.jit.save; for "aot_inductor": inductor_configs. Others are named in the
            log.
    Raises:
        ValueError: arg_inputs of another kind, a keyword input that is None, an unknown format, an empty path, a module
            that the format does not take, no inputs where they are needed, an operator that TorchScript cannot hold.
        TypeError: inputs or kwarg_inputs of another kind. AssertionError: inputs and arg_inputs.
        RuntimeError: a module of unknown kind; what PyTorch says where it cannot export, trace or compile the program.
        ImportError: the format's package is missing.
    Source: torch_tensorrt.save.
    """
    kind = _parse_module_type(module)
    kwarg_inputs = kwarg_inputs or {}
    args = _choose_inputs(inputs, arg_inputs, kwarg_inputs)
    _check_target(file_path, output_format)
    _check_module(kind, output_format)
    if kind is _ModuleType.fx:
        module = _exported(module, args, kwarg_inputs, dynamic_shapes, retrace)
    elif args is not None:
        logger.warning(
            "Provided model is a %s, inputs or arg_inputs is not necessary during save", type(module).__name__
        )
    if kind is _ModuleType.ep and output_format == "aot_inductor" and module.example_inputs is None:
        module = export_again(
            module.module(check_guards=False), None, {}, None, from_metadata=True
        )  # Inductor wants examples
    write = _WRITERS[output_format]
    with TRACING:  # PyTorch changes tables of the process while it writes and reads programs
        _atomically(file_path, lambda path: write(module, path, extra_files, pickle_protocol, kwargs))


def _entries(path: str) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return []


def _load_program(path: str, extra_files: Any, options: dict[str, Any]) -> ExportedProgram:
    with contextlib.ExitStack() as stack:
        # PyTorch warns of a path with another ending.
        file = path if path.endswith(".pt2") else stack.enter_context(open(path, "rb"))
        return _call_with_known(torch.export.load, file, extra_files=extra_files, **options)


def _load_torchscript(path: str, extra_files: Any, options: dict[str, Any]) -> torch.jit.ScriptModule:
    return _call_with_known(torch.jit.load, path, _extra_files=extra_files, **options)


def load(
    file_path: str | os.PathLike[str] = "",
    extra_files: dict[str, Any] | None = None,
    *,
    format: str | None = None,
    **kwargs: Any,
) -> Any:
    """Loads what save() wrote.

    Args:
        file_path: the file.
        extra_files: names whose contents are filled in.
        format: None; "executorch" needs its own package.
    Returns:
        ExportedProgram: call `.module()` to run it. A ScriptModule for a TorchScript file.
    Raises:
        ValueError: the file is neither, or another format is asked for. ImportError: format="executorch".
    Source: torch_tensorrt.load.
    """
    if format == "executorch":
        raise ImportError("format executorch needs the package torch-tensorrt-executorch-runtime")
    if format is not None:
        raise ValueError(f"unknown format {format!r}")
    path = os.fspath(file_path)
    entries = _entries(path)
    if any("/data/aotinductor/" in entry for entry in entries):
        raise ValueError(f"{path} is an AOTInductor package: torch._inductor.aoti_load_package loads it")
    loaders = [_load_program, _load_torchscript]
    if any(entry.endswith("/constants.pkl") for entry in entries):  # PyTorch would warn of a TorchScript file
        loaders.reverse()
    for loader in loaders:
        try:
            with TRACING:
                return loader(path, extra_files, kwargs)
        except Exception as e:
            logger.info("%s: %s", path, loader.__name__, exc_info=True)
            reason = e
    raise ValueError(f"{path} is neither an exported program nor a TorchScript file") from reason
