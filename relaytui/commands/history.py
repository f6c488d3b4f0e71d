"""`relaytui history`: what happened, as the journal remembers it."""

from __future__ import annotations

import argparse
import os
import sqlite3
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from relaytui.commands.options import USAGE, Refusal
from relaytui.commands.streams import complain
from relaytui.core.entry import Refused, quoted
from relaytui.core.history import Entry, named, with_earlier
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.when import read_when

DEFAULT_SINCE = "24h"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.description = (
        "Print what happened: changes, failures, times in which nobody could see or nobody watched, alarms and who "
        "acknowledged them. Everything is read from the journal; nothing is asked."
    )
    parser.add_argument("task", nargs="?", metavar="TASK", help="a TaskId, a label, or how one of them begins")
    parser.add_argument(
        "--since", default=DEFAULT_SINCE, metavar="T", help=f"2h, 03:12 or 2026-01-02T03:12Z (default: {DEFAULT_SINCE})"
    )
    parser.add_argument("--until", metavar="T", help="the same for the end (default: now)")
    parser.add_argument("--json", action="store_true", help="print JSON lines, as relaytui watch --json does")


def run(args: argparse.Namespace) -> int:
    """Print the entries, oldest first. Exit code 0, or 2 where there is no such task or no journal."""
    now = time.time()
    since, until = read_time("--since", args.since, now), read_time("--until", args.until or "0s", now)
    if isinstance(since, Refusal):
        return since.tell()
    if isinstance(until, Refusal):
        return until.tell()
    from relaytui.adapters.journal.reader import Unreadable, reading
    from relaytui.adapters.places import journal_path

    path = journal_path(os.environ)
    try:
        with reading(path) as journal:
            if isinstance(journal, Unreadable):
                return Refusal(journal.reason).tell()
            keys = None
            if args.task is not None:
                listed = read_listed()
                keys = with_earlier({task.key for task in named([*journal.tasks, *listed], args.task)}, listed)
                keys &= {task.key for task in journal.tasks}
                if not keys:
                    return Refusal(f"the journal knows no task {quoted(args.task)}: give its TaskId or label").tell()
            count = 0
            known = {task.key: task for task in journal.tasks}
            for entry in journal.entries(since, until, keys):
                print(_line(entry, known, as_json=args.json))  # noqa: T201 - stdout is data
                count += 1
    except sqlite3.Error as fault:
        return Refusal(f"{path} cannot be read on: {fault}", USAGE).tell()
    if not count:
        complain("nothing happened in that time, or nobody was watching; --since 7d looks further back")
    return 0


def read_listed() -> tuple[WatchedTask, ...]:
    """The tasks on the stored list, which knows what each replaces; none, and a word about it, where it is refused."""
    from relaytui.commands.stored import read_tasks

    found = read_tasks()
    if isinstance(found, Refusal):
        complain(f"without the TaskIds that it had before: {found.line}")
        return ()
    return found


def read_time(option: str, text: str, now: float) -> float | Refusal:
    """Unix seconds of what this option says at `now`."""
    when = read_when(text, now)
    return Refusal(f"{option} {quoted(text)}: {when.reason}") if isinstance(when, Refused) else when


def _line(entry: Entry, known: Mapping[TaskKey, WatchedTask], *, as_json: bool) -> str:
    from relaytui.commands.jsonlines import event_line
    from relaytui.core.event_text import event_text

    event, task, state = entry
    if as_json:
        return event_line(event, task, state or State.PENDING, as_json=True)
    told = event_text(event, task, state, known=lambda key: known.get(key) or WatchedTask(key))
    at = datetime.fromtimestamp(event.at, UTC)
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S} ({at:%H:%M:%S} UTC)  {told}"
