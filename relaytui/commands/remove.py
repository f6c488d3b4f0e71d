"""`relaytui remove`: take tasks off the stored watch list."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence

from relaytui.adapters.stored_list import change
from relaytui.commands.options import Refusal
from relaytui.commands.stored import counted, list_path, read_defaults, read_tasks
from relaytui.commands.streams import complain
from relaytui.core.edits import removing
from relaytui.core.entry import quoted
from relaytui.core.listing import BadList
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.text import plain


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="TaskId, its beginning, or a label")
    parser.add_argument("--group", metavar="TEXT", help="every task of this group")


def run(args: argparse.Namespace) -> int:
    """Remove what is named, all of it or nothing, and say how to undo it. Exit code 0 or 2."""
    if not args.ids and args.group is None:
        return Refusal("nothing to remove: give TaskIds or labels, or --group TEXT").tell()
    tasks = read_tasks()
    if isinstance(tasks, Refusal):
        return tasks.tell()
    doomed: set[TaskKey] = set()
    for name in args.ids:
        found = _named(name, tasks)
        if isinstance(found, Refusal):
            return found.tell()
        doomed.add(found)
    if args.group is not None:
        group = {task.key for task in tasks if task.group == args.group}
        if not group:
            return Refusal(f"no task on the list is of group {quoted(args.group)}").tell()
        doomed |= group
    defaults = read_defaults({})
    if isinstance(defaults, Refusal):
        return defaults.tell()
    changed = change(list_path(), removing(doomed), defaults)
    if isinstance(changed, BadList):
        return Refusal(str(changed)).tell()
    gone = [plain(task.name) for task in changed.before if task.key in doomed]
    named = f" ({gone[0]})" if len(gone) == 1 else ""
    complain(f"{counted(len(gone))} removed{named}; relaytui list --restore undoes it")
    return 0


def _named(name: str, tasks: Sequence[WatchedTask]) -> TaskKey | Refusal:
    """The one task of this TaskId, label, or beginning of a TaskId, tried in this order."""
    ways = (
        [task for task in tasks if task.key.task_id == name],
        [task for task in tasks if task.label and task.label == name],
        [task for task in tasks if name and task.key.task_id.startswith(name)],
    )
    found = next(filter(None, ways), [])
    if len(found) == 1:
        return found[0].key
    if not found:
        group = next((task.group for task in tasks if name and task.group.casefold() == name.casefold()), "")
        instead = f"; --group {plain(shlex.quote(group))} removes the group of that name" if group else ""
        return Refusal(f"no task on the list has the TaskId, label or beginning {quoted(name)}{instead}")
    some = ", ".join(plain(f"{task.key.task_id} in {task.key.region}") for task in found[:3])
    return Refusal(f"{quoted(name)} names {counted(len(found))}: {some}{', …' if found[3:] else ''}; say which")
