"""Another program on a pseudo-terminal of its own: what it wrote and when, and what that looks like."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import pyte

SYNC_QUERY = b"\x1b[?2026$p"
SYNC_ANSWER = b"\x1b[?2026;2$y"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that came from the program, with the monotonic second at which they were read."""

    at: float
    data: bytes


class PtyScreen:
    """A child process on a pty that is always read, because a terminal that stops reading stops the program.

    Bytes are only stored while it runs; `replay` draws them afterwards, so that drawing never slows the program down.
    """

    def __init__(
        self, command: Sequence[str], *, width: int = 160, height: int = 45, environment: dict[str, str] | None = None
    ) -> None:
        self.width, self.height = width, height
        self.chunks: list[Chunk] = []
        self._fd, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        unwanted = ("NO_COLOR", "FORCE_COLOR", "TEXTUAL")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        self._process = subprocess.Popen(
            command,
            stdin=child,
            stdout=child,
            stderr=child,
            start_new_session=True,
            env=inherited | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | (environment or {}),
        )
        os.close(child)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process id of the program."""
        return self._process.pid

    @property
    def output(self) -> bytes:
        """All bytes so far."""
        return b"".join(chunk.data for chunk in self.chunks)

    def send(self, data: bytes) -> float:
        """Type these bytes; returns the monotonic second at which that was done."""
        now = time.monotonic()
        os.write(self._fd, data)
        return now

    def read(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> bool:
        """Read for so long, or until something is so; False where the time is over or the program has ended."""
        deadline = time.monotonic() + seconds
        while not until():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if not select.select([self._fd], [], [], left)[0]:
                continue
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:  # Linux says EIO when the program has closed its side.
                data = b""
            if not data:
                return until()
            self.chunks.append(Chunk(time.monotonic(), data))
            if SYNC_QUERY in data:
                os.write(self._fd, SYNC_ANSWER)
        return True

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, in cells, and tell the program."""
        self.width, self.height = width, height
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        os.killpg(self._process.pid, signal.SIGWINCH)

    def wait(self, seconds: float) -> int | None:
        """Read until the program ends; its exit code, or None where it goes on after `seconds`."""
        self.read(seconds, until=lambda: self._process.poll() is not None)
        return self._process.poll()

    def close(self) -> None:
        """End the program, the hard way if need be."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._fd)

    def replay(self, look: Callable[[Chunk, pyte.Screen], None]) -> pyte.Screen:
        """Draw chunk by chunk on a screen, which `look` sees after each; returns the last picture.

        The size is that of now; replay before a resize where both pictures matter.
        """
        screen = pyte.Screen(self.width, self.height)
        stream = pyte.ByteStream(screen)
        for chunk in self.chunks:
            # pyte reads DECRQM as something to print and knows no synchronised updates.
            stream.feed(chunk.data.replace(SYNC_QUERY, b""))
            look(chunk, screen)
        return screen

    def picture(self) -> str:
        """The screen as plain text now."""
        return "\n".join(line.rstrip() for line in self.replay(lambda _chunk, _screen: None).display)
