"""The help: every key that works, read from the live bindings, and what the glyphs and words mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from relaytui.core.strip import Seen
from relaytui.core.task_state import TaskState
from relaytui.ui.cells import (
    FOLDED,
    MARK,
    PAUSED_GLYPH,
    UNFOLDED,
    UNSEEN_AND_MARKED,
    UNSEEN_MARK,
    strip_text,
)
from relaytui.ui.columns import ASCENDING, DESCENDING
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

_LABEL_WIDTH = len("page down ctrl+f ")
_MOST_KEYS = 4
"""More keys that do the same, each with a number of its own, are told by the first two and the last."""

_MARKS = {
    "Marks": (
        (UNSEEN_MARK, "changed since you last had the cursor on it"),
        (MARK, "marked: actions are about all marked tasks that the filter shows"),
        (UNSEEN_AND_MARKED, "marked, and changed since"),
        (PAUSED_GLYPH, "paused: not asked until somebody resumes it; the word is the last known state"),
        (f"{UNFOLDED} {FOLDED}", "a group with its number, unfolded or folded: how many tasks, problems first"),
        (f"{ASCENDING} {DESCENDING}", "the table is sorted by this column, the smallest or the largest first"),
    ),
    "Beside a task": (
        ("FOR", "how long the task has been in this state"),
        ("SEEN", "age of the last good answer"),
        ("dim row", "that answer is older than it should be; NOTE says why: blind, late, throttled, polling paused"),
        ("2/3", "an end is being confirmed: so many answers of three say that the task is gone"),
        ("! code ×N", "this task could not be asked, N times in a row; its state is the last one known"),
        ("! 2/3 old", "behind a state where NOTE has no room: not to be asked, being confirmed, an old answer"),
        ("flapping", "four changes between running and gone within five minutes: one alarm, until it is calm"),
        ("changed while …", "the change came while nobody could see, or nobody was watching"),
        ("ack 03:14 …", "somebody has seen it then, and said why: quiet until it is right again"),
        ("snoozed 12m", "quiet for so long, whatever happens to it"),
    ),
    "At the top": (
        ("BLIND", "no usable answers: states and ages are the last good ones, nothing is known to have ended"),
        ("MUTED", "no alarm reaches anybody for so long"),
        ("PAUSED", "nothing is asked until somebody resumes it"),
        ("FROZEN", "the picture stands still since then; asking and alarms go on"),
        ("req/s", "requests sent a second, of those the budget allows"),
        ("paced", "the server refused requests over the rate: we go slower for a while"),
        ("instances", "so many relaytui share this budget"),
        ("sweep", "time to ask every running task once: the oldest a healthy row can be"),
        ("! CLOCK", "this machine's clock is wrong by so much; requests carry the right time"),
        ("! JOURNAL", "what happens cannot be written down; watching goes on"),
        ("! DEGRADED", "a fault inside, worked around: the events say which"),
    ),
}


class HelpPane(TextPane):
    """Keys and legend."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(*Look)
    BINDING_GROUP_TITLE = "In the help"
    BINDINGS: ClassVar[list[BindingType]] = [
        # As in every pager: it must not end the watch.
        Binding("q", "screen.close", "close", show=False, id="help.close", tooltip="Close the help"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name for it
        super().__init__(label_width=_LABEL_WIDTH, id=id)
        self.border_title = "help"

    def tell(self, keys: Iterable[LiveKey]) -> None:
        """Show these keys and the legend."""
        self.show([*_key_lines(keys), Line(), *_legend()])


def _key_lines(keys: Iterable[LiveKey]) -> Iterator[Line]:
    groups: dict[str, list[LiveKey]] = {}
    for key in keys:
        groups.setdefault(_title(key), []).append(key)
    for number, (title, members) in enumerate(groups.items()):
        if number:
            yield Line()
        yield Line(title, look=Look.TITLE)
        for (tooltip, enabled), alike in groupby(members, key=lambda key: (key.tooltip, key.enabled)):
            looks = (Look.PLAIN, Look.KEY) if enabled else (Look.DIM, Look.DIM)
            displays = [display for key in alike for display in key.displays]
            if len(displays) > _MOST_KEYS:
                displays[2:-1] = ["…"]
            yield Line(tooltip, " ".join(displays), *looks)


def _title(key: LiveKey) -> str:
    """Where a key belongs: on the screen to the desk that brings it, else to the widget that has it."""
    title = key.node.BINDING_GROUP_TITLE
    if isinstance(key.node, Screen):
        for desk in type(key.node).__mro__:
            own = vars(desk)
            if any(isinstance(each, Binding) and each.id == key.binding.id for each in own.get("BINDINGS", ())):
                title = own.get("BINDING_GROUP_TITLE")
    return title or "In the table"


def _legend() -> Iterator[Line]:
    yield Line("States", look=Look.TITLE)
    for state, look in STATE_LOOKS.items():
        yield Line(state.meaning, f"{state.glyph} {state.word}", label_look=look)
    for title, marks in _MARKS.items():
        yield Line()
        yield Line(title, look=Look.TITLE)
        for mark, meaning in marks:
            yield Line(meaning, mark)
    yield Line()
    yield Line("Last 60 minutes", look=Look.TITLE)
    for seen, meaning in _STRIP_MEANINGS:
        yield Line(meaning, strip_text(TaskState(strip=int(seen)), 0.0)[-1])
