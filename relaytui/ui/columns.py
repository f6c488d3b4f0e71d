"""The columns of the table: which are shown in which width, their titles, and texts that fit them exactly."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from rich.cells import cell_len, set_cell_size

from relaytui.core import strip

Piece = tuple[str, str]
"""A text and the name of its style; "" is the row's own style."""

ASCENDING, DESCENDING = "▲", "▼"
ELLIPSIS = "…"
GAP = 2
"""Blank cells between two columns."""

_ROOM_FOR_TASK = 26
"""Cells that a label has before another column takes any, so that a wider screen never cuts labels harder."""
_MOST_FOR_TASK = 48
"""Cells beyond which the TASK column grows no more: the rest is for NOTE."""


class Column(Enum):
    """The columns from left to right, each with its title and its least width in cells."""

    MARKS = ("", 2)
    STATE = ("STATE", 14)
    TASK = ("TASK", 14)
    GROUP = ("GROUP", 12)
    ID = ("TASKID", 17)
    APP = ("APP", 10)
    REGION = ("REGION", 12)
    FOR = ("FOR", 5)
    SEEN = ("SEEN", 5)
    STRIP = ("LAST 60 MIN", strip.CELLS)
    NOTE = ("NOTE", 16)

    def __init__(self, title: str, width: int) -> None:
        self.title = title
        self.width = width

    @property
    def gap(self) -> int:
        """Blank cells to its left."""
        return 0 if self in (Column.MARKS, Column.STATE) else GAP


Layout = tuple[tuple[Column, int], ...]
"""The columns that are shown, each with its width in cells."""

_COMING = (Column.FOR, Column.SEEN, Column.NOTE, Column.REGION, Column.APP, Column.STRIP, Column.GROUP, Column.ID)
"""The order in which columns come in as the screen grows, and leave as it shrinks."""
_OF_A_WIDE_SCREEN = (Column.GROUP, Column.ID)
_ROOM_FOR_NOTE = 30
"""Cells that a note has before they come, and a label has all that it ever has: the detail tells them too."""
LEAST_WIDTH = 32
"""Cells that state and label need."""


def layout(width: int) -> Layout:
    """The columns for a table that is `width` cells wide; STATE and TASK always stay."""
    shown = {Column.MARKS, Column.STATE, Column.TASK}
    for column in _COMING:
        # How long a task has been in its state is worth more to the reader of a small screen than the end of a label.
        is_wide = column in _OF_A_WIDE_SCREEN
        label = Column.TASK.width if column is Column.FOR else _MOST_FOR_TASK if is_wide else _ROOM_FOR_TASK
        note = _ROOM_FOR_NOTE if is_wide else Column.NOTE.width
        least = _needed(shown | {column}) - Column.TASK.width + label - Column.NOTE.width + note
        if least > width:
            break
        shown.add(column)
    spare = max(0, width - _needed(shown))
    for_task = spare
    if Column.NOTE in shown:
        room = _ROOM_FOR_TASK - Column.TASK.width
        more = 0
        if Column.STRIP in shown:
            more = spare - room if Column.GROUP in shown else (spare - room) // 2
        for_task = min(room + more, _MOST_FOR_TASK - Column.TASK.width)
    extra = {Column.TASK: for_task, Column.NOTE: spare - for_task}
    return tuple((column, column.width + extra.get(column, 0)) for column in Column if column in shown)


def _needed(columns: Iterable[Column]) -> int:
    return sum(column.width + column.gap for column in columns)


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells: padded, or cut at its end with an ellipsis; wide characters are never split."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(0, width - 1)) + ELLIPSIS[:width]
    return text + " " * (width - length)


def header(columns: Layout, sort: str = "", *, reverse: bool = False) -> tuple[tuple[Piece, ...], ...]:
    """The titles, column by column; the one that the table is sorted by carries an arrow."""
    arrow = DESCENDING if reverse else ASCENDING
    return tuple(
        ((fit(column.title + arrow if sort and column.title == sort else column.title, width), ""),)
        for column, width in columns
    )
