"""The board: one line per relay task, problems on top, drawn line by line.

The widget keeps the rows in the order in which they are shown and remembers what it painted. A change compares the
lines on the screen with that and repaints only the columns that differ, so that neither an update off the screen nor a
second in which nothing changed writes a byte, whatever the number of rows.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from relaytui.core.belief import TaskState, Thresholds
from relaytui.core.board import Update
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.ports import Clock
from relaytui.ui import cells
from relaytui.ui.cells import Piece

_RANKS = {
    State.ENDED: 0,
    State.OVERDUE: 1,
    State.REJECTED: 2,
    State.UNRECOGNISED: 3,
    State.NOT_FOUND: 4,
}
_DOUBTFUL = 5
_CALM = 6

Place = tuple[int, float, int]
"""Where a row belongs: its rank, newest change first among problems, then its place in the list."""


@dataclass(slots=True, eq=False)
class _Row:
    task: WatchedTask
    state: TaskState
    place: Place


_place = attrgetter("place")


class _Line(NamedTuple):
    """All that decides how one line looks: style names of the whole row, and its cells."""

    names: tuple[str, ...]
    cells: tuple[tuple[Piece, ...], ...]


_NO_LINE = _Line((), ())


class TaskTable(ScrollView, can_focus=True):
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
        & > .task-table--cursor { background: $cursor-rest-ground; text-style: $cursor-rest-style; }
        & > .task-table--flash { background: $flash-ground; text-style: $flash-style; }
        & > .task-table--blind { color: $stale-text; text-style: $stale-style; }
        & > .task-table--paused { color: $stale-text; text-style: $stale-style; }
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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False, id="table.down", tooltip="To the next task"),
        Binding("k,up", "move(-1)", "Up", show=False, id="table.up", tooltip="To the task above"),
        Binding("g,home", "first", "Top", show=False, id="table.top", tooltip="To the first task"),
        Binding("G,end", "last", "Bottom", show=False, id="table.bottom", tooltip="To the last task"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="table.page_down", tooltip="One screen down"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="table.page_up", tooltip="One screen up"),
        Binding("ctrl+d", "page(0.5)", "Half down", show=False, id="table.half_down", tooltip="Half a screen down"),
        Binding("ctrl+u", "page(-0.5)", "Half up", show=False, id="table.half_up", tooltip="Half a screen up"),
        Binding("enter", "open", "Detail", id="table.open", tooltip="All that is known about this task"),
    ]

    @dataclass
    class Opened(Message):
        """A task was chosen with enter or a double click."""

        key: TaskKey

    @dataclass
    class CursorMoved(Message):
        """The cursor is on another task; None where the table is empty."""

        key: TaskKey | None

    @dataclass
    class VisibleChanged(Message):
        """Other rows are on the screen, after a scroll, a resize or a re-sort; `keys` from top to bottom."""

        keys: tuple[TaskKey, ...]

    def __init__(
        self,
        *,
        clock: Clock,
        flash_seconds: float = 4.0,
        thresholds: Thresholds | None = None,
        id: str | None = None,  # noqa: A002 - the name that every Textual widget gives it
    ) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._flash_seconds = flash_seconds
        self._thresholds = thresholds or Thresholds()
        self._now = clock.monotonic()
        self._rows: dict[TaskKey, _Row] = {}
        self._order: list[_Row] = []
        self._cursor: _Row | None = None
        self._unseen: set[TaskKey] = set()
        self._flashes: dict[TaskKey, float] = {}
        """When the flash of a row ends (monotonic seconds)."""
        self._blind: frozenset[str] = frozenset()
        self._width = 0
        self._layout = cells.layout(0)
        self._painted: dict[int, _Line] = {}
        """What is on the screen, by line of the widget."""
        self._visible_told: tuple[TaskKey, ...] = ()
        self._telling = False
        self._styles_by_name: dict[tuple[str, ...], Style] = {}
        self._strips: LRUCache[_Line, Strip] = LRUCache(512)

    # What it holds

    @property
    def cursor_key(self) -> TaskKey | None:
        """The task under the cursor; None where the table is empty."""
        return self._cursor.task.key if self._cursor else None

    @property
    def unseen(self) -> frozenset[TaskKey]:
        """The tasks whose state changed since the cursor last visited them."""
        return frozenset(self._unseen)

    @property
    def problem_count(self) -> int:
        """How many rows are pinned on top."""
        return bisect_left(self._order, (_CALM,), key=_place)

    @property
    def shown(self) -> tuple[TaskKey, ...]:
        """The tasks in the order in which they are shown, on the screen or not."""
        return tuple(row.task.key for row in self._order)

    @property
    def row_count(self) -> int:
        """How many rows there are, on the screen or not."""
        return len(self._order)

    def load(self, updates: Iterable[Update]) -> None:
        """Show these tasks and no others, in this order; cursor, marks and flashes stay with tasks that stay."""
        old, self._rows = self._rows, {}
        cursor_key, position = self.cursor_key, self._position(self._cursor) if self._cursor else 0
        self._now = self._clock.monotonic()
        for index, update in enumerate(updates):
            key = update.task.key
            row = old.get(key)
            if row is None:
                row = _Row(update.task, update.state, (_CALM, 0.0, index))
            else:
                self._take(row, update)
            self._rows[key] = row
            row.place = self._place(row, index)
        self._order = sorted(self._rows.values(), key=_place)
        self._unseen &= self._rows.keys()
        self._flashes = {key: end for key, end in self._flashes.items() if key in self._rows}
        self.virtual_size = Size(0, len(self._order) + 1)
        self._cursor = self._rows.get(cursor_key) if cursor_key else None
        if self._cursor is None and self._order:
            self._cursor = self._order[min(position, len(self._order) - 1)]
        if self.cursor_key != cursor_key:
            self.post_message(self.CursorMoved(self.cursor_key))
        self._show_cursor()
        self.refresh()
        self._tell_visible_soon()

    def put(self, updates: Iterable[Update]) -> None:
        """Take over newer beliefs; an unknown task is left out, because `load` alone decides the list."""
        touched: set[_Row] = set()
        line = self._held_line()
        moved = False
        for update in updates:
            row = self._rows.get(update.task.key)
            if row is None:
                continue
            touched.add(row)
            self._take(row, update)
            place = self._place(row, row.place[2])
            if place != row.place:
                moved = True
                del self._order[self._position(row)]
                row.place = place
                insort(self._order, row, key=_place)
        if moved:
            self._resettle(line)
        else:
            self._repaint(touched)

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
        for row in self._order:
            row.place = self._place(row, row.place[2])
        self._order.sort(key=_place)
        self._resettle(line)

    def move_to(self, key: TaskKey) -> None:
        """Put the cursor on this task and bring it on the screen; nothing happens where it is not in the table."""
        if row := self._rows.get(key):
            self._go(row)

    def next_problem(self, step: int) -> bool:
        """Put the cursor on the problem `step` further, round and round; False where there is none."""
        count = self.problem_count
        if not count or self._cursor is None:
            return False
        position = self._position(self._cursor)
        if position < count:
            position += step
        else:
            position = step - 1 if step > 0 else step
        self._go(self._order[position % count])
        return True

    def text_frame(self) -> str:
        """What is painted now as plain text, one line per line of the screen."""
        painted = (self._painted.get(y, _NO_LINE) for y in range(self.size.height))
        return "\n".join("".join(text for text, _ in self._pieces(line)).rstrip() for line in painted)

    def _take(self, row: _Row, update: Update) -> None:
        before, now = row.state, update.state
        row.task, row.state = update.task, now
        is_changed = (before.state, before.since) != (now.state, now.since)
        # The first answer of a task that runs is no news, or a fresh board would be all marks.
        if is_changed and not (before.state is State.PENDING and now.state is State.RUNNING):
            self._unseen.add(update.task.key)
            self._flashes[update.task.key] = self._clock.monotonic() + self._flash_seconds

    def _place(self, row: _Row, index: int) -> Place:
        state = row.state
        rank = _CALM if row.task.paused else _RANKS.get(state.state, _CALM)
        if rank == _CALM and state.is_problem and not row.task.paused and not self._is_only_blind(row):
            rank = _DOUBTFUL
        return (rank, 0.0 if rank == _CALM or state.since is None else -state.since, index)

    def _is_only_blind(self, row: _Row) -> bool:
        """Whether nothing is wrong with the task but that its profile cannot see."""
        return row.task.key.profile in self._blind and row.state.streak == 0 and not row.state.flapping

    def _position(self, row: _Row) -> int:
        return bisect_left(self._order, row.place, key=_place)

    # The cursor and what is on the screen

    def action_move(self, step: int) -> None:
        """Move the cursor by so many rows."""
        if self._cursor:
            last = len(self._order) - 1
            self._go(self._order[min(max(0, self._position(self._cursor) + step), last)])

    def action_page(self, screens: float) -> None:
        """Move the cursor by so many screens."""
        self.action_move(round(screens * max(1, self._room)))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self.action_move(-len(self._order))

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self.action_move(len(self._order))

    def action_open(self) -> None:
        """Open the task under the cursor."""
        if self._cursor:
            self._go(self._cursor)
            self.post_message(self.Opened(self._cursor.task.key))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the click was; a double click opens."""
        offset = event.get_content_offset(self)
        row = self._row_at(offset.y) if offset else None
        if row is None:
            return
        self._go(row)
        if event.chain == 2:
            self.action_open()

    def on_resize(self) -> None:
        """Fit the columns to the new width and keep the cursor on the screen."""
        self._fit()
        self._show_cursor()
        self.refresh()
        self._tell_visible_soon()

    def _fit(self) -> None:
        self._width = self.scrollable_content_region.width
        self._layout = cells.layout(self._width)
        self._strips.clear()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other rows are on the screen."""
        super().watch_scroll_y(old_value, new_value)
        self._tell_visible_soon()

    def _go(self, row: _Row) -> None:
        before, self._cursor = self._cursor, row
        # A change under a resting cursor counts as seen when the cursor leaves: the person may have been away.
        visited = {row, before} if before else {row}
        self._unseen -= {each.task.key for each in visited}
        self._show_cursor()
        self._repaint(visited)
        if row is not before:
            self.post_message(self.CursorMoved(row.task.key))

    @property
    def _room(self) -> int:
        """How many rows fit below the header."""
        return max(0, self.size.height - 1)

    def _show_cursor(self) -> None:
        if self._cursor and self._room:
            position, top = self._position(self._cursor), self.scroll_offset.y
            self._scroll(min(max(top, position - self._room + 1), position))

    def _scroll(self, top: int) -> None:
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)

    def _held_line(self) -> int | None:
        """The line on which the cursor should stay when rows move; None at the very top, where new problems appear."""
        if self._cursor is None or self.scroll_offset.y == 0:
            return None
        line = self._position(self._cursor) - self.scroll_offset.y
        return line if 0 <= line < self._room else None

    def _resettle(self, line: int | None) -> None:
        if line is not None and self._cursor:
            self._scroll(max(0, self._position(self._cursor) - line))
        self._repaint()
        self._tell_visible_soon()

    def _row_at(self, y: int) -> _Row | None:
        position = self.scroll_offset.y + y - 1
        return self._order[position] if y > 0 and position < len(self._order) else None

    def _on_screen(self) -> Iterator[tuple[int, _Row]]:
        top = self.scroll_offset.y
        return enumerate(self._order[top : top + self._room], start=1)

    def _tell_visible_soon(self) -> None:
        if not self._telling:
            self._telling = self.call_after_refresh(self._tell_visible)

    def _tell_visible(self) -> None:
        self._telling = False
        keys = tuple(row.task.key for _, row in self._on_screen())
        if keys != self._visible_told:
            self._visible_told = keys
            self.post_message(self.VisibleChanged(keys))

    # Painting

    def render_line(self, y: int) -> Strip:
        """Paint one line of the screen; the first is the header and does not scroll."""
        if not self._width:
            # The first picture is painted before the message of the first size comes, and should show the rows.
            self._fit()
        row = self._row_at(y)
        if y == 0:
            line = _Line(("header",), cells.header(self._layout))
        elif row is None:
            line = _NO_LINE
        else:
            line = self._line(row)
        self._painted[y] = line
        strip = self._strips.get(line)
        if strip is None:
            strip = self._strips[line] = self._strip(line)
        return strip

    def notify_style_update(self) -> None:
        """Forget what was made with the old colours."""
        super().notify_style_update()
        self._styles_by_name.clear()
        self._strips.clear()

    def _repaint(self, rows: Collection[_Row] | None = None) -> None:
        """Paint what differs from what is on the screen, in these rows or in all."""
        for y, row in self._on_screen():
            if rows is not None and row not in rows:
                continue
            line, painted = self._line(row), self._painted.get(y, _NO_LINE)
            if line == painted:
                continue
            left, right = self._difference(line, painted)
            self.refresh(Region(left, y, right - left, 1))

    def _difference(self, line: _Line, painted: _Line) -> tuple[int, int]:
        """The first cell and the cell after the last one that differ."""
        if line.names != painted.names or len(line.cells) != len(painted.cells):
            return 0, self._width
        x, left, right = 0, self._width, 0
        for (column, width), new, old in zip(self._layout, line.cells, painted.cells, strict=True):
            x += column.gap
            if new != old:
                left, right = min(left, x), x + width
            x += width
        return left, right

    def _line(self, row: _Row) -> _Line:
        key = row.task.key
        names = []
        if row.task.paused:
            names.append("paused")
        elif key.profile in self._blind:
            names.append("blind")
        if row is self._cursor:
            names.append("cursor")
        if key in self._flashes:
            names.append("flash")
        marks = (cells.CURSOR_MARK if row is self._cursor else " ") + (
            cells.UNSEEN_MARK if key in self._unseen else " "
        )
        return _Line(
            tuple(names),
            cells.cells(
                row.task,
                row.state,
                self._now,
                self._layout,
                marks=marks,
                thresholds=self._thresholds,
                blind=key.profile in self._blind,
            ),
        )

    def _pieces(self, line: _Line) -> Iterator[Piece]:
        for (column, _), cell in zip(self._layout, line.cells, strict=False):
            if column.gap:
                yield " " * column.gap, ""
            yield from cell

    def _strip(self, line: _Line) -> Strip:
        runs: list[list[str]] = []
        for text, name in self._pieces(line):
            if runs and runs[-1][1] == name:
                runs[-1][0] += text
            else:
                runs.append([text, name])
        segments = [Segment(text, self._style(*line.names, *([name] if name else []))) for text, name in runs]
        return Strip(segments).adjust_cell_length(self._width, self._style(*line.names))

    def _style(self, *names: str) -> Style:
        style = self._styles_by_name.get(names)
        if style is None:
            classes = [f"task-table--{name}" for name in names]
            style = self.get_visual_style(*classes).rich_style
            if any(self.get_component_styles(name).text_style.reverse for name in classes):
                style += Style(reverse=True)  # Textual leaves it out of visual styles.
            self._styles_by_name[names] = style
        return style
