from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.events import Blinded, Sighted
from relaytui.core.observation import Failure
from relaytui.core.sight import LONGEST_BACKOFF, LONGEST_PATIENCE, PATIENCE, Asked, Extent, Sight
from relaytui.core.task import Status
from tests.core.answers import (
    BAD_TASK_ID,
    DENIED,
    LANE,
    QUERY_FAILED,
    REFUSED,
    RUNNING,
    START_AT,
    THROTTLED,
    TIMED_OUT,
    key,
    observation,
)


class Watcher:
    """A Sight with a lane of `tasks` tasks of `regions` regions and `apps` SdkAppIds, told answers at given moments."""

    def __init__(self, tasks: int = 10, regions: int = 1, apps: int = 2) -> None:
        self.sight = Sight(LANE)
        self.tasks = tasks
        self.regions = regions
        self.apps = apps

    def hear(
        self,
        moment: float,
        outcome: Status | Failure,
        name: str = "a",
        *,
        latency: float = 0.05,
        sent: float | None = None,
        jitter: float = 0.0,
        app: int = key().sdk_app_id,
        region: str = key().region,
    ) -> Blinded | Sighted | None:
        answer = observation(outcome, moment, name, latency=latency)
        self.answer = replace(answer, key=answer.key._replace(sdk_app_id=app, region=region))
        sent = moment - latency if sent is None else sent
        extent = Extent(self.tasks, self.regions, self.apps)
        return self.sight.answered(self.answer, sent=sent, lane=lambda: extent, now=moment, jitter=jitter)

    def is_undecided(self) -> bool:
        """Whether nobody knows yet about whom the last answer was."""
        return self.sight.is_undecided(self.answer)

    def blind_at(self, *asked: tuple[str, float]) -> float | None:
        return self.sight.blind_at([Asked(key(name), sent) for name, sent in asked], self.tasks)

    def doubt_at(self, *asked: tuple[str, float]) -> float | None:
        return self.sight.doubt_at([Asked(key(name), sent) for name, sent in asked])


def blinded(tasks: int = 10) -> Watcher:
    """A watcher that saw at 5 and went blind at 101."""
    watcher = Watcher(tasks)
    watcher.hear(5.0, RUNNING)
    for moment, name in ((100.0, "a"), (100.5, "b"), (101.0, "c")):
        watcher.hear(moment, REFUSED, name)
    assert watcher.sight.is_blind
    return watcher


# Failing fast.


def test_three_failures_of_two_tasks_over_a_second_are_blindness() -> None:
    watcher = Watcher()
    watcher.hear(5.0, RUNNING)
    assert watcher.hear(100.0, REFUSED, "a") is None
    assert watcher.hear(100.5, REFUSED, "b") is None
    event = watcher.hear(101.0, TIMED_OUT, "a")
    assert event == Blinded(LANE, START_AT + 101.0, TIMED_OUT, START_AT + 100.0, START_AT + 5.0)
    assert watcher.sight.since == 100.0


def test_a_few_faults_in_a_busy_second_are_not() -> None:
    watcher = Watcher()
    for step in range(9):
        assert watcher.hear(100 + step / 10, REFUSED, f"{step}") is None


def test_one_task_never_blinds_a_lane_of_several() -> None:
    watcher = Watcher(tasks=2)
    assert [watcher.hear(100.0 + step, QUERY_FAILED, "a") for step in range(50)] == [None] * 50


def test_one_task_is_the_whole_of_a_lane_of_one() -> None:
    watcher = Watcher(tasks=1)
    watcher.hear(100.0, QUERY_FAILED)
    watcher.hear(100.5, QUERY_FAILED)
    assert isinstance(watcher.hear(101.0, QUERY_FAILED), Blinded)


@pytest.mark.parametrize("good", [RUNNING, BAD_TASK_ID], ids=["status", "refusal of one task"])
def test_any_usable_answer_begins_anew(good: Status | Failure) -> None:
    watcher = Watcher()
    for start in range(0, 100, 10):
        assert watcher.hear(start + 0.0, REFUSED, "a") is None
        assert watcher.hear(start + 2.0, REFUSED, "b") is None
        assert watcher.hear(start + 3.0, good, "c") is None
    rank = watcher.sight.doubtful(())
    assert rank(key("a")) == rank(key("never asked")), "nothing is known against it"


def test_throttling_takes_longer_because_the_pace_answers_it_first() -> None:
    watcher = Watcher()
    for step in range(6):
        assert watcher.hear(100 + step / 2, THROTTLED, f"{step}") is None
    event = watcher.hear(103.0, THROTTLED, "a")
    assert isinstance(event, Blinded)
    assert event.cause is THROTTLED


def test_one_region_never_blinds_a_lane_of_two() -> None:
    watcher = Watcher(regions=2)
    assert [watcher.hear(100.0 + step, QUERY_FAILED, f"{step}", region="r1") for step in range(50)] == [None] * 50
    assert isinstance(watcher.hear(150.0, QUERY_FAILED, "x", region="r2"), Blinded)


def test_in_doubt_whoever_lies_elsewhere_is_asked_and_where_all_fail_they_take_turns() -> None:
    watcher = Watcher(regions=2)
    failed, neighbour, elsewhere = (key(name)._replace(region=name[-1]) for name in ("a1", "b1", "c2"))
    watcher.hear(100.0, QUERY_FAILED, "a1", region="1")
    rank = watcher.sight.doubtful([])
    assert rank(elsewhere) < rank(neighbour) < rank(failed)
    watcher.hear(101.0, QUERY_FAILED, "d2", region="2")
    rank = watcher.sight.doubtful([])
    assert rank(neighbour) < rank(failed) < rank(elsewhere)
    rank = watcher.sight.doubtful([Asked(neighbour, 101.5)])
    assert rank(failed) < rank(neighbour)


# Denied.


def test_two_sdk_app_ids_that_are_denied_are_blindness() -> None:
    watcher = Watcher()
    for step in range(9):
        assert watcher.hear(100.0 + step, DENIED, f"{step}", app=1) is None
        assert watcher.is_undecided()
    event = watcher.hear(109.0, DENIED, "x", app=2)
    assert isinstance(event, Blinded)
    assert (event.cause, event.since) == (DENIED, START_AT + 100.0)
    assert watcher.is_undecided()


def test_one_sdk_app_id_that_is_denied_while_another_is_not_has_its_tasks_refused() -> None:
    watcher = Watcher()
    watcher.hear(100.0, DENIED, "a", app=1)
    watcher.hear(100.5, RUNNING, "x", app=2)
    watcher.hear(101.0, DENIED, "a", app=1)
    assert not watcher.is_undecided()
    assert watcher.sight.doubt_at(()) is None, "the lane sees"
    watcher.hear(102.0, RUNNING, "a", app=1)
    watcher.hear(103.0, DENIED, "a", app=1)
    assert watcher.is_undecided(), "it was allowed meanwhile"


def test_a_sdk_app_id_that_was_denied_before_is_no_witness() -> None:
    watcher = Watcher(apps=3)
    watcher.hear(100.0, DENIED, "a", app=1)
    watcher.hear(100.5, RUNNING, "x", app=2)
    watcher.hear(101.0, DENIED, "b", app=2)
    assert [watcher.hear(101.5 + step, DENIED, "a", app=1) for step in range(5)] == [None] * 5
    assert isinstance(watcher.hear(107.0, DENIED, "y", app=3), Blinded)


def test_what_was_asked_before_the_first_denial_tells_nothing_about_it() -> None:
    watcher = Watcher()
    watcher.hear(100.0, DENIED, "a", app=1)
    assert watcher.hear(100.1, RUNNING, "x", app=2, sent=99.9) is None
    assert watcher.hear(100.6, DENIED, "x", app=2) is None
    assert isinstance(watcher.hear(101.1, DENIED, "b", app=1), Blinded)


def test_another_key_may_be_denied_other_things() -> None:
    watcher = Watcher()
    watcher.hear(100.0, DENIED, "a", app=1)
    watcher.hear(100.5, RUNNING, "x", app=2)
    watcher.sight.open(101.0)
    watcher.hear(102.0, DENIED, "a", app=1)
    assert watcher.is_undecided()


# Silence.


def test_silence_of_two_tasks_is_blindness() -> None:
    watcher = Watcher()
    watcher.hear(5.0, RUNNING)
    assert watcher.blind_at(("a", 10.0)) is None, "one task may have trouble of its own"
    assert watcher.blind_at(("a", 10.0), ("a", 10.5)) is None
    assert watcher.blind_at(("a", 10.0), ("b", 10.5)) == 10.0 + PATIENCE
    assert watcher.blind_at(("a", 10.0), ("b", 11.7)) == 11.7 + PATIENCE / 2, "the other had no time to answer yet"
    asked = [Asked(key("a"), 10.0), Asked(key("b"), 10.5)]
    assert watcher.sight.silent(asked, 10, 11.7, START_AT + 11.7) is None
    event = watcher.sight.silent(asked, 10, 11.8, START_AT + 11.8)
    assert event is not None
    assert event.since == pytest.approx(START_AT + 10.0)
    assert event.last_good_at == START_AT + 5.0


def test_silence_is_counted_since_the_newest_answer() -> None:
    watcher = Watcher()
    watcher.hear(5.0, RUNNING)
    assert watcher.blind_at(("slow", 4.0)) is None
    # The answer of "slow" may never come; that hides nothing of what is asked afterwards.
    assert watcher.blind_at(("slow", 4.0), ("a", 10.0), ("b", 10.1)) == 10.0 + PATIENCE


def test_a_failing_task_is_a_witness_of_silence_too() -> None:
    watcher = Watcher()
    watcher.hear(10.0, REFUSED, "a")
    assert watcher.blind_at(("a", 10.1)) is None
    assert watcher.blind_at(("b", 10.1)) == 10.1 + PATIENCE


def test_slow_answers_are_waited_for() -> None:
    watcher = Watcher()
    watcher.hear(5.0, RUNNING, latency=2.0)
    assert watcher.blind_at(("a", 10.0), ("b", 10.0)) == 14.0
    watcher.hear(5.0, RUNNING, latency=4.9)
    assert watcher.blind_at(("a", 10.0), ("b", 10.0)) == 10.0 + LONGEST_PATIENCE
    for _ in range(30):
        watcher.hear(6.0, RUNNING, latency=0.05)
    assert watcher.blind_at(("a", 10.0), ("b", 10.0)) == 10.0 + PATIENCE, "that was long ago"


def test_a_lane_of_one_goes_blind_by_its_one_silence() -> None:
    assert Watcher(tasks=1).blind_at(("a", 10.0)) == 10.0 + PATIENCE
    assert Watcher(tasks=0).blind_at(("looked up", 10.0)) == 10.0 + PATIENCE


def test_doubt_comes_before_blindness() -> None:
    watcher = Watcher()
    assert watcher.doubt_at() is None
    doubt = watcher.doubt_at(("a", 10.0))
    assert doubt is not None
    # Whoever is asked then has half the patience left to answer in.
    assert doubt + PATIENCE / 2 < 10.0 + PATIENCE
    watcher.hear(20.0, REFUSED)
    assert watcher.doubt_at() == 20.5
    watcher.hear(20.6, RUNNING, "b")
    assert watcher.doubt_at() is None


# Blind.


def test_the_first_good_answer_ends_it() -> None:
    watcher = blinded()
    assert watcher.sight.gap_began is None
    event = watcher.hear(130.0, RUNNING)
    assert event == Sighted(LANE, START_AT + 130.0, REFUSED, START_AT + 100.0, START_AT + 5.0)
    assert not watcher.sight.is_blind
    assert watcher.sight.gap_began == 5.0
    assert watcher.sight.last_good_at == START_AT + 130


def test_a_lane_that_never_saw_has_a_gap_since_it_began() -> None:
    watcher = Watcher(tasks=1)
    for moment in (100.0, 100.5, 101.0):
        watcher.hear(moment, REFUSED)
    watcher.hear(120.0, RUNNING)
    assert watcher.sight.gap_began == 100.0


def test_the_newest_cause_is_shown() -> None:
    watcher = blinded()
    watcher.hear(110.0, QUERY_FAILED)
    assert watcher.sight.cause is QUERY_FAILED


@given(st.lists(st.floats(0, 1), min_size=8, max_size=20))
def test_probes_back_off_with_jitter_up_to_a_limit(jitters: list[float]) -> None:
    watcher = blinded()
    assert watcher.sight.next_probe == 102.0
    pauses = []
    for jitter in jitters:
        moment = watcher.sight.next_probe
        watcher.hear(moment + 0.01, REFUSED, sent=moment, jitter=jitter)
        pauses.append(watcher.sight.next_probe - moment - 0.01)
    for number, (pause, jitter) in enumerate(zip(pauses, jitters, strict=True), start=1):
        assert pause == pytest.approx(min(2.0**number, LONGEST_BACKOFF) * (0.5 + 0.5 * jitter))
        assert pause <= LONGEST_BACKOFF + 1e-9


def test_back_off_begins_anew_with_each_blindness() -> None:
    watcher = blinded()
    for moment in (103.0, 110.0, 120.0):
        watcher.hear(moment, REFUSED)
    watcher.hear(130.0, RUNNING)
    for moment, name in ((200.0, "a"), (200.5, "b"), (201.0, "c")):
        watcher.hear(moment, REFUSED, name)
    assert watcher.sight.next_probe == 202.0


def test_what_was_under_way_does_not_lengthen_the_back_off() -> None:
    watcher = blinded()
    for name in "defgh":
        watcher.hear(101.5, TIMED_OUT, name, sent=100.9)
    assert watcher.sight.next_probe == 102.0


def test_questions_side_by_side_are_one_probe() -> None:
    watcher = blinded()
    for name in "defgh":
        watcher.hear(102.3, REFUSED, name, sent=102.1, jitter=1.0)
    assert watcher.sight.next_probe == pytest.approx(104.3)


def test_a_probe_is_under_way_until_it_is_judged() -> None:
    watcher = blinded()
    old, probe = Asked(key("a"), 100.9), Asked(key("b"), 102.0)
    assert not watcher.sight.is_probing([old])
    assert watcher.sight.is_probing([old, probe])
    watcher.hear(102.5, REFUSED, "b", sent=102.0)
    assert not watcher.sight.is_probing([old])


def test_a_person_may_hasten_a_probe() -> None:
    watcher = blinded()
    watcher.sight.hasten(101.2)
    assert watcher.sight.next_probe == 101.2


def test_blindness_is_told_once() -> None:
    watcher = blinded()
    asked = [Asked(key("a"), 90.0), Asked(key("b"), 90.0)]
    assert watcher.sight.silent(asked, 10, 120.0, START_AT + 120) is None
    assert watcher.blind_at(("a", 90.0), ("b", 90.0)) is None
    assert watcher.doubt_at(("a", 90.0)) is None
    assert [watcher.hear(moment, REFUSED) for moment in (121.0, 122.0, 123.0)] == [None] * 3


outcomes = st.sampled_from([RUNNING, REFUSED, TIMED_OUT, QUERY_FAILED, BAD_TASK_ID, THROTTLED, DENIED])


@given(st.lists(st.tuples(st.floats(0, 3), outcomes, st.sampled_from("abc")), max_size=60))
def test_blind_and_sighted_take_turns(answers: list[tuple[float, Status | Failure, str]]) -> None:
    watcher, moment, changes = Watcher(tasks=3), 100.0, []
    for step, outcome, name in answers:
        moment += step
        change = watcher.hear(moment, outcome, name, app=ord(name) % 2)
        changes += [change] if change is not None else []
        assert watcher.sight.is_blind == bool(changes and isinstance(changes[-1], Blinded))
    for earlier, later in pairwise(changes):
        assert type(earlier) is not type(later)
        assert earlier.at <= later.at
