"""Fakes for the ports, shared by all tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from relaytui.core.events import Alarm, Event, Resolved
from relaytui.core.task import TaskKey
from relaytui.core.task_state import TaskState
from relaytui.core.update import Update
from relaytui.ports import Overheard, Remembered


class FakeClock:
    """A clock that only moves when told to; `wall` and `monotonic` move together."""

    def __init__(self, wall: float = 1_767_323_045.0, monotonic: float = 10_000.0) -> None:
        self._wall = wall
        self._monotonic = monotonic

    def wall(self) -> float:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._wall += seconds
        self._monotonic += seconds


class FakeJournal:
    """A journal in memory. `order` has everything in the order it was told, so that a test sees what came before what.

    `delay` is how long the disk takes (seconds of the loop); with `works` False it takes nothing at all.
    """

    def __init__(self, *, delay: float = 0.0, beliefs: dict[TaskKey, TaskState] | None = None) -> None:
        self.delay = delay
        self.works = True
        self.beliefs = beliefs or {}
        self.kept: dict[str, str] = {}
        self.order: list[Update | Event | tuple[str, str | None]] = []
        self.beats: list[float] = []
        self.told: list[Event | Overheard] = []
        self.closed = False

    def record(self, item: Update | Event) -> None:
        self.order.append(item)

    def keep(self, name: str, text: str | None) -> None:
        self.order.append((name, text))
        if text is None:
            self.kept.pop(name, None)
        else:
            self.kept[name] = text

    def beat(self, at: float) -> None:
        self.beats.append(at)

    def news(self) -> list[Event | Overheard]:
        told, self.told = self.told, []
        return told

    async def written(self, seconds: float) -> bool:
        await asyncio.sleep(min(self.delay, seconds) if self.works else seconds)
        return self.works and self.delay <= seconds

    async def recall(self, keys: Iterable[TaskKey], seconds: float) -> Remembered:
        if not await self.written(seconds):
            return Remembered()
        return Remembered({key: self.beliefs[key] for key in keys if key in self.beliefs}, dict(self.kept))

    async def aclose(self) -> None:
        self.closed = True


class FakeNotifier:
    """A notifier that only remembers; `written_before` is what the journal had been told when an alarm was sent."""

    def __init__(self, journal: FakeJournal) -> None:
        self.sent: list[Alarm] = []
        self.written_before: list[list[Update | Event | tuple[str, str | None]]] = []
        self.resolved: list[Resolved] = []
        self.resumed: list[Mapping[str, str]] = []
        self.told: list[Event] = []
        self.on_turn = True
        self.closed = False
        self._journal = journal

    def is_on_turn(self) -> bool:
        return self.on_turn

    def send(self, alarm: Alarm) -> None:
        self.sent.append(alarm)
        self.written_before.append(list(self._journal.order))

    def resolve(self, resolved: Resolved) -> None:
        self.resolved.append(resolved)

    def resume(self, kept: Mapping[str, str]) -> None:
        self.resumed.append(kept)

    def news(self) -> list[Event]:
        told, self.told = self.told, []
        return told

    async def aclose(self) -> None:
        self.closed = True
