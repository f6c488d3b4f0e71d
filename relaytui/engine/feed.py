"""The one-way street from engine to screen."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from relaytui.core.alarm_view import AlarmView
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Observation
from relaytui.core.task import LaneKey, TaskKey
from relaytui.core.update import Relisted, Update

if TYPE_CHECKING:
    # The first paint, before which nothing happens, does not wait for events to be loaded.
    from relaytui.core.events import Event

REMEMBERED_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class Drained:
    """What came since the last drain; `lost` counts events that the ring had no room for."""

    updates: dict[TaskKey, Update]
    lanes: dict[LaneKey, LaneView]
    events: list[Event]
    lost: int = 0
    relisted: Relisted | None = None
    """The newest edit of the list."""
    answers: dict[TaskKey, Observation] = field(default_factory=dict)
    """The newest answer to a look-up of each task."""
    alarms: AlarmView | None = None
    """Who is quiet and why, where that has changed."""

    def followed_by(self, newer: Drained) -> Drained:
        """All of this and what came after it, as one."""
        events = [*self.events, *newer.events]
        return Drained(
            self.updates | newer.updates,
            self.lanes | newer.lanes,
            events[-REMEMBERED_EVENTS:],
            self.lost + newer.lost + max(0, len(events) - REMEMBERED_EVENTS),
            newer.relisted or self.relisted,
            self.answers | newer.answers,
            newer.alarms or self.alarms,
        )

    def __bool__(self) -> bool:
        news = self.updates or self.lanes or self.events or self.lost or self.relisted or self.answers or self.alarms
        return bool(news)


class Feed:
    """What the engine told and the screen has not taken yet: the newest Update per task, a bounded ring of events.

    Both ends may be called from any thread and never block: a screen that stalls for an hour costs one Update per
    task and `REMEMBERED_EVENTS` events, not an hour of memory.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._updates: dict[TaskKey, Update] = {}
        self._lanes: dict[LaneKey, LaneView] = {}
        self._events: deque[Event] = deque(maxlen=REMEMBERED_EVENTS)
        self._lost = 0
        self._relisted: Relisted | None = None
        self._answers: dict[TaskKey, Observation] = {}
        self._alarms: AlarmView | None = None

    def put(self, item: Update | LaneView | AlarmView | Event) -> None:
        """Take one item from the engine."""
        with self._lock:
            match item:
                case Update():
                    self._updates[item.task.key] = item
                    for event in item.events:
                        self._remember(event)
                case LaneView():
                    self._lanes[item.lane] = item
                case AlarmView():
                    self._alarms = item
                case Relisted():
                    self._relisted = item
                    self._remember(item)
                case _:
                    self._remember(item)

    def answer(self, observation: Observation) -> None:
        """Take the answer to a look-up."""
        with self._lock:
            self._answers[observation.key] = observation

    def _remember(self, event: Event) -> None:
        if len(self._events) == self._events.maxlen:
            self._lost += 1
        self._events.append(event)

    def drain(self) -> Drained:
        """All that came since the last call."""
        with self._lock:
            drained = Drained(
                self._updates,
                self._lanes,
                list(self._events),
                self._lost,
                self._relisted,
                self._answers,
                self._alarms,
            )
            self._updates, self._lanes, self._lost, self._relisted, self._answers = {}, {}, 0, None, {}
            self._alarms = None
            self._events.clear()
        return drained
