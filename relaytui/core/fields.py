"""Tasks, lanes and alarms as plain fields for JSON, the same for whoever prints or sends them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from relaytui.core.events import Alarm, Resolved
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.core.text import plain

SCHEMA = 1
MOST_TASKS = 100
"""Tasks that are named: chats and pagers refuse bodies of a megabyte, and `count` tells how many there are."""
Fields = dict[str, Any]


def rfc3339(at: float) -> str:
    """Unix seconds as RFC 3339 UTC with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def key_fields(key: TaskKey) -> Fields:
    """The identity of a task."""
    return {
        "profile": key.profile,
        "region": key.region,
        "sdk_app_id": key.sdk_app_id,
        "task_id": key.task_id,
    }


def task_fields(task: WatchedTask) -> Fields:
    """A task by its identity and its label."""
    return key_fields(task.key) | {"label": plain(task.label)}


def lane_fields(lane: LaneKey) -> Fields:
    """The identity of a lane."""
    return {"profile": lane.profile, "host": lane.host}


def alarm_fields(alarm: Alarm) -> Fields:
    """The alarm as in `schema/events.schema.json`: what `watch --json` prints, and a command or a webhook is given."""
    return {
        "schema": SCHEMA,
        "event": "alarm",
        "at": rfc3339(alarm.at),
        "id": alarm.event_id,
        "alarm": alarm.id,
        "kind": alarm.kind,
        "text": alarm.text,
        "since": rfc3339(alarm.since),
        "repeat": alarm.repeat,
        "count": alarm.count,
        "factor": alarm.factor or None,
        "tasks": [task_fields(task) for task in alarm.tasks[:MOST_TASKS]],
        "lane": None if alarm.lane is None else lane_fields(alarm.lane),
    }


def resolved_fields(resolved: Resolved) -> Fields:
    """The end of an alarm as in `schema/events.schema.json`."""
    return {
        "schema": SCHEMA,
        "event": "resolved",
        "at": rfc3339(resolved.at),
        "id": resolved.event_id,
        "alarm": resolved.alarm,
        "text": resolved.text,
        "count": len(resolved.tasks),
        "tasks": [task_fields(task) for task in resolved.tasks[:MOST_TASKS]],
        "lane": None if resolved.lane is None else lane_fields(resolved.lane),
    }
