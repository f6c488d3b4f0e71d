"""The four looks of the screen, and which one suits a terminal: every colour and style that differs between them.

A theme is a table of variables for relaytui.tcss and the widgets; what they mean stands with their defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual.theme import Theme

from relaytui.core.theme import ThemeName

_PLAIN: Final = {
    # A colour beside a ground is the text on it; a style is added to whatever the text looks like by itself.
    # Every ground keeps its contrast in 256 colours, too, which is what is left of it over most SSH connections: there
    # Rich gives a part of 48 or more twice its strength.
    "rule": "#46525f",
    "thumb": "#46525f",
    "problem-style": "bold",
    "cursor-ground": "#162c47",
    "cursor-style": "none",
    "cursor-rest-ground": "#1a2530",
    "cursor-rest-style": "none",
    "flash-ground": "#3a2e10",
    "flash-style": "none",
    "stale-text": "#9aa7b4",
    "stale-style": "none",
    "shout-ground": "#e3b341",
    "shout-text": "#12161b",
    "shout-style": "bold",
    "alarm-ground": "#ff5f56",
    "alarm-text": "#12161b",
    "alarm-style": "none",
    # The rest are names of Textual's, for its lists and inputs.
    "input-selection-background": "#1f2e66",
    "block-cursor-foreground": "#d5dbe3",
    "block-cursor-background": "#162c47",
    "block-cursor-text-style": "none",
    "block-cursor-blurred-foreground": "#d5dbe3",
    "block-cursor-blurred-background": "#162c47",
    "block-cursor-blurred-text-style": "none",
}

DARK: Final = Theme(
    name=ThemeName.DARK,
    primary="#3d7ea6",
    secondary="#5c6f82",
    warning="#e3b341",
    error="#ff5f56",
    success="#57ab5a",
    accent="#39c5cf",
    foreground="#d5dbe3",
    background="#12161b",
    surface="#181d24",
    panel="#222932",
    # Textual's own text colours are tints that a terminal of 16 colours turns into white.
    variables=_PLAIN
    | {
        "text-error": "#ff8a80",
        "text-warning": "#e3b341",
        "text-success": "#6cc070",
        "text-accent": "#39c5cf",
        "text-muted": "#9aa7b4",
    },
)

LIGHT: Final = Theme(
    name=ThemeName.LIGHT,
    dark=False,
    primary="#2f6f9f",
    secondary="#5c6f82",
    warning="#724a00",
    error="#990f16",
    success="#1a6b2c",
    accent="#0b5f73",
    foreground="#1b2128",
    background="#fdfdfb",
    surface="#f3f4f3",
    panel="#e6e9ec",
    variables=_PLAIN
    | {
        "text-error": "#990f16",
        "text-warning": "#724a00",
        "text-success": "#1a6b2c",
        "text-accent": "#0b5f73",
        "text-muted": "#4b5763",
        "rule": "#a8b1ba",
        "thumb": "#a8b1ba",
        "cursor-ground": "#d0e4f3",
        "cursor-rest-ground": "#e4edf4",
        "flash-ground": "#fbe7b0",
        "stale-text": "#4b5763",
        "shout-ground": "#724a00",
        "shout-text": "#ffffff",
        "alarm-ground": "#990f16",
        "alarm-text": "#ffffff",
        "input-selection-background": "#b9d4ee",
        "block-cursor-foreground": "#1b2128",
        "block-cursor-background": "#d0e4f3",
        "block-cursor-blurred-foreground": "#1b2128",
        "block-cursor-blurred-background": "#d0e4f3",
    },
)

_TERMINAL: Final = _PLAIN | {
    "text-muted": "ansi_default",
    "text-disabled": "ansi_default",
    "foreground-muted": "ansi_default",
    "rule": "ansi_default",
    "thumb": "ansi_default",
    "cursor-ground": "ansi_default",
    "cursor-style": "reverse",
    "cursor-rest-ground": "ansi_default",
    "cursor-rest-style": "underline",
    "flash-ground": "ansi_default",
    "flash-style": "bold underline",
    "stale-text": "ansi_default",
    "shout-ground": "ansi_default",
    "shout-text": "ansi_default",
    "shout-style": "bold reverse",
    "alarm-ground": "ansi_default",
    "alarm-text": "ansi_default",
    "alarm-style": "bold reverse",
    "scrollbar": "ansi_default",
    "scrollbar-hover": "ansi_default",
    "scrollbar-active": "ansi_default",
    "scrollbar-background": "ansi_default",
    "scrollbar-background-hover": "ansi_default",
    "scrollbar-background-active": "ansi_default",
    "border": "ansi_default",
    "border-blurred": "ansi_default",
    "block-cursor-background": "ansi_default",
    "block-cursor-text-style": "reverse",
    "block-cursor-blurred-text-style": "reverse",
    "input-selection-background": "ansi_default",
    "screen-selection-background": "ansi_default",
    "screen-selection-foreground": "ansi_default",
    "link-color": "ansi_default",
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "block-cursor-foreground": "ansi_default",
    "input-cursor-background": "ansi_default",
    "input-cursor-foreground": "ansi_default",
    "input-selection-foreground": "ansi_default",
    "scrollbar-corner-color": "ansi_default",
    "footer-key-foreground": "ansi_default",
}


def _of_the_terminal(name: ThemeName, *, problem: str, doubt: str) -> Theme:
    plain = "ansi_default"
    return Theme(
        name=name,
        ansi=True,
        primary=plain,
        secondary=plain,
        warning=doubt,
        error=problem,
        success=plain,
        accent=plain,
        foreground=plain,
        background=plain,
        surface=plain,
        panel=plain,
        variables=_TERMINAL,
    )


TERMINAL: Final = _of_the_terminal(ThemeName.TERMINAL, problem="ansi_red", doubt="ansi_magenta")
"""The terminal's own colours: the usual palettes show only red and magenta well on light and on dark grounds."""

MONO: Final = _of_the_terminal(ThemeName.MONO, problem="ansi_default", doubt="ansi_default")
"""No colour at all: bold, reverse and underline."""

THEMES: Final = {theme.name: theme for theme in (DARK, LIGHT, TERMINAL, MONO)}
"""By name, in the order in which a key goes through them."""


def guess(environ: Mapping[str, str]) -> Theme | None:
    """The theme that the environment speaks for, or None where it says nothing."""
    if environ.get("NO_COLOR"):
        return MONO
    if _has_16_colours(environ):
        # There the cursor's ground would be the palette's grey, on which its red cannot be read.
        return TERMINAL
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    if not ground.isdecimal():
        return None
    # The numbers of the palette's light grounds: white, and the bright ones but the grey.
    return LIGHT if int(ground) == 7 or 8 < int(ground) < 16 else DARK


def _has_16_colours(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is one that is painted in its palette's 16 colours only, as Rich judges it."""
    term = environ.get("TERM", "")
    return bool(term) and not (
        environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith(("-256color", "-kitty"))
    )
