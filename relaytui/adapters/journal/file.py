"""The journal's file: opened, made or brought up to date, checked, and set aside where it is damaged."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

BUSY_SECONDS = 5.0
"""Seconds to wait for another program that writes to the same file."""
LOG_BYTES = 4_000_000
"""What is left of SQLite's write-ahead log when it has been taken over."""
CHECKED_WHOLE = 20_000_000
"""Bytes up to which every index is checked too; above, only the tables."""

STEPS = (
    """
    CREATE TABLE session (
        id INTEGER PRIMARY KEY, began INTEGER NOT NULL, alive INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE task (
        id INTEGER PRIMARY KEY, profile TEXT NOT NULL, region TEXT NOT NULL, app INTEGER NOT NULL,
        task_id TEXT NOT NULL, label TEXT NOT NULL DEFAULT '', UNIQUE (task_id, app, region, profile));
    CREATE TABLE outcome (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,
        UNIQUE (code, kind, message));
    CREATE TABLE run (
        task INTEGER NOT NULL, first INTEGER NOT NULL, session INTEGER NOT NULL, outcome INTEGER NOT NULL,
        last INTEGER NOT NULL, count INTEGER NOT NULL, fastest INTEGER NOT NULL, slowest INTEGER NOT NULL,
        spent INTEGER NOT NULL, request, PRIMARY KEY (task, first, session)) WITHOUT ROWID;
    CREATE TABLE belief (
        task INTEGER NOT NULL, session INTEGER NOT NULL, outcome INTEGER NOT NULL, first INTEGER NOT NULL,
        last INTEGER NOT NULL, count INTEGER NOT NULL, fastest INTEGER NOT NULL, slowest INTEGER NOT NULL,
        spent INTEGER NOT NULL, request, state TEXT NOT NULL, listed INTEGER NOT NULL DEFAULT 1,
        UNIQUE (task, session));
    CREATE TABLE event (
        id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, task INTEGER, state TEXT, outcome INTEGER,
        request, earlier, body TEXT NOT NULL);
    CREATE INDEX event_at ON event (at);
    CREATE INDEX event_task ON event (task, at) WHERE task IS NOT NULL;
    CREATE TABLE kept (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
    """,
)
"""What brings a file from one schema version to the next; a released step is never edited.

All times are Unix milliseconds and all latencies milliseconds. `belief` holds the run that still goes on; it becomes a
row of `run` when an answer differs, or when a later session asks about the task; `listed` is 0 once the task is off the
list. It has row numbers, because without them a row of more than 1 kB takes pages of its own. RequestIds are 16 bytes
where they are UUIDs and text where they are not.
"""


class NewerFile(Exception):  # noqa: N818 - it is no error: the file is fine
    """The file was written by a later version of this program."""


class DamagedFile(Exception):  # noqa: N818 - reads as what the file is
    """The file is not what was written."""


def open_file(path: Path) -> sqlite3.Connection:
    """The file, made where there is none, for the owner alone, at the newest schema.

    Raises OSError, sqlite3.Error or NewerFile.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        # Set before the first table or never: pruned pages can go back to the disk.
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        _bring_up_to_date(db)
    except BaseException:
        db.close()
        raise
    return db


def open_to_read(path: Path) -> sqlite3.Connection:
    """The file for reading only; raises sqlite3.Error, or NewerFile."""
    db = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", timeout=BUSY_SECONDS, isolation_level=None, uri=True)
    try:
        _version(db)
    except BaseException:
        db.close()
        raise
    return db


def _version(db: sqlite3.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(STEPS):
        raise NewerFile(f"it was written by a newer relaytui (schema {version}, this one knows {len(STEPS)})")
    return version


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    while (version := _version(db)) < len(STEPS):
        # Another program may take the same step at the same time: whoever is second finds it done.
        db.execute("BEGIN IMMEDIATE")
        try:
            if _version(db) == version:
                for statement in STEPS[version].split(";\n"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {version + 1}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def check(db: sqlite3.Connection) -> None:
    """Read it through; raises DamagedFile with what is wrong."""
    (size,) = db.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
    pragma = "integrity_check" if size <= CHECKED_WHOLE else "quick_check"
    (said,) = db.execute(f"PRAGMA {pragma}(1)").fetchone()
    if said != "ok":
        raise DamagedFile(said)


def set_aside(path: Path, at: float) -> Path:
    """Rename a damaged file with the time (`at`, Unix seconds); its new name. Raises OSError."""
    aside = path.with_name(f"{path.name}.damaged-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside
