"""The panes around the table: detail, help and event log, of which detail and help share one place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from relaytui.core.update import Update
from relaytui.ui.board_screen import BoardScreen
from relaytui.ui.event_log import EventLog
from relaytui.ui.help import HelpPane
from relaytui.ui.live_keys import live_keys
from relaytui.ui.task_detail import TaskDetail
from relaytui.ui.task_table import TaskTable
from relaytui.ui.text_pane import TextPane

if TYPE_CHECKING:
    from relaytui.engine import Commands
    from relaytui.ports import Clock, WatchList

WIDE = 110
"""From this width on (cells) a pane stands beside the table, below it under the table."""


class PaneDesk(BoardScreen):
    """Opens and closes panes; they are mounted when they are first opened, for a quick start."""

    BINDING_GROUP_TITLE = "Panes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", id="board.help", tooltip="Keys and the meaning of glyphs and words"),
        Binding("escape", "close", "close", id="board.close", tooltip="Close what was opened last"),
        Binding("e", "log", "events", id="board.log", tooltip="Show or hide the event log"),
        Binding("tab", "app.focus_next", "next pane", show=False, id="board.pane", tooltip="To the next pane"),
        Binding(
            "shift+tab", "app.focus_previous", "pane before", show=False, id="board.pane_before", tooltip="A pane back"
        ),
    ]

    def __init__(self, *, commands: Commands, tasks: Iterable[Update], clock: Clock, watch_list: WatchList) -> None:
        super().__init__(commands=commands, tasks=tasks, clock=clock, watch_list=watch_list)
        self.event_log = EventLog()
        self._detail = TaskDetail()
        self._help = HelpPane()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Closing is not offered where nothing is open."""
        return self.close_one(only_ask=True) if action == "close" else super().check_action(action, parameters)

    def close_one(self, *, only_ask: bool = False) -> bool:
        """Close the pane, or where there is none the event log."""
        if _is_open(self._detail) or _is_open(self._help):
            if not only_ask:
                self._open(None)
            return True
        if _is_open(self.event_log):
            if not only_ask:
                _set_open(self.event_log, False, self.board)
            return True
        return super().close_one(only_ask=only_ask)

    def action_close(self) -> None:
        """Close the innermost thing that is open."""
        self.close_one()
        self.table.focus()
        self.refresh_bindings()

    def action_help(self) -> None:
        """Show the help, or hide it."""
        if _is_open(self._help):
            self.action_close()
            return
        self.set_focus(self.table)
        keys = live_keys(self)
        self._open(self._help)
        self._help.tell(keys)
        self._help.focus()

    @property
    def is_log_open(self) -> bool:
        """Whether the event log is shown."""
        return _is_open(self.event_log)

    def action_log(self) -> None:
        """Show or hide the event log."""
        _set_open(self.event_log, not _is_open(self.event_log), self.board)
        if not _is_open(self.event_log):
            self.table.focus()

    @on(EventLog.Chosen)
    def _go_to_task(self, message: EventLog.Chosen) -> None:
        """To the task of an event; where it cannot be shown, say why and stay in the log."""
        key = message.key
        if key is None:
            self.say("this event is about no single task")
        elif self.tally.get(key) is None:
            self.say("the task of this event is not on the list any more")
        else:
            self.table.move_to(key)
            if self.table.cursor_key == key:
                self.table.focus()
            else:
                self.say(f"{self.tally.name(key)} is hidden by the filter")

    @on(TaskTable.Opened)
    def _open_detail(self) -> None:
        self._open(self._detail)
        self.table.focus()
        self.tell_detail()

    @on(TaskTable.CursorMoved)
    def _follow_cursor(self) -> None:
        self._detail.scroll_home(animate=False)
        self.tell_detail()
        self.event_log.look_at(self.table.cursor_key)

    def tell_detail(self) -> None:
        """Show the task under the cursor in the detail, where that is open."""
        if _is_open(self._detail):
            key = self.table.cursor_key
            update = self.tally.get(key) if key else None
            attention = self.table.attention_of(key) if key else None
            self._detail.tell(update, moment=self.clock.monotonic(), attention=attention)

    def fit_panes(self) -> None:
        """Put the open pane where the screen has room for it."""
        if _is_open(self._detail) or _is_open(self._help):
            self.body.set_class(self.size.width >= WIDE, "-wide")

    def _open(self, pane: TextPane | None) -> None:
        """Have this pane open and no other."""
        for each in (self._detail, self._help):
            _set_open(each, each is pane, self.body)
        self.fit_panes()
        self.refresh_bindings()


def _is_open(pane: TextPane) -> bool:
    return pane.is_attached and bool(pane.display)


def _set_open(pane: TextPane, is_open: bool, where: Widget) -> None:
    if is_open and not pane.is_attached:
        where.mount(pane)
    pane.display = is_open
