"""save() and load()."""

from __future__ import annotations

import errno
import inspect
import logging
import os
import platform
import stat
import tempfile
import traceback
from collections.abc import Callable
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule

from torch_tensorrt._compile import _ModuleType, _parse_module_type
from torch_tensorrt._Input import Input
from torch_tensorrt.dynamo import _shapes
from torch_tensorrt.dynamo._tracer import build_dim_registry, get_dynamic_shapes_args, get_dynamic_shapes_kwargs
from torch_tensorrt.dynamo.utils import example_of, map_inputs

logger = logging.getLogger("torch_tensorrt")
_FORMATS = ("exported_program", "torchscript", "aot_inductor", "executorch")


# ---- what may be asked ----


def _check(
    file_path: Any, output_format: str, inputs: Any, arg_inputs: Any, kwarg_inputs: dict[str, Any] | None
) -> None:
    given = arg_inputs if arg_inputs is not None else inputs
    leaves = [] if given is None else torch.utils._pytree.tree_leaves(given)
    if not all(isinstance(i, (torch.Tensor, Input)) for i in leaves):
        raise ValueError("Not all inputs provided are torch.Tensor or torch_tensorrt.Input objects.")
    if arg_inputs is not None and inputs is not None:
        raise AssertionError("'arg_inputs' and 'inputs' should not be used at the same time.")
    if any(value is None for value in (kwarg_inputs or {}).values()):
        raise ValueError("kwargs should not include None.")
    if output_format not in _FORMATS:
        raise ValueError(f"Provided output_format {output_format} is not supported. Supported: {' | '.join(_FORMATS)}")
    if output_format == "executorch":
        raise ImportError("output_format executorch needs the package torch-tensorrt-executorch-runtime")
    if output_format == "aot_inductor" and platform.system() != "Linux":
        raise ValueError(f"The AOT Inductor format is only supported on Linux, not on {platform.system()}")
    if not file_path:
        raise ValueError("File path cannot be empty. Please provide a valid file path")


def _check_module(kind: _ModuleType, output_format: str) -> None:
    if kind is _ModuleType.nn:
        raise ValueError("an nn.Module is not saved directly: compile it, or export it with torch.export")
    if kind is _ModuleType.ts and output_format != "torchscript":
        raise ValueError(f"a torch.jit.ScriptModule is saved as torchscript, not as {output_format}")
    if kind is _ModuleType.ep and output_format == "torchscript":
        raise ValueError("a torch.export.ExportedProgram is saved as exported_program, not as torchscript")


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
    """Writes beside the file and renames: a failure leaves an old file as it was. Of a link, the target is replaced;
    what is there and is no file (a folder, /dev/null) is refused, because renaming would take it away."""
    path = os.path.realpath(file_path)
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EEXIST, "what stands there is no file", path)
    handle, temporary = tempfile.mkstemp(prefix=".ttrt-", suffix=".pt2", dir=os.path.dirname(path))
    os.close(handle)
    try:
        write(temporary)
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


# ---- exporting a compiled module again ----


def _all_are_inputs(value: Any) -> bool:
    leaves = torch.utils._pytree.tree_leaves(value)
    return bool(leaves) and all(isinstance(leaf, Input) for leaf in leaves)


def _examples(value: Any, has_shapes: bool) -> Any:
    def one(leaf: Any) -> Any:
        if isinstance(leaf, Input) and leaf.shape_mode is Input._ShapeMode.DYNAMIC and not has_shapes:
            raise ValueError("dynamic Inputs beside tensors: give dynamic_shapes, or Inputs for all")
        return example_of(leaf)

    return map_inputs(value, one)


def _from_inputs(
    module: GraphModule, args: tuple[Any, ...], kwargs: dict[str, Any], dynamic_shapes: Any
) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """Example tensors and dynamic shapes from what the caller gave."""
    if _all_are_inputs((args, kwargs)):
        if dynamic_shapes is None:
            registry = build_dim_registry(args, kwargs)
            dynamic_shapes = {
                **get_dynamic_shapes_args(module, args, registry),
                **get_dynamic_shapes_kwargs(kwargs, registry),
            }
        else:
            logger.warning("dynamic_shapes and torch_tensorrt.Input objects were both given: dynamic_shapes counts")
        return _examples(args, True), _examples(kwargs, True), dynamic_shapes
    return _examples(args, dynamic_shapes is not None), _examples(kwargs, dynamic_shapes is not None), dynamic_shapes


def _export(module: GraphModule, args: Any, kwargs: dict[str, Any], dynamic_shapes: Any) -> ExportedProgram:
    stored = _shapes.example_inputs(module)
    if args is None and not kwargs:
        if stored is None:
            raise ValueError(
                "the module keeps no example inputs: give torch.Tensor or torch_tensorrt.Input objects as inputs"
            )
        example_args, example_kwargs = stored
    else:
        given = tuple(args) if isinstance(args, (list, tuple)) else () if args is None else (args,)
        example_args, example_kwargs, dynamic_shapes = _from_inputs(module, given, dict(kwargs), dynamic_shapes)
    if dynamic_shapes is None:
        dynamic_shapes = _shapes.dynamic_shapes(module)
    with torch.no_grad():
        return torch.export.export(
            module, tuple(example_args), example_kwargs, dynamic_shapes=dynamic_shapes, strict=False
        )


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
    """Saves a compiled module or an exported program. An old file at the path stays as it was when saving fails.

    Args:
        module: torch.fx.GraphModule of compile(), or torch.export.ExportedProgram.
        file_path: the .pt2 (or .ep) to write.
        extra_files: texts that go into the file.
        output_format: "exported_program": read by torch.export.load after `import torch_tensorrt`, load() and
        torchtrtc.
        inputs, arg_inputs, kwarg_inputs: examples for exporting the module again, tensors or torch_tensorrt.Input;
            default: those it was compiled with.
        dynamic_shapes: as torch.export's; default: from Inputs, else as the module was compiled.
        retrace, use_legacy_exporter: accepted; every way gives the same file.
        pickle_protocol: of the example inputs in the file.
    Raises:
        ValueError: inputs of another kind, an unknown format, an empty path, a module that the format does not take.
        AssertionError: inputs and arg_inputs. ImportError: the format's package is missing.
        NotImplementedError: a format that this build does not write.
    Source: torch_tensorrt.save.
    """
    _check(file_path, output_format, inputs, arg_inputs, kwarg_inputs)
    kind = _parse_module_type(module)
    _check_module(kind, output_format)
    if output_format != "exported_program":
        raise NotImplementedError(f"this build does not write {output_format} files: save as exported_program")
    args = arg_inputs if arg_inputs is not None else inputs
    if kind is _ModuleType.ep:
        if args is not None:
            logger.warning("an ExportedProgram has its inputs already: those given to save() are not used")
        program = module
    else:
        program = _export(module, args, kwarg_inputs or {}, dynamic_shapes)

    def write(path: str) -> None:
        _call_with_known(
            torch.export.save, program, path, extra_files=extra_files, pickle_protocol=pickle_protocol, **kwargs
        )

    _atomically(file_path, write)


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
    try:
        return _call_with_known(torch.export.load, path, extra_files=extra_files, **kwargs)
    except Exception:
        traceback.print_exc()
    try:
        return _call_with_known(torch.jit.load, path, _extra_files=extra_files, **kwargs)
    except Exception as e:
        raise ValueError(f"{path} is neither an exported program nor a TorchScript file") from e
