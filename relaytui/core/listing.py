"""A list of tasks as people write it: its fields, how each is read, and what is wrong with one that is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from relaytui.core.entry import Refused, nearest, quoted, read_region, read_sdk_app_id, read_task_id
from relaytui.core.profile import Profile
from relaytui.core.task import DEFAULT_TOLERANCE, TaskKey, WatchedTask
from relaytui.core.text import plain

NO_SDK_APP_ID = "no SdkAppId for this task"
MOST_TEXT = 4_000
"""Characters of a label, a group or a note: a file pasted there by mistake would be written with each change."""
MAX_TOLERANCE = 30 * 86_400.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a task gets that its row does not say; a row that names one of `profiles` gets what belongs to that.

    A row of a list that says nothing of SdkAppId, region and profile stands for the tasks that are `listed` elsewhere
    by its TaskId, where there are any.
    """

    sdk_app_id: int | None
    region: str
    profile: str
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    listed: Mapping[str, Sequence[WatchedTask]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskList:
    """The tasks in list order, each once; `repeats` says in words which rows came again."""

    tasks: tuple[WatchedTask, ...]
    repeats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadList:
    """Why a list is not taken, as a whole: where (file and line), and what to do about it."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{plain(self.where)}: {self.reason}"


Edit = Callable[[tuple[WatchedTask, ...]], tuple[WatchedTask, ...]]
"""What makes a new list of the one there is: tasks may go, come anywhere, and change; what stays keeps its order."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The list before and after a change; both are the same where nothing was to be done."""

    before: tuple[WatchedTask, ...]
    after: tuple[WatchedTask, ...]


@dataclass(frozen=True, slots=True)
class Incomplete(Refused):
    """Why a TaskId is no task yet: what else there must be, and where that may stand."""


def without_sdk_app_id(profile: str) -> Incomplete:
    """What is said of a TaskId of this profile whose SdkAppId nothing says."""
    default = f"sdk_app_id in [profiles.{plain(profile)}] of config.toml"
    return Incomplete(f"{NO_SDK_APP_ID}: give --sdk-app-id N, a field sdk_app_id, RELAYTUI_SDK_APP_ID, or {default}")


@dataclass(frozen=True, slots=True)
class Row:
    """One task somebody wants on the list, or why its text is none; `line` is where it stands, from 1."""

    line: int
    found: WatchedTask | Refused


def read_task(row: Mapping[str, str], defaults: Defaults) -> WatchedTask | Refused:
    """The task of one row of `FIELDS`; empty cells count as not there."""
    return row_reader(list(row), defaults)(list(row.values()))


def row_reader(columns: Sequence[str], defaults: Defaults) -> Callable[[Sequence[str]], WatchedTask | Refused]:
    """What makes tasks of rows with these columns; made once for a table, whose 10,000 rows the first paint awaits."""
    # What many rows share is read once.
    readers = [(name, cache(FIELDS[name]) if name in _REPEATED else FIELDS[name]) for name in columns]
    default, profiles = defaults.profile, defaults.profiles

    def read(cells: Sequence[str]) -> WatchedTask | Refused:
        values: dict[str, Any] = {}
        for (name, read_cell), cell in zip(readers, cells, strict=True):
            if cell and not cell.isspace():
                value = values[name] = read_cell(cell)
                if isinstance(value, Refused):
                    return Refused(f"{name} {quoted(cell)}: {value.reason}")
        task_id = values.pop("task_id", None)
        if task_id is None:
            return Refused("there is no TaskId here")
        profile = values.pop("profile", None) or default
        own = profiles.get(profile, defaults)
        sdk_app_id = values.pop("sdk_app_id", own.sdk_app_id)
        if sdk_app_id is None:
            return without_sdk_app_id(profile)
        return WatchedTask(TaskKey(profile, values.pop("region", own.region), sdk_app_id, task_id), **values)

    return read


def rows_reader(
    columns: Sequence[str], defaults: Defaults
) -> Callable[[Sequence[str]], Sequence[WatchedTask | Refused]]:
    """What makes the tasks of rows with these columns, of which task_id must be one; all that `listed` has of a row."""
    read, listed = row_reader(columns, defaults), defaults.listed
    place, of_home = columns.index("task_id"), [columns.index(name) for name in _HOME if name in columns]

    def read_row(cells: Sequence[str]) -> Sequence[WatchedTask | Refused]:
        known = listed.get(cells[place].strip(), ())
        if not known or any(cells[each].strip() for each in of_home):
            return (read(cells),)
        own = {name: cell for name, cell in zip(columns, cells, strict=True) if cell.strip()}
        return [
            read_task({name: as_text(value) for name, value in write_task(task).items()} | own, defaults)
            for task in known
        ]

    return read_row if listed else lambda cells: (read(cells),)


def write_task(task: WatchedTask) -> dict[str, str | int | float]:
    """The fields of a task as `read_task` reads them `as_text`; what is at its default is left out."""
    fields: dict[str, str | int | float] = {
        "task_id": task.key.task_id,
        "sdk_app_id": task.key.sdk_app_id,
        "region": task.key.region,
        "profile": task.key.profile,
    }
    fields |= {name: text for name in ("label", "group", "note") if (text := getattr(task, name))}
    if task.expected_end is not None:
        fields["expected_end"] = write_time(task.expected_end)
    if task.tolerance != DEFAULT_TOLERANCE:
        fields["tolerance"] = task.tolerance
    if task.paused:
        fields["paused"] = True
    if task.replaces:
        fields["replaces"] = " ".join(task.replaces)
    return fields


def as_text(value: object) -> str:
    """A field's value as the text that `read_task` reads; true and false as TOML and JSON spell them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def unknown_field(name: str, *, kind: str) -> Refused:
    """The refusal of a field that no task has; `kind` is what such a thing is called there: a column, a key."""
    return Refused(f"no {kind} is called {quoted(name)}{nearest(name, FIELDS)}; the {kind}s are {', '.join(FIELDS)}")


def write_time(at: float) -> str:
    """Unix seconds as RFC 3339 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def read_time(cell: str) -> float | Refused:
    """An RFC 3339 time as Unix seconds."""
    try:
        time = datetime.fromisoformat(cell.strip().upper())
        if "T" in cell.upper() and time.tzinfo is not None:
            return time.astimezone(UTC).timestamp()
    except (ValueError, OverflowError, OSError):
        pass
    return Refused("give an RFC 3339 time with its zone, such as 2026-01-31T20:15:00Z or …+08:00")


def read_tolerance(cell: str) -> float | Refused:
    """Seconds around the expected end."""
    try:
        seconds = float(cell)
    except ValueError:
        seconds = -1.0
    return seconds if 0 <= seconds <= MAX_TOLERANCE else Refused(f"give seconds from 0 to {MAX_TOLERANCE:.0f}")


def read_flag(cell: str) -> bool | Refused:
    """Yes or no."""
    found = {"true": True, "false": False}.get(cell.strip().lower())
    return Refused("give true or false") if found is None else found


def read_task_ids(cell: str) -> tuple[str, ...] | Refused:
    """TaskIds with blanks between them."""
    found = tuple(map(read_task_id, cell.split()))
    wrong = next((each for each in found if isinstance(each, Refused)), None)
    return wrong or tuple(each for each in found if isinstance(each, str))


def read_text(cell: str) -> str | Refused:
    """A text on one line, plain."""
    text = plain(cell).strip()
    return text if len(text) <= MOST_TEXT else Refused(f"it is too long: at most {MOST_TEXT:,} characters")


FIELDS: dict[str, Callable[[str], object]] = {
    "task_id": read_task_id,
    "sdk_app_id": read_sdk_app_id,
    "region": read_region,
    "profile": read_text,
    "label": read_text,
    "group": read_text,
    "note": read_text,
    "expected_end": read_time,
    "tolerance": read_tolerance,
    "paused": read_flag,
    "replaces": read_task_ids,
}
"""The fields a task may have, and how the text of each is read."""
_HOME = ("sdk_app_id", "region", "profile")
"""The fields that say where a TaskId is."""
_REPEATED = {"sdk_app_id", "region", "profile", "group"}
"""The fields that many rows share, so that each text is read once."""
