"""What the screen knows of tasks, as texts to hand to somebody else: one line, a command, a sheet.

Foreign text is made plain; what a text must keep byte for byte (a TaskId) has no control characters to begin with.
"""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from relaytui.core.answer import answer_fields
from relaytui.core.endpoint import DEFAULT_ENDPOINT
from relaytui.core.fields import SCHEMA
from relaytui.core.formula import neutral
from relaytui.core.listing import FIELDS, as_text, write_task, write_time
from relaytui.core.observation import Failure, Observation
from relaytui.core.task import TaskKey
from relaytui.core.task_state import TaskState
from relaytui.core.text import plain
from relaytui.core.update import Update

_VENDOR_HOST = DEFAULT_ENDPOINT.removeprefix("https://")
SHEET = (
    *("state", "since", "seen", "status", "failure", "failures", "request_id"),
    *FIELDS,
)
"""The columns of the board as a sheet."""


def one_line(update: Update) -> str:
    """A task and what is believed of it, for a chat."""
    task, state, *_ = update
    key = task.key
    parts = [
        f"{state.state.glyph} {state.state.word}{since(state)}",
        *([plain(task.label)] if task.label else []),
        f"TaskId {plain(key.task_id)}",
        f"SdkAppId {key.sdk_app_id} {plain(key.region)} {plain(key.profile)}",
        *([f"! {failing(failure)} ×{state.trouble.failures}"] if (failure := state.trouble.current) else []),
        *([f"RequestId {plain(newest)}"] if (newest := request_id(state)) else []),
    ]
    return " · ".join(parts)


def request_id(state: TaskState) -> str:
    """The newest RequestId about the task, or "" where there is none; foreign text."""
    return state.request_ids[0] if state.request_ids else ""


def vendor_command(key: TaskKey, host: str) -> str:
    """The query about a task as a line for a shell with the vendor's tool; `host` is "" where nobody knows it."""
    words = [
        *("tccli", "trtc", "DescribeStreamIngest", "--region", key.region, "--SdkAppId", str(key.sdk_app_id)),
        # A TaskId may begin with a hyphen, and as a word of its own the tool would take it for an option.
        f"--TaskId={key.task_id}",
        *(["--endpoint", host] if host and host != _VENDOR_HOST else []),
    ]
    # What is pasted into a shell must bring no control character along.
    return shlex.join(map(plain, words))


def last_answer(update: Update) -> Observation | None:
    """The newest answer about a task, good or not, or None where none came yet."""
    task, state, *_ = update
    failure = state.trouble.current
    outcome, at = (failure, state.trouble.failed_at) if failure else (state.status, state.seen_at)
    if outcome is None or at is None:
        return None
    return Observation(task.key, outcome, at, 0.0, state.latency or 0.0, request_id(state))


def answer_json(updates: Iterable[Update]) -> str:
    """The newest answers as `check --json` prints them, one a line; a task without an answer has none."""
    answers = ((update.task, last_answer(update)) for update in updates)
    return "\n".join(_dump(answer_fields(task, answer)) for task, answer in answers if answer is not None)


def sheet_csv(updates: Iterable[Update]) -> str:
    """The tasks as CSV that no spreadsheet runs."""
    text = io.StringIO()
    writer = csv.DictWriter(text, SHEET, restval="", lineterminator="\n")
    writer.writeheader()
    for update in updates:
        writer.writerow({name: neutral(as_text(value)) for name, value in _fields(update).items() if value is not None})
    return text.getvalue()


def sheet_json(updates: Iterable[Update]) -> str:
    """The tasks as a JSON array of objects, one a line."""
    objects = (_dump({"schema": SCHEMA, **_fields(update)}) for update in updates)
    return "[" + ",\n".join(objects) + "]\n"


def _fields(update: Update) -> Mapping[str, Any]:
    task, state, *_ = update
    return {
        "state": state.state.value,
        "since": None if state.since_at is None else write_time(round(state.since_at)),
        "seen": None if state.seen_at is None else write_time(round(state.seen_at)),
        "status": plain(state.status.text) if state.status else None,
        "failure": failing(failure) if (failure := state.trouble.current) else None,
        "failures": state.trouble.failures,
        "request_id": plain(request_id(state)) or None,
        **{name: plain(value) if isinstance(value, str) else value for name, value in write_task(task).items()},
    }


def _dump(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, separators=(",", ":"))


def since(state: TaskState) -> str:
    """Since when the state holds, as words behind it; "" where nothing was ever answered."""
    return "" if state.since_at is None else f" since {write_time(round(state.since_at))}"


def failing(failure: Failure) -> str:
    """Why the task could not be asked, in plain words."""
    return plain(f"{failure.code}: {failure.message}" if failure.message else failure.code)
