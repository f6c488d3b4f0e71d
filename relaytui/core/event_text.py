"""Events as lines of plain text, for terminals without a board and for tickets."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from itertools import islice
from typing import assert_never

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
    NotWatching,
    Resolved,
    Sighted,
    Snoozed,
)
from relaytui.core.observation import Failure
from relaytui.core.task import LaneKey, State, TaskKey, WatchedTask
from relaytui.core.text import plain
from relaytui.core.transition import Transition
from relaytui.core.update import Relisted

COULD_NOT_SEE = "could not see"
_WORD_WIDTH = max(len(COULD_NOT_SEE), *(len(state.word) for state in State))


def event_text(  # noqa: PLR0912 - one arm for each event
    event: Event,
    task: WatchedTask | None,
    state: State | None,
    *,
    known: Callable[[TaskKey], WatchedTask] = WatchedTask,
    code: Callable[[str], str] = str,
    explain: Callable[[Failure], str] | None = None,
    named_at_most: int | None = 1,
) -> str:
    """The event as one line without its time; `task` and `state` are those it is about, as they were before it.

    `known` gives what is known of another task that it names, `code` how a TaskId or RequestId is written, and
    `explain` what is said of a failure. Of those that were acknowledged or snoozed at once, `named_at_most` so many are
    named (None: all), and the others counted.
    """
    explain = explain or explained

    def named(task: WatchedTask) -> str:
        return task_name(task, code)

    match event:
        case Transition():
            parts = [heading(event.after), named(task or known(event.key)), f"was {event.before.word}"]
            parts += [event.word] if event.word != event.after.word else []
            parts += ["changed while blind"] if event.while_blind else []
            parts += ["changed while not watching"] if event.while_away else []
            parts += [explain(event.failure)] if event.failure else []
            parts += [f"RequestId {code(plain(event.request_id))}"] if event.request_id else []
            return "  ".join(parts)
        case FailureNoted():
            parts = [heading(None), named(task or known(event.key)), explain(event.failure)]
            parts += [f"still believed {state.word}"] if state else []
            parts += [f"RequestId {code(plain(event.failure.request_id))}"] if event.failure.request_id else []
            return "  ".join(parts)
        case Blinded():
            last = event.last_good_at
            good = "no good answer since the start" if last is None else f"last good answer {utc(last)}"
            return f"{'BLIND':{_WORD_WIDTH + 2}}  {event.lane}  {explain(event.cause)}  {good}"
        case Sighted():
            seen = f"blind {utc(event.since)} to {utc(event.at)}, {event.at - event.since:.0f} s"
            word = "is asked within another lane" if event.given_up else "sees again"
            return f"{'SIGHT':{_WORD_WIDTH + 2}}  {event.lane}  {word}  {seen}  {explain(event.cause)}"
        case Notice():
            about = named(task or known(event.key)) if event.key else str(event.lane) if event.lane else ""
            return "  ".join(part for part in (f"{'notice':{_WORD_WIDTH + 2}}", about, plain(event.text)) if part)
        case NotWatching():
            gap = f"not watching {utc(event.since)} to {utc(event.at)}, {event.at - event.since:.0f} s"
            return f"{'GAP':{_WORD_WIDTH + 2}}  {gap}: {plain(event.why)}"
        case JournalHealth():
            return f"{'journal':{_WORD_WIDTH + 2}}  {plain(event.text)}"
        case Relisted():
            return f"{'notice':{_WORD_WIDTH + 2}}  {relisted(event)}"
        case Delivery():
            return f"{'delivery':{_WORD_WIDTH + 2}}  {plain(event.text)}"
        case Alarm():
            return f"{'ALARM':{_WORD_WIDTH + 2}}  {_about(event.tasks, event.text, code)}"
        case Resolved():
            return f"{'resolved':{_WORD_WIDTH + 2}}  {_about(event.tasks, event.text.removeprefix('resolved: '), code)}"
        case Acknowledged():
            reason = f"  {plain(event.reason)}" if event.reason else ""
            return f"{'acknowledged':{_WORD_WIDTH + 2}}  {_names(event.subjects, known, code, named_at_most)}{reason}"
        case Snoozed():
            until = "until it changes" if event.until is None else f"until {utc(event.until)}"
            return f"{'snoozed':{_WORD_WIDTH + 2}}  {_names(event.subjects, known, code, named_at_most)}  {until}"
        case Muted():
            told = "alarms reach people again" if event.until is None else f"all alarms until {utc(event.until)}"
            return f"{'muted' if event.until else 'unmuted':{_WORD_WIDTH + 2}}  {told}"
        case _:
            assert_never(event)


def relisted(event: Relisted) -> str:
    """What an edit of the list changed, or why it changed nothing."""
    kept = "the list is not taken in, the one before is watched: " if event.refused else ""
    return kept + plain(event.text)


def heading(state: State | None) -> str:
    """The first column: a state's glyph and word, or that nobody could see."""
    glyph, word = (state.glyph, state.word) if state else ("!", COULD_NOT_SEE)
    return f"{glyph} {word:{_WORD_WIDTH}}"


def task_name(task: WatchedTask, code: Callable[[str], str] = str) -> str:
    """The label and the TaskId, or the TaskId where there is no label; `code` gives how the TaskId is written."""
    task_id = code(task.key.task_id)
    return f"{plain(task.label)} ({task_id})" if task.label else task_id


def explained(failure: Failure, *, advised: bool = True) -> str:
    """A failure, and where `advised` what to do about it."""
    said = f" ({plain(failure.message)})" if failure.message else ""
    return f"{plain(failure.code)}{said}" + (f": {failure.advice}" if advised else "")


def utc(at: float) -> str:
    """Unix seconds as RFC 3339 UTC in whole seconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _names(
    subjects: Collection[Subject],
    known: Callable[[TaskKey], WatchedTask],
    code: Callable[[str], str],
    most: int | None,
) -> str:
    names = ", ".join(
        plain(str(subject)) if isinstance(subject, LaneKey) else task_name(known(subject), code)
        for subject in islice(subjects, most)
    )
    more = 0 if most is None else len(subjects) - most
    return f"{names} and {more} more" if more > 0 else names


def _about(tasks: Collection[WatchedTask], text: str, code: Callable[[str], str]) -> str:
    """The text of an alarm, which begins with the TaskId where it is about one task without a label."""
    name = next(iter(tasks)).name if len(tasks) == 1 else ""
    is_coded = name and text.startswith(name) and not next(iter(tasks)).label
    return f"{code(name)}{text.removeprefix(name)}" if is_coded else text
