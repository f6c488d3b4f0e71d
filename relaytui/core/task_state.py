"""What is believed of one task, as a value, and how many answers a change of it takes; the rules are in `belief`."""

from __future__ import annotations

from dataclasses import dataclass

from relaytui.core.observation import Failure
from relaytui.core.task import State, Status, StatusKind, TaskKey
from relaytui.core.transition import Transition

REMEMBERED_REQUESTS = 5
REMEMBERED_CHANGES = 8


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many equal answers in a row it takes to believe, and what counts as flapping."""

    alarm_after: int = 3
    """NotExist in a row before a running task is believed to have ended."""
    recover_after: int = 2
    """InProgress in a row before an ended or unknown task is believed to run."""
    reject_after: int = 2
    """Refusals in a row before a task is believed to be rejected."""
    notice_failures_after: int = 3
    """Failures in a row before one notice is given about a task."""
    flap_flips: int = 4
    """Changes between running and gone within `flap_window` that make a task flapping."""
    flap_window: float = 300.0
    """Seconds in which flips are counted, and of calm that end the flapping."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What speaks against a state. Most tasks share `CERTAIN`."""

    streak: int = 0
    """Answers in a row that speak against the state and do not yet suffice to change it."""
    at: float | None = None
    """When the first answer of that streak came, as `Observation.true_at` has it."""
    while_blind: bool = False
    """Whether that first answer closed a time in which nobody could see."""
    is_recalled: bool = False
    """Whether the state rests on what an earlier run of the program saw, and no answer of this one bears it out yet."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong with a task, or did. Most tasks share `UNTROUBLED`."""

    refusals: int = 0
    """Refusals of this task in a row."""
    failures: int = 0
    """Failures in a row, of any kind."""
    blamed: int = 0
    """Those failures in a row that came while the lane saw: only these are held against the task."""
    failure: Failure | None = None
    """The last failure, kept after it is over."""
    failed_at: float | None = None
    known: State | None = None
    """What was believed before the task was rejected or unrecognised; None where it is neither."""
    flips: tuple[float, ...] = ()
    """When the task flipped between running and gone lately (monotonic)."""
    flapping: bool = False

    @property
    def current(self) -> Failure | None:
        """Why the last answer was none; None where it was a good one."""
        return self.failure if self.failures else None


CERTAIN = Doubt()
RECALLED = Doubt(is_recalled=True)
UNTROUBLED = Trouble()


@dataclass(frozen=True, slots=True)
class TaskState:
    """What we believe of one task, and on what grounds.

    Names ending in `_at` are Unix seconds (UTC); `since`, `seen` and the like are monotonic seconds for ages. There is
    one for each of 10,000 tasks, so what is rare stands in `doubt` and `trouble`.
    """

    state: State = State.PENDING
    since: float | None = None
    """When this state was first observed (monotonic); None while pending."""
    since_at: float | None = None
    status: Status | None = None
    """The last status the API gave, whatever has failed since."""
    seen: float | None = None
    """When the last good answer came (monotonic): the age of the belief."""
    seen_at: float | None = None
    latency: float | None = None
    """Seconds that the last answer took."""
    requests: str = ""
    """The newest RequestIds, newest first, one a line: as texts of their own they would take twice the memory."""
    ran_request_id: str | None = None
    """The RequestId of the last InProgress that was believed, the lower bracket of an end; "" where it had none.

    None where the task was never believed to run.
    """
    changes: tuple[Transition, ...] = ()
    """The newest transitions that are remembered, newest first; `changes_of` gives the first sight, too."""
    strip: int = 0
    """What was seen in the last 60 minutes, as `core.strip` packs it."""
    doubt: Doubt = CERTAIN
    trouble: Trouble = UNTROUBLED

    @property
    def known(self) -> State:
        """The last state that rests on a documented status: the state itself unless it is odd."""
        return self.trouble.known or self.state

    @property
    def has_run(self) -> bool:
        """Whether the task was ever believed to run."""
        return self.ran_request_id is not None

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The newest RequestIds, newest first; foreign text."""
        return tuple(self.requests.split("\n")) if self.requests else ()

    def changes_of(self, key: TaskKey) -> tuple[Transition, ...]:
        """The newest transitions of the task that has this key and state, newest first.

        That it ran at first sight is no news, true of most tasks, and remembered as `since_at` alone.
        """
        if self.changes or self.state is not State.RUNNING or self.since_at is None:
            return self.changes
        return (Transition(key, self.since_at, State.PENDING, State.RUNNING),)

    @property
    def is_suspected(self) -> bool:
        """Whether an end is being confirmed."""
        return self.doubt.streak > 0 and not self._last_said_running

    @property
    def is_recovering(self) -> bool:
        """Whether a return is being confirmed."""
        return self.doubt.streak > 0 and self._last_said_running

    @property
    def _last_said_running(self) -> bool:
        return self.status is not None and self.status.kind is StatusKind.IN_PROGRESS

    @property
    def is_problem(self) -> bool:
        """Whether somebody should look at the row: its state, its doubt, its failures or its flapping.

        A single failure is not yet one: it is asked again within a second, and rows should not jump for it.
        """
        return self.state.is_problem or self.doubt.streak > 0 or self.trouble.failures > 1 or self.trouble.flapping
