"""Changes what people wrote about a task: label, group, note, expected end, tolerance; of several tasks some of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from relaytui.core.edits import editing
from relaytui.core.entry import Refused
from relaytui.core.expected_end import read_expected_end
from relaytui.core.listing import FIELDS
from relaytui.core.task import WatchedTask
from relaytui.core.text import even
from relaytui.ports import Clock
from relaytui.ui.dialogs.fields import Field
from relaytui.ui.dialogs.list_dialog import Change, ListDialog
from relaytui.ui.times import both, local

_WORDS = {
    "label": "label",
    "group": "group",
    "note": "note",
    "expected_end": "expected end",
    "tolerance": "tolerance (s)",
}
_OF_SEVERAL = ("group", "note", "expected_end")
CLEARS = "-"
"""Clears a field that is empty on the screen because the tasks differ in it."""


class Edit(ListDialog):
    """What is not touched stays as it is, also where somebody else has changed it meanwhile."""

    def __init__(self, tasks: Sequence[WatchedTask], *, change: Change, clock: Clock) -> None:
        self._whom = even(tasks[0].name) if len(tasks) == 1 else f"{len(tasks)} tasks"
        super().__init__(f"edit {self._whom}", change)
        self._tasks = tasks
        self._clock = clock
        self._shown = {field: self._show(field) for field in (_WORDS if len(tasks) == 1 else _OF_SEVERAL)}
        self._fields = {
            field: Field(_WORDS[field], text or "", id=field, placeholder=_placeholder(field, text))
            for field, text in self._shown.items()
        }

    def fields(self) -> ComposeResult:
        """One line for each field."""
        yield from self._fields.values()

    def accept(self) -> None:
        """Change the fields that were touched."""
        found = self._read()
        if isinstance(found, Refused):
            self.complain(found.reason)
        elif not found:
            self.dismiss(None)
        else:
            keys = {task.key for task in self._tasks}
            self.change(editing(keys, found), f"edited {', '.join(_WORDS[field] for field in found)} of {self._whom}")

    @on(Input.Changed)
    def _tell(self) -> None:
        """Say what is understood of the expected end, or what is wrong."""
        found = self._read()
        if isinstance(found, Refused):
            self.complain(found.reason)
        elif "expected_end" in found:
            end = found["expected_end"]
            self.say("no expected end" if end is None else f"expected end {both(end)}")
        else:
            self.say("")

    def _read(self) -> dict[str, Any] | Refused:
        """The fields that were touched, by name."""
        found: dict[str, Any] = {}
        for field, shown in self._shown.items():
            text = self._fields[field].value
            if text == (shown or ""):
                continue
            value = self._value(field, text)
            if isinstance(value, Refused):
                return Refused(f"{_WORDS[field]}: {value.reason}")
            found[field] = value
        return found

    def _value(self, field: str, text: str) -> object:
        if self._shown[field] is None and text.strip() == CLEARS:
            return WatchedTask._field_defaults[field]
        if field == "expected_end":
            return read_expected_end(text, self._clock.wall(), local)
        return FIELDS[field](text) if text.strip() else WatchedTask._field_defaults[field]

    def _show(self, field: str) -> str | None:
        """The field's text where all tasks have the same, None otherwise."""
        value, *others = {getattr(task, field) for task in self._tasks}
        if others:
            return None
        if field == "expected_end":
            return "" if value is None else local(value).isoformat(timespec="seconds")
        return f"{value:g}" if field == "tolerance" else even(value)


def _placeholder(field: str, text: str | None) -> str:
    if text is None:
        return f"different: stays as it is; {CLEARS} alone clears it"
    return "20:15, +2h, 2026-01-31T20:15:00Z" if field == "expected_end" else ""
