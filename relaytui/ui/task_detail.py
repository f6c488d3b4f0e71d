"""All that is known of the task under the cursor, live."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

from relaytui.core.alarm_view import Attention
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState
from relaytui.core.text import even
from relaytui.core.transition import Transition
from relaytui.core.update import Update
from relaytui.ui.cells import PAUSED_GLYPH, age, strip_text
from relaytui.ui.looks import STATE_LOOKS, Look, classes
from relaytui.ui.text_pane import Line, TextPane
from relaytui.ui.times import both

_LABEL_WIDTH = len("expected end ")

_AFTER_AN_END = (
    "Was it due? Compare the file's length times its repeats, or MaxDuration, with how long the task ran.",
    "Does the source still play? Open its URL; look at the encoder and its uplink.",
    "Did somebody stop it? Look at deploy logs and CloudAudit for StopStreamIngest.",
    "Is the room still there, and was the robot user removed or its UserId used to join again?",
    "Was the source silent or paused for long? The service ends idle tasks.",
    "Is the account in good standing? Look at package, balance and the application's state in the console.",
)
"""What can be behind an end that the API gives no reason for, most likely first."""

_NEVER_SEEN = (
    "Is the TaskId whole? A double click stops at + - and . and ids may end in dots.",
    "Is it of the newest start? Every start gives another TaskId.",
    "Are SdkAppId, region and profile those of the start?",
    "Was it started at all, or is it over already?",
)


class TaskDetail(TextPane):
    """The pane about one task."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(*Look)
    BINDING_GROUP_TITLE = "In the detail"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name for it
        super().__init__(label_width=_LABEL_WIDTH, id=id)
        self.border_title = "detail"

    def tell(self, update: Update | None, *, moment: float, attention: Attention | None = None) -> None:
        """Show this task as of `moment` (monotonic seconds), or that there is none; `attention` is what people said."""
        if update is None:
            self.show([Line("No task under the cursor.", look=Look.DIM)])
        else:
            self.show(detail_lines(update.task, update.state, moment, attention))


def detail_lines(
    task: WatchedTask, state: TaskState, moment: float, attention: Attention | None = None
) -> Iterator[Line]:
    """All that is known of a task, as lines; `moment` is monotonic seconds."""
    yield Line(even(task.name), look=Look.TITLE)
    yield Line(_word(task, state), "state", STATE_LOOKS[state.state])
    yield Line(state.state.meaning, " ", Look.DIM)
    if attention is not None:
        yield from _attention(attention)
    if state.since is not None and state.since_at is not None:
        yield Line(f"{age(moment - state.since)} · {both(state.since_at)}", "since")
    if state.seen is not None and state.seen_at is not None:
        yield Line(f"{age(moment - state.seen)} ago · {both(state.seen_at)}", "seen")
    else:
        yield Line("never", "seen")
    yield Line(even(state.status.text) if state.status else "–", "last status")
    yield Line(strip_text(state, moment), "last 60 min")
    # What to do about it comes before what to quote, which may lie below the fold.
    if state.trouble.failures:
        yield from _failure(state)
    yield Line()
    yield from _identity(task)
    if state.state is State.ENDED:
        yield from _list("things to check", _AFTER_AN_END)
    if state.state is State.NOT_FOUND:
        yield from _list("things to check", _NEVER_SEEN)
    if changes := state.changes_of(task.key):
        yield Line()
        yield Line("recent changes", look=Look.TITLE)
        for transition in changes:
            yield from _change(transition, task.key)
    yield Line()
    yield from _answers(state)
    if not state.trouble.failures:
        yield from _failure(state)


def _attention(attention: Attention) -> Iterator[Line]:
    if attention.acknowledged_at is not None:
        yield Line(both(attention.acknowledged_at), "acked")
        if attention.reason:
            yield Line(even(attention.reason), "reason")
    if attention.snoozed_until is not None:
        forever = math.isinf(attention.snoozed_until)
        yield Line("until it changes" if forever else f"until {both(attention.snoozed_until)}", "snoozed")


def _word(task: WatchedTask, state: TaskState) -> str:
    word = f"{state.state.glyph} {state.state.word}"
    confirmed = "not confirmed" if task.paused else "being confirmed"
    if state.is_suspected:
        word += f", but NotExist ×{state.doubt.streak}: {confirmed}"
    if state.is_recovering:
        word += f", but InProgress ×{state.doubt.streak}: {confirmed}"
    if state.trouble.flapping:
        word += ", flapping"
    return f"{PAUSED_GLYPH} paused, nobody asks; last known: {word}" if task.paused else word


def _identity(task: WatchedTask) -> Iterator[Line]:
    key = task.key
    yield Line(even(key.task_id), "TaskId")
    for index, earlier in enumerate(task.replaces):
        yield Line(even(earlier), " " if index else "replaces")
    yield Line(str(key.sdk_app_id), "SdkAppId")
    yield Line(even(key.region), "region")
    yield Line(even(key.profile), "profile")
    for label, text in (("label", task.label), ("group", task.group), ("note", task.note)):
        if text:
            yield Line(even(text), label)
    if task.expected_end is not None:
        yield Line(both(task.expected_end), "expected end")


def _answers(state: TaskState) -> Iterator[Line]:
    if state.latency is not None:
        yield Line(f"{state.latency * 1000:.0f} ms", "latency")
    for index, request_id in enumerate(state.request_ids):
        yield Line(even(request_id), " " if index else "RequestIds")


def _failure(state: TaskState) -> Iterator[Line]:
    failure = state.trouble.failure
    if failure is None:
        return
    current = state.trouble.failures > 0
    look = Look.WARNING if current else Look.DIM
    yield Line()
    title = f"! failing ×{state.trouble.failures}" if current else "last failure, over now"
    yield Line(title, look=look if current else Look.TITLE)
    if state.trouble.failed_at is not None:
        yield Line(both(state.trouble.failed_at), "at")
    yield Line(f"{even(failure.code)} ({failure.kind.value})", "code", look)
    if failure.message:
        yield Line(even(failure.message), "message")
    yield Line(failure.advice, "advice")
    if failure.request_id:
        yield Line(even(failure.request_id), "RequestId")


def _list(title: str, items: tuple[str, ...]) -> Iterator[Line]:
    yield Line()
    yield Line(title, look=Look.TITLE)
    for number, item in enumerate(items, 1):
        yield Line(item, f"{number}.")


def _change(transition: Transition, key: TaskKey) -> Iterator[Line]:
    from relaytui.ui.event_lines import change, change_look  # noqa: PLC0415 - as in `event_log`

    yield Line(f"{transition.after.glyph} {change(transition)}", look=change_look(transition))
    yield Line(both(transition.at), "at")
    if transition.key != key:
        yield Line(even(transition.key.task_id), "as TaskId")
    if transition.earlier_request_id:
        yield Line(even(transition.earlier_request_id), "last running")
    if transition.request_id:
        yield Line(even(transition.request_id), "confirmed by")
