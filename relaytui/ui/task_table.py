"""The board: one line per relay task, problems on top, drawn line by line.

The lines are kept in order by `rows.Lines`; the widget remembers what it painted. A change compares the lines on the
screen with that and repaints only the columns that differ, so that neither an update off the screen nor a second in
which nothing changed writes a byte, whatever the number of rows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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

from relaytui.core.alarm_view import Attention, Subject
from relaytui.core.belief import Thresholds
from relaytui.core.board import Update
from relaytui.core.task import State, TaskKey
from relaytui.core.view import View
from relaytui.ports import Clock
from relaytui.ui import cells
from relaytui.ui.cells import Piece
from relaytui.ui.rows import Head, Holds, Line, Lines, Row, is_news

_place = attrgetter("place")


class _Look(NamedTuple):
    """All that decides how one line looks: style names of the whole row, and its cells."""

    names: tuple[str, ...]
    cells: tuple[tuple[Piece, ...], ...]


_BLANK = _Look((), ())


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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False, id="table.down", tooltip="To the next task"),
        Binding("k,up", "move(-1)", "Up", show=False, id="table.up", tooltip="To the task above"),
        Binding("g,home", "first", "Top", show=False, id="table.top", tooltip="To the first task"),
        Binding("G,end", "last", "Bottom", show=False, id="table.bottom", tooltip="To the last task"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="table.page_down", tooltip="One screen down"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="table.page_up", tooltip="One screen up"),
        Binding("ctrl+d", "page(0.5)", "Half down", show=False, id="table.half_down", tooltip="Half a screen down"),
        Binding("ctrl+u", "page(-0.5)", "Half up", show=False, id="table.half_up", tooltip="Half a screen up"),
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
    class Opened(Message):
        """A task was chosen with enter or a double click."""

        key: TaskKey

    @dataclass
    class CursorMoved(Message):
        """The cursor is on another task; None where it is on a group, or the table is empty."""

        key: TaskKey | None

    @dataclass
    class VisibleChanged(Message):
        """Other rows are on the screen, after a scroll, a resize or a re-sort; `keys` from top to bottom."""

        keys: tuple[TaskKey, ...]

    @dataclass
    class MarksChanged(Message):
        """Other tasks are marked."""

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
        self._lines = Lines()
        self._cursor: Line | None = None
        self._chosen: TaskKey | None = None
        """The task on which a person last put the cursor: it goes back there when a filter shows the task again."""
        self._marks: set[TaskKey] = set()
        self._unseen: set[TaskKey] = set()
        self._flashes: dict[TaskKey, float] = {}
        """When the flash of a row ends (monotonic seconds)."""
        self._blind: frozenset[str] = frozenset()
        self._attention: Mapping[Subject, Attention] = {}
        self._paces: Mapping[str, cells.Pace] = {}
        self._width = 0
        self._layout = cells.layout(0)
        self._painted: dict[int, _Look] = {}
        """What is on the screen, by line of the widget."""
        self._visible_told: tuple[TaskKey, ...] = ()
        self._telling = False
        self._styles_by_name: dict[tuple[str, ...], Style] = {}
        self._strips: LRUCache[_Look, Strip] = LRUCache(512)

    # What it holds

    @property
    def cursor_key(self) -> TaskKey | None:
        """The task under the cursor; None where it is on a group, or the table is empty."""
        return self._cursor.task.key if isinstance(self._cursor, Row) else None

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
    def target_count(self) -> int:
        """How many tasks `targets` are, without making a list of 10,000 at every look."""
        rows = self._lines.rows
        if self._marks and (marked := sum(rows[key].held for key in self._marks)):
            return marked
        match self._cursor:
            case Row():
                return 1
            case Head(tasks=tasks):
                return tasks
            case None:
                return 0

    @property
    def mark_count(self) -> int:
        """How many tasks are marked, shown or not."""
        return len(self._marks)

    @property
    def hidden_mark_count(self) -> int:
        """How many of them the filter does not let through."""
        return sum(not self._lines.rows[key].held for key in self._marks)

    @property
    def has_unseen(self) -> bool:
        """Whether there are such tasks as `unseen` gives."""
        return bool(self._unseen)

    @property
    def unseen(self) -> frozenset[TaskKey]:
        """The tasks whose state changed since the cursor last visited them."""
        return frozenset(self._unseen)

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

    @property
    def group_names(self) -> tuple[str, ...]:
        """The groups that are shown, by their numbers."""
        return tuple(self._lines.heads)

    @property
    def view(self) -> View:
        """How the table is looked at now, all but the text of the filter."""
        return self._lines.view._replace(cursor=self._chosen, marks=frozenset(self._marks))

    def look_at(self, view: View, holds: Holds | None) -> None:
        """Look at the table like this; `holds` is the filter, None lets all through. The cursor stays on its task."""
        line = self._held_line()
        self._marks = set(view.marks) & self._lines.rows.keys()
        self._chosen = view.cursor
        self._lines.look_at(view, holds)
        chosen = self._lines.rows.get(view.cursor) if view.cursor else None
        if chosen in self._lines and not isinstance(self._cursor, Head):
            self._cursor = chosen
        self._settle(line)
        self._show_cursor()
        self.refresh(Region(0, 0, self._width, 1))
        self.post_message(self.MarksChanged())

    def load(self, updates: Iterable[Update]) -> None:
        """Show these tasks and no others, in this order; cursor, marks and flashes stay with tasks that stay."""
        self._now = self._clock.monotonic()
        for key in self._lines.load(updates):
            self._note_news(key)
        rows = self._lines.rows
        self._unseen &= rows.keys()
        self._flashes = {key: end for key, end in self._flashes.items() if key in rows}
        if self._marks - rows.keys():
            self._marks &= rows.keys()
            self.post_message(self.MarksChanged())
        self._settle(None)
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
        else:
            self._repaint(touched)

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

    def move_to(self, key: TaskKey) -> None:
        """Put the cursor on this task and bring it on the screen; nothing happens where the filter hides it."""
        row = self._lines.rows.get(key)
        if row is not None and row.held:
            self._unfold(row)
            self._go(row)

    def next_problem(self, step: int) -> bool:
        """Put the cursor on the next problem or unseen change, before it with -1, round and round; False without."""
        wanted = [row for row in self._lines.held_rows() if row.is_problem or row.task.key in self._unseen]
        if not wanted or self._cursor is None:
            return False
        place = self._cursor.place
        index = bisect_right(wanted, place, key=_place) if step > 0 else bisect_left(wanted, place, key=_place) - 1
        self.move_to(wanted[index % len(wanted)].task.key)
        return True

    def move_to_group(self, number: int) -> bool:
        """Put the cursor on the group with this number (from 1); False where there is none."""
        for head in self._lines.heads.values():
            if head.number == number and head in self._lines:
                self._go(head)
                return True
        return False

    def sort_by(self, title: str) -> None:
        """Sort by the column with this title, or the other way round where it is already; "" is the list's order."""
        view = self.view
        self._look_at(view._replace(sort=title, reverse=bool(title) and title == view.sort and not view.reverse))

    def pin(self, on: bool) -> None:
        """Keep problems on top whatever the order, or sort them like all others."""
        self._look_at(self.view._replace(pinned=on))

    def _look_at(self, view: View) -> None:
        self.look_at(view, self._lines.holds)

    def text_frame(self) -> str:
        """What is painted now as plain text, one line per line of the screen."""
        painted = (self._painted.get(y, _BLANK) for y in range(self.size.height))
        return "\n".join("".join(text for text, _ in self._pieces(line)).rstrip() for line in painted)

    # The cursor and what is on the screen

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
        self._mark({row.task.key for row in self._lines.held_rows()})

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
        self._repaint(visited)
        if line is not before:
            self.post_message(self.CursorMoved(self.cursor_key))

    def _settle(self, line: int | None) -> None:
        """Lines came, went or moved: have the cursor on one of them, and on this line of the screen."""
        lines, before = self._lines, self._cursor
        if before is None or before not in lines:
            head = lines.head_of(before) if isinstance(before, Row) and before.task.key in lines.rows else None
            position = lines.position(before) if before else 0
            self._cursor = (
                head if head in lines else lines.shown[min(position, len(lines.shown) - 1)] if lines.shown else None
            )
            self.post_message(self.CursorMoved(self.cursor_key))
        lines.keep(self._cursor if isinstance(self._cursor, Row) else None)
        self._fit_height()
        if line is not None and self._cursor:
            self._scroll(max(0, lines.position(self._cursor) - line))
        self._repaint()
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

    def _tell_visible_soon(self) -> None:
        if not self._telling:
            self._telling = self.call_after_refresh(self._tell_visible)

    def _tell_visible(self) -> None:
        self._telling = False
        keys = tuple(line.task.key for _, line in self._on_screen() if isinstance(line, Row))
        if keys != self._visible_told:
            self._visible_told = keys
            self.post_message(self.VisibleChanged(keys))

    # Painting

    def render_line(self, y: int) -> Strip:
        """Paint one line of the screen; the first is the header and does not scroll."""
        if not self._width:
            # The first picture is painted before the message of the first size comes, and should show the rows.
            self._fit()
        if y == 0:
            view = self._lines.view
            look = _Look(("header",), cells.header(self._layout, view.sort, reverse=view.reverse))
        else:
            look = self._look_of(self._line_at(y))
        self._painted[y] = look
        strip = self._strips.get(look)
        if strip is None:
            strip = self._strips[look] = self._strip(look)
        return strip

    def notify_style_update(self) -> None:
        """Forget what was made with the old colours."""
        super().notify_style_update()
        self._styles_by_name.clear()
        self._strips.clear()

    def _repaint(self, lines: Collection[Line] | None = None) -> None:
        """Paint what differs from what is on the screen, in these lines or in all."""
        end = 1
        for y, line in self._on_screen():
            end = y + 1
            if lines is None or line in lines:
                self._repaint_line(y, self._look_of(line))
        if lines is None:
            for y in range(end, self._room + 1):
                self._repaint_line(y, _BLANK)

    def _repaint_line(self, y: int, look: _Look) -> None:
        painted = self._painted.get(y, _BLANK)
        if look != painted:
            left, right = self._difference(look, painted)
            self.refresh(Region(left, y, right - left, 1))

    def _difference(self, line: _Look, painted: _Look) -> tuple[int, int]:
        """The first cell and the cell after the last one that differ."""
        if line.names != painted.names or not len(line.cells) == len(painted.cells) == len(self._layout):
            return 0, self._width
        x, left, right = 0, self._width, 0
        for (column, width), new, old in zip(self._layout, line.cells, painted.cells, strict=True):
            x += column.gap
            if new != old:
                left, right = min(left, x), x + width
            x += width
        return left, right

    def _look_of(self, line: Line | None) -> _Look:
        if line is None:
            return _BLANK
        return self._look_of_row(line) if isinstance(line, Row) else self._look_of_head(line)

    def _look_of_head(self, head: Head) -> _Look:
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
        return _Look(("cursor",) if is_under else (), (((mark, ""), *told),))

    def _look_of_row(self, row: Row) -> _Look:
        key = row.task.key
        names = []
        is_blind = key.profile in self._blind
        stale = ""
        if not is_blind and not row.task.paused:
            stale = cells.stale_text(row.state, self._now, self._paces.get(key.profile))
        if row.task.paused:
            names.append("paused")
        elif is_blind or stale:
            names.append("blind")
        if key in self._marks:
            names.append("marked")
        if row is self._cursor:
            names.append("cursor")
        if key in self._flashes:
            names.append("flash")
        return _Look(
            tuple(names),
            cells.cells(
                row.task,
                row.state,
                self._now,
                self._layout,
                marks=cells.marks(cursor=row is self._cursor, unseen=key in self._unseen, marked=key in self._marks),
                thresholds=self._thresholds,
                blind=is_blind,
                said=cells.said_text(self._attention.get(key), self._clock.wall()),
                stale=stale,
            ),
        )

    def _pieces(self, line: _Look) -> Iterator[Piece]:
        for (column, _), cell in zip(self._layout, line.cells, strict=False):
            if column.gap:
                yield " " * column.gap, ""
            yield from cell

    def _strip(self, line: _Look) -> Strip:
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
