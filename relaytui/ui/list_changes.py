"""The changes that this board makes to the watch list, one after the other, and the way back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from relaytui.core.edits import undoing
from relaytui.core.listing import BadList, Changed, Edit
from relaytui.core.task import TaskKey
from relaytui.ports import WatchList
from relaytui.ui.in_thread import in_thread

log = logging.getLogger(__name__)


class ListChanges:
    """Changes the list in a thread, in the order of asking, and remembers what was done."""

    def __init__(self, watch_list: WatchList, *, undo_key: Callable[[], str]) -> None:
        self.watch_list = watch_list
        self._undo_key = undo_key
        self._turn = asyncio.Lock()
        self._done: list[tuple[str, Changed]] = []

    @property
    def first_new(self) -> TaskKey | None:
        """The first task that the newest change of this board brought, None where it brought none."""
        if not self._done:
            return None
        changed = self._done[-1][1]
        before = {task.key for task in changed.before}
        return next((task.key for task in changed.after if task.key not in before), None)

    async def change(self, edit: Edit, words: str) -> str | BadList:
        """Change the list; what to say of it, or why everything is as it was.

        `words` say what is done, such as "removed cam 2"; they come again when it is undone.
        """
        async with self._turn:
            changed = await self._change(edit)
            if isinstance(changed, BadList):
                return changed
            if changed.after == changed.before:
                return "nothing to do: the list is so already"
            self._done.append((words, changed))
            return self._told(f"{words}: {self._undo_key()} undoes it")

    async def undo(self) -> str | BadList:
        """Take the newest change back that was not taken back; what to say of it, or why it stays."""
        async with self._turn:
            if not self._done:
                earlier = "" if self.watch_list.unsaved else ": relaytui list --restore goes back to what was before"
                return f"nothing was changed here{earlier}"
            words, done = self._done[-1]
            changed = await self._change(undoing(done))
            if isinstance(changed, BadList):
                return changed
            self._done.pop()
            if changed.after == changed.before:
                return f"nothing to undo of it, the list was edited since: {words}"
            return self._told(f"undone: {words}")

    async def _change(self, edit: Edit) -> Changed | BadList:
        try:
            return await in_thread(partial(self.watch_list.change, edit))
        except Exception as fault:
            # The board goes on whatever is wrong with its list.
            log.exception("internal fault while changing the list")
            return BadList("internal fault", f"{type(fault).__name__}; the log has the details")

    def _told(self, text: str) -> str:
        return f"{text} (not saved: {self.watch_list.unsaved})" if self.watch_list.unsaved else text
