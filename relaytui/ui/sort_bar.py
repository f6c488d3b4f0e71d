"""The line under the table in which a column to sort by is chosen, by its letter or with the arrows."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.events import Key

from relaytui.ui.columns import ASCENDING, DESCENDING
from relaytui.ui.live_keys import key_of, typed_by
from relaytui.ui.looks import Look, classes
from relaytui.ui.piece_line import Piece, PieceLine, width_of
from relaytui.ui.rows import SORTS
from relaytui.ui.task_table import TaskTable

LETTERS: Final = dict(zip("ostgiarfeln", SORTS, strict=True))
"""Which order each letter means, as in list Order, State, Task, Group, taskId, App, Region, For, sEen, Last, Note."""
_PICTURE_SECONDS: Final = 0.02
"""How long the sorted table has for being painted and written; all that comes of another focus would hold it up."""


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

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """No key of the board works meanwhile, and no letter: `D` must not remove a task."""
        board = self.screen._bindings.key_to_bindings  # noqa: SLF001 - Textual tells a screen's own keys nowhere else
        return key in board or (character or typed_by(key) or "\n").isprintable()

    async def on_key(self, event: Key) -> None:
        """A letter sorts, and that is all."""
        # A key that a person has given to a command is bound in spite of the above.
        bound = self.screen.active_bindings.get(event.key)
        if bound is not None and bound.node is not self and (event.is_printable or bound.node is self.screen):
            event.stop()
        if event.character in LETTERS:
            # The board has the focus when this comes back to it, where `t` is another theme.
            event.stop()
            self._table.sort_by(LETTERS[event.character])
            await asyncio.sleep(_PICTURE_SECONDS)
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
        longest = max(map(len, SORTS))
        shorter = (self._written(cells, short=True) for cells in range(longest, 0, -1))
        for pieces in chain([self._written(longest)], shorter):
            if width_of(pieces) <= self.size.width:
                break
        self.show(pieces)

    def on_resize(self) -> None:
        """Fit the new width."""
        self._tell()

    def _written(self, cells: int, *, short: bool = False) -> list[Piece]:
        """The orders, each cut to so many cells with its letter among them; `short` says less beside them."""
        view = self._table.view
        pieces = [Piece(" by" if short else " sort by")]
        for letter, title in LETTERS.items():
            is_chosen = title == view.sort
            look = Look.PLAIN if is_chosen else Look.DIM
            word = title.lower() or "order"
            before, _, after = (word if is_chosen else _cut(word, letter, cells)).partition(letter)
            arrow = (DESCENDING if view.reverse else ASCENDING) if title and is_chosen else ""
            pieces += [Piece(f" {before}", look), Piece(letter, Look.KEY), Piece(after + arrow, look)]
        pinned = "on top" if view.pinned else "mixed in"
        pin = key_of(self, "sort.pin")
        return [*pieces, Piece("  "), Piece(pin, Look.KEY), Piece(f"{'' if short else ' problems'} {pinned}", Look.DIM)]


def _cut(word: str, letter: str, cells: int) -> str:
    """The first so many characters of a word, or those from its letter on where that comes later."""
    begin = 0 if letter in word[:cells] else word.index(letter)
    return word[begin : begin + cells]
