"""Copies a stretch of time out of a journal into a file of its own: a journal too, which a colleague can replay."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from relaytui.adapters.journal.file import NewerFile, open_file, open_to_read
from relaytui.adapters.journal.reader import RUNS, SPAN, STRIP_SECONDS, Unreadable
from relaytui.adapters.journal.rows import milliseconds

_COPIED = {
    "session": "SELECT * FROM session WHERE alive >= :since AND began <= :until",
    "task": f"SELECT * FROM task WHERE id IN (SELECT task FROM ({RUNS}))",
    "outcome": "SELECT * FROM outcome",
    "run": f"SELECT * FROM ({RUNS})",
    # With the last change of each task before that time: what it was at its beginning.
    "event": "SELECT * FROM event WHERE (at BETWEEN :begin AND :until OR id IN"
    " (SELECT max(id) FROM event WHERE kind = 'Transition' AND at < :begin GROUP BY task))"
    f" AND (task IS NULL OR task IN (SELECT task FROM ({RUNS})))",
}


class Exported(NamedTuple):
    """What was copied."""

    tasks: int
    events: int


def export(source: Path, target: Path, since: float, until: float) -> Exported | Unreadable:
    """Copy what was from `since` to `until` (Unix seconds) into a new file, or say why not."""
    if not source.exists():
        return Unreadable(f"there is no journal at {source}")
    if target.exists():
        return Unreadable(f"{target} is there already: name a new file")
    # The answers of the hour before are what the strip shows at the beginning.
    times = {"since": milliseconds(since - STRIP_SECONDS), "begin": milliseconds(since), "until": milliseconds(until)}
    try:
        with closing(open_to_read(source)) as journal, closing(open_file(target)) as copy:
            counts = {}
            copy.execute("BEGIN")
            for table, sql in _COPIED.items():
                rows = journal.execute(sql, times).fetchall()
                if rows:
                    marks = ", ".join("?" * len(rows[0]))
                    copy.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)
                counts[table] = len(rows)
            copy.execute("INSERT INTO kept VALUES (?, ?)", (SPAN, json.dumps([since, until])))
            copy.execute("COMMIT")
            # One file that can be sent, and read from a folder that cannot be written.
            copy.execute("PRAGMA journal_mode = DELETE")
    except (sqlite3.Error, OSError, NewerFile) as fault:
        target.unlink(missing_ok=True)
        return Unreadable(str(fault))
    return Exported(counts["task"], counts["event"])
