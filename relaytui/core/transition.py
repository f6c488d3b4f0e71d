"""A confirmed change of state, the event that a belief remembers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from relaytui.core.observation import Failure
from relaytui.core.task import State, TaskKey


class Severity(Enum):
    """How loud an event is."""

    INFO = "info"
    NOTICE = "notice"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Transition:
    """A confirmed change of state.

    `at` is Unix seconds. The two RequestIds bracket an end: the last InProgress and the answer that confirmed it.
    """

    key: TaskKey
    at: float
    before: State
    after: State
    request_id: str = ""
    earlier_request_id: str = ""
    ran_before: bool = False
    """Whether the task was seen running before, which tells "recovered" from "started"."""
    while_blind: bool = False
    """Whether the change happened at a time when nobody could see."""
    while_away: bool = False
    """Whether the change happened at a time when nobody was watching, like while this program was not running."""
    while_paused: bool = False
    """Whether the task is paused and somebody asked all the same: whoever asked sees the answer, no alarm."""
    regained: bool = False
    """Whether the task is back in the state it had before it was rejected or unrecognised: no news, no alarm."""
    failure: Failure | None = None
    """The refusal that made the task rejected."""

    @property
    def severity(self) -> Severity:
        """How loud the change is: an end that nobody expected is an alarm, a return is a notice."""
        match self.after:
            case State.ENDED | State.OVERDUE | State.REJECTED if not (self.regained or self.while_paused):
                return Severity.ALARM
            case State.RUNNING if self.before is State.PENDING:
                return Severity.INFO
            case _:
                return Severity.NOTICE

    @property
    def word(self) -> str:
        """The change as one word for a person."""
        if self.after is State.RUNNING and self.before in (State.ENDED, State.FINISHED, State.NOT_FOUND):
            return "recovered" if self.ran_before else "started"
        return self.after.word
