"""How a person looks at a table's lines: which are marked and folded, and the order they are in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from relaytui.core.task import TaskKey
from relaytui.core.view import View
from relaytui.ui.cursor_lines import CursorLines
from relaytui.ui.rows import Head, Holds
from relaytui.ui.tally import Row


class ViewedLines(CursorLines):
    """Lines that are looked at as a `View` says, and the keys that change it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "open", "Detail", id="table.open", tooltip="All about this task; a group is folded or unfolded"
        ),
        Binding(
            "space,m",
            "mark",
            "Mark",
            show=False,
            id="table.mark",
            tooltip="Mark this task, or all of the group; again: unmark",
        ),
        Binding("asterisk", "mark_all", "Mark all", show=False, id="table.mark_all", tooltip="Mark all that are shown"),
        Binding("z", "fold", "Fold", show=False, id="table.fold", tooltip="Fold or unfold the group under the cursor"),
        Binding("Z", "fold_all", "Fold all", show=False, id="table.fold_all", tooltip="Fold or unfold all groups"),
    ]

    @dataclass
    class Opened(Message, namespace="task_table"):
        """A task was chosen with enter or a double click."""

        key: TaskKey

    class MarksChanged(Message, namespace="task_table"):
        """Other tasks are marked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every Textual widget gives it
        super().__init__(id=id)
        self._marks: set[TaskKey] = set()

    @property
    def targets(self) -> tuple[TaskKey, ...]:
        """The marked tasks that the filter lets through, in order; where there are none, those under the cursor."""
        if self._marks and (marked := [row for row in self._lines.held_rows() if row.task.key in self._marks]):
            return tuple(row.task.key for row in marked)
        match self._cursor:
            case Row(task):
                return (task.key,)
            case Head() as head:
                return tuple(row.task.key for row in self._lines.held_rows(head))
            case None:
                return ()

    @property
    def has_targets(self) -> bool:
        """Whether `targets` gives any, without making a list of 10,000 at every look."""
        return self._cursor is not None

    @property
    def has_one_target(self) -> bool:
        """Whether `targets` is one task."""
        rows = self._lines.rows
        match [*islice((key for key in self._marks if rows[key].held), 2)]:
            case []:
                return isinstance(self._cursor, Row) or (self._cursor is not None and self._cursor.tasks == 1)
            case marked:
                return len(marked) == 1

    @property
    def mark_count(self) -> int:
        """How many tasks are marked, shown or not."""
        return len(self._marks)

    @property
    def hidden_mark_count(self) -> int:
        """How many of them the filter does not let through."""
        return sum(not self._lines.rows[key].held for key in self._marks)

    @property
    def view(self) -> View:
        """How the table is looked at now, all but the text of the filter."""
        return self._lines.view._replace(cursor=self._chosen, marks=frozenset(self._marks), unseen=self.unseen)

    def look_at(self, view: View, holds: Holds | None) -> None:
        """Look at the table like this; `holds` is the filter, None lets all through. The cursor stays on its task."""
        line, marked = self._held_line(), self._marks
        self._marks = set(view.marks) & self._lines.rows.keys()
        self._unseen = set(view.unseen) & self._lines.rows.keys()
        self._chosen = view.cursor
        self._lines.look_at(view, holds)
        chosen = self._lines.rows.get(view.cursor) if view.cursor else None
        if chosen in self._lines and not isinstance(self._cursor, Head):
            self._cursor = chosen
        if isinstance(self._cursor, Head) and not view.grouped and (rows := self._lines.held_rows(self._cursor)):
            self._cursor = rows[0]
        self._settle(line)
        self._show_cursor()
        # To find out first which lines differ would take as long again as to paint them all.
        self.refresh()
        if self._marks != marked:
            self.post_message(self.MarksChanged())

    def sort_by(self, title: str) -> None:
        """Sort by the column with this title, or the other way round where it is already; "" is the list's order."""
        view = self.view
        self._look_at(view._replace(sort=title, reverse=bool(title) and title == view.sort and not view.reverse))

    def pin(self, on: bool) -> None:
        """Keep problems on top whatever the order, or sort them like all others."""
        self._look_at(self.view._replace(pinned=on))

    def _look_at(self, view: View) -> None:
        self.look_at(view, self._lines.holds)

    def action_open(self) -> None:
        """Open the task under the cursor; fold or unfold a group."""
        match self._cursor:
            case Row(task) as row:
                self._go(row)
                self.post_message(self.Opened(task.key))
            case Head():
                self.action_fold()

    def action_mark(self) -> None:
        """Mark the task under the cursor, or all of the group, and go on to the next line; again to unmark."""
        match self._cursor:
            case Row(task):
                self._mark({task.key})
            case Head() as head:
                self._mark({row.task.key for row in self._lines.held_rows(head)})
        self.action_move(1)

    def action_mark_all(self) -> None:
        """Mark all tasks that the filter lets through; unmark them where all are marked."""
        self._mark({key for key, row in self._lines.rows.items() if row.held})

    def clear_marks(self) -> None:
        """Mark nothing."""
        self._mark(set(self._marks))

    def _mark(self, keys: set[TaskKey]) -> None:
        if keys <= self._marks:
            self._marks -= keys
        else:
            self._marks |= keys
        self._repaint()
        self.post_message(self.MarksChanged())

    def action_fold(self) -> None:
        """Fold or unfold the group under the cursor."""
        head = self._lines.head_of(self._cursor) if isinstance(self._cursor, Row) else self._cursor
        if head:
            self._look_at(self.view._replace(folds=self.view.folds ^ {head.name}))

    def action_fold_all(self) -> None:
        """Fold all groups; unfold them where all are folded."""
        names = frozenset(self._lines.heads)
        folds = self.view.folds
        self._look_at(self.view._replace(folds=folds - names if names <= folds else folds | names))

    def _unfold(self, row: Row) -> None:
        head = self._lines.head_of(row)
        if head and head.folded:
            self._look_at(self.view._replace(folds=self.view.folds - {head.name}))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the click was; a double click opens, and one on a title sorts."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            self._click_title(offset.x)
        elif (line := self._line_at(offset.y)) is not None:
            self._go(line)
            if event.chain == 2:
                self.action_open()

    def _click_title(self, x: int) -> None:
        for column, width in self._layout:
            x -= column.gap + width
            if x < 0:
                if column.title:
                    self.sort_by(column.title)
                return
