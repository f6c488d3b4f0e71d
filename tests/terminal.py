"""A terminal for tests: a program on a pty that is its controlling terminal, with the screen it has drawn so far."""

from __future__ import annotations

import array
import fcntl
import os
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence

import pyte

from tests.benchmarks.pty_screen import SYNC_ANSWER, SYNC_QUERY, Chunk, PtyScreen

PATIENCE = 20.0
"""Seconds that a slow, busy machine is given before something counts as not coming."""

# Without a controlling terminal nobody is told of a hang-up.
_TAKE_TERMINAL = """\
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if sys.argv[1] == "nohup":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
os.execv(sys.argv[2], sys.argv[2:])
"""
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KEYS = {
    "enter": b"\r",
    "esc": b"\x1b",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "end": b"\x1b[F",
    "home": b"\x1b[H",
    "ctrl+c": b"\x03",
    "ctrl+l": b"\x0c",
}


class Terminal(PtyScreen):
    """A program on a pty, seen as a person sees it.

    It reads only while something is waited for, so a test that does not wait is a terminal that has stalled.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        width: int = 80,
        height: int = 24,
        environment: dict[str, str] | None = None,
        nohup: bool = False,
    ) -> None:
        launch = [sys.executable, "-I", "-S", "-c", _TAKE_TERMINAL, "nohup" if nohup else "", *command]
        super().__init__(launch, width=width, height=height, environment=environment)
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self._is_closed = False

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    @property
    def cursor_row(self) -> str:
        """The table's row under its cursor, or "" where it is not on the screen."""
        return next((line for line in self.text.splitlines() if line.startswith("›")), "")

    @property
    def is_echoing(self) -> bool:
        """Whether the terminal shows what is typed and hands it on by lines, as a shell wants it."""
        flags: int = termios.tcgetattr(self._fd)[3]
        return flags & termios.ECHO != 0 and flags & termios.ICANON != 0

    @property
    def unread(self) -> int:
        """How many bytes of the program wait to be read, as far as the terminal tells."""
        waiting = array.array("i", [0])
        fcntl.ioctl(self._fd, termios.FIONREAD, waiting)
        return waiting[0]

    def is_set(self, mode: int) -> bool:
        """Whether the program has a DEC private mode set: 1049 the alternate screen, 25 the cursor, 1000 the mouse."""
        state = mode == 25
        for numbers, letter in _MODE.findall(self.output):
            if str(mode).encode() in numbers.split(b";"):
                state = letter == b"h"
        return state

    def wait_for(self, *texts: str, gone: Sequence[str] = (), seconds: float = PATIENCE) -> None:
        """Read until all these texts, and none of the `gone`, are on the screen."""

        def is_there() -> bool:
            text = self.text
            return all(each in text for each in texts) and not any(each in text for each in gone)

        self.wait_until(is_there, f"{texts} and none of {tuple(gone)} on the screen", seconds=seconds)

    def wait_until(self, condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
        """Read until `condition`; fails as "no `what`", with the picture, where it does not come."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"after {seconds} s no {what}:\n{self.text}")
            if not self._take() and not condition():
                raise AssertionError(f"the program ended before there was {what}:\n{self.text}")

    def press(self, *keys: str) -> None:
        """Press keys, each by its name or as what it types; after `esc` wait, or the next key makes it an alt key."""
        for key in keys:
            self.send(_KEYS.get(key) or key.encode())

    def type_all(self, data: bytes) -> None:
        """Type these bytes however many they are, reading meanwhile what the program writes."""
        os.set_blocking(self._fd, False)
        try:
            while data:
                self._take(0.0)
                if select.select([], [self._fd], [], 0.05)[1]:
                    data = data[os.write(self._fd, data[:4096]) :]
        finally:
            os.set_blocking(self._fd, True)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, in cells."""
        self.screen.resize(height, width)
        super().resize(width, height)

    def hang_up(self) -> None:
        """Close the terminal as a closed window does."""
        self._is_closed = True
        os.close(self._fd)

    def wait(self, seconds: float = PATIENCE) -> int | None:
        """Read until the program ends; its exit code (negative: the signal that killed it), None where it goes on."""
        deadline = time.monotonic() + seconds
        while not self._is_closed and time.monotonic() < deadline and self._take():
            pass
        try:
            return self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """End the program, the hard way if need be."""
        if self._is_closed:
            self._process.kill()
            self._process.wait()
        else:
            super().close()

    def _take(self, seconds: float = 0.05) -> bool:
        """Read what comes within so long; False where nothing can come any more."""
        if not select.select([self._fd], [], [], seconds)[0]:
            return True
        try:
            read = os.read(self._fd, 1 << 16)
        except OSError:  # Linux says EIO when the program has closed its side.
            read = b""
        if read:
            self.chunks.append(Chunk(time.monotonic(), read))
            if SYNC_QUERY in read:
                os.write(self._fd, SYNC_ANSWER)
            self._stream.feed(read.replace(SYNC_QUERY, b""))
        return bool(read)
