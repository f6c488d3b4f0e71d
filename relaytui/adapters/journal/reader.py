"""Reads what a journal remembers, while others may be writing it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from relaytui.adapters.journal.file import NewerFile, open_to_read
from relaytui.adapters.journal.rows import milliseconds
from relaytui.adapters.journal.tables import EVENT, event_from
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
