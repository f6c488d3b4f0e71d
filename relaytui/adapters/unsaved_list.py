"""A watch list that lasts as long as the board: its tasks came from arguments, a file of somebody's, or the demo."""

from __future__ import annotations

import threading
from collections.abc import Callable

from relaytui.core.listing import Changed, Defaults, Edit
from relaytui.core.task import WatchedTask


class UnsavedList:
    """Holds the tasks and tells each change; `unsaved` says in words why nothing is written down."""

    def __init__(
        self,
        tasks: tuple[WatchedTask, ...],
        defaults: Defaults,
        *,
        unsaved: str,
        tell: Callable[[tuple[WatchedTask, ...]], object],
    ) -> None:
        self.defaults = defaults
        self.unsaved = unsaved
        self._tasks = tasks
        self._tell = tell
        self._turn = threading.Lock()

    def change(self, edit: Edit) -> Changed:
        """Take over what `edit` makes of the tasks."""
        with self._turn:
            before, self._tasks = self._tasks, edit(self._tasks)
            if before != self._tasks:
                self._tell(self._tasks)
            return Changed(before, self._tasks)
