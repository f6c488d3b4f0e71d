"""A dialog that changes the watch list, and stays open with all that was typed until the list is changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import work

from relaytui.core.listing import BadList, Edit
from relaytui.ui.dialogs.dialog import Dialog

Change = Callable[[Edit, str], Awaitable[str | BadList]]
"""`ListChanges.change`."""


class ListDialog(Dialog[str]):
    """Is dismissed with what there is to say of the change."""

    def __init__(self, title: str, change: Change) -> None:
        super().__init__(title)
        self._change = change
        self._is_changing = False

    def change(self, edit: Edit, words: str) -> None:
        """Change the list, then close; complain where it is as it was."""
        if not self._is_changing:
            self._is_changing = True
            self.say("writing the list …")
            self._wait(edit, words)

    @work(group="list")
    async def _wait(self, edit: Edit, words: str) -> None:
        told = await self._change(edit, words)
        self._is_changing = False
        if isinstance(told, str):
            self.dismiss(told)
        else:
            self.complain(f"the list is as it was: {told}")
