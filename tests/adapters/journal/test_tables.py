from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from relaytui.adapters.journal.file import open_file
from relaytui.adapters.journal.pending import Pending
from relaytui.adapters.journal.tables import Tables
from relaytui.core.events import Muted
from relaytui.core.observation import Failure
from relaytui.core.task import State, Status
from relaytui.core.transition import Transition
from tests.adapters.journal.recorded import REQUEST_ID, Answers, rows
from tests.core.answers import BAD_TASK_ID, GONE, QUERY_FAILED, RUNNING, key
from tests.fakes import FakeClock

RUNS = (
    "SELECT task_id, code, count, (last - first) / 1000, fastest, slowest, spent FROM"
    " run JOIN task ON task.id = task JOIN outcome ON outcome.id = outcome ORDER BY first"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_file(path)) as connection:
        yield connection


def write(tables: Tables, answers: Answers, *outcomes: Status | Failure, task: int = 0) -> None:
    taken = Pending()
    for update in answers.updates(*outcomes, task=task):
        taken.record(update)
    taken.beat(answers.clock.wall())
    batch = taken.take()
    assert batch is not None
    tables.write(batch)


def test_runs_events_and_beliefs_are_rows(db: sqlite3.Connection, path: Path) -> None:
    write(Tables(db), Answers(FakeClock()), RUNNING, RUNNING, QUERY_FAILED, GONE, GONE, GONE)
    assert rows(path, RUNS) == [
        ("0", "InProgress", 2, 5, 50, 50, 100),
        ("0", "FailedOperation.QueryTaskInfoFailed", 1, 0, 50, 50, 50),
    ]
    assert rows(
        path, "SELECT count, code, label FROM belief JOIN task ON task.id = task, outcome o ON o.id = outcome"
    ) == [(3, "NotExist", "cam 0")]
    found = rows(path, "SELECT kind, state, length(request), length(earlier) FROM event ORDER BY at")
    assert found == [
        ("Transition", None, 16, None),
        ("FailureNoted", "running", 1, None),
        ("Transition", None, 16, 16),
    ]


def test_a_later_session_recalls_what_was_believed_with_its_changes(db: sqlite3.Connection) -> None:
    answers = Answers(FakeClock(), tasks=3)
    write(Tables(db), answers, RUNNING, GONE, GONE, GONE)
    refused = replace(BAD_TASK_ID, request_id=REQUEST_ID.format(6))
    write(Tables(db), answers, refused, refused, task=1)
    found = Tables(db).recall([*answers.keys, key("stranger")])
    assert found.beliefs == {task: answers.board.state(task) for task in answers.keys[:2]}
    change = found.beliefs[key(0)].changes[0]
    assert (change.after, change.request_id) == (State.ENDED, REQUEST_ID.format(4))
    assert change.earlier_request_id == REQUEST_ID.format(1)
    assert found.watched_until == pytest.approx(answers.clock.wall(), abs=0.001)


@pytest.mark.parametrize("well", [True, False])
def test_a_session_says_how_it_ended(db: sqlite3.Connection, well: bool) -> None:
    answers = Answers(FakeClock())
    tables = Tables(db)
    write(tables, answers, RUNNING)
    if well:
        tables.end()
    assert Tables(db).recall(answers.keys).ended_well is well


def test_an_open_run_of_a_session_that_has_ended_is_over_with_the_next_sessions_first_answer(
    db: sqlite3.Connection, path: Path
) -> None:
    answers = Answers(FakeClock())
    write(Tables(db), answers, RUNNING, RUNNING)
    answers.clock.advance(60)
    tables = Tables(db)
    write(tables, answers, RUNNING)
    write(tables, answers, RUNNING)
    assert rows(path, RUNS) == [("0", "InProgress", 2, 5, 50, 50, 100)]
    assert rows(path, "SELECT count FROM belief") == [(1,)], "the second Pending began anew"


def test_two_sessions_that_live_at_the_same_time_keep_a_run_each(db: sqlite3.Connection, path: Path) -> None:
    answers = Answers(FakeClock(), step=0.1)
    one, other = Tables(db), Tables(db)
    for _ in range(3):
        write(one, answers, RUNNING)
        write(other, answers, RUNNING)
    assert len(rows(path, "SELECT * FROM belief")) == 2
    assert rows(path, "SELECT * FROM run") == []
    assert rows(path, "SELECT count(*) FROM task") == [(1,)]


def test_a_batch_is_written_whole_or_not_at_all(db: sqlite3.Connection, path: Path) -> None:
    taken, answers = Pending(), Answers(FakeClock())
    for update in answers.updates(RUNNING):
        taken.record(update)
    taken.keep("a", 3)  # type: ignore[arg-type] # what SQLite refuses here comes last in the batch
    db.execute("CREATE TRIGGER refuse BEFORE INSERT ON kept BEGIN SELECT RAISE(ABORT, 'no'); END")
    batch = taken.take()
    assert batch is not None
    with pytest.raises(sqlite3.IntegrityError):
        Tables(db).write(batch)
    for table in ("session", "task", "belief", "event"):
        assert rows(path, f"SELECT * FROM {table}") == []
    db.execute("DROP TRIGGER refuse")
    Tables(db).write(batch)
    assert len(rows(path, "SELECT * FROM event")) == 1


def test_small_texts_are_kept_replaced_and_forgotten(db: sqlite3.Connection) -> None:
    tables = Tables(db)
    for texts in ({"a": "1", "b": "2"}, {"a": "3"}, {"b": None}):
        taken = Pending()
        for name, text in texts.items():
            taken.keep(name, text)
        batch = taken.take()
        assert batch is not None
        tables.write(batch)
    assert Tables(db).kept() == {"a": "3"}


def test_a_change_that_two_processes_saw_is_there_once(db: sqlite3.Connection, path: Path) -> None:
    changes = [
        Transition(key(), 100.0, State.PENDING, State.RUNNING),
        Transition(key(), 200.0, State.RUNNING, State.ENDED),
        Transition(key(), 300.0, State.ENDED, State.RUNNING),
        Transition(key(), 400.0, State.RUNNING, State.ENDED),
    ]
    for change in changes:
        for later in (0.0, 15.0):
            taken = Pending()
            taken.record(replace(change, at=change.at + later))
            batch = taken.take()
            assert batch is not None
            Tables(db).write(batch)
    taken = Pending()
    taken.record(replace(changes[-1], at=3600.0))
    batch = taken.take()
    assert batch is not None
    Tables(db).write(batch)
    assert rows(path, "SELECT at FROM event") == [(100_000,), (200_000,), (300_000,), (400_000,), (3_600_000,)]


def test_an_event_of_its_own_names_no_task(db: sqlite3.Connection, path: Path) -> None:
    taken = Pending()
    taken.record(Muted(5.0, 9.0))
    taken.record(Transition(key(), 6.5, State.PENDING, State.RUNNING))
    batch = taken.take()
    assert batch is not None
    Tables(db).write(batch)
    assert rows(path, "SELECT at, kind, task IS NULL FROM event") == [(5000, "Muted", 1), (6500, "Transition", 0)]
