"""What `check` and `watch` print: the same facts as one JSON object a line, or as one line of text.

The objects are those of `schema/check.schema.json` and `schema/events.schema.json`. JSON is written in ASCII, so that
no encoding of a pipe can damage it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import assert_never

from relaytui.core.answer import answer_id, answered_state, failure_fields
from relaytui.core.event_text import event_text, explained, heading, relisted, task_name, utc
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
from relaytui.core.fields import (
    SCHEMA,
    Fields,
    alarm_fields,
    key_fields,
    lane_fields,
    resolved_fields,
    rfc3339,
    task_fields,
)
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Observation
from relaytui.core.task import LaneKey, State, TaskKey, WatchedTask
from relaytui.core.text import plain
from relaytui.core.transition import Transition
from relaytui.core.update import Relisted, Update


def dump(fields: Fields) -> str:
    """One object as one line."""
    return json.dumps(fields, separators=(",", ":"))


def answer_text(task: WatchedTask, observation: Observation) -> str:
    """The answer about one task as a line for a person."""
    state = answered_state(observation)
    status, failure = observation.status, observation.failure
    if failure:
        meaning = explained(failure)
    elif status and state is State.UNRECOGNISED:
        meaning = f"{plain(status.text)!r}: {state.meaning}"
    else:
        meaning = state.meaning if state else ""
    request_id = plain(answer_id(observation))
    parts = [heading(state), task_name(task), meaning, f"{1000 * observation.latency:.0f} ms"]
    return "  ".join([*parts, f"RequestId {request_id}"] if request_id else parts)


def update_lines(update: Update, *, as_json: bool) -> Iterator[str]:
    """The lines for the events of one task's update, in order."""
    changed = next((event.before for event in update.events if isinstance(event, Transition)), None)
    state = update.state.state if changed is None else changed
    for event in update.events:
        yield event_line(event, update.task, state, as_json=as_json)
        if isinstance(event, Transition):
            state = event.after


def recalled_line(update: Update, at: float, *, as_json: bool) -> str:
    """The line that says what an earlier run saw of a task, which is believed until it is asked."""
    task, state, _ = update
    since, seen = (utc(moment or 0.0) for moment in (state.since_at, state.seen_at))
    text = f"{state.state.word} since {since}, as seen at {seen} by an earlier run"
    return event_line(Notice(at, NoticeKind.RECALLED, text, task.key), task, state.state, as_json=as_json)


def event_line(
    event: Event,
    task: WatchedTask | None,
    state: State | None,
    *,
    as_json: bool,
    known: Callable[[TaskKey], WatchedTask] = WatchedTask,
) -> str:
    """The line for one event; `task` and `state` are those it is about, as they were before it.

    `known` gives what is known of another task that the text names.
    """
    if as_json:
        return dump(_event_fields(event, task, state))
    return f"{utc(event.at)}  {event_text(event, task, state, known=known)}"


def watching_line(
    at: float,
    counts: Mapping[State, int],
    lanes: Mapping[LaneKey, LaneView],
    *,
    as_json: bool,
    first: bool,
    paused: int = 0,
) -> str:
    """The line that says that somebody is still watching, and how well; `paused` tasks are in none of the counts."""
    rate = sum(view.rate for view in lanes.values())
    sweep = max((view.sweep for view in lanes.values()), default=0.0)
    blind = [view for view in lanes.values() if view.is_blind]
    tasks = sum(counts.values()) + paused
    if as_json:
        return dump(
            {
                "schema": SCHEMA,
                "event": "watching",
                "at": rfc3339(at),
                "tasks": tasks,
                "paused": paused,
                "states": {state: counts.get(state, 0) for state in State},
                "requests_per_second": round(rate, 2),
                "sweep_seconds": round(sweep, 1),
                "blind_lanes": [lane_fields(view.lane) for view in blind],
            }
        )
    states = ", ".join(f"{counts[state]} {state.word}" for state in State if counts.get(state))
    parts = [f"{'watching' if first else 'still watching'} {tasks} task{'' if tasks == 1 else 's'}"]
    parts += [states] if states else []
    parts += [f"{paused} paused"] if paused else []
    parts += [] if first else [f"{rate:.1f} requests/s", f"sweep {sweep:.0f} s"]
    parts += [f"BLIND {view.lane}" for view in blind]
    return f"{utc(at)}  {'  '.join(parts)}"


def lost_line(at: float, count: int, *, as_json: bool) -> str:
    """The line that stands where `count` lines were dropped because nobody read them."""
    text = f"{count} line{'' if count == 1 else 's'} dropped here: the reader of this output did not keep up"
    if as_json:
        return dump({"schema": SCHEMA, "event": "notice", "at": rfc3339(at), "kind": "lost", "text": text})
    return f"{utc(at)}  {text}"


def _event_fields(event: Event, task: WatchedTask | None, state: State | None) -> Fields:  # noqa: PLR0912 - one arm for each event
    fields: Fields = {"schema": SCHEMA, "event": _EVENT_NAMES[type(event)], "at": rfc3339(event.at)}
    match event:
        case Transition():
            return fields | {
                "task": task_fields(task or WatchedTask(event.key)),
                "from": event.before,
                "to": event.after,
                "request_id": plain(event.request_id) or None,
                "earlier_request_id": plain(event.earlier_request_id) or None,
                "severity": event.severity.value,
                "while_blind": event.while_blind,
                "while_away": event.while_away,
                "failure": failure_fields(event.failure) if event.failure else None,
            }
        case FailureNoted():
            return fields | {
                "task": task_fields(task or WatchedTask(event.key)),
                "from": state,
                "to": state,
                "request_id": plain(event.failure.request_id) or None,
                "failure": failure_fields(event.failure),
                "count": event.count,
            }
        case Blinded() | Sighted():
            fields |= {
                "lane": lane_fields(event.lane),
                "cause": failure_fields(event.cause),
                "since": rfc3339(event.since),
                "last_good": None if event.last_good_at is None else rfc3339(event.last_good_at),
            }
            return fields | {"given_up": event.given_up} if isinstance(event, Sighted) else fields
        case Notice():
            fields |= {"kind": event.kind, "text": plain(event.text)}
            if event.key is not None:
                task = task or WatchedTask(event.key)
                fields |= {"task": task_fields(task), "from": state, "to": state, "request_id": None}
            if event.lane is not None:
                fields["lane"] = lane_fields(event.lane)
            return fields
        case NotWatching():
            return fields | {"since": rfc3339(event.since), "why": plain(event.why)}
        case JournalHealth():
            since = None if event.since is None else rfc3339(event.since)
            return fields | {"unwritten_since": since, "why": plain(event.why), "lost": event.lost}
        case Relisted():
            return fields | {"kind": "list", "text": relisted(event)}
        case Alarm():
            return alarm_fields(event)
        case Resolved():
            return resolved_fields(event)
        case Delivery():
            return fields | {
                "alarm": event.alarm,
                "hook": event.hook,
                "try": event.number,
                "failure": plain(event.failure) or None,
                "gave_up": event.gave_up,
            }
        case Acknowledged() | Snoozed() | Muted():
            return fields | _quiet(event)
        case _:
            assert_never(event)


_EVENT_NAMES: Mapping[type[Event], str] = {
    Transition: "transition",
    FailureNoted: "failure",
    Blinded: "blind",
    Sighted: "sight",
    Notice: "notice",
    NotWatching: "gap",
    JournalHealth: "journal",
    Relisted: "notice",
    Alarm: "alarm",
    Resolved: "resolved",
    Acknowledged: "acknowledged",
    Snoozed: "snoozed",
    Muted: "muted",
    Delivery: "delivery",
}


def _quiet(event: Acknowledged | Snoozed | Muted) -> Fields:
    """Who is quiet, and why or until when."""
    fields: Fields = {}
    if isinstance(event, Acknowledged):
        fields["reason"] = plain(event.reason)
    else:
        fields["until"] = None if event.until is None else rfc3339(event.until)
    if not isinstance(event, Muted):
        fields["tasks"] = [key_fields(one) for one in event.subjects if not isinstance(one, LaneKey)]
        fields["lanes"] = [lane_fields(one) for one in event.subjects if isinstance(one, LaneKey)]
    return fields
