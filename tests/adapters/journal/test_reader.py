from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import pytest

from relaytui.adapters.journal.file import open_file
from relaytui.adapters.journal.pending import Pending
from relaytui.adapters.journal.reader import Reader, Unreadable, reading
from relaytui.adapters.journal.tables import Tables
from relaytui.core.events import FailureNoted, Muted, NotWatching
from relaytui.core.history import Entry
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.transition import Transition
from relaytui.core.update import Relisted
from tests.adapters.journal.recorded import Answers, rows
from tests.core.answers import GONE, QUERY_FAILED, RUNNING, key
from tests.fakes import FakeClock

BEGIN = FakeClock().wall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Task 0 ran, failed once and ended; task 1 runs; then nobody watched, and all was muted."""
    path = tmp_path / "journal.db"
    taken, answers = Pending(), Answers(FakeClock(), tasks=2)
    for task, outcomes in enumerate([(RUNNING, QUERY_FAILED, GONE, GONE, GONE), (RUNNING,)]):
        for update in answers.updates(*outcomes, task=task):
            taken.record(update)
    taken.record(NotWatching(BEGIN + 100, BEGIN + 60, "away"))
    taken.record(Muted(BEGIN + 200, None))
    batch = taken.take()
    assert batch is not None
    with closing(open_file(path)) as db:
        Tables(db).write(batch)
    return path


def read(path: Path, since: float, until: float, keys: Collection[TaskKey] | None = None) -> list[Entry]:
    with reading(path) as journal:
        assert isinstance(journal, Reader)
        return list(journal.entries(since, until, keys))


def test_all_entries_come_in_order_with_their_tasks(path: Path) -> None:
    found = read(path, BEGIN, BEGIN + 1000)
    assert [type(entry.event) for entry in found] == [
        Transition,
        FailureNoted,
        Transition,
        Transition,
        NotWatching,
        Muted,
    ]
    assert found[1] == Entry(
        FailureNoted(key(0), BEGIN + 10, QUERY_FAILED, 1), WatchedTask(key(0), "cam 0"), State.RUNNING
    )
    assert found[-1] == Entry(Muted(BEGIN + 200, None))


def test_a_task_s_history_has_gaps_and_mutes_and_not_the_others(path: Path) -> None:
    found = read(path, BEGIN, BEGIN + 1000, {key(1)})
    assert [type(entry.event) for entry in found] == [Transition, NotWatching, Muted]


def test_a_time_is_looked_at_from_its_first_to_its_last_moment(path: Path) -> None:
    assert [entry.event.at - BEGIN for entry in read(path, BEGIN + 10, BEGIN + 100)] == [10, 25, 30, 100]


def test_tasks_have_their_labels(path: Path) -> None:
    with reading(path) as journal:
        assert isinstance(journal, Reader)
        assert list(journal.tasks) == [WatchedTask(key(0), "cam 0"), WatchedTask(key(1), "cam 1")]


def test_kinds_of_a_later_version_are_passed_over(path: Path) -> None:
    with closing(open_file(path)) as db:
        db.execute("UPDATE event SET kind = 'LaterKind' WHERE kind = 'Muted'")
    assert len(read(path, BEGIN, BEGIN + 1000)) == 5


def test_why_there_is_nothing_to_read(tmp_path: Path) -> None:
    with reading(tmp_path / "none.db") as journal:
        assert isinstance(journal, Unreadable)
        assert "no journal" in journal.reason
    bad = tmp_path / "bad.db"
    bad.write_text("no database " * 1000)
    with reading(bad) as journal:
        assert isinstance(journal, Unreadable)
        assert "not a database" in journal.reason
    assert rows(tmp_path / "empty.db", "SELECT 1") == [(1,)]


def test_the_board_is_what_those_believe_who_watched_last_of_what_is_listed(tmp_path: Path) -> None:
    path, clock = tmp_path / "journal.db", FakeClock()
    answers = Answers(clock, tasks=2)
    with closing(open_file(path)) as db:
        for updates in (answers.updates(RUNNING, task=1), answers.updates(RUNNING, GONE, GONE, GONE)):
            taken = Pending()
            for update in updates:
                taken.record(update)
            taken.keep("alarms", "{}")
            taken.beat(clock.wall())
            batch = taken.take()
            assert batch is not None
            Tables(db).write(batch)
            with reading(path) as journal:
                assert isinstance(journal, Reader)
                (update,) = journal.board()
                assert update.state == answers.board.state(update.task.key)
                assert journal.watched_until() == clock.wall()
                assert journal.kept("alarms") == "{}"
                assert journal.kept("other") is None
            clock.advance(60)
        assert update.task.key == key(0)
        taken.record(Relisted(clock.wall(), (), "list: 1 removed"))
        batch = taken.take()
        assert batch is not None
        Tables(db).write(batch)
    with reading(path) as journal:
        assert isinstance(journal, Reader)
        assert journal.board() == []
