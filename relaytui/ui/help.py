"""The help: every key that works, read from the live bindings, and what the glyphs and words mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from relaytui.core.belief import TaskState
from relaytui.core.strip import Seen
from relaytui.ui.cells import MARK, PAUSED_GLYPH, UNSEEN_AND_MARKED, UNSEEN_MARK, strip_text
from relaytui.ui.live_keys import LiveKey
from relaytui.ui.looks import STATE_LOOKS, Look, classes
from relaytui.ui.text_pane import Line, TextPane

_STRIP_MEANINGS = (
    (Seen.RUNNING, "seen running in these five of the last 60 minutes"),
    (Seen.RUNNING | Seen.GONE, "seen running and gone"),
    (Seen.GONE, "seen gone"),
    (Seen.IN_VAIN, "asked in vain"),
    (Seen.NOTHING, "not asked"),
)

_DESKS = {
    "find": "Finding",
    "list": "The list",
    "account": "Accounts and look-ups",
    "alarm": "Alarms",
    "copy": "Handing over",
}
"""What the first parts of the ids of the dashboard's keys stand for; those of the screen itself have its own title."""

_LABEL_WIDTH = len("page down ctrl+f ")

_MARKS = (
    (UNSEEN_MARK, "changed since you last had the cursor on it"),
    (MARK, "marked: actions are about all marked tasks that the filter shows"),
    (UNSEEN_AND_MARKED, "marked, and changed since"),
    (PAUSED_GLYPH, "paused: not asked until somebody resumes it; the word is the last known state"),
    ("SEEN", "age of the last good answer"),
    ("FOR", "how long the task has been in this state"),
    ("2/3", "an end is being confirmed: so many answers of three say that the task is gone"),
    ("! code ×N", "this task could not be asked, N times in a row; its state is the last one known"),
    ("BLIND", "no usable answers: states and ages are those of the last good answer, nothing is known to have ended"),
    ("req/s", "requests sent a second, of those the budget allows"),
    ("paced", "the server refused requests over the rate: we go slower for a while"),
    ("sweep", "time to ask every running task once: the oldest a healthy row can be"),
)


class HelpPane(TextPane):
    """Keys and legend."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(*Look)
    BINDING_GROUP_TITLE = "In the help"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name for it
        super().__init__(label_width=_LABEL_WIDTH, id=id)
        self.border_title = "help"

    def tell(self, keys: Iterable[LiveKey]) -> None:
        """Show these keys and the legend."""
        self.show([*_key_lines(keys), Line(), *_legend()])


def _key_lines(keys: Iterable[LiveKey]) -> Iterator[Line]:
    groups: dict[str, list[LiveKey]] = {}
    for key in keys:
        desk = _DESKS.get((key.binding.id or "").partition(".")[0])
        groups.setdefault(desk or key.node.BINDING_GROUP_TITLE or "In the table", []).append(key)
    for number, (title, members) in enumerate(groups.items()):
        if number:
            yield Line()
        yield Line(title, look=Look.TITLE)
        for key in members:
            looks = (Look.PLAIN, Look.KEY) if key.enabled else (Look.DIM, Look.DIM)
            yield Line(key.tooltip, " ".join(key.displays), *looks)


def _legend() -> Iterator[Line]:
    yield Line("States", look=Look.TITLE)
    for state, look in STATE_LOOKS.items():
        yield Line(state.meaning, f"{state.glyph} {state.word}", label_look=look)
    yield Line()
    yield Line("Marks and words", look=Look.TITLE)
    for mark, meaning in _MARKS:
        yield Line(meaning, mark)
    for seen, meaning in _STRIP_MEANINGS:
        yield Line(meaning, strip_text(TaskState(strip=int(seen)), 0.0)[-1])
