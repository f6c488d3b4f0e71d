"""The monitor in a thread of its own: commands in, a Feed out, and neither side ever waits for the other.

Textual's event loop stops when the terminal stops reading, so whatever polls must not share it (style-anchors.md, Traps).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from relaytui.core.board import Update
from relaytui.core.events import Event
from relaytui.core.lane_view import LaneView
from relaytui.core.task import LaneKey, TaskKey

REMEMBERED_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class Drained:
    """What came since the last drain; `lost` counts events that the ring had no room for."""

    updates: dict[TaskKey, Update]
    lanes: dict[LaneKey, LaneView]
    events: list[Event]
    lost: int = 0

    def __bool__(self) -> bool:
        return bool(self.updates or self.lanes or self.events or self.lost)


class Feed:
    """The one-way street from engine to screen: the newest Update per task and a bounded ring of events.

    Both ends may be called from any thread and never block: a screen that stalls for an hour costs one Update per
    task and `REMEMBERED_EVENTS` events, not an hour of memory.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._updates: dict[TaskKey, Update] = {}
        self._lanes: dict[LaneKey, LaneView] = {}
        self._events: deque[Event] = deque(maxlen=REMEMBERED_EVENTS)
        self._lost = 0

    def put(self, item: Update | LaneView | Event) -> None:
        """Take one item from the engine."""
        with self._lock:
            match item:
                case Update():
                    self._updates[item.task.key] = item
                    for event in item.events:
                        self._remember(event)
                case LaneView():
                    self._lanes[item.lane] = item
                case _:
                    self._remember(item)

    def _remember(self, event: Event) -> None:
        if len(self._events) == self._events.maxlen:
            self._lost += 1
        self._events.append(event)

    def drain(self) -> Drained:
        """All that came since the last call."""
        with self._lock:
            drained = Drained(self._updates, self._lanes, list(self._events), self._lost)
            self._updates, self._lanes, self._lost = {}, {}, 0
            self._events.clear()
        return drained


class Commands(Protocol):
    """What the screen may ask of the engine; every call returns at once and may come from any thread."""

    def refresh(self, keys: Iterable[TaskKey] | None = None) -> None:
        """Ask these tasks (all, where None) as soon as the budget allows."""
        ...

    def show(self, keys: Iterable[TaskKey]) -> None:
        """Say which rows are on the screen, so that they are asked before the others."""
        ...

    def set_polling(self, on: bool) -> None:
        """Stop or resume polling."""
        ...
