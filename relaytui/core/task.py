"""What is watched: the identity of a relay task, what the API says of it, and what we believe."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import NamedTuple

MAX_TASK_ID_BYTES = 4096
"""A TaskId is opaque and has no documented length (tencent-api.md 7.2); 116 characters is the longest seen."""

DESCRIBE_REGIONS = frozenset(
    {
        "ap-bangkok",
        "ap-jakarta",
        "ap-mumbai",
        "ap-singapore",
        "ap-beijing",
        "ap-chongqing",
        "ap-guangzhou",
        "ap-shanghai",
    }
)
"""Regions named for Describe or Stop on the international and the mainland pages (tencent-api.md 1.4).

The lists differ between the pages, so a region outside this set is worth a warning, never a refusal.
"""


class TaskKey(NamedTuple):
    """The identity of a relay task everywhere: a TaskId means nothing outside its SdkAppId, Region and account.

    A tuple, because it is hashed some thirty times per poll.
    """

    profile: str
    region: str
    sdk_app_id: int
    task_id: str


@dataclass(frozen=True, slots=True, order=True)
class LaneKey:
    """The identity of one request budget: the server counts per account and access point, not per Region.

    Several profiles with the same SecretId at the same host share one; `profile` then joins their names by "+", which
    no name holds.
    """

    profile: str
    host: str

    @property
    def profiles(self) -> tuple[str, ...]:
        """The names of the profiles whose tasks are asked within this budget."""
        return tuple(self.profile.split("+"))

    def __str__(self) -> str:
        return f"{self.profile}@{self.host}"


DEFAULT_TOLERANCE = 60.0
"""Seconds around an expected end, where nobody says otherwise."""


class WatchedTask(NamedTuple):
    """A relay task on the list, with what people wrote about it.

    A tuple, because 10,000 are made before the first paint, and a frozen dataclass takes three times as long to make.
    `expected_end` is Unix seconds (UTC); `tolerance` is seconds around it within which an end is still expected. A
    `paused` task is asked only when somebody names it. `replaces` holds the TaskIds that it had before it was started
    anew, the newest first.
    """

    key: TaskKey
    label: str = ""
    group: str = ""
    note: str = ""
    expected_end: float | None = None
    tolerance: float = DEFAULT_TOLERANCE
    paused: bool = False
    replaces: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The label, or the TaskId where there is none."""
        return self.label or self.key.task_id


class StatusKind(Enum):
    """Which of the two documented answers a status is, or neither."""

    IN_PROGRESS = "InProgress"
    NOT_EXIST = "NotExist"
    UNRECOGNISED = "unrecognised"


@dataclass(frozen=True, slots=True)
class Status:
    """What the API said of a task; `text` is its spelling, verbatim."""

    kind: StatusKind
    text: str

    @classmethod
    def spelt(cls, text: str) -> Status:
        """The status with this spelling; anything but the two documented words is unrecognised, never guessed."""
        return _DOCUMENTED.get(text) or cls(StatusKind.UNRECOGNISED, text)


_DOCUMENTED = {kind.value: Status(kind, kind.value) for kind in (StatusKind.IN_PROGRESS, StatusKind.NOT_EXIST)}
"""One of each for all tasks."""


class State(StrEnum):
    """What we believe of a task. The values are the words on the screen, in JSON and in the documents."""

    PENDING = "pending"
    RUNNING = "running"
    ENDED = "ended"
    FINISHED = "finished"
    NOT_FOUND = "not_found"
    OVERDUE = "overdue"
    REJECTED = "rejected"
    UNRECOGNISED = "unrecognised"

    @property
    def word(self) -> str:
        """The state as a person reads it."""
        return self.value.replace("_", " ")

    @property
    def glyph(self) -> str:
        """The state as one character, one cell wide in every terminal that draws ambiguous characters narrow."""
        return _GLYPHS[self]

    @property
    def is_problem(self) -> bool:
        """Whether somebody should look at the task."""
        return self in _PROBLEMS

    @property
    def is_alive(self) -> bool:
        """Whether we believe that the task is running now, on time or not."""
        return self in (State.RUNNING, State.OVERDUE)

    @property
    def meaning(self) -> str:
        """One sentence for a person who has not read the documents."""
        return _MEANINGS[self]


_GLYPHS = {
    State.PENDING: "○",
    State.RUNNING: "●",
    State.ENDED: "✖",
    State.FINISHED: "✔",
    State.NOT_FOUND: "?",
    # An hourglass would say it better, but few fonts hold the narrow one and the other is two cells wide.
    State.OVERDUE: "»",
    State.REJECTED: "⊘",
    State.UNRECOGNISED: "◆",
}

_PROBLEMS = frozenset({State.ENDED, State.NOT_FOUND, State.OVERDUE, State.REJECTED, State.UNRECOGNISED})

_MEANINGS = {
    State.PENDING: "No answer yet.",
    State.RUNNING: "The API says that the task is in progress.",
    State.ENDED: "The task was running and has ended; the API gives no reason, a normal end looks the same.",
    State.FINISHED: "The task ended when it was expected to.",
    State.NOT_FOUND: "Never started, already over, or wrong TaskId / SdkAppId / region / profile.",
    State.OVERDUE: "The task is still running past its expected end.",
    State.REJECTED: "The API refuses to answer for this one task.",
    State.UNRECOGNISED: "The API answered with a status this program does not know; it is shown as it came.",
}
