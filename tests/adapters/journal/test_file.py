from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from relaytui.adapters.journal import file
from relaytui.adapters.journal.file import DamagedFile, NewerFile, check, open_file, open_to_read, set_aside
from tests.adapters.journal.recorded import rows


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.db"
    with closing(open_file(path)) as db:
        db.execute("INSERT INTO kept VALUES ('a', 'b')")
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        for part in path.parent.iterdir():
            assert stat.S_IMODE(part.stat().st_mode) == 0o600, part


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.touch(0o644)
    with closing(open_file(path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.db"
    with closing(open_file(path)) as db:
        db.execute("INSERT INTO kept VALUES ('a', 'b')")
    monkeypatch.setattr(
        file, "STEPS", (*file.STEPS, "ALTER TABLE kept ADD COLUMN more TEXT DEFAULT 'x';\nCREATE TABLE late (id);\n")
    )
    with closing(open_file(path)) as db:
        assert db.execute("SELECT * FROM kept").fetchall() == [("a", "b", "x")]
        assert db.execute("PRAGMA user_version").fetchone() == (len(file.STEPS),)
    with closing(open_file(path)) as db:
        assert db.execute("SELECT * FROM late").fetchall() == []


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.db"
    open_file(path).close()
    monkeypatch.setattr(file, "STEPS", (*file.STEPS, "CREATE TABLE half (id);\nCREATE TABLE half (id);\n"))
    with pytest.raises(sqlite3.OperationalError):
        open_file(path)
    assert rows(path, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
    assert rows(path, "PRAGMA user_version") == [(len(file.STEPS) - 1,)]


def test_a_file_of_a_newer_program_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(open_file(path)) as db:
        db.execute("PRAGMA user_version = 99")
    for attempt in (open_file, open_to_read):
        with pytest.raises(NewerFile, match="schema 99"):
            attempt(path)
    assert rows(path, "PRAGMA user_version") == [(99,)]


def test_reading_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a ?#b" / "journal.db"
    open_file(path).close()
    with closing(open_to_read(path)) as db, pytest.raises(sqlite3.OperationalError):
        db.execute("INSERT INTO kept VALUES ('a', 'b')")
    with pytest.raises(sqlite3.OperationalError):
        open_to_read(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("checked_whole", [0, 10**9])
def test_a_damaged_page_is_found(tmp_path: Path, checked_whole: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "CHECKED_WHOLE", checked_whole)
    path = tmp_path / "journal.db"
    with closing(open_file(path)) as db:
        check(db)
        db.executemany("INSERT INTO kept VALUES (?, ?)", [(str(number), "x" * 100) for number in range(1000)])
    content = bytearray(path.read_bytes())
    content[-8192:-4096] = b"\xa5" * 4096
    path.write_bytes(content)
    with closing(open_file(path)) as db, pytest.raises((DamagedFile, sqlite3.DatabaseError)):
        check(db)


def test_setting_aside_takes_all_parts_along(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"journal.db{suffix}").write_text(suffix)
    aside = set_aside(path, 1_767_323_045.0)
    assert aside.name == "journal.db.damaged-20260102T030405Z"
    assert sorted(part.name for part in tmp_path.iterdir() if part.name.startswith("journal")) == [
        aside.name,
        f"{aside.name}-shm",
        f"{aside.name}-wal",
    ]
