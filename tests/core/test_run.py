from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.observation import Failure, FailureKind
from relaytui.core.run import Run
from relaytui.core.task import Status
from relaytui.core.task_state import TaskState, Trouble
from tests.core.answers import GONE, QUERY_FAILED, RUNNING, START_AT, TIMED_OUT, Believer


def test_the_last_answer_of_a_belief() -> None:
    believer = Believer()
    assert Run.newest_of(believer.state) is None
    believer.hear(RUNNING)
    run = Run.newest_of(believer.state)
    assert run == Run(RUNNING, START_AT + 15.0, START_AT + 15.0, 1, 0.05, 0.05, 0.05, "q15")
    believer.hear(QUERY_FAILED)
    run = Run.newest_of(believer.state)
    assert run is not None
    assert (run.outcome, run.first, run.request_id) == (QUERY_FAILED, START_AT + 30.0, "r")


def test_equal_answers_are_one_run() -> None:
    first, second = Run(RUNNING, 1.0, 1.0, 1, 0.2, 0.2, 0.2, "a"), Run(RUNNING, 9.0, 9.0, 1, 0.1, 0.1, 0.1, "b")
    joined = first.joined(second)
    assert joined is not None
    assert (joined.first, joined.last, joined.count, joined.request_id) == (1.0, 9.0, 2, "b")
    assert (joined.fastest, joined.slowest) == (0.1, 0.2)
    assert round(joined.spent, 3) == 0.3


@given(*[st.sampled_from([RUNNING, GONE, QUERY_FAILED, TIMED_OUT, Status.spelt("Idle")])] * 2)
def test_only_equal_answers_are(one: Status | Failure, other: Status | Failure) -> None:
    assert (Run(one, 1.0, 1.0).joined(Run(other, 2.0, 2.0)) is not None) == (one == other)


def test_a_failure_is_the_same_whatever_its_message_and_request_id() -> None:
    runs = [Run(Failure(FailureKind.TIMEOUT, "timeout", f"after {n} s", str(n)), n, n) for n in (1.0, 2.0)]
    assert runs[0].joined(runs[1]) is not None


def test_a_belief_without_an_answer_is_no_run() -> None:
    assert Run.newest_of(TaskState(trouble=Trouble(failures=1))) is None
