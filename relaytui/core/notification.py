"""What a terminal can be asked to do about an alarm: escape sequences for its bell, its title, and the desktop.

Nothing comes back from a terminal, so which notification it takes is guessed from the environment; one that does not
know a sequence ignores it, and a terminal that would print it is sent none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from relaytui.core.text import plain

BELL = "\a"
_LONGEST = 200
"""Characters of a notification: a line on a phone or a desktop."""
_MUTE = re.compile(r"(dumb|unknown|linux|cons\d+|vt\d+)?(-.*)?")
"""Terminals that would print the sequence, or do whatever they like with it."""


class Notification(Enum):
    """The sequences for a notification of the desktop, by their number."""

    OSC_9 = 9
    OSC_99 = 99
    OSC_777 = 777

    def sequence(self, title: str, text: str) -> str:
        """The sequence that shows this; foreign text is cleaned."""
        title, text = (plain(part).replace(";", ",")[:_LONGEST] for part in (title, text))
        match self:
            case Notification.OSC_9:
                return f"\x1b]9;{title}: {text}\a"
            case Notification.OSC_99:
                return f"\x1b]99;;{title}: {text}\x1b\\"
            case Notification.OSC_777:
                return f"\x1b]777;notify;{title};{text}\a"


@dataclass(frozen=True, slots=True)
class Terminal:
    """What is known of the terminal; `notification` is None where it takes none."""

    notification: Notification | None
    multiplexer: str = ""
    """"tmux" or "screen", which drop what they do not know unless it is wrapped."""

    @property
    def takes_title(self) -> bool:
        """Whether it has a title that can be set; one that takes no sequence has none."""
        return self.notification is not None

    def notify(self, title: str, text: str) -> str:
        """What to write to it for a notification, "" where it takes none."""
        if self.notification is None:
            return ""
        sequence = self.notification.sequence(title, text)
        match self.multiplexer:
            case "tmux":
                return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
            case "screen":
                # Its own end is an ST, so there must be none inside.
                return "\x1bP" + sequence.replace("\x1b\\", "\a") + "\x1b\\"
            case _:
                return sequence

    @staticmethod
    def title(title: str) -> str:
        """What to write to it for a window's title."""
        return f"\x1b]2;{plain(title)}\a"


def known_terminal(environ: Mapping[str, str]) -> Terminal:
    """The terminal that these variables tell of."""
    term = environ.get("TERM", "")
    if _MUTE.fullmatch(term):
        return Terminal(None)
    if environ.get("TMUX"):
        return Terminal(_outside(environ), "tmux")
    if term.startswith("screen"):
        return Terminal(_outside(environ), "screen")
    return Terminal(_outside(environ))


def _outside(environ: Mapping[str, str]) -> Notification:
    """The notification of the window itself, whose variables a multiplexer leaves as they were."""
    term = environ.get("TERM", "")
    if "kitty" in term or environ.get("KITTY_WINDOW_ID"):
        return Notification.OSC_99
    if term.startswith(("rxvt", "foot")) or environ.get("VTE_VERSION"):
        return Notification.OSC_777
    return Notification.OSC_9
