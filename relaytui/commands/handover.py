"""`relaytui handover`: the current problems and the last hour as Markdown, for a ticket or whoever takes over."""

from __future__ import annotations

import argparse
import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from relaytui.commands.history import read_listed, read_time
from relaytui.commands.options import Refusal
from relaytui.core.alarm_memory import AlarmMemory
from relaytui.core.alarm_view import Attention, Subject
from relaytui.core.entry import quoted
from relaytui.core.event_text import utc
from relaytui.core.events import Blinded, Sighted
from relaytui.core.handover import handover
from relaytui.core.history import Entry, named, with_earlier
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.core.update import Update

if TYPE_CHECKING:
    from relaytui.adapters.journal.reader import Reader

DEFAULT_SINCE = "1h"
WATCHING_SECONDS = 10.0
"""Seconds after which a journal that nobody has written to means that nobody watches."""
BLIND_SECONDS = 86_400.0
"""How far back a blindness is looked for that is not over."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.description = (
        "Print what whoever takes over should know, as Markdown: current problems, acknowledgements with their "
        "reasons, and what happened lately. Everything is read from the journal; nothing is asked."
    )
    parser.add_argument(
        "tasks", nargs="*", metavar="TASK", help="only these: TaskIds, labels, or how one of them begins"
    )
    parser.add_argument("--since", default=DEFAULT_SINCE, metavar="T", help=f"events since (default: {DEFAULT_SINCE})")
    parser.add_argument("--all", action="store_true", help="every task, not only those that are a problem")


def run(args: argparse.Namespace) -> int:
    """Print it. Exit code 0, or 2 where there is no such task or no journal."""
    from relaytui.adapters.journal.reader import Unreadable, reading
    from relaytui.adapters.places import journal_path
    from relaytui.monitor.news import ALARMS

    now = time.time()
    since = read_time("--since", args.since, now)
    if isinstance(since, Refusal):
        return since.tell()
    path = journal_path(os.environ)
    try:
        with reading(path) as journal:
            if isinstance(journal, Unreadable):
                return Refusal(journal.reason).tell()
            board = journal.board()
            only = _only(args.tasks, [update.task for update in board]) if args.tasks else None
            if isinstance(only, Refusal):
                return only.tell()
            entries = list(journal.entries(min(since, now - BLIND_SECONDS), now))
            text = handover(
                [
                    update
                    for update in board
                    if (update.task.key in only if only is not None else args.all or update.state.is_problem)
                ],
                at=now,
                warnings=_warnings(journal, now),
                blind=_blind(board, entries),
                attention=_attention(journal.all_kept(ALARMS), board),
                entries=[entry for entry in entries if entry.event.at >= since],
                known={task.key: task for task in journal.tasks},
                only=only,
            )
    except sqlite3.Error as fault:
        return Refusal(f"{path} cannot be read on: {fault}").tell()
    print(text, end="")  # noqa: T201 - stdout is data
    return 0


def _only(names: Iterable[str], watched: Collection[WatchedTask]) -> Collection[TaskKey] | Refusal:
    """The tasks on the board that are called so."""
    found: set[TaskKey] = set()
    for name in names:
        keys = {task.key for task in named(watched, name)}
        if not keys:
            return Refusal(f"nobody who watched last has a task {quoted(name)}: give its TaskId or label")
        found |= keys
    return with_earlier(found, read_listed())


def _warnings(journal: Reader, now: float) -> Iterator[str]:
    until = journal.watched_until()
    if until is None or now - until > WATCHING_SECONDS:
        yield f"NOBODY IS WATCHING, last at {'no time' if until is None else utc(until)}: what follows is as of then"


def _blind(board: Iterable[Update], entries: Iterable[Entry]) -> Iterator[Blinded]:
    """The blindness of each lane that is not over."""
    blind: dict[LaneKey, Blinded] = {}
    for event, *_ in entries:
        if isinstance(event, Blinded):
            blind[event.lane] = event
        elif isinstance(event, Sighted):
            blind.pop(event.lane, None)
    seen_at: dict[str, float] = {}
    for task, state, _ in board:
        seen_at[task.key.profile] = max(seen_at.get(task.key.profile, 0.0), state.seen_at or 0.0)
    for event in blind.values():
        # A process may end blind, and the next one sees: no event says so.
        if all(seen_at.get(profile, 0.0) <= event.at for profile in event.lane.profiles):
            yield event


def _attention(kept: Iterable[str], board: Iterable[Update]) -> Mapping[Subject, Attention]:
    """What people said about tasks since they are as they are, as the alarms of every list keep it."""
    memories = [memory for text in kept if (memory := AlarmMemory.load(text)) is not None]
    said: dict[Subject, Attention] = {}
    for task, state, _ in board:
        wrongs = [memory.wrong[task.key] for memory in memories if task.key in memory.wrong]
        until = max((memory.snoozed[task.key] for memory in memories if task.key in memory.snoozed), default=None)
        acknowledged = [
            (wrong.acknowledged_at, wrong.reason)
            for wrong in wrongs
            if wrong.acknowledged_at is not None and wrong.acknowledged_at >= (state.since_at or 0.0)
        ]
        acknowledged_at, reason = max(acknowledged, default=(None, ""))
        if acknowledged_at is not None or until is not None:
            said[task.key] = Attention(acknowledged_at, reason, until)
    return said
