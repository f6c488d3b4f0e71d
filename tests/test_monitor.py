"""The Monitor on a loop with virtual time, against sources that answer by script."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

import pytest

from relaytui.core.alarm_memory import AlarmMemory
from relaytui.core.alarm_view import AlarmView, Attention
from relaytui.core.board import Board
from relaytui.core.endpoint import Endpoint
from relaytui.core.events import (
    Acknowledged,
    Alarm,
    AlarmKind,
    Blinded,
    Event,
    JournalHealth,
    Notice,
    NoticeKind,
    NotWatching,
    Resolved,
    Sighted,
)
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.schedule import Lane
from relaytui.core.share import Share
from relaytui.core.task import LaneKey, State, Status, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState
from relaytui.core.tc3 import Credential, Secret
from relaytui.core.transition import Transition
from relaytui.core.update import Update
from relaytui.monitor import Emit, Monitor, Told
from relaytui.monitor.monitor import CLOSE_SECONDS
from relaytui.monitor.news import RECALL_SECONDS
from relaytui.ports import Account, Journal, Lease, NoCredential, Notifier, Overheard, Remembered
from tests.core.answers import GONE, REFUSED, RUNNING, TIMED_OUT, key
from tests.fakes import FakeJournal, FakeNotifier
from tests.virtual_loop import LoopClock, VirtualLoop, run

Item = Told
Script = Callable[[TaskKey, float], Status | Failure | Exception | None]
"""What a question asked at a moment (seconds since the start) is answered; None: nothing, ever."""


class ScriptedSource:
    """A StatusSource that answers after `latency` seconds."""

    expires_at: float | None = None

    def __init__(self, script: Script = lambda _key, _now: RUNNING, latency: float = 0.05) -> None:
        self.script = script
        self.latency = latency
        self.clock = LoopClock()
        self.begun = self.clock.monotonic()
        self.asked: list[tuple[float, TaskKey]] = []
        self.cancelled = 0
        self.closed = False

    async def observe(self, key: TaskKey, *, written: Callable[[], None]) -> Observation:
        begun = self.clock.monotonic()
        self.asked.append((begun - self.begun, key))
        written()
        outcome = self.script(key, begun - self.begun)
        try:
            await asyncio.sleep(self.latency)
            if outcome is None:
                await asyncio.sleep(1e6)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        assert outcome is not None
        if isinstance(outcome, Exception):
            raise outcome
        now = self.clock.monotonic()
        replied = isinstance(outcome, Status) or outcome.came_from_api
        return Observation(key, outcome, self.clock.wall(), now, now - begun, replied=replied)

    async def aclose(self) -> None:
        self.closed = True

    def names(self, since: float = 0.0) -> list[str]:
        return [key.task_id for moment, key in self.asked if moment >= since]


class Rig:
    """A monitor with one lane per source (profiles 0, 1, …), run for a while of virtual time."""

    def __init__(
        self,
        *sources: ScriptedSource,
        tasks: int = 3,
        emit: Emit | None = None,
        journal: Journal | None = None,
        notifier: Notifier | None = None,
        watched: str = "",
        resolves: bool = False,
    ) -> None:
        self.told: list[Item] = []
        self.sources = sources
        names = [(str(profile), number) for profile in range(len(sources)) for number in range(tasks)]
        board = Board(WatchedTask(key(number, profile)) for profile, number in names)
        lanes = [(Lane(LaneKey(str(number), "host"), 10.0), source) for number, source in enumerate(sources)]
        self.monitor = Monitor(
            board,
            lanes,
            clock=LoopClock(),
            emit=emit or self.told.append,
            journal=journal,
            notifier=notifier,
            jitter=lambda: 0.5,
            resolves=resolves,
            watched=watched,
        )
        self._running = asyncio.create_task(self.monitor.run())

    async def stop(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        assert self._running.cancelled()

    def events(self) -> list[Event]:
        found: list[Event] = []
        for item in self.told:
            match item:
                case Update(events=events):
                    found += events
                case LaneView() | AlarmView():
                    pass
                case _:
                    found.append(item)
        return found

    def faults(self) -> list[str]:
        return [event.text for event in self.events() if isinstance(event, Notice) and event.kind is NoticeKind.FAULT]


def test_answers_become_updates_and_transitions() -> None:
    async def main() -> None:
        source = ScriptedSource(lambda task, now: GONE if task == key(1, "0") and now > 20 else RUNNING)
        rig = Rig(source)
        await asyncio.sleep(60)
        await rig.stop()
        changes = [(event.key.task_id, event.after) for event in rig.events() if isinstance(event, Transition)]
        assert changes == [("0", State.RUNNING), ("1", State.RUNNING), ("2", State.RUNNING), ("1", State.ENDED)]
        updates = [item for item in rig.told if isinstance(item, Update)]
        assert len(updates) == len(source.asked)
        assert rig.monitor.board.state(key(1, "0")).state is State.ENDED
        assert rig.faults() == []

    run(main)


def test_lanes_are_told_when_they_change() -> None:
    async def main() -> None:
        rig = Rig(ScriptedSource(lambda _task, now: RUNNING if now < 20 or now > 100 else REFUSED))
        await asyncio.sleep(200)
        await rig.stop()
        views = [item for item in rig.told if isinstance(item, LaneView)]
        assert [view.is_blind for view in (views[0], views[-1])] == [False, False]
        assert any(view.is_blind for view in views)
        sight = [type(event) for event in rig.events() if isinstance(event, (Blinded, Sighted))]
        assert sight == [Blinded, Sighted]

    run(main)


def test_a_blind_lane_goes_on_probing() -> None:
    async def main() -> None:
        source = ScriptedSource(lambda _task, _now: REFUSED)
        rig = Rig(source)
        await asyncio.sleep(60)
        assert 4 <= len(source.names(5.0)) <= 8
        await rig.stop()

    run(main)


def test_silence_is_told_while_nothing_answers() -> None:
    async def main() -> None:
        rig = Rig(ScriptedSource(lambda _task, _now: None))
        await asyncio.sleep(3)
        assert [type(event) for event in rig.events()] == [Blinded]
        await rig.stop()

    run(main)


def test_a_look_up_goes_ahead_of_the_sweep() -> None:
    async def main() -> None:
        source = ScriptedSource(latency=0.1)
        rig = Rig(source, tasks=500)
        await asyncio.sleep(5)
        asked, begun = len(source.asked), source.clock.monotonic()
        observation = await rig.monitor.look_up(key("stranger", "0"))
        assert observation.status == RUNNING
        assert source.clock.monotonic() - begun <= 0.1 + 0.2
        assert "stranger" in source.names()[asked : asked + 2]
        await rig.stop()

    run(main)


def test_look_ups_side_by_side_are_all_answered_within_the_budget() -> None:
    async def main() -> None:
        source = ScriptedSource()
        rig = Rig(source, tasks=0)
        keys = [key(number, "0") for number in range(40)] + [key(0, "0")]
        answers = await asyncio.gather(*(rig.monitor.look_up(task) for task in keys))
        assert [answer.key for answer in answers] == keys
        moments = [moment for moment, _ in source.asked]
        assert all(later - earlier >= 1 for earlier, later in zip(moments, moments[10:], strict=False))
        await rig.stop()

    run(main)


def test_a_look_up_whose_caller_gave_up_harms_nobody() -> None:
    async def main() -> None:
        source = ScriptedSource(lambda task, _now: RuntimeError("bug") if task.task_id == "broken" else RUNNING)
        rig = Rig(source)
        for name in ("broken", "fine"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.001):
                    await rig.monitor.look_up(key(name, "0"))
        await asyncio.sleep(30)
        assert (await rig.monitor.look_up(key("fine", "0"))).status == RUNNING
        await rig.stop()

    run(main)


def test_a_look_up_without_a_lane_fails_and_says_so() -> None:
    async def main() -> None:
        rig = Rig(ScriptedSource())
        failure = (await rig.monitor.look_up(key("a", "elsewhere"))).failure
        assert failure is not None
        assert (failure.kind, failure.code) == (FailureKind.CREDENTIALS, "no credential")
        assert "profile elsewhere" in failure.message
        await rig.stop()

    run(main)


def test_a_look_up_under_way_ends_with_the_monitor() -> None:
    async def main() -> None:
        rig = Rig(ScriptedSource(lambda _task, _now: None))
        looking = asyncio.create_task(rig.monitor.look_up(key("a", "0")))
        await asyncio.sleep(1)
        await rig.stop()
        with pytest.raises(asyncio.CancelledError):
            await looking

    run(main)


def test_commands() -> None:
    async def main() -> None:
        source = ScriptedSource()
        rig = Rig(source, tasks=2)
        await asyncio.sleep(5)
        rig.monitor.set_polling(False)
        await asyncio.sleep(60)
        assert source.names(5.0) == []
        rig.monitor.set_polling(True)
        tasks = list(rig.monitor.board.tasks.values())
        rig.monitor.set_tasks([*tasks, WatchedTask(key("new", "0"))])
        await asyncio.sleep(1)
        assert sorted(source.names(65.0)) == ["0", "1", "new"]
        rig.monitor.set_tasks(tasks)
        rig.monitor.refresh([key(1, "0")])
        await asyncio.sleep(1)
        assert source.names(66.0) == ["1"]
        rig.monitor.show([key(0, "0")])
        rig.monitor.refresh()
        await asyncio.sleep(1)
        assert source.names(67.0) == ["0", "1"]
        await rig.stop()

    run(main)


# Bugs.


def test_a_source_that_raises_once_is_told_once_and_the_task_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        bugs = [ZeroDivisionError("a bug")]
        source = ScriptedSource(lambda task, _now: bugs.pop() if bugs and task == key(1, "0") else RUNNING)
        rig = Rig(source)
        await asyncio.sleep(60)
        assert [text.count("ZeroDivisionError") for text in rig.faults()] == [1]
        assert rig.monitor.board.state(key(1, "0")).state is State.RUNNING
        assert source.names().count("1") >= 4
        await rig.stop()

    with caplog.at_level(logging.ERROR):
        run(main)
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]


def test_whoever_looks_up_hears_of_the_bug() -> None:
    async def main() -> None:
        rig = Rig(ScriptedSource(lambda _task, _now: ZeroDivisionError("a bug")), tasks=0)
        with pytest.raises(ZeroDivisionError):
            await rig.monitor.look_up(key("a", "0"))
        await rig.stop()

    run(main)


def test_a_bug_in_one_lane_does_not_stop_another() -> None:
    async def main() -> None:
        broken, fine = ScriptedSource(lambda _task, _now: RuntimeError("a bug")), ScriptedSource()
        rig = Rig(broken, fine)
        await asyncio.sleep(60)
        assert rig.monitor.board.state(key(1, "1")).state is State.RUNNING
        assert len(fine.asked) >= 12
        assert len(broken.asked) >= 9, "it is asked again and again"
        assert len(rig.faults()) == 2, "the third within a minute is called degraded, and no more is told"
        kinds = [event.kind for event in rig.events() if isinstance(event, Notice)]
        assert kinds.count(NoticeKind.DEGRADED) == 1
        await rig.stop()

    run(main)


def test_a_bug_in_the_lane_itself_restarts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        source, bugs, tick = ScriptedSource(), [ZeroDivisionError("a bug")], Lane.tick

        def broken(lane: Lane, now: float, at: float) -> Blinded | None:
            if bugs and now > 10_010:
                raise bugs.pop()
            return tick(lane, now, at)

        monkeypatch.setattr(Lane, "tick", broken)
        rig = Rig(source)
        await asyncio.sleep(60)
        assert len(rig.faults()) == 1
        assert len(source.names(20.0)) >= 6
        await rig.stop()

    run(main)


def test_a_listener_with_a_bug_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        source = ScriptedSource()
        rig = Rig(source, emit=_raise)
        await asyncio.sleep(60)
        assert len(source.asked) >= 12
        assert (await rig.monitor.look_up(key("a", "0"))).status == RUNNING
        await rig.stop()

    run(main)
    assert "a bug of the listener" in caplog.text


def _raise(_item: Item) -> None:
    raise ValueError("a bug of the listener")


# The end.


def test_cancelling_ends_what_is_under_way_and_closes_all_sources() -> None:
    async def main() -> None:
        sources = [ScriptedSource(lambda _task, _now: None), ScriptedSource()]
        rig = Rig(*sources)
        await asyncio.sleep(1)
        begun = LoopClock().monotonic()
        await rig.stop()
        assert LoopClock().monotonic() - begun < 1
        assert sources[0].cancelled == len(sources[0].asked) > 0
        assert [source.closed for source in sources] == [True, True]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main)


def test_a_source_that_does_not_close_is_left() -> None:
    class Hanging(ScriptedSource):
        async def aclose(self) -> None:
            await asyncio.sleep(1e6)

    class Broken(ScriptedSource):
        async def aclose(self) -> None:
            raise OSError("closing went wrong")

    async def main() -> None:
        fine = ScriptedSource()
        rig = Rig(Broken(), Hanging(), fine)
        await asyncio.sleep(1)
        begun = LoopClock().monotonic()
        await rig.stop()
        assert LoopClock().monotonic() - begun <= CLOSE_SECONDS + 0.01
        assert fine.closed

    run(main)


def test_the_loop_neither_spins_nor_sleeps_for_days_when_there_is_nothing_to_do() -> None:
    async def main() -> None:
        rig = Rig(ScriptedSource(), tasks=0)
        await asyncio.sleep(3600)
        rig.monitor.set_tasks([WatchedTask(key("a", "0"))])
        await asyncio.sleep(1)
        assert len(rig.sources[0].asked) == 1
        await rig.stop()

    run(main)


def test_timeouts_of_one_task_leave_the_others_alone() -> None:
    async def main() -> None:
        source = ScriptedSource(lambda task, _now: TIMED_OUT if task == key(0, "0") else RUNNING)
        rig = Rig(source, tasks=5)
        await asyncio.sleep(300)
        assert not any(isinstance(event, Blinded) for event in rig.events())
        assert rig.monitor.board.state(key(0, "0")).state is State.PENDING
        assert rig.monitor.board.state(key(0, "0")).trouble.failures > 10
        await rig.stop()

    run(main)


# The journal.


def test_everything_told_is_recorded_first_and_nothing_else() -> None:
    async def main() -> None:
        journal = FakeJournal()
        recorded_first: list[bool] = []

        def emit(item: Item) -> None:
            if not isinstance(item, (LaneView, AlarmView)):
                recorded_first.append(journal.order[-1] is item)

        rig = Rig(ScriptedSource(lambda _task, now: RUNNING if now < 20 else REFUSED), emit=emit, journal=journal)
        await asyncio.sleep(60)
        rig.monitor.refuse_tasks("line 3 is no TaskId")
        await rig.stop()
        assert len(recorded_first) > 12
        assert all(recorded_first)
        assert {type(item).__name__ for item in journal.order} >= {"Update", "Blinded", "Relisted"}
        assert journal.beats[-1] - journal.beats[0] > 59
        assert journal.closed

    run(main)


def test_a_task_that_ran_before_the_start_and_is_gone_has_ended_and_is_not_unknown() -> None:
    async def main() -> None:
        journal = FakeJournal(beliefs={key(name, "0"): ran_until(LoopClock().wall() - 3600) for name in (0, 1)})
        gone = key(0, "0")
        rig = Rig(ScriptedSource(lambda task, _now: GONE if task == gone else RUNNING), tasks=3, journal=journal)
        await asyncio.sleep(0.01)
        shown = [item for item in rig.told if isinstance(item, Update)]
        assert [(update.task.key, update.state.state) for update in shown] == [
            (key(0, "0"), State.RUNNING),
            (key(1, "0"), State.RUNNING),
        ]
        await asyncio.sleep(30)
        await rig.stop()
        changes = [event for event in rig.events() if isinstance(event, Transition)]
        assert [(event.key, event.after, event.while_away) for event in changes] == [
            (key(2, "0"), State.RUNNING, False),
            (gone, State.ENDED, True),
        ]
        assert changes[1].earlier_request_id == "before"

    run(main)


def test_polling_begins_although_the_journal_does_not_answer() -> None:
    async def main() -> None:
        source, journal = ScriptedSource(), FakeJournal()
        journal.works = False
        rig = Rig(source, journal=journal)
        await asyncio.sleep(RECALL_SECONDS + 1)
        assert source.asked[0][0] == pytest.approx(RECALL_SECONDS)
        await rig.stop()

    run(main)


def test_what_is_remembered_late_loses_neither_an_end_nor_what_was_said_of_another() -> None:
    async def main() -> None:
        ended = key(1, "0")
        source = ScriptedSource(lambda task, now: GONE if task == ended and now > 20 else RUNNING)
        journal = FakeJournal()
        rig = Rig(source, journal=journal)
        await asyncio.sleep(60)
        rig.monitor.acknowledge([ended], "restarting")
        await asyncio.sleep(10)
        await rig.stop()

        journal.beliefs = {task.key: state for task, state, _ in rig.monitor.board}
        since = rig.monitor.board.state(key(0, "0")).since_at
        kept, journal.delay = dict(journal.kept), 20.0
        notifier, gone = FakeNotifier(journal), (ended, key(2, "0"))
        source = ScriptedSource(lambda task, _: GONE if task in gone else RUNNING)
        again = Rig(source, journal=journal, notifier=notifier)
        await asyncio.sleep(19)
        assert again.monitor.board.state(key(2, "0")).state is State.NOT_FOUND
        assert (journal.kept, notifier.sent) == (kept, []), "what is not known yet is not overwritten"
        await asyncio.sleep(20)
        states = {name: again.monitor.board.state(key(name, "0")) for name in range(3)}
        assert [state.state for state in states.values()] == [State.RUNNING, State.ENDED, State.ENDED]
        assert states[0].since_at == since
        assert [[task.key for task in alarm.tasks] for alarm in notifier.sent] == [[key(2, "0")]]
        (view,) = [item for item in again.told if isinstance(item, AlarmView)][-1:]
        assert view.attention[ended].reason == "restarting"
        memory = AlarmMemory.load(journal.kept["alarms"])
        assert memory is not None
        assert memory.wrong[ended].reason == "restarting"
        await again.stop()

    run(main)


def test_a_task_added_later_is_recalled_too() -> None:
    async def main() -> None:
        added = key("new", "0")
        journal = FakeJournal(beliefs={added: ran_until(LoopClock().wall() - 60)})
        rig = Rig(ScriptedSource(lambda task, _now: GONE if task == added else RUNNING), tasks=1, journal=journal)
        await asyncio.sleep(10)
        rig.monitor.set_tasks([*rig.monitor.board.tasks.values(), WatchedTask(added)])
        await asyncio.sleep(10)
        await rig.stop()
        assert rig.monitor.board.state(added).state is State.ENDED

    run(main)


def test_a_journal_with_a_bug_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeJournal):
        def record(self, item: Update | Event) -> None:
            raise ValueError("a bug of the journal")

        async def recall(self, keys: Iterable[TaskKey], seconds: float) -> Remembered:
            raise ValueError("a bug of the journal")

    async def main() -> None:
        rig = Rig(ScriptedSource(), journal=Broken())
        await asyncio.sleep(30)
        assert rig.monitor.board.state(key(0, "0")).state is State.RUNNING
        assert len(rig.faults()) == 1
        await rig.stop()

    run(main)
    assert "a bug of the journal" in caplog.text


def test_what_the_journal_has_to_tell_is_told_and_recorded() -> None:
    async def main() -> None:
        journal = FakeJournal()
        rig = Rig(ScriptedSource(), journal=journal)
        await asyncio.sleep(1)
        trouble = JournalHealth(LoopClock().wall(), LoopClock().wall(), "the disk is full")
        journal.told.append(trouble)
        await asyncio.sleep(1)
        await rig.stop()
        assert rig.events().count(trouble) == journal.order.count(trouble) == 1

    run(main)


def test_a_time_without_a_turn_of_the_loop_is_told_as_one_in_which_nobody_watched() -> None:
    async def main() -> None:
        rig = Rig(ScriptedSource())
        await asyncio.sleep(10.1)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.stand_still(252.0)
        await asyncio.sleep(10)
        await rig.stop()
        (gap,) = [event for event in rig.events() if isinstance(event, NotWatching)]
        assert gap.at - gap.since == pytest.approx(252.0, abs=1.0)

    run(main)


def ran_until(at: float) -> TaskState:
    """What an earlier run believed that saw the task running up to this time."""
    board = Board([WatchedTask(key("a"))])
    for before in (60.0, 0.0):
        board.apply(Observation(key("a"), RUNNING, at - before, 500_000.0 - before, request_id="before"))
    return board.state(key("a"))


def test_an_end_alarms_once_it_is_recorded_and_the_alarm_is_kept_before_it_is_sent() -> None:
    async def main() -> None:
        journal = FakeJournal()
        notifier = FakeNotifier(journal)
        source = ScriptedSource(lambda task, now: GONE if task == key(1, "0") and now > 20 else RUNNING)
        rig = Rig(source, journal=journal, notifier=notifier)
        await asyncio.sleep(60)
        (alarm,) = notifier.sent
        assert (alarm.kind, [task.key for task in alarm.tasks]) == (AlarmKind.ENDED, [key(1, "0")])
        (ended,) = (event for event in rig.events() if isinstance(event, Transition) and event.after is State.ENDED)
        assert 1.0 <= alarm.at - ended.at <= 1.6
        before = notifier.written_before[0]
        assert alarm in before
        kept = [item[1] for item in before if isinstance(item, tuple) and item[0] == "alarms"]
        assert kept[-1] is not None
        assert alarm.id in kept[-1]
        await rig.stop()
        assert notifier.closed


def account(profile: str, secret_id: str, expires_at: float | None = None) -> Account:
    credential = Credential(secret_id, Secret(f"key of {secret_id}"), expires_at=expires_at)
    return Account(profile, Endpoint("https", "host"), credential)


class Opened:
    """A monitor whose accounts come while it runs; `sources` are those that were opened, in order."""

    def __init__(self, *accounts: Account, latency: float = 0.05, is_shared: bool = False) -> None:
        self.told: list[Item] = []
        self.sources: list[ScriptedSource] = []
        self.latency = latency
        self.is_shared = is_shared
        self.monitor = Monitor(
            Board(WatchedTask(key(number, profile)) for profile in ("a", "b") for number in range(2)),
            clock=LoopClock(),
            emit=self.told.append,
            opener=self,
            jitter=lambda: 0.5,
        )
        for each in accounts:
            self.monitor.set_account(each)
        self.running = asyncio.create_task(self.monitor.run())

    def lease(self, account: Account, budget: float) -> Lease | None:
        """The account is nobody else's, unless `is_shared`."""
        return Half(budget) if self.is_shared else None

    def source(self, opened: Account) -> ScriptedSource:
        self.sources.append(ScriptedSource(latency=self.latency))
        if isinstance(opened.credential, Credential):
            self.sources[-1].expires_at = opened.credential.expires_at
        return self.sources[-1]

    def events(self) -> list[Event]:
        return [item for item in self.told if not isinstance(item, (Update, LaneView, AlarmView))]

    def sight(self) -> list[Blinded | Sighted]:
        return [event for event in self.events() if isinstance(event, (Blinded, Sighted))]

    async def stop(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


def test_an_answer_to_an_account_that_was_exchanged_counts_for_nothing_and_is_asked_again() -> None:
    async def main() -> None:
        rig = Opened(account("a", "first"), latency=3.0)
        rig.sources[0].script = lambda _key, _now: GONE
        looking = asyncio.create_task(rig.monitor.look_up(key("looked up", "a")))
        await asyncio.sleep(1)
        first = rig.sources[0]
        assert set(first.names()) == {"0", "1", "looked up"}
        rig.monitor.set_account(account("a", "second"))
        assert not first.closed, "its answers may be on their way"
        await asyncio.sleep(3)
        assert first.closed
        assert (await looking).status == RUNNING
        await asyncio.sleep(10)
        assert {name for name, _ in rig.monitor.board.counts().items()} == {State.RUNNING, State.PENDING}
        assert set(rig.sources[1].names()) >= {"0", "1", "looked up"}
        await rig.stop()
        assert rig.sources[1].closed

    run(main)


@pytest.mark.parametrize(("is_shared", "share"), [(False, 1.0), (True, 0.5)])
def test_a_budget_is_changed_while_running_and_stays_when_the_credential_changes(is_shared: bool, share: float) -> None:
    async def main() -> None:
        rig = Opened(account("a", "first"), account("b", "first"), account("c", "other"), is_shared=is_shared)
        await asyncio.sleep(3)

        def budgets() -> dict[str, tuple[float, float]]:
            views = {item.lane.profile: item for item in rig.told if isinstance(item, LaneView)}
            return {name: (view.budget, view.account_budget) for name, view in views.items() if not view.is_closed}

        assert budgets() == {"a+b": (10 * share, 10), "c": (10 * share, 10)}
        rig.monitor.set_budget("b", 4)
        await asyncio.sleep(3)
        assert budgets() == {"a+b": (4 * share, 4), "c": (10 * share, 10)}
        rig.monitor.set_account(account("a", "second"))
        rig.monitor.set_account(account("b", "second"))
        rig.monitor.set_budget("nobody", 3)
        await asyncio.sleep(3)
        assert {name: each for name, each in budgets().items() if "a" in name} == {"a+b": (4 * share, 4)}
        await rig.stop()

    run(main)


class Half:
    """Leaves half of the budget to somebody else."""

    def __init__(self, budget: float) -> None:
        self.budget = budget

    def set_budget(self, budget: float) -> None:
        self.budget = budget

    async def look(self, taken: int) -> Share:
        return Share(self.budget / 2, self.budget, 2)

    def close(self, taken: int) -> None:
        pass


def test_what_people_say_is_told_recorded_and_known_after_a_restart() -> None:
    async def main() -> None:
        journal = FakeJournal()
        source = ScriptedSource(lambda task, now: GONE if task == key(1, "0") and now > 20 else RUNNING)
        rig = Rig(source, journal=journal)
        await asyncio.sleep(60)
        rig.monitor.acknowledge([key(0, "0")])
        assert any(isinstance(event, Notice) and event.kind is NoticeKind.ALARMS for event in rig.events())
        rig.monitor.acknowledge([key(1, "0")], "restarting")
        acknowledged = rig.events()[-1]
        assert acknowledged == Acknowledged(acknowledged.at, (key(1, "0"),), "restarting")
        assert acknowledged in journal.order
        await asyncio.sleep(1)
        views = [item for item in rig.told if isinstance(item, AlarmView)]
        assert views[-1].attention == {key(1, "0"): Attention(acknowledged.at, "restarting")}
        rig.monitor.mute(acknowledged.at + 3600)
        rig.monitor.snooze([key(2, "0")], acknowledged.at + 900)
        await asyncio.sleep(1)
        kept = dict(journal.kept)
        await rig.stop()

        journal = FakeJournal(beliefs={key(1, "0"): rig.monitor.board.state(key(1, "0"))})
        journal.kept = kept
        notifier = FakeNotifier(journal)
        again = Rig(ScriptedSource(lambda _task, _now: GONE), journal=journal, notifier=notifier)
        await asyncio.sleep(30)
        (view, *_) = [item for item in again.told if isinstance(item, AlarmView)]
        assert view.muted_until == acknowledged.at + 3600
        assert view.attention[key(1, "0")].reason == "restarting"
        assert view.attention[key(2, "0")].snoozed_until == acknowledged.at + 900
        assert (notifier.resumed, notifier.sent) == ([kept], [])
        await again.stop()

    run(main)


def test_whoever_watches_another_list_forgets_nothing_of_this_one() -> None:
    async def main() -> None:
        journal = FakeJournal()
        one = Rig(ScriptedSource(lambda _, now: GONE if now > 20 else RUNNING), journal=journal, watched="one")
        await asyncio.sleep(60)
        one.monitor.acknowledge([key(1, "0")], "known")
        await one.stop()
        kept = dict(journal.kept)

        notifier = FakeNotifier(journal)
        journal.beliefs = {key(1, "0"): one.monitor.board.state(key(1, "0"))}
        other = Rig(ScriptedSource(lambda _, __: GONE), journal=journal, notifier=notifier, watched="other")
        await asyncio.sleep(60)
        assert notifier.sent == []
        other.monitor.mute(LoopClock().wall() + 60)
        await other.stop()
        assert {name: text for name, text in journal.kept.items() if name in kept} == kept

    run(main)


def test_what_is_said_on_another_board_holds_here_and_is_shown_but_not_recorded_again() -> None:
    async def main() -> None:
        journal = FakeJournal()
        notifier = FakeNotifier(journal)
        source = ScriptedSource(lambda task, now: GONE if task == key(1, "0") and now > 20 else RUNNING)
        rig = Rig(source, journal=journal, notifier=notifier)
        await asyncio.sleep(60)
        said = Acknowledged(LoopClock().wall(), (key(1, "0"),), "elsewhere")
        journal.told += [Overheard(said), Overheard(Acknowledged(said.at, (key("stranger", "0"),), ""))]
        await asyncio.sleep(3600)
        assert len(notifier.sent) == 1, "it is not repeated"
        assert [event for event in rig.events() if isinstance(event, Acknowledged)] == [said]
        assert said not in journal.order
        assert "elsewhere" in journal.kept["alarms"]
        await rig.stop()

    run(main)


def test_only_whose_turn_it_is_records_alarms_and_whoever_takes_over_goes_on_with_them() -> None:
    async def main() -> None:
        def script(task: TaskKey, now: float) -> Status:
            return GONE if task == key(1, "0") and 20 < now < 700 else RUNNING

        journal, others = FakeJournal(), FakeJournal()
        first = Rig(ScriptedSource(script), journal=journal, resolves=True)
        await asyncio.sleep(0.3)
        notifier = FakeNotifier(others)
        notifier.on_turn = False
        second = Rig(ScriptedSource(script), journal=others, notifier=notifier, resolves=True)
        await asyncio.sleep(60)
        assert [item for item in others.order if isinstance(item, Alarm)] == []
        assert "alarms" not in others.kept
        assert any(isinstance(item, Update) and item.events for item in others.order), "answers and changes are its own"
        (alarm,) = [item for item in journal.order if isinstance(item, Alarm)]
        (own,) = [event for event in second.events() if isinstance(event, Alarm)]
        assert own.tasks == alarm.tasks, "it is shown, and rings here too"
        assert own.id != alarm.id
        mine, common = Notice(1.0, NoticeKind.JOURNAL, "set aside"), Notice(1.0, NoticeKind.CLOCK, "off")
        others.told += [mine, common]
        await asyncio.sleep(1)
        assert (mine in others.order, common in others.order) == (True, False)
        await first.stop()

        others.kept |= journal.kept
        notifier.on_turn, before = True, len(notifier.sent)
        await asyncio.sleep(1)
        assert notifier.resumed[-1] == others.kept
        await asyncio.sleep(800)
        assert [(sent.id, sent.repeat) for sent in notifier.sent[before:]] == [(alarm.id, 1)]
        assert [resolved.alarm for resolved in notifier.resolved] == [alarm.id]
        assert [type(item) for item in others.order if isinstance(item, Alarm | Resolved)] == [Alarm, Resolved]
        await second.stop()

    run(main)


def test_a_bug_in_the_alarms_does_not_end_the_watching(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def boom(*_: object) -> list[Event]:
        raise ZeroDivisionError

    async def main() -> None:
        monkeypatch.setattr("relaytui.core.alarms.Alarms.hear", boom)
        source = ScriptedSource()
        rig = Rig(source)
        await asyncio.sleep(40)
        assert len(source.names(20)) >= 3
        await rig.stop()

    run(main)
    assert "hearing" in caplog.text


def test_news_of_deliveries_are_told_and_recorded() -> None:
    async def main() -> None:
        journal = FakeJournal()
        notifier = FakeNotifier(journal)
        rig = Rig(ScriptedSource(), journal=journal, notifier=notifier)
        notice = Notice(1.0, NoticeKind.ALARMS, "webhook: HTTP 500")
        notifier.told.append(notice)
        await asyncio.sleep(2)
        assert notice in rig.events()
        assert notice in journal.order
        await rig.stop()

    run(main)


def test_a_machine_that_slept_is_told_as_a_gap_and_was_neither_blind_nor_raises_an_alarm() -> None:
    async def main() -> None:
        # The connections of before the sleep are dead: what was asked on them is never answered.
        source = ScriptedSource(lambda _task, now: RUNNING if not 10 < now < 1000 else None)
        rig = Rig(source, tasks=6)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        await asyncio.sleep(15.2)
        assert source.asked[-1][0] > 10
        loop.stand_still(3600.0)
        asked = len(source.asked)
        await asyncio.sleep(1)
        assert len(source.asked) - asked <= 11
        await asyncio.sleep(120)
        await rig.stop()
        assert [type(event) for event in rig.events() if not isinstance(event, Transition)] == [NotWatching]


def test_a_profile_without_credential_is_blind_at_once_and_sees_when_there_is_one() -> None:
    async def main() -> None:
        missing = NoCredential("no entry in the keyring", "sign in", absent=True)
        rig = Opened(Account("a", Endpoint("https", "host"), missing))
        await asyncio.sleep(30)
        assert rig.sources[0].asked == []
        (blinded,) = rig.sight()
        assert isinstance(blinded, Blinded)
        assert (blinded.cause.code, blinded.cause.message) == ("no credential", "no entry in the keyring")
        rig.monitor.set_account(account("a", "first"))
        await asyncio.sleep(1)
        sighted = rig.sight()[1]
        assert isinstance(sighted, Sighted)
        assert not sighted.given_up
        assert sorted(rig.sources[1].names()) == ["0", "1"]
        await rig.stop()

    run(main)


def test_the_same_credential_again_changes_nothing_under_way() -> None:
    async def main() -> None:
        rig = Opened(account("a", "first"), account("b", "first"))
        await asyncio.sleep(1)
        rig.monitor.set_account(account("a", "first"))
        assert len(rig.sources) == 1
        await rig.stop()

    run(main)


def test_a_key_that_ends_soon_is_told_once_and_the_lane_says_when() -> None:
    async def main() -> None:
        end = LoopClock().wall() + 700
        rig = Opened(account("a", "first", end))
        await asyncio.sleep(90)
        assert [view.expires_at for view in rig.told if isinstance(view, LaneView)][-1] == end
        assert not any(isinstance(event, Notice) for event in rig.events())
        await asyncio.sleep(300)
        (notice,) = [event for event in rig.events() if isinstance(event, Notice)]
        assert (notice.kind, notice.lane) == (NoticeKind.EXPIRY, LaneKey("a", "host"))
        assert notice.at - end == pytest.approx(-600, abs=1)
        await rig.stop()

    run(main)
