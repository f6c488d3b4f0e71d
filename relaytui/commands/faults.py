"""What a bug prints on stderr: its traceback without the secrets that the text may quote."""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType

from relaytui.core.tc3 import redact


def redact_faults() -> None:
    """From now on print what nobody catches, and what is logged where no log is open, without secrets."""
    sys.excepthook = _tell
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Redacting())


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def _tell(_kind: type[BaseException], fault: BaseException, _trace: TracebackType | None) -> None:
    sys.stderr.write(redact("".join(traceback.format_exception(fault))))
