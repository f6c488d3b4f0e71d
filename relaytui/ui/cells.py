"""How one row of the table looks: glyphs, words, ages and marks, as plain text with style names.

Nothing here knows Textual: a style name is the last part of a component class of the table (`task-table--ended`).
Glyph and word always carry the meaning; colour only repeats it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import dropwhile
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from relaytui.core import strip
from relaytui.core.alarm_view import Attention, Subject
from relaytui.core.strip import Seen
from relaytui.core.task import State, StatusKind, WatchedTask
from relaytui.core.task_state import TaskState, Thresholds
from relaytui.core.text import even
from relaytui.ui.columns import ELLIPSIS, Column, Layout, Piece, fit
from relaytui.ui.times import time_of_day

FOLDED, UNFOLDED = "▸", "▾"
_MOST_DIGITS = 9
"""Groups beyond have no key."""

STALE = 2.0
"""Intervals after which an answer is too old to be taken for the present."""
RESTING = 4.0
"""Tasks that are over are asked so many times more seldom than those that run."""
CURSOR_MARK = "›"
UNSEEN_MARK = "•"
MARK = "*"
UNSEEN_AND_MARKED = "◉"
PAUSED_GLYPH = "║"
"""In place of a paused task's state glyph: what is believed of it is not looked at."""
UNKNOWN = "–"

_STRIP_CELLS = {
    Seen.NOTHING: "·",
    # Not the full block: the strips of neighbouring rows would run together.
    Seen.RUNNING: "▆",
    Seen.GONE: "▁",
    Seen.RUNNING | Seen.GONE: "▃",
    Seen.IN_VAIN: "!",
}


def age(seconds: float | None) -> str:
    """An age in at most five cells, rounded down; a dash where there is none.

    The steps are coarse so that an idle board is quiet: every change of one age repaints its line, some 200 bytes. A
    healthy row is asked every 15 s and so stays at `<20s`; with 42 rows on the screen that nobody asks any more, two
    ages each in steps of 20 s are 0.8 kB/s. Steps of a second would be 17 kB/s for nothing that a person acts on.
    """
    if seconds is None:
        return UNKNOWN
    minutes, rest = divmod(max(0, int(seconds)), 60)
    if not minutes:
        return f"{rest // 20 * 20}s" if rest >= 20 else "<20s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes}m"
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02}h" if days < 10 else f"{days}d"
    return f"{hours}h{minutes:02}m" if hours < 10 else f"{hours}h"


def cut(text: str, width: int) -> str:
    """As `fit`, but cut where a word ends, unless that would give up half of the room; one word is cut in its middle.

    Short words at the end stay: a number there is often all that tells a label from its neighbours.
    """
    if cell_len(text) <= width:
        return fit(text, width)
    most = width // 3
    if " " in text:
        _, blank, last = text[-_SHORT - 1 :].partition(" ")
        tail = blank + last if cell_len(last) <= most else ""
    else:
        # An accent whose letter is cut off would stand on the ellipsis.
        tail = "".join(dropwhile(lambda each: not cell_len(each), set_cell_size(text[::-1], most)[::-1].strip()))
    room = width - cell_len(tail)
    kept = set_cell_size(text, max(0, room - 1))
    head = kept.rpartition(" ")[0].rstrip()
    if not text[len(kept) :].startswith(" ") and 2 * cell_len(head) >= room:
        kept = head
    return fit(kept.rstrip() + ELLIPSIS[:width] + tail, width)


_SHORT = 4
"""Characters that the last words of a text have at most, where it is cut before them."""


def short_id(task_id: str, width: int) -> str:
    """A TaskId as it is where it has room in `width` cells, else its first eight and last six characters or fewer."""
    task_id = even(task_id)
    if cell_len(task_id) <= width:
        return task_id
    tail = max(1, min(6, width - 9))
    return f"{task_id[:8]}{ELLIPSIS}{task_id[-tail:]}"


def name(task: WatchedTask, width: int) -> str:
    """The label, or the TaskId where there is none, in exactly `width` cells."""
    label = even(task.label).strip()
    return cut(label, width) if label else fit(short_id(task.key.task_id, width), width)


def strip_text(state: TaskState, now: float) -> str:
    """The last 60 minutes up to `now` (monotonic seconds), one character for five minutes, oldest first.

    Only a cell in which the task was seen running looks up; one in which it was seen both ways is half high.
    """
    return _drawn(strip.cells_until(state.strip, now))


@lru_cache(maxsize=1024)  # Most strips are alike, and reading flags out of an integer is slow.
def _drawn(packed: int) -> str:
    return "".join(_STRIP_CELLS[seen & ~Seen.IN_VAIN or seen] for seen in strip.cells(packed))


_FLAPPING = "flapping"


def facts(
    state: TaskState, thresholds: Thresholds, width: int, *, blind: bool = False, paused: bool = False
) -> list[str]:
    """What is remarkable about a task right now, most urgent first; `width` is the room for the first one in cells.

    Where nobody can see, that is said in place of the failures, which are the lane's. Nobody confirms what a paused
    task answered once.
    """
    found: list[str] = ["paused"] if paused else ["blind"] if blind else []
    if (failure := state.trouble.current) and (not blind or state.trouble.refusals):
        found.append(_failing(even(failure.code), state.trouble.failures, width))
    if state.is_suspected:
        found.append(f"{state.doubt.streak}/{thresholds.alarm_after} {'said gone' if paused else 'confirming'}")
    if state.is_recovering:
        found.append(f"{state.doubt.streak}/{thresholds.recover_after} {'said running' if paused else 'returning'}")
    if state.trouble.flapping:
        found.append(_FLAPPING)
    if state.status is not None and state.status.kind is StatusKind.UNRECOGNISED:
        found.append(even(state.status.text))
    return found


def _doubt_mark(state: TaskState, thresholds: Thresholds, *, blind: bool, stale: str) -> str:
    """The same in three cells or so, for a screen without a NOTE column."""
    if blind or state.trouble.failures:
        return "!"
    if state.is_suspected:
        return f"{state.doubt.streak}/{thresholds.alarm_after}"
    return "old" if stale else ""


def _marked(word: str, style: str, mark: str, width: int) -> Iterator[Piece]:
    """A state's word and the mark behind it, which is left out where it has no room, in exactly `width` cells."""
    room = width - cell_len(word) - 1
    if mark and cell_len(mark) <= room:
        yield f"{word} ", style
        yield fit(mark, room), "fact"
    else:
        yield fit(word, width), style


def _failing(code: str, failures: int, width: int) -> str:
    """The code of a failure and its count; a code that has no room gives up its first part, never the count."""
    count = f" ×{failures}"
    room = width - len("! ") - len(count)
    if cell_len(code) > room:
        code = fit(code.rpartition(".")[2], room).rstrip()
    return f"! {code}{count}"


def note(
    task: WatchedTask,
    state: TaskState,
    thresholds: Thresholds,
    width: int,
    *,
    blind: bool = False,
    visited: bool = False,
    said: str = "",
    stale: str = "",
) -> list[Piece]:
    """The NOTE cell in exactly `width` cells: facts first, then the background, then what people wrote.

    Once somebody has visited the row, what they wrote is worth more than how the change came about. `said` is what
    somebody said to its alarm, `stale` why its answer is so old.
    """
    found = facts(state, thresholds, width, blind=blind, paused=task.paused)
    if said and _FLAPPING in found:
        # Why the row is quiet is worth more than that it is restless.
        found.insert(found.index(_FLAPPING), said)
        said = ""
    urgent = fit(" · ".join([*found, stale] if stale and not found else found), width).rstrip()
    texts = (_background(state), even(task.note).strip())
    calm = [text for text in (said, *(reversed(texts) if visited else texts)) if text]
    rest = " · ".join(["", *calm] if urgent and calm else calm)
    pieces = [(urgent, "fact")] if urgent else []
    return [*pieces, (fit(rest, width - cell_len(urgent)), "")]


def _background(state: TaskState) -> str:
    if not state.changes:
        return ""
    if state.changes[0].while_blind:
        return "changed while blind"
    return "changed while not watching" if state.changes[0].while_away else ""


def said_text(attention: Attention | None, at: float) -> str:
    """What somebody said to an alarm, at `at` (Unix seconds): `ack 03:14 restarting`, `snoozed 12m`."""
    if attention is None:
        return ""
    if attention.acknowledged_at is not None:
        return f"ack {time_of_day(attention.acknowledged_at)[:5]} {even(attention.reason)}".rstrip()
    if attention.snoozed_until is None:
        return ""
    return "snoozed" if math.isinf(attention.snoozed_until) else f"snoozed {age(attention.snoozed_until - at)}"


class Pace(NamedTuple):
    """How often a profile's running tasks are asked (seconds), and why that may not be kept."""

    interval: float
    why: str = "late"


def stale_text(state: TaskState, now: float, pace: Pace | None) -> str:
    """Why the answer is older than twice its interval; "" where it is not."""
    if pace is None or state.seen is None:
        return ""
    interval = pace.interval if state.state.is_alive else RESTING * pace.interval
    return pace.why if now - state.seen > STALE * interval else ""


def style_of(state: State) -> str:
    """The style of this state's glyph and word."""
    return state.value.replace("_", "-")


def cells(
    task: WatchedTask,
    state: TaskState,
    now: float,
    columns: Layout,
    *,
    marks: str,
    thresholds: Thresholds,
    blind: bool = False,
    said: str = "",
    stale: str = "",
) -> tuple[tuple[Piece, ...], ...]:
    """One row, column by column, each exactly as wide as the layout says.

    `now` is monotonic seconds, `marks` the two characters of the first column; `said` and `stale` as in `note`.
    """
    style = "paused" if task.paused else style_of(state.state)
    glyph = PAUSED_GLYPH if task.paused else state.state.glyph
    is_noted = any(column is Column.NOTE for column, _ in columns)
    mark = "" if is_noted or task.paused else _doubt_mark(state, thresholds, blind=blind, stale=stale)
    row: list[tuple[Piece, ...]] = []
    for column, width in columns:
        match column:
            case Column.MARKS:
                # In the state's style, so that marks and state are one run of bytes on the wire.
                row.append(((marks, style),))
            case Column.STATE:
                row.append(tuple(_marked(f"{glyph} {state.state.word}", style, mark, width)))
            case Column.NOTE:
                row.append(
                    tuple(
                        note(
                            task,
                            state,
                            thresholds,
                            width,
                            blind=blind,
                            visited=marks[1] not in (UNSEEN_MARK, UNSEEN_AND_MARKED),
                            said=said,
                            stale=stale,
                        )
                    )
                )
            case Column.TASK:
                row.append(((name(task, width), ""),))
            case Column.GROUP:
                row.append(((cut(even(task.group).strip(), width), ""),))
            case Column.ID:
                row.append(((fit(short_id(task.key.task_id, width), width), ""),))
            case Column.APP:
                row.append(((fit(str(task.key.sdk_app_id), width), ""),))
            case Column.REGION:
                row.append(((fit(even(task.key.region), width), ""),))
            case Column.FOR:
                # Nobody knows when a task that was never found went away.
                began = None if state.state is State.NOT_FOUND else state.since
                row.append(((fit(age(None if began is None else now - began), width), ""),))
            case Column.SEEN:
                row.append(((fit(age(None if state.seen is None else now - state.seen), width), ""),))
            case Column.STRIP:
                row.append(((strip_text(state, now), "strip"),))
    return tuple(row)


class Sight(NamedTuple):
    """What decides beside belief and list how rows look, at one moment: `now` in monotonic, `at` in Unix seconds."""

    now: float
    at: float
    thresholds: Thresholds
    blind: frozenset[str]
    """The profiles that cannot see."""
    attention: Mapping[Subject, Attention]
    paces: Mapping[str, Pace]
    """How often the tasks of each profile are asked."""

    def doubt(self, task: WatchedTask, state: TaskState) -> tuple[bool, str]:
        """Whether nobody sees the task, and where somebody does, why its answer is older than it should be or ""."""
        if task.key.profile in self.blind:
            return True, ""
        return False, "" if task.paused else stale_text(state, self.now, self.paces.get(task.key.profile))

    def cells(
        self, task: WatchedTask, state: TaskState, columns: Layout, *, marks: str, doubt: tuple[bool, str]
    ) -> tuple[tuple[Piece, ...], ...]:
        """One row, as `cells` gives it; `doubt` is what the method of this name says."""
        blind, stale = doubt
        return cells(
            task,
            state,
            self.now,
            columns,
            marks=marks,
            thresholds=self.thresholds,
            blind=blind,
            said=said_text(self.attention.get(task.key), self.at),
            stale=stale,
        )


def marks(*, cursor: bool, unseen: bool, marked: bool) -> str:
    """The two characters before a row."""
    mark = (UNSEEN_AND_MARKED if unseen else MARK) if marked else UNSEEN_MARK if unseen else " "
    return (CURSOR_MARK if cursor else " ") + mark


def head(
    name: str, *, number: int, folded: bool, tasks: int, problems: int, states: Mapping[State | None, int], width: int
) -> Iterator[Piece]:
    """The line above a group of tasks: what it is called, how many there are, and problems before all other counts."""
    digit = f"{number}" if number <= _MOST_DIGITS else " "
    title = even(name).strip() or "no group"
    sign = f"{FOLDED if folded else UNFOLDED} {digit} "
    size = f"  {tasks} task{'' if tasks == 1 else 's'}"
    alarm = f"  ! {problems} problem{'' if problems == 1 else 's'}" if problems else ""
    # A folded group must not hide its problems behind a long name.
    room = width - Column.MARKS.width - cell_len(sign + size + alarm)
    yield sign, "group"
    yield fit(title, min(cell_len(title), max(8, min(width // 2, room)))), "group"
    yield size, ""
    if alarm:
        yield alarm, "fact"
    for state in sorted(State, key=lambda state: not state.is_problem):
        if states.get(state):
            yield f"  {state.glyph} {states[state]} {state.word}", style_of(state)
    if states.get(None):
        yield f"  {PAUSED_GLYPH} {states[None]} paused", "paused"
