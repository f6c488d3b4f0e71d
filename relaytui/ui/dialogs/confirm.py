"""Asks whether something is really meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from relaytui.core.text import even
from relaytui.ui.dialogs.dialog import Dialog

_SHOWN = 5


class Confirm(Dialog[bool]):
    """A question, with what it is about; answered by y or enter, n or esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "yes", id="confirm.yes", tooltip="Do it"),
        Binding("n", "no", "no", id="confirm.no", tooltip="Do nothing"),
    ]

    def __init__(self, question: str, about: Sequence[str]) -> None:
        super().__init__(question)
        self._about = about

    def fields(self) -> ComposeResult:
        """What it is about."""
        lines = [even(each) for each in self._about[:_SHOWN]]
        if self._about[_SHOWN:]:
            lines.append(f"and {len(self._about) - _SHOWN} more")
        yield Static("\n".join(lines), markup=False)

    def accept(self) -> None:
        """Yes."""
        self.dismiss(True)

    def action_yes(self) -> None:
        """Yes."""
        self.accept()

    def action_no(self) -> None:
        """No."""
        self.action_cancel()
