"""The text of `watchlist.toml` read: its tasks, or the first thing that is wrong with it and on which line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from relaytui.core.entry import Refused, nearest, quoted
from relaytui.core.listing import FIELDS, BadList, Defaults, TaskList, as_text, read_task, row_reader, unknown_field
from relaytui.core.task import TaskKey, WatchedTask

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "sdk_app_id": ((int,), "a number without quotes"),
    "tolerance": ((int, float), "a number without quotes"),
    "expected_end": ((datetime, str), "a time such as 2026-01-31T20:15:00Z"),
    "paused": ((bool,), "true or false without quotes"),
}
_TEXT: tuple[tuple[type, ...], str] = ((str,), "text in quotes")
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*task[ \t]*\]\]", re.MULTILINE)
_PLAIN = re.compile(
    r"\[\[task\]\]\n"
    r'(?:(?:task_id|region|profile|label|group|note|replaces) = "[^"\\\x00-\x1f\x7f]*"\n'
    r"|sdk_app_id = [1-9][0-9]{0,17}\n"
    r"|expected_end = [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?Z\n"
    r"|tolerance = [1-9][0-9]{0,6}\.[0-9]{1,6}\n"
    r"|paused = (?:true|false)\n)+\n*"
)
"""A block as this program writes it, in which every reader of TOML reads the same; it takes a tenth of the time."""
_SEVERAL_LINES = ('"""', "'''")
"""What begins a text of several lines, in which a line [[task]] begins no block."""
_FEW = 100
"""TaskIds that are looked for in each block; of more, reading all blocks is quicker."""
_PAIR = re.compile(r'^([a-z_]+) = "?([^"\n]*)', re.MULTILINE)


def parse_list(
    raw: bytes, where: str, defaults: Defaults, known: dict[str, WatchedTask] | None = None
) -> TaskList | BadList:
    """The tasks in these bytes of TOML: all of them, or the first thing wrong, with its line; `where` names them.

    `known` gets the tasks of whole blocks by their text, so that the same text is not read again with these defaults.
    """
    try:
        text = raw.decode("utf-8-sig")
        if (quick := _in_blocks(text, defaults, {} if known is None else known)) is not None:
            return quick
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return BadList(f"{where}:{line}", f"byte {raw[error.start]:#04x} is not UTF-8: save the list as UTF-8")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        said = re.search(r"line (\d+)", str(error))
        line = int(said[1]) if said else text.rstrip().count("\n") + 1
        return BadList(f"{where}:{line}", f"not TOML: {re.sub(r' *[(]at .*[)]', '', str(error))}")
    tasks: dict[TaskKey, int] = {}
    found = []
    for key, value in document.items():
        if key != "task":
            reason = f"no key is called {quoted(key)} here{nearest(key, ['task'])}: write each task under [[task]]"
            return BadList(f"{where}:{_line_of(text, key)}", reason)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            return BadList(f"{where}:{_line_of(text, key)}", "task: write each task under [[task]]")
        for number, table in enumerate(value):
            task = _read_table(table, defaults)
            if isinstance(task, _Wrong):
                return BadList(f"{where}:{_line_of(text, task.key, number)}", task.reason)
            if (first := tasks.setdefault(task.key, number)) != number:
                reason = f"the same task as on line {_line_of(text, 'task_id', first)}: take one of them out"
                return BadList(f"{where}:{_line_of(text, 'task_id', number)}", reason)
            found.append(task)
    return TaskList(tuple(found))


def parse_some(raw: bytes, where: str, defaults: Defaults, task_ids: Collection[str]) -> TaskList | BadList:
    """The tasks with these TaskIds in these bytes of TOML; blocks that cannot hold one of them need not be right."""
    few = len(task_ids) <= _FEW
    found = parse_list(_around(raw, task_ids) if few else raw, where, defaults)
    if isinstance(found, BadList) and few:
        # In the whole text it stands on another line.
        found = parse_list(raw, where, defaults)
    if isinstance(found, BadList):
        return found
    wanted = frozenset(task_ids)
    return TaskList(tuple(task for task in found.tasks if task.key.task_id in wanted))


def _around(raw: bytes, task_ids: Collection[str]) -> bytes:
    """The bytes without the [[task]] blocks that cannot hold one of these; all of them where that is not certain."""
    text = raw.decode("utf-8", "replace")
    if any(quotes in text for quotes in _SEVERAL_LINES):
        return raw
    above, *blocks = blocks_of(text)
    # With a backslash it may be spelt in another way.
    near = [block for block in blocks if "\\" in block or any(task_id in block for task_id in task_ids)]
    return "".join([above, *near]).encode()


def blocks_of(text: str) -> list[str]:
    """What stands above the first line [[task]], and from each such line what stands up to the next."""
    headers = [match.start() for match in _HEADER.finditer(text)]
    return [text[begin:end] for begin, end in pairwise([0, *headers, len(text)])]


def _in_blocks(text: str, defaults: Defaults, known: dict[str, WatchedTask]) -> TaskList | None:
    """The tasks of a text that is right and nothing but whole [[task]] blocks; None where it must be read in one piece.

    A line [[task]] within a text of several lines begins no block; but then what stands before it is not whole.
    """
    above, *blocks = blocks_of(text)
    try:
        if tomllib.loads(above):
            return None
        read = _block_reader(defaults)
        for block in blocks:
            if block not in known:
                task = read(block)
                if not isinstance(task, WatchedTask):
                    return None
                known[block] = task
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return None
    tasks = tuple(map(known.__getitem__, blocks))
    return TaskList(tasks) if len({task.key for task in tasks}) == len(tasks) else None


def _block_reader(defaults: Defaults) -> Callable[[str], WatchedTask | Refused | None]:
    """What reads the task of one block, None where it is no task; raises as tomllib does."""
    readers: dict[tuple[str, ...], Callable[[Sequence[str]], WatchedTask | Refused]] = {}

    def read(block: str) -> WatchedTask | Refused | None:
        if not _PLAIN.fullmatch(block):
            document = tomllib.loads(block)
            is_one = document.keys() == {"task"} and len(document["task"]) == 1
            task = _read_table(document["task"][0], defaults) if is_one else None
            return None if isinstance(task, _Wrong) else task
        columns, cells = zip(*_PAIR.findall(block), strict=True)
        if columns not in readers:
            if len({*columns}) < len(columns):
                return None
            readers[columns] = row_reader(columns, defaults)
        return readers[columns](cells)

    return read


@dataclass(frozen=True, slots=True)
class _Wrong:
    key: str
    reason: str


def _read_table(table: dict[str, Any], defaults: Defaults) -> WatchedTask | _Wrong:
    row = {}
    for key, value in table.items():
        if key not in FIELDS:
            return _Wrong(key, unknown_field(key, kind="key").reason)
        kinds, wanted = _KINDS.get(key, _TEXT)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            return _Wrong(key, f"{key}: give {wanted}")
        row[key] = value.isoformat() if isinstance(value, datetime) else as_text(value)
    task = read_task(row, defaults)
    if isinstance(task, Refused):
        return _Wrong(task.reason.split(" ", 1)[0], task.reason)
    return task


def _line_of(text: str, key: str, number: int | None = None) -> int:
    """The line where a key stands (in the task of this number), or its task where it does not."""
    begin, end = 0, len(text)
    if number is not None:
        headers = [match.start() for match in _HEADER.finditer(text)]
        if number < len(headers):
            begin, end = headers[number], [*headers, len(text)][number + 1]
    pattern = re.compile(rf"^[ \t]*\[*[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*[\]=.]", re.MULTILINE)
    match = pattern.search(text, begin, end)
    return text.count("\n", 0, match.start() if match else begin) + 1
