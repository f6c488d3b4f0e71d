"""The clipboard, from wherever the program runs: through tmux, through the terminal, or with a tool of the system."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence

from relaytui.ports import NotCopied

TOOL_SECONDS = 2.0
"""How long one tool may take: a wedged display server must not hold up the next way."""
MAX_OSC52_BYTES = 74_000
"""Terminals take up to 100,000 characters of base64; a longer text they drop without a word."""

_TMUX = ("tmux", ["load-buffer", "-w", "-"])
# tmux before 3.2 has a buffer of its own only.
_OLD_TMUX = ("tmux", ["load-buffer", "-"])
_DEAF_TERMS = ("linux", "dumb", "screen")


class SystemClipboard:
    """Tries tmux, then the terminal, then the system's tools; implements `Clipboard`."""

    def __init__(self, environ: Mapping[str, str], *, seconds: float = TOOL_SECONDS) -> None:
        self._environ = environ
        self._seconds = seconds

    def copy(self, text: str, *, to_terminal: Callable[[str], None]) -> str | NotCopied:
        """Put the text there; the way it took, or why there is none."""
        encoded = text.encode("utf-8", "replace")
        if self._environ.get("TMUX"):
            if self._run(*_TMUX, encoded):
                return "tmux (clipboard too, where it may)"
            if self._run(*_OLD_TMUX, encoded):
                return "tmux (its buffer)"
        if self._terminal_listens and len(encoded) <= MAX_OSC52_BYTES:
            to_terminal(text)
            return "the terminal (OSC 52)"
        for tool, options in self._tools():
            if self._run(tool, options, encoded):
                return tool
        tmux = "tmux did not take it" if self._environ.get("TMUX") else "no tmux"
        long = f"more than {MAX_OSC52_BYTES:,} bytes, too long for the terminal (OSC 52)"
        terminal = long if self._terminal_listens else "no terminal that takes OSC 52"
        return NotCopied(f"{tmux}, {terminal}, none of pbcopy, wl-copy, xclip, xsel and clip.exe")

    def ways(self) -> Iterator[str]:
        """What `copy` would try, in this order; tools that are not installed are not among it."""
        if self._environ.get("TMUX"):
            yield "tmux"
        if self._terminal_listens:
            yield "OSC 52"
        yield from (tool for tool, _ in self._tools() if shutil.which(tool, path=self._environ.get("PATH")))

    @property
    def _terminal_listens(self) -> bool:
        """Whether the terminal is not one of those that are known to ignore OSC 52."""
        environ = self._environ
        deaf = environ.get("TERM", "").startswith(_DEAF_TERMS) or environ.get("TERM_PROGRAM") == "Apple_Terminal"
        # GNOME's terminal library takes none either; a multiplexer in between passes none on.
        return not (deaf or environ.get("VTE_VERSION") or environ.get("STY"))

    def _tools(self) -> Iterator[tuple[str, Sequence[str]]]:
        yield "pbcopy", []
        if self._environ.get("WAYLAND_DISPLAY"):
            yield "wl-copy", []
        if self._environ.get("DISPLAY"):
            yield "xclip", ["-selection", "clipboard"]
            yield "xsel", ["--clipboard", "--input"]
        yield "clip.exe", []

    def _run(self, tool: str, options: Sequence[str], text: bytes) -> bool:
        """Whether the tool is there and took the text in time."""
        path = shutil.which(tool, path=self._environ.get("PATH"))
        if path is None:
            return False
        try:
            done = subprocess.run(  # noqa: S603 - one of our own names, found on the person's PATH
                [path, *options],
                input=text,
                # Some of these tools stay behind to serve the clipboard, and would keep a pipe open.
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=self._seconds,
                check=False,
                env=dict(self._environ),
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0
