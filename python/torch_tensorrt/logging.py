"""Levels of the package's log. Lines of the C library and of this package go to the Python logger "torch_tensorrt"."""

from __future__ import annotations

import logging as _logging
import threading
from types import TracebackType
from typing import Any

from torch_tensorrt import _lib

logger = _logging.getLogger("torch_tensorrt")
GRAPHS = 5
_logging.addLevelName(GRAPHS, "GRAPHS")
_logging.captureWarnings(True)

_FROM_C = {0: _logging.ERROR, 1: _logging.WARNING, 2: _logging.INFO, 3: _logging.DEBUG}
_LEVELS = (_logging.CRITICAL, _logging.ERROR, _logging.WARNING, _logging.INFO, _logging.DEBUG, GRAPHS)


def _take(level: int, room: str, text: str) -> None:
    logger.log(_FROM_C.get(level, _logging.DEBUG), "%s: %s", room, text)


def _tell_library() -> None:
    """The library makes no lines that nobody reads."""
    level = logger.getEffectiveLevel()
    _lib.set_log(_take, max((c for c, python in _FROM_C.items() if python >= level), default=0))


def _show() -> None:
    """Where nobody has set logging up, Python shows warnings only: lines that were asked for go to stderr."""
    if not logger.hasHandlers():
        logger.addHandler(_stderr)


_stderr = _logging.StreamHandler()
_stderr.setFormatter(_logging.Formatter("%(levelname)s torch_tensorrt: %(message)s"))


def set_level(level: int, logger: _logging.Logger | None = None) -> None:
    """Sets from which level on lines appear.

    Args:
        level: logging.CRITICAL, ERROR, WARNING, INFO, DEBUG, or GRAPHS, below DEBUG.
        logger: default: the package's.
    Raises:
        ValueError: another level.
    """
    if level not in _LEVELS:
        raise ValueError(f"{level} is no log level: use logging.ERROR, WARNING, INFO, DEBUG or GRAPHS ({GRAPHS})")
    (logger or _logging.getLogger("torch_tensorrt")).setLevel(level)
    if level < _logging.WARNING:
        _show()
    _tell_library()


_lock = threading.Lock()
_entered: list[int] = []  # the levels of the with statements that are open, in any thread
_outside = _logging.NOTSET  # the level without them


class at_level:
    """Changes the level inside a with statement. Of several threads, the last one to enter decides; when all have left,
    the level is as it was before the first."""

    def __init__(self, level: int) -> None:
        self.level = level

    def __enter__(self) -> None:
        global _outside
        with _lock:
            if not _entered:
                _outside = logger.level
            _entered.append(self.level)
            set_level(self.level)

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        with _lock:
            _entered.reverse()
            _entered.remove(self.level)
            _entered.reverse()
            logger.setLevel(_entered[-1] if _entered else _outside)
            _tell_library()


class _Level(at_level):
    """One of the levels by name."""

    level = _logging.NOTSET

    def __init__(self) -> None:
        pass


class internal_errors(_Level):
    """Only internal errors."""

    level = _logging.CRITICAL


class errors(_Level):
    """Errors."""

    level = _logging.ERROR


class warnings(_Level):
    """Errors and warnings."""

    level = _logging.WARNING


class info(_Level):
    """Errors, warnings, and what is being done."""

    level = _logging.INFO


class debug(_Level):
    """All but graphs."""

    level = _logging.DEBUG


class graphs(_Level):
    """All, and graphs."""

    level = GRAPHS


_tell_library()
