"""What people say to alarms: acknowledge, snooze, mute all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType

from relaytui.core.alarm_view import Subject
from relaytui.core.lane_view import LaneView
from relaytui.core.task import LaneKey
from relaytui.ui.board_screen import BoardScreen, Chosen
from relaytui.ui.cells import Pace
from relaytui.ui.times import local, time_of_day

if TYPE_CHECKING:
    from relaytui.engine import Drained

QUARTER, HOUR = 900.0, 3600.0
MORNING: Final = 8
"""The hour (local time) until which a night is quiet."""


class AlarmDesk(BoardScreen):
    """Takes the answers to alarms; the engine decides what they mean, and tells it in the event log."""

    BINDING_GROUP_TITLE = "Alarms"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", "ack", id="board.acknowledge", tooltip="Seen: quiet until it is right again"),
        Binding("s", "snooze", "snooze", id="board.snooze", tooltip="Quiet for a while, whatever happens to them"),
        Binding("S", "mute", "mute all", show=False, id="board.mute", tooltip="No alarm reaches anybody for a while"),
    ]

    _sights: Mapping[LaneKey, LaneView] = MappingProxyType({})

    def take(self, drained: Drained) -> None:
        """Show who is quiet, and why."""
        if drained.lanes:
            sights = {**self._sights, **drained.lanes}
            self._sights = {lane: view for lane, view in sights.items() if not view.is_closed}
            self.table.set_paces(_paces(self._sights.values()))
        if drained.alarms is not None:
            self.alarms = drained.alarms
            self.table.set_attention(drained.alarms.attention)
        super().take(drained)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There must be something to act on."""
        match action:
            case "acknowledge":
                return True if self.table.held_count or self._blind_lanes() else None
            case "snooze":
                return True if self.table.held_count else None
            case _:
                return super().check_action(action, parameters)

    def action_acknowledge(self) -> None:
        """Ask for a reason, and acknowledge those of the targets that are wrong, or the lane that cannot see."""
        # Imported when first used: the first paint need not wait for it.
        from relaytui.ui.dialogs.reason import Reason  # noqa: PLC0415

        subjects = self._wrong_ones()

        def acknowledge(reason: str | None) -> None:
            if reason is not None:
                self.commands.acknowledge(subjects, reason)

        # What has just recovered gets its line, too: a reason that is being typed must not press keys on the board.
        named = self._named(subjects or tuple(task.key for task in self.targets()))
        self.app.push_screen(Reason(named, is_needed=bool(subjects)), acknowledge)

    def action_snooze(self) -> None:
        """Ask until when the targets are to be quiet."""
        from relaytui.ui.alarm_choices import SNOOZES  # noqa: PLC0415 - as above
        from relaytui.ui.chooser import Chooser  # noqa: PLC0415 - as above

        if subjects := self.targets():
            title = f"snooze {self._named(tuple(task.key for task in subjects))}"
            self.app.push_screen(Chooser(title, "snooze", SNOOZES), self._snooze)

    def _snooze(self, choice: str | None) -> None:
        from relaytui.ui.alarm_choices import SNOOZES  # noqa: PLC0415 - as above

        if choice is not None and (subjects := tuple(task.key for task in self.targets())):
            self.commands.snooze(subjects, None if choice == "change" else self._until(choice))
            (word,) = (each.word for each in SNOOZES if each.name == choice)
            named = self._named(subjects)
            self.say(f"{named}: no longer snoozed" if choice == "now" else f"snoozed {word}: {named}")

    def action_mute(self) -> None:
        """Ask until when no alarm is to reach anybody."""
        from relaytui.ui.alarm_choices import MUTES  # noqa: PLC0415 - as above
        from relaytui.ui.chooser import Chooser  # noqa: PLC0415 - as above

        until = self.alarms.muted_until
        title = "mute all alarms" if until is None else f"all alarms are muted until {time_of_day(until)}; mute them"
        self.app.push_screen(Chooser(title, "mute", MUTES), self._mute)

    def _mute(self, choice: str | None) -> None:
        if choice is not None:
            self.commands.mute(None if choice == "now" else self._until(choice))

    def choices(self) -> Iterator[Chosen]:
        """Every time for which something can be quiet."""
        from relaytui.ui.alarm_choices import MUTES, SNOOZES  # noqa: PLC0415 - as above

        for action, some, run in (("snooze", SNOOZES, self._snooze), ("mute", MUTES, self._mute)):
            if self.check_action(action, ()):
                yield from (Chosen(f"{action} {each.word}", each.tooltip, partial(run, each.name)) for each in some)
        yield from super().choices()

    def _until(self, choice: str) -> float:
        """The Unix second that a choice names."""
        now = self.clock.wall()
        match choice:
            case "quarter":
                return now + QUARTER
            case "hour":
                return now + HOUR
            case "morning":
                return next_morning(now)
            case _:
                return now

    def _wrong_ones(self) -> tuple[Subject, ...]:
        """Those of the targets that are wrong; where none is, the blind lanes that ask about them."""
        keys = [task.key for task in self.targets()]
        wrong = []
        for key in keys:
            update = self.tally.get(key)
            if update is not None and (update.state.state.is_problem or update.state.trouble.flapping):
                wrong.append(key)
        if wrong:
            return tuple(wrong)
        profiles = {key.profile for key in keys}
        return tuple(lane for lane in self._blind_lanes() if profiles.intersection(lane.profiles))

    def _blind_lanes(self) -> tuple[LaneKey, ...]:
        return tuple(lane for lane, view in self._sights.items() if view.is_blind)

    def _named(self, subjects: tuple[Subject, ...]) -> str:
        if len(subjects) != 1:
            return f"{len(subjects):,} tasks"
        (only,) = subjects
        return f"the blindness of {only}" if isinstance(only, LaneKey) else self.tally.name(only)


def _paces(lanes: Iterable[LaneView]) -> dict[str, Pace]:
    """How often the tasks of each profile are asked, and what keeps that from being so."""
    paces = {}
    for lane in lanes:
        why = "polling paused" if not lane.polling else "throttled" if lane.is_throttled else "late"
        for profile in lane.lane.profiles:
            paces[profile] = Pace(max(lane.wanted_sweep, lane.due_sweep), why)
    return paces


def next_morning(at: float) -> float:
    """The next time that it is 08:00 here, after `at` (Unix seconds)."""
    now = local(at).replace(tzinfo=None)
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    # Without a zone in between, so that it is 08:00 on the day the clocks are changed, too.
    return (morning if morning > now else morning + timedelta(days=1)).astimezone().timestamp()
