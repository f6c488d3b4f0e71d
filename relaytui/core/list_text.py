"""What a text says of tasks: TaskIds line by line, CSV or TSV, JSON, and messy text."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from typing import Any

from relaytui.core.entry import Refused, quoted
from relaytui.core.formula import meant
from relaytui.core.listing import (
    FIELDS,
    BadList,
    Defaults,
    Row,
    TaskList,
    as_text,
    read_task,
    rows_reader,
    unknown_field,
)
from relaytui.core.task import TaskKey, WatchedTask

_API_FIELDS = {"TaskId": "task_id", "SdkAppId": "sdk_app_id", "Region": "region"}
_API_COLUMNS = {name.lower(): field for name, field in _API_FIELDS.items()}
_ONE_ID = re.compile(r"(?!AKID|[0-9a-fA-F]{4,8}-[0-9a-fA-F-]+$)(?=\D*\d)[^\s:@\"'`,;<>()\[\]{}]+")
_MOST_NESTED = 20
_MAY_BE_BROKEN = (
    "{count} lines that may be one TaskId of {size} characters: join them, or, where each is one, write the line "
    "task_id above them"
)
_SEMICOLONS = re.compile(r"\s*[a-z_]+\s*;.*\btask_?id\b|\s*task_?id\s*;", re.IGNORECASE)
"""The header of a table as spreadsheets write it where the comma is the decimal sign."""


def parse_rows(text: str, defaults: Defaults) -> Iterator[Row]:
    """Every task in the text, or why there is none where one should be; the text decides what it is.

    JSON and NDJSON, where its first value holds a task; a table, where its first line names task_id, label or
    sdk_app_id, or TaskId and nothing that is no field; a list, where each line is one word with a digit that is no date
    and no UUID (and may be a part of a TaskId that was broken over lines); and otherwise messy text for `fish`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.lstrip()[:1] in ("[", "{") and (values := _json_rows(text)) is not None:
        yield from (Row(line, row if isinstance(row, Refused) else read_task(row, defaults)) for line, row in values)
        return
    lines = [line for line in text.split("\n") if line.strip() and not _is_comment(line)]
    head = re.split(r"[,;\t]", lines[0].lower()) if lines else []
    names_ours = {cell.strip() for cell in head} & {"task_id", "label", "sdk_app_id"}
    is_table = (names_ours or {"task_id"} <= set(map(_column, head)) <= FIELDS.keys()) and _is_header(lines[0])
    if is_table:
        yield from (Row(line, found) for line, found in _tasks(text, defaults))
        return
    if lines and all(map(_is_one_id, lines)):
        yield from _one_a_line(text, defaults)
        return
    # Its patterns take time to compile that the first paint of a plain list need not wait for.
    from relaytui.core.fishing import fish  # noqa: PLC0415

    for catch in fish(text):
        fields = {"task_id": catch.task_id, "sdk_app_id": catch.sdk_app_id, "region": catch.region}
        yield Row(catch.line, read_task(fields, defaults))


def _one_a_line(text: str, defaults: Defaults) -> Iterator[Row]:
    """The tasks of a list, with TaskIds that were broken over lines in one piece, or refused where that is a guess."""
    from relaytui.core.fishing import broken  # noqa: PLC0415 - as above

    rows = [Row(line, found) for line, found in _tasks(text, defaults)]
    words = [row.found.key.task_id if isinstance(row.found, WatchedTask) else "" for row in rows]
    place = 0
    for each in broken(words):
        line, last = rows[each.first].line, rows[each.first + each.count - 1].line
        if last - line >= each.count:
            continue  # something stands between the parts
        yield from rows[place : each.first]
        place = each.first + each.count
        if each.is_certain:
            yield Row(line, read_task({"task_id": each.task_id}, defaults))
        else:
            yield Row(line, Refused(_MAY_BE_BROKEN.format(count=each.count, size=len(each.task_id))))
    yield from rows[place:]


def _is_one_id(line: str) -> bool:
    return bool(_ONE_ID.fullmatch(line.strip()))


def _json_rows(text: str) -> list[tuple[int, dict[str, str] | Refused]] | None:
    """The tasks of JSON, of an array or of one value a line; None where the first value is none, or holds no task."""
    decoder = json.JSONDecoder()
    rows: list[tuple[int, dict[str, str] | Refused]] = []
    place, line, end = _skip(text, 0, " \n\t["), 1, 0
    while place < len(text):
        line, end = line + text.count("\n", end, place), place
        try:
            value, after = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            if not rows:
                return None
            rows.append((line, Refused("this is not JSON")))
            newline = text.find("\n", place)
            after = len(text) if newline < 0 else newline
        else:
            rows += [(line, row) for row in _json_tasks(value)]
        place = _skip(text, after, " \n\t,]")
    return rows or None


def _skip(text: str, place: int, blanks: str) -> int:
    while place < len(text) and text[place] in blanks:
        place += 1
    return place


def _json_tasks(value: object, depth: int = 0) -> Iterator[dict[str, str] | Refused]:
    """The tasks in a JSON value: objects in our words, strictly read, and those of the API however nested."""
    if isinstance(value, dict):
        if "task_id" in value:
            yield _json_row(value)
        elif isinstance(value.get("TaskId"), str):
            row = {_API_FIELDS.get(name, name): each for name, each in value.items()}
            yield _json_row({name: each for name, each in row.items() if name in FIELDS})
        else:
            value = list(value.values())
    if isinstance(value, list) and depth < _MOST_NESTED:
        for each in value:
            yield from _json_tasks(each, depth + 1)


def _json_row(fields: dict[str, Any]) -> dict[str, str] | Refused:
    row = {}
    for name, value in fields.items():
        if name == "schema":
            continue
        if name not in FIELDS:
            return unknown_field(name, kind="field")
        if isinstance(value, list | dict) or (isinstance(value, bool) and name != "paused"):
            return Refused(f"{name}: give text or a number")
        if value is not None:
            row[name] = as_text(value)
    return row


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


def bare_ids(text: str) -> list[str]:
    """The TaskIds in this text of which it does not say where they are; a row that cannot be read has none."""
    nowhere = Defaults(0, "", "")
    keys = (found.key for _, found in _tasks(text, nowhere) if isinstance(found, WatchedTask))
    return [key.task_id for key in keys if key == TaskKey("", "", 0, key.task_id)]


def _tasks(text: str, defaults: Defaults) -> Iterator[tuple[int, WatchedTask | Refused]]:
    """The number of its first line, and the task or what is wrong with it, of every row."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip() and not _is_comment(line)), len(lines))
    if first < len(lines) and _is_header(lines[first]):
        yield from _table(lines, first, defaults)
        return
    read = rows_reader(["task_id"], defaults)
    for number, line in enumerate(lines, 1):
        # A "#" after a blank begins a comment; within a word it is the TaskId's own.
        task_id = (re.split(r"\s#", line, maxsplit=1)[0] if "#" in line else line).strip()
        if task_id and not _is_comment(line):
            for found in read([task_id]):
                yield number, found


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _is_header(line: str) -> bool:
    return "," in line or "\t" in line or _column(line) == "task_id" or bool(_SEMICOLONS.match(line))


def _table(lines: list[str], first: int, defaults: Defaults) -> Iterator[tuple[int, WatchedTask | Refused]]:
    rows = _cells(lines[first:], ";" if _SEMICOLONS.match(lines[first]) else "\t" if "\t" in lines[first] else ",")
    _, titles = next(rows)
    header = [] if isinstance(titles, Refused) else list(map(_column, titles))
    if refused := titles if isinstance(titles, Refused) else _bad_header(header):
        yield first + 1, refused
        return
    read, place = rows_reader(header, defaults), header.index("task_id")
    # Only a cell with an apostrophe may mean another: 10,000 rows are read before the first paint.
    is_plain = not any("'" in line for line in lines)
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
            for found in read(cells if is_plain else [meant(cell) for cell in cells]):
                yield line, found


def _column(cell: str) -> str:
    """The field that a cell of a header names, in our words or the API's."""
    name = cell.strip().lower()
    return _API_COLUMNS.get(name, name)


def _cells(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str] | Refused]]:
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
        if column not in FIELDS:
            return unknown_field(column, kind="column")
        if header.count(column) > 1:
            return Refused(f"column {column} is there twice")
    return None if "task_id" in header else Refused("the header has no column task_id")
