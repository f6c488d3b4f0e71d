"""What the screen and the commands are told of one lane, several times a second."""

from __future__ import annotations

from dataclasses import dataclass

from relaytui.core.observation import Failure
from relaytui.core.task import LaneKey


@dataclass(frozen=True, slots=True)
class LaneView:
    """One lane as it is now. Moments are monotonic seconds, names ending in `_at` Unix seconds."""

    lane: LaneKey
    tasks: int
    rate: float
    """Requests sent in the last ten seconds, as requests per second."""
    budget: float
    """The requests per second this lane was given; 0 while other processes have not yet made room for this one."""
    pace: float
    """The requests per second it may send now: less than the budget after throttling."""
    wanted_sweep: float
    """Seconds in which a running task should be asked again."""
    sweep: float
    """Seconds in which a running task really is asked again: the oldest a healthy row can be."""
    cause: Failure | None = None
    """Why the lane is blind; None while it sees."""
    blind_since: float | None = None
    blind_since_at: float | None = None
    last_good_at: float | None = None
    clock_offset: float | None = None
    """Server time minus local time in seconds, None where no reply told."""
    polling: bool = True
    """False while polling is stopped on purpose."""
    instances: int = 1
    """How many processes share the account's budget, this one included."""
    account_budget: float = 0.0
    """The requests per second that all these processes may send together."""
    expires_at: float | None = None
    """When the credential ends; None where it does not."""
    due_sweep: float = 0.0
    """Seconds in which a running task of this list should be asked again, were nothing slowed down and nothing late."""
    is_closed: bool = False
    """Told once, of a lane that is no more: its profiles are asked within other lanes."""

    @property
    def is_blind(self) -> bool:
        """Whether the lane gets no usable answers."""
        return self.cause is not None

    @property
    def is_throttled(self) -> bool:
        """Whether the lane is slowed down because the server refused requests over the rate."""
        return self.pace < self.budget
