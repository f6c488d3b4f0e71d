"""What one answer says of a task."""

from __future__ import annotations

import pytest

from relaytui.core.answer import answer_fields, answer_id, answered_state
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.task import State, Status, TaskKey, WatchedTask

KEY = TaskKey("prod", "ap-singapore", 1400188366, "t1")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Status.spelt("InProgress"), State.RUNNING),
        (Status.spelt("NotExist"), State.NOT_FOUND),
        (Status.spelt("Paused"), State.UNRECOGNISED),
        (Failure(FailureKind.REQUEST, "InvalidParameter", ""), State.REJECTED),
        (Failure(FailureKind.NETWORK, "dns", ""), None),
    ],
)
def test_one_answer_never_says_that_a_task_ended(outcome: Status | Failure, state: State | None) -> None:
    assert answered_state(Observation(KEY, outcome, 0.0, 0.0)) is state


def test_a_failure_brings_its_own_request_id_and_plain_words() -> None:
    failure = Failure(FailureKind.SERVER, "InternalError", "oops\x1b[2J", "req-7")
    answer = Observation(KEY, failure, 0.0, 0.0, 0.0421)
    assert answer_id(answer) == "req-7"
    fields = answer_fields(WatchedTask(KEY, "cam"), answer)
    assert (fields["request_id"], fields["latency_ms"], fields["failure"]["message"]) == ("req-7", 42.1, "oops[2J")
