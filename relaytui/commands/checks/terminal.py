"""The terminal: what it shows, and what of clipboard and notifications gets through to its owner."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from relaytui.adapters.clipboard import SystemClipboard
from relaytui.commands.checks.checkup import Checkup, Level, Line, Told

_WIDTH, _HEIGHT = 80, 24
_TMUX_SECONDS = 2.0
_TMUX_ASKED = "#{version}\n#{set-clipboard}\n#{allow-passthrough}\n#{client_termname}\n#{client_termtype}"


_NOTIFICATIONS = {
    "kitty": "OSC 9, 99 and 777",
    "ghostty": "OSC 9 and 777",
    "wezterm": "OSC 9 and 777",
    "iterm": "OSC 9",
    "foot": "OSC 777",
    "alacritty": "",
    "apple_terminal": "",
    "linux": "",
}
"""The sequences that become notifications, by what is in the terminal's name."""


def begin(checkup: Checkup, environ: Mapping[str, str]) -> None:
    """Look at the terminal, and at tmux where that is in between."""
    fix = "restart tmux: tmux kill-server ends it and all in it"
    checkup.begin("terminal", lambda: Told(tuple(_lines(environ))), seconds=4, fix=fix)


def _lines(environ: Mapping[str, str]) -> Iterator[Line]:
    size = _size()
    if size is None:
        yield Line("terminal", Level.OK, f"none here, {_encoding()}")
        return
    yield _terminal(environ, size)
    tmux = _ask_tmux() if environ.get("TMUX") else None
    if environ.get("TMUX") and tmux is None:
        text = "tmux does not say how it is set up"
        yield Line("tmux", Level.WARNING, text, "see whether tmux display-message works here")
        return
    name = _name(environ, tmux)
    yield _clipboard(list(SystemClipboard(environ).ways()), name, tmux)
    yield _notifications(name, tmux)


def _size() -> os.terminal_size | None:
    """The size in cells of the terminal that any stream leads to."""
    for stream in (1, 2, 0):
        try:
            return os.get_terminal_size(stream)
        except OSError:
            continue
    return None


def _encoding() -> str:
    return f"output as {sys.stdout.encoding}"


def _terminal(environ: Mapping[str, str], size: os.terminal_size) -> Line:
    term = environ.get("TERM", "")
    width, height = size
    text = f"{term or 'without TERM'}, {width} x {height}, {_colours(environ, term)}, {_encoding()}"
    text += ", over SSH" if environ.get("SSH_CONNECTION") else ""
    text += ", in screen" if environ.get("STY") else ""
    if term in ("", "dumb", "unknown"):
        return Line("terminal", Level.WARNING, text, "the board needs a real terminal; check, watch and list do not")
    if "utf" not in sys.stdout.encoding.lower():
        return Line("terminal", Level.WARNING, text, "set a UTF-8 locale (export LANG=C.UTF-8): glyphs are shown as ?")
    if width < _WIDTH or height < _HEIGHT:
        return Line("terminal", Level.WARNING, text, f"give it {_WIDTH} x {_HEIGHT}: the board leaves out columns")
    return Line("terminal", Level.OK, text)


def _colours(environ: Mapping[str, str], term: str) -> str:
    if environ.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if environ.get("COLORTERM") in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in term else "no colours" if term in ("", "dumb") else "16 colours"


@dataclass(frozen=True, slots=True)
class _Tmux:
    """How the tmux in between is set up."""

    version: str
    sets_clipboard: bool
    passes_through: bool
    client: str
    """What it says of the terminal it is attached to."""


def _ask_tmux() -> _Tmux | None:
    tmux = shutil.which("tmux")
    if tmux is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours
            [tmux, "display-message", "-p", _TMUX_ASKED],
            capture_output=True,
            text=True,
            timeout=_TMUX_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version, clipboard, passthrough, *client = [*done.stdout.split("\n"), "", "", ""]
    # Before 3.3 there was no such option, and everything was passed through.
    return _Tmux(version, clipboard != "off", passthrough not in ("0", "off"), " ".join(client).strip())


def _name(environ: Mapping[str, str], tmux: _Tmux | None) -> str:
    """The terminal's name as far as it is known; behind tmux only its client tells."""
    if tmux is not None:
        told = tmux.client
    else:
        marks = {"KITTY_WINDOW_ID": "kitty", "WEZTERM_PANE": "wezterm", "ALACRITTY_WINDOW_ID": "alacritty"}
        marked = [name for mark, name in marks.items() if environ.get(mark)]
        told = " ".join([*marked, environ.get("TERM_PROGRAM", ""), environ.get("TERM", "")])
    return next((name for name in _NOTIFICATIONS if name in told.lower()), "")


def _clipboard(ways: Sequence[str], name: str, tmux: _Tmux | None) -> Line:
    if tmux is not None and not tmux.sets_clipboard:
        text = f"what is copied stays in the buffer of tmux {tmux.version} (set-clipboard off)"
        return Line("clipboard", Level.WARNING, text, "write into ~/.tmux.conf: set -s set-clipboard external")
    if not ways:
        fix = "install xclip, xsel or wl-copy, or write to a file instead"
        return Line("clipboard", Level.WARNING, "this terminal takes no OSC 52, and there is no tool for it", fix)
    doubt = "" if name or ways[0] not in ("tmux", "OSC 52") else "; whether the terminal takes it is not known"
    return Line("clipboard", Level.OK, f"by {', then '.join(ways)}{doubt}")


def _notifications(name: str, tmux: _Tmux | None) -> Line:
    if tmux is not None and not tmux.passes_through:
        text = f"the bell; tmux {tmux.version} holds back OSC 9 and 777 (allow-passthrough off)"
        return Line("notifications", Level.WARNING, text, "write into ~/.tmux.conf: set -g allow-passthrough on")
    shown = _NOTIFICATIONS.get(name)
    if shown is None:
        return Line("notifications", Level.OK, "the bell; whether this terminal shows OSC 9 or 777 is not known")
    return Line("notifications", Level.OK, f"the bell; {name} shows {shown or 'no others'}")
