"""The log: what went wrong inside, in a rotating file that only its owner may read, without secrets."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import sys
import threading
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import Any

from relaytui.adapters.lock_file import take
from relaytui.core.tc3 import redact

MOST_BYTES = 1_000_000
KEPT_FILES = 2
"""Full files kept beside the one that is written."""
MOST_PROCESSES = 32
_FORMAT = "%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s: %(message)s"

log = logging.getLogger(__name__)


class LogFile:
    """Takes what all threads log until `close`; written by a thread of its own, so that no loop waits for a disk.

    `relaytui.log` in this folder, or `relaytui-2.log` and so on for processes that run side by side: two that rotate
    the same file would lose lines. Also what nobody caught, in whatever thread, goes there and not on the screen.
    Raises OSError where no file can be had.
    """

    def __init__(self, folder: Path, *, debug: bool = False) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path, self._lock = _take_name(folder)
        handler = _PrivateFile(
            self.path, maxBytes=MOST_BYTES, backupCount=KEPT_FILES, encoding="utf-8", errors="replace"
        )
        handler.setFormatter(logging.Formatter(_FORMAT))
        lines: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._file = handler
        self._listener = QueueListener(lines, handler)
        self._entrance = _Redacting(lines)
        # What libraries say at lower levels is a line for every request.
        self._entrance.setLevel(logging.DEBUG if debug else logging.INFO)
        logging.getLogger().addHandler(self._entrance)
        logging.getLogger("relaytui").setLevel(logging.DEBUG if debug else logging.INFO)
        self._hooks = threading.excepthook, sys.unraisablehook
        threading.excepthook = _log_thread
        sys.unraisablehook = _log_unraisable
        self._listener.start()

    def close(self) -> None:
        """Write what is left; nothing is logged afterwards."""
        threading.excepthook, sys.unraisablehook = self._hooks
        logging.getLogger().removeHandler(self._entrance)
        self._listener.stop()
        with contextlib.suppress(OSError):  # a full disk: what it did not take before it does not take now
            self._file.close()
        os.close(self._lock)


class _PrivateFile(RotatingFileHandler):
    """A file of mode 0600."""

    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT, 0o600))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Let go of a line that cannot be written: a full disk must not print tracebacks over the board."""


class _Redacting(QueueHandler):
    """Makes text of a record at once, with its traceback, and takes out what is secret."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        prepared: logging.LogRecord = super().prepare(record)
        prepared.msg = prepared.message = redact(prepared.getMessage())
        return prepared


def _take_name(folder: Path) -> tuple[Path, int]:
    """The first log that no other process writes, and its lock."""
    for number in range(1, MOST_PROCESSES + 1):
        path = folder / ("relaytui.log" if number == 1 else f"relaytui-{number}.log")
        if (lock := take(path.with_suffix(".lock"))) is not None:
            return path, lock
    raise OSError(f"{MOST_PROCESSES} processes write logs already")


def _log_thread(args: threading.ExceptHookArgs) -> None:
    name = args.thread.name if args.thread else "?"
    log.error("internal fault in thread %s", name, exc_info=args.exc_value)


def _log_unraisable(args: sys.UnraisableHookArgs) -> None:
    log.error("internal fault in %r", args.object, exc_info=args.exc_value)
