"""One key at a time: what is typed ahead waits until what was typed before it has done its work.

Textual hands a key to whoever has the focus when the key is read. Of keys that come in one burst, as over a slow line,
the second would go to the table while the first is just opening a bar or a dialog, and be lost or do something else
than it would do a moment later.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from textual.app import App
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.events import Key, Paste
from textual.screen import Screen
from textual.worker import Worker

LONGEST_WAIT: Final = 1.0
"""Seconds after which the next key acts on what is there, although the one before still works."""
_COME_FIRST: Final = frozenset(
    # What the palette found is what enter takes; Textual names its workers nowhere else.
    {"accept", "copy", "list", "profiles", CommandPalette._GATHER_COMMANDS_GROUP}  # noqa: SLF001
)
"""The groups of workers that open, close or fill in what the next key is for."""
_LOOK_AGAIN: Final = 0.02
_REFRESHES: Final = 3
"""Refreshes after which a new widget has been painted: the first may come before it is laid out."""


class TypeAhead:
    """Takes keys and pastes as they are read, and gives each to `act` once the one before has done its work.

    It has when every widget has worked off what it was told, and again what came of that; where another widget has the
    focus by then, that one is waited for, too, until it has been painted.
    """

    def __init__(self, app: App[Any], act: Callable[[Key | Paste], Awaitable[None]]) -> None:
        self._app = app
        self._act = act
        self._waiting: deque[Key | Paste] = deque()
        self._at_work: asyncio.Task[None] | None = None
        """Ends when the last key has done its work; None where nothing is under way."""
        self._too_slow: frozenset[Worker[Any]] = frozenset()
        """The workers that have been waited for long enough."""

    @property
    def is_idle(self) -> bool:
        """Whether all that was typed has done its work."""
        return self._at_work is None and not self._waiting

    async def take(self, event: Key | Paste) -> None:
        """Have this act when its turn comes: at once where nothing is under way."""
        if self._at_work is None:
            await self._begin(event)
        else:
            self._waiting.append(event)

    async def _begin(self, event: Key | Paste) -> None:
        await self._act(event)
        self._at_work = asyncio.create_task(self._work_off(), name="relaytui-type-ahead")

    async def _work_off(self) -> None:
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await self._wait()
        except TimeoutError:
            self._too_slow = self._under_way
        self._app.call_later(self._go_on)

    async def _go_on(self) -> None:
        self._at_work = None
        if self._waiting:
            await self._begin(self._waiting.popleft())

    async def _wait(self) -> None:
        while True:
            focus = self._focus
            await self._ask()
            await self._ask()
            while self._under_way - self._too_slow:
                await asyncio.sleep(_LOOK_AGAIN)
                await self._ask()
            if focus is self._focus:
                return
            # One that is new is mounted, then laid out, then painted, and only then knows its lines.
            for _ in range(_REFRESHES):
                await self._ask(everybody=True)
                painted = asyncio.Event()
                self._focus.call_after_refresh(painted.set)
                await painted.wait()
            await self._ask(everybody=True)

    async def _ask(self, *, everybody: bool = False) -> None:
        """Have the widgets work off what they were told, the innermost first, as messages go.

        Those that were told nothing are left alone; `everybody` asks them too, as one may be at its first message.
        """
        told = {*self._focus.ancestors_with_self}
        widgets = (each for screen in self._screens for each in screen.walk_children(with_self=True, reverse=True))
        for node in (*widgets, self._app):
            done = asyncio.Event()
            # One that is closing takes nothing any more.
            if (everybody or node in told or node.message_queue_size) and node.call_later(done.set):
                await done.wait()

    @property
    def _focus(self) -> DOMNode:
        """Where the next key would go."""
        return next((screen.focused or screen for screen in self._screens), self._app)

    @property
    def _screens(self) -> list[Screen[Any]]:
        """The screen that is seen; none where the app ends."""
        return self._app.screen_stack[-1:]

    @property
    def _under_way(self) -> frozenset[Worker[Any]]:
        return frozenset(each for each in self._app.workers if each.group in _COME_FIRST and not each.is_finished)
