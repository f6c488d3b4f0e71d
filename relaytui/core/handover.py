"""What whoever takes over should know, as Markdown for a ticket or a chat: whole ids, no secret, nothing that runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from relaytui.core.alarm_view import Attention, Subject
from relaytui.core.copies import failing
from relaytui.core.event_text import event_text, utc
from relaytui.core.history import Entry
from relaytui.core.task import TaskKey
from relaytui.core.text import plain
from relaytui.core.transition import Severity
from relaytui.core.update import Update

_QUIET: Mapping[Subject, Attention] = {}


def handover(
    updates: Sequence[Update],
    *,
    at: float,
    warnings: Iterable[str] = (),
    attention: Mapping[Subject, Attention] = _QUIET,
    entries: Sequence[Entry] = (),
) -> str:
    """These tasks as of `at` (Unix seconds), what people said about them, and what happened.

    `warnings` are said first: what cannot be seen, and whether anybody watches at all.
    """
    lines = [f"# Relay tasks at {utc(at)}", ""]
    lines += [f"**{_escaped(words)}**\n" for words in warnings]
    for update in updates:
        lines += [*_about(update, attention.get(update.task.key)), ""]
    # Ten thousand tasks that were seen first say nothing to whoever takes over.
    entries = [entry for entry in entries if getattr(entry.event, "severity", None) is not Severity.INFO]
    if entries:
        lines += ["## What happened", ""]
        lines += [f"* {utc(entry.event.at)} {_escaped(event_text(*entry))}" for entry in entries]
    return "\n".join(lines).rstrip() + "\n"


def _about(update: Update, said: Attention | None) -> Iterator[str]:
    task, state, *_ = update
    key: TaskKey = task.key
    since = "" if state.since_at is None else f" since {utc(state.since_at)}"
    yield f"## {state.state.glyph} {_escaped(task.name)}: {state.state.word}{since}"
    yield ""
    yield state.state.meaning
    yield ""
    yield f"* TaskId {_code(key.task_id)}, SdkAppId {key.sdk_app_id}, {_escaped(key.region)}, {_escaped(key.profile)}"
    if said is not None:
        yield from _said(said)
    if task.group or task.note:
        yield f"* {_escaped(' · '.join(text for text in (task.group, task.note) if text))}"
    if state.seen_at is not None:
        yield f"* last seen {utc(state.seen_at)}"
    if state.failures and state.failure:
        yield f"* could not be asked, {state.failures} times in a row: {_escaped(failing(state.failure))}"
    for change in state.changes:
        ids = [_code(text) for text in (change.earlier_request_id, change.request_id) if text]
        bracket = f", RequestIds {' and '.join(ids)}" if ids else ""
        words = f"{change.before.word} → {change.after.word}"
        words += ", while blind" if change.while_blind else ""
        words += ", while not watching" if change.while_away else ""
        yield f"* {utc(change.at)} {words}{bracket}"
    if state.request_ids:
        yield f"* newest RequestIds {', '.join(map(_code, state.request_ids))}"


def _said(said: Attention) -> Iterator[str]:
    if said.acknowledged_at is not None:
        reason = f": {_escaped(said.reason)}" if said.reason else ", no reason given"
        yield f"* acknowledged {utc(said.acknowledged_at)}{reason}"
    if said.snoozed_until is not None:
        until = "it changes" if math.isinf(said.snoozed_until) else utc(said.snoozed_until)
        yield f"* snoozed until {until}"


def _escaped(text: str) -> str:
    """Foreign text that Markdown shows as it is."""
    return "".join(f"\\{character}" if character in r"\`*_{}[]<>()#!|&~" else character for character in plain(text))


def _code(text: str) -> str:
    return _escaped(text) if "`" in text else f"`{plain(text)}`"
