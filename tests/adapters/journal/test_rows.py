from __future__ import annotations

import uuid
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.adapters.journal.rows import (
    KINDS,
    EventRow,
    answer_of,
    belief_of,
    belief_text,
    event_of,
    event_row,
    outcome_of,
    pack,
    unpack,
)
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
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import State, Status, WatchedTask
from relaytui.core.transition import Transition
from relaytui.core.update import Relisted
from tests.core.answers import GONE, LANE, QUERY_FAILED, RUNNING, Believer, key

IDS = st.uuids().map(str) | st.text("abc-0", max_size=40)
TEXTS = st.text(st.characters(exclude_categories=["C"]), max_size=20)
TIMES = st.integers(0, 4 * 10**12).map(lambda number: number / 1000)
FAILURES = st.builds(Failure, st.sampled_from(FailureKind), TEXTS, TEXTS, IDS)
CAUSES = st.builds(Failure, st.sampled_from(FailureKind), TEXTS, TEXTS, IDS)
TASKS = st.builds(WatchedTask, st.builds(key, TEXTS), TEXTS, expected_end=st.none() | TIMES, tolerance=TIMES)
SUBJECTS = st.lists(st.builds(key, TEXTS) | st.just(LANE), max_size=3).map(tuple)
EVENTS: dict[type[Event], st.SearchStrategy[Event]] = {
    Transition: st.builds(
        Transition, st.just(key()), TIMES, st.sampled_from(State), st.sampled_from(State), IDS, IDS, st.booleans()
    ),
    FailureNoted: st.builds(FailureNoted, st.just(key()), TIMES, FAILURES, st.integers(1, 99)),
    Blinded: st.builds(Blinded, st.just(LANE), TIMES, CAUSES, TIMES, st.none() | TIMES),
    Sighted: st.builds(Sighted, st.just(LANE), TIMES, CAUSES, TIMES, st.none() | TIMES),
    Notice: st.builds(
        Notice, TIMES, st.sampled_from(NoticeKind), TEXTS, st.none() | st.just(key()), st.none() | st.just(LANE)
    ),
    NotWatching: st.builds(NotWatching, TIMES, TIMES, TEXTS),
    JournalHealth: st.builds(JournalHealth, TIMES, st.none() | TIMES, TEXTS, st.integers(0, 9)),
    Relisted: st.builds(Relisted, TIMES, st.just(()), TEXTS, st.booleans()),
    Alarm: st.builds(
        Alarm, IDS, TIMES, st.sampled_from(AlarmKind), TEXTS, TIMES, st.lists(TASKS, max_size=2).map(tuple)
    ),
    Resolved: st.builds(Resolved, TIMES, IDS, TEXTS, st.lists(TASKS, max_size=2).map(tuple), st.none() | st.just(LANE)),
    Acknowledged: st.builds(Acknowledged, TIMES, SUBJECTS, TEXTS),
    Snoozed: st.builds(Snoozed, TIMES, SUBJECTS, st.none() | TIMES),
    Muted: st.builds(Muted, TIMES, st.none() | TIMES, TEXTS),
    Delivery: st.builds(Delivery, TIMES, IDS, TEXTS, st.integers(1, 3), TEXTS, st.booleans()),
}


@pytest.mark.parametrize("kind", get_args(Event))
def test_every_event_comes_back_as_it_was(kind: type[Event]) -> None:
    @given(EVENTS[kind])
    def comes_back(event: Event) -> None:
        assert KINDS[kind.__name__] is kind
        assert event_of(event_row(event)) == event

    comes_back()


def test_a_rejection_keeps_its_failure_and_request_id() -> None:
    believer = Believer()
    refusal = Failure(FailureKind.REQUEST, "InvalidParameter.TaskId", "no such", "q30")
    (change,) = believer.transitions(refusal, refusal)
    assert event_of(event_row(change)) == change


def test_the_tasks_of_an_edited_list_are_not_kept() -> None:
    row = event_row(Relisted(1.0, (WatchedTask(key()),) * 1000, "list: 1000 added"))
    assert len(row.body) < 60
    assert event_of(row) == Relisted(1.0, (), "list: 1000 added")


def test_a_change_takes_few_bytes() -> None:
    ids = str(uuid.uuid4()), str(uuid.uuid4())
    row = event_row(Transition(key(), 1.0, State.RUNNING, State.ENDED, *ids, ran_before=True))
    assert len(row.body) < 64
    assert [len(packed) for packed in (row.request, row.earlier) if packed] == [16, 16]


@pytest.mark.parametrize(
    "row",
    [
        EventRow(1, "LaterKind", None, None, None, None, "{}"),
        EventRow(1, "Muted", None, None, None, None, '{"until":"never"}'),
    ],
)
def test_what_a_later_version_wrote_is_passed_over(row: EventRow) -> None:
    assert event_of(row) is None


@given(IDS | st.uuids().map(lambda number: str(number).upper()) | st.just("0" * 32))
def test_request_ids_survive_byte_for_byte(request_id: str) -> None:
    assert unpack(pack(request_id)) == request_id


def test_a_belief_comes_back_with_its_changes() -> None:
    believer = Believer(expected_end=1e6)
    believer.hear(RUNNING, RUNNING, GONE, GONE, GONE, QUERY_FAILED, Status.spelt("Idle"), RUNNING, GONE)
    text = belief_text(believer.state)
    assert len(believer.state.changes) > 2
    assert belief_of(text, believer.task.key) == believer.state
    assert believer.task.key.region not in text


def test_a_belief_that_is_not_understood_is_none() -> None:
    assert belief_of('{"state":"levitating"}', key()) is None
    assert belief_of("{", key()) is None


@given(st.builds(Status.spelt, TEXTS) | st.builds(Failure, st.sampled_from(FailureKind), TEXTS, TEXTS))
def test_answers_come_back(outcome: Status | Failure) -> None:
    assert answer_of(outcome_of(outcome)) == outcome


def test_half_a_character_in_foreign_text_does_not_stop_the_journal() -> None:
    row = event_row(Notice(1.0, NoticeKind.FAULT, "odd \ud800 text"))
    row.body.encode()
    assert event_of(row) == Notice(1.0, NoticeKind.FAULT, "odd ? text")
    outcome_of(Failure(FailureKind.SERVER, "\udfff", "\ud800"))[1].encode()
