"""One key at a time: what is typed ahead waits until what was typed before it has done its work.

Textual hands a key to whoever has the focus when the key is read. Of keys that come in one burst, as over a slow line,
the second would go to the table while the first is just opening a bar or a dialog, and be lost or do something else
than it would do a moment later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, Final

from textual.app import App
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.events import Key, Paste
from textual.worker import Worker

LONGEST_WAIT: Final = 1.0
"""Seconds after which the next key acts on what is there, although the one before still works."""
_COME_FIRST: Final = frozenset(
    # What the palette found is what enter takes; Textual names its workers nowhere else.
    {"accept", "copy", "list", "profiles", CommandPalette._GATHER_COMMANDS_GROUP}  # noqa: SLF001
)
"""The groups of workers that open, close or fill in what the next key is for."""
_LOOK_AGAIN: Final = 0.02


class TypeAhead:
    """Takes keys and pastes as they are read, and gives each to `act` once the one before has done its work.

    It has when every widget of the screen has worked off all that it was told, and again what came of that; where
    another widget has the focus by then, that one is waited for, too, until it has been painted.
    """

    def __init__(self, app: App[Any], act: Callable[[Key | Paste], Awaitable[None]]) -> None:
        self._app = app
        self._act = act
        self._waiting: deque[Key | Paste] = deque()
        self._turn = 0
        """Counts the keys that have acted, so that what is told late of an earlier one is told apart."""
        self._is_busy = False
        self._is_watched = False
        self._too_slow: frozenset[Worker[Any]] = frozenset()
        """The workers that have been waited for long enough."""

    async def take(self, event: Key | Paste) -> None:
        """Have this act when its turn comes: at once where nothing is under way."""
        if not self._is_busy:
            await self._begin(event)
            return
        self._waiting.append(event)
        if not self._is_watched:
            self._watch()

    async def _begin(self, event: Key | Paste) -> None:
        self._turn += 1
        self._is_busy = True
        await self._act(event)
        await self._look(self._turn, rounds=2)

    async def _end(self) -> None:
        self._is_busy = False
        if self._waiting:
            await self._begin(self._waiting.popleft())

    async def _look(self, turn: int, rounds: int, *, at_all: bool = False) -> None:
        """Have every widget that was told something work it off, the innermost first, as messages go.

        `at_all` asks those too that have no more messages, but may still be at the last one, as one that is new.
        """
        # There is no screen any more where the app ends meanwhile.
        if not self._app.screen_stack:
            return
        told = {*self._focus.ancestors_with_self}
        widgets = self._app.screen.walk_children(with_self=True, method="breadth", reverse=True)
        way = (node for node in (*widgets, self._app) if at_all or node in told or node.message_queue_size)
        await self._pass(way, partial(self._judge, turn, rounds, self._focus))

    async def _pass(self, way: Iterator[DOMNode], judge: Callable[[], Awaitable[None]]) -> None:
        # One that is closing takes nothing any more.
        if not any(node.call_later(self._pass, way, judge) for node in way):
            await judge()

    async def _judge(self, turn: int, rounds: int, focus: DOMNode) -> None:
        if turn != self._turn or not self._is_busy or not self._app.screen_stack:
            return
        if focus is not self._focus:
            # One that is not painted yet does not know its lines.
            self._app.screen.call_after_refresh(self._look, turn, 1, at_all=True)
        elif rounds > 1:
            await self._look(turn, rounds - 1)
        elif self._under_way - self._too_slow:
            self._app.set_timer(_LOOK_AGAIN, partial(self._look, turn, 1))
        else:
            await self._end()

    @property
    def _focus(self) -> DOMNode:
        return self._app.focused or self._app.screen

    @property
    def _under_way(self) -> frozenset[Worker[Any]]:
        return frozenset(each for each in self._app.workers if each.group in _COME_FIRST and not each.is_finished)

    def _watch(self) -> None:
        """See to it that the keyboard does not wait for ever."""
        self._is_watched = True
        self._app.set_timer(LONGEST_WAIT, partial(self._insist, self._turn))

    async def _insist(self, turn: int) -> None:
        self._is_watched = False
        if turn == self._turn and self._is_busy:
            self._too_slow = self._under_way
            await self._end()
        if self._waiting:
            self._watch()
