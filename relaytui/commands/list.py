"""`relaytui list`: what is on the stored watch list, and its versions before."""

from __future__ import annotations

import argparse

from relaytui.adapters.stored_list import restore, versions
from relaytui.commands.filters import add_filter_option
from relaytui.commands.options import Refusal
from relaytui.commands.stored import counted, list_path, read_defaults, read_tasks, table
from relaytui.commands.streams import complain
from relaytui.core.listing import BadList, write_time
from relaytui.core.task import WatchedTask


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("number", nargs="?", metavar="N", help="version for --restore, 1 (default) is the newest")
    parser.add_argument("--json", action="store_true", help="print one JSON object per task")
    parser.add_argument("--csv", action="store_true", help="print CSV")
    parser.add_argument("--restore", action="store_true", help="bring the version before back; again undoes that")
    add_filter_option(parser)


def run(args: argparse.Namespace) -> int:
    """Print the tasks, or bring a kept version back. Exit code 0 or 2."""
    if args.restore:
        return _restore(args.number or "1")
    if args.number is not None:
        return Refusal("list takes no arguments; --filter TEXT lists some of the tasks").tell()
    tasks = read_tasks(args.filter)
    if isinstance(tasks, Refusal):
        return tasks.tell()
    from relaytui.commands.export import json_lines, write_csv

    if args.csv:
        write_csv(tasks)
        return 0
    lines = list(json_lines(tasks)) if args.json else _lines(tasks)
    for line in lines:
        print(line)  # noqa: T201 - stdout is data
    if not tasks:
        complain(f"no tasks on {list_path()}; relaytui add ID… puts some there" if args.filter is None else "no match")
    return 0


def _lines(tasks: tuple[WatchedTask, ...]) -> list[str]:
    head = ("LABEL", "TASK", "APP", "REGION", "PROFILE", "GROUP", "EXPECTED END", "NOTE")
    return table([head, *map(_cells, tasks)]) if tasks else []


def _cells(task: WatchedTask) -> tuple[str, ...]:
    key = task.key
    end = "" if task.expected_end is None else write_time(task.expected_end)
    return task.label, key.task_id, str(key.sdk_app_id), key.region, key.profile, task.group, end, task.note


def _restore(number: str) -> int:
    defaults = read_defaults({})
    if isinstance(defaults, Refusal):
        return defaults.tell()
    if not (number.isascii() and number.isdigit() and len(number) < 4):
        return Refusal(f"--restore takes the number of a version, 1 to {len(versions(list_path()))}").tell()
    changed = restore(list_path(), int(number), defaults)
    if isinstance(changed, BadList):
        return Refusal(str(changed)).tell()
    complain(
        f"version {number} is back: {counted(len(changed.after))}, before {len(changed.before)};"
        " relaytui list --restore undoes it"
    )
    return 0
