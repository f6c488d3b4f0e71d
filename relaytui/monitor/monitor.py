"""The monitor: everything but a face."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from relaytui.core.alarm_view import Subject
from relaytui.core.alarms import REPEAT_SECONDS
from relaytui.core.board import Board
from relaytui.core.events import NotWatching
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Observation
from relaytui.core.queue import Intervals
from relaytui.core.schedule import Lane
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.core.text import plain
from relaytui.core.update import Relisted
from relaytui.core.watch import Watch
from relaytui.monitor.asking import AWAY_SECONDS, Asker, Asking
from relaytui.monitor.lanes import Lanes
from relaytui.monitor.news import RECALL_SECONDS, Emit, News
from relaytui.ports import Account, Clock, Journal, NoJournal, NoNotifier, Notifier, Opener, StatusSource

log = logging.getLogger(__name__)

VIEW_SECONDS = 0.5
"""Seconds between two looks at the lanes for the screen."""
CLOSE_SECONDS = 0.5
"""Seconds that closing connections and journal may take at the end."""


class Monitor:
    """The application without a face: `emit` is its only way out.

    Lives on one asyncio loop. `emit` is called from that loop and must not block. `lanes` are there from the start
    for good; without them `set_account` makes some with these `intervals`, and `opener` what they ask with. `watched`
    names the list, for what is known of its alarms after a restart.
    """

    def __init__(
        self,
        board: Board,
        lanes: Iterable[tuple[Lane, StatusSource]] = (),
        *,
        clock: Clock,
        emit: Emit,
        journal: Journal | None = None,
        notifier: Notifier | None = None,
        repeat_seconds: float | None = REPEAT_SECONDS,
        resolves: bool = False,
        opener: Opener | None = None,
        intervals: Intervals | None = None,
        jitter: Callable[[], float] = random.random,
        watched: str = "",
    ) -> None:
        pairs = list(lanes)
        self._clock = clock
        self._journal = journal or NoJournal()
        self._notifier = notifier or NoNotifier()
        self._news = News(
            board,
            clock=clock,
            emit=emit,
            journal=self._journal,
            notifier=self._notifier,
            repeat_seconds=repeat_seconds,
            resolves=resolves,
            watched=watched,
        )
        self._watch = Watch(board, (lane for lane, _ in pairs), clock.monotonic())
        self._asking = Asking(self._watch, self._news, clock, jitter)
        self._asking.askers |= {lane: Asker(source) for lane, source in pairs}
        self._lanes = Lanes(self._watch, self._asking, self._news, clock, opener=opener, intervals=intervals)
        self._views: dict[LaneKey, LaneView] = {}

    @property
    def board(self) -> Board:
        """What is believed of every watched task."""
        return self._watch.board

    async def run(self) -> None:
        """Poll until cancelled, then give back all connections and the journal."""
        try:
            remembering = asyncio.create_task(self._remember(tuple(self.board.tasks)))
            self._asking.hold(remembering)
            await asyncio.wait([remembering], timeout=RECALL_SECONDS)
            if not remembering.done():
                remembering.add_done_callback(lambda _: self._ask_recalled())
            self._lanes.start()
            await self._news.keep_doing(self._report, "reporting the lanes")
        finally:
            await self._lanes.stop()
            await self._close()

    async def _remember(self, keys: Collection[TaskKey]) -> None:
        """Know again what was believed of these tasks, and of all what was said, told and not delivered."""
        try:
            self._news.restore(await self._news.recall(keys))
        except Exception as fault:  # noqa: BLE001 - whoever remembers nothing can watch all the same
            self._news.tell_fault("taking over what was remembered", fault)

    async def _take_turn(self) -> None:
        """Know what the process knew whose turn it was before."""
        await self._remember(tuple(self.board.tasks))
        self._ask_recalled()

    def _ask_recalled(self) -> None:
        """Ask at once what was asked before it was known what an earlier run believed: the answer may mean an end."""
        states = ((task, state) for task, state, _ in self.board if not task.paused)
        if keys := [task.key for task, state in states if state.doubt.is_recalled]:
            self.refresh(keys)

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                closed = await asyncio.gather(
                    *(asker.source.aclose() for asker in self._asking.askers.values()),
                    self._notifier.aclose(),
                    self._journal.aclose(),
                    return_exceptions=True,
                )
        except TimeoutError:
            log.info("connections were still closing after %s s", CLOSE_SECONDS)
        else:
            for fault in closed:
                if isinstance(fault, Exception):
                    log.error("internal fault while closing connections", exc_info=fault)

    async def _report(self) -> None:
        before = self._clock.monotonic()
        while True:
            now, at = self._clock.monotonic(), self._clock.wall()
            if self._news.gains_turn():
                self._asking.do_soon(self._take_turn())
            if now - before > AWAY_SECONDS:
                text = "this machine slept or the program stood still"
                self._news.tell(NotWatching(at, at - (now - before), text))
            before = now
            self._news.tick(now, at)
            self._view_lanes(now, at)
            await asyncio.sleep(VIEW_SECONDS)

    def _view_lanes(self, now: float, at: float) -> None:
        """Show what is new of the lanes."""
        askers = self._asking.askers
        for gone in self._views.keys() - {lane.key for lane in askers}:
            self._news.hand_on(replace(self._views.pop(gone), is_closed=True))
        for lane, asker in askers.items():
            if (expiring := lane.note_expiry(asker.source.expires_at, at)) is not None:
                self._news.tell(expiring)
            view = lane.view(now)
            if view != self._views.get(lane.key):
                self._views[lane.key] = view
                self._news.hand_on(view)

    def inherit(self, last: Monitor) -> None:
        """Believe and know what the last monitor did, which ended in a bug."""
        self.board.inherit(last.board)
        self._news.inherit(last._news)

    async def look_up(self, key: TaskKey) -> Observation:
        """Ask about one task now, watched or not, ahead of the sweep and within the budget; `run` must be running.

        The answer is a failure where the key's profile has no lane.
        """
        return await self._asking.look_up(key)

    def set_account(self, account: Account) -> None:
        """Ask as this account about the tasks of its profile from now on; what is believed of them stays.

        Profiles with one SecretId at one host share a lane and the smallest of their budgets, because the server counts
        the account. A lane without a credential is blind. While it runs only, another account may take one's place.
        """
        self._lanes.set_account(account)

    def set_tasks(self, tasks: Collection[WatchedTask]) -> None:
        """Watch these tasks, in this order, and no others; a profile without a lane is a reason to refuse them all."""
        before = self.board.tasks
        if unknown := sorted({task.key.profile for task in tasks} - self._watch.lanes.keys()):
            self.refuse_tasks(f"profile {plain(unknown[0])} is not in use here")
            return
        new = {task.key: task for task in tasks}
        texts = sum(key in before and before[key] != task for key, task in new.items())
        added = new.keys() - before.keys()
        text = f"list: {len(added)} added, {len(before.keys() - new.keys())} removed, {texts} edited"
        self._watch.set_tasks(tasks, self._clock.monotonic())
        self._recall_soon(added)
        self._asking.wake()
        self._news.tell(Relisted(self._clock.wall(), tuple(tasks), text))

    def refuse_tasks(self, reason: str) -> None:
        """Say that an edit of the list is not taken; what was watched is watched."""
        self._news.tell(Relisted(self._clock.wall(), tuple(self.board.tasks.values()), reason, refused=True))

    def _recall_soon(self, keys: Collection[TaskKey]) -> None:
        async def recall() -> None:
            await self._news.recall(keys)
            self._ask_recalled()

        if keys:
            self._asking.do_soon(recall())

    def refresh(self, keys: Iterable[TaskKey] | None = None) -> None:
        """Ask these tasks (all, where None) as soon as the budget allows."""
        self._watch.refresh(None if keys is None else list(keys), self._clock.monotonic())
        self._asking.wake()

    def show(self, keys: Iterable[TaskKey]) -> None:
        """Say which rows are on the screen, so that they are asked before the others."""
        self._watch.show(keys)
        self._asking.wake()

    def set_polling(self, on: bool) -> None:
        """Stop or resume polling; look-ups go on."""
        self._watch.set_polling(on)
        self._asking.wake()

    def set_interval(self, seconds: float) -> None:
        """Ask running tasks every so many seconds, the other classes in proportion."""
        self._lanes.set_intervals(Intervals.scaled(seconds))
        self._asking.wake()

    def set_budget(self, profile: str, budget: float) -> None:
        """Send at most so many requests per second as this profile's account, all processes together."""
        self._lanes.set_budget(profile, budget)
        self._asking.wake()

    def acknowledge(self, subjects: Collection[Subject], reason: str = "") -> None:
        """Be quiet about those of these that are wrong until they are right again."""
        self._news.acknowledge(subjects, reason)

    def snooze(self, subjects: Collection[Subject], until: float | None) -> None:
        """Be quiet about these until a time (Unix seconds), or with None until something about them changes."""
        self._news.snooze(subjects, until)

    def mute(self, until: float | None) -> None:
        """Let no alarm reach anybody until a time (Unix seconds), or with None let them again."""
        self._news.mute(until)
