"""What the alarms must know after a restart, as one text for whoever keeps it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

from relaytui.core.alarm_view import Subject
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
    """Everything that is wrong, quiet and told, of tasks only: a lane shows by itself whether it is blind."""

    number: int = 0
    muted_until: float | None = None
    wrong: dict[TaskKey, Wrong] = field(default_factory=dict)
    snoozed: dict[TaskKey, float] = field(default_factory=dict)
    alarms: tuple[OpenAlarm, ...] = ()

    def dump(self) -> str:
        """The memory as JSON."""
        return json.dumps(
            {
                "number": self.number,
                "muted_until": self.muted_until,
                # Rows without names, and not by `asdict`, which takes a second for 10,000 of them.
                "wrong": [
                    [*key, wrong.what, wrong.since, wrong.alarm, wrong.acknowledged_at, wrong.reason]
                    for key, wrong in self.wrong.items()
                ],
                "snoozed": [[key, None if math.isinf(until) else until] for key, until in self.snoozed.items()],
                "alarms": [asdict(alarm) for alarm in self.alarms],
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
                {_key(row[:4]): Wrong(*row[4:]) for row in written["wrong"]},
                {_key(key): math.inf if until is None else float(until) for key, until in written["snoozed"]},
                tuple(OpenAlarm(**alarm) for alarm in written["alarms"]),
            )
        except (ValueError, KeyError, TypeError):
            return None


def _key(written: list[Any]) -> TaskKey:
    profile, region, sdk_app_id, task_id = written
    return TaskKey(str(profile), str(region), int(sdk_app_id), str(task_id))


def _time(written: object) -> float | None:
    return float(written) if isinstance(written, (int, float)) else None


def of_tasks(subjects: dict[Subject, Any]) -> dict[TaskKey, Any]:
    """Those of the subjects that are tasks."""
    return {subject: value for subject, value in subjects.items() if not isinstance(subject, LaneKey)}
