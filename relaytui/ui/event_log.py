"""What happened, in time order, newest last."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from relaytui.core.task import TaskKey
from relaytui.ui.cells import CURSOR_MARK
from relaytui.ui.looks import Look, classes
from relaytui.ui.text_pane import Line, TextPane
from relaytui.ui.times import day, time_of_day

if TYPE_CHECKING:
    # The first paint, before which nothing happens, does not wait for events to be loaded.
    from relaytui.core.events import Event

MOST_LINES = 2000
"""More than the Feed can bring at once, so that a loss is told before what came after it."""
_TIME_WIDTH = len("03:14:07 ")


class Sieve(Enum):
    """Which events are shown, in the order in which a key goes through them."""

    ALL = "events"
    PROBLEMS = "events · problems and alarms"
    TASK = "events · this task"


class Entry(NamedTuple):
    """An event as it stands in the log."""

    number: int
    day: str
    line: Line
    tasks: tuple[TaskKey, ...] = ()


class EventLog(TextPane, inherit_bindings=False):
    """The newest events. It remembers while it is hidden.

    The cursor, seen while the log has the focus, rests on its event; at the end it follows what happens.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {*classes(*Look), "event-log--cursor"}
    BINDING_GROUP_TITLE = "In the event log"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "to the task", id="log.choose", tooltip="Put the table's cursor on this task"),
        Binding("f", "sieve", "fewer", id="log.sieve", tooltip="All events, problems, or those of the table's task"),
        Binding("j,down", "move(1)", "down", show=False, id="log.down", tooltip="To the next event"),
        Binding("k,up", "move(-1)", "up", show=False, id="log.up", tooltip="To the event before"),
        Binding("pagedown,space", "page(1)", "page down", show=False, id="log.page_down", tooltip="One page on"),
        Binding("pageup", "page(-1)", "page up", show=False, id="log.page_up", tooltip="One page back"),
        Binding("g,home", "first", "top", show=False, id="log.top", tooltip="To the oldest event"),
        Binding("G,end", "last", "bottom", show=False, id="log.bottom", tooltip="To the newest event, and follow"),
    ]

    @dataclass
    class Chosen(Message):
        """An event was chosen; `key` is its task or the first of several, None where it is about none."""

        key: TaskKey | None

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name for it
        super().__init__(label_width=_TIME_WIDTH, id=id)
        self.border_title = Sieve.ALL.value
        self._log: deque[Entry] = deque(maxlen=MOST_LINES)
        self._numbers = count()
        self._sieve = Sieve.ALL
        self._table_task: TaskKey | None = None
        self._shown: list[Entry] = []
        self._line_of: list[int] = []
        """The line of each of them, among those that name the day."""
        self._cursor: int | None = None
        """The number of the event under the cursor, None at the end."""

    def put(self, events: Iterable[Event], *, name: Callable[[TaskKey], str]) -> None:
        """Add events; `name` gives what people call a task."""
        from relaytui.ui.event_lines import event_line, tasks_of  # noqa: PLC0415 - see above

        for event in events:
            self._add(event.at, event_line(event, name), tasks_of(event))
        self._show()

    def forget(self) -> None:
        """Begin anew: time has gone back."""
        self._log.clear()
        self._cursor = None
        self._show()

    def lose(self, count: int, *, at: float) -> None:
        """Say that `count` events came and went before the screen could show them."""
        words = f"! {count:,} older events are not shown: the screen stood still. The table is up to date."
        self._add(at, Line(words, time_of_day(at), Look.WARNING))
        self._show()

    def look_at(self, task: TaskKey | None) -> None:
        """Say which task is under the cursor of the table."""
        self._table_task = task
        if self._sieve is Sieve.TASK:
            self._show()

    def _add(self, at: float, line: Line, tasks: tuple[TaskKey, ...] = ()) -> None:
        self._log.append(Entry(next(self._numbers), day(at), line, tasks))

    def on_show(self) -> None:
        """Catch up with what happened while the log was hidden."""
        self._show()

    def _show(self) -> None:
        if not (self.is_attached and self.display):
            return
        is_resting = self._cursor is not None and self.has_focus
        following = self.scroll_offset.y >= self.max_scroll_y and not is_resting
        on_screen = self._cursor_rows.start - self.scroll_offset.y
        self._shown = [entry for entry in self._log if self._lets_through(entry)]
        self._line_of, lines, today = [], [], ""
        for entry in self._shown:
            if entry.day != today:
                today = entry.day
                lines.append(Line(today, look=Look.DIM))
            self._line_of.append(len(lines))
            lines.append(entry.line)
        nothing = "nothing has happened yet" if not self._log else "no such event"
        self.show(lines or [Line(nothing, look=Look.DIM)], at_end=following)
        if is_resting and 0 <= on_screen < self.size.height:
            self._scroll(self._cursor_rows.start - on_screen)
        counts = "" if self._sieve is Sieve.ALL else f", {len(self._shown):,} of {len(self._log):,}"
        # Setting it paints the whole pane, even to what it is.
        if (title := f"{self._sieve.value}{counts}") != self.border_title:
            self.border_title = title

    def _lets_through(self, entry: Entry) -> bool:
        match self._sieve:
            case Sieve.ALL:
                return True
            case Sieve.PROBLEMS:
                return entry.line.look in (Look.WARNING, Look.PROBLEM)
            case Sieve.TASK:
                return self._table_task in entry.tasks

    # The cursor

    @property
    def _position(self) -> int:
        """Which of the shown events is under the cursor; where its own is not shown, the one after it."""
        last = max(0, len(self._shown) - 1)
        if self._cursor is None:
            return last
        return min(last, bisect_left(self._shown, self._cursor, key=lambda entry: entry.number))

    @property
    def _cursor_rows(self) -> range:
        """The rows of the event under the cursor."""
        if not self._shown or not self._starts:
            return range(0)
        line = self._line_of[self._position]
        end = self._starts[line + 1] if line + 1 < len(self._starts) else len(self._rows)
        return range(self._starts[line], end)

    def action_move(self, step: int) -> None:
        """Move the cursor by so many events."""
        self._go(self._position + step)

    def action_page(self, pages: int) -> None:
        """Move the cursor by so many pages."""
        self.action_move(pages * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """To the oldest event."""
        self._go(0)

    def action_last(self) -> None:
        """To the newest event, and on with those to come."""
        self._go(len(self._shown))

    def action_sieve(self) -> None:
        """Show other events: all, problems and alarms, or those of the table's task."""
        sieves = [*Sieve]
        self._sieve = sieves[(sieves.index(self._sieve) + 1) % len(sieves)]
        self._show()
        self._show_cursor()

    def action_choose(self) -> None:
        """To the task of the event under the cursor."""
        if self._shown:
            tasks = self._shown[self._position].tasks
            self.post_message(
                self.Chosen(self._table_task if self._sieve is Sieve.TASK else tasks[0] if tasks else None)
            )

    def _go(self, position: int) -> None:
        before = self._cursor_rows
        position = max(0, position)
        self._cursor = self._shown[position].number if position < len(self._shown) - 1 else None
        for y in {*before} ^ {*self._cursor_rows}:
            self.refresh_line(y)
        self._show_cursor()

    def _show_cursor(self) -> None:
        rows = self._cursor_rows
        # With the day above the first.
        start = rows.start if self._position else 0
        self._scroll(min(max(self.scroll_offset.y, rows.stop - self.size.height), start))

    def _scroll(self, top: int) -> None:
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)

    def on_focus(self) -> None:
        """Bring the cursor on the screen."""
        self.refresh()
        self._show_cursor()

    def on_blur(self) -> None:
        """The cursor is not seen any more."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the click was; a double click goes to the task."""
        offset = event.get_content_offset(self)
        if offset is None or not self._shown:
            return
        line = bisect_right(self._starts, offset.y + self.scroll_offset.y) - 1
        self._go(bisect_left(self._line_of, line))
        if event.chain == 2:
            self.action_choose()

    def render_line(self, y: int) -> Strip:
        """The strip at line `y` of the window."""
        strip = super().render_line(y)
        rows = self._cursor_rows
        row = y + self.scroll_offset.y
        if not self.has_focus or row not in rows:
            return strip
        if row == rows.start:
            mark = Strip([Segment(CURSOR_MARK, self.rich_style)])
            after = strip.crop(_TIME_WIDTH, strip.cell_length)
            strip = Strip.join([strip.crop(0, _TIME_WIDTH - 1), mark, after])
        style = self.get_component_rich_style("event-log--cursor", partial=True)
        return Strip(Segment.apply_style(strip, post_style=style), strip.cell_length)
