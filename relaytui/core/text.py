"""Foreign text made harmless: what is not ours is shown as plain text on one line."""

from __future__ import annotations

import unicodedata

_KEPT_FORMATS = frozenset({"\u200d"})
"""The joiner inside emoji and some scripts; every other format character (bidi overrides, zero width) is dropped."""


_UNEVEN = frozenset("\u200c\u200d\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
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
    """As `plain`, and as wide in every terminal: for columns.

    Terminals disagree about what joiners, variation selectors, skin tones and flags do to the characters beside them,
    and one cell too many shifts the whole row. So joined emoji stand side by side, and a flag is its two letters.
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
