"""What happened, in time order, newest last."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import ClassVar

from relaytui.core.events import Event
from relaytui.core.task import TaskKey
from relaytui.ui.event_lines import event_line
from relaytui.ui.looks import Look, classes
from relaytui.ui.text_pane import Line, TextPane
from relaytui.ui.times import day, time_of_day

MOST_LINES = 2000
"""More than the Feed can bring at once, so that a loss is told before what came after it."""
_TIME_WIDTH = len("03:14:07 ")


class EventLog(TextPane):
    """The newest events. It remembers while it is hidden, and stays where a person has scrolled to."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(*Look)
    BINDING_GROUP_TITLE = "In the event log"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name for it
        super().__init__(label_width=_TIME_WIDTH, id=id)
        self.border_title = "events"
        self._log: deque[Line] = deque(maxlen=MOST_LINES)
        self._day = ""

    def put(self, events: Iterable[Event], *, name: Callable[[TaskKey], str]) -> None:
        """Add events; `name` gives what people call a task."""
        for event in events:
            self._note_day(event.at)
            self._log.append(event_line(event, name))
        self._show()

    def forget(self) -> None:
        """Begin anew: time has gone back."""
        self._log.clear()
        self._day = ""
        self._show()

    def lose(self, count: int, *, at: float) -> None:
        """Say that `count` events came and went before the screen could show them."""
        self._note_day(at)
        words = f"! {count:,} older events are not shown: the screen stood still. The table is up to date."
        self._log.append(Line(words, time_of_day(at), Look.WARNING))
        self._show()

    def _note_day(self, at: float) -> None:
        if (today := day(at)) != self._day:
            self._day = today
            self._log.append(Line(today, look=Look.DIM))

    def on_show(self) -> None:
        """Catch up with what happened while the log was hidden."""
        self._show()

    def _show(self) -> None:
        if self.is_attached and self.display:
            following = self.scroll_offset.y >= self.max_scroll_y
            self.show(self._log or (Line("nothing has happened yet", look=Look.DIM),), at_end=following)
