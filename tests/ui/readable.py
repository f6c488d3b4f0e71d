"""Whether a text can be read: its contrast for every kind of sight, and the colours that a theme may use."""

from __future__ import annotations

from itertools import product

from rich._palettes import EIGHT_BIT_PALETTE
from rich.color import Color, ColorSystem, ColorType
from rich.segment import Segment
from rich.style import Style

from relaytui.core.theme import ThemeName

READABLE = 4.5
"""The contrast that WCAG 2.1 AA asks of normal text."""
Rgb = tuple[float, float, float]

SIGHTS: dict[str, tuple[Rgb, Rgb, Rgb]] = {
    # Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
    "trichromacy": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


DEPTHS = (ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT)
"""What terminals paint of a colour: all of it, or the nearest of 256, as over SSH, where COLORTERM is not told."""


def linear(part: float) -> float:
    part /= 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def luminance(color: Color, sight: str, depth: ColorSystem) -> float:
    painted = color.downgrade(depth)
    triplet = painted.triplet or EIGHT_BIT_PALETTE[painted.number or 0]
    rgb = [linear(part) for part in triplet]
    seen = [min(1.0, max(0.0, sum(a * b for a, b in zip(row, rgb, strict=True)))) for row in SIGHTS[sight]]
    return 0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]


def contrast(style: Style, sight: str, depth: ColorSystem) -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    pair = (luminance(style.color, sight, depth), luminance(style.bgcolor, sight, depth))
    return (max(pair) + 0.05) / (min(pair) + 0.05)


def is_text(segment: Segment) -> bool:
    """Whether somebody has to read it: it is more than blanks, lines and scrollbars."""
    return bool(segment.text.strip(" ─━▔▁▂▃▄▅▆▇█▉▊▋▌▍▎▏▐╸╺"))


def wrong_colours(theme: ThemeName, style: Style) -> bool:
    """Whether the theme must not paint a text like this."""
    colours = [colour for colour in (style.color, style.bgcolor) if colour and colour.type is not ColorType.DEFAULT]
    match theme:
        case ThemeName.MONO:
            return bool(colours)
        case ThemeName.TERMINAL:
            # Red and magenta show on light and on dark, and no ground does.
            return any(colour is style.bgcolor or colour.number not in (1, 5) for colour in colours)
        case _:
            return any(contrast(style, sight, depth) < READABLE for sight, depth in product(SIGHTS, DEPTHS))
