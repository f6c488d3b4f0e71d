"""What happens on the board, as values: the screen, `watch`, the journal and the alarms all read these."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from relaytui.core.observation import Failure
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.core.transition import Transition
from relaytui.core.update import Relisted


class NoticeKind(StrEnum):
    """What a notice is about."""

    FAILING = "failing"
    UNRECOGNISED = "unrecognised"
    FLAPPING = "flapping"
    CALM = "calm"
    THROTTLED = "throttled"
    CLOCK = "clock"
    EXPIRY = "expiry"
    FAULT = "fault"
    DEGRADED = "degraded"
    LOG = "log"
    JOURNAL = "journal"
    INSTANCES = "instances"
    STORM = "storm"
    ALARMS = "alarms"
    RECALLED = "recalled"


@dataclass(frozen=True, slots=True)
class FailureNoted:
    """A task could not be asked, for the first time or for a new reason; `count` is failures in a row."""

    key: TaskKey
    at: float
    failure: Failure
    count: int


@dataclass(frozen=True, slots=True)
class Blinded:
    """A lane gets no usable answers since `since`; `last_good_at` is its last good answer (Unix seconds, or None)."""

    lane: LaneKey
    at: float
    cause: Failure
    since: float
    last_good_at: float | None


@dataclass(frozen=True, slots=True)
class Sighted:
    """A blind lane sees again; the fields are those of the blindness that is over (Unix seconds).

    A lane that is `given_up` does not see: its profiles are asked within other lanes from now on.
    """

    lane: LaneKey
    at: float
    cause: Failure
    since: float
    last_good_at: float | None
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know and need not act on at once; about a task, a lane, or the program."""

    at: float
    kind: NoticeKind
    text: str
    key: TaskKey | None = None
    lane: LaneKey | None = None


@dataclass(frozen=True, slots=True)
class NotWatching:
    """Nobody was watching from `since` to `at` (Unix seconds), and why."""

    at: float
    since: float
    why: str


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """The journal is not written since `since` (Unix seconds) and `why`, or is again where that is None.

    `lost` counts what there was no room to keep meanwhile.
    """

    at: float
    since: float | None
    why: str = ""
    lost: int = 0

    @property
    def text(self) -> str:
        """The same as one sentence."""
        lost = f", {self.lost} entries are lost" if self.lost else ""
        if self.since is None:
            return f"the journal is written again{lost}"
        return f"the journal is not being written: {self.why}{lost}; watching goes on"


class AlarmKind(StrEnum):
    """What an alarm is about."""

    ENDED = "ended"
    OVERDUE = "overdue"
    REJECTED = "rejected"
    FLAPPING = "flapping"
    BLIND = "blind"
    STORM = "storm"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person should act on now, as it reaches them wherever they are.

    `id` stays the same while the alarm is repeated, across restarts too; `repeat` counts from 0. `since` is when it
    began (Unix seconds). `tasks` are those it is about, none where a lane is blind; `factor` is what all tasks of a
    storm have in common, "" where that is nothing.
    """

    id: str
    at: float
    kind: AlarmKind
    text: str
    since: float
    tasks: tuple[WatchedTask, ...] = ()
    lane: LaneKey | None = None
    factor: str = ""
    repeat: int = 0

    @property
    def event_id(self) -> str:
        """What tells this event from all others: who gets it twice has got it once."""
        return f"{self.id}.{self.repeat}"

    @property
    def count(self) -> int:
        """How many tasks it is about."""
        return len(self.tasks)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the alarm of this id was about is over, for whoever keeps an incident open until then; calls nobody.

    Told once nothing that the alarm stands for is wrong any more, or all of it is off the list, or told by others.
    """

    at: float
    alarm: str
    text: str
    tasks: tuple[WatchedTask, ...] = ()
    lane: LaneKey | None = None

    @property
    def event_id(self) -> str:
        """What tells this event from all others."""
        return f"{self.alarm}.resolved"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A person has seen that these are wrong: quiet until they are right again."""

    at: float
    subjects: tuple[TaskKey | LaneKey, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Snoozed:
    """These are quiet until a time (Unix seconds), or with None until something about them changes."""

    at: float
    subjects: tuple[TaskKey | LaneKey, ...]
    until: float | None


@dataclass(frozen=True, slots=True)
class Muted:
    """No alarm reaches anybody until a time (Unix seconds); with None that is over. `watched` names the list."""

    at: float
    until: float | None
    watched: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try to carry an alarm to a person by a hook: the alarm's event id, which hook, and the number of the try.

    `failure` is why it did not work, "" where it did; after the last try it `gave_up`.
    """

    at: float
    alarm: str
    hook: str
    number: int
    failure: str = ""
    gave_up: bool = False

    @property
    def text(self) -> str:
        """How it went, for a person."""
        if not self.failure:
            return f"{self.hook}: alarm {self.alarm} delivered"
        then = "given up" if self.gave_up else "tried again"
        return f"{self.hook}: alarm {self.alarm} not delivered at try {self.number}, {then}: {self.failure}"


Event = (
    Transition
    | FailureNoted
    | Blinded
    | Sighted
    | Notice
    | NotWatching
    | JournalHealth
    | Relisted
    | Alarm
    | Resolved
    | Acknowledged
    | Snoozed
    | Muted
    | Delivery
)
