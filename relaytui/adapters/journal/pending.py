"""What was recorded and is not on disk yet: bounded, and never more than a moment of waiting for either side."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from relaytui.core.events import Event
from relaytui.core.run import Run
from relaytui.core.task import State, TaskKey
from relaytui.core.task_state import TaskState
from relaytui.core.transition import Transition
from relaytui.core.update import Relisted, Update

MOST = 20_000
"""Runs that are over, and events, that are kept for a disk that takes nothing; the oldest are lost first."""
BEAT_SECONDS = 1.0
"""Seconds after which somebody who watches and has nothing else to write says so."""


@dataclass(frozen=True, slots=True)
class Latest:
    """What is believed of a task, and the run that goes on."""

    label: str
    state: TaskState
    run: Run


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be written at once. `beat` is when somebody was last watching (Unix seconds)."""

    latest: Mapping[TaskKey, Latest]
    over: Sequence[tuple[TaskKey, Run]]
    events: Sequence[tuple[Event, State | None]]
    kept: Mapping[str, str | None]
    gone: Collection[TaskKey]
    """Tasks that are no longer on the list."""
    beat: float
    number: int
    """How many things had been recorded and kept."""

    def __len__(self) -> int:
        return len(self.over) + len(self.events)


class Pending:
    """Takes what the engine records, gives it to the writer in batches. Both may come from threads of their own.

    Runs that go on are joined here, so that however long the disk takes nothing, they cost one entry per task.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: dict[TaskKey, Latest] = {}
        self._changed: set[TaskKey] = set()
        self._over: deque[tuple[TaskKey, Run]] = deque(maxlen=MOST)
        self._events: deque[tuple[Event, State | None]] = deque(maxlen=MOST)
        self._all_kept: dict[str, str] = {}
        self._kept: dict[str, str | None] = {}
        self._gone: set[TaskKey] = set()
        self._lost = 0
        self._beat = 0.0
        self._beat_taken = 0.0
        self.number = 0
        """How many things were recorded and kept so far."""

    def record(self, item: Update | Event) -> None:
        """Take an answer with what it brought, or an event of its own."""
        with self._lock:
            self.number += 1
            if not isinstance(item, Update):
                self._note(item, None)
                if isinstance(item, Relisted) and not item.refused:
                    self._forget_others({task.key for task in item.tasks})
                return
            self._observe(item)
            for event in item.events:
                self._note(event, None if isinstance(event, Transition) else item.state.state)

    def _observe(self, update: Update) -> None:
        key, newest, before = update.task.key, Run.newest_of(update.state), self._latest.get(update.task.key)
        if newest is None:
            return
        if before is not None:
            if newest.last == before.run.last:
                newest = before.run
            elif (joined := before.run.joined(newest)) is not None:
                newest = joined
            else:
                self._lost += len(self._over) == self._over.maxlen
                self._over.append((key, before.run))
        self._latest[key] = Latest(update.task.label, update.state, newest)
        self._changed.add(key)

    def _note(self, event: Event, state: State | None) -> None:
        self._lost += len(self._events) == self._events.maxlen
        self._events.append((event, state))

    def _forget_others(self, keys: set[TaskKey]) -> None:
        self._gone |= self._latest.keys() - keys
        self._gone -= keys
        for key in self._gone - self._changed:
            self._latest.pop(key, None)

    def keep(self, name: str, text: str | None) -> None:
        """Take a small text, or with None forget the one of this name."""
        with self._lock:
            self.number += 1
            self._kept[name] = text
            self._all_kept.pop(name, None)
            if text is not None:
                self._all_kept[name] = text

    def beat(self, at: float) -> None:
        """Somebody is watching at this time (Unix seconds)."""
        self._beat = at

    def take(self) -> Batch | None:
        """All there is to write; None where there is nothing."""
        with self._lock:
            beat = self._beat
            due = beat >= self._beat_taken + BEAT_SECONDS or beat < self._beat_taken
            if not (self._changed or self._over or self._events or self._kept or self._gone or due):
                return None
            batch = Batch(
                {key: self._latest[key] for key in self._changed},
                list(self._over),
                list(self._events),
                self._kept,
                self._gone,
                beat,
                self.number,
            )
            self._beat_taken = beat
            self._changed = set()
            self._over.clear()
            self._events.clear()
            self._kept = {}
            self._gone = set()
            return batch

    def take_lost(self, besides: int = 0) -> int:
        """How many entries there was no room for since the last call, and so many `besides`."""
        with self._lock:
            lost, self._lost = self._lost + besides, 0
            return lost

    def begin_anew(self) -> None:
        """The next batch is for a new file: all that still holds is in it."""
        with self._lock:
            self._changed = set(self._latest)
            self._kept = {**self._all_kept, **self._kept}
