"""What whoever takes over should know, as Markdown for a ticket or a chat: whole ids, no secret, nothing that runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from relaytui.core.alarm_view import Attention, Subject
from relaytui.core.copies import failing
from relaytui.core.event_text import event_text, explained, utc
from relaytui.core.events import Acknowledged, Blinded, Snoozed
from relaytui.core.history import Entry, concerns
from relaytui.core.observation import Failure
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.text import plain
from relaytui.core.transition import Severity
from relaytui.core.update import Update

_QUIET: Mapping[Subject, Attention] = {}
_UNKNOWN: Mapping[TaskKey, WatchedTask] = {}
_FENCE = "\0"
"""What stands around an id while a line is made; no plain text holds it."""


def handover(
    updates: Sequence[Update],
    *,
    at: float,
    warnings: Iterable[str] = (),
    blind: Iterable[Blinded] = (),
    attention: Mapping[Subject, Attention] = _QUIET,
    entries: Iterable[Entry] = (),
    known: Mapping[TaskKey, WatchedTask] = _UNKNOWN,
    only: Collection[TaskKey] | None = None,
) -> str:
    """These tasks as of `at` (Unix seconds), what people said about them, and what happened.

    `warnings` are said first, then which lanes are `blind`. `known` has what is known of tasks that an event names.
    Where the text is about these tasks `only`, what concerns none of them is left out.
    """
    explain = _explaining()
    lines = [f"# Relay tasks at {utc(at)}", ""]
    lines += [f"**{_escaped(words)}**\n" for words in warnings]
    for event in blind:
        if only is None or concerns(event, only):
            lines.append(f"**{_escaped(f'BLIND {event.lane} since {utc(event.since)}: {explain(event.cause)}')}**\n")
    for update in updates:
        lines += [*_about(update, attention.get(update.task.key)), ""]
    if not updates:
        lines += ["No problem is known.", ""]
    happened = [
        f"* {utc(entry.event.at)} {_told(entry, known, explain)}"
        for entry in (entries if only is None else _narrowed(entries, only))
        # Ten thousand tasks that were seen first say nothing to whoever takes over.
        if getattr(entry.event, "severity", None) is not Severity.INFO
    ]
    if happened:
        lines += ["## What happened", "", *happened]
    return "\n".join(lines).rstrip() + "\n"


def _narrowed(entries: Iterable[Entry], only: Collection[TaskKey]) -> Iterator[Entry]:
    """What concerns one of these tasks; of those that were acknowledged or snoozed at once, only these."""
    for entry in entries:
        event = entry.event
        if not concerns(event, only):
            continue
        if isinstance(event, Acknowledged | Snoozed):
            event = replace(event, subjects=tuple(subject for subject in event.subjects if subject in only))
        yield entry._replace(event=event)


def _told(entry: Entry, known: Mapping[TaskKey, WatchedTask], explain: Callable[[Failure], str]) -> str:
    """What happened, with the ids as code."""
    text = event_text(
        *entry,
        known=lambda key: known.get(key) or WatchedTask(key),
        code=lambda task_id: f"{_FENCE}{plain(task_id)}{_FENCE}",
        explain=explain,
        # Whoever takes over looks for their own task's name.
        named_at_most=None,
    )
    parts = text.split(_FENCE)
    return "".join(_code(part) if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _explaining() -> Callable[[Failure], str]:
    """What explains failures and gives each advice once: two hundred tasks that cannot be asked need the same."""
    given: set[str] = set()

    def explain(failure: Failure) -> str:
        is_new = failure.advice not in given
        given.add(failure.advice)
        return explained(failure, advised=is_new)

    return explain


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
    if failure := state.trouble.current:
        yield f"* could not be asked, {state.trouble.failures} times in a row: {_escaped(failing(failure))}"
    for change in state.changes_of(key):
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
