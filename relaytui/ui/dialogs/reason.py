"""Why something is acknowledged: one line, which may stay empty."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input

from relaytui.ui.dialogs.dialog import Dialog

MOST_CHARACTERS = 200


class Reason(Dialog[str]):
    """Asks for a reason that others will read; dismissed with it, "" where enter alone was pressed.

    Where nothing is wrong that could be acknowledged (`is_needed`), it says so and takes none.
    """

    def __init__(self, what: str, *, is_needed: bool = True) -> None:
        super().__init__(f"acknowledge {what}")
        self._is_needed = is_needed
        self._reason = Input(placeholder="reason, if there is one to give", max_length=MOST_CHARACTERS, id="reason")

    def fields(self) -> ComposeResult:
        """The one line."""
        yield self._reason

    def on_mount(self) -> None:
        """Say so before somebody has written much."""
        if not self._is_needed:
            self.complain("nothing is wrong here that could be acknowledged")

    def accept(self) -> None:
        """Take what is written, nothing included."""
        self.dismiss(self._reason.value.strip() if self._is_needed else None)
