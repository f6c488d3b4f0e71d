"""Tells what is pasted from what is typed, so that no text that somebody pastes presses keys."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

BEGIN: Final = "\x1b[200~"
END: Final = "\x1b[201~"
"""What a terminal puts around a paste."""
BURST: Final = 100
"""Characters in one piece, without a key's escape in between, that no hand types: a paste without marks."""
MOST: Final = 1 << 24
"""Characters of a paste, 100,000 lines of 160; of more only this much is kept, or a wrong file would fill the memory.
"""
PATIENT_LOOKS: Final = 20
"""Looks without input after which a paste counts as over although its end never came."""

_BURST: Final = re.compile(rf"(?:^|\x1b\[[0-?]*[@-~]|\x1b.)([^\x1b]{{{BURST},}})", re.DOTALL)


class Piece(NamedTuple):
    """A piece of the input."""

    text: str
    is_paste: bool
    is_cut: bool = False
    """Whether more was pasted than could be kept."""


class Pastes:
    """Takes the input as it is read; between the marks everything is text, also what looks like keys."""

    def __init__(self) -> None:
        self._typed = ""
        """What may be the beginning of a mark."""
        self._pasted: list[str] | None = None
        self._has_marks = False
        self._length = 0
        self._is_cut = False
        self._idle = 0

    def feed(self, text: str) -> list[Piece]:
        """The pieces that are whole now."""
        if not text:
            return []
        self._idle = 0
        pieces: list[Piece] = []
        text, self._typed = self._typed + text, ""
        while text:
            text = self._paste(text, pieces) if self._pasted is not None else self._type(text, pieces)
        return pieces

    def rest(self) -> list[Piece]:
        """What nothing has followed for a while (the driver's look, a tenth of a second)."""
        self._idle += 1
        if self._pasted is None:
            typed, self._typed = self._typed, ""
            return [Piece(typed, is_paste=False)] if typed else []
        return [] if self._has_marks and self._idle < PATIENT_LOOKS else [self._end()]

    def _type(self, text: str, pieces: list[Piece]) -> str:
        """Take typed text up to a paste; what is left."""
        typed, mark, rest = text.partition(BEGIN)
        burst = _BURST.search(typed)
        if burst is not None:
            typed, mark, rest = text[: burst.start(1)], "", text[burst.start(1) :]
        elif not mark and len(typed) > 1:
            # One escape is a key; more that ends like this was cut by the size of a read.
            held = next((size for size in range(len(BEGIN) - 1, 0, -1) if typed.endswith(BEGIN[:size])), 0)
            typed, self._typed = typed[: len(typed) - held], typed[len(typed) - held :]
        if typed:
            pieces.append(Piece(typed, is_paste=False))
        if mark or burst is not None:
            self._pasted, self._has_marks, self._length, self._is_cut = [], bool(mark), 0, False
        return rest

    def _paste(self, text: str, pieces: list[Piece]) -> str:
        """Take pasted text up to its end; what is left."""
        assert self._pasted is not None  # noqa: S101 - how it is called
        if self._pasted and self._has_marks:
            # The mark may have been cut by the size of a read.
            last = self._pasted.pop()
            self._length -= len(last)
            text = last + text
        body, mark, rest = text.partition(END) if self._has_marks else (text, "", "")
        room = max(0, MOST - self._length)
        split = max(0, len(body) - len(END))
        self._is_cut = self._is_cut or split > room
        for part in (body[:split][:room], body[split:]):
            self._pasted.append(part)
            self._length += len(part)
        if mark:
            pieces.append(self._end())
        return rest

    def _end(self) -> Piece:
        text, self._pasted = "".join(self._pasted or ()), None
        return Piece(text, is_paste=True, is_cut=self._is_cut)
