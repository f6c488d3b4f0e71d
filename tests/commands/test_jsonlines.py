from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.commands import jsonlines
from relaytui.core.answer import answer_fields
from relaytui.core.events import (
    Acknowledged,
    Alarm,
    AlarmKind,
    Blinded,
    Delivery,
    Event,
    FailureNoted,
    JournalHealth,
    Muted,
    Notice,
    NoticeKind,
    NotWatching,
    Resolved,
    Sighted,
    Snoozed,
)
from relaytui.core.fields import MOST_TASKS
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.task import LaneKey, State, Status, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState
from relaytui.core.transition import Transition
from relaytui.core.update import Update
from tests.commands.schemas import validator

EVENTS, CHECK = validator("events"), validator("check")
KEY = TaskKey("default", "ap-singapore", 1400188366, "1234..")
TASK = WatchedTask(KEY, "cam 1")
LANE = LaneKey("default", "trtc.example")

FOREIGN = st.text(max_size=30)
TIMES = st.floats(0, 4e9)
STATES = st.sampled_from(State)
FAILURES = st.builds(Failure, st.sampled_from(FailureKind), FOREIGN, FOREIGN, FOREIGN)
TASK_EVENTS = st.one_of(
    st.builds(
        Transition,
        st.just(KEY),
        TIMES,
        STATES,
        STATES,
        request_id=FOREIGN,
        earlier_request_id=FOREIGN,
        ran_before=st.booleans(),
        while_blind=st.booleans(),
        while_away=st.booleans(),
        failure=st.none() | FAILURES,
    ),
    st.builds(FailureNoted, st.just(KEY), TIMES, FAILURES, st.integers(1, 9)),
    st.builds(Notice, TIMES, st.sampled_from(NoticeKind), FOREIGN, st.just(KEY)),
)
LANE_EVENTS = st.one_of(
    st.builds(Blinded, st.just(LANE), TIMES, FAILURES, TIMES, st.none() | TIMES),
    st.builds(Sighted, st.just(LANE), TIMES, FAILURES, TIMES, st.none() | TIMES, st.booleans()),
    st.builds(Notice, TIMES, st.sampled_from(NoticeKind), FOREIGN, st.none(), st.none() | st.just(LANE)),
    st.builds(NotWatching, TIMES, TIMES, FOREIGN),
    st.builds(JournalHealth, TIMES, st.none() | TIMES, FOREIGN, st.integers(0, 9)),
)
SUBJECTS = st.sampled_from([(KEY,), (LANE,), (KEY, LANE)])
ALARM_EVENTS = st.one_of(
    st.builds(
        Alarm,
        st.just("1-1"),
        TIMES,
        st.sampled_from(AlarmKind),
        st.just("1234.. ended"),
        TIMES,
        st.sampled_from([(), (TASK,), (TASK,) * (MOST_TASKS + 1)]),
        st.none() | st.just(LANE),
        st.sampled_from(["", "group cup"]),
        st.integers(0, 9),
    ),
    st.builds(Acknowledged, TIMES, SUBJECTS, FOREIGN),
    st.builds(Snoozed, TIMES, SUBJECTS, st.none() | TIMES),
    st.builds(Muted, TIMES, st.none() | TIMES),
    st.builds(Delivery, TIMES, st.just("1-1.0"), st.just("webhook"), st.integers(0, 3), FOREIGN, st.booleans()),
    st.builds(NotWatching, TIMES, TIMES, st.just("the program did not run")),
)


@given(st.lists(TASK_EVENTS, min_size=1, max_size=4), STATES)
def test_every_event_of_a_task_fits_the_schema_and_one_line(events: list[Event], state: State) -> None:
    update = Update(TASK, TaskState(state), tuple(events))
    lines = list(jsonlines.update_lines(update, as_json=True))
    assert len(lines) == len(events)
    for line in lines:
        EVENTS.validate(json.loads(line))
        assert line.isascii()
    for line in jsonlines.update_lines(update, as_json=False):
        assert line.splitlines() == [line]
        assert "\x1b" not in line
        assert "cam 1 (1234..)" in line


@given(LANE_EVENTS | ALARM_EVENTS)
def test_every_event_of_a_lane_or_an_alarm_fits_the_schema_and_one_line(event: Event) -> None:
    EVENTS.validate(json.loads(jsonlines.event_line(event, None, None, as_json=True)))
    line = jsonlines.event_line(event, None, None, as_json=False)
    assert line.splitlines() == [line]


@given(st.builds(Status.spelt, FOREIGN) | FAILURES, FOREIGN, TIMES)
def test_every_answer_fits_the_schema_and_one_line(outcome: Status | Failure, request_id: str, at: float) -> None:
    observation = Observation(KEY, outcome, at, 0.0, 0.02, request_id)
    fields = answer_fields(TASK, observation)
    CHECK.validate(json.loads(jsonlines.dump(fields)))
    assert fields["status"] == (outcome.text if isinstance(outcome, Status) else None)
    line = jsonlines.answer_text(TASK, observation)
    assert line.splitlines() == [line]


def test_the_words_of_a_transition() -> None:
    event = Transition(KEY, 1_767_323_045.678, State.RUNNING, State.ENDED, "later", "earlier")
    update = Update(TASK, TaskState(State.ENDED), (event,))
    (line,) = jsonlines.update_lines(update, as_json=True)
    assert json.loads(line) == {
        "schema": 1,
        "event": "transition",
        "at": "2026-01-02T03:04:05.678Z",
        "task": {
            "profile": "default",
            "region": "ap-singapore",
            "sdk_app_id": 1400188366,
            "task_id": "1234..",
            "label": "cam 1",
        },
        "from": "running",
        "to": "ended",
        "request_id": "later",
        "earlier_request_id": "earlier",
        "severity": "alarm",
        "while_blind": False,
        "while_away": False,
        "failure": None,
    }
    (text,) = jsonlines.update_lines(update, as_json=False)
    assert text == "2026-01-02T03:04:05Z  ✖ ended          cam 1 (1234..)  was running  RequestId later"


def test_a_failure_before_the_rejection_it_leads_to_still_has_the_state_before() -> None:
    failure = Failure(FailureKind.REQUEST, "InvalidParameter", request_id="r")
    events = (FailureNoted(KEY, 1.0, failure, 1), Transition(KEY, 1.0, State.PENDING, State.REJECTED, failure=failure))
    lines = jsonlines.update_lines(Update(TASK, TaskState(State.REJECTED), events), as_json=True)
    assert [(line["from"], line["to"]) for line in map(json.loads, lines)] == [
        ("pending", "pending"),
        ("pending", "rejected"),
    ]


def test_blindness_names_its_cause_and_the_last_good_answer() -> None:
    cause = Failure(FailureKind.NETWORK, "dns", "no such host")
    blind = json.loads(jsonlines.event_line(Blinded(LANE, 20.0, cause, 10.0, 5.0), None, None, as_json=True))
    assert blind["event"] == "blind"
    assert blind["cause"]["code"] == "dns"
    assert (blind["since"], blind["last_good"]) == ("1970-01-01T00:00:10.000Z", "1970-01-01T00:00:05.000Z")
    sight = json.loads(jsonlines.event_line(Sighted(LANE, 30.0, cause, 10.0, None), None, None, as_json=True))
    assert (sight["event"], sight["last_good"], sight["given_up"]) == ("sight", None, False)


def test_a_lane_that_is_given_up_does_not_see() -> None:
    cause = Failure(FailureKind.NETWORK, "dns", "no such host")
    event = Sighted(LANE, 30.0, cause, 10.0, None, given_up=True)
    assert json.loads(jsonlines.event_line(event, None, None, as_json=True))["given_up"] is True
    assert "sees again" not in jsonlines.event_line(event, None, None, as_json=False)


def test_sight_tells_the_whole_gap_and_its_cause() -> None:
    cause = Failure(FailureKind.NETWORK, "dns", "no such host")
    line = jsonlines.event_line(Sighted(LANE, 262.0, cause, 10.0, None), None, None, as_json=False)
    assert "blind 1970-01-01T00:00:10Z to 1970-01-01T00:04:22Z, 252 s  dns (no such host): " in line


def test_an_alarm_names_a_hundred_tasks_and_counts_all() -> None:
    alarm = Alarm("7-1", 20.0, AlarmKind.STORM, "250 tasks ended", 10.0, (TASK,) * 250, factor="group cup", repeat=2)
    fields = json.loads(jsonlines.event_line(alarm, None, None, as_json=True))
    assert (fields["id"], fields["alarm"], fields["count"], len(fields["tasks"])) == ("7-1.2", "7-1", 250, 100)
    assert fields["tasks"][0]["label"] == "cam 1"
    assert (
        jsonlines.event_line(alarm, None, None, as_json=False)
        == "1970-01-01T00:00:20Z  ALARM            250 tasks ended"
    )


def test_the_end_of_an_alarm_names_the_alarm() -> None:
    resolved = Resolved(30.0, "7-1", "resolved: cam 1 is running", (TASK,), LANE)
    fields = json.loads(jsonlines.event_line(resolved, None, None, as_json=True))
    EVENTS.validate(fields)
    assert (fields["id"], fields["alarm"], fields["count"]) == ("7-1.resolved", "7-1", 1)
    text = jsonlines.event_line(resolved, None, None, as_json=False)
    assert text == "1970-01-01T00:00:30Z  resolved         cam 1 is running"


def test_still_watching_counts_states_requests_and_sweep() -> None:
    counts = Counter({State.RUNNING: 2, State.ENDED: 1})
    lanes = {LANE: LaneView(LANE, 3, 9.44, 10.0, 10.0, 15.0, 16.0, cause=Failure(FailureKind.TIMEOUT, "timeout"))}
    fields = json.loads(jsonlines.watching_line(0.0, counts, lanes, as_json=True, first=False, paused=2))
    EVENTS.validate(fields)
    assert (fields["tasks"], fields["paused"]) == (5, 2)
    assert fields["states"]["running"] == 2
    assert fields["requests_per_second"] == 9.44
    assert fields["blind_lanes"] == [{"profile": "default", "host": "trtc.example"}]
    text = jsonlines.watching_line(0.0, counts, lanes, as_json=False, first=False)
    assert text == (
        "1970-01-01T00:00:00Z  still watching 3 tasks  2 running, 1 ended  9.4 requests/s  sweep 16 s"
        "  BLIND default@trtc.example"
    )


def test_paused_tasks_are_counted_apart() -> None:
    text = jsonlines.watching_line(0.0, {State.RUNNING: 1}, {}, as_json=False, first=True, paused=2)
    assert text == "1970-01-01T00:00:00Z  watching 3 tasks  1 running  2 paused"


@pytest.mark.parametrize("as_json", [True, False])
def test_lost_lines_are_counted(as_json: bool) -> None:
    line = jsonlines.lost_line(0.0, 7, as_json=as_json)
    assert "7 lines" in line
    if as_json:
        EVENTS.validate(json.loads(line))
