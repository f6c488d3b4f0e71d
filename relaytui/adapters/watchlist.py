"""A list of tasks as text: one TaskId a line, or CSV or TSV with a header row."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from relaytui.core.entry import Refused, nearest, quoted, read_region, read_sdk_app_id, read_task_id
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.text import plain

MAX_TOLERANCE = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a task gets that its row does not say."""

    sdk_app_id: int | None
    region: str
    profile: str


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
        return f"{self.where}: {self.reason}"


def read_list(path: Path, defaults: Defaults) -> TaskList | BadList:
    """The list in a file."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return BadList(str(path), "there is no such file")
    except IsADirectoryError:
        return BadList(str(path), "this is a directory: name the file that lists the tasks")
    except OSError as error:
        return BadList(str(path), f"cannot be read: {error.strerror or error}")
    return parse_bytes(raw, str(path), defaults)


def parse_bytes(raw: bytes, where: str, defaults: Defaults) -> TaskList | BadList:
    """The list in these bytes, which are UTF-8 with or without a byte order mark; `where` names them in messages."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return BadList(f"{where}:{line}", f"byte {raw[error.start]:#04x} is not UTF-8: save the list as UTF-8")
    return parse(text, where, defaults)


def parse(text: str, where: str, defaults: Defaults) -> TaskList | BadList:
    """The list in this text: all of it, or the first thing wrong with it."""
    tasks: dict[TaskKey, tuple[int, WatchedTask]] = {}
    repeats = []
    for line, task in _tasks(text, defaults):
        if isinstance(task, Refused):
            return BadList(f"{where}:{line}", task.reason)
        first, kept = tasks.setdefault(task.key, (line, task))
        if kept is not task:
            repeats.append(f"{where}:{line}: {quoted(task.key.task_id)} again, as on line {first}; kept once")
    if not tasks:
        return BadList(where, "no tasks in it: write one TaskId a line, or CSV with the header task_id,label,…")
    return TaskList(tuple(task for _, task in tasks.values()), tuple(repeats))


def _tasks(text: str, defaults: Defaults) -> Iterator[tuple[int, WatchedTask | Refused]]:
    """The number of its first line, and its task, of every row."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip() and not _is_comment(line)), len(lines))
    if first < len(lines) and _is_header(lines[first]):
        yield from _table(lines, first, defaults)
        return
    read = _row_reader(["task_id"], defaults)
    for number, line in enumerate(lines, 1):
        # A "#" after a blank begins a comment; within a word it is the TaskId's own.
        task_id = re.split(r"\s#", line, maxsplit=1)[0].strip()
        if task_id and not _is_comment(line):
            yield number, read([task_id])


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _is_header(line: str) -> bool:
    return "," in line or "\t" in line or line.strip().lower() == "task_id"


def _table(lines: list[str], first: int, defaults: Defaults) -> Iterator[tuple[int, WatchedTask | Refused]]:
    rows = _rows(lines[first:], "\t" if "\t" in lines[first] else ",")
    _, titles = next(rows)
    header = [] if isinstance(titles, Refused) else [cell.strip().lower() for cell in titles]
    if refused := titles if isinstance(titles, Refused) else _bad_header(header):
        yield first + 1, refused
        return
    read, place = _row_reader(header, defaults), header.index("task_id")
    for before, cells in rows:
        line = first + before + 1
        if isinstance(cells, Refused):
            yield line, cells
        elif not "".join(cells).strip():
            continue
        elif len(cells) != len(header):
            yield line, Refused(f"{len(cells)} cells where the header names {len(header)}")
        elif _is_comment(cells[place]):
            yield line, Refused("a table with a header has no comments: take this row out")
        else:
            yield line, read(cells)


def _rows(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str] | Refused]]:
    """How many lines come before it, and the cells, of every row."""
    if not any('"' in line for line in lines):
        # Every line is a row, and csv would take ten times as long to say so.
        yield from enumerate(line.split(delimiter) for line in lines)
        return
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            yield before, cells
            before = reader.line_num
    except csv.Error as error:
        yield before, Refused(f"not CSV: {error}")


def _bad_header(header: list[str]) -> Refused | None:
    for column in header:
        if column not in _COLUMNS:
            return Refused(
                f"no column is called {quoted(column)}{nearest(column, _COLUMNS)};"
                f" the columns are {', '.join(_COLUMNS)}"
            )
        if header.count(column) > 1:
            return Refused(f"column {column} is there twice")
    return None if "task_id" in header else Refused("the header has no column task_id")


def _row_reader(columns: list[str], defaults: Defaults) -> Callable[[list[str]], WatchedTask | Refused]:
    """What makes tasks of rows with these columns: made once, because 10,000 rows are read before the first paint."""
    readers = [_COLUMNS[column] for column in columns]

    def read(cells: list[str]) -> WatchedTask | Refused:
        """The task of one row; empty cells count as not there."""
        values: dict[str, Any] = {}
        for column, read_cell, cell in zip(columns, readers, cells, strict=True):
            if cell and not cell.isspace():
                value = read_cell(cell)
                if isinstance(value, Refused):
                    return Refused(f"{column} {quoted(cell)}: {value.reason}")
                values[column] = value
        if "task_id" not in values:
            return Refused("there is no TaskId here")
        sdk_app_id = values.pop("sdk_app_id", defaults.sdk_app_id)
        if sdk_app_id is None:
            return Refused(
                "no SdkAppId for this task: give --sdk-app-id N, set RELAYTUI_SDK_APP_ID or add a column sdk_app_id"
            )
        profile, region = values.pop("profile", defaults.profile), values.pop("region", defaults.region)
        key = TaskKey(profile, region, sdk_app_id, values.pop("task_id"))
        return WatchedTask(key, **values)

    return read


def _read_text(cell: str) -> str:
    return plain(cell).strip()


def _read_time(cell: str) -> float | Refused:
    try:
        time = datetime.fromisoformat(cell.strip().upper())
        if "T" in cell.upper() and time.tzinfo is not None:
            return time.timestamp()
    except (ValueError, OverflowError):
        pass
    return Refused("give an RFC 3339 time with its zone, such as 2026-01-31T20:15:00Z or …+08:00")


def _read_tolerance(cell: str) -> float | Refused:
    try:
        seconds = float(cell)
    except ValueError:
        seconds = -1.0
    return seconds if 0 <= seconds <= MAX_TOLERANCE else Refused(f"give seconds from 0 to {MAX_TOLERANCE:.0f}")


_COLUMNS: dict[str, Callable[[str], object]] = {
    "task_id": read_task_id,
    "sdk_app_id": read_sdk_app_id,
    "region": read_region,
    "profile": _read_text,
    "label": _read_text,
    "group": _read_text,
    "note": _read_text,
    "expected_end": _read_time,
    "tolerance": _read_tolerance,
}
"""The columns a table may have, and how a cell of each is read."""
