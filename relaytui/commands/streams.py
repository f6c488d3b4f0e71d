"""What a command writes to: lines that never make the writer wait, narration on stderr, and readers that have gone."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TextIO

from relaytui.core.text import plain

MOST_COMPLAINTS = 20
ROOM = 10_000
"""Lines kept for a reader who has stopped reading; more are dropped, counted, and told when the reader comes back."""


class LineWriter:
    """Writes lines to a stream from a thread of its own, so that a reader who stalls never stalls the caller.

    `tell_lost` makes the line that stands where lines were dropped. `on_broken` is called once, from that thread, when
    the stream takes no more before it is closed; `error` then says why.
    """

    def __init__(
        self,
        out: TextIO,
        *,
        tell_lost: Callable[[int], str],
        on_broken: Callable[[], object],
        room: int = ROOM,
    ) -> None:
        out.flush()
        # Past the buffer: a thread stuck in it would hold its lock, and the interpreter aborts at exit over that.
        self._raw = getattr(out.buffer, "raw", out.buffer)
        self._encoding = out.encoding
        self._tell_lost = tell_lost
        self._on_broken = on_broken
        self._room = room
        self._lines: deque[str] = deque()
        self._lost = 0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._write_all, name="lines", daemon=True)
        self.error: OSError | None = None
        self._thread.start()

    def put(self, line: str) -> None:
        """Take a line without its line break; never waits."""
        with self._changed:
            if len(self._lines) < self._room and not self._lost:
                self._lines.append(line)
            else:
                self._lost += 1
            self._changed.notify()

    @property
    def is_reader_gone(self) -> bool:
        """Whether the stream takes no more because its reader closed it (Windows calls that EINVAL)."""
        return isinstance(self.error, BrokenPipeError) or (self.error is not None and self.error.errno == errno.EINVAL)

    def close(self, timeout: float) -> bool:
        """Write what is left, for at most `timeout` seconds; whether all of it was written."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive() and self.error is None

    def _next(self) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._lost or self._closing)
            if self._lines:
                return self._lines.popleft()
            lost, self._lost = self._lost, 0
            return self._tell_lost(lost) if lost else None

    def _write_all(self) -> None:
        while (line := self._next()) is not None:
            try:
                self._write(f"{line}\n".encode(self._encoding, "replace"))
            except OSError as error:
                self.error = error
                if not self._closing:
                    self._on_broken()
                return

    def _write(self, line: bytes) -> None:
        left = memoryview(line)
        while left:
            written = self._raw.write(left)
            if written is None:  # somebody made the stream non-blocking
                select.select([], [self._raw], [])
            else:
                left = left[written:]


class Output:
    """Lines on stdout for a command whose exit code says more than its lines: it counts when nobody can read them."""

    def __init__(self) -> None:
        self._error: OSError | None = None

    def put(self, line: str) -> None:
        """Print a line."""
        try:
            print(line, flush=True)  # noqa: T201 - stdout is data
        except BrokenPipeError:
            # Its reader has gone.
            drop_output()
        except OSError as error:
            self._error = error
            drop_output()

    def close(self, code: int) -> int:
        """The exit code: this one, or 1 where something could not be written, which is told."""
        if self._error is None:
            return code
        complain(f"cannot write the output: {self._error.strerror or self._error}")
        return 1


def complain(line: str) -> None:
    """Say one line on stderr, foreign text in it made plain; a closed stderr is no reason to end."""
    with contextlib.suppress(OSError):
        print(f"relaytui: {plain(line)}", file=sys.stderr, flush=True)  # noqa: T201 - stderr is narration


def complain_of(lines: Sequence[str]) -> None:
    """Say these lines on stderr, or the first of very many and how many more there are."""
    for line in lines[:MOST_COMPLAINTS]:
        complain(line)
    if lines[MOST_COMPLAINTS:]:
        complain(f"and {len(lines) - MOST_COMPLAINTS} more")


def drop_output() -> None:
    """Let everything still written to stdout vanish, because its reader has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
