"""The names of the themes, as flags, variables and the configuration file spell them."""

from __future__ import annotations

from enum import StrEnum

from relaytui.core.entry import Refused, nearest


class ThemeName(StrEnum):
    """How the board is coloured; `auto` is what suits the terminal and what was chosen last."""

    AUTO = "auto"
    DARK = "dark"
    LIGHT = "light"
    TERMINAL = "terminal"
    MONO = "mono"


def read_theme(text: str) -> ThemeName | Refused:
    """The theme of this name."""
    word = text.strip()
    if word not in list(ThemeName):
        return Refused(f"give one of {', '.join(ThemeName)}{nearest(word, ThemeName)}")
    return ThemeName(word)
