"""What the commands about the stored watch list have in common."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from relaytui.adapters import places
from relaytui.adapters.places import hashed
from relaytui.commands.filters import read_filter
from relaytui.commands.options import Plan, Refusal, defaults_of, find_settings
from relaytui.core.entry import quoted
from relaytui.core.listing import BadList, Defaults, TaskList
from relaytui.core.task import WatchedTask
from relaytui.core.text import plain
from relaytui.ports import WatchList

if TYPE_CHECKING:
    # A board of --tasks FILE reads no stored list, and does not wait for what reads TOML.
    from relaytui.adapters.stored_list import StoredList


def list_path() -> Path:
    """The stored list's file."""
    return places.list_path(os.environ)


def read_defaults(flags: Mapping[str, str | None]) -> Defaults | Refusal:
    """What tasks get that bring none of their own, by these flags, the environment and the settings."""
    settings = find_settings(flags, os.environ)
    return settings if isinstance(settings, Refusal) else defaults_of(settings)


def read_tasks(filter_text: str | None = None) -> tuple[WatchedTask, ...] | Refusal:
    """The tasks on the stored list; with a filter, or the name of a view, those that it lets through."""
    from relaytui.adapters.stored_list import read_stored

    settings = find_settings({}, os.environ)
    if isinstance(settings, Refusal):
        return settings
    found = read_stored(list_path(), defaults_of(settings))
    if isinstance(found, BadList):
        return Refusal(f"{found}; relaytui list --restore brings the version before back")
    if filter_text is None:
        return found.tasks
    wanted = read_filter(filter_text, settings)
    if isinstance(wanted, Refusal):
        return wanted
    if wanted.needs_state:
        return Refusal(f"--filter {quoted(filter_text)}: only a board knows states; state:paused works here too")
    return tuple(task for task in found.tasks if wanted.holds(task))


def list_name(args: argparse.Namespace, plan: Plan) -> str:
    """A name for the list that this run watches, whatever is on it now, without telling it."""
    host = plan.settings.named(plan.settings.profile).endpoint.authority
    if args.ids:
        return hashed(host, "ids", *sorted(args.ids), str(plan.settings.tasks or ""))
    return hashed(host, "file", str((plan.settings.tasks or list_path()).resolve()))


def follow_stored(
    args: argparse.Namespace,
    plan: Plan,
    *,
    take: Callable[[tuple[WatchedTask, ...]], object],
    refuse: Callable[[str], object],
) -> StoredList | None:
    """Pass on every edit of the stored list from a thread of its own; None where this run watches something else."""
    if args.ids or plan.settings.tasks is not None:
        return None
    from relaytui.adapters.stored_list import StoredList

    def tell(found: TaskList | BadList) -> None:
        if isinstance(found, BadList):
            refuse(str(found))
        else:
            take(found.tasks)

    stored = StoredList(list_path(), defaults_of(plan.settings), plan.tasks, tell)
    stored.start()
    return stored


def list_of_board(
    args: argparse.Namespace,
    plan: Plan,
    *,
    take: Callable[[tuple[WatchedTask, ...]], object],
    refuse: Callable[[str], object],
) -> WatchList:
    """The list that the board shows and changes: the stored one, or one that lasts as long as the board."""
    stored = follow_stored(args, plan, take=take, refuse=refuse)
    if stored is not None:
        return stored
    from relaytui.adapters.unsaved_list import UnsavedList

    given = "what it was given" if args.ids else str(plan.settings.tasks)
    unsaved = f"this board shows {plain(given)}"
    return UnsavedList(plan.tasks, defaults_of(plan.settings), unsaved=unsaved, tell=take)


def counted(count: int) -> str:
    """So many tasks, in words."""
    return f"{count} task{'' if count == 1 else 's'}"


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows of foreign text as lines with columns as wide as they need."""
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
