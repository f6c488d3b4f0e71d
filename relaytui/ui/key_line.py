"""The bottom line: the keys that work now, or for a few seconds what there is to say, on more lines if need be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.segment import Segment
from textual.content import Content
from textual.events import Resize
from textual.strip import Strip

from relaytui.core.text import even
from relaytui.ui.columns import fit
from relaytui.ui.live_keys import LiveKey, live_keys
from relaytui.ui.looks import Look, classes
from relaytui.ui.piece_line import Piece, PieceLine, width_of

ORDER = (
    "filter.keep",
    "filter.clear",
    "sort.done",
    "confirm.yes",
    "confirm.no",
    "board.help",
    "replay.play",
    "replay.before",
    "replay.next",
    "board.filter",
    "board.problems",
    "board.next",
    "table.open",
    "log.choose",
    "log.sieve",
    "board.acknowledge",
    "board.snooze",
    "board.refresh",
    "account.look_up",
    "list.add",
    "board.copy",
    "board.log",
    "board.polling",
    "board.close",
    "app.palette",
    "app.quit",
)
"""The keys of the board from left to right; a narrow screen gives up those on the right first …"""
_STAYING = {"board.close": 1, "app.palette": 2, "app.quit": 3, "board.help": 4, "filter.clear": 5, "filter.keep": 6}
"""… and these last: who knows them finds the rest."""


class KeyLine(PieceLine):
    """The keys, derived from the live bindings; those that have no room are in the help."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(Look.KEY, Look.DIM, Look.WARNING)
    MOST_OF_SCREEN = 5
    """What is said takes at most one line of so many."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name for it
        super().__init__(id=id)
        self._said = ""
        self._until = 0.0
        self._said_below: list[str] = []
        """What of it has no room on the first line."""

    def on_mount(self) -> None:
        """Follow the bindings as they change with focus and state."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.tell())

    def on_resize(self, event: Resize) -> None:
        """Fit the new width."""
        self.tell()

    def say(self, text: str, *, now: float, seconds: float = 3.0) -> None:
        """Show `text` instead of the keys until `now` + `seconds` (monotonic)."""
        self._said, self._until = even(text), now + seconds
        self.tell()

    def tick(self, *, now: float) -> None:
        """Give the line back to the keys when it is time (`now` is monotonic seconds)."""
        if self._said and now >= self._until:
            self._said = ""
            self.tell()

    def tell(self) -> None:
        """Show what there is to show, as soon as it is known how much has room."""
        if not self.size.width:
            return
        first, *below = self._fold() if self._said else [""]
        if below != self._said_below:
            self._said_below = below
            self.styles.height = 1 + len(below)
            self.refresh()
        self.show([Piece(" "), Piece(first, Look.WARNING)] if first else self._keys())

    def _fold(self) -> list[str]:
        """What is said as lines that fit."""
        width, most = self.size.width - 1, max(1, self.screen.size.height // self.MOST_OF_SCREEN)
        lines = [line.plain for line in Content(self._said).wrap(width)]
        if len(lines) > most:
            lines[most - 1] = fit(f"{lines[most - 1]} {lines[most]}", width)
        return lines[:most]

    def render_line(self, y: int) -> Strip:
        """The first line is made of pieces; those below only go on with what is said."""
        if not 0 < y <= len(self._said_below):
            return super().render_line(y)
        base = self.rich_style
        text = Segment(f" {self._said_below[y - 1]}", self.get_component_rich_style(Look.WARNING))
        return Strip([text]).adjust_cell_length(self.size.width, base).apply_style(base)

    def _keys(self) -> list[Piece]:
        shown = [key for key in live_keys(self.screen) if key.binding.show]
        shown.sort(key=_place)
        while True:
            pieces = [piece for key in shown for piece in _pieces(key)]
            if width_of(pieces) <= self.size.width or len(shown) <= 1:
                return pieces
            shown.remove(min(reversed(shown), key=lambda key: _STAYING.get(key.binding.id or "", 0)))


def _place(key: LiveKey) -> int:
    """Where on the line a key stands; those of a dialog stay as they are bound."""
    name = key.binding.id or ""
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _pieces(key: LiveKey) -> Iterator[Piece]:
    yield Piece(" ")
    yield Piece(key.displays[0], Look.KEY if key.enabled else Look.DIM)
    yield Piece(f" {key.word} ", Look.PLAIN if key.enabled else Look.DIM)
