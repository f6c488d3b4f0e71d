"""What would become of tasks that somebody wants on the list: new, there already, or wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from relaytui.core.entry import Refused
from relaytui.core.listing import Incomplete, Row
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.text import plain


class Standing(StrEnum):
    """What would become of one row. The values are the words on the screen."""

    NEW = "new"
    DUPLICATE = "duplicate"
    INCOMPLETE = "incomplete"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Item:
    """One row: where it stands, and its task or what is wrong with it."""

    standing: Standing
    where: str
    task: WatchedTask | None
    wrong: str = ""

    @property
    def words(self) -> str:
        """The task, or what is wrong, in words."""
        return self.wrong if self.task is None else _words(self.task)


@dataclass(frozen=True, slots=True)
class Preview:
    """All rows in the order in which they were given."""

    items: tuple[Item, ...]

    @property
    def new(self) -> tuple[WatchedTask, ...]:
        """The tasks that would be added."""
        return tuple(item.task for item in self.of(Standing.NEW) if item.task)

    def of(self, standing: Standing) -> tuple[Item, ...]:
        """The rows of this standing."""
        return tuple(item for item in self.items if item.standing is standing)


def preview(found: Iterable[tuple[str, Row]], known: Collection[TaskKey]) -> Preview:
    """What would become of these rows, each with the place where it stands, on a list that has the `known` tasks."""
    items = []
    seen: set[TaskKey] = set()
    for where, row in found:
        task = row.found
        if isinstance(task, Refused):
            standing = Standing.INCOMPLETE if isinstance(task, Incomplete) else Standing.MALFORMED
            items.append(Item(standing, where, None, task.reason))
            continue
        is_new = task.key not in known and task.key not in seen
        seen.add(task.key)
        items.append(Item(Standing.NEW if is_new else Standing.DUPLICATE, where, task))
    return Preview(tuple(items))


def with_texts(row: Row, texts: Mapping[str, Any]) -> Row:
    """The row with these fields where it says nothing of them itself."""
    if isinstance(row.found, Refused):
        return row
    found = row.found
    missing = {
        field: value for field, value in texts.items() if value != "" and getattr(found, field) == _SILENT[field]
    }
    return Row(row.line, found._replace(**missing)) if missing else row


_SILENT = WatchedTask(TaskKey("", "", 0, ""))._asdict()


def _words(task: WatchedTask) -> str:
    key = task.key
    return plain(" ".join(filter(None, (key.task_id, f"({key.profile} {key.sdk_app_id} {key.region})", task.label))))
