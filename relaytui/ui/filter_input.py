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
        Binding(
            "enter,down,tab", "leave(False)", "keep", id="filter.keep", tooltip="Keep the filter: back to the table"
        ),
        Binding("escape,ctrl+c", "leave(True)", "clear", id="filter.clear", tooltip="Show everything again"),
    ]

    @dataclass
    class Ended(Message):
        """Nobody types any more."""

        clear: bool

    def action_leave(self, clear: bool) -> None:
        """End the typing, and with it the filter where `clear` says so."""
        self.post_message(self.Ended(clear))
