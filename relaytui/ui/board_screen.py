"""What the desks of the dashboard share: the table, what was told last, the engine's commands, the bottom line.

A desk is a class of its own with the keys of one matter (`PaneDesk`: panes, …); `Dashboard` combines them. So a new
matter gets a new file, and none of them knows the others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from relaytui.core.alarm_view import AlarmView
from relaytui.core.lane_view import LaneView
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.core.update import Update
from relaytui.ui.key_line import KeyLine
from relaytui.ui.list_changes import ListChanges
from relaytui.ui.live_keys import key_of
from relaytui.ui.tally import Tally
from relaytui.ui.task_table import TaskTable

if TYPE_CHECKING:
    # Only their types are needed here, and the engine's imports would come before the first paint.
    from relaytui.core.listing import BadList, Edit
    from relaytui.engine import Commands, Drained
    from relaytui.ports import Clock, WatchList


class Chosen(NamedTuple):
    """A choice that takes two keys, as one command."""

    word: str
    tooltip: str
    run: Callable[[], object]


class BoardScreen(Screen[None], inherit_bindings=False):
    """The table over the bottom line, and what every desk needs; the base of all desks."""

    AUTO_FOCUS = "TaskTable"
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = []
    # As in Textual, but that the focus goes elsewhere without all of the screen being painted.
    focused = Reactive[Widget | None](None, repaint=False)

    def __init__(self, *, commands: Commands, tasks: Iterable[Update], clock: Clock, watch_list: WatchList) -> None:
        super().__init__()
        self.commands = commands
        self.clock = clock
        self.lanes: dict[LaneKey, LaneView] = {}
        """The newest that was told of every lane."""
        self.alarms = AlarmView()
        """The newest that was told of the alarms."""
        self.table = TaskTable(tasks, clock=clock)
        self.board = Vertical(self.table, id="board")
        """Holds the table and what stands under it."""
        self.body = Container(self.board, id="body")
        """Holds the board and the pane beside it."""
        self.key_line = KeyLine()
        self.changes = ListChanges(watch_list, undo_key=lambda: self.key("list.undo"))
        """The one way to change the list."""

    @property
    def tally(self) -> Tally:
        """The newest that was told of every task."""
        return self.table.tally

    def compose(self) -> ComposeResult:
        """Table and keys; the Dashboard puts its header on top."""
        yield self.body
        yield self.key_line

    def say(self, text: str, *, seconds: float = 3.0) -> None:
        """Say something in the bottom line for a while; foreign text is shown plain."""
        self.key_line.say(text, now=self.clock.monotonic(), seconds=seconds)

    def key(self, command: str) -> str:
        """The key of one of the board's commands, as it is written on the screen."""
        return key_of(self if command.partition(".")[0] != "table" else self.table, command)

    def targets(self) -> tuple[WatchedTask, ...]:
        """The tasks that an action is about, in the order of the screen.

        The marked ones that the filter lets through; where there are none, the one under the cursor, or all of the
        group that it is on; none where the table is empty.
        """
        return self.watched(self.table.targets)

    def watched(self, keys: Iterable[TaskKey]) -> tuple[WatchedTask, ...]:
        """These tasks as they are on the list; those that are not on it are left out."""
        updates = (self.tally.get(key) for key in keys)
        return tuple(update.task for update in updates if update is not None)

    def change_list(self, edit: Edit, words: str) -> None:
        """Change the list, in a while, and say what became of it; `words` as in `ListChanges.change`."""
        self.tell_change(partial(self.changes.change, edit, words))

    @work(group="list")
    async def tell_change(self, change: Callable[[], Awaitable[str | BadList]]) -> None:
        """Say in the bottom line what became of a change."""
        told = await change()
        if isinstance(told, str):
            self.say(told, seconds=5.0)
        else:
            self.say(f"the list is as it was: {told}", seconds=15.0)
        self.refresh_bindings()

    def take(self, drained: Drained) -> None:
        """Take what the engine has told since the last time; a desk that needs some of it overrides this."""

    def tick(self) -> None:
        """Once a second: show what changes with time alone; a desk that shows such things overrides this."""

    def choices(self) -> Iterator[Chosen]:
        """What the palette offers beside the keys: one more key's choices; a desk that has such overrides this."""
        yield from ()

    def close_one(self, *, only_ask: bool = False) -> bool:
        """Close the innermost thing that is open; False where nothing is. `only_ask` changes nothing.

        A desk that opens something overrides this, and calls `super()` where it has nothing open itself.
        """
        return False
