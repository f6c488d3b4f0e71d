"""Reads what a journal remembers, while others may be writing it."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from relaytui.adapters.journal.file import NewerFile, open_to_read
from relaytui.adapters.journal.rows import answer_of, belief_of, milliseconds, unpack
from relaytui.adapters.journal.tables import ALIVE_SECONDS, EVENT, event_from
from relaytui.core.history import Entry, concerns
from relaytui.core.replay import Recording
from relaytui.core.run import Run
from relaytui.core.strip import CELL_SECONDS, CELLS
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.transition import Transition
from relaytui.core.update import Update

_RUN = "task, first, session, outcome, last, count, fastest, slowest, spent, request"
RUNS = f"SELECT {_RUN} FROM run WHERE {{0}} UNION ALL SELECT {_RUN} FROM belief WHERE {{0}}".format(
    "last >= :since AND first <= :until"
)
"""The runs of a stretch of time, those that go on included; in the order of the table's columns."""
STRIP_SECONDS = CELLS * CELL_SECONDS
SPAN = "recorded"
"""The name under which an exported file keeps from when to when it is."""


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
            task = self._tasks[number]
            if number not in newest and (state := belief_of(text, task.key)) is not None:
                newest[number] = Update(task, state)
        return [newest[number] for number in sorted(newest)]

    def recording(self, since: float, until: float) -> Recording:
        """All that is known of this stretch of time, with the answers of the hour before, which the strip shows."""
        times = {"since": milliseconds(since - STRIP_SECONDS), "until": milliseconds(until)}
        runs: defaultdict[TaskKey, list[Run]] = defaultdict(list)
        changes: defaultdict[TaskKey, list[Transition]] = defaultdict(list)
        rows = self._db.execute(f"SELECT * FROM ({RUNS}) JOIN outcome ON outcome.id = outcome ORDER BY first", times)
        for number, first, _, _, last, count, fastest, slowest, spent, request, _, *outcome in rows:
            kind, code, message = outcome
            latencies = (fastest / 1000, slowest / 1000, spent / 1000)
            run = Run(answer_of((kind, code, message)), first / 1000, last / 1000, count, *latencies, unpack(request))
            runs[self._tasks[number].key].append(run)
        earlier = self._db.execute(
            f"SELECT event.task, {EVENT} FROM event LEFT JOIN outcome ON outcome.id = outcome WHERE event.id IN"
            " (SELECT max(id) FROM event WHERE kind = 'Transition' AND at < ? GROUP BY task)",
            (milliseconds(since),),
        )
        for number, *columns in earlier:
            event = event_from(tuple(columns), self._tasks[number].key)
            if isinstance(event, Transition):
                changes[event.key].append(event)
        events = [entry.event for entry in self.entries(since, until)]
        for event in events:
            if isinstance(event, Transition):
                changes[event.key].append(event)
        tasks = [task for task in self._tasks.values() if task.key in runs]
        changed = {key: found for key, found in changes.items() if key in runs}
        return Recording(since, until, tasks, runs, changed, events)

    def span(self) -> tuple[float, float] | None:
        """From when to when a recording is (Unix seconds); None where the file is no recording."""
        text = self.kept(SPAN)
        if text is None:
            return None
        since, until = json.loads(text)
        return float(since), float(until)

    def watched_until(self) -> float | None:
        """When somebody was last watching (Unix seconds); None where nobody ever was."""
        alive: int | None = self._db.execute("SELECT max(alive) FROM session").fetchone()[0]
        return None if alive is None else alive / 1000

    def all_kept(self, beginning: str) -> list[str]:
        """The small texts whose names begin with this."""
        rows = self._db.execute("SELECT text FROM kept WHERE substr(name, 1, ?) = ?", (len(beginning), beginning))
        return [str(text) for (text,) in rows]

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
