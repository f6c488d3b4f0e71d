"""Short spellings of tasks, answers and lanes for the tests of the core."""

from __future__ import annotations

from relaytui.core.belief import believe
from relaytui.core.events import Event
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.task import LaneKey, Status, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState, Thresholds
from relaytui.core.transition import Transition

START_AT = 1_767_225_600.0
"""The Unix second that the monotonic moment 0 stands for in these tests."""
LANE = LaneKey("default", "host")

RUNNING = Status.spelt("InProgress")
GONE = Status.spelt("NotExist")
ODD = Status.spelt("Idle")

REFUSED = Failure(FailureKind.NETWORK, "refused")
TIMED_OUT = Failure(FailureKind.TIMEOUT, "timeout")
QUERY_FAILED = Failure(FailureKind.SERVER, "FailedOperation.QueryTaskInfoFailed", "", "r")
THROTTLED = Failure(FailureKind.THROTTLED, "RequestLimitExceeded", "", "r")
BAD_TASK_ID = Failure(FailureKind.REQUEST, "InvalidParameter.TaskId", "", "r")
NOT_ALLOWED = Failure(FailureKind.PERMISSION, "UnauthorizedOperation.SdkAppId", "", "r")
DENIED = Failure(FailureKind.PERMISSION, "UnauthorizedOperation", "", "r")
BAD_KEY = Failure(FailureKind.CREDENTIALS, "AuthFailure.SecretIdNotFound", "", "r")


def key(name: str | int = "a", profile: str = "default") -> TaskKey:
    return TaskKey(profile, "ap-singapore", 1_400_188_366, str(name))


def task(name: str | int = "a", *, expected_end: float | None = None, tolerance: float = 60.0) -> WatchedTask:
    """A watched task; `expected_end` is a moment."""
    end = None if expected_end is None else START_AT + expected_end
    return WatchedTask(key(name), expected_end=end, tolerance=tolerance)


def observation(
    outcome: Status | Failure,
    moment: float,
    name: str | int = "a",
    *,
    latency: float = 0.05,
    request_id: str = "",
    clock_offset: float | None = None,
) -> Observation:
    replied = isinstance(outcome, Status) or outcome.came_from_api
    return Observation(
        key(name), outcome, START_AT + moment, moment, latency, request_id, clock_offset, replied=replied
    )


class Believer:
    """One task that is told answers one after the other, `step` seconds apart."""

    def __init__(
        self, *, thresholds: Thresholds | None = None, expected_end: float | None = None, tolerance: float = 60.0
    ) -> None:
        self.task = task(expected_end=expected_end, tolerance=tolerance)
        self.thresholds = thresholds or Thresholds()
        self.state = TaskState()
        self.now = 0.0

    def hear(
        self, *outcomes: Status | Failure, step: float = 15.0, after_gap: bool = False, blind: bool = False
    ) -> list[Event]:
        """What happened at these answers; their RequestIds are q1, q2 and so on by the moment they came."""
        events: list[Event] = []
        for outcome in outcomes:
            self.now += step
            answer = observation(outcome, self.now, request_id=f"q{self.now:.0f}")
            self.state, new = believe(self.state, self.task, answer, self.thresholds, after_gap=after_gap, blind=blind)
            events += new
        return events

    def transitions(self, *outcomes: Status | Failure, step: float = 15.0, after_gap: bool = False) -> list[Transition]:
        return [e for e in self.hear(*outcomes, step=step, after_gap=after_gap) if isinstance(e, Transition)]
