"""Which lines the table shows, and in which order: tasks as they are sorted and filtered, under heads of their groups.

The lines are kept in order by bisection, so that an update costs no more in a long list. Nothing here knows Textual.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf
from typing import Any

from relaytui.core import strip
from relaytui.core.strip import Seen
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState
from relaytui.core.update import Update
from relaytui.core.view import View
from relaytui.ui.columns import Column
from relaytui.ui.tally import CALM, Row, Tally

_RANKS = {
    State.ENDED: 0,
    State.OVERDUE: 1,
    State.REJECTED: 2,
    State.UNRECOGNISED: 3,
    State.NOT_FOUND: 4,
}
_DOUBTFUL = 5
_HEAD = -1

Place = tuple[int, int, Any, int]
"""Where a line belongs: its group, its rank, what it is sorted by (problems: newest change), its place in the list."""

Holds = Callable[[WatchedTask, TaskState], bool]


@dataclass(slots=True, eq=False)
class Head:
    """The line above the tasks of a group, which counts those that the filter lets through."""

    name: str
    number: int = 0
    """From 1, in the order of the list; the tasks without a group come last."""
    folded: bool = False
    tasks: int = 0
    problems: int = 0
    states: Counter[State | None] = field(default_factory=Counter)
    """Under None those that are paused."""


Line = Row | Head


class Lines:
    """The rows of all tasks, and in `shown` those that are to be seen, with the heads."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.shown: list[Line] = []
        self.heads: dict[str, Head] = {}
        self.view = View()
        self.holds: Holds | None = None
        """The filter; None lets all through."""
        self.kept: Row | None = None
        """A row that stays although the filter no longer lets it through: nothing vanishes under the cursor."""
        self.held_count = 0
        """How many tasks the filter lets through, folded or not."""
        self.problem_count = 0
        """How many of them are problems."""
        self.hidden_problems = 0
        """How many problems it does not let through."""
        self._blind: frozenset[str] = frozenset()
        self._value = _value_of(self.view)
        self._pins = True

    def load(self, updates: Iterable[Update]) -> list[TaskKey]:
        """Hold these tasks and no others, in this order; gives those of which there is news."""
        old, rows, news = self.rows, list[Row](), []
        for index, (task, state, _) in enumerate(updates):
            row = old.get(task.key)
            if row is None:
                row = Row(task, state, index)
            else:
                if is_news(row.state, state):
                    news.append(task.key)
                row.task, row.state, row.index = task, state, index
            row.rank = self._rank(row)
            rows.append(row)
        self.tally = Tally(rows)
        self._choose()
        return news

    @property
    def rows(self) -> dict[TaskKey, Row]:
        """The rows of all tasks by their `TaskKey`, in list order."""
        return self.tally.rows

    def look_at(self, view: View, holds: Holds | None) -> None:
        """Sort, group and fold as `view` says, and show what `holds` (all, where None)."""
        before, chosen = self.view, self.holds
        self.keep(None)
        self.view, self.holds, self._value = view, holds, _value_of(view)
        # Where there is nothing but problems, none is on top, and a person who sorts them wants them sorted.
        self._pins = view.pinned and not (view.only_problems and view.sort)
        # Another order shows what the one before did, and a look at each of 10,000 tasks is felt.
        if holds is chosen and _choice(view) == _choice(before):
            self._order()
        else:
            self._choose()

    def set_blind(self, profiles: frozenset[str]) -> None:
        """Say which profiles cannot see: failed polls are no problem of theirs."""
        self._blind = profiles
        for row in self.rows.values():
            row.rank = self._rank(row)
        self._choose()

    def put(self, row: Row, update: Update) -> bool:
        """Take over a newer belief about a row's task; whether lines came, went or moved."""
        if row.task.group != update.task.group:
            self.tally.change(row, update)
            row.rank = self._rank(row)
            self._choose()
            return True
        before, was_shown, head = self.place(row), self._is_shown(row), self.head_of(row)
        had_head = head is not None and head.tasks > 0
        position = self.position(row) if was_shown else 0
        self._count(row, -1)
        self.tally.change(row, update)
        row.rank = self._rank(row)
        row.held = self._is_held(row)
        self._count(row, 1)
        is_shown = self._is_shown(row)
        moved = (before, was_shown) != (self.place(row), is_shown) and (was_shown or is_shown)
        if moved and was_shown:
            del self.shown[position]
        if moved and is_shown:
            insort(self.shown, row, key=self.place)
        if head is None or had_head == (head.tasks > 0):
            return moved
        if had_head:
            del self.shown[self.position(head)]
        else:
            insort(self.shown, head, key=self.place)
        return True

    def keep(self, row: Row | None) -> bool:
        """Keep this row, which the cursor is on, and no longer the one before; whether that one is gone now."""
        before, self.kept = self.kept, row
        if before is None or before is row or before.held or before.task.key not in self.rows:
            return False
        if not self._is_folded(before):
            del self.shown[self.position(before)]
        return True

    def position(self, line: Line) -> int:
        """Where the line is among those shown, or would be."""
        return bisect_left(self.shown, self.place(line), key=self.place)

    def __contains__(self, line: object) -> bool:
        """Whether the line is among those shown."""
        match line:
            case Head():
                return self.heads.get(line.name) is line and line.tasks > 0
            case Row():
                return self.rows.get(line.task.key) is line and self._is_shown(line)
            case _:
                return False

    def _is_shown(self, row: Row) -> bool:
        return (row.held or row is self.kept) and not self._is_folded(row)

    def head_of(self, row: Row) -> Head | None:
        """The head of the row's group; None where groups are not shown."""
        return self.heads.get(row.task.group) if self.view.grouped else None

    def held_rows(self, head: Head | None = None) -> list[Row]:
        """The rows that the filter lets through (of one group), folded or not, in order."""
        wanted = (row for row in self.rows.values() if row.held and (head is None or row.task.group == head.name))
        return sorted(wanted, key=self.place)

    def _is_folded(self, row: Row) -> bool:
        return self.view.grouped and self.heads[row.task.group].folded

    def _choose(self) -> None:
        """Find out which lines are to be seen, put them in order, and count."""
        self._number_groups()
        self.held_count = self.problem_count = self.hidden_problems = 0
        for row in self.rows.values():
            row.held = self._is_held(row)
            self._count(row, 1)
        self._order()

    def _order(self) -> None:
        """Put the lines that are to be seen in the order of `place`.

        All at once takes a quarter of the time that sorting by `place` does: sorting is stable and the rows come in the
        order of the list, so what is sorted by is all the key that a calm row needs.
        """
        rows = list(self.rows.values())
        # A look at each of 10,000 rows is felt.
        if self.held_count < len(rows):
            rows = [row for row in rows if row.held or row is self.kept]
        if self.view.folds:
            rows = [row for row in rows if not self._is_folded(row)]
        has_pinned = self._pins and self.problem_count + self.hidden_problems
        pinned = [row for row in rows if row.rank < CALM] if has_pinned else []
        calm = [row for row in rows if row.rank == CALM] if pinned else rows
        if self.view.sort:
            calm.sort(key=self._value, reverse=self.view.reverse)
        self.shown = [*(head for head in self.heads.values() if head.tasks), *sorted(pinned, key=self.place), *calm]
        if self.view.grouped:
            self.shown.sort(key=self._number)

    def _number(self, line: Line) -> int:
        """The number of the line's group, where groups are shown."""
        return line.number if isinstance(line, Head) else self.heads[line.task.group].number

    def _number_groups(self) -> None:
        before, self.heads = self.heads, {}
        if not self.view.grouped:
            return
        names = dict.fromkeys(row.task.group for row in self.rows.values())
        for number, name in enumerate(sorted(names, key=lambda name: not name), 1):
            head = self.heads[name] = before.get(name) or Head(name)
            head.number, head.folded = number, name in self.view.folds
            head.tasks = head.problems = 0
            head.states.clear()

    def _count(self, row: Row, one: int) -> None:
        problem = one if row.rank < CALM else 0
        if not row.held:
            self.hidden_problems += problem
            return
        self.held_count += one
        self.problem_count += problem
        if self.view.grouped:
            head = self.heads[row.task.group]
            head.tasks += one
            head.problems += problem
            head.states[None if row.task.paused else row.state.state] += one

    def _is_held(self, row: Row) -> bool:
        if self.view.only_problems and not row.is_problem:
            return False
        return self.holds is None or self.holds(row.task, row.state)

    def place(self, line: Line) -> Place:
        """Where the line belongs; a head before all tasks of its group."""
        if isinstance(line, Head):
            return line.number, _HEAD, 0.0, 0
        group = self._number(line) if self.view.grouped else 0
        if line.rank != CALM and self._pins:
            return group, line.rank, 0.0 if line.state.since is None else -line.state.since, line.index
        value = self._value(line)
        return group, CALM, _backwards(value) if self.view.reverse else value, line.index

    def _rank(self, row: Row) -> int:
        if row.task.paused:
            return CALM
        rank = _RANKS.get(row.state.state, CALM)
        return _DOUBTFUL if rank == CALM and row.state.is_problem and not self._is_only_blind(row) else rank

    def _is_only_blind(self, row: Row) -> bool:
        """Whether nothing is wrong with the task but that its profile cannot see."""
        return row.task.key.profile in self._blind and row.state.doubt.streak == 0 and not row.state.trouble.flapping


def is_news(before: TaskState, now: TaskState) -> bool:
    """Whether a person would want to know.

    The first answer of a task that runs is none, or all would be marked; nor is what an earlier run saw, nor that
    another process has seen the task so for longer.
    """
    is_anew = before.since is not None and now.since is not None and now.since > before.since
    is_changed = before.state is not now.state or is_anew
    is_first = before.state is State.PENDING and now.state is State.RUNNING
    return is_changed and not now.doubt.is_recalled and not is_first


_BACKWARDS = bytes(reversed(range(256)))
"""Turns a text in UTF-8, which sorts as the text does, into one that sorts the other way round."""
_LAST = chr(sys.maxunicode)


def _choice(view: View) -> tuple[bool, bool, frozenset[str]]:
    """What decides, beside the filter, which lines are shown."""
    return view.only_problems, view.grouped, view.folds


def _value_of(view: View) -> Callable[[Row], Any]:
    """What a row is sorted by."""
    return _VALUES.get(view.sort, _no_value)


def _no_value(_row: Row) -> float:
    return 0.0


def _backwards(value: Any) -> Any:
    # A text comes before a longer one that begins with it, and must come after it here.
    return value.encode(errors="surrogatepass").translate(_BACKWARDS) + b"\xff" if isinstance(value, str) else -value


def _state_value(row: Row) -> int:
    return CALM + 3 if row.task.paused else _STATE_ORDER[row.state.state]


_STATE_ORDER = {**_RANKS, State.PENDING: CALM, State.RUNNING: CALM + 1, State.FINISHED: CALM + 2}
_VALUES: dict[str, Callable[[Row], Any]] = {
    Column.STATE.title: _state_value,
    # Its name, without the time that a call for each of 10,000 takes.
    Column.TASK.title: lambda row: (row.task.label or row.task.key.task_id).casefold(),
    Column.GROUP.title: lambda row: row.task.group.casefold() or _LAST,
    Column.ID.title: lambda row: row.task.key.task_id,
    Column.APP.title: lambda row: row.task.key.sdk_app_id,
    Column.REGION.title: lambda row: row.task.key.region,
    Column.FOR.title: lambda row: inf if row.state.since is None else -row.state.since,
    Column.SEEN.title: lambda row: inf if row.state.seen is None else -row.state.seen,
    Column.STRIP.title: lambda row: strip.count(row.state.strip, Seen.RUNNING),
    Column.NOTE.title: lambda row: row.task.note.casefold() or _LAST,
}
"""What each column is sorted by, smallest first."""
SORTS = ("", *_VALUES)
"""The orders that a table can have: that of the list, and by the title of a column."""
