"""The monitor in a thread of its own: commands in, a Feed out, and neither side ever waits for the other.

Textual's event loop stops when the terminal stops reading, so whatever polls must not share it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from relaytui.core.alarm_view import AlarmView, Subject
from relaytui.core.board import Update
from relaytui.core.events import Event, Notice, Relisted
from relaytui.core.faults import Faults
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.task import LaneKey, TaskKey, WatchedTask

if TYPE_CHECKING:
    # Loaded by `make_monitor` in the engine's thread: the first paint need not wait for it.
    from relaytui.monitor import Emit, Monitor
    from relaytui.ports import Account

log = logging.getLogger(__name__)

REMEMBERED_EVENTS = 1000
RESTART_SECONDS = 1.0
"""Seconds after which a monitor that ended in a bug is made again."""


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
    """Who is quiet and how much nobody has acknowledged, where that has changed."""

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

    def set_interval(self, seconds: float) -> None:
        """Ask running tasks every so many seconds, the other classes in proportion."""
        ...

    def set_budget(self, profile: str, budget: float) -> None:
        """Send at most so many requests per second as this profile's account, all processes together."""
        ...

    def look_up(self, key: TaskKey) -> None:
        """Ask about one task now, watched or not, before all others; the answer comes in `Drained.answers`."""
        ...

    def acknowledge(self, subjects: Iterable[Subject], reason: str = "") -> None:
        """Be quiet about those of these that are wrong until they are right again."""
        ...

    def snooze(self, subjects: Iterable[Subject], until: float | None) -> None:
        """Be quiet about these until a time (Unix seconds), or with None until something about them changes."""
        ...

    def mute(self, until: float | None) -> None:
        """Let no alarm reach anybody until a time (Unix seconds), or with None let them again."""
        ...


class Engine:
    """Runs a Monitor in a daemon thread and passes commands to it; implements `Commands`.

    `make_monitor` is called in that thread with the emit callback, so that what it imports and opens costs the caller
    nothing. Commands given before `start` or before the loop runs are kept and carried out in order.
    """

    def __init__(self, make_monitor: Callable[[Emit], Monitor], *, emit: Emit | None = None) -> None:
        self.feed = Feed()
        self._emit = emit or self.feed.put
        self._make_monitor = make_monitor
        self._loop = asyncio.new_event_loop()
        self._monitor: Monitor | None = None
        self._lasting: dict[str, Callable[[Monitor], None]] = {}
        """Gives a monitor that is made anew the newest accounts and list, by what each is about."""
        self._early: list[Callable[[Monitor], None]] = []
        self._running: asyncio.Task[None] | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="relaytui-engine", daemon=True)

    def start(self) -> None:
        """Start polling."""
        self._thread.start()

    def stop(self, timeout: float = 1.0) -> bool:
        """Stop polling and wait for the thread at most `timeout` seconds; False where it is still busy."""
        self._stopping = True
        if not self._thread.is_alive():
            if not self._loop.is_closed() and not self._loop.is_running():
                self._loop.close()
            return True
        self._call(self._cancel)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def refresh(self, keys: Iterable[TaskKey] | None = None) -> None:
        """Ask these tasks (all, where None) as soon as the budget allows."""
        asked = None if keys is None else tuple(keys)
        self._command(lambda monitor: monitor.refresh(asked))

    def show(self, keys: Iterable[TaskKey]) -> None:
        """Say which rows are on the screen, so that they are asked before the others."""
        shown = tuple(keys)
        self._command(lambda monitor: monitor.show(shown))

    def set_polling(self, on: bool) -> None:
        """Stop or resume polling."""
        self._command(lambda monitor: monitor.set_polling(on))

    def set_interval(self, seconds: float) -> None:
        """Ask running tasks every so many seconds, the other classes in proportion."""
        self._last("interval", lambda monitor: monitor.set_interval(seconds))

    def set_budget(self, profile: str, budget: float) -> None:
        """Send at most so many requests per second as this profile's account, all processes together."""
        self._last(f"budget {profile}", lambda monitor: monitor.set_budget(profile, budget))

    def look_up(self, key: TaskKey) -> None:
        """Ask about one task now, watched or not, before all others; the answer comes in `Drained.answers`."""

        def command(monitor: Monitor) -> None:
            self._loop.create_task(monitor.look_up(key)).add_done_callback(partial(self._answer, key))

        self._command(command)

    def _answer(self, key: TaskKey, asking: asyncio.Task[Observation]) -> None:
        """Give the screen the answer; whoever asked gets one although a bug, which is told already, or the end came."""
        if not asking.cancelled() and asking.exception() is None:
            self.feed.answer(asking.result())
            return
        failure = Failure(FailureKind.SERVER, "not asked", "an internal fault or the end of polling: ask again")
        self.feed.answer(Observation(key, failure, time.time(), time.monotonic(), replied=False))

    def acknowledge(self, subjects: Iterable[Subject], reason: str = "") -> None:
        """Be quiet about those of these that are wrong until they are right again."""
        seen = tuple(subjects)
        self._command(lambda monitor: monitor.acknowledge(seen, reason))

    def snooze(self, subjects: Iterable[Subject], until: float | None) -> None:
        """Be quiet about these until a time (Unix seconds), or with None until something about them changes."""
        snoozed = tuple(subjects)
        self._command(lambda monitor: monitor.snooze(snoozed, until))

    def mute(self, until: float | None) -> None:
        """Let no alarm reach anybody until a time (Unix seconds), or with None let them again."""
        self._command(lambda monitor: monitor.mute(until))

    def set_tasks(self, tasks: Iterable[WatchedTask]) -> None:
        """Watch these tasks, in this order, and no others."""
        listed = tuple(tasks)

        def command(monitor: Monitor) -> None:
            monitor.set_tasks(listed)

        self._last("tasks", command)

    def set_account(self, account: Account) -> None:
        """Ask as this account about the tasks of its profile from now on."""

        def command(monitor: Monitor) -> None:
            monitor.set_account(account)

        self._last(f"account {account.profile}", command)

    def _last(self, about: str, command: Callable[[Monitor], None]) -> None:
        """Carry out a command, and again for every monitor made anew, in the place of the one before about this."""
        self._lasting.pop(about, None)
        self._lasting[about] = command
        self._command(command)

    def refuse_tasks(self, reason: str) -> None:
        """Say that an edit of the list is not taken."""
        self._command(lambda monitor: monitor.refuse_tasks(reason))

    def _command(self, command: Callable[[Monitor], None]) -> None:
        self._call(lambda: self._carry_out(command))

    def _call(self, callback: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            # The loop is closed: the engine has stopped, and a command to it means nothing any more.
            log.debug("a command came after the engine had stopped")

    def _carry_out(self, command: Callable[[Monitor], None]) -> None:
        if self._monitor is None:
            self._early.append(command)
        else:
            command(self._monitor)

    def _cancel(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._running = self._loop.create_task(self._keep_polling())
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._running)
        finally:
            self._loop.close()

    async def _keep_polling(self) -> None:
        """Run the monitor until stopped; a bug that ends it is told, and one that believes the same starts."""
        faults = Faults()
        last: Monitor | None = None
        while not self._stopping:
            try:
                self._monitor = self._make_monitor(self._emit)
                early, self._early = self._early, []
                lasting = [command for command in self._lasting.values() if command not in early]
                for command in [*lasting, *early]:
                    command(self._monitor)
                if last is not None:
                    self._monitor.inherit(last)
                await self._monitor.run()
            except Exception as fault:
                log.exception("internal fault in the engine")
                last, self._monitor = self._monitor or last, None
                notice = faults.note("polling", fault, now=time.monotonic(), at=time.time())
                if notice is not None:
                    self._tell(notice)
                await asyncio.sleep(RESTART_SECONDS)

    def _tell(self, notice: Notice) -> None:
        try:
            self._emit(notice)
        except Exception:
            # Whoever listens has a bug; the polling goes on for everybody else.
            log.exception("internal fault while telling a notice")
