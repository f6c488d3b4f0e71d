"""What the board makes of a watch list: edits that touch their own tasks only, whatever others changed meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from relaytui.core.listing import Changed, Edit
from relaytui.core.task import TaskKey, WatchedTask

KEPT_IDS = 5
"""TaskIds that a task had before which stay on the list with it."""

Tasks = tuple[WatchedTask, ...]


def adding(tasks: Iterable[WatchedTask]) -> Edit:
    """Put these tasks at the end, but for those that are there already."""
    new = {task.key: task for task in tasks}

    def edit(now: Tasks) -> Tasks:
        known = {task.key for task in now}
        return (*now, *(task for task in new.values() if task.key not in known))

    return edit


def removing(keys: Collection[TaskKey]) -> Edit:
    """Take these tasks off the list."""
    return lambda now: tuple(task for task in now if task.key not in keys)


def editing(keys: Collection[TaskKey], fields: Mapping[str, Any]) -> Edit:
    """Give these tasks these fields; the other fields stay as they are."""
    return lambda now: tuple(task._replace(**fields) if task.key in keys else task for task in now)


def replacing(old: TaskKey, new: TaskKey) -> Edit:
    """Have the task watched under another key, in its place and with all that people wrote about it."""

    def edit(now: Tasks) -> Tasks:
        if any(task.key == new for task in now):
            return now
        return tuple(_started_anew(task, new) if task.key == old else task for task in now)

    return edit


def _started_anew(task: WatchedTask, key: TaskKey) -> WatchedTask:
    return task._replace(key=key, replaces=(task.key.task_id, *task.replaces)[:KEPT_IDS])


def undoing(changed: Changed) -> Edit:
    """The way back: tasks return to their places, and to their former fields where nobody else has changed these."""
    before = {task.key: task for task in changed.before}
    after = {task.key: task for task in changed.after}

    def edit(now: Tasks) -> Tasks:
        kept = []
        for task in now:
            old, new = before.get(task.key), after.get(task.key)
            if old is None and task == new:
                continue
            kept.append(_back(task, old, new) if old and new else task)
        gone = before.keys() - after.keys() - {task.key for task in kept}
        return _with(kept, changed.before, gone)

    return edit


def _back(task: WatchedTask, old: WatchedTask, new: WatchedTask) -> WatchedTask:
    """The task with those fields of `old` that the change to `new` made what they are."""
    fields = zip(old, new, task, strict=True)
    return WatchedTask._make(was if became == now else now for was, became, now in fields)


def _with(tasks: Iterable[WatchedTask], places: Iterable[WatchedTask], gone: Collection[TaskKey]) -> Tasks:
    """The tasks, and behind the same neighbours as in `places` those that are gone."""
    tasks = tuple(tasks)
    there = {task.key for task in tasks}
    behind: defaultdict[TaskKey | None, list[WatchedTask]] = defaultdict(list)
    neighbour: TaskKey | None = None
    for task in places:
        if task.key in gone:
            behind[neighbour].append(task)
        elif task.key in there:
            neighbour = task.key
    return (*behind[None], *(each for task in tasks for each in (task, *behind[task.key])))
