"""The board: one line per relay task, problems on top, and how each looks.

The lines are kept in order by `rows.Lines` and painted line by line by `PaintedLines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import ClassVar

from relaytui.core.alarm_view import Attention, Subject
from relaytui.core.task import State, TaskKey
from relaytui.core.task_state import Thresholds
from relaytui.core.update import Update
from relaytui.ports import Clock
from relaytui.ui import cells
from relaytui.ui.columns import header
from relaytui.ui.painted_lines import BLANK, Picture
from relaytui.ui.rows import Head, Line, is_news
from relaytui.ui.tally import Row, Tally
from relaytui.ui.viewed_lines import ViewedLines


class TaskTable(ViewedLines):
    """The watched tasks as rows that are found by their `TaskKey`.

    Ages move only when `tick` is called, so that everything on the screen is as of one moment.
    """

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "task-table--header",
        "task-table--cursor",
        "task-table--flash",
        "task-table--blind",
        "task-table--paused",
        "task-table--marked",
        "task-table--group",
        "task-table--fact",
        "task-table--strip",
        *(f"task-table--{state.value.replace('_', '-')}" for state in State),
    }
    """
    | Class | What it styles |
    | :- | :- |
    | `task-table--header` | the titles |
    | `task-table--cursor` | the row under the cursor |
    | `task-table--flash` | a row whose state has just changed |
    | `task-table--blind` | the rows of a profile that cannot see |
    | `task-table--paused` | the rows of paused tasks |
    | `task-table--marked` | marked rows |
    | `task-table--group` | the name of a group |
    | `task-table--fact` | live facts in the NOTE column |
    | `task-table--strip` | the last 60 minutes |
    | `task-table--<state>` | glyph and word of that state |
    """

    DEFAULT_CSS = """
    TaskTable {
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > .task-table--header { color: $text-muted; text-style: bold; background: $surface; }
        & > .task-table--marked { text-style: bold; }
        & > .task-table--cursor { background: $cursor-rest-ground; text-style: $cursor-rest-style; }
        & > .task-table--flash { background: $flash-ground; text-style: $flash-style; }
        & > .task-table--blind { color: $stale-text; text-style: $stale-style; }
        & > .task-table--paused { color: $stale-text; text-style: $stale-style; }
        & > .task-table--group { text-style: bold; }
        & > .task-table--fact { color: $text-warning; text-style: bold; }
        & > .task-table--strip { color: $text-muted; }
        & > .task-table--pending { color: $text-muted; }
        & > .task-table--running { color: $text-success; }
        & > .task-table--finished { color: $text-muted; }
        & > .task-table--ended { color: $text-error; text-style: bold; }
        & > .task-table--overdue { color: $text-warning; text-style: bold; }
        & > .task-table--rejected { color: $text-error; text-style: bold; }
        & > .task-table--unrecognised { color: $text-warning; text-style: bold; }
        & > .task-table--not-found { color: $text-warning; text-style: bold; }
        &:focus > .task-table--cursor { background: $cursor-ground; text-style: $cursor-style; }
    }
    """

    def __init__(
        self,
        tasks: Iterable[Update] = (),
        *,
        clock: Clock,
        flash_seconds: float = 4.0,
        thresholds: Thresholds | None = None,
        id: str | None = None,  # noqa: A002 - the name that every Textual widget gives it
    ) -> None:
        super().__init__(id=id)
        self._lines.load(tasks)
        self._clock = clock
        self._flash_seconds = flash_seconds
        self._thresholds = thresholds or Thresholds()
        self._now = clock.monotonic()
        self._flashes: dict[TaskKey, float] = {}
        """When the flash of a row ends (monotonic seconds)."""
        self._blind: frozenset[str] = frozenset()
        self._attention: Mapping[Subject, Attention] = {}
        self._paces: Mapping[str, cells.Pace] = {}

    def on_mount(self) -> None:
        """Show the tasks that were given at first."""
        self._settle(None)

    @property
    def tally(self) -> Tally:
        """The newest that was told of every task."""
        return self._lines.tally

    @property
    def problem_count(self) -> int:
        """How many problems the filter lets through."""
        return self._lines.problem_count

    @property
    def hidden_problem_count(self) -> int:
        """How many problems it does not."""
        return self._lines.hidden_problems

    @property
    def held_count(self) -> int:
        """How many tasks the filter lets through, on the screen or not."""
        return self._lines.held_count

    @property
    def shown(self) -> tuple[TaskKey, ...]:
        """The tasks that the filter lets through, in order, folded or not."""
        return tuple(row.task.key for row in self._lines.held_rows())

    @property
    def row_count(self) -> int:
        """How many tasks there are, shown or not."""
        return len(self._lines.rows)

    def load(self, updates: Iterable[Update]) -> None:
        """Show these tasks and no others, in this order; cursor, marks and flashes stay with tasks that stay."""
        self._now = self._clock.monotonic()
        position = self._lines.position(self._cursor) if self._cursor else 0
        for key in self._lines.load(updates):
            self._note_news(key)
        rows = self._lines.rows
        self._unseen &= rows.keys()
        self._flashes = {key: end for key, end in self._flashes.items() if key in rows}
        if self._marks - rows.keys():
            self._marks &= rows.keys()
            self.post_message(self.MarksChanged())
        self._settle(None, position=position)
        self._show_cursor()
        self.refresh()

    def put(self, updates: Iterable[Update]) -> None:
        """Take over newer beliefs; an unknown task is left out, because `load` alone decides the list."""
        touched: set[Line] = set()
        line = self._held_line()
        moved = False
        for update in updates:
            row = self._lines.rows.get(update.task.key)
            if row is None:
                continue
            touched.add(row)
            if head := self._lines.head_of(row):
                touched.add(head)
            if is_news(row.state, update.state):
                self._note_news(update.task.key)
            moved |= self._lines.put(row, update)
        if moved:
            self._settle(line)
            self._repaint()
        else:
            self._repaint_of(touched)

    def _note_news(self, key: TaskKey) -> None:
        self._unseen.add(key)
        self._flashes[key] = self._clock.monotonic() + self._flash_seconds

    def tick(self) -> None:
        """Move ages and strips on to now and end flashes that are over; to be called once a second."""
        self._now = self._clock.monotonic()
        self._flashes = {key: end for key, end in self._flashes.items() if end > self._now}
        self._repaint()

    def set_blind(self, profiles: frozenset[str]) -> None:
        """Say which profiles cannot see: their rows dim, and their failed polls are no problem of theirs."""
        if profiles == self._blind:
            return
        line = self._held_line()
        self._blind = profiles
        self._lines.set_blind(profiles)
        self._settle(line)
        self._repaint()

    def set_alarm_after(self, answers: int) -> None:
        """Say how many NotExist in a row it takes to believe an end."""
        self._thresholds = replace(self._thresholds, alarm_after=answers)

    def attention_of(self, key: TaskKey) -> Attention | None:
        """What people said to the alarm of this task, None where nothing."""
        return self._attention.get(key)

    def set_attention(self, attention: Mapping[Subject, Attention]) -> None:
        """Say what people said to the alarms of the tasks."""
        self._attention = attention
        self._repaint()

    def set_paces(self, paces: Mapping[str, cells.Pace]) -> None:
        """Say how often the tasks of each profile are asked: a row whose answer is much older dims, and says why."""
        self._paces = paces

    def picture_at(self, y: int) -> Picture:
        """How this line of the screen should look."""
        if y == 0:
            view = self._lines.view
            return Picture(("header",), header(self._layout, view.sort, reverse=view.reverse))
        match self._line_at(y):
            case Row() as row:
                return self._picture_of_row(row)
            case Head() as head:
                return self._picture_of_head(head)
            case None:
                return BLANK

    @property
    def sight(self) -> cells.Sight:
        """What decides beside belief and list how rows look now."""
        return cells.Sight(self._now, self._clock.wall(), self._thresholds, self._blind, self._attention, self._paces)

    def _picture_of_row(self, row: Row) -> Picture:
        key, sight = row.task.key, self.sight
        doubt = sight.doubt(row.task, row.state)
        names = []
        if row.task.paused:
            names.append("paused")
        elif any(doubt):
            names.append("blind")
        if key in self._marks:
            names.append("marked")
        if row is self._cursor:
            names.append("cursor")
        if key in self._flashes:
            names.append("flash")
        marks = cells.marks(cursor=row is self._cursor, unseen=key in self._unseen, marked=key in self._marks)
        return Picture(tuple(names), sight.cells(row.task, row.state, self._layout, marks=marks, doubt=doubt))

    def _picture_of_head(self, head: Head) -> Picture:
        is_under = head is self._cursor
        mark = cells.marks(cursor=is_under, unseen=False, marked=False)
        told = cells.head(
            head.name,
            number=head.number,
            folded=head.folded,
            tasks=head.tasks,
            problems=head.problems,
            states=head.states,
            width=self._width,
        )
        return Picture(("cursor",) if is_under else (), (((mark, ""), *told),))
