"""The newest Update of every task, and how many tasks are in each state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from relaytui.core.alarm_view import Subject
from relaytui.core.task import State, TaskKey
from relaytui.core.update import Update


class Tally:
    """What the screen was told last of every task. Counting costs as much as what changed, not as the whole list."""

    def __init__(self, updates: Iterable[Update] = ()) -> None:
        self._updates = {update.task.key: update for update in updates}
        self._counts = Counter(_column(update) for update in self._updates.values())

    def __iter__(self) -> Iterator[Update]:
        """What was told last, in list order, without its news."""
        return iter(self._updates.values())

    def put(self, updates: Iterable[Update]) -> None:
        """Take over newer Updates; those of tasks that are not on the list are late and mean nothing any more."""
        for update in updates:
            before = self._updates.get(update.task.key)
            if before is None:
                continue
            self._counts[_column(before)] -= 1
            self._counts[_column(update)] += 1
            # Its news has been told, and would stay in memory.
            self._updates[update.task.key] = update._replace(events=())

    def get(self, key: TaskKey) -> Update | None:
        """The newest Update of this task, or None where there is none."""
        return self._updates.get(key)

    @property
    def keys(self) -> Collection[TaskKey]:
        """The tasks, in list order."""
        return self._updates.keys()

    def name(self, key: TaskKey) -> str:
        """The task's label, or its TaskId; foreign text."""
        update = self._updates.get(key)
        return update.task.name if update else key.task_id

    @property
    def counts(self) -> Mapping[State | None, int]:
        """How many tasks are in each state; under None those that are paused, whose state nobody knows now."""
        return self._counts

    def problems_without(self, quiet: Iterable[Subject]) -> int:
        """How many tasks are in a state that somebody should look at, and are not among these."""
        columns = (
            _column(update) for subject in quiet if isinstance(subject, TaskKey) if (update := self.get(subject))
        )
        left = self._counts - Counter(columns)
        return sum(count for state, count in left.items() if state is not None and state.is_problem)

    @property
    def profiles(self) -> tuple[str, ...]:
        """The names of the profiles, in list order."""
        return tuple(dict.fromkeys(key.profile for key in self._updates))


def _column(update: Update) -> State | None:
    return None if update.task.paused else update.state.state
