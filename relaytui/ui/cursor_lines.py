"""The cursor on a table's lines: its keys, the mouse, and the scrolling that keeps it on the screen."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from relaytui.core.task import TaskKey
from relaytui.ui.painted_lines import PaintedLines
from relaytui.ui.rows import Line, Lines
from relaytui.ui.tally import Row


class CursorLines(PaintedLines):
    """Lines of which one is under the cursor; it stays on its task whatever else moves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False, id="table.down", tooltip="To the next task"),
        Binding("k,up", "move(-1)", "Up", show=False, id="table.up", tooltip="To the task above"),
        Binding("g,home", "first", "Top", show=False, id="table.top", tooltip="To the first task"),
        Binding("G,end", "last", "Bottom", show=False, id="table.bottom", tooltip="To the last task"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="table.page_down", tooltip="One screen down"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="table.page_up", tooltip="One screen up"),
        Binding("ctrl+d", "page(0.5)", "Half down", show=False, id="table.half_down", tooltip="Half a screen down"),
        Binding("ctrl+u", "page(-0.5)", "Half up", show=False, id="table.half_up", tooltip="Half a screen up"),
    ]

    @dataclass
    class CursorMoved(Message, namespace="task_table"):
        """The cursor is on another task; None where it is on a group, or the table is empty."""

        key: TaskKey | None

    @dataclass
    class VisibleChanged(Message, namespace="task_table"):
        """Other rows are on the screen, after a scroll, a resize or a re-sort; `keys` from top to bottom."""

        keys: tuple[TaskKey, ...]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every Textual widget gives it
        super().__init__(id=id)
        self._lines = Lines()
        self._cursor: Line | None = None
        self._chosen: TaskKey | None = None
        """The task on which a person last put the cursor: it goes back there when a filter shows the task again."""
        self._unseen: set[TaskKey] = set()
        self._visible_told: tuple[TaskKey, ...] = ()
        self._telling = False

    @property
    def cursor_key(self) -> TaskKey | None:
        """The task under the cursor; None where it is on a group, or the table is empty."""
        return self._cursor.task.key if isinstance(self._cursor, Row) else None

    @property
    def has_unseen(self) -> bool:
        """Whether there are such tasks as `unseen` gives."""
        return bool(self._unseen)

    @property
    def unseen(self) -> frozenset[TaskKey]:
        """The tasks whose state changed since the cursor last visited them."""
        return frozenset(self._unseen)

    def next_problem(self, step: int) -> bool:
        """Put the cursor on the next problem or unseen change, before it with -1, round and round; False without."""
        place_of, rows = self._lines.place, self._lines.rows.values()
        found = (row for row in rows if row.held and (row.is_problem or row.task.key in self._unseen))
        wanted = sorted(found, key=place_of)
        if not wanted or self._cursor is None:
            return False
        place = place_of(self._cursor)
        index = bisect_right(wanted, place, key=place_of) if step > 0 else bisect_left(wanted, place, key=place_of) - 1
        self.move_to(wanted[index % len(wanted)].task.key)
        return True

    def move_to_group(self, group: int | str) -> bool:
        """Put the cursor on the group with this number (from 1) or of this name; False where there is none."""
        for name, head in self._lines.heads.items():
            if group in (head.number, name) and head in self._lines:
                self._go(head)
                return True
        return False

    def action_move(self, step: int) -> None:
        """Move the cursor by so many rows."""
        if self._cursor:
            shown = self._lines.shown
            self._go(shown[min(max(0, self._lines.position(self._cursor) + step), len(shown) - 1)])

    def action_page(self, screens: float) -> None:
        """Move the cursor by so many screens."""
        self.action_move(round(screens * max(1, self._room)))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self.action_move(-len(self._lines.shown))

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self.action_move(len(self._lines.shown))

    def move_to(self, key: TaskKey) -> None:
        """Put the cursor on this task and bring it on the screen; nothing happens where the filter hides it."""
        row = self._lines.rows.get(key)
        if row is not None and row.held:
            self._unfold(row)
            self._go(row)

    def _unfold(self, row: Row) -> None:
        """Have the row among those shown."""
        raise NotImplementedError

    def on_resize(self) -> None:
        """Fit the columns to the new width and keep the cursor on the screen."""
        before = self._width
        self._fit()
        self._show_cursor()
        if self._width == before:
            # Textual has painted the new height, as for a bar that opens.
            self._repaint()
        else:
            self.refresh()
        self._tell_visible_soon()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other rows are on the screen."""
        super().watch_scroll_y(old_value, new_value)
        self._tell_visible_soon()

    def _go(self, line: Line) -> None:
        """Put the cursor on this line, as a person wants it."""
        before, self._cursor = self._cursor, line
        # A change under a resting cursor counts as seen when the cursor leaves: the person may have been away.
        visited = {line, before} if before else {line}
        self._unseen -= {each.task.key for each in visited if isinstance(each, Row)}
        if isinstance(line, Row):
            self._chosen = line.task.key
        if self._lines.keep(line if isinstance(line, Row) else None):
            self._fit_height()
            self._repaint()
        self._show_cursor()
        self._repaint_of(visited)
        if line is not before:
            self.post_message(self.CursorMoved(self.cursor_key))

    def _settle(self, line: int | None, *, position: int | None = None) -> None:
        """Lines came, went or moved: have the cursor on one of them, and on this line of the screen. Paints nothing.

        `position` is where the cursor was among the lines, where its own may be on the list no more.
        """
        lines, before = self._lines, self._cursor
        if before is None or before not in lines:
            head = lines.head_of(before) if isinstance(before, Row) and before.task.key in lines.rows else None
            if position is None:
                position = lines.position(before) if before else 0
            self._cursor = (
                head if head in lines else lines.shown[min(position, len(lines.shown) - 1)] if lines.shown else None
            )
            self.post_message(self.CursorMoved(self.cursor_key))
        lines.keep(self._cursor if isinstance(self._cursor, Row) else None)
        self._fit_height()
        if line is not None and self._cursor:
            self._scroll(max(0, lines.position(self._cursor) - line))
        self._tell_visible_soon()

    def _fit_height(self) -> None:
        size = Size(0, len(self._lines.shown) + 1)
        if size != self.virtual_size:
            self.virtual_size = size

    @property
    def _room(self) -> int:
        """How many rows fit below the header."""
        return max(0, self.size.height - 1)

    def _show_cursor(self) -> None:
        if self._cursor and self._room:
            position, top = self._lines.position(self._cursor), self.scroll_offset.y
            self._scroll(min(max(top, position - self._room + 1), position))

    def _scroll(self, top: int) -> None:
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)

    def _held_line(self) -> int | None:
        """The line on which the cursor should stay when rows move; None at the very top, where new problems appear."""
        if self._cursor is None or self.scroll_offset.y == 0:
            return None
        line = self._lines.position(self._cursor) - self.scroll_offset.y
        return line if 0 <= line < self._room else None

    def _line_at(self, y: int) -> Line | None:
        position = self.scroll_offset.y + y - 1
        return self._lines.shown[position] if y > 0 and position < len(self._lines.shown) else None

    def _on_screen(self) -> Iterator[tuple[int, Line]]:
        top = self.scroll_offset.y
        return enumerate(self._lines.shown[top : top + self._room], start=1)

    def _repaint_of(self, lines: Collection[Line]) -> None:
        self._repaint(y for y, line in self._on_screen() if line in lines)

    def _tell_visible_soon(self) -> None:
        if not self._telling:
            self._telling = self.call_after_refresh(self._tell_visible)

    def _tell_visible(self) -> None:
        self._telling = False
        keys = tuple(line.task.key for _, line in self._on_screen() if isinstance(line, Row))
        if keys != self._visible_told:
            self._visible_told = keys
            self.post_message(self.VisibleChanged(keys))
