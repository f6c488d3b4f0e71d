"""Where the driver writes: a terminal that may stop reading or go away."""

from __future__ import annotations

import os
import termios
import threading
import time
from typing import Final

STILL_SECONDS: Final = 2.0
"""How long a write may take before the terminal is said to stand still."""
_WRITE_BYTES: Final = 4096


class Output:
    """Where the driver's writer thread writes: a terminal that may stop reading or go away.

    Text goes straight to the file descriptor, so that nothing is left in a buffer that Python would try to flush into
    a dead terminal at its end.
    """

    def __init__(self, fileno: int) -> None:
        self._fileno = fileno
        self._gone = threading.Event()
        self._begun: float | None = None
        """When the write that is under way began (monotonic seconds)."""

    def fileno(self) -> int:
        """The terminal's file descriptor."""
        return self._fileno

    def write(self, text: str) -> int:
        """Write `text`, or drop it where nobody can read it any more."""
        left = text.encode("utf-8", "replace")
        try:
            while left and not self._gone.is_set():
                self._begun = time.monotonic()
                left = left[os.write(self._fileno, left[:_WRITE_BYTES]) :]
        except OSError:
            self._gone.set()
        finally:
            self._begun = None
        return len(text)

    @property
    def stands_still(self) -> bool:
        """Whether the terminal has read nothing for a while although there is something to read."""
        begun = self._begun
        return begun is not None and time.monotonic() - begun > STILL_SECONDS

    def flush(self) -> None:
        """Nothing to do: nothing is buffered."""

    def abandon(self) -> None:
        """Drop what is written from now on, and what the terminal has not read yet."""
        self._gone.set()
        try:
            termios.tcflush(self._fileno, termios.TCOFLUSH)
        except termios.error:
            return
