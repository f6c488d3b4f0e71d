from __future__ import annotations

import pytest

from relaytui.adapters.journal import pending
from relaytui.adapters.journal.pending import Pending
from relaytui.core.events import FailureNoted, Muted
from relaytui.core.task import State
from relaytui.core.transition import Transition
from relaytui.core.update import Relisted
from tests.adapters.journal.recorded import Answers
from tests.core.answers import GONE, QUERY_FAILED, RUNNING, key
from tests.fakes import FakeClock


def told(*outcomes: object, tasks: int = 1) -> tuple[Pending, Answers]:
    taken, answers = Pending(), Answers(FakeClock(), tasks)
    for update in answers.updates(*outcomes):  # type: ignore[arg-type] # the tests' own outcomes
        taken.record(update)
    return taken, answers


def test_equal_answers_are_one_entry_and_different_ones_begin_another() -> None:
    taken, answers = told(RUNNING, RUNNING, RUNNING, QUERY_FAILED, GONE, GONE)
    batch = taken.take()
    assert batch is not None
    assert [(run.outcome, run.count) for _, run in batch.over] == [(RUNNING, 3), (QUERY_FAILED, 1)]
    latest = batch.latest[key(0)]
    assert (latest.run.outcome, latest.run.count, latest.label) == (GONE, 2, "cam 0")
    assert latest.state == answers.board.state(key(0))
    assert [(type(event), state) for event, state in batch.events] == [
        (Transition, None),
        (FailureNoted, State.RUNNING),
    ]
    assert batch.number == 6


def test_what_was_taken_is_not_taken_again_and_its_runs_go_on() -> None:
    taken, answers = told(RUNNING)
    taken.take()
    assert taken.take() is None
    for update in answers.updates(RUNNING):
        taken.record(update)
    batch = taken.take()
    assert batch is not None
    assert batch.latest[key(0)].run.count == 2
    assert not batch.events


def test_an_update_without_an_answer_of_its_own_counts_none() -> None:
    taken, answers = told(RUNNING)
    (update,) = answers.updates(RUNNING)
    taken.record(update)
    taken.record(update._replace(events=()))
    batch = taken.take()
    assert batch is not None
    assert batch.latest[key(0)].run.count == 2


def test_a_disk_that_takes_nothing_costs_the_oldest_and_they_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "MOST", 10)
    taken, answers = told()
    for number in range(100):
        for update in answers.updates(RUNNING, QUERY_FAILED):
            taken.record(update)
        taken.record(Muted(float(number), None))
    batch = taken.take()
    assert batch is not None
    assert (len(batch.over), len(batch.events)) == (10, 10)
    assert batch.events[-1][0] == Muted(99.0, None)
    assert batch.latest[key(0)].run.outcome == QUERY_FAILED
    # 199 runs are over; 100 mutes, 100 failures and the first sight happened.
    assert taken.take_lost() == (199 - 10) + (201 - 10)
    assert taken.take_lost() == 0


def test_a_heartbeat_is_written_once_a_second_where_nothing_else_is() -> None:
    taken = Pending()
    taken.beat(100.0)
    assert taken.take() is not None
    taken.beat(100.5)
    assert taken.take() is None
    taken.beat(101.0)
    batch = taken.take()
    assert batch is not None
    assert batch.beat == 101.0
    taken.beat(50.0)
    assert taken.take() is not None, "the clock was set back"


def test_a_new_file_is_told_all_that_still_holds() -> None:
    taken, answers = told(RUNNING, tasks=2)
    for update in answers.updates(GONE, task=1):
        taken.record(update)
    taken.keep("a", "1")
    taken.keep("b", "2")
    taken.keep("b", None)
    taken.take()
    taken.begin_anew()
    batch = taken.take()
    assert batch is not None
    assert set(batch.latest) == set(answers.keys)
    assert batch.kept == {"a": "1"}


def test_a_task_that_is_no_longer_listed_is_forgotten_once_it_is_written() -> None:
    taken, _ = told(RUNNING)
    edited = Relisted(1.0, (), "list: 1 removed")
    taken.record(edited)
    batch = taken.take()
    assert batch is not None
    assert set(batch.latest) == {key(0)}
    taken.record(edited)
    taken.begin_anew()
    batch = taken.take()
    assert batch is not None
    assert not batch.latest
