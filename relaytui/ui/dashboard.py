"""The one screen: drains the Feed on a timer and hands on to the widgets; each widget decides what it paints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from relaytui.core.belief import TaskState
from relaytui.core.board import Update
from relaytui.core.events import Event, Notice, NoticeKind, Relisted, Severity, Transition
from relaytui.core.lane_view import LaneView
from relaytui.core.task import LaneKey
from relaytui.ui.event_log import EventLog
from relaytui.ui.header import BlindBanner, Header, Pulse
from relaytui.ui.help import HelpPane
from relaytui.ui.key_line import KeyLine
from relaytui.ui.live_keys import live_keys
from relaytui.ui.tally import Tally
from relaytui.ui.task_detail import TaskDetail
from relaytui.ui.task_table import TaskTable
from relaytui.ui.text_pane import TextPane

if TYPE_CHECKING:
    # Only their types are needed here, and the engine's imports would come before the first paint.
    from relaytui.engine import Commands, Drained, Feed
    from relaytui.ports import Clock

DRAIN_SECONDS = 0.25
WIDE = 110
"""From this width on (cells) a pane stands beside the table, below it under the table."""


class Dashboard(Screen[None], inherit_bindings=False):
    """The board with its header, its panes and its keys.

    The timer lives here and not on the App: on the App it would outlive the widgets it hands on to.
    """

    AUTO_FOCUS = "TaskTable"
    ALLOW_SELECT = False
    BINDING_GROUP_TITLE = "On the board"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", id="board.help", tooltip="Keys and the meaning of glyphs and words"),
        Binding("escape", "close", "close", id="board.close", tooltip="Close the detail, the help or the events"),
        Binding("n", "problem(1)", "next problem", id="board.next", tooltip="To the next problem"),
        Binding("N", "problem(-1)", "problem before", show=False, id="board.before", tooltip="To the problem before"),
        Binding("r", "refresh", "refresh", id="board.refresh", tooltip="Ask for the task under the cursor now"),
        Binding("e", "log", "events", id="board.log", tooltip="Show or hide the event log"),
        Binding("p", "polling", "pause", id="board.polling", tooltip="Stop or resume polling"),
        Binding("tab", "app.focus_next", "next pane", show=False, id="board.pane", tooltip="To the next pane"),
        Binding(
            "shift+tab", "app.focus_previous", "pane before", show=False, id="board.pane_before", tooltip="A pane back"
        ),
    ]

    class Told(Message):
        """What the window's title should say has changed, or an alarm wants the bell."""

        def __init__(self, *, problems: int, blind: bool, bell: bool) -> None:
            super().__init__()
            self.problems = problems
            self.blind = blind
            self.bell = bell

    def __init__(
        self, *, feed: Feed, commands: Commands, tasks: Iterable[Update], clock: Clock, title: str, demo: bool
    ) -> None:
        super().__init__()
        self._feed = feed
        self._commands = commands
        self._clock = clock
        self._initial = tuple(tasks)
        self._tally = Tally(self._initial)
        self._lanes: dict[LaneKey, LaneView] = {}
        self._pulse = Pulse()
        self._wants_polling = True
        self._fault = False
        self._bad_list = ""
        self._second = 0
        self._told: tuple[int, bool] = (0, False)
        self._header = Header(title=title or ", ".join(self._tally.profiles), demo=demo)
        self._banner = BlindBanner()
        self._table = TaskTable(clock=clock)
        self._log = EventLog()
        self._detail = TaskDetail()
        self._help = HelpPane()
        self._keys = KeyLine()
        self._board = Vertical(self._table, id="board")
        self._body = Container(self._board, id="body")

    def compose(self) -> ComposeResult:
        """Header, table, keys. Panes are mounted when they are first opened, for a quick start."""
        yield self._header
        yield self._banner
        yield self._body
        yield self._keys

    def on_mount(self) -> None:
        """Show the list before anything was asked, and begin to drain."""
        self._table.load(self._initial)
        self._initial = ()
        self._tell_app(bell=False)
        self.set_interval(DRAIN_SECONDS, self._drain)
        self._drain()

    def on_resize(self, event: Resize) -> None:
        """Fit the header and the panes to the new width."""
        self._tell_header()
        self._arrange()

    def say(self, text: str, *, seconds: float = 3.0) -> None:
        """Say something in the bottom line for a while."""
        self._keys.say(text, now=self._clock.monotonic(), seconds=seconds)

    def _drain(self) -> None:
        drained = self._feed.drain()
        if drained:
            self._take(drained)
        second = int(self._clock.wall())
        if second != self._second:
            self._second = second
            self._tick()

    def _take(self, drained: Drained) -> None:
        if drained.relisted:
            self._relist(drained.relisted)
        if drained.updates:
            self._tally.put(drained.updates.values())
            self._table.put(drained.updates.values())
            if self._table.cursor_key in drained.updates:
                self._tell_detail()
        if drained.lanes:
            self._take_lanes(drained.lanes)
        if drained.lost:
            self._log.lose(drained.lost, at=self._clock.wall())
        if drained.events:
            self._take_events(drained.events)
        self._tell_header()
        self._tell_app(bell=any(_is_alarm(event) for event in drained.events))
        self.refresh_bindings()

    def _relist(self, relisted: Relisted) -> None:
        """Show the tasks of the edited list with what was known of them, or say what is wrong with it."""
        self._bad_list = relisted.text if relisted.refused else ""
        if not relisted.refused:
            known = {task.key: self._tally.get(task.key) for task in relisted.tasks}
            updates = [
                Update(task, update.state if (update := known[task.key]) else TaskState()) for task in relisted.tasks
            ]
            self._tally = Tally(updates)
            self._table.load(updates)
            self._tell_detail()
        self._tell_banner()

    def _take_lanes(self, lanes: dict[LaneKey, LaneView]) -> None:
        blind_before = self._blind_profiles
        self._lanes |= lanes
        if self._blind_profiles != blind_before:
            self._table.set_blind(self._blind_profiles)
        self._tell_banner()

    def _take_events(self, events: list[Event]) -> None:
        self._log.put(events, name=self._tally.name)
        if any(isinstance(event, Notice) and event.kind is NoticeKind.FAULT for event in events):
            self._fault = True

    def _tick(self) -> None:
        """Once a second: what changes with time alone, and figures that would flicker if they were shown live."""
        self._pulse = Pulse.of(self._lanes.values(), paused=not self._wants_polling)
        self._table.tick()
        self._keys.tick(now=self._clock.monotonic())
        self._tell_header()
        self._tell_banner()
        self._tell_detail()

    def _tell_header(self) -> None:
        self._header.tell(counts=self._tally.counts, pulse=self._pulse, fault=self._fault, at=self._clock.wall())

    def _tell_banner(self) -> None:
        self._banner.tell(self._lanes.values(), moment=self._clock.monotonic(), bad_list=self._bad_list)

    def _tell_detail(self) -> None:
        if _is_open(self._detail):
            key = self._table.cursor_key
            update = self._tally.get(key) if key else None
            self._detail.tell(update, moment=self._clock.monotonic())

    def _tell_app(self, *, bell: bool) -> None:
        told = (self._tally.problems, bool(self._blind_profiles))
        if bell or told != self._told:
            self._told = told
            self.post_message(self.Told(problems=told[0], blind=told[1], bell=bell))

    @property
    def _blind_profiles(self) -> frozenset[str]:
        return frozenset(lane.profile for lane, view in self._lanes.items() if view.is_blind)

    @on(TaskTable.VisibleChanged)
    def _show_rows(self, message: TaskTable.VisibleChanged) -> None:
        self._commands.show(message.keys)

    @on(TaskTable.CursorMoved)
    def _follow_cursor(self) -> None:
        self._detail.scroll_home(animate=False)
        self._tell_detail()

    @on(TaskTable.Opened)
    def _open_detail(self) -> None:
        self._open(self._detail)
        self._table.focus()
        self._tell_detail()

    def _open(self, pane: TextPane | None) -> None:
        """Have this pane open and no other."""
        for each in (self._detail, self._help):
            _set_open(each, each is pane, self._body)
        self._arrange()
        self.refresh_bindings()

    def _arrange(self) -> None:
        if _is_open(self._detail) or _is_open(self._help):
            self._body.set_class(self.size.width >= WIDE, "-wide")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done now is grey, and closing is not offered where nothing is open."""
        match action:
            case "close":
                return _is_open(self._detail) or _is_open(self._help) or _is_open(self._log)
            case "refresh":
                return True if self._table.cursor_key else None
            case "problem":
                return True if self._table.problem_count else None
            case _:
                return True

    def action_help(self) -> None:
        """Show the help, or hide it."""
        if _is_open(self._help):
            self.action_close()
            return
        self.set_focus(self._table)
        keys = live_keys(self)
        self._open(self._help)
        self._help.tell(keys)
        self._help.focus()

    def action_close(self) -> None:
        """Close the pane, or where there is none the event log."""
        if _is_open(self._detail) or _is_open(self._help):
            self._open(None)
        else:
            _set_open(self._log, False, self._board)
        self._table.focus()

    def action_problem(self, step: int) -> None:
        """To the next problem, or with -1 to the one before."""
        if not self._table.next_problem(step):
            self.say("no other problem")

    def action_refresh(self) -> None:
        """Ask for the task under the cursor now."""
        if key := self._table.cursor_key:
            self._commands.refresh([key])
            self.say(f"asking for {self._tally.name(key)}")

    def action_log(self) -> None:
        """Show or hide the event log."""
        _set_open(self._log, not _is_open(self._log), self._board)
        if not _is_open(self._log):
            self._table.focus()

    def action_polling(self) -> None:
        """Stop polling, or resume it where it is stopped."""
        self._wants_polling = self._pulse.paused
        self._commands.set_polling(self._wants_polling)
        self._pulse = Pulse.of(self._lanes.values(), paused=not self._wants_polling)
        self.say("polling goes on" if self._wants_polling else "polling is paused: p resumes it")
        self._tell_header()


def _is_open(pane: TextPane) -> bool:
    return pane.is_attached and bool(pane.display)


def _set_open(pane: TextPane, is_open: bool, where: Widget) -> None:
    if is_open and not pane.is_attached:
        where.mount(pane)
    pane.display = is_open


def _is_alarm(event: Event) -> bool:
    return isinstance(event, Transition) and event.severity is Severity.ALARM
