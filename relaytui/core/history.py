"""What a journal remembers, as a person asks for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from relaytui.core.events import (
    Acknowledged,
    Alarm,
    Blinded,
    Event,
    FailureNoted,
    Muted,
    Notice,
    NotWatching,
    Resolved,
    Sighted,
    Snoozed,
)
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.transition import Transition


class Entry(NamedTuple):
    """One event, the task it is about and what was believed of that then; None where it is about no single task."""

    event: Event
    task: WatchedTask | None = None
    state: State | None = None


def concerns(event: Event, keys: Collection[TaskKey]) -> bool:
    """Whether an event says something about one of these: what it did, that nobody saw it, or that it is quiet."""
    match event:
        case Transition() | FailureNoted():
            return event.key in keys
        case Notice():
            return event.key is not None and event.key in keys
        case NotWatching() | Muted():
            return True
        case Blinded() | Sighted():
            return any(key.profile in event.lane.profiles for key in keys)
        case Alarm() | Resolved():
            return any(task.key in keys for task in event.tasks)
        case Acknowledged() | Snoozed():
            return any(subject in keys for subject in event.subjects)
        case _:
            return False


def with_earlier(keys: Collection[TaskKey], listed: Iterable[WatchedTask]) -> set[TaskKey]:
    """These keys, and those that the tasks on the list had before they were started anew."""
    earlier = {task.key._replace(task_id=each) for task in listed if task.key in keys for each in task.replaces}
    return {*keys, *earlier}


def named(tasks: Collection[WatchedTask], word: str) -> list[WatchedTask]:
    """The tasks that are called so: by TaskId or label, else by how one begins, whatever the case of a label."""
    folded = word.casefold()
    exact = [task for task in tasks if task.key.task_id == word or task.label.casefold() == folded]
    return exact or [
        task for task in tasks if task.key.task_id.startswith(word) or task.label.casefold().startswith(folded)
    ]
