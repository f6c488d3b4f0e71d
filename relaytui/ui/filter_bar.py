"""The line under the table that says what the board leaves out and what is marked; a filter is typed into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.containers import Horizontal
from textual.message import Message

from relaytui.core.text import even
from relaytui.ui.looks import Look, classes
from relaytui.ui.piece_line import Piece, PieceLine, width_of

if TYPE_CHECKING:
    # A text field takes long to load, and nobody types before the first paint.
    from textual.widgets import Input

    from relaytui.ui.filter_input import FilterInput


class LeftOut(NamedTuple):
    """What is shown of the list, and what is not."""

    text: str = ""
    """The filter in use."""
    only_problems: bool = False
    shown: int = 0
    total: int = 0
    hidden_problems: int = 0
    marked: int = 0
    marked_hidden: int = 0
    """How many of the marked ones the filter hides, so that no action reaches them."""
    wrong: str = ""
    """What is wrong with the filter that is being typed."""

    @property
    def is_filtered(self) -> bool:
        """Whether the board leaves anything out."""
        return bool(self.text or self.only_problems)


class Counts(PieceLine):
    """What is left out, in words."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(Look.KEY, Look.DIM, Look.WARNING, Look.PROBLEM)


class FilterBar(Horizontal):
    """Takes no room where nothing is left out, nothing is marked and nothing is typed."""

    DEFAULT_CSS = """
    FilterBar { height: 1; }
    FilterBar > #sign { width: 2; }
    FilterBar > FilterInput { height: 1; width: 1fr; min-width: 10; }
    """

    @dataclass
    class Typed(Message):
        """The text of the filter is another."""

        text: str

    def __init__(self) -> None:
        self._sign = Counts(id="sign")
        self._counts = Counts()
        super().__init__(self._sign, self._counts)
        self._input: FilterInput | None = None
        self._told = LeftOut()
        self.display = False

    @property
    def is_typing(self) -> bool:
        """Whether a filter is being typed."""
        return self._input is not None and bool(self._input.display)

    async def edit(self, text: str) -> None:
        """Have this text changed, as it is typed."""
        from relaytui.ui.filter_input import FilterInput  # noqa: PLC0415 - a text field takes long to load

        if self._input is None:
            self._input = FilterInput(text, compact=True, select_on_focus=False)
            await self.mount(self._input, before=self._counts)
        else:
            self._input.value = text
            self._input.display = True
        self._input.cursor_position = len(self._input.value)
        self.screen.set_focus(self._input)
        self.tell(self._told)

    def end(self) -> None:
        """Nobody types any more."""
        if self._input is not None:
            self._input.display = False
        self.tell(self._told)

    def tell(self, told: LeftOut) -> None:
        """Say what is left out; what is typed is in the field and not said again."""
        self._told = told
        self._sign.display = self.is_typing
        self._sign.show([Piece(" /", Look.KEY)])
        self.display = told.is_filtered or bool(told.marked) or self.is_typing
        pieces = list(_pieces(told, typing=self.is_typing, short=self.screen.size.width < _WIDE))
        # What is wrong is more than counts, and what is typed is known to whoever types it.
        room = self.screen.size.width * 2 // 3 if told.wrong else self.screen.size.width // 2
        self._counts.styles.width = min(width_of(pieces), room) if self.is_typing else "1fr"
        self._counts.show(pieces)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what was typed."""
        event.stop()
        if self.is_typing:
            self.post_message(self.Typed(event.value))


_WIDE = 72
"""Cells from which on everything is said in words."""


def _pieces(told: LeftOut, *, typing: bool, short: bool) -> Iterator[Piece]:
    if not typing:
        yield Piece(" ")
        if told.text:
            yield Piece("/", Look.KEY)
            yield Piece(f"{even(told.text)}  ")
        if told.only_problems:
            yield Piece("!" if short else "! only problems", Look.KEY)
            yield Piece("  ")
    else:
        yield Piece(" ")
    if told.wrong:
        yield Piece(f"not taken: {even(told.wrong)}", Look.WARNING)
        return
    if told.is_filtered:
        yield Piece(f"{told.shown}/{told.total}" if short else f"{told.shown} of {told.total} shown", Look.DIM)
        if told.hidden_problems:
            count = told.hidden_problems
            hidden = f"! {count} hidden" if short else f"{count} problem{'' if count == 1 else 's'} hidden"
            yield Piece(f"  {hidden}", Look.PROBLEM)
        yield Piece("  ")
    if told.marked:
        yield Piece(f"{told.marked} marked", Look.KEY)
        if told.marked_hidden:
            yield Piece(f", {told.marked_hidden} of them hidden and left alone", Look.WARNING)
