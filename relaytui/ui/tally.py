"""What the screen was told last of every task, and how many tasks are in each state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from relaytui.core.alarm_view import Subject
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState
from relaytui.core.update import Update

CALM = 6
"""The rank of a row that is no problem; problems have lower ones, the worst the lowest."""


@dataclass(slots=True, eq=False)
class Row:
    """The line of one task."""

    task: WatchedTask
    state: TaskState
    index: int
    """Its place in the list."""
    rank: int = CALM
    held: bool = True
    """Whether the filter lets it through."""

    @property
    def is_problem(self) -> bool:
        """Whether somebody should look at it."""
        return self.rank < CALM


class Tally:
    """The rows of all tasks, in list order. Counting costs as much as what changed, not as the whole list."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rows = {row.task.key: row for row in rows}
        self._counts = Counter(map(_column, self.rows.values()))

    def __iter__(self) -> Iterator[Update]:
        """What was told last, in list order, without its news: that has been told, and would stay in memory."""
        return (Update(row.task, row.state) for row in self.rows.values())

    def change(self, row: Row, update: Update) -> None:
        """Take over a newer belief about the task of a row."""
        self._counts[_column(row)] -= 1
        row.task, row.state = update.task, update.state
        self._counts[_column(row)] += 1

    def get(self, key: TaskKey) -> Update | None:
        """What was told last of this task, or None where it is not on the list."""
        row = self.rows.get(key)
        return Update(row.task, row.state) if row else None

    @property
    def keys(self) -> Collection[TaskKey]:
        """The tasks, in list order."""
        return self.rows.keys()

    def name(self, key: TaskKey) -> str:
        """The task's label, or its TaskId; foreign text."""
        row = self.rows.get(key)
        return row.task.name if row else key.task_id

    @property
    def counts(self) -> Mapping[State | None, int]:
        """How many tasks are in each state; under None those that are paused, whose state nobody knows now."""
        return self._counts

    def problems_without(self, quiet: Iterable[Subject]) -> int:
        """How many tasks are in a state that somebody should look at, and are not among these."""
        columns = (_column(row) for subject in quiet if isinstance(subject, TaskKey) if (row := self.rows.get(subject)))
        left = self._counts - Counter(columns)
        return sum(count for state, count in left.items() if state is not None and state.is_problem)

    @property
    def profiles(self) -> tuple[str, ...]:
        """The names of the profiles, in list order."""
        return tuple(dict.fromkeys(key.profile for key in self.rows))


def _column(row: Row) -> State | None:
    return None if row.task.paused else row.state.state
