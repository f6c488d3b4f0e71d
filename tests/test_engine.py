"""Feed and Engine across real threads."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from relaytui.adapters.clock import SystemClock
from relaytui.core.board import Board
from relaytui.core.endpoint import Endpoint
from relaytui.core.events import Event, Notice, NoticeKind
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Observation
from relaytui.core.schedule import Lane
from relaytui.core.task import LaneKey, State, TaskKey, WatchedTask
from relaytui.core.tc3 import Credential, Secret
from relaytui.core.transition import Transition
from relaytui.core.update import Update
from relaytui.engine import Drained, Engine, Feed
from relaytui.engine.feed import REMEMBERED_EVENTS
from relaytui.monitor import Emit, Monitor
from relaytui.ports import Account
from tests.core.answers import LANE, RUNNING, key, observation, task

PATIENCE = 10.0
"""Seconds after which a test gives up waiting; nothing here takes nearly as long."""


def notice(number: int) -> Notice:
    return Notice(float(number), NoticeKind.FAILING, str(number))


def update(name: int, number: int) -> Update:
    """An update of one task with one event."""
    changed = Board([task(name)]).apply(observation(RUNNING, float(number), name))
    assert changed is not None
    return changed


VIEW = LaneView(LANE, tasks=1, rate=0.0, budget=10.0, pace=10.0, wanted_sweep=15.0, sweep=15.0)


def test_a_feed_keeps_the_newest_update_per_task_and_all_events() -> None:
    feed = Feed()
    for number in range(3):
        for name in range(2):
            feed.put(update(name, number))
    feed.put(VIEW)
    feed.put(notice(1))
    drained = feed.drain()
    assert [item.state.seen for item in drained.updates.values()] == [2.0, 2.0]
    assert drained.lanes == {LANE: VIEW}
    assert [type(event) for event in drained.events] == [Transition] * 6 + [Notice]
    assert drained.lost == 0


def test_a_drained_feed_is_empty() -> None:
    feed = Feed()
    assert not feed.drain()
    feed.put(VIEW)
    assert feed.drain()
    assert feed.drain() == Drained({}, {}, [])


def test_a_feed_nobody_drains_is_bounded_and_counts_what_it_lost() -> None:
    feed = Feed()
    for number in range(REMEMBERED_EVENTS + 25):
        feed.put(notice(number))
    drained = feed.drain()
    assert len(drained.events) == REMEMBERED_EVENTS
    assert drained.lost == 25
    assert drained.events[-1] == notice(REMEMBERED_EVENTS + 24)
    assert feed.drain().lost == 0


def test_a_feed_loses_nothing_between_threads() -> None:
    feed, drained = Feed(), list[Event]()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            drained.extend(feed.drain().events)

    def write() -> None:
        for number in range(200):
            feed.put(notice(number))

    reader = threading.Thread(target=read)
    reader.start()
    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    reader.join()
    last = feed.drain()
    assert len(drained) + len(last.events) + last.lost == 800


class Source:
    """Answers at once, or hangs until cancelled."""

    expires_at: float | None = None

    def __init__(self, *, hangs: bool = False) -> None:
        self.asked: list[TaskKey] = []
        self.hangs = hangs
        self.broken: TaskKey | None = None
        self.closed = False

    async def observe(self, key: TaskKey, *, written: Callable[[], None]) -> Observation:
        self.asked.append(key)
        written()
        if key == self.broken:
            raise ZeroDivisionError
        if self.hangs:
            await asyncio.Event().wait()
        clock = SystemClock()
        return Observation(key, RUNNING, clock.wall(), clock.monotonic())

    async def aclose(self) -> None:
        self.closed = True


def monitor(emit: Emit, source: Source, tasks: int = 3) -> Monitor:
    lane = Lane(LaneKey("default", "host"), 20.0)
    return Monitor(Board(task(number) for number in range(tasks)), [(lane, source)], clock=SystemClock(), emit=emit)


@contextmanager
def running(engine: Engine) -> Iterator[Engine]:
    engine.start()
    try:
        yield engine
    finally:
        assert engine.stop(PATIENCE)


def wait_until(condition: Callable[[], bool]) -> None:
    """Give the other thread time until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.005)


def test_an_engine_feeds_the_screen() -> None:
    source = Source()
    states: dict[TaskKey, State] = {}
    with running(Engine(lambda emit: monitor(emit, source))) as engine:

        def drain() -> bool:
            states.update((name, item.state.state) for name, item in engine.feed.drain().updates.items())
            return len(states) == 3

        wait_until(drain)
    assert set(states.values()) == {State.RUNNING}
    assert source.closed


def test_it_stops_within_a_second_with_requests_in_flight() -> None:
    source = Source(hangs=True)
    engine = Engine(lambda emit: monitor(emit, source))
    engine.start()
    wait_until(lambda: len(source.asked) >= 2)
    begun = time.monotonic()
    assert engine.stop(1.0)
    assert time.monotonic() - begun < 1
    assert source.closed


def test_stopping_twice_before_the_start_and_right_after_it() -> None:
    never = Engine(lambda emit: monitor(emit, Source()))
    assert never.stop()
    assert never.stop()
    for _ in range(20):
        engine = Engine(lambda emit: monitor(emit, Source()))
        engine.start()
        assert engine.stop(PATIENCE)
        assert engine.stop()


def test_commands_before_the_start_are_kept_and_those_after_the_end_mean_nothing() -> None:
    source = Source()
    engine = Engine(lambda emit: monitor(emit, source))
    engine.set_polling(False)
    engine.set_polling(True)
    engine.set_polling(False)
    with running(engine):
        wait_until(lambda: any(not view.polling for view in engine.feed.drain().lanes.values()))
        assert source.asked == []
        engine.set_polling(True)
        wait_until(lambda: len(source.asked) == 3)
    engine.refresh()
    engine.show([key(0)])
    engine.set_polling(True)


def test_commands_reach_the_monitor() -> None:
    source = Source()
    with running(Engine(lambda emit: monitor(emit, source))) as engine:
        wait_until(lambda: len(source.asked) == 3)
        engine.show(key(number) for number in range(2))
        engine.refresh(key(number) for number in (2,))
        wait_until(lambda: len(source.asked) == 4)
        assert source.asked[-1] == key(2)
        engine.refresh()
        wait_until(lambda: len(source.asked) == 7)


def test_look_ups_are_answered_through_the_feed_watched_or_not_and_whatever_happens() -> None:
    source, answers = Source(), dict[TaskKey, Observation]()
    broken = key("broken")

    def drained(count: int) -> bool:
        answers.update(engine.feed.drain().answers)
        return len(answers) == count

    with running(Engine(lambda emit: monitor(emit, source))) as engine:
        engine.set_polling(False)
        for wanted in (key("unwatched"), key(1), key("a", "elsewhere")):
            engine.look_up(wanted)
        wait_until(lambda: drained(3))
        assert answers[key("unwatched")].status == answers[key(1)].status == RUNNING
        elsewhere = answers[key("a", "elsewhere")].failure
        assert elsewhere is not None
        assert elsewhere.code == "no credential"
        source.broken = broken
        engine.look_up(broken)
        wait_until(lambda: drained(4))
        source.hangs = True
        engine.look_up(key("under way"))
        wait_until(lambda: key("under way") in source.asked)
    assert drained(5)
    for lost in (broken, key("under way")):
        failure = answers[lost].failure
        assert failure is not None
        assert failure.code == "not asked"


def test_an_emit_of_ones_own_gets_all_news_instead_of_the_feed() -> None:
    told: list[object] = []
    with running(Engine(lambda emit: monitor(emit, Source()), emit=told.append)) as engine:
        wait_until(lambda: sum(isinstance(item, Update) for item in told) == 3)
    assert not engine.feed.drain()


def test_a_monitor_that_cannot_be_made_is_told_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("relaytui.engine.succession.RESTART_SECONDS", 0.02)
    source, bugs = Source(), [OSError("first"), ZeroDivisionError("second")]

    def make(emit: Emit) -> Monitor:
        if bugs:
            raise bugs.pop(0)
        return monitor(emit, source)

    engine = Engine(make)
    engine.refresh([key(1)])
    with running(engine), caplog.at_level(logging.ERROR):
        wait_until(lambda: len(source.asked) >= 3)
    faults = [event.text for event in engine.feed.drain().events if isinstance(event, Notice)]
    assert [text.partition(";")[0].rpartition(" ")[2] for text in faults] == ["OSError", "ZeroDivisionError"]
    assert source.asked[0] == key(1), "the command given early was kept"


class Breaking(Monitor):
    """Polls until the first task is known to run, and then ends in a bug."""

    async def run(self) -> None:
        running = asyncio.create_task(super().run())
        await self.look_up(key(0))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        raise ZeroDivisionError("a bug")


def test_a_monitor_that_ends_in_a_bug_is_followed_by_one_that_believes_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("relaytui.engine.succession.RESTART_SECONDS", 0.02)
    lane = Lane(LaneKey("default", "host"), 20.0)
    later = monitor(lambda _: None, silent := Source(hangs=True))

    def make(emit: Emit) -> Monitor:
        if not made:
            made.append(Breaking(Board(later.board.tasks.values()), [(lane, Source())], clock=SystemClock(), emit=emit))
            return made[0]
        return later

    made: list[Monitor] = []
    with running(Engine(make)):
        wait_until(lambda: bool(silent.asked))
        assert later.board.state(key(0)).state is State.RUNNING


def test_three_faults_within_a_minute_are_called_degraded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relaytui.engine.succession.RESTART_SECONDS", 0.02)
    source, bugs = Source(), [OSError(str(number)) for number in range(5)]

    def make(emit: Emit) -> Monitor:
        if bugs:
            raise bugs.pop(0)
        return monitor(emit, source)

    with running(Engine(make)) as engine:
        wait_until(lambda: len(source.asked) >= 3)
    kinds = [event.kind for event in engine.feed.drain().events if isinstance(event, Notice)]
    assert kinds == [NoticeKind.FAULT, NoticeKind.FAULT, NoticeKind.DEGRADED]


def test_a_monitor_made_anew_gets_the_newest_accounts_and_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relaytui.engine.succession.RESTART_SECONDS", 0.02)
    made: list[Remade] = []

    def make(emit: Emit) -> Monitor:
        made.append(Remade(emit))
        return made[-1]

    def account(profile: str, secret_id: str) -> Account:
        return Account(profile, Endpoint("https", "host"), Credential(secret_id, Secret("k")))

    with running(Engine(make)) as engine:
        engine.set_account(account("default", "first"))
        engine.set_tasks([task(7)])
        engine.set_account(account("other", "third"))
        engine.set_interval(5.0)
        engine.set_budget("default", 3.0)
        engine.set_account(account("default", "second"))
        wait_until(lambda: bool(made) and made[0].given[-1:] == ["second"])
        made[0].loop.call_soon_threadsafe(made[0].broken.set)
        wait_until(lambda: len(made) == 2 and made[1].given[-1:] == ["second"])
    assert made[1].given[-5:] == [(task(7),), "third", 5.0, ("default", 3.0), "second"]


class Remade(Monitor):
    """Ends in a bug when told to, and remembers what it was given."""

    def __init__(self, emit: Emit) -> None:
        super().__init__(Board([]), clock=SystemClock(), emit=emit)
        self.given: list[object] = []
        self.broken = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    def set_account(self, account: Account) -> None:
        assert isinstance(account.credential, Credential)
        self.given.append(account.credential.secret_id)

    def set_interval(self, seconds: float) -> None:
        self.given.append(seconds)

    def set_budget(self, profile: str, budget: float) -> None:
        self.given.append((profile, budget))

    def set_tasks(self, tasks: Collection[WatchedTask]) -> None:
        self.given.append(tasks)

    async def run(self) -> None:
        await self.broken.wait()
        raise ZeroDivisionError


def test_a_listener_with_a_bug_does_not_end_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relaytui.engine.succession.RESTART_SECONDS", 0.02)
    source, bugs = Source(), [OSError("no monitor")]

    def make(emit: Emit) -> Monitor:
        if bugs:
            raise bugs.pop()
        return monitor(emit, source)

    def broken(_item: object) -> None:
        raise ValueError("a bug of the listener")

    with running(Engine(make, emit=broken)):
        wait_until(lambda: len(source.asked) == 3)


def test_a_screen_that_never_drains_does_not_slow_the_engine() -> None:
    source = Source()
    with running(Engine(lambda emit: monitor(emit, source, tasks=10))) as engine:
        wait_until(lambda: len(source.asked) == 10)
        begun = time.monotonic()
        for _ in range(3):
            expected = len(source.asked) + 10
            engine.refresh()
            wait_until(partial(lambda count: len(source.asked) >= count, expected))
        assert time.monotonic() - begun < 4, "thirty questions at twenty a second"
        assert len(engine.feed.drain().updates) == 10


def test_what_was_drained_before_and_after_is_one() -> None:
    feed = Feed()
    feed.put(update(0, 1))
    feed.put(notice(1))
    first = feed.drain()
    feed.put(update(0, 2))
    feed.put(VIEW)
    for number in range(REMEMBERED_EVENTS):
        feed.put(notice(number))
    both = first.followed_by(feed.drain())
    assert [item.state.seen for item in both.updates.values()] == [2.0]
    assert both.lanes == {LANE: VIEW}
    assert len(both.events) == REMEMBERED_EVENTS
    assert both.lost == 3, "two of the first drain, and the transition that the ring had lost"
