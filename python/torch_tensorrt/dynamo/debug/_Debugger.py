"""A compilation's log, graphs and engines as files of a folder."""

from __future__ import annotations

import contextlib
import contextvars
import html
import logging
import os
import pathlib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from torch.fx import GraphModule

from torch_tensorrt import logging as levels
from torch_tensorrt.dynamo import _defaults
from torch_tensorrt.dynamo._settings import say_once
from torch_tensorrt.dynamo.runtime._profile import FORMATS as PROFILE_FORMATS

if TYPE_CHECKING:
    from torch_tensorrt.dynamo.runtime import TorchTensorRTModule

logger = logging.getLogger("torch_tensorrt")
_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "internal_errors": logging.CRITICAL,
    "graphs": levels.GRAPHS,
}
_LINE, _LETTER = 16, 7  # pixels of the drawings


class Debugger:
    """Inside the with statement, the thread's compilations leave files behind; the log is that of all threads.

    Args:
        log_level: "debug" (default), "info", "warning", "error", "internal_errors" or "graphs". The log goes to
            `torch_tensorrt_logging.log`, written anew, and where it goes without: to stderr, where nobody set it up.
        capture_fx_graph_before, capture_fx_graph_after: names of registered lowering passes, before or after which the
            graph is written to `lowering_passes_visualization/before_<pass>.svg`, as text, one line a node.
        save_engine_profile: engines compiled inside write times of their steps into `engine_visualization_profile` at
            every call: TorchTensorRTModule.enable_profiling(). Default False.
        profile_format: of those, "perfetto" (default) or "trex".
        engine_builder_monitor: default True: the log tells the steps of a build. False has no effect, which is logged.
        logging_dir: the folder; default: `torch_tensorrt_<user>/debug_logs` in the folder of temporary files.
        save_layer_info: the layers of the engine that was built last go to `engine_layer_info.json`. Default False.
    Raises:
        ValueError: an unknown level or format. RuntimeError: entered again before it is left.
    Source: torch_tensorrt.dynamo.Debugger.
    """

    def __init__(
        self,
        log_level: str = "debug",
        capture_fx_graph_before: Collection[str] | None = None,
        capture_fx_graph_after: Collection[str] | None = None,
        save_engine_profile: bool = False,
        profile_format: str = "perfetto",
        engine_builder_monitor: bool = True,
        logging_dir: str | os.PathLike[str] | None = None,
        save_layer_info: bool = False,
    ) -> None:
        if log_level not in _LEVELS:
            raise ValueError(f"{log_level!r} is no log level: {', '.join(_LEVELS)}")
        if profile_format not in PROFILE_FORMATS:
            raise ValueError(f"{profile_format!r} is no format of profiles: {', '.join(PROFILE_FORMATS)}")
        self.level = _LEVELS[log_level]
        self.captured = {"before": set(capture_fx_graph_before or ()), "after": set(capture_fx_graph_after or ())}
        self.save_engine_profile, self.profile_format = save_engine_profile, profile_format
        self.folder = pathlib.Path(_defaults.DEBUG_LOGGING_DIR if logging_dir is None else logging_dir)
        self.save_layer_info = save_layer_info
        self._entered: contextlib.ExitStack | None = None
        if not engine_builder_monitor:
            say_once("engine_builder_monitor=False has no effect: the log tells the steps of a build")

    def __enter__(self) -> Debugger:
        if self._entered is not None:
            raise RuntimeError("this Debugger is entered already: make another for a with statement inside of it")
        self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            file = logging.FileHandler(self.folder / "torch_tensorrt_logging.log", mode="w")
            stack.callback(file.close)
            file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
            levels._show()  # first: with a handler of its own, the logger would leave stderr to nobody
            logger.addHandler(file)
            stack.callback(logger.removeHandler, file)
            stack.enter_context(levels.at_level(self.level))
            stack.callback(_active.reset, _active.set(self))
            self._entered = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        entered, self._entered = self._entered, None
        if entered is not None:
            entered.__exit__(*error)


# Of the thread: compilations of others write nothing into its folder.
_active: contextvars.ContextVar[Debugger | None] = contextvars.ContextVar("_active", default=None)


def _svg(text: str) -> str:
    """Lines of text as a picture."""
    lines = text.splitlines()
    width, height = _LETTER * max(map(len, lines), default=1) + _LINE, _LINE * (len(lines) + 1)
    rows = "".join(
        f'<text x="8" y="{_LINE * (i + 1)}" xml:space="preserve">{html.escape(line)}</text>\n'
        for i, line in enumerate(lines)
    )
    style = 'font-family="monospace" font-size="11"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" {style}>\n{rows}</svg>\n'


def capture(when: str, pass_name: str, gm: GraphModule) -> None:
    """The graph "before" or "after" a pass, where a Debugger wants it."""
    debugger = _active.get()
    if debugger is None or pass_name not in debugger.captured[when]:
        return
    folder = debugger.folder / "lowering_passes_visualization"
    folder.mkdir(exist_ok=True)
    (folder / f"{when}_{pass_name}.svg").write_text(_svg(str(gm.graph)))


def watch(module: TorchTensorRTModule) -> None:
    """An engine that was just built, for a Debugger that wants its layers or its profile."""
    debugger = _active.get()
    if debugger is not None and debugger.save_layer_info:
        (debugger.folder / "engine_layer_info.json").write_text(module.get_layer_info())
    if debugger is not None and debugger.save_engine_profile:
        module.enable_profiling(debugger.folder / "engine_visualization_profile", debugger.profile_format)
