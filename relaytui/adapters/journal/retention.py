"""Forgets what is older than it need be, or more than there is room for, in steps that nobody feels."""

from __future__ import annotations

import sqlite3

TASKS_A_STEP = 20
"""Tasks whose old runs go in one step."""
EVENTS_A_STEP = 500
PAGES_A_STEP = 200
"""Freed pages that go back to the disk in one step."""
SHRINK = 0.8
"""What is left of the time that is kept when the file is too large after a whole round."""
LEAST_SECONDS = 3600.0
"""The last hour is kept whatever anybody says: the strip shows it."""


class Retention:
    """What to forget next. `seconds` is how long things are kept, `size` how many bytes they may be."""

    def __init__(self, db: sqlite3.Connection, *, seconds: float, size: int) -> None:
        self._db = db
        self._seconds = max(LEAST_SECONDS, seconds)
        self._size = size
        self._task = 0

    def step(self, at: float) -> None:
        """Forget a little as of this time (Unix seconds); raises sqlite3.Error."""
        before = int(1000 * (at - self._seconds))
        tasks = [
            row[0]
            for row in self._db.execute(
                "SELECT id FROM task WHERE id > ? ORDER BY id LIMIT ?", (self._task, TASKS_A_STEP)
            )
        ]
        self._db.execute("BEGIN IMMEDIATE")
        for task in tasks:
            self._db.execute("DELETE FROM run WHERE task = ? AND first < ? AND last < ?", (task, before, before))
            self._db.execute("DELETE FROM belief WHERE task = ? AND last < ?", (task, before))
        self._db.execute("DELETE FROM session WHERE alive < ?", (before,))
        self._db.execute(
            "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at < ? ORDER BY at LIMIT ?)",
            (before, EVENTS_A_STEP),
        )
        self._db.execute("COMMIT")
        # `execute` would free one page only: the pragma frees one each time it is stepped.
        self._db.executescript(f"PRAGMA incremental_vacuum({PAGES_A_STEP})")
        self._task = tasks[-1] if tasks else 0
        if not tasks and self._used() > self._size:
            self._seconds = max(LEAST_SECONDS, SHRINK * self._seconds)

    def _used(self) -> int:
        pages = self._db.execute(
            "SELECT (page_count - freelist_count) * page_size"
            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        )
        used: int = pages.fetchone()[0]
        return used
