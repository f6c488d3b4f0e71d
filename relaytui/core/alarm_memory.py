"""What the alarms must know after a restart, as one text for whoever keeps it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

from relaytui.core.alarm_view import Subject
from relaytui.core.events import AlarmKind
from relaytui.core.task import LaneKey, TaskKey


@dataclass(slots=True)
class Wrong:
    """What is wrong with one subject: a state's word, "flapping" or "blind", since a Unix second.

    `alarm` is the id of the alarm that told it, "" while none did.
    """

    what: str
    since: float
    alarm: str = ""
    acknowledged_at: float | None = None
    reason: str = ""

    @property
    def is_alarming(self) -> bool:
        """Whether somebody is called for it."""
        return self.what in _ALARMING


_ALARMING = frozenset(kind.value for kind in AlarmKind)


@dataclass(slots=True)
class OpenAlarm:
    """An alarm that was told and is repeated, last at a Unix second; `factor` is that of a storm."""

    id: str
    told_at: float
    factor: str = ""
    among: int = 0
    """How many watched tasks have this factor."""
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class AlarmMemory:
    """Everything that is wrong, quiet and told; `over` are the subjects of alarms that may be over, by the alarm."""

    number: int = 0
    muted_until: float | None = None
    wrong: dict[Subject, Wrong] = field(default_factory=dict)
    snoozed: dict[Subject, float] = field(default_factory=dict)
    alarms: tuple[OpenAlarm, ...] = ()
    over: dict[str, tuple[Subject, ...]] = field(default_factory=dict)

    def dump(self) -> str:
        """The memory as JSON."""
        return json.dumps(
            {
                "number": self.number,
                "muted_until": self.muted_until,
                # Rows without names, and not by `asdict`, which takes a second for 10,000 of them.
                "wrong": [
                    [_row(subject), wrong.what, wrong.since, wrong.alarm, wrong.acknowledged_at, wrong.reason]
                    for subject, wrong in self.wrong.items()
                ],
                "snoozed": [
                    [_row(subject), None if math.isinf(until) else until] for subject, until in self.snoozed.items()
                ],
                "alarms": [asdict(alarm) for alarm in self.alarms],
                "over": {alarm: [*map(_row, subjects)] for alarm, subjects in self.over.items()},
            },
            separators=(",", ":"),
        )

    @classmethod
    def load(cls, text: str) -> AlarmMemory | None:
        """What `dump` wrote; None where the text is something else."""
        try:
            written: dict[str, Any] = json.loads(text)
            return cls(
                int(written["number"]),
                _time(written["muted_until"]),
                {_subject(row): Wrong(*wrong) for row, *wrong in written["wrong"]},
                {_subject(row): math.inf if until is None else float(until) for row, until in written["snoozed"]},
                tuple(OpenAlarm(**alarm) for alarm in written["alarms"]),
                {alarm: tuple(map(_subject, rows)) for alarm, rows in written["over"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


def _row(subject: Subject) -> list[str | int]:
    return [subject.profile, subject.host] if isinstance(subject, LaneKey) else [*subject]


def _subject(written: list[Any]) -> Subject:
    if len(written) == 2:
        return LaneKey(*map(str, written))
    profile, region, sdk_app_id, task_id = written
    return TaskKey(str(profile), str(region), int(sdk_app_id), str(task_id))


def _time(written: object) -> float | None:
    return float(written) if isinstance(written, (int, float)) else None
