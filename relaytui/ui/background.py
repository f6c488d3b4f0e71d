"""What a terminal answers when it is asked for the colour of its background."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

ASK_BACKGROUND: Final = "\x1b]11;?\x1b\\"


class ColourAnswers:
    """Takes the answers (`ESC ] 11 ; rgb:… BEL`) out of the input, whenever they come, so that none is read as keys."""

    _WHOLE = re.compile(rb"\x1b\]11;([^\x07\x1b]*)(?:\x07|\x1b\\)")
    _BEGUN = re.compile(rb"\x1b(?:\](?:1(?:1(?:;[^\x07\x1b]{0,40}\x1b?)?)?)?)?\Z")

    def __init__(self, answered: Callable[[bytes], None]) -> None:
        self._answered = answered
        self._held = b""

    def strip(self, read: bytes, *, awaited: bool) -> bytes:
        """`read` without answers, each of which is told; one that is cut off at the end is held back.

        While an answer is `awaited` its first bytes are held too, which may be a key: see `give_back`.
        """
        rest = self._held + read
        for answer in self._WHOLE.finditer(rest):
            self._answered(answer[1])
        rest = self._WHOLE.sub(b"", rest)
        begun = self._BEGUN.search(rest)
        self._held = begun.group() if begun and (awaited or not _may_be_key(begun.group())) else b""
        return rest[: len(rest) - len(self._held)]

    def give_back(self) -> bytes:
        """What was held back and must be a key, because nothing came after it."""
        if not _may_be_key(self._held):
            return b""
        held, self._held = self._held, b""
        return held


def _may_be_key(begun: bytes) -> bool:
    return begun in {b"\x1b", b"\x1b]"}


_PART = re.compile(rb"[0-9a-fA-F]{1,4}")


def is_light(colour: bytes) -> bool | None:
    """Whether a colour such as `rgb:ffff/ffff/dddd` is a light one; None where it is none."""
    kind, _, parts = colour.partition(b":")
    values = parts.split(b"/")
    if kind not in {b"rgb", b"rgba"} or len(values) < 3 or not all(map(_PART.fullmatch, values)):
        return None
    parts_of_one = [int(value, 16) / int(b"f" * len(value), 16) for value in values[:3]]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts_of_one, strict=True)) > 0.5
