"""Events as lines for a person, in the words of the design."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relaytui.core.alarm_view import Subject
from relaytui.core.events import (
    Acknowledged,
    Alarm,
    Blinded,
    Delivery,
    Event,
    FailureNoted,
    JournalHealth,
    Muted,
    Notice,
    NoticeKind,
    NotWatching,
    Resolved,
    Sighted,
    Snoozed,
)
from relaytui.core.task import LaneKey, State, TaskKey
from relaytui.core.text import even
from relaytui.core.transition import Severity, Transition
from relaytui.core.update import Relisted
from relaytui.ui.failures import describe
from relaytui.ui.looks import STATE_LOOKS, Look
from relaytui.ui.text_pane import Line
from relaytui.ui.times import day, span_of_time, time_of_day


def event_line(event: Event, name: Callable[[TaskKey], str]) -> Line:  # noqa: PLR0912 - one arm for each event
    """The event as one line; `name` gives what people call a task."""
    label = time_of_day(event.at)
    match event:
        case Transition():
            return Line(f"{event.after.glyph} {even(name(event.key))}  {change(event)}", label, change_look(event))
        case FailureNoted():
            times = f" ×{event.count}" if event.count > 1 else ""
            return Line(f"! {even(name(event.key))}  {describe(event.failure)}{times}", label, Look.WARNING)
        case Blinded():
            text = f"BLIND {_lane(event.lane)}: {describe(event.cause)}. {event.cause.advice}"
            return Line(text, label, Look.PROBLEM)
        case Sighted():
            gap = f"blind {span_of_time(event.since, event.at)}, {describe(event.cause)}"
            if event.given_up:
                return Line(f"{_lane(event.lane)} is asked within another lane: {gap}", label)
            return Line(f"{_lane(event.lane)} sees again: {gap}", label, Look.GOOD)
        case Notice():
            about = even(name(event.key)) if event.key else _lane(event.lane) if event.lane else ""
            text = f"! {about}  {even(event.text)}" if about else f"! {even(event.text)}"
            return Line(
                text, label, Look.PROBLEM if event.kind in (NoticeKind.FAULT, NoticeKind.DEGRADED) else Look.WARNING
            )
        case NotWatching():
            gap = span_of_time(event.since, event.at)
            if day(event.since) != day(event.at):
                gap = f"{day(event.since)} {gap}"
            return Line(f"! not watching {gap}: {even(event.why)}", label, Look.WARNING)
        case JournalHealth():
            return Line(f"! {even(event.text)}", label, Look.GOOD if event.since is None else Look.PROBLEM)
        case Relisted():
            return Line(f"! {even(event.text)}", label, Look.WARNING if event.refused else Look.PLAIN)
        case Delivery():
            look = Look.PROBLEM if event.gave_up else Look.WARNING if event.failure else Look.DIM
            return Line(even(event.text), label, look)
        case Alarm():
            return Line(f"ALARM {even(event.text)}", label, Look.PROBLEM)
        case Resolved():
            return Line(even(event.text), label)
        case Acknowledged():
            reason = f": {even(event.reason)}" if event.reason else ""
            return Line(f"{_subjects(event.subjects, name)}  acknowledged{reason}", label)
        case Snoozed():
            until = "it changes" if event.until is None else time_of_day(event.until)
            return Line(f"{_subjects(event.subjects, name)}  snoozed until {until}", label)
        case Muted():
            if event.until is None:
                return Line("alarms reach people again", label)
            return Line(f"! all alarms muted until {time_of_day(event.until)}", label, Look.WARNING)


def tasks_of(event: Event) -> tuple[TaskKey, ...]:
    """The tasks that an event is about; none where it is about a lane, the list or the program."""
    match event:
        case Transition() | FailureNoted():
            return (event.key,)
        case Notice():
            return (event.key,) if event.key else ()
        case Alarm() | Resolved():
            return tuple(task.key for task in event.tasks)
        case Acknowledged() | Snoozed():
            return tuple(subject for subject in event.subjects if isinstance(subject, TaskKey))
        case Blinded() | Sighted() | NotWatching() | JournalHealth() | Relisted() | Muted() | Delivery():
            return ()


def change(event: Transition) -> str:
    """From what to what, and what is remarkable about it."""
    words = f"{event.before.word} → {event.after.word}"
    if event.word != event.after.word:
        words += f" ({event.word})"
    if event.while_blind:
        words += ", changed while blind"
    if event.while_away:
        words += ", changed while not watching"
    if event.failure is not None:
        words += f", {describe(event.failure)}"
    return words


def change_look(event: Transition) -> Look:
    """How a change looks: as loud as it is."""
    if event.severity is Severity.INFO:
        return Look.PLAIN
    return Look.GOOD if event.after is State.RUNNING else STATE_LOOKS[event.after]


def _subjects(subjects: Sequence[Subject], name: Callable[[TaskKey], str]) -> str:
    first = subjects[0]
    named = _lane(first) if isinstance(first, LaneKey) else even(name(first))
    return f"{named} and {len(subjects) - 1} more" if len(subjects) > 1 else named


def _lane(lane: LaneKey) -> str:
    return even(str(lane))
