"""Runs the lanes: asks, waits, folds the answers in, and hands every piece of news to one callback."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from relaytui.core.alarm_memory import AlarmMemory
from relaytui.core.alarm_view import AlarmView, Subject
from relaytui.core.alarms import REPEAT_SECONDS, Alarms
from relaytui.core.board import Board, Update
from relaytui.core.entry import Refused
from relaytui.core.events import Alarm, Event, Notice, NoticeKind, NotWatching, Relisted
from relaytui.core.faults import Faults
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.queue import Intervals
from relaytui.core.schedule import Lane, Send, Wait
from relaytui.core.share import Company
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.core.text import plain
from relaytui.core.watch import Watch
from relaytui.ports import (
    DELIVERIES,
    Account,
    Clock,
    Journal,
    Lease,
    NoCredential,
    NoJournal,
    NoNotifier,
    Notifier,
    Opener,
    StatusSource,
)

log = logging.getLogger(__name__)

Told = Update | LaneView | AlarmView | Event
Emit = Callable[[Told], None]

VIEW_SECONDS = 0.5
"""Seconds between two looks at the lanes for the screen."""
RESTART_SECONDS = 1.0
"""Seconds after which a part that ended in a bug is started again."""
LATE_SECONDS = 0.5
"""Seconds by which a wait may be overrun before this process is taken to have been stopped."""
SETTLE_SECONDS = 0.1
"""Seconds that answers which came while the process was stopped are given to be read."""
LOOK_SECONDS = 1.0
"""Seconds between two looks at who else uses an account."""
HURRY_SECONDS = 0.2
"""The same while slots are changing hands."""
CLOSE_SECONDS = 0.5
"""Seconds that closing connections and journal may take at the end."""
RECALL_SECONDS = 3.0
"""Seconds that polling waits for what the journal remembers: without it an end would look like a wrong TaskId."""
RECALLED_AT_ONCE = 500
"""Tasks after whose recall the loop has a turn."""
KEEP_SECONDS = 5.0
"""Seconds after which a change of the alarms is kept that nobody was told of."""
AWAY_SECONDS = 5.0
"""Seconds without a turn of the loop that are told as a time in which nobody was watching."""


ALARMS = "alarms"
"""The name under which the alarms are kept in the journal."""


@dataclass(slots=True)
class _Asker:
    """What a lane asks with."""

    source: StatusSource
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    polling: asyncio.Task[None] | None = None
    """Runs while the monitor does."""
    lease: Lease | None = None
    """Where other processes may use the account too."""
    sharing: asyncio.Task[None] | None = None
    terms: tuple[object, ...] = ()
    """As whom the lane asks, and the budget it was given."""

    @property
    def parts(self) -> list[asyncio.Task[None]]:
        """What runs now."""
        return [part for part in (self.polling, self.sharing) if part is not None]


class Monitor:
    """The application without a face: `emit` is its only way out.

    Lives on one asyncio loop. `emit` is called from that loop and must not block. `lanes` are there from the start
    for good; without them `set_account` makes some with these `intervals`, and `opener` what they ask with.
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
        opener: Opener | None = None,
        intervals: Intervals | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        pairs = list(lanes)
        self._clock = clock
        self._emit = emit
        self._journal = journal or NoJournal()
        self._notifier = notifier or NoNotifier()
        self._alarms = Alarms(board, repeat_seconds=repeat_seconds)
        self._alarm_view = AlarmView()
        self._kept = 0.0
        self._is_heir = False
        self._jitter = jitter
        self._opener = opener
        self._intervals = intervals
        self._watch = Watch(board, (lane for lane, _ in pairs), clock.monotonic())
        self._askers = {lane: _Asker(source) for lane, source in pairs}
        self._accounts: dict[str, Account] = {}
        self._is_polling = False
        self._early: list[Event] = []
        """What there is to tell as soon as it is known what was before."""
        self._asking: set[asyncio.Task[object]] = set()
        self._waiting: defaultdict[TaskKey, list[asyncio.Future[Observation]]] = defaultdict(list)
        self._views: dict[LaneKey, LaneView] = {}
        self._faults = Faults()

    @property
    def board(self) -> Board:
        """What is believed of every watched task."""
        return self._watch.board

    async def run(self) -> None:
        """Poll until cancelled, then give back all connections and the journal."""
        try:
            self._restore(await self._recall(self.board.tasks))
            self._is_polling = True
            for event in self._early:
                self._tell(event)
            for lane in self._askers:
                self._begin(lane)
            await self._keep(self._report, "reporting the lanes")
        finally:
            self._is_polling = False
            parts = [part for asker in self._askers.values() for part in asker.parts]
            for task in [*parts, *self._asking]:
                task.cancel()
            await asyncio.gather(*parts, *self._asking, return_exceptions=True)
            for answer in [answer for answers in self._waiting.values() for answer in answers]:
                answer.cancel()
            for lane, asker in self._askers.items():
                if asker.lease is not None:
                    asker.lease.close(lane.taken(self._clock.monotonic()))
            await self._close()

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                closed = await asyncio.gather(
                    *(asker.source.aclose() for asker in self._askers.values()),
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

    def inherit(self, last: Monitor) -> None:
        """Believe and know what the last monitor did, which ended in a bug."""
        self.board.inherit(last.board)
        self._alarms.restore(last._alarms.memory(), self._clock.monotonic())
        self._is_heir = True

    async def look_up(self, key: TaskKey) -> Observation:
        """Ask about one task now, watched or not, ahead of the sweep and within the budget; `run` must be running.

        The answer is a failure where the key's profile has no lane.
        """
        lane = self._watch.lanes.get(key.profile)
        if lane is None:
            failure = Failure(FailureKind.CREDENTIALS, "no credential", f"profile {plain(key.profile)} has none here")
            return Observation(key, failure, self._clock.wall(), self._clock.monotonic(), replied=False)
        answer: asyncio.Future[Observation] = asyncio.get_running_loop().create_future()
        self._waiting[key].append(answer)
        lane.look_up(key)
        self._askers[lane].wake.set()
        return await answer

    def set_account(self, account: Account) -> None:
        """Ask as this account about the tasks of its profile from now on; what is believed of them stays.

        Profiles with one SecretId at one host share a lane and the smallest of their budgets, because the server counts
        the account. A lane without a credential is blind. While it runs only, another account may take one's place.
        """
        if self._opener is None:
            raise ValueError("this monitor was made with fixed lanes")
        now, at = self._clock.monotonic(), self._clock.wall()
        before = self._watch.lanes.get(account.profile)
        known = {other.credential for other in self._accounts.values() if other.identity == account.identity}
        lane = self._lane_of(account)
        self._accounts[account.profile] = account
        told = self._watch.move(account.profile, lane, now, at)
        if lane not in self._askers:
            self._askers[lane] = _Asker(self._opener.source(account))
        elif known != {account.credential} or account.current is not None:
            self._give_back(self._askers[lane].source)
            self._askers[lane].source = self._opener.source(account)
        for each in filter(None, (before, lane)):
            sharing = [self._accounts[name] for name, one in self._watch.lanes.items() if one is each]
            if sharing:
                self._fund(each, sharing[0], min(other.budget for other in sharing))
            else:
                self._end(each)
        self._begin(lane)
        if isinstance(account.credential, NoCredential):
            if (blinded := lane.shut(account.credential.failure, now, at)) is not None:
                told.append(blinded)
        else:
            lane.open(now)
        if self._is_polling:
            for event in told:
                self._tell(event)
        else:
            self._early += told
        self._wake()

    def _lane_of(self, account: Account) -> Lane:
        """The lane that is to ask as this account: one that does, else the profile's own, else a new one."""
        for profile, other in self._accounts.items():
            if profile != account.profile and other.identity == account.identity:
                return self._watch.lanes[profile]
        own = self._watch.lanes.get(account.profile)
        key = LaneKey(account.profile, account.endpoint.authority)
        return own if own is not None and own.key == key else Lane(key, account.budget, self._intervals)

    def _fund(self, lane: Lane, account: Account, budget: float) -> None:
        """Give the lane this budget of this account, or what other processes leave of it."""
        asker = self._askers[lane]
        if asker.terms == (account.identity, budget) or self._opener is None:
            return
        asker.terms = account.identity, budget
        self._close_lease(lane, asker)
        asker.lease = self._opener.lease(account, budget)
        lane.set_budget(budget if asker.lease is None else 0)  # until it is known who else is there
        self._begin(lane)

    def _begin(self, lane: Lane) -> None:
        """Have the lane polled, and its budget shared, where that is not so yet."""
        asker = self._askers[lane]
        if not self._is_polling:
            return
        if asker.polling is None:
            asker.polling = asyncio.create_task(self._keep(partial(self._poll, lane), f"polling {lane.key}"))
        if asker.lease is not None and asker.sharing is None:
            sharing = partial(self._share, lane, asker.lease)
            asker.sharing = asyncio.create_task(self._keep(sharing, f"sharing the budget of {lane.key}"))

    def _end(self, lane: Lane) -> None:
        """Poll no more within a lane that has no profiles."""
        asker = self._askers.pop(lane)
        if asker.polling is not None:
            asker.polling.cancel()
        self._close_lease(lane, asker)
        self._give_back(asker.source)

    def _close_lease(self, lane: Lane, asker: _Asker) -> None:
        if asker.sharing is not None:
            asker.sharing.cancel()
            asker.sharing = None
        if asker.lease is not None:
            asker.lease.close(lane.taken(self._clock.monotonic()))

    def _give_back(self, source: StatusSource) -> None:
        """Close a source when all that is under way has been answered."""

        async def close(under_way: list[asyncio.Task[object]]) -> None:
            await asyncio.gather(*under_way, return_exceptions=True)
            await source.aclose()

        self._do_soon(close([*self._asking]))

    def add(self, task: WatchedTask) -> None:
        """Watch one more task, or take over new texts of a watched one."""
        self._watch.add(task, self._clock.monotonic())
        self._recall_soon([task.key])
        self._wake()

    def remove(self, key: TaskKey) -> None:
        """Stop watching a task."""
        self._watch.remove(key)
        self._alarms.forget(key)

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
        self._wake()
        self._tell(Relisted(self._clock.wall(), tuple(tasks), text))

    def refuse_tasks(self, reason: str) -> None:
        """Say that an edit of the list is not taken; what was watched is watched."""
        self._tell(Relisted(self._clock.wall(), tuple(self.board.tasks.values()), reason, refused=True))

    def refresh(self, keys: Iterable[TaskKey] | None = None) -> None:
        """Ask these tasks (all, where None) as soon as the budget allows."""
        self._watch.refresh(None if keys is None else list(keys), self._clock.monotonic())
        self._wake()

    def show(self, keys: Iterable[TaskKey]) -> None:
        """Say which rows are on the screen, so that they are asked before the others."""
        self._watch.show(keys)
        self._wake()

    def set_polling(self, on: bool) -> None:
        """Stop or resume polling; look-ups go on."""
        self._watch.set_polling(on)
        self._wake()

    def set_interval(self, seconds: float) -> None:
        """Ask running tasks every so many seconds, the other classes in proportion, each after its next answer."""
        self._intervals = Intervals.scaled(seconds)
        for lane in self._watch.each_lane:
            lane.set_intervals(self._intervals)
        self._wake()

    def acknowledge(self, subjects: Collection[Subject], reason: str = "") -> None:
        """Be quiet about those of these that are wrong until they are right again."""
        self._answer_person(self._alarms.acknowledge(subjects, reason, self._clock.wall()))

    def snooze(self, subjects: Collection[Subject], until: float | None) -> None:
        """Be quiet about these until a time (Unix seconds), or with None until something about them changes."""
        self._answer_person(self._alarms.snooze(subjects, until, self._clock.monotonic(), self._clock.wall()))

    def mute(self, until: float | None) -> None:
        """Let no alarm reach anybody until a time (Unix seconds), or with None let them again."""
        self._answer_person(self._alarms.mute(until, self._clock.monotonic(), self._clock.wall()))

    def _answer_person(self, done: list[Event] | Refused) -> None:
        if isinstance(done, Refused):
            self._tell(Notice(self._clock.wall(), NoticeKind.ALARMS, done.reason))
        else:
            self._sound(done)

    def _wake(self) -> None:
        for asker in self._askers.values():
            asker.wake.set()

    def _do_soon(self, work: Coroutine[None, None, object]) -> None:
        doing = asyncio.create_task(work)
        self._asking.add(doing)
        doing.add_done_callback(self._asking.discard)

    def _recall_soon(self, keys: Iterable[TaskKey]) -> None:
        self._do_soon(self._recall(keys))

    async def _recall(self, keys: Iterable[TaskKey]) -> Mapping[str, str]:
        """Take over what the journal remembers of these tasks; gives what else was kept there."""
        try:
            remembered = await self._journal.recall(keys, RECALL_SECONDS)
        except Exception as fault:  # noqa: BLE001 - whoever remembers nothing can watch all the same
            self._report_fault("reading the journal", fault)
            return {}
        beliefs = list(remembered.beliefs.items())
        for begin in range(0, len(beliefs), RECALLED_AT_ONCE):
            some = dict(beliefs[begin : begin + RECALLED_AT_ONCE])
            for update in self.board.recall(some, self._clock.wall(), self._clock.monotonic()):
                self._hand_on(update)
            await asyncio.sleep(0)
        return remembered.kept

    def _restore(self, kept: Mapping[str, str]) -> None:
        """Know again what was acknowledged, snoozed, muted and told, and what was not delivered."""
        memory = AlarmMemory.load(kept.get(ALARMS, ""))
        if memory is not None and not self._is_heir:
            self._alarms.restore(memory, self._clock.monotonic())
        self._notifier.resume(kept.get(DELIVERIES, ""))

    async def _keep(self, part: Callable[[], Coroutine[None, None, None]], doing: str) -> None:
        """Run a part for ever: a bug in it is told and the part starts again, it never silently stops."""
        while True:
            try:
                await part()
            except Exception as fault:  # noqa: BLE001 - a bug in one part must not end the watching
                self._report_fault(doing, fault)
            await asyncio.sleep(RESTART_SECONDS)

    async def _poll(self, lane: Lane) -> None:
        asker = self._askers[lane]
        while True:
            now = self._clock.monotonic()
            if (blinded := lane.tick(now, self._clock.wall())) is not None:
                self._tell(blinded)
            match lane.next(now):
                case Send() as send:
                    self._do_soon(self._ask(lane, asker, send))
                    # One turn of the loop, so that the request goes out before the next is considered.
                    await asyncio.sleep(0)
                case Wait(seconds):
                    await _sleep(asker.wake, seconds)
                    if self._clock.monotonic() - now > seconds + LATE_SECONDS:
                        # Stopped or starved: what came meanwhile is read before anybody calls it silence.
                        await asyncio.sleep(SETTLE_SECONDS)
                    if self._clock.monotonic() - now > seconds + AWAY_SECONDS:
                        lane.wake(self._clock.monotonic())

    async def _share(self, lane: Lane, lease: Lease) -> None:
        company = Company(lane.key)
        while True:
            share = await lease.look(lane.taken(self._clock.monotonic()))
            lane.set_budget(share.budget, share.instances)
            self._askers[lane].wake.set()
            if (notice := company.looked(share, self._clock.wall())) is not None:
                self._tell(notice)
            await asyncio.sleep(LOOK_SECONDS if share.is_settled else HURRY_SECONDS)

    async def _ask(self, lane: Lane, asker: _Asker, send: Send) -> None:
        source = asker.source
        try:
            observation = await source.observe(
                send.key, written=lambda: lane.written(send.ticket, self._clock.monotonic())
            )
            if asker.source is not source or lane not in self._askers:
                self._ask_again(lane, send)
                return
            told = self._watch.done(lane, send, observation, self._clock.monotonic(), self._jitter())
        except Exception as fault:  # noqa: BLE001 - a bug about one task must not end the watching
            lane.abandon(send.ticket, self._clock.monotonic())
            self._report_fault(f"asking about {send.key.task_id}", fault)
            for answer in self._take_waiting(send.key):
                answer.set_exception(fault)
            return
        finally:
            asker.wake.set()
        for item in told:
            self._tell(item)
        for answer in self._take_waiting(send.key):
            answer.set_result(observation)

    def _ask_again(self, lane: Lane, send: Send) -> None:
        """Forget an answer that was given to an account whose place another has taken."""
        now = self._clock.monotonic()
        lane.abandon(send.ticket, now)
        if send.key in self._waiting:
            self._watch.lane_of(send.key).look_up(send.key)
        self._watch.refresh([send.key], now)
        self._wake()

    def _take_waiting(self, key: TaskKey) -> list[asyncio.Future[Observation]]:
        """Those who wait for an answer about the task and have not given up."""
        return [answer for answer in self._waiting.pop(key, ()) if not answer.done()]

    async def _report(self) -> None:
        before = self._clock.monotonic()
        while True:
            now, at = self._clock.monotonic(), self._clock.wall()
            if now - before > AWAY_SECONDS:
                self._tell(NotWatching(at, at - (now - before), "this machine slept or the program stood still"))
            before = now
            self._journal.beat(at)
            for event in [*self._journal.news(), *self._notifier.news()]:
                self._tell(event)
            self._sound(self._alarms.tick(now, at))
            if now - self._kept >= KEEP_SECONDS:
                self._keep_alarms()
            if self._alarms.view != self._alarm_view:
                self._alarm_view = self._alarms.view
                self._hand_on(self._alarm_view)
            for gone in self._views.keys() - {lane.key for lane in self._askers}:
                self._hand_on(replace(self._views.pop(gone), is_closed=True))
            for lane, asker in self._askers.items():
                if (expiring := lane.note_expiry(asker.source.expires_at, at)) is not None:
                    self._tell(expiring)
                view = lane.view(now)
                if view != self._views.get(lane.key):
                    self._views[lane.key] = view
                    self._hand_on(view)
            await asyncio.sleep(VIEW_SECONDS)

    def _report_fault(self, doing: str, fault: Exception) -> None:
        log.error("internal fault while %s", doing, exc_info=fault)
        notice = self._faults.note(doing, fault, now=self._clock.monotonic(), at=self._clock.wall())
        if notice is not None:
            self._tell(notice)

    def _tell(self, item: Update | Event) -> None:
        """Record the item, hand it on, and sound the alarms that come of it."""
        try:
            self._journal.record(item)
        except Exception:
            log.exception("internal fault while recording %s", type(item).__name__)
        self._hand_on(item)
        if isinstance(item, Alarm):
            self._notifier.send(item)
        try:
            events = self._alarms.hear(item, self._clock.monotonic(), self._clock.wall())
        except Exception:
            # Not told as other faults are, because that would be heard too.
            log.exception("internal fault while hearing %s", type(item).__name__)
        else:
            self._sound(events)

    def _sound(self, events: Iterable[Event]) -> None:
        """Tell what comes of the alarms, which is known after a restart before anybody is called."""
        events = tuple(events)
        if events:
            self._keep_alarms()
        for event in events:
            self._tell(event)

    def _keep_alarms(self) -> None:
        self._kept = self._clock.monotonic()
        if (memory := self._alarms.remember()) is not None:
            self._journal.keep(ALARMS, memory.dump())

    def _hand_on(self, item: Told) -> None:
        try:
            self._emit(item)
        except Exception:
            # Whoever listens has a bug; the watching goes on for everybody else.
            log.exception("internal fault while telling %s", type(item).__name__)


async def _sleep(wake: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most so long, and clear it."""
    try:
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        return
    wake.clear()
