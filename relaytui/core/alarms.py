"""Which alarms come of what happens, who is quiet and until when. Pure: `now` is monotonic seconds, `at` Unix seconds.

What alarms: an unexpected end, a task that is overdue, rejected or (once) flapping, and a lane that is blind for
`BLIND_SECONDS`. Everything else is news and no alarm.

Many tasks at once are one alarm: see `storm`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import replace

from relaytui.core.alarm_ends import Ends
from relaytui.core.alarm_memory import AlarmMemory, OpenAlarm, Wrong
from relaytui.core.alarm_text import alarm_message, resolved_message
from relaytui.core.alarm_view import AlarmView, Attention, Subject
from relaytui.core.board import Board
from relaytui.core.entry import Refused
from relaytui.core.events import (
    Acknowledged,
    Alarm,
    AlarmKind,
    Blinded,
    Event,
    Muted,
    Notice,
    NoticeKind,
    NotWatching,
    Resolved,
    Sighted,
    Snoozed,
)
from relaytui.core.hearsay import HEARSAY_SECONDS, Hearsay
from relaytui.core.storm import Factor, Gathering, Storm
from relaytui.core.task import LaneKey, State, StatusKind, TaskKey
from relaytui.core.task_state import TaskState
from relaytui.core.transition import Transition
from relaytui.core.update import Relisted, Update

BLIND_SECONDS = 30.0
"""Seconds of blindness before anybody is called."""
REPEAT_SECONDS = 600.0

_NO_FACTOR = Factor()
_THEIRS = "theirs"
"""The alarm of those who watch another list, who repeat it and tell its end."""


class Alarms:
    """Everything that is wrong on the board, who was told, and what people said to it.

    Alarms follow the beliefs and not the events: what is wrong and was never told alarms as soon as nothing keeps it
    quiet, after a restart too. `repeat_seconds` is after how long an alarm that nobody acknowledged is repeated, None:
    never. `resolves` says whether the end of an alarm is told too. `watched` names the list.
    """

    def __init__(
        self,
        board: Board,
        *,
        repeat_seconds: float | None = REPEAT_SECONDS,
        resolves: bool = False,
        watched: str = "",
    ) -> None:
        self._board = board
        self._repeat_seconds = repeat_seconds
        self._watched = watched
        self._wrong: dict[Subject, Wrong] = {}
        self._ends = Ends(wanted=resolves)
        self._hearsay = Hearsay()
        self._before: dict[LaneKey, Wrong] = {}
        """The lanes that were blind in an earlier run, and have not answered in this one yet."""
        self._gathering = Gathering()
        self._open: dict[str, OpenAlarm] = {}
        self._blinded: dict[LaneKey, Blinded] = {}
        self._blind_due: dict[LaneKey, float] = {}
        """When somebody is called because of a blind lane (monotonic)."""
        self._snoozed: dict[Subject, float] = {}
        self._muted_until: float | None = None
        self._muted_at = -math.inf
        """When that was said (Unix seconds)."""
        self._awake_since = -math.inf
        self._number = 0
        self._view: AlarmView | None = None
        self._remembered = True

    @property
    def view(self) -> AlarmView:
        """The alarms as they are now; the same object as long as nothing has changed."""
        if self._view is None:
            self._view = self._look()
        return self._view

    def hear(self, item: Update | Event, now: float, at: float) -> list[Event]:
        """Take note of what was told, and give what comes of it at once."""
        match item:
            case Update():
                self._see(item, now, at)
                return self._release(now, at)
            case Blinded():
                wrong = self._before.pop(item.lane, None) or Wrong(AlarmKind.BLIND.value, item.since)
                self._put(item.lane, wrong, now)
                self._blinded[item.lane] = item
                if not wrong.alarm and wrong.acknowledged_at is None:
                    # A machine that slept was not blind meanwhile.
                    self._blind_due[item.lane] = max(now - (at - item.since), self._awake_since) + BLIND_SECONDS
            case Sighted():
                self._drop(item.lane)
            case Relisted():
                self._follow_list()
            case NotWatching():
                self._awake_since = now
                self._blind_due = {lane: max(due, now + BLIND_SECONDS) for lane, due in self._blind_due.items()}
        return []

    def _follow_list(self) -> None:
        """Forget what is off the list. Nobody looks at a paused task: only that it was acknowledged stays known."""
        for subject in {**self._wrong, **self._snoozed}:
            if isinstance(subject, LaneKey):
                continue
            if subject not in self._board:
                self.forget(subject)
            elif self._board.tasks[subject].paused and not self._is_acknowledged(subject):
                self._drop(subject)
        for key, until in self._hearsay.come_back(self._board.tasks.keys()):
            self._snoozed[key] = until
            self._change()
        profiles = {key.profile for key in self._board.tasks} if self._before else set()
        for lane in [lane for lane in self._before if profiles.isdisjoint(lane.profiles)]:
            self._let_go(lane, self._before.pop(lane).alarm)

    def forget(self, key: TaskKey) -> None:
        """The task is not watched any more."""
        self._hearsay.leave(key, self._wrong.get(key), self._snoozed.get(key))
        self._drop(key)
        self._snoozed.pop(key, None)

    def tick(self, now: float, at: float) -> list[Event]:
        """What time brings. To be called at least once a second."""
        told: list[Event] = []
        if self._muted_until is not None and self._muted_until <= at:
            told += self.mute(None, now, at)
        for subject in [subject for subject, until in self._snoozed.items() if until <= at]:
            self._wake(subject, now)
        told += self._release(now, at)
        if self._muted_until is None:
            told += self._call_blind(now, at)
            told += self._repeat(at)
        return told + self._sum_up(self._gathering.grown(now), at) + self._resolve(now, at)

    def acknowledge(self, subjects: Iterable[Subject], reason: str, at: float) -> list[Event] | Refused:
        """Be quiet about those of the subjects that are wrong until they are right again; refused where none is."""
        wrong = tuple(subject for subject in subjects if subject in self._wrong)
        if not wrong:
            return Refused("nothing is wrong here that could be acknowledged")
        for subject in wrong:
            self._quieten(subject)
            self._snoozed.pop(subject, None)
            self._wrong[subject].acknowledged_at, self._wrong[subject].reason = at, reason
        # Somebody has looked: what comes now is news and joins no storm.
        storms = self._gathering.grown()
        return [Acknowledged(at, wrong, reason), *self._sum_up(storms, at)]

    def snooze(self, subjects: Iterable[Subject], until: float | None, now: float, at: float) -> list[Event] | Refused:
        """Be quiet about these until a time (Unix seconds), or with None until what is wrong with them changes.

        What is right can be snoozed too, until a time: somebody is going to restart it, for instance. A time that is
        over ends their snooze.
        """
        if until is not None and until <= at:
            return self._wake_all(subjects, now, at)
        chosen = tuple(one for one in subjects if one in self._wrong or (until is not None and self._is_watched(one)))
        if not chosen:
            return Refused("nothing is wrong here that could change: snooze it until a time")
        for subject in chosen:
            self._quieten(subject)
            self._snoozed[subject] = math.inf if until is None else until
            if subject in self._wrong:
                self._wrong[subject].acknowledged_at, self._wrong[subject].reason = None, ""
        return [Snoozed(at, chosen, until)]

    def _wake_all(self, subjects: Iterable[Subject], now: float, at: float) -> list[Event] | Refused:
        snoozed = tuple(subject for subject in subjects if subject in self._snoozed)
        if not snoozed:
            return Refused("nothing is snoozed here")
        for subject in snoozed:
            self._wake(subject, now)
        return [Snoozed(at, snoozed, at)]

    def mute(self, until: float | None, now: float, at: float) -> list[Event]:
        """Let no alarm reach anybody until a time (Unix seconds), or with None let them reach people again.

        What goes wrong meanwhile is kept and alarms at the end, unless it is right again or acknowledged by then.
        """
        until = None if until is None or until <= at else until
        if until == self._muted_until:
            return []
        self._muted_until, self._muted_at = until, at
        self._gathering.begin_anew(now)
        self._change()
        return [Muted(at, until, self._watched)]

    def overhear(self, event: Event, now: float, at: float) -> bool:
        """Do as was said on another board, whose process told this event; whether it says anything about this one.

        That process may know of an end earlier: then it is quiet here as soon as it is seen, unless the task is seen
        running first.
        """
        match event:
            case Acknowledged() | Snoozed() if at - event.at > HEARSAY_SECONDS:
                return False
            case Acknowledged():
                self.acknowledge(event.subjects, event.reason, event.at)
                self._foresee_quiet(event, event.reason)
            case Snoozed():
                self.snooze(event.subjects, event.until, now, at)
                if event.until is None:
                    self._foresee_quiet(event, "snoozed until it changes")
            case Muted(watched=self._watched) if event.at >= self._muted_at:
                self.mute(event.until, now, at)
                self._muted_at = event.at
                return True
            case _:
                return False
        return any(subject in self._wrong or self._is_watched(subject) for subject in event.subjects)

    def _foresee_quiet(self, event: Acknowledged | Snoozed, reason: str) -> None:
        for subject in event.subjects:
            if isinstance(subject, TaskKey) and subject in self._board and subject not in self._wrong:
                self._foresee(subject, Wrong("", event.at, "", event.at, reason))

    def _foresee(self, key: TaskKey, theirs: Wrong) -> None:
        self._let_go(key, self._hearsay.foresee(key, theirs, self._board.state(key)))

    def remember(self) -> AlarmMemory | None:
        """What to keep for the next start; None where nothing has changed since the last call."""
        if self._remembered:
            return None
        self._remembered = True
        return self.memory()

    def memory(self) -> AlarmMemory:
        """What to keep, as it is at this moment; what neither alarms nor was acknowledged shows by itself again."""
        wrong = {
            subject: wrong
            for subject, wrong in (*self._before.items(), *self._wrong.items())
            if wrong.is_alarming or wrong.acknowledged_at is not None
        }
        return AlarmMemory(
            self._number,
            self._muted_until,
            wrong,
            dict(self._snoozed),
            tuple(self._open.values()),
            self._ends.memory,
        )

    def restore(self, memory: AlarmMemory, now: float) -> None:
        """Go on from what was kept; what was never told is told now, and tasks that are not watched are left out.

        That may be late, when answers have come already, or what another process kept whose turn it was before: what
        was told by then keeps the alarm's id.
        """
        self._number = max(self._number, memory.number)
        if self._muted_until is None:
            self._muted_until = memory.muted_until
        for subject, until in memory.snoozed.items():
            if isinstance(subject, LaneKey) or subject in self._board:
                self._snoozed.setdefault(subject, until)
        self._ends.restore(memory.over)
        for subject, theirs in memory.wrong.items():
            mine = self._wrong.get(subject)
            if mine is not None and mine.what == theirs.what:
                self._adopt(subject, mine, theirs)
            elif isinstance(subject, LaneKey):
                self._before[subject] = replace(theirs)
            elif subject not in self._board:
                self._let_go(subject, theirs.alarm)
            elif _is_unasked(state := self._board.state(subject)) or theirs.what == _what(state):
                self._put(subject, replace(theirs), now)
            elif mine is not None:
                self._let_go(subject, theirs.alarm)
            else:
                # What was said of it is newer than it itself.
                self._foresee(subject, replace(theirs, since=max(theirs.since, theirs.acknowledged_at or 0.0)))
        self._open |= {alarm.id: replace(alarm) for alarm in memory.alarms}
        self._follow_list()
        self._change()

    def take_turn(self, memory: AlarmMemory, now: float) -> None:
        """Go on for the process whose turn it was to reach people; what it has not told nobody outside knows."""
        for subject, mine in self._wrong.items():
            theirs = memory.wrong.get(subject)
            if mine.alarm and (theirs is None or theirs.what != mine.what or not theirs.alarm):
                mine.alarm = ""
                if isinstance(subject, LaneKey):
                    self._blind_due.setdefault(subject, now)
                else:
                    self._put(subject, mine, now)
        self.restore(memory, now)

    def _adopt(self, subject: Subject, mine: Wrong, theirs: Wrong) -> None:
        """Take over what they told and were told of the same."""
        if theirs.alarm:
            self._quieten(subject)
            mine.alarm = theirs.alarm
        if theirs.acknowledged_at is not None and mine.acknowledged_at is None:
            self._quieten(subject)
            mine.acknowledged_at, mine.reason = theirs.acknowledged_at, theirs.reason

    def learn(self, memory: AlarmMemory, now: float) -> None:
        """Know what those who watch other lists were told of these tasks, where it is what is believed now."""
        for key, wrong in memory.wrong.items():
            if isinstance(key, TaskKey) and key in self._board and key not in self._wrong:
                state = self._board.state(key)
                if (wrong.what, wrong.since) == (state.state.value, state.since_at):
                    self._put(key, replace(wrong, alarm=_THEIRS if wrong.alarm else ""), now)
        self._follow_list()

    def _see(self, update: Update, now: float, at: float) -> None:
        key, state = update.task.key, update.state
        if self._before and not state.trouble.failures:
            for lane in [lane for lane in self._before if key.profile in lane.profiles]:
                self._let_go(lane, self._before.pop(lane).alarm)
                self._drop(lane)
        if state.state is State.PENDING or update.task.paused:
            return
        self._gathering.doubt(key, now, confirming=_is_confirming(state))
        if _is_seen_running(state):
            self._gathering.see_running(key)
        what = _what(state)
        before = self._wrong.get(key)
        if not what:
            self._let_go(key, self._hearsay.see_right(key, state))
        if what == (before.what if before else ""):
            return
        self._drop(key)
        if what:
            regained = any(isinstance(event, Transition) and event.regained for event in update.events)
            wrong = Wrong(what, at if state.since_at is None else state.since_at)
            if before and regained:
                wrong.alarm = before.alarm
            self._let_go(key, self._hearsay.see_wrong(key, wrong, state, at))
            self._put(key, wrong, now, quiet=regained)

    def _put(self, subject: Subject, wrong: Wrong, now: float, *, quiet: bool = False) -> None:
        self._wrong[subject] = wrong
        self._change()
        untold = wrong.is_alarming and not wrong.alarm and wrong.acknowledged_at is None
        if untold and not quiet and subject not in self._snoozed and isinstance(subject, TaskKey):
            self._gathering.put(subject, now)

    def _drop(self, subject: Subject) -> None:
        """It is right again, or wrong in another way."""
        self._quieten(subject)
        if (wrong := self._wrong.pop(subject, None)) is not None:
            self._let_go(subject, wrong.alarm)
        if isinstance(subject, LaneKey):
            self._blinded.pop(subject, None)
        if math.isinf(self._snoozed.get(subject, 0.0)):
            del self._snoozed[subject]

    def _quieten(self, subject: Subject) -> None:
        if isinstance(subject, LaneKey):
            self._blind_due.pop(subject, None)
        else:
            self._gathering.drop(subject)
        self._change()

    def _wake(self, subject: Subject, now: float) -> None:
        """A snooze is over: what is still wrong alarms anew."""
        del self._snoozed[subject]
        self._change()
        wrong = self._wrong.get(subject)
        if wrong is None:
            return
        self._let_go(subject, wrong.alarm)
        wrong.alarm = ""
        if isinstance(subject, LaneKey):
            self._blind_due.setdefault(subject, now)
        else:
            self._put(subject, wrong, now)

    def _release(self, now: float, at: float) -> list[Event]:
        if self._muted_until is not None:
            return []
        told: list[Event] = []
        groups = self._gathering.release(now, self._board.tasks, lambda key: self._board.state(key).has_run)
        for keys, storm in groups:
            if storm is None:
                told += [self._tell([key], at) for key in keys]
            elif storm.alarm:
                for key in keys:
                    self._wrong[key].alarm = storm.alarm
                self._change()
            else:
                alarm = self._tell(keys, at, storm.factor)
                storm.alarm = alarm.id
                told.append(alarm)
        return told

    def _sum_up(self, storms: Iterable[Storm], at: float) -> list[Event]:
        """Tell of storms that became larger than was said."""
        told: list[Event] = []
        for storm in storms:
            of_what = f": all of {storm.factor}" * bool(storm.factor.name)
            text = f"the storm took {len(storm.keys)} tasks, not only {storm.told}{of_what}"
            told.append(Notice(at, NoticeKind.STORM, text))
            storm.told = len(storm.keys)
        return told

    def _call_blind(self, now: float, at: float) -> list[Event]:
        told: list[Event] = []
        due = [lane for lane, due in self._blind_due.items() if due <= now and lane not in self._snoozed]
        watched = {task.key.profile for task in self._board.tasks.values() if not task.paused} if due else set()
        for lane in due:
            # Nobody is called because of an account that has no task to look at.
            if not watched.isdisjoint(lane.profiles):
                del self._blind_due[lane]
                told.append(self._tell([lane], at))
        return told

    def _repeat(self, at: float) -> list[Event]:
        """Tell again what nobody has acknowledged."""
        if self._repeat_seconds is None:
            return []
        due = [alarm for alarm in self._open.values() if abs(at - alarm.told_at) >= self._repeat_seconds]
        if not due:
            return []
        subjects: dict[str, list[Subject]] = {alarm.id: [] for alarm in due}
        for subject, wrong in self._wrong.items():
            if wrong.alarm in subjects and self._is_loud(subject):
                subjects[wrong.alarm].append(subject)
        told: list[Event] = []
        for alarm in due:
            self._change()
            if subjects[alarm.id]:
                alarm.repeat += 1
                alarm.told_at = at
                told.append(self._message(alarm, subjects[alarm.id], at))
            else:
                del self._open[alarm.id]
        return told

    def _let_go(self, subject: Subject, alarm: str) -> None:
        """The alarm is no longer about the subject."""
        if alarm != _THEIRS and self._ends.let_go(subject, alarm):
            self._change()

    def _resolve(self, now: float, at: float) -> list[Event]:
        """Tell which alarms are over."""
        if not self._ends:
            return []
        still_open = {wrong.alarm for wrong in (*self._wrong.values(), *self._before.values())} | self._hearsay.alarms
        return [self._resolved(alarm, subjects, at) for alarm, subjects in self._ends.take(still_open, now)]

    def _resolved(self, alarm: str, subjects: Collection[Subject], at: float) -> Resolved:
        self._open.pop(alarm, None)
        self._change()
        return resolved_message(alarm, subjects, self._wrong, self._board, at)

    def _tell(self, subjects: Collection[Subject], at: float, factor: Factor = _NO_FACTOR) -> Alarm:
        self._number += 1
        among = sum(map(factor.covers, self._board.tasks.values())) if factor.name else 0
        alarm = OpenAlarm(f"{at * 1000:.0f}-{self._number}", at, str(factor), among)
        if self._repeat_seconds is not None:
            self._open[alarm.id] = alarm
        for subject in subjects:
            self._wrong[subject].alarm = alarm.id
        self._change()
        return self._message(alarm, subjects, at)

    def _message(self, alarm: OpenAlarm, subjects: Collection[Subject], at: float) -> Alarm:
        wrongs = {subject: self._wrong[subject] for subject in subjects}
        return alarm_message(alarm, wrongs, self._board, self._blinded, at)

    def _is_watched(self, subject: Subject) -> bool:
        return isinstance(subject, TaskKey) and subject in self._board

    def _is_acknowledged(self, subject: Subject) -> bool:
        return subject in self._wrong and self._wrong[subject].acknowledged_at is not None

    def _is_loud(self, subject: Subject) -> bool:
        """Whether it alarms and nobody has acknowledged or snoozed it."""
        wrong = self._wrong[subject]
        return wrong.is_alarming and wrong.acknowledged_at is None and subject not in self._snoozed

    def _change(self) -> None:
        self._view = None
        self._remembered = False

    def _look(self) -> AlarmView:
        attention = {
            subject: Attention(wrong.acknowledged_at, wrong.reason)
            for subject, wrong in self._wrong.items()
            if wrong.acknowledged_at is not None
        }
        attention |= {subject: Attention(snoozed_until=until) for subject, until in self._snoozed.items()}
        return AlarmView(self._muted_until, attention)


def _what(state: TaskState) -> str:
    """What is wrong with a task, "" where nothing is."""
    return AlarmKind.FLAPPING.value if state.trouble.flapping else state.state.value if state.state.is_problem else ""


def _is_unasked(state: TaskState) -> bool:
    """Whether no answer of this run says anything about the task."""
    return state.state is State.PENDING or state.doubt.is_recalled


def _is_seen_running(state: TaskState) -> bool:
    """Whether the last answer says so."""
    running = state.status is not None and state.status.kind is StatusKind.IN_PROGRESS
    return running and not state.trouble.failures and not state.doubt.is_recalled


def _is_confirming(state: TaskState) -> bool:
    """Whether one more answer may make an alarm of this task; one that flaps is always about to."""
    refused = state.trouble.refusals > 0 and state.state is not State.REJECTED
    return not state.trouble.flapping and (state.is_suspected or refused)
