"""Alarms against a board that is told answers one after the other, in virtual time."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from relaytui.core.alarm_memory import AlarmMemory
from relaytui.core.alarm_view import Attention
from relaytui.core.alarms import BLIND_SECONDS, REPEAT_SECONDS, Alarms
from relaytui.core.board import Board
from relaytui.core.entry import Refused
from relaytui.core.events import (
    Acknowledged,
    Alarm,
    AlarmKind,
    Blinded,
    Event,
    Muted,
    Notice,
    NotWatching,
    Resolved,
    Sighted,
    Snoozed,
)
from relaytui.core.observation import Failure
from relaytui.core.storm import GATHER_SECONDS, STORM_SECONDS, STORM_SIZE, SWEEP_SECONDS
from relaytui.core.task import LaneKey, State, Status, TaskKey, WatchedTask
from relaytui.core.task_state import Thresholds
from relaytui.core.transition import Transition
from relaytui.core.update import Relisted, Update
from tests.core.answers import GONE, LANE, NOT_ALLOWED, RUNNING, START_AT, TIMED_OUT, key, observation, task

Name = str | int | TaskKey


class Scene:
    """Tasks 0, 1, 2 and so on that run, with alarms; `told` is everything that came of it."""

    clock_is_off = 0.0

    def __init__(
        self,
        *tasks: WatchedTask,
        repeat_seconds: float | None = REPEAT_SECONDS,
        thresholds: Thresholds | None = None,
        resolves: bool = False,
    ) -> None:
        self.now = 0.0
        self.resolves = resolves
        self.told: list[Event] = []
        self.board = Board(tasks or [task(number) for number in range(12)], thresholds)
        self.alarms = Alarms(self.board, repeat_seconds=repeat_seconds, resolves=resolves)
        for watched in self.board.tasks:
            self.answer(watched, RUNNING)
        self.told.clear()

    @property
    def at(self) -> float:
        return START_AT + self.now + self.clock_is_off

    def answer(self, name: Name, *outcomes: Status | Failure) -> None:
        """The task is asked once for each outcome, without time passing."""
        about = name if isinstance(name, TaskKey) else key(name)
        for outcome in outcomes:
            answer = observation(outcome, self.now)
            update = self.board.apply(replace(answer, key=about, at=answer.at + self.clock_is_off))
            assert update is not None
            self.told += [*update.events, *self.alarms.hear(update, self.now, self.at)]

    def end(self, *names: Name) -> None:
        """Each ends by itself, and has company for a second."""
        for name in names:
            self.answer(name, GONE, GONE, GONE)
        self.wait(GATHER_SECONDS)

    def end_together(self, *names: Name) -> None:
        """As when one cause ends them all: each has been asked before the first is confirmed."""
        for _ in range(3):
            for name in names:
                self.answer(name, GONE)
        self.wait(GATHER_SECONDS)

    def recover(self, *names: Name) -> None:
        for name in names:
            self.answer(name, RUNNING, RUNNING)

    def hear(self, item: Update | Event) -> None:
        self.told += self.alarms.hear(item, self.now, self.at)

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now = min(self.now + 0.5, until)
            self.told += self.alarms.tick(self.now, self.at)

    def said(self, events: list[Event] | Refused) -> None:
        assert not isinstance(events, Refused), events
        self.told += events

    def take(self, wait: float = 0.0) -> list[Alarm]:
        """The alarms since the last call, after so many seconds more."""
        self.wait(wait)
        alarms = [event for event in self.told if isinstance(event, Alarm)]
        self.told.clear()
        return alarms

    def take_resolved(self, wait: float = STORM_SECONDS + 1) -> list[Resolved]:
        """The ends of alarms since the last call, after so many seconds more."""
        self.wait(wait)
        resolved = [event for event in self.told if isinstance(event, Resolved)]
        self.told.clear()
        return resolved

    def relist(self, *tasks: WatchedTask) -> None:
        """These tasks are on the list, and no others."""
        self.board.set_tasks(tasks)
        self.hear(Relisted(self.at, tasks, ""))

    def restarted(self, *, recalls: bool = True) -> Scene:
        """A board that believes the same, or recalls nothing yet, with new alarms that remember what was kept."""
        memory = self.alarms.memory()
        loaded = AlarmMemory.load(memory.dump())
        assert loaded == memory
        again = object.__new__(Scene)
        again.now, again.told, again.board = self.now, [], Board(self.board.tasks.values())
        again.resolves = self.resolves
        if not recalls:
            again.alarms = Alarms(again.board)
            return again
        again.board.recall({update.task.key: update.state for update in self.board}, self.at, self.now)
        again.alarms = Alarms(again.board, resolves=self.resolves)
        again.alarms.restore(loaded, again.now)
        return again


def names(alarm: Alarm) -> list[str]:
    return [watched.key.task_id for watched in alarm.tasks]


def blinded(since: float, at: float, lane: LaneKey = LANE) -> Blinded:
    return Blinded(lane, START_AT + at, TIMED_OUT, START_AT + since, None)


# What alarms, and what does not.


def elsewhere(lane: LaneKey) -> WatchedTask:
    """A task that this lane asks about."""
    return task(0)._replace(key=task(0).key._replace(profile=lane.profile))


def test_an_end_alarms_within_a_second_and_once() -> None:
    scene = Scene(repeat_seconds=None)
    scene.answer(1, GONE, GONE)
    scene.wait(5)
    assert scene.take() == []
    scene.answer(1, GONE)
    (alarm,) = scene.take(GATHER_SECONDS)
    assert (alarm.kind, alarm.count, alarm.repeat) == (AlarmKind.ENDED, 1, 0)
    assert alarm.since == scene.at - GATHER_SECONDS
    assert alarm.text == "1 ended (SdkAppId 1400188366, ap-singapore)"
    scene.wait(3600)
    scene.answer(1, GONE)
    assert scene.take() == []


def test_what_is_expected_or_unknown_does_not_alarm() -> None:
    scene = Scene(task("planned", expected_end=0.0), task("unknown"))
    scene.board = Board([task("planned", expected_end=0.0), task("unknown")])
    scene.alarms = Alarms(scene.board)
    scene.answer("planned", RUNNING)
    scene.end("planned")
    scene.end("unknown")
    scene.recover("unknown")
    scene.wait(60)
    assert scene.board.state(key("planned")).state is State.FINISHED
    assert scene.take() == []


def test_overdue_and_rejected_alarm() -> None:
    scene = Scene(task("late", expected_end=0.0), task("refused"))
    scene.now = 61.0
    scene.answer("late", RUNNING)
    scene.answer("refused", NOT_ALLOWED, NOT_ALLOWED)
    assert [alarm.kind for alarm in scene.take(GATHER_SECONDS)] == [AlarmKind.OVERDUE, AlarmKind.REJECTED]


def test_a_failure_is_no_alarm() -> None:
    scene = Scene()
    scene.answer(1, *[TIMED_OUT] * 20)
    scene.wait(60)
    assert scene.take() == []


def test_back_from_a_refusal_is_no_news() -> None:
    scene = Scene()
    scene.end(1)
    assert len(scene.take()) == 1
    scene.answer(1, NOT_ALLOWED, NOT_ALLOWED)
    (rejected,) = scene.take(GATHER_SECONDS)
    assert rejected.kind is AlarmKind.REJECTED
    scene.answer(1, GONE)
    scene.wait(60)
    assert scene.take() == []
    scene.wait(REPEAT_SECONDS)
    assert [alarm.id for alarm in scene.take()] == [rejected.id]


def test_flapping_alarms_once_and_is_quiet_until_calm() -> None:
    scene = Scene(repeat_seconds=None)
    for _ in range(6):
        scene.end(1)
        scene.wait(STORM_SECONDS)
        scene.recover(1)
        scene.wait(STORM_SECONDS)
    assert [alarm.kind for alarm in scene.take()] == [AlarmKind.ENDED, AlarmKind.ENDED, AlarmKind.FLAPPING]
    scene.wait(400)
    scene.answer(1, RUNNING)
    assert scene.take() == []
    scene.end(1)
    assert [alarm.kind for alarm in scene.take()] == [AlarmKind.ENDED]


def test_who_ends_while_flapping_alarms_when_it_is_calm() -> None:
    scene = Scene(repeat_seconds=None)
    for _ in range(2):
        scene.end(1)
        scene.recover(1)
    scene.end(1)
    assert scene.take()[-1].kind is AlarmKind.FLAPPING
    scene.wait(301)
    scene.answer(1, GONE)
    assert [alarm.kind for alarm in scene.take(GATHER_SECONDS)] == [AlarmKind.ENDED]


# Blindness.


def test_a_blind_lane_alarms_after_30_seconds_and_not_before() -> None:
    scene = Scene(repeat_seconds=None)
    scene.now = 2.0
    scene.hear(blinded(0.0, 2.0))
    scene.wait(BLIND_SECONDS - 2.5)
    assert scene.take() == []
    scene.wait(0.5)
    (alarm,) = scene.take()
    assert (alarm.kind, alarm.lane, alarm.count) == (AlarmKind.BLIND, LANE, 0)
    assert alarm.text.startswith("watcher blind for 30 s: default@host: timeout. No answer in time")
    scene.wait(3600)
    assert scene.take() == []


def test_a_short_blindness_does_not_alarm_and_every_lane_alarms_for_itself() -> None:
    other = LaneKey("other", "host")
    scene = Scene(task(0), elsewhere(other), repeat_seconds=None)
    scene.hear(blinded(0.0, 0.0))
    scene.hear(blinded(0.0, 0.0, other))
    scene.wait(29)
    scene.hear(Sighted(LANE, scene.at, TIMED_OUT, START_AT, None))
    scene.wait(60)
    assert [alarm.lane for alarm in scene.take()] == [other]


def test_an_account_without_tasks_calls_nobody_until_it_gets_one() -> None:
    other = LaneKey("other", "host")
    scene = Scene(task(0), repeat_seconds=None)
    scene.hear(blinded(0.0, 0.0, other))
    scene.wait(3600)
    assert scene.take() == []
    scene.board.add(elsewhere(other))
    assert [alarm.lane for alarm in scene.take(wait=1)] == [other]


def test_a_machine_that_slept_was_not_blind() -> None:
    scene = Scene()
    scene.now = 3600.0
    scene.hear(NotWatching(scene.at, START_AT, "asleep"))
    scene.hear(blinded(0.0, 3600.0))
    scene.wait(BLIND_SECONDS - 0.5)
    assert scene.take() == []
    scene.wait(0.5)
    assert len(scene.take()) == 1


# Storms.


def test_a_storm_is_one_alarm_with_its_count_and_common_factor() -> None:
    scene = Scene(
        *(WatchedTask(TaskKey("default", "ap-singapore", 1_400_188_366, str(n)), group="cup") for n in range(9)),
        *(WatchedTask(TaskKey("default", "ap-singapore", 1_400_188_366, f"x{n}")) for n in range(9)),
    )
    for _ in range(2):
        for name in range(9):
            scene.answer(name, GONE)
    for name in range(9):
        scene.answer(name, GONE)
        scene.wait(0.5)
    told = list(scene.told)
    (alarm,) = scene.take()
    assert (alarm.kind, alarm.count, alarm.factor) == (AlarmKind.STORM, STORM_SIZE, "group cup")
    assert alarm.text == "5 of 9 tasks of group cup ended"
    assert sum(isinstance(event, Transition) for event in told) == 9
    scene.wait(STORM_SECONDS + 1)
    assert [event.text for event in scene.told if isinstance(event, Notice)] == [
        "the storm took 9 tasks, not only 5: all of group cup"
    ]


def test_four_are_told_one_by_one() -> None:
    scene = Scene()
    for name in range(4):
        scene.end(name)
    assert [names(alarm) for alarm in scene.take(STORM_SECONDS)] == [["0"], ["1"], ["2"], ["3"]]


def test_who_ends_soon_after_another_waits_for_company_and_the_storm_that_comes_of_it_is_one_more_alarm() -> None:
    scene = Scene()
    scene.end(0)
    assert [names(alarm) for alarm in scene.take()] == [["0"]]
    for name in range(1, 4):
        scene.end(name)
        assert scene.take(1.0) == []
    scene.end(4)
    (storm,) = scene.take()
    assert (storm.kind, names(storm)) == (AlarmKind.STORM, ["0", "1", "2", "3", "4"])


def test_who_ends_slowly_is_no_storm() -> None:
    scene = Scene()
    for name in range(8):
        scene.end(name)
        scene.wait(STORM_SECONDS / 4 + 0.5)
    assert [alarm.count for alarm in scene.take(STORM_SECONDS)] == [1] * 8


def test_an_alarm_waits_for_another_that_is_being_confirmed_but_not_longer_than_ten_seconds() -> None:
    scene = Scene()
    scene.answer(2, GONE)
    scene.end(1)
    for doubtful, sure in [(3, 2), (2, 3)] * 4:
        scene.answer(doubtful, GONE)
        scene.answer(sure, RUNNING)
        assert scene.take(1.0) == []
    scene.answer(3, GONE)
    assert [names(alarm) for alarm in scene.take(1.0)] == [["1"]]


def test_an_alarm_waits_no_longer_for_one_that_is_not_asked_any_more() -> None:
    scene = Scene()
    scene.answer(2, GONE)
    scene.end(1)
    scene.wait(5.5)
    assert len(scene.take()) == 1


def test_who_has_nothing_to_do_with_a_storm_alarms_for_itself() -> None:
    scene = Scene(
        *(WatchedTask(TaskKey("default", "ap-singapore", 1, str(n))) for n in range(6)),
        WatchedTask(TaskKey("default", "ap-mumbai", 2, "other")),
    )
    *storm, other = scene.board.tasks
    scene.end_together(*storm)
    scene.end(other)
    assert [(alarm.kind, alarm.count) for alarm in scene.take()] == [(AlarmKind.STORM, 6), (AlarmKind.ENDED, 1)]


def storm_of_six_among(*others: WatchedTask) -> tuple[Scene, list[TaskKey]]:
    """Six of eight tasks of the group have ended and were told; the last two run, as far as is known."""
    cup = [WatchedTask(TaskKey("default", "ap-singapore", 1, f"cup {n}"), group="cup") for n in range(8)]
    scene = Scene(*cup, *others, repeat_seconds=None)
    scene.end_together(*(watched.key for watched in cup[:6]))
    (alarm,) = scene.take()
    assert alarm.kind is AlarmKind.STORM
    return scene, [watched.key for watched in cup[6:]]


def test_a_slow_sweep_finds_the_last_of_a_storm_in_silence_and_tells_how_large_it_was() -> None:
    scene, (late, later) = storm_of_six_among(elsewhere(LANE))
    scene.wait(40)
    scene.end(late)
    scene.wait(STORM_SECONDS + 1)
    scene.wait(400)
    scene.end(later)
    scene.wait(STORM_SECONDS + 1)
    assert [event.text for event in scene.told if isinstance(event, (Alarm, Notice))] == [
        "the storm took 7 tasks, not only 6: all of group cup",
        "the storm took 8 tasks, not only 7: all of group cup",
    ]


def test_who_was_seen_running_after_a_storm_alarms_for_itself() -> None:
    scene, (late, later) = storm_of_six_among(elsewhere(LANE))
    scene.wait(40)
    scene.answer(late, RUNNING)
    scene.end(late)
    assert [names(alarm) for alarm in scene.take()] == [["cup 6"]]
    scene.wait(SWEEP_SECONDS)
    scene.end(later)
    assert [names(alarm) for alarm in scene.take()] == [["cup 7"]], "no storm is looked for as long as that"


def test_a_clock_that_was_set_back_makes_no_end_part_of_a_storm_before() -> None:
    cup = [WatchedTask(TaskKey("default", "ap-singapore", 1, f"cup {n}"), group="cup") for n in range(8)]
    scene = Scene(*cup, elsewhere(LANE), repeat_seconds=None)
    scene.clock_is_off = 2400.0
    scene.end_together(*(watched.key for watched in cup[:6]))
    assert [alarm.kind for alarm in scene.take()] == [AlarmKind.STORM]
    scene.clock_is_off = 0.0
    scene.wait(60)
    scene.answer(cup[6].key, RUNNING)
    scene.end(cup[6].key)
    assert [names(alarm) for alarm in scene.take()] == [["cup 6"]]


def test_nobody_joins_a_storm_that_is_over_for_those_who_were_told_of_it() -> None:
    scene, (late, _) = storm_of_six_among(elsewhere(LANE))
    for number in range(6):
        scene.recover(TaskKey("default", "ap-singapore", 1, f"cup {number}"))
    scene.wait(STORM_SECONDS + 1)
    scene.end(late)
    assert [names(alarm) for alarm in scene.take()] == [["cup 6"]]


def test_a_storm_that_may_be_anybody_s_takes_nobody_after_ten_seconds() -> None:
    scene, (late, _) = storm_of_six_among()
    scene.wait(STORM_SECONDS + 1)
    scene.end(late)
    assert [names(alarm) for alarm in scene.take()] == [["cup 6"]]


# People.


def test_an_acknowledged_task_is_quiet_until_it_recovers_and_its_next_end_alarms() -> None:
    scene = Scene()
    scene.end(1)
    scene.take()
    scene.said(scene.alarms.acknowledge([key(1)], "restarting", scene.at))
    assert scene.told == [Acknowledged(scene.at, (key(1),), "restarting")]
    assert scene.alarms.view.attention == {key(1): Attention(scene.at, "restarting")}
    scene.wait(2 * REPEAT_SECONDS)
    assert scene.take() == []
    scene.recover(1)
    assert scene.alarms.view.attention == {}
    scene.end(1)
    assert len(scene.take()) == 1


def test_only_what_is_wrong_can_be_acknowledged() -> None:
    scene = Scene()
    scene.end(1)
    assert isinstance(scene.alarms.acknowledge([key(2), key("nobody"), LANE], "", scene.at), Refused)
    scene.said(scene.alarms.acknowledge([key(1), key(2)], "", scene.at))
    assert scene.told[-1] == Acknowledged(scene.at, (key(1),), "")


def test_who_was_never_found_can_be_acknowledged_although_it_does_not_alarm() -> None:
    scene = Scene()
    scene.board.add(task("lost"))
    scene.answer("lost", GONE)
    scene.said(scene.alarms.acknowledge([key("lost")], "known", scene.at))
    assert scene.alarms.view.attention[key("lost")].reason == "known"


def test_another_wrong_is_news_although_the_first_was_acknowledged() -> None:
    scene = Scene()
    scene.end(1)
    scene.said(scene.alarms.acknowledge([key(1)], "", scene.at))
    scene.take()
    scene.answer(1, NOT_ALLOWED, NOT_ALLOWED)
    assert [alarm.kind for alarm in scene.take(GATHER_SECONDS)] == [AlarmKind.REJECTED]


def test_after_an_acknowledgement_nobody_joins_the_storm_in_silence() -> None:
    scene = Scene()
    scene.end_together(*range(6))
    scene.take()
    scene.said(scene.alarms.acknowledge([key(0)], "", scene.at))
    scene.end(6)
    assert [names(alarm) for alarm in scene.take()] == [["6"]]


def test_an_alarm_is_repeated_under_its_id_until_somebody_acknowledges() -> None:
    scene = Scene()
    scene.end(1)
    (first,) = scene.take()
    scene.wait(REPEAT_SECONDS - 1)
    assert scene.take() == []
    scene.wait(REPEAT_SECONDS + 1)
    again = scene.take()
    assert [(alarm.id, alarm.repeat) for alarm in again] == [(first.id, 1), (first.id, 2)]
    assert len({alarm.event_id for alarm in [first, *again]}) == 3
    assert again[0].text == f"{first.text}, 10 min ago, nobody has acknowledged it"
    scene.said(scene.alarms.acknowledge([key(1)], "", scene.at))
    scene.wait(2 * REPEAT_SECONDS)
    assert scene.take() == []


def test_the_repeat_of_a_storm_names_who_is_still_wrong() -> None:
    scene = Scene()
    scene.end_together(*range(7))
    (first,) = scene.take()
    scene.recover(0, 1)
    scene.said(scene.alarms.acknowledge([key(2)], "", scene.at))
    scene.wait(REPEAT_SECONDS)
    (again,) = scene.take()
    assert (again.id, names(again), again.kind) == (first.id, ["3", "4", "5", "6"], AlarmKind.STORM)


def test_a_snoozed_task_is_quiet_and_alarms_anew_when_the_time_is_over() -> None:
    scene = Scene()
    scene.end(1)
    scene.take()
    scene.said(scene.alarms.snooze([key(1)], scene.at + 900, scene.now, scene.at))
    assert scene.told == [Snoozed(scene.at, (key(1),), scene.at + 900)]
    assert scene.alarms.view.attention == {key(1): Attention(snoozed_until=scene.at + 900)}
    scene.wait(899)
    assert scene.take() == []
    scene.wait(1 + GATHER_SECONDS)
    assert [names(alarm) for alarm in scene.take()] == [["1"]]


def test_a_task_that_runs_can_be_snoozed_until_a_time() -> None:
    scene = Scene()
    scene.said(scene.alarms.snooze([key(1), key(2)], scene.at + 900, scene.now, scene.at))
    scene.end(1, 2)
    scene.wait(600)
    scene.recover(2)
    assert scene.take() == []
    scene.wait(300 + GATHER_SECONDS)
    assert [names(alarm) for alarm in scene.take()] == [["1"]]


def test_snoozed_until_it_changes() -> None:
    scene = Scene()
    assert isinstance(scene.alarms.snooze([key(1)], None, scene.now, scene.at), Refused)
    scene.end(1)
    scene.said(scene.alarms.snooze([key(1)], None, scene.now, scene.at))
    scene.take()
    scene.wait(2 * REPEAT_SECONDS)
    assert scene.take() == []
    scene.recover(1)
    scene.end(1)
    assert len(scene.take()) == 1


def test_a_snooze_can_be_ended_early() -> None:
    scene = Scene()
    assert isinstance(scene.alarms.snooze([key(1)], scene.at, scene.now, scene.at), Refused)
    scene.said(scene.alarms.snooze([key(1)], scene.at + 900, scene.now, scene.at))
    scene.end(1)
    assert scene.take() == []
    scene.said(scene.alarms.snooze([key(1), key(2)], scene.at, scene.now, scene.at))
    assert scene.told == [Snoozed(scene.at, (key(1),), scene.at)]
    assert [names(alarm) for alarm in scene.take(GATHER_SECONDS)] == [["1"]]


def test_nothing_is_lost_while_all_is_muted() -> None:
    scene = Scene()
    until = scene.at + 3600
    scene.said(scene.alarms.mute(until, scene.now, scene.at))
    assert scene.told == [Muted(scene.at, until)]
    scene.end(*range(7))
    scene.hear(blinded(0.0, 0.0))
    scene.recover(0)
    scene.wait(3598)
    assert scene.take() == []
    assert scene.alarms.view.muted_until == until
    scene.wait(1)
    assert Muted(scene.at, None) in scene.told
    scene.wait(GATHER_SECONDS)
    assert [(alarm.kind, alarm.count) for alarm in scene.take()] == [(AlarmKind.BLIND, 0), (AlarmKind.STORM, 6)]


def test_a_mute_can_be_ended_early_and_is_not_told_twice() -> None:
    scene = Scene()
    scene.said(scene.alarms.mute(scene.at + 3600, scene.now, scene.at))
    scene.end(1)
    scene.said(scene.alarms.mute(None, scene.now, scene.at))
    scene.said(scene.alarms.mute(None, scene.now, scene.at))
    scene.wait(GATHER_SECONDS)
    assert sum(isinstance(event, Muted) for event in scene.told) == 2
    assert len(scene.take()) == 1


def test_a_blind_lane_can_be_acknowledged_and_snoozed() -> None:
    scene = Scene()
    scene.hear(blinded(0.0, 0.0))
    scene.said(scene.alarms.snooze([LANE], scene.at + 900, scene.now, scene.at))
    scene.wait(899)
    assert scene.take() == []
    scene.wait(1)
    assert [alarm.lane for alarm in scene.take()] == [LANE]
    scene.said(scene.alarms.acknowledge([LANE], "known", scene.at))
    scene.wait(2 * REPEAT_SECONDS)
    assert scene.take() == []


# The list, restarts and clocks.


def test_a_task_off_the_list_is_forgotten() -> None:
    scene = Scene()
    scene.answer(2, GONE)
    scene.end(1)
    scene.said(scene.alarms.snooze([key(3)], scene.at + 60, scene.now, scene.at))
    scene.board.set_tasks([task(5)])
    scene.hear(Relisted(scene.at, (task(5),), ""))
    scene.wait(2 * REPEAT_SECONDS)
    assert scene.take() == []
    assert scene.alarms.view.attention == {}


def test_a_paused_task_alarms_nobody_until_somebody_resumes_it() -> None:
    scene = Scene()
    scene.end(1, 2)
    scene.said(scene.alarms.acknowledge([key(2)], "known", scene.at))
    assert len(scene.take()) == 2

    def list_with(*, paused: bool) -> None:
        tasks = tuple(task(number)._replace(paused=paused) for number in range(12))
        scene.board.set_tasks(tasks)
        scene.hear(Relisted(scene.at, tasks, ""))

    list_with(paused=True)
    scene.end(3)
    scene.hear(blinded(since=scene.now, at=scene.now))
    assert scene.take(2 * REPEAT_SECONDS) == [], "nobody looks at them, whoever asks sees the answer"
    assert scene.restarted().take(2 * REPEAT_SECONDS) == []
    list_with(paused=False)
    scene.answer(1, GONE)
    scene.answer(2, GONE)
    scene.answer(4, RUNNING)
    told = scene.take(GATHER_SECONDS)
    assert [alarm.kind for alarm in told] == [AlarmKind.BLIND, AlarmKind.ENDED]
    assert names(told[1]) == ["1"], "the other one was acknowledged"


def test_a_restart_forgets_nothing() -> None:
    scene = Scene()
    scene.end(1, 2, 3)
    first = {alarm.tasks[0].key: alarm.id for alarm in scene.take()}
    scene.said(scene.alarms.acknowledge([key(1)], "known", scene.at))
    scene.said(scene.alarms.snooze([key(2)], scene.at + 900, scene.now, scene.at))
    scene.said(scene.alarms.mute(scene.at + 300, scene.now, scene.at))
    scene.end(4)
    again = scene.restarted()
    assert again.alarms.view == scene.alarms.view
    again.wait(299)
    again.answer(3, GONE)
    assert again.take() == []
    again.wait(1)
    assert [names(alarm) for alarm in again.take()] == [["4"]]
    again.wait(REPEAT_SECONDS)
    told = again.take()
    assert [(alarm.id, names(alarm)) for alarm in told if alarm.repeat] == [
        (first[key(3)], ["3"]),
        (told[-1].id, ["4"]),
    ]
    assert [names(alarm) for alarm in told if not alarm.repeat] == [["2"]]


def test_an_end_that_nobody_was_told_of_before_the_restart_alarms_after_it() -> None:
    scene = Scene()
    scene.answer(2, GONE)
    scene.end(1)
    assert scene.take() == []
    again = scene.restarted()
    assert [names(alarm) for alarm in again.take(GATHER_SECONDS)] == [["1"]]


def test_a_task_that_is_not_known_yet_after_a_restart_stays_acknowledged() -> None:
    scene = Scene()
    scene.end(1)
    scene.said(scene.alarms.acknowledge([key(1)], "", scene.at))
    again = scene.restarted()
    again.board.remove(key(1))
    again.board.add(task(1))
    again.answer(1, TIMED_OUT)
    assert key(1) in again.alarms.view.attention


def test_what_those_who_watch_another_list_were_told_is_not_told_again() -> None:
    scene = Scene()
    scene.end(1, 2)
    scene.said(scene.alarms.acknowledge([key(1)], "known", scene.at))
    memory = scene.alarms.memory()
    other = scene.restarted()
    other.alarms = Alarms(other.board, resolves=True)
    other.alarms.learn(memory, other.now)
    other.answer(1, GONE)
    other.answer(2, GONE)
    assert other.take(2 * REPEAT_SECONDS) == []
    assert other.alarms.view.attention[key(1)].reason == "known"
    other.recover(1, 2)
    assert other.take_resolved() == [], "they tell the end of their alarm themselves"


def test_what_was_told_long_ago_is_told_again_when_it_comes_again() -> None:
    scene = Scene()
    scene.end(1)
    memory = scene.alarms.memory()
    scene.wait(60)
    scene.recover(1)
    scene.end(1)
    scene.take()
    scene.alarms = Alarms(scene.board)
    scene.alarms.learn(memory, scene.now)
    scene.answer(1, GONE)
    assert [names(alarm) for alarm in scene.take(GATHER_SECONDS)] == [["1"]]


def test_what_is_kept_is_told_only_when_it_has_changed() -> None:
    scene = Scene()
    assert scene.alarms.remember() is None
    scene.end(1)
    assert scene.alarms.remember() is not None
    scene.answer(1, GONE)
    scene.wait(1)
    assert scene.alarms.remember() is None


def test_a_clock_that_jumps_back_does_not_end_the_repeats() -> None:
    scene = Scene()
    scene.end(1)
    scene.take()
    jumped = START_AT - 7 * 86_400.0
    assert [type(event) for event in scene.alarms.tick(scene.now + 1, jumped)] == [Alarm]
    assert scene.alarms.tick(scene.now + 2, jumped + 1) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_whatever_happens_every_end_is_told_within_the_bound_and_nothing_else_is(seed: int) -> None:
    """Ends, returns and strays at random: each end belongs to an alarm within 10 s, and no alarm names another task."""
    random = Random(seed)
    scene = Scene(repeat_seconds=None, thresholds=Thresholds(flap_flips=1000))
    waiting: dict[TaskKey, float] = {}
    gone: set[TaskKey] = set()
    for _ in range(200):
        chosen = random.choice(list(scene.board.tasks))
        if chosen in gone:
            if random.random() < 0.3:
                scene.answer(chosen, RUNNING, RUNNING)
                gone.remove(chosen)
                waiting.pop(chosen, None)
        elif random.random() < 0.4:
            scene.answer(chosen, GONE, GONE, GONE)
            gone.add(chosen)
            waiting[chosen] = scene.now
        else:
            scene.answer(chosen, GONE, RUNNING)
        scene.wait(random.choice([0.0, 0.5, 3.0]))
        for alarm in scene.take():
            assert {watched.key for watched in alarm.tasks} <= gone
        memory = scene.alarms.remember()
        told = {about for about, wrong in memory.wrong.items() if wrong.alarm} if memory else set()
        waiting = {about: since for about, since in waiting.items() if about not in told}
        assert all(scene.now - since <= STORM_SECONDS for since in waiting.values())
        assert scene.alarms.memory().wrong.keys() == gone


# What an alarm's end tells.


def test_who_wants_to_hear_of_it_is_told_once_when_all_that_an_alarm_was_about_is_over() -> None:
    scene = Scene(resolves=True)
    scene.end_together(*range(5))
    (alarm,) = scene.take()
    scene.recover(0, 1, 2, 3)
    assert scene.take_resolved() == []
    scene.recover(4)
    (resolved,) = scene.take_resolved()
    assert (resolved.alarm, resolved.event_id) == (alarm.id, f"{alarm.id}.resolved")
    assert {each.key for each in resolved.tasks} == {key(number) for number in range(5)}
    assert resolved.text == "resolved: 5 tasks: 5 running"
    assert scene.take_resolved(2 * REPEAT_SECONDS) == []


def test_nobody_is_told_of_an_end_who_does_not_want_to_hear_of_it_or_never_heard_of_the_alarm() -> None:
    scene = Scene()
    scene.end(1)
    scene.recover(1)
    assert scene.take_resolved() == []
    scene = Scene(resolves=True)
    scene.said(scene.alarms.mute(scene.at + 60, scene.now, scene.at))
    scene.end(1)
    scene.recover(1)
    assert scene.take_resolved(100) == []


def test_an_alarm_is_over_too_when_its_task_is_off_the_list_or_told_by_another() -> None:
    scene = Scene(resolves=True)
    scene.end(1)
    scene.end(2)
    one, two = scene.take(STORM_SECONDS)
    scene.said(scene.alarms.snooze([key(2)], scene.at + 60, scene.now, scene.at))
    scene.relist(*(task(number) for number in range(2, 12)))
    (gone,) = scene.take_resolved(30)
    assert (gone.alarm, gone.text) == (one.id, "resolved: 1 is no longer watched")
    scene.wait(60)
    (again,) = [event for event in scene.told if isinstance(event, Alarm)]
    (replaced,) = [event for event in scene.told if isinstance(event, Resolved)]
    assert (replaced.alarm, replaced.text) == (two.id, "resolved: 2 is in another alarm now")
    assert again.id != two.id


def test_a_task_that_ends_again_at_once_keeps_the_storm_that_it_joins_open() -> None:
    scene = Scene(resolves=True)
    scene.end_together(*range(5))
    (alarm,) = scene.take()
    scene.recover(*range(5))
    scene.wait(5)
    scene.end(7)
    assert scene.take() == [], "it has joined the storm"
    assert scene.take_resolved() == []
    scene.recover(7)
    assert [resolved.alarm for resolved in scene.take_resolved()] == [alarm.id]


def test_what_is_over_while_nobody_runs_is_told_by_the_next() -> None:
    scene = Scene(resolves=True)
    scene.end(1)
    scene.end(2)
    scene.hear(blinded(scene.now, scene.at))
    one, two, blind = scene.take(BLIND_SECONDS + 1)
    scene.recover(1)
    again = scene.restarted()
    assert [resolved.alarm for resolved in again.take_resolved()] == [one.id]
    again.recover(2)
    assert {resolved.alarm for resolved in again.take_resolved()} == {two.id, blind.id}


def test_a_lane_that_is_still_blind_after_a_restart_is_the_same_alarm_and_stays_acknowledged() -> None:
    scene = Scene(resolves=True)
    scene.hear(blinded(scene.now, scene.at))
    (alarm,) = scene.take(BLIND_SECONDS + 1)
    loud = scene.restarted()
    loud.hear(blinded(loud.now, loud.at))
    assert loud.take_resolved(BLIND_SECONDS + 1) == []
    (repeated,) = loud.take(REPEAT_SECONDS)
    assert (repeated.id, repeated.repeat) == (alarm.id, 1)

    scene.said(scene.alarms.acknowledge([LANE], "the line is down", scene.at))
    quiet = scene.restarted()
    quiet.hear(blinded(quiet.now, quiet.at))
    assert quiet.alarms.view.attention[LANE].reason == "the line is down"
    assert quiet.take(2 * REPEAT_SECONDS) == []


# What is said and told elsewhere.


def test_what_is_said_on_another_board_holds_here_for_what_is_wrong_and_for_what_is_not_seen_yet() -> None:
    scene = Scene()
    scene.end(1)
    scene.take()
    word = Acknowledged(scene.at, (key(1), key(2)), "restarting")
    assert scene.alarms.overhear(word, scene.now, scene.at)
    scene.answer(2, GONE, GONE, GONE)
    assert {about: said.reason for about, said in scene.alarms.view.attention.items()} == {
        key(1): "restarting",
        key(2): "restarting",
    }
    assert scene.take(2 * REPEAT_SECONDS) == []
    scene.recover(1, 2)
    scene.end(2)
    assert len(scene.take()) == 1, "the next end is another one"


def test_what_was_said_elsewhere_of_an_end_that_is_over_quietens_no_later_one() -> None:
    for seconds, outcome in [(5.0, RUNNING), (2000.0, GONE)]:
        scene = Scene()
        scene.alarms.overhear(Acknowledged(scene.at, (key(1),), ""), scene.now, scene.at)
        scene.wait(seconds)
        scene.answer(1, outcome)
        scene.end(1)
        assert len(scene.take()) == 1


def test_snoozes_and_mutes_of_another_board_hold_here_and_end_as_there() -> None:
    scene = Scene()
    until = scene.at + 900
    assert scene.alarms.overhear(Snoozed(scene.at, (key(3),), until), scene.now, scene.at)
    assert scene.alarms.overhear(Snoozed(scene.at, (key(4),), None), scene.now, scene.at)
    assert scene.alarms.overhear(Muted(scene.at, until), scene.now, scene.at)
    assert not scene.alarms.overhear(Muted(scene.at, until + 60, "another list"), scene.now, scene.at)
    scene.end(3, 4, 5)
    assert scene.take(60) == []
    assert scene.alarms.view.muted_until == until
    assert scene.alarms.overhear(Muted(scene.at, None), scene.now, scene.at)
    assert [names(alarm) for alarm in scene.take(60)] == [["5"]]
    assert not scene.alarms.overhear(Muted(scene.at - 100, until), scene.now, scene.at), "older than what was said here"
    assert [names(alarm) for alarm in scene.take(900 - 120)] == [["5"], ["3"]]


def test_whose_turn_it_becomes_goes_on_with_the_alarms_of_the_one_before() -> None:
    first, second = Scene(resolves=True), Scene(resolves=True)
    second.wait(0.25)
    for scene in (first, second):
        scene.end(1)
        scene.end(2)
    (one, two), mine = first.take(STORM_SECONDS), second.take(STORM_SECONDS)
    first.end(3, 4)
    three, four = first.take()
    second.answer(4, RUNNING)
    first.said(first.alarms.acknowledge([key(2)], "known", first.at))
    second.alarms.take_turn(first.alarms.memory(), second.now)
    assert {one.id, two.id}.isdisjoint(alarm.id for alarm in mine)
    assert [resolved.alarm for resolved in second.take_resolved()] == [four.id], "it runs, as is seen here"
    second.end(3)
    assert second.take() == [], "it was told before"
    assert second.alarms.view.attention.keys() == {key(2)}
    second.recover(1, 2, 3)
    assert {resolved.alarm for resolved in second.take_resolved()} == {one.id, two.id, three.id}


def test_what_the_one_before_has_not_told_is_told_by_whose_turn_it_becomes() -> None:
    first, second = Scene(), Scene()
    second.end(1)
    second.hear(blinded(second.now, second.at))
    mine = second.take(BLIND_SECONDS + 1)
    assert len(mine) == 2
    first.end(1)
    assert len(first.take()) == 1
    for memory, again in [
        (first.alarms.memory(), [AlarmKind.BLIND]),
        (AlarmMemory(), [AlarmKind.BLIND, AlarmKind.ENDED]),
    ]:
        second.alarms.take_turn(memory, second.now)
        assert sorted(alarm.kind for alarm in second.take(GATHER_SECONDS)) == again


def test_what_is_remembered_late_is_taken_over_all_the_same() -> None:
    scene = Scene()
    scene.end(1)
    scene.said(scene.alarms.acknowledge([key(1)], "restarting", scene.at))
    memory = scene.alarms.memory()
    late = scene.restarted(recalls=False)
    late.end(1)
    late.board.recall({update.task.key: update.state for update in scene.board}, late.at, late.now)
    late.alarms.restore(memory, late.now)
    assert late.alarms.view.attention[key(1)].reason == "restarting"
    late.end(1)
    assert late.take(2 * REPEAT_SECONDS) == []


# Off the list and back.


def test_whoever_undoes_a_removal_takes_back_no_more_than_that() -> None:
    scene = Scene(resolves=True)
    tasks = list(scene.board.tasks.values())
    scene.end(1, 2)
    scene.said(scene.alarms.acknowledge([key(1)], "known", scene.at))
    scene.said(scene.alarms.snooze([key(2)], scene.at + 900, scene.now, scene.at))
    scene.take()
    beliefs = {about: scene.board.state(about) for about in (key(1), key(2))}
    scene.relist(*tasks[3:])
    assert scene.alarms.view.attention == {}
    scene.relist(*tasks)
    scene.board.recall(beliefs, scene.at, scene.now)
    scene.answer(1, GONE)
    scene.answer(2, GONE)
    assert {about: said.reason for about, said in scene.alarms.view.attention.items()} == {key(1): "known", key(2): ""}
    scene.wait(STORM_SECONDS + 1)
    assert [resolved.text for resolved in scene.told if isinstance(resolved, Resolved)] == [
        "resolved: 2 is in another alarm now"
    ]
    assert scene.take(800) == []
    assert [names(alarm) for alarm in scene.take(200)] == [["2"]]
    scene.relist(*tasks)
    assert key(2) not in scene.alarms.view.attention, "what is over comes back with no later edit"
    scene.recover(1)
    scene.end(1)
    assert len(scene.take()) == 1
