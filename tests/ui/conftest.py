"""What the tests of the screen share: a small world at a frozen time, and an app that shows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import textual._wait
from textual.app import App
from textual.pilot import Pilot

from relaytui.adapters.unsaved_list import UnsavedList
from relaytui.core.alarm_view import Subject
from relaytui.core.belief import believe
from relaytui.core.events import Event
from relaytui.core.lane_view import LaneView
from relaytui.core.listing import Defaults
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.task import LaneKey, Status, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState, Thresholds
from relaytui.core.update import Relisted, Update
from relaytui.engine import Feed
from relaytui.ports import NotCopied, NotKept
from relaytui.ui.app import RelayTui
from relaytui.ui.copy_desk import Outlets
from tests.fakes import FakeClock

LANE = LaneKey("prod", "trtc.intl.tencentcloudapi.com")
DEFAULTS = Defaults(1_600_012_345, "ap-singapore", "prod")
RUNNING, GONE = Status.spelt("InProgress"), Status.spelt("NotExist")


@dataclass
class RecordingCommands:
    """Commands that only remember what they were asked."""

    refreshed: list[tuple[TaskKey, ...] | None] = field(default_factory=list)
    shown: list[tuple[TaskKey, ...]] = field(default_factory=list)
    polling: list[bool] = field(default_factory=list)
    intervals: list[float] = field(default_factory=list)
    budgets: list[tuple[str, float]] = field(default_factory=list)
    looked_up: list[TaskKey] = field(default_factory=list)
    acknowledged: list[tuple[tuple[Subject, ...], str]] = field(default_factory=list)
    snoozed: list[tuple[tuple[Subject, ...], float | None]] = field(default_factory=list)
    muted: list[float | None] = field(default_factory=list)

    def refresh(self, keys: Iterable[TaskKey] | None = None) -> None:
        self.refreshed.append(None if keys is None else tuple(keys))

    def show(self, keys: Iterable[TaskKey]) -> None:
        self.shown.append(tuple(keys))

    def set_interval(self, seconds: float) -> None:
        self.intervals.append(seconds)

    def set_budget(self, profile: str, budget: float) -> None:
        self.budgets.append((profile, budget))

    def set_polling(self, on: bool) -> None:
        self.polling.append(on)

    def look_up(self, key: TaskKey) -> None:
        self.looked_up.append(key)

    def acknowledge(self, subjects: Iterable[Subject], reason: str = "") -> None:
        self.acknowledged.append((tuple(subjects), reason))

    def snooze(self, subjects: Iterable[Subject], until: float | None) -> None:
        self.snoozed.append((tuple(subjects), until))

    def mute(self, until: float | None) -> None:
        self.muted.append(until)


def task(number: int, label: str = "", *, region: str = "ap-singapore", **more: Any) -> WatchedTask:
    key = TaskKey("prod", region, 1_600_012_345, f"t{number:03}-XkQz+{'ab' * 20}..")
    return WatchedTask(key, label or f"cam {number}")._replace(**more)


def lane(**more: Any) -> LaneView:
    calm = LaneView(LANE, tasks=3, rate=9.4, budget=20, pace=20, wanted_sweep=15, sweep=15)
    return replace(calm, **more)


@dataclass
class RecordingClipboard:
    """A clipboard that remembers; with `reason` it takes nothing."""

    reason: str = ""
    texts: list[str] = field(default_factory=list)

    def copy(self, text: str, *, to_terminal: Callable[[str], None]) -> str | NotCopied:
        if self.reason:
            return NotCopied(self.reason)
        self.texts.append(text)
        return "a test"


@dataclass
class RecordingExports:
    """Files that are only remembered, by their names."""

    files: dict[str, str] = field(default_factory=dict)

    def save(self, stem: str, suffix: str, text: str) -> str | NotKept:
        self.files[f"{stem}{suffix}"] = text
        return f"/somewhere/{stem}{suffix}"


@dataclass
class World:
    """Tasks whose answers a test gives; beliefs come from the core, so the screen shows nothing impossible."""

    clock: FakeClock = field(default_factory=FakeClock)
    feed: Feed = field(default_factory=Feed)
    commands: RecordingCommands = field(default_factory=RecordingCommands)
    updates: dict[TaskKey, Update] = field(default_factory=dict)
    clipboard: RecordingClipboard = field(default_factory=RecordingClipboard)
    exports: RecordingExports = field(default_factory=RecordingExports)
    listed: UnsavedList | None = None
    """The list of the newest app; an edit of it reaches the feed as one of the engine would."""

    def watch(self, *tasks: WatchedTask) -> None:
        for each in tasks:
            self.updates[each.key] = Update(each, TaskState())

    def answer(self, key: TaskKey, *outcomes: Status | Failure, after: float = 0.0, **more: Any) -> list[Event]:
        """The API answers; the feed gets the Update."""
        happened: list[Event] = []
        for outcome in outcomes:
            self.clock.advance(after)
            request_id = f"req-{len(self.updates[key].state.request_ids)}-{self.clock.monotonic():.0f}"
            observation = Observation(
                key, outcome, self.clock.wall(), self.clock.monotonic(), latency=0.042, request_id=request_id
            )
            before = self.updates[key]
            state, events = believe(before.state, before.task, observation, Thresholds(), **more)
            self.updates[key] = Update(before.task, state, tuple(events))
            self.feed.put(self.updates[key])
            happened += events
        return happened

    def app(self, **more: Any) -> RelayTui:
        self.feed.drain()
        calm = [update._replace(events=()) for update in self.updates.values()]
        self.listed = UnsavedList(
            tuple(update.task for update in calm), DEFAULTS, unsaved="this is a test", tell=self.relist
        )
        more = {"watch_list": self.listed, **more}
        more.setdefault("outlets", Outlets(self.clipboard, self.exports))
        return RelayTui(feed=self.feed, commands=self.commands, tasks=calm, clock=self.clock, **more)

    def relist(self, tasks: tuple[WatchedTask, ...]) -> None:
        """The engine watches another list."""
        self.feed.put(Relisted(self.clock.wall(), tasks, "list: edited"))


def failure(code: str = "dns", kind: FailureKind = FailureKind.NETWORK, message: str = "") -> Failure:
    return Failure(kind, code, message)


@pytest.fixture
def world() -> World:
    """Three tasks: one ended, one not found, one running for three hours."""
    world = World()
    first, second, third = task(1, "cup-final cam 1"), task(2, "cup-final cam 2"), task(3, "lobby loop")
    world.watch(first, second, third)
    world.answer(first.key, RUNNING)
    world.answer(second.key, RUNNING)
    world.clock.advance(3 * 3600)
    world.answer(second.key, GONE, GONE, GONE, after=1)
    world.answer(third.key, GONE)
    world.answer(first.key, RUNNING)
    world.clock.advance(4)
    return world


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot that gives a key a fifth of the time to be worked off; for tests that wait for what they expect."""
    for name in ("SLEEP_GRANULARITY", "SLEEP_IDLE"):
        monkeypatch.setattr(textual._wait, name, getattr(textual._wait, name) / 5)


def frame(app: App[Any]) -> str:
    """What is on the screen, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait for a condition, as long as the app keeps turning; the drain runs on a real timer."""
    async with asyncio.timeout(10):
        while not condition():
            await pilot.pause(0.02)


@asynccontextmanager
async def running(app: RelayTui, size: tuple[int, int] = (120, 30)) -> AsyncIterator[Pilot[None]]:
    """The app, running; a press lasts until the key has done its work, however busy the machine is."""
    async with app.run_test(size=size) as pilot:
        press = pilot.press

        async def press_and_wait(*keys: str) -> None:
            for key in keys:
                await press(key)
                await until(pilot, lambda: app.type_ahead.is_idle or not app.is_running)

        pilot.press = press_and_wait  # type: ignore[method-assign]  # for whoever presses
        await pilot.pause()
        yield pilot
