"""Gives a restarted task its new TaskId; whatever people wrote about it, and its place, stay."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Static, TextArea

from relaytui.core.edits import replacing
from relaytui.core.entry import Refused, quoted
from relaytui.core.list_text import parse_rows
from relaytui.core.listing import Defaults
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.text import even
from relaytui.ui.dialogs.fields import Lines
from relaytui.ui.dialogs.list_dialog import Change, ListDialog


class Replace(ListDialog):
    """Takes the new TaskId as it comes: alone, or in an answer of StartStreamIngest or a chat.

    `name` gives what people call a task that is on the list already, None where it is not.
    """

    def __init__(self, task: WatchedTask, *, name: Callable[[TaskKey], str | None], change: Change) -> None:
        super().__init__(f"new TaskId of {even(task.name)}", change)
        self._old = task
        self._called = name
        self._lines = Lines(id="text", placeholder="the new TaskId, or the answer of StartStreamIngest")
        self._button = Button("replace", id="replace", compact=True)

    def fields(self) -> ComposeResult:
        """The old TaskId, room for the new one, and a button: not every terminal hands ctrl+s on."""
        yield Static(f"now {even(self._old.key.task_id)}", markup=False)
        yield self._lines
        yield self._button

    def accept(self) -> None:
        """Replace it."""
        found = self._read()
        if isinstance(found, Refused):
            self.complain(found.reason)
        else:
            self.change(replacing(self._old.key, found), f"new TaskId of {even(self._old.name)}")

    @on(Button.Pressed)
    def _press(self) -> None:
        self.accept()

    @on(TextArea.Changed)
    def _tell(self) -> None:
        found = self._read()
        if isinstance(found, Refused):
            self.complain(found.reason)
        else:
            self.say(f"will be {even(found.task_id)} ({found.sdk_app_id} {even(found.region)} {even(found.profile)})")

    def _read(self) -> TaskKey | Refused:
        """The one task in the text, at home where the old one is unless the text says otherwise."""
        key = self._old.key
        rows = list(parse_rows(self._lines.text, Defaults(key.sdk_app_id, key.region, key.profile)))
        for row in rows:
            if isinstance(row.found, Refused):
                return Refused(f"line {row.line}: {row.found.reason}")
        keys = list(dict.fromkeys(row.found.key for row in rows if isinstance(row.found, WatchedTask)))
        if len(keys) != 1:
            return Refused(f"{len(keys)} TaskIds in it: leave one" if keys else "no TaskId in it")
        if keys[0] == key:
            return Refused("this is the TaskId that it has")
        if (called := self._called(keys[0])) is not None:
            return Refused(f"this TaskId is on the list already, as {quoted(called)}")
        return keys[0]
