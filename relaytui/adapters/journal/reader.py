"""Reads what a journal remembers, while others may be writing it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from relaytui.adapters.journal.file import NewerFile, open_to_read
from relaytui.adapters.journal.rows import belief_of, milliseconds
from relaytui.adapters.journal.tables import ALIVE_SECONDS, EVENT, changes_of, event_from
from relaytui.core.board import Update
from relaytui.core.history import Entry, concerns
from relaytui.core.task import State, TaskKey, WatchedTask


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why there is nothing to read."""

    reason: str


class Reader:
    """An open journal; its methods raise sqlite3.Error where the file turns out to be damaged."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._tasks = {
            number: WatchedTask(TaskKey(profile, region, app, task_id), label)
            for number, profile, region, app, task_id, label in db.execute(
                "SELECT id, profile, region, app, task_id, label FROM task ORDER BY id"
            )
        }

    @property
    def tasks(self) -> Collection[WatchedTask]:
        """Every task that was ever watched, with its last label."""
        return self._tasks.values()

    def board(self) -> list[Update]:
        """What is believed of every task that those watch who watched last; moments in it mean nothing."""
        newest: dict[int, Update] = {}
        rows = self._db.execute(
            "SELECT task, state FROM belief WHERE listed AND session IN"
            " (SELECT id FROM session WHERE alive >= (SELECT max(alive) FROM session) - ?) ORDER BY last DESC",
            (milliseconds(ALIVE_SECONDS),),
        )
        for number, text in rows:
            state = belief_of(text)
            if number not in newest and state is not None:
                task = self._tasks[number]
                changes = tuple(changes_of(self._db, number, task.key))
                newest[number] = Update(task, replace(state, changes=changes))
        return [newest[number] for number in sorted(newest)]

    def watched_until(self) -> float | None:
        """When somebody was last watching (Unix seconds); None where nobody ever was."""
        alive: int | None = self._db.execute("SELECT max(alive) FROM session").fetchone()[0]
        return None if alive is None else alive / 1000

    def kept(self, name: str) -> str | None:
        """The small text that is kept under this name, None where there is none."""
        row = self._db.execute("SELECT text FROM kept WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def entries(self, since: float, until: float, keys: Collection[TaskKey] | None = None) -> Iterator[Entry]:
        """What happened from `since` to `until` (Unix seconds) in order of time; with keys, to these tasks."""
        rows = self._db.execute(
            f"SELECT event.task, event.state, {EVENT} FROM event LEFT JOIN outcome ON outcome.id = outcome"
            " WHERE at BETWEEN ? AND ? ORDER BY at, event.id",
            (milliseconds(since), milliseconds(until)),
        )
        for number, state, *columns in rows:
            task = self._tasks.get(number)
            if keys is not None and task is not None and task.key not in keys:
                continue
            event = event_from(tuple(columns), task.key if task else None)
            if event is None or (keys is not None and task is None and not concerns(event, keys)):
                continue
            yield Entry(event, task, State(state) if state else None)


@contextmanager
def reading(path: Path) -> Iterator[Reader | Unreadable]:
    """The journal there, or why there is nothing to read."""
    if not path.exists():
        yield Unreadable(f"there is no journal at {path}: relaytui and relaytui watch write one")
        return
    try:
        db = open_to_read(path)
    except (sqlite3.Error, NewerFile) as fault:
        yield Unreadable(f"{path} cannot be read: {fault}")
        return
    try:
        yield Reader(db)
    finally:
        db.close()
