"""Adds tasks: whatever is typed or pasted, with a preview of what would become of each, and a live check of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, Input, TextArea

from relaytui.core.edits import adding
from relaytui.core.entry import Refused, doubts, quoted
from relaytui.core.list_text import parse_rows
from relaytui.core.listing import FIELDS, NO_SDK_APP_ID, Defaults
from relaytui.core.observation import Failure, Observation
from relaytui.core.preview import Item, Preview, Standing, preview, with_texts
from relaytui.core.task import StatusKind, TaskKey
from relaytui.core.text import even
from relaytui.ui.dialogs.fields import Field, Lines, LongText
from relaytui.ui.dialogs.list_dialog import Change, ListDialog
from relaytui.ui.in_thread import in_thread
from relaytui.ui.looks import Look, classes
from relaytui.ui.text_pane import Line, TextPane

_WORDS = {
    "sdk_app_id": "SdkAppId",
    "region": "region",
    "profile": "profile",
    "label": "label",
    "group": "group",
}
_HOME = ("sdk_app_id", "region", "profile")
_MOST_LINES = 100
MOST_EDITED = 100
"""Lines of a paste that can still be edited here."""
READ_AT_ONCE = 200_000
"""Characters that are read before the dialog is painted, in at most some 20 ms; more are read in a thread."""
_LOOKS = {
    Standing.NEW: Look.GOOD,
    Standing.DUPLICATE: Look.DIM,
    Standing.INCOMPLETE: Look.WARNING,
    Standing.MALFORMED: Look.PROBLEM,
}
_ORDER = tuple(reversed(Standing))


class PreviewPane(TextPane):
    """What would become of each row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(*_LOOKS.values(), Look.WARNING)
    BINDING_GROUP_TITLE = "In the preview"


class Add(ListDialog):
    """The text, where its tasks live, and the preview.

    `home` holds the texts of SdkAppId, region and profile, and is given those of the tasks that were added.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "check", "check", id="add.check", tooltip="Ask the API about each new task, now"),
    ]

    def __init__(
        self,
        text: str,
        *,
        home: dict[str, str],
        defaults: Defaults,
        known: Collection[TaskKey],
        look_up: Callable[[TaskKey], object],
        change: Change,
    ) -> None:
        super().__init__("add tasks", change)
        self._home = home
        self._defaults = defaults
        self._known = known
        self._known_ids = {key.task_id: key for key in known}
        self._look_up = look_up
        self._text = (
            Lines(text, id="text", placeholder="TaskIds, a table, JSON, a chat or a log: type or paste it")
            if text.count("\n") < MOST_EDITED
            else LongText(text, id="text")
        )
        self._fields = {
            field: Field(
                word,
                home.get(field, ""),
                id=field,
                placeholder="for tasks that bring none" if field in _HOME else "may be empty",
                selects=field in _HOME,
            )
            for field, word in _WORDS.items()
        }
        self._pane = PreviewPane(label_width=14, id="preview")
        self._button = Button("add", id="add", compact=True)
        self._preview = Preview(())
        self._answers: dict[TaskKey, Observation] = {}
        self._read_last: tuple[str, ...] = ()

    def fields(self) -> ComposeResult:
        """Text, home, preview, and a button for those who look for one."""
        yield self._text
        yield from self._fields.values()
        yield self._pane
        yield self._button

    def on_mount(self) -> None:
        """Preview what was pasted."""
        self._look()

    @on(TextArea.Changed)
    @on(Input.Changed)
    def _look(self) -> None:
        # Each line says at first that it has changed, and a thread that reads in vain takes the screen's time.
        given = (self._text.text, *(field.value for field in self._fields.values()))
        if given == self._read_last:
            return
        self._read_last = given
        self.workers.cancel_group(self, "preview")
        reading = self._reading()
        if isinstance(reading, Refused) or len(self._text.text) <= READ_AT_ONCE:
            self._tell(reading if isinstance(reading, Refused) else reading())
        else:
            self._tell_later(reading)

    @work(group="preview")
    async def _tell_later(self, reading: Callable[[], Preview]) -> None:
        self._tell(await in_thread(reading))

    def _tell(self, found: Preview | Refused) -> None:
        if isinstance(found, Refused):
            self._preview = Preview(())
            self._show()
            self.complain(found.reason)
            return
        self._preview = found
        counts = [f"{len(found.of(each))} {each}" for each in Standing if found.of(each)]
        self.say(", ".join(counts) if counts else "no TaskId in it" if self._text.text.strip() else "")
        self._button.label = f"add {len(found.new)}" if found.new else "add"
        self._show()

    def _reading(self) -> Callable[[], Preview] | Refused:
        """Reads what would become of the text, which may be long."""
        texts: dict[str, Any] = {}
        for field, word in _WORDS.items():
            text = self._fields[field].value
            value = FIELDS[field](text) if text.strip() else ""
            if isinstance(value, Refused):
                return Refused(f"{word} {quoted(text)}: {value.reason}")
            texts[field] = value
        own = self._defaults
        defaults = Defaults(
            texts.pop("sdk_app_id") or None,
            texts.pop("region") or own.region,
            chosen := texts.pop("profile") or own.profile,
            # Rows that name another profile get what belongs to that.
            {name: profile for name, profile in own.profiles.items() if name != chosen},
        )
        return partial(_read, self._text.text, defaults, texts, self._known)

    def accept(self) -> None:
        """Add what is new."""
        self._add()

    @work(group="accept", exclusive=True)
    async def _add(self) -> None:
        reading = self._reading()
        found = reading if isinstance(reading, Refused) else await in_thread(reading)
        if isinstance(found, Refused):
            self.complain(found.reason)
        elif not found.new:
            self._complain_of_nothing(found)
        else:
            self._home.update((field, self._fields[field].value) for field in _HOME)
            what = even(found.new[0].name) if len(found.new) == 1 else f"{len(found.new)} tasks"
            self.change(adding(found.new), f"added {what}")

    def _complain_of_nothing(self, found: Preview) -> None:
        """Say why there is nothing to add."""
        if any(map(_lacks_app, found.items)):
            self.complain("which SdkAppId do these tasks belong to? it is the one of their StartStreamIngest call")
            self._fields["sdk_app_id"].query_one(Input).focus()
        else:
            self.complain("nothing new here" if found.items else "nothing new to add: paste or type TaskIds above")

    @on(Button.Pressed)
    def _press(self) -> None:
        self.accept()

    def action_check(self) -> None:
        """Ask about each new task."""
        if not self._preview.new:
            self._complain_of_nothing(self._preview)
            return
        for task in self._preview.new:
            self._look_up(task.key)
        self.say(f"asking about {len(self._preview.new)}")

    def take_answers(self, answers: Mapping[TaskKey, Observation]) -> None:
        """Show what the API says of tasks that are not on the list yet."""
        self._answers.update(answers)
        found = Counter(self._answer(task.key) for task in self._preview.new)
        if found and not found[""]:
            self.say(", ".join(f"{count} {answer}" for answer, count in found.items()))
        self._show()

    def _show(self) -> None:
        self.refresh_bindings()
        self._pane.show(self._lines())

    def _lines(self) -> Iterator[Line]:
        items = self._preview.items
        for doubt in doubts({task.key for task in self._preview.new}):
            yield Line(doubt, "!", Look.WARNING, Look.WARNING)
        shown = sorted(items, key=lambda item: _ORDER.index(item.standing))[:_MOST_LINES]
        for item in shown:
            look = Look.WARNING if self._is_elsewhere(item) else _LOOKS[item.standing]
            yield Line(f"{item.where} {self._words(item)}", item.standing, Look.PLAIN, look)
        if items[_MOST_LINES:]:
            yield Line(f"and {len(items) - _MOST_LINES} more", " ", Look.DIM)

    def _words(self, item: Item) -> str:
        if item.task is None:
            return f"{NO_SDK_APP_ID}: give it above" if _lacks_app(item) else item.words
        task_id = even(item.task.key.task_id)
        short = task_id if len(task_id) <= 24 else f"{task_id[:12]}…{task_id[-8:]}"
        # By the TaskId as it is: on the screen it may look otherwise.
        listed = self._known_ids[item.task.key.task_id] if self._is_elsewhere(item) else None
        there = f"is on the list as {_home_of(listed)}" if listed else ""
        here = _home_of(item.task.key)
        own = "" if here == " ".join(self._fields[field].value.strip() for field in _HOME) else here
        return " ".join(filter(None, (short, own, even(item.task.label), there, self._answer(item.task.key))))

    def _is_elsewhere(self, item: Item) -> bool:
        """Whether it is new, and its TaskId on the list under another SdkAppId, region or profile."""
        return item.standing is Standing.NEW and item.task is not None and item.task.key.task_id in self._known_ids

    def _answer(self, key: TaskKey) -> str:
        answer = self._answers.get(key)
        if answer is None:
            return ""
        if isinstance(answer.outcome, Failure):
            return f"! {even(answer.outcome.code)}"
        found = {StatusKind.IN_PROGRESS: "● running", StatusKind.NOT_EXIST: "? not found"}
        return found.get(answer.outcome.kind) or f"◆ {even(answer.outcome.text)}"


def _home_of(key: TaskKey) -> str:
    return f"{key.sdk_app_id} {even(key.region)} {even(key.profile)}"


def _lacks_app(item: Item) -> bool:
    return item.standing is Standing.INCOMPLETE


def _read(text: str, defaults: Defaults, texts: Mapping[str, Any], known: Collection[TaskKey]) -> Preview:
    given = {field: value for field, value in texts.items() if value != ""}
    rows = parse_rows(text, defaults)
    return preview(((f"line {row.line}", with_texts(row, given) if given else row) for row in rows), known)
