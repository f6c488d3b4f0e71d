"""Events and beliefs as the journal's rows, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, replace
from typing import Any, NamedTuple, get_args

import msgspec

from relaytui.core.events import Event
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import Status, TaskKey
from relaytui.core.task_state import TaskState
from relaytui.core.text import plain
from relaytui.core.update import Relisted

KINDS: Mapping[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}
"""The kinds of events by the names that stand in the file."""
_NAMES = {name: frozenset(field.name for field in fields(kind)) for name, kind in KINDS.items()}
STATUS = "status"
"""The kind of an outcome that is a status."""

Outcome = tuple[str, str, str]
"""Kind, code or spelling, and message."""
PackedId = bytes | str | None


class EventRow(NamedTuple):
    """An event in pieces: what is common to many is interned or packed, the rest is JSON."""

    at: int
    kind: str
    key: TaskKey | None
    outcome: Outcome | None
    request: PackedId
    earlier: PackedId
    body: str


def event_row(event: Event) -> EventRow:
    """The event in pieces."""
    if isinstance(event, Relisted):
        # Ten thousand tasks with every edit would be most of the file.
        event = replace(event, tasks=())
    parts = dict(_told(event, always=("tasks",)))
    failure = parts.pop("failure") if isinstance(parts.get("failure"), Failure) else None
    request_id: str = parts.pop("request_id", "") or (failure.request_id if failure else "")
    return EventRow(
        at=milliseconds(parts.pop("at", 0.0)),
        kind=type(event).__name__,
        key=parts.pop("key", None),
        outcome=outcome_of(failure) if failure else None,
        request=pack(request_id),
        earlier=pack(parts.pop("earlier_request_id", "")),
        body=_json(parts),
    )


def event_of(row: EventRow) -> Event | None:
    """The event of these pieces; None where a later version wrote it and this one does not know it."""
    kind = KINDS.get(row.kind)
    if kind is None:
        return None
    names = _NAMES[row.kind]
    parts: dict[str, object] = msgspec.json.decode(row.body)
    parts["at"] = row.at / 1000
    request_id = unpack(row.request)
    pieces = {"key": row.key, "request_id": request_id, "earlier_request_id": unpack(row.earlier)}
    parts |= {name: piece for name, piece in pieces.items() if name in names and piece}
    if row.outcome is not None:
        outcome_kind, code, message = row.outcome
        parts["failure"] = {"kind": outcome_kind, "code": code, "message": message, "request_id": request_id}
    try:
        return msgspec.convert(parts, kind)
    except msgspec.ValidationError:
        return None


def belief_text(state: TaskState) -> str:
    """The belief as JSON; its changes name no task, which would be most of it."""
    parts = dict(_told(state))
    if state.changes:
        parts["changes"] = [{name: told for name, told in _told(change) if name != "key"} for change in state.changes]
    return _json(parts)


def belief_of(text: str, key: TaskKey) -> TaskState | None:
    """The belief about a task; None where a later version wrote it and this one does not understand it."""
    try:
        parts = msgspec.json.decode(text)
        for change in parts.get("changes", ()):
            change["key"] = key
        return msgspec.convert(parts, TaskState)
    except msgspec.DecodeError:
        return None


def outcome_of(outcome: Status | Failure) -> Outcome:
    """What an answer said, in pieces."""
    if isinstance(outcome, Status):
        return STATUS, plain(outcome.text), ""
    return outcome.kind.value, plain(outcome.code), plain(outcome.message)


def answer_of(outcome: Outcome) -> Status | Failure:
    """What an answer said."""
    kind, code, message = outcome
    return Status.spelt(code) if kind == STATUS else Failure(FailureKind(kind), code, message)


def milliseconds(seconds: float) -> int:
    """Seconds as whole milliseconds."""
    return round(1000 * seconds)


def pack(request_id: str) -> PackedId:
    """A RequestId as 16 bytes where it is a UUID as the API writes it, else as it is; None where it is empty."""
    if not request_id:
        return None
    try:
        packed = bytes.fromhex(request_id.replace("-", ""))
    except ValueError:
        return request_id
    return packed if unpack(packed) == request_id else request_id


def unpack(packed: PackedId) -> str:
    """The RequestId."""
    if isinstance(packed, bytes):
        digits = packed.hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return packed or ""


def _json(parts: dict[str, Any]) -> str:
    try:
        return msgspec.json.encode(parts).decode()
    except UnicodeEncodeError:
        # Half a surrogate pair in foreign text: JSON may hold it, UTF-8 may not.
        told = json.dumps(msgspec.to_builtins(parts), ensure_ascii=False)
        return told.encode("utf-8", "replace").decode()


def _told(value: Event | TaskState, always: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The fields that are not what they are anyway."""
    field: Field[Any]
    for field in fields(value):
        told = getattr(value, field.name)
        if field.default is MISSING or told != field.default or field.name in always:
            yield field.name, told
