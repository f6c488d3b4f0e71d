"""Where a filter is typed; loaded when somebody first asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterInput(Input):
    """One line to type in."""

    BINDING_GROUP_TITLE = "In the filter"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Before the field, so that what is typed at once after it is not taken for more of the filter.
        Binding(
            "enter,down,tab",
            "leave(False)",
            "keep",
            priority=True,
            id="filter.keep",
            tooltip="Keep the filter: back to the table",
        ),
        Binding(
            "escape,ctrl+c", "leave(True)", "clear", priority=True, id="filter.clear", tooltip="Show everything again"
        ),
    ]

    @dataclass
    class Ended(Message):
        """Nobody types any more."""

        text: str
        """The filter that is left."""

    def action_leave(self, clear: bool) -> None:
        """End the typing, and with it the filter where `clear` says so."""
        self.screen.set_focus(None)
        # After the characters that are still on their way.
        self.call_later(self._end, clear)

    def _end(self, clear: bool) -> None:
        self.post_message(self.Ended("" if clear else self.value))
