from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from relaytui.adapters.journal import retention
from relaytui.adapters.journal.file import open_file
from relaytui.adapters.journal.retention import EVENTS_A_STEP, Retention

DAY = 86_400.0
NOW = 1_767_323_045.0
TASKS = 30


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Thirty tasks with a run and an event an hour of the last ten days."""
    with closing(open_file(tmp_path / "journal.db")) as connection:
        connection.execute("BEGIN")
        for task in range(1, TASKS + 1):
            connection.execute(
                "INSERT INTO task (id, profile, region, app, task_id) VALUES (?, '', '', 1, ?)", (task, str(task))
            )
            for hour in range(240):
                at = int(1000 * (NOW - 3600 * (240 - hour)))
                connection.execute(
                    "INSERT INTO run VALUES (?, ?, 1, 1, ?, 1, 0, 0, 0, NULL)", (task, at, at + 3_599_000)
                )
                connection.execute(
                    "INSERT INTO event (at, kind, task, body) VALUES (?, 'Transition', ?, ?)", (at, task, "x" * 200)
                )
        for session, days in ((1, 5), (2, 1)):
            at = int(1000 * (NOW - days * DAY))
            connection.execute("INSERT INTO session (id, began, alive) VALUES (?, ?, ?)", (session, at, at))
        for task, days in ((1, 1), (2, 5)):
            at = int(1000 * (NOW - days * DAY))
            row = (task, 2, 1, at, at, 1, 0, 0, 0, None, "{}", 1)
            connection.execute("INSERT INTO belief VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.execute("COMMIT")
        yield connection


def count(db: sqlite3.Connection, table: str) -> int:
    found: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found


def test_what_is_too_old_goes_step_by_step_and_the_rest_stays(db: sqlite3.Connection) -> None:
    keeping = Retention(db, seconds=2 * DAY, size=10**9)
    before = count(db, "event")
    keeping.step(NOW)
    assert before - count(db, "event") == EVENTS_A_STEP, "nobody waits for a long step"
    for _ in range(40):
        keeping.step(NOW)
    assert count(db, "event") == TASKS * 48
    assert db.execute("SELECT task FROM belief").fetchall() == [(1,)]
    assert db.execute("SELECT id FROM session").fetchall() == [(2,)]
    assert TASKS * 48 <= count(db, "run") <= TASKS * 49


def test_a_file_that_grows_too_large_keeps_less(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "EVENTS_A_STEP", 100_000)
    wanted = 1_000_000
    keeping = Retention(db, seconds=90 * DAY, size=wanted)
    for _ in range(100):
        keeping.step(NOW)
    assert keeping._used() <= wanted
    assert count(db, "event") > TASKS * 10, "the newest stay"
    assert db.execute("SELECT max(at) FROM event").fetchone()[0] == int(1000 * (NOW - 3600))


def test_the_last_hour_stays_whatever_the_size(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "EVENTS_A_STEP", 100_000)
    keeping = Retention(db, seconds=90 * DAY, size=1)
    for _ in range(200):
        keeping.step(NOW)
    assert count(db, "event") == TASKS


def test_the_last_hour_stays_whatever_the_time(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "EVENTS_A_STEP", 100_000)
    keeping = Retention(db, seconds=60.0, size=10**9)
    for _ in range(10):
        keeping.step(NOW)
    assert count(db, "event") == TASKS


def test_freed_room_goes_back_to_the_disk(db: sqlite3.Connection, tmp_path: Path) -> None:
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (tmp_path / "journal.db").stat().st_size
    keeping = Retention(db, seconds=DAY, size=10**9)
    for _ in range(60):
        keeping.step(NOW)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (tmp_path / "journal.db").stat().st_size < before / 2
