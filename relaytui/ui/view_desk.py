"""Keeps how the board is looked at, and looks at it like that again after a restart."""

from __future__ import annotations

import asyncio
import contextlib

from relaytui.core.view import View
from relaytui.ports import ViewStore
from relaytui.ui.finding_desk import FindingDesk
from relaytui.ui.in_thread import in_thread
from relaytui.ui.pane_desk import PaneDesk

RECALL_SECONDS = 0.5
"""How long a disk may take: what feeds the board waits for it."""


class ViewDesk(PaneDesk, FindingDesk):
    """Restores the view once the first picture is there, and hands on every change, at most one a second."""

    views: ViewStore | None = None
    """Given by the app; None keeps nothing."""
    chosen_theme: str = ""
    """The colours that a person chose, now or before a restart; the app shows them."""
    _kept: View | None = None
    """What was handed on last; None until the view is restored, so that no empty one takes its place."""

    @property
    def view(self) -> View:
        """How the board is looked at now, for `restore`."""
        return super().view._replace(events_shown=self.is_log_open, theme=self.chosen_theme)

    def restore(self, view: View) -> None:
        """Look at the board like this."""
        super().restore(view)
        self.chosen_theme = view.theme or self.chosen_theme
        if view.events_shown != self.is_log_open:
            self.action_log()

    async def recall_view(self) -> None:
        """Look at the board as it was looked at last, unless that cannot be read at once."""
        if self.views is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RECALL_SECONDS):
                view = await in_thread(self.views.load)
                # A view that was asked for by name goes first.
                if view is not None and self.first_view is None:
                    self.restore(view)
        self._kept = self.view

    def tick(self) -> None:
        """Hand on what has changed."""
        super().tick()
        self.keep_view()

    def keep_view(self) -> None:
        """Hand on how the board is looked at now, where that has changed."""
        if self.views is not None and self._kept is not None and (view := self.view) != self._kept:
            self._kept = view
            self.views.save(view)
