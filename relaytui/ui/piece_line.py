"""One line made of pieces, of which only the changed ones are painted again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from relaytui.ui.looks import Look


class Piece(NamedTuple):
    """A few words that look alike."""

    text: str
    look: Look = Look.PLAIN


def width_of(pieces: Sequence[Piece]) -> int:
    """How many cells the pieces take."""
    return sum(cell_len(piece.text) for piece in pieces)


class PieceLine(Widget):
    """A widget of one line; a subclass names the looks it uses in COMPONENT_CLASSES.

    A clock at its end costs a few bytes a second, not the whole line.
    """

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name for it
        super().__init__(id=id)
        self._pieces: tuple[Piece, ...] = ()

    def show(self, pieces: Sequence[Piece]) -> None:
        """Show these pieces; what did not change is not painted again."""
        before, self._pieces = self._pieces, tuple(pieces)
        if before != self._pieces:
            self.refresh(_changed(before, self._pieces, self.size.width))

    def render_line(self, y: int) -> Strip:
        """The one line."""
        base = self.rich_style
        if y:
            return Strip.blank(self.size.width, base)
        segments = [Segment(piece.text, self.get_component_rich_style(piece.look)) for piece in self._pieces]
        return Strip(segments).adjust_cell_length(self.size.width, base).apply_style(base)

    def text_frame(self) -> str:
        """The line as text, for tests."""
        return "".join(piece.text for piece in self._pieces)


def _changed(before: Sequence[Piece], after: Sequence[Piece], width: int) -> Region:
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    x = width_of(after[:same])
    end = width
    if width_of(before) == width_of(after):
        tail = 0
        while tail < min(len(before), len(after)) - same and before[-1 - tail] == after[-1 - tail]:
            tail += 1
        end -= width_of(after[len(after) - tail :]) + width - width_of(after)
    return Region(x, 0, max(0, min(end, width) - x), 1)
