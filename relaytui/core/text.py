"""Foreign text made harmless: `plain` is what is kept, copied and written of it, `even` what the screen shows."""

from __future__ import annotations

import unicodedata

_KEPT_FORMATS = frozenset({"\u200d"})
"""The joiner inside emoji and some scripts; every other format character (bidi overrides, zero width) is dropped."""

_SKIN_TONES = range(0x1F3FB, 0x1F400)
_NOTHING_TO_SEE = (
    range(0x034F, 0x0350),
    range(0x115F, 0x1161),
    range(0x17B4, 0x17B6),
    range(0x180B, 0x1810),
    range(0x200C, 0x200E),
    range(0x3164, 0x3165),
    range(0xFE00, 0xFE10),
    range(0xFFA0, 0xFFA1),
    range(0xE0100, 0xE01F0),
)
"""Joiners, variation selectors and fillers: what Unicode has a terminal paint nothing for, beyond the formats."""
_UNEVEN = frozenset(chr(code) for codes in (_SKIN_TONES, *_NOTHING_TO_SEE) for code in codes)
_FLAG_A = 0x1F1E6


def plain(text: str) -> str:
    """`text` on one line, without control characters, escape sequences' lead bytes, bidi overrides and zero widths.

    Line breaks and tabs become blanks. Nothing else is changed, so that an id survives byte for byte.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if character in "\n\r\t\v\f\x85\u2028\u2029" else character
        for character in text
        if not _is_dropped(character)
    )


def plain_lines(text: str) -> str:
    """Each line of `text` as `plain` gives it, but with its tabs, which separate the cells of tables."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(map(plain, line.split("\t"))) for line in lines)


def even(text: str) -> str:
    """As `plain`, without what has no width, and as wide in every terminal: for the screen.

    Terminals disagree about what joiners, variation selectors, skin tones and flags do to the characters beside them,
    and one cell too many shifts the whole row. So joined emoji stand side by side, and a flag is its two letters. What
    is copied or written keeps them. Accents that combine stay: they are seen.
    """
    text = plain(text)
    if text.isascii():
        return text
    return "".join(
        chr(ord(character) - _FLAG_A + ord("A")) if _FLAG_A <= ord(character) < _FLAG_A + 26 else character
        for character in text
        if character not in _UNEVEN
    )


def _is_dropped(character: str) -> bool:
    if character in "\n\r\t\v\f\x85\u2028\u2029" or character in _KEPT_FORMATS:
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}
