"""Reads and writes the journal's tables, for one session: one run of the program."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

from relaytui.adapters.journal.file import check
from relaytui.adapters.journal.pending import Batch, Latest
from relaytui.adapters.journal.rows import (
    EventRow,
    Outcome,
    belief_of,
    belief_text,
    event_of,
    event_row,
    milliseconds,
    outcome_of,
    pack,
)
from relaytui.core.events import (
    Acknowledged,
    Event,
    Muted,
    Snoozed,
)
from relaytui.core.run import Run
from relaytui.core.task import State, TaskKey
from relaytui.core.task_state import TaskState
from relaytui.core.text import plain
from relaytui.core.transition import Transition

ALIVE_SECONDS = 10.0
"""A session that has not said for so long that it is watching has ended, however."""
SAME_SECONDS = 900.0
"""Seconds within which two processes see the same change of a task, which is then in the file once."""
GAP_SECONDS = 3.0
"""Seconds without a sign of any session in which nobody was watching."""

EVENT = "event.at, event.kind, outcome.kind, outcome.code, outcome.message, event.request, event.earlier, event.body"
"""The columns of an event, for `event_from`."""
_SAID = ", ".join(f"'{kind.__name__}'" for kind in (Acknowledged, Snoozed, Muted))
_RUN = "outcome, first, last, count, fastest, slowest, spent, request"
_RENEWED = ", ".join(f"{column} = excluded.{column}" for column in (*_RUN.split(", "), "state")) + ", listed = 1"


def event_from(columns: tuple[Any, ...], key: TaskKey | None) -> Event | None:
    """The event in these columns (`EVENT`) about this task; None where this version does not know it."""
    at, kind, said, code, message, request, earlier, body = columns
    return event_of(EventRow(at, kind, key, None if said is None else (said, code, message), request, earlier, body))


class Recollection(NamedTuple):
    """What earlier sessions knew of some tasks; when the last of them was watching (Unix seconds, None: never)."""

    beliefs: dict[TaskKey, TaskState]
    watched_until: float | None = None
    ended_well: bool = True


class Tables:
    """One session's view of the file. After a write that failed it knows wrong row numbers: make a new one.

    `session` is the number under which this run of the program has written to the file before, or 0; `newest` is the
    newest event it has written or read then, or None.
    """

    def __init__(self, db: sqlite3.Connection, session: int = 0, newest: int | None = None) -> None:
        self._db = db
        self.session = session
        self.newest = self._newest() if newest is None else newest
        self.said: list[Event] = []
        """What people said to other processes between the last two writes."""
        self._tasks: dict[TaskKey, int] = {}
        self._labels: dict[TaskKey, str] = {}
        self._outcomes: dict[Outcome, int] = {}
        self._taken_over: set[int] = set()

    def recall(self, keys: Iterable[TaskKey]) -> Recollection:
        """What the newest session knew of each of these tasks. Writes nothing."""
        beliefs: dict[TaskKey, TaskState] = {}
        sessions: set[int] = set()
        wanted, newest = set(keys), {}
        # All at once: ten thousand single questions take five times as long.
        rows = self._db.execute(
            "SELECT profile, region, app, task_id, session, state FROM belief JOIN task ON task.id = task ORDER BY last"
        )
        for profile, region, app, task_id, session, text in rows:
            if (key := TaskKey(profile, region, app, task_id)) in wanted:
                newest[key] = session, text
        for key, (session, text) in newest.items():
            if (state := belief_of(text, key)) is not None:
                sessions.add(session)
                beliefs[key] = state
        ends = [
            self._db.execute("SELECT alive, ended FROM session WHERE id = ?", (session,)).fetchone()
            for session in sessions
        ]
        alive, ended = max(filter(None, ends), default=(None, 1))
        return Recollection(beliefs, None if alive is None else alive / 1000, ended == 1)

    def kept(self) -> dict[str, str]:
        """The small texts by name."""
        return dict(self._db.execute("SELECT name, text FROM kept").fetchall())

    def _newest(self) -> int:
        newest: int | None = self._db.execute("SELECT max(id) FROM event").fetchone()[0]
        return newest or 0

    def write(self, batch: Batch) -> None:
        """Write it whole or not at all, and read what people said to other processes; raises sqlite3.Error."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            # Nobody else writes from here to the end of the transaction.
            said = self._said_since(self.newest)
            self._beat(batch.beat)
            for key, run in batch.over:
                self._write_run(self._task(key), run)
            for key, latest in batch.latest.items():
                self._write_belief(key, latest)
            for key in batch.gone:
                self._db.execute("UPDATE belief SET listed = 0 WHERE task = ?", (self._task(key),))
            for event, state in batch.events:
                self._write_event(event, state)
            for name, text in batch.kept.items():
                if text is None:
                    self._db.execute("DELETE FROM kept WHERE name = ?", (name,))
                else:
                    self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, text))
            newest = self._newest()
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self.newest, self.said = newest, said

    def _said_since(self, number: int) -> list[Event]:
        rows = self._db.execute(
            f"SELECT {EVENT} FROM event LEFT JOIN outcome ON outcome.id = outcome"
            f" WHERE event.id > ? AND event.kind IN ({_SAID}) ORDER BY event.id",
            (number,),
        )
        return [event for columns in rows if (event := event_from(columns, None)) is not None]

    def check_after_crash(self, at: float) -> None:
        """Read the file through where a session has not ended as it should; raises DamagedFile or sqlite3.Error."""
        dead = "ended = 0 AND id != ? AND alive < ?"
        which = (self.session, milliseconds(at - GAP_SECONDS))
        if self._db.execute(f"SELECT 1 FROM session WHERE {dead}", which).fetchone():
            check(self._db)
            self._db.execute(f"UPDATE session SET ended = 2 WHERE {dead}", which)

    def end(self) -> None:
        """Note that this session ended as it should; raises sqlite3.Error."""
        self._db.execute("UPDATE session SET ended = 1 WHERE id = ?", (self.session,))

    def _beat(self, at: float) -> None:
        now = milliseconds(at)
        if self.session:
            self._db.execute("UPDATE session SET alive = ? WHERE id = ?", (now, self.session))
        else:
            self.session = _inserted(self._db, "INSERT INTO session (began, alive) VALUES (?, ?)", (now, now))

    def _write_run(self, task: int, run: Run) -> None:
        self._db.execute(
            f"INSERT OR REPLACE INTO run (task, session, {_RUN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (task, self.session, *self._columns(run)),
        )

    def _write_belief(self, key: TaskKey, latest: Latest) -> None:
        task = self._task(key)
        if task not in self._taken_over:
            self._take_over(task, latest.run.last)
        if self._labels.get(key) != latest.label:
            self._db.execute("UPDATE task SET label = ? WHERE id = ?", (plain(latest.label), task))
            self._labels[key] = latest.label
        self._db.execute(
            f"INSERT INTO belief (task, session, {_RUN}, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            f" ON CONFLICT (task, session) DO UPDATE SET {_RENEWED}",
            (task, self.session, *self._columns(latest.run), belief_text(latest.state)),
        )

    def _take_over(self, task: int, at: float) -> None:
        """Make the runs that sessions left open which have ended rows of `run`."""
        dead = "task = ? AND session != ? AND session IN (SELECT id FROM session WHERE ended OR alive < ?)"
        which = (task, self.session, milliseconds(at - ALIVE_SECONDS))
        self._db.execute(
            f"INSERT OR REPLACE INTO run (task, session, {_RUN}) SELECT task, session, {_RUN} FROM belief WHERE {dead}",
            which,
        )
        self._db.execute(f"DELETE FROM belief WHERE {dead}", which)
        self._taken_over.add(task)

    def _write_event(self, event: Event, state: State | None) -> None:
        row = event_row(event)
        if isinstance(event, Transition) and row.key and self._is_told(row, self._task(row.key)):
            return
        self._db.execute(
            "INSERT INTO event (at, kind, task, state, outcome, request, earlier, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.at,
                row.kind,
                self._task(row.key) if row.key else None,
                state,
                self._outcome(row.outcome) if row.outcome else None,
                row.request,
                row.earlier,
                row.body,
            ),
        )

    def _is_told(self, row: EventRow, task: int) -> bool:
        """Whether another process that watches the task has written the same change."""
        newest = "SELECT at, body FROM event WHERE task = ? AND kind = ? ORDER BY at DESC, id DESC LIMIT 1"
        found = self._db.execute(newest, (task, row.kind)).fetchone()
        return (
            found is not None
            and abs(row.at - found[0]) < milliseconds(SAME_SECONDS)
            and _change(found[1]) == _change(row.body)
        )

    def _columns(self, run: Run) -> tuple[object, ...]:
        times = (milliseconds(seconds) for seconds in (run.fastest, run.slowest, run.spent))
        outcome = self._outcome(outcome_of(run.outcome))
        return outcome, milliseconds(run.first), milliseconds(run.last), run.count, *times, pack(run.request_id)

    def _task(self, key: TaskKey) -> int:
        if (number := self._tasks.get(key)) is None:
            where = (key.task_id, key.sdk_app_id, key.region, key.profile)
            number = self._intern("task", ("task_id", "app", "region", "profile"), where)
            self._tasks[key] = number
        return number

    def _outcome(self, outcome: Outcome) -> int:
        if (number := self._outcomes.get(outcome)) is None:
            number = self._outcomes[outcome] = self._intern("outcome", ("kind", "code", "message"), outcome)
        return number

    def _intern(self, table: str, names: tuple[str, ...], values: tuple[object, ...]) -> int:
        """The number of the row with these values, which is made where there is none."""
        where = " AND ".join(f"{name} = ?" for name in names)
        found = self._db.execute(f"SELECT id FROM {table} WHERE {where}", values)
        if row := found.fetchone():
            number: int = row[0]
            return number
        marks = ", ".join("?" * len(names))
        return _inserted(self._db, f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)


def _change(body: str) -> tuple[str, str]:
    """From what to what."""
    parts = json.loads(body)
    return parts["before"], parts["after"]


def _inserted(db: sqlite3.Connection, sql: str, values: tuple[object, ...]) -> int:
    return db.execute(sql, values).lastrowid or 0
