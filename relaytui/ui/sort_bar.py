"""The line under the table in which a column to sort by is chosen, by its letter or with the arrows."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key

from relaytui.ui.columns import ASCENDING, DESCENDING
from relaytui.ui.looks import Look, classes
from relaytui.ui.piece_line import Piece, PieceLine
from relaytui.ui.rows import SORTS
from relaytui.ui.task_table import TaskTable

_LETTERS = dict(zip("ostarfeln", SORTS, strict=True))
"""Which order each letter means, as in list Order, State, Task, App, Region, For, sEen, Last, Note."""


class SortBar(PieceLine, can_focus=True):
    """Takes the keys while it has the focus, and no room else."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(Look.KEY, Look.DIM)
    BINDING_GROUP_TITLE = "While sorting"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "before", show=False, id="sort.before", tooltip="Sort by the column before"),
        Binding("right", "step(1)", "next", show=False, id="sort.next", tooltip="Sort by the next column"),
        Binding("minus", "reverse", "reverse", show=False, id="sort.reverse", tooltip="The other way round"),
        Binding("p", "pin", "pin", show=False, id="sort.pin", tooltip="Keep problems on top, or not"),
        Binding("escape,enter,ctrl+c", "done", "done", id="sort.done", tooltip="Back to the table, so sorted"),
    ]

    def __init__(self, table: TaskTable) -> None:
        super().__init__()
        self._table = table

    def begin(self) -> None:
        """Take the keys."""
        self.display = True
        self.screen.set_focus(self)
        self._tell()

    def on_blur(self) -> None:
        """Give the room back."""
        self.display = False

    def on_key(self, event: Key) -> None:
        """A letter sorts, and that is all; no other key means anything to the board meanwhile."""
        if event.character in _LETTERS:
            event.stop()
            self._table.sort_by(_LETTERS[event.character])
            self.action_done()

    def action_step(self, step: int) -> None:
        """Sort by the column so many further to the right; before the first is the list's own order."""
        index = SORTS.index(self._table.view.sort) + step
        self._table.sort_by(SORTS[index % len(SORTS)])
        self._tell()

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self._table.sort_by(self._table.view.sort)
        self._tell()

    def action_pin(self) -> None:
        """Keep problems on top whatever the order, or do not."""
        self._table.pin(not self._table.view.pinned)
        self._tell()

    def action_done(self) -> None:
        """Give the keys back to the table."""
        self._table.focus()

    def _tell(self) -> None:
        view = self._table.view
        pieces = [Piece(" sort by")]
        for letter, title in _LETTERS.items():
            look = Look.PLAIN if title == view.sort else Look.DIM
            before, letter_there, after = (title.lower() or "order").partition(letter)
            arrow = (DESCENDING if view.reverse else ASCENDING) if title and title == view.sort else ""
            pieces += [Piece(f" {before}", look), Piece(letter_there, Look.KEY), Piece(after + arrow, look)]
        pinned = "on top" if view.pinned else "mixed in"
        self.show([*pieces, Piece("  "), Piece("p", Look.KEY), Piece(f" problems {pinned}", Look.DIM)])
