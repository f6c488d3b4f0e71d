"""The one screen: drains the Feed on a timer and hands on to the widgets; each widget decides what it paints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.message import Message

from relaytui.core.faults import WITHIN
from relaytui.core.lane_view import LaneView
from relaytui.core.task import LaneKey
from relaytui.core.task_state import TaskState
from relaytui.core.update import Relisted, Update
from relaytui.ui import columns
from relaytui.ui.alarm_desk import AlarmDesk
from relaytui.ui.copy_desk import CopyDesk
from relaytui.ui.header import BlindBanner, Header, Pulse, TooSmall
from relaytui.ui.pace_desk import PaceDesk
from relaytui.ui.task_table import TaskTable
from relaytui.ui.view_desk import ViewDesk
from relaytui.ui.welcome_desk import WelcomeDesk

if TYPE_CHECKING:
    # Only their types are needed here, and the imports of engine and events would come before the first paint.
    from relaytui.core.events import Event
    from relaytui.engine import Commands, Drained, Feed
    from relaytui.ports import Clock, WatchList

DRAIN_SECONDS = 0.25
LEAST_WIDTH = columns.LEAST_WIDTH + 1
"""Cells that a row and its scrollbar need."""
LEAST_HEIGHT = 5
"""Lines that header, titles, two rows and keys need."""


class Dashboard(WelcomeDesk, PaceDesk, AlarmDesk, CopyDesk, ViewDesk):
    """The board with its header, and the keys of all desks.

    The timer lives here and not on the App: on the App it would outlive the widgets it hands on to.
    """

    BINDING_GROUP_TITLE = "On the board"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "F", "freeze", "freeze", show=False, id="board.freeze", tooltip="Hold the picture still; polling goes on"
        ),
        Binding("p", "polling", "pause", id="board.polling", tooltip="Stop or resume polling"),
    ]

    class Told(Message):
        """What the window's title should say has changed, or there are alarms (their texts, foreign in parts)."""

        def __init__(self, *, problems: int, blind: bool, alarms: tuple[str, ...]) -> None:
            super().__init__()
            self.problems = problems
            self.blind = blind
            self.alarms = alarms

    def __init__(
        self,
        *,
        feed: Feed,
        commands: Commands,
        tasks: Iterable[Update],
        clock: Clock,
        watch_list: WatchList,
        title: str,
        demo: bool,
    ) -> None:
        super().__init__(commands=commands, tasks=tasks, clock=clock, watch_list=watch_list)
        self._feed = feed
        self._pulse = Pulse()
        self._wants_polling = True
        self._frozen_at: float | None = None
        """Since when (Unix seconds) nothing on the board moves."""
        self._held: Drained | None = None
        """What came since then."""
        self._fault = ""
        self._degraded_until = float("-inf")
        self._unwritten = False
        self._bad_list = ""
        self._second = 0
        self._told: tuple[int, bool] = (0, False)
        self._header = Header(title=title or ", ".join(self.tally.profiles), demo=demo)
        self._banner = BlindBanner()
        self._too_small = TooSmall(f"too small: {LEAST_WIDTH}x{LEAST_HEIGHT} or more; alarms go on")

    def compose(self) -> ComposeResult:
        """Header, table, keys."""
        yield self._header
        yield self._banner
        yield from super().compose()

    def on_mount(self) -> None:
        """Show the list before anything was asked, and begin to drain."""
        self.fit_welcome()
        if self.first_view is not None:
            self.restore(self.first_view)
        self._tell_app(())
        self.set_interval(DRAIN_SECONDS, self._drain)
        self._drain()

    def on_resize(self, event: Resize) -> None:
        """Fit the header and the panes to the new width, and say where there is no room for a board."""
        is_too_small = event.size.width < LEAST_WIDTH or event.size.height < LEAST_HEIGHT
        if is_too_small and not self._too_small.is_attached:
            self.mount(self._too_small, before=self.body)
        self.set_class(is_too_small, "-too-small")
        self.refresh_bindings()
        self._tell_header()
        self.fit_panes()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without room for the board there is nothing to do on it."""
        return not self.has_class("-too-small") and super().check_action(action, parameters)

    def _drain(self) -> None:
        drained = self._feed.drain()
        if drained and self._frozen_at is None:
            self.take(drained)
        elif drained:
            self._held = drained if self._held is None else self._held.followed_by(drained)
            self._tell_app(_alarms(drained))
            if drained.alarms is not None and drained.alarms.muted_until != self.alarms.muted_until:
                # That nobody is called cannot be hidden.
                self.alarms = self.alarms._replace(muted_until=drained.alarms.muted_until)
                self._tell_header()
        second = int(self.clock.wall())
        if second != self._second:
            self._second = second
            self.tick()

    def take(self, drained: Drained) -> None:
        """Hand on what the engine has told."""
        if drained.relisted:
            self._relist(drained.relisted)
        if drained.updates:
            self.table.put(drained.updates.values())
            if self.table.cursor_key in drained.updates:
                self.tell_detail()
        if drained.lanes:
            self._take_lanes(drained.lanes)
        if drained.lost:
            self.event_log.lose(drained.lost, at=self.clock.wall())
        if drained.events:
            self._take_events(drained.events)
        super().take(drained)
        self._tell_header()
        self._tell_app(_alarms(drained))
        self.refresh_bindings()

    def _relist(self, relisted: Relisted) -> None:
        """Show the tasks of the edited list with what was known of them, or say what is wrong with it."""
        self._bad_list = relisted.text if relisted.refused else ""
        if not relisted.refused:
            rows = self.tally.rows
            self.table.load(
                Update(task, row.state if (row := rows.get(task.key)) else TaskState()) for task in relisted.tasks
            )
            self.fit_welcome()
            self.tell_detail()
        self._tell_banner()

    def _take_lanes(self, lanes: dict[LaneKey, LaneView]) -> None:
        blind_before = self._blind_profiles
        self.lanes |= lanes
        self.lanes = {key: view for key, view in self.lanes.items() if not view.is_closed}
        if self._blind_profiles != blind_before:
            self.table.set_blind(self._blind_profiles)
        self._tell_banner()

    def _take_events(self, events: list[Event]) -> None:
        from relaytui.core.events import JournalHealth, Notice, NoticeKind  # noqa: PLC0415 - see above

        self.event_log.put(events, name=self.tally.name)
        kinds = {event.kind for event in events if isinstance(event, Notice)}
        if NoticeKind.FAULT in kinds:
            self._fault = "INTERNAL FAULT"
        if NoticeKind.DEGRADED in kinds:
            self._degraded_until = self.clock.monotonic() + WITHIN
        for event in events:
            if isinstance(event, JournalHealth):
                self._unwritten = event.since is not None

    def warnings(self) -> Iterator[str]:
        """That it is frozen, or that nobody is asked."""
        from relaytui.core.event_text import utc  # noqa: PLC0415 - see above

        if self._frozen_at is not None:
            yield f"THE BOARD IS FROZEN since {utc(self._frozen_at)}: what follows is as of then"
        if not self._wants_polling:
            yield "POLLING IS PAUSED: nobody is asked, and what follows is as it was seen last"
        yield from super().warnings()

    def tick(self) -> None:
        """What changes with time alone, and figures that would flicker if they were shown live."""
        super().tick()
        self._pulse = Pulse.of(self.lanes.values(), paused=not self._wants_polling)
        if self._frozen_at is None:
            self.table.tick()
            self.tell_detail()
        self.key_line.tick(now=self.clock.monotonic())
        self._tell_header()
        self._tell_banner()

    def _tell_header(self) -> None:
        fault = "DEGRADED" if self.clock.monotonic() < self._degraded_until else self._fault
        self._header.tell(
            counts=self.tally.counts,
            pulse=self._pulse,
            fault=f"{fault}, see log ({self.key('board.log')})" if fault else "",
            unwritten=self._unwritten,
            muted_until=self.alarms.muted_until,
            frozen_at=self._frozen_at,
            at=self.clock.wall(),
        )

    def _tell_banner(self) -> None:
        self._banner.tell(
            self._watching, moment=self.clock.monotonic(), at=self.clock.wall(), key=self.key, bad_list=self._bad_list
        )

    def _tell_app(self, alarms: tuple[str, ...]) -> None:
        # Acknowledged is quiet, also in the title; the header counts all of them.
        told = (self.tally.problems_without(self.alarms.attention), bool(self._blind_profiles))
        if alarms or told != self._told:
            self._told = told
            self.post_message(self.Told(problems=told[0], blind=told[1], alarms=alarms))

    @property
    def _blind_profiles(self) -> frozenset[str]:
        return frozenset(name for view in self._watching if view.is_blind for name in view.lane.profiles)

    @property
    def _watching(self) -> list[LaneView]:
        """The lanes that have tasks: what is wrong with others hides nothing."""
        return [view for view in self.lanes.values() if view.tasks]

    @on(TaskTable.VisibleChanged)
    def _show_rows(self, message: TaskTable.VisibleChanged) -> None:
        self.commands.show(message.keys)

    def action_freeze(self) -> None:
        """Let nothing on the board move, or catch up with what came meanwhile."""
        if self._frozen_at is None:
            self._frozen_at = self.clock.wall()
            self.say(f"frozen: polling and alarms go on; {self.key('board.freeze')} catches up")
        else:
            self._frozen_at = None
            if self._held is not None:
                held, self._held = self._held, None
                self.take(held)
            self.say("caught up")
        self.tick()

    def action_polling(self) -> None:
        """Stop polling, or resume it where it is stopped."""
        self._wants_polling = self._pulse.paused
        self.commands.set_polling(self._wants_polling)
        self._pulse = Pulse.of(self.lanes.values(), paused=not self._wants_polling)
        self.say(
            "polling goes on" if self._wants_polling else f"polling is paused: {self.key('board.polling')} resumes it"
        )
        self._tell_header()


def _alarms(drained: Drained) -> tuple[str, ...]:
    from relaytui.core.events import Alarm  # noqa: PLC0415 - see above

    return tuple(event.text for event in drained.events if isinstance(event, Alarm))
