"""What a single answer says of a task, in a word and as the fields of `check --json`."""

from __future__ import annotations

from relaytui.core.fields import SCHEMA, Fields, rfc3339, task_fields
from relaytui.core.observation import Failure, Observation
from relaytui.core.task import State, StatusKind, WatchedTask
from relaytui.core.text import plain


def answered_state(observation: Observation) -> State | None:
    """What a single answer says of a task; None where nobody could see.

    Nothing is known of the time before, so a task that is not there is `not_found`, never `ended`.
    """
    match observation.outcome:
        case Failure() as failure:
            return State.REJECTED if failure.is_about_task else None
        case status:
            return _STATES[status.kind]


_STATES = {
    StatusKind.IN_PROGRESS: State.RUNNING,
    StatusKind.NOT_EXIST: State.NOT_FOUND,
    StatusKind.UNRECOGNISED: State.UNRECOGNISED,
}


def answer_fields(task: WatchedTask, observation: Observation) -> Fields:
    """The answer about one task, as `check --json` prints it."""
    state = answered_state(observation)
    status, failure = observation.status, observation.failure
    return {
        "schema": SCHEMA,
        "at": rfc3339(observation.at),
        "task": task_fields(task),
        "status": status.text if status else None,
        "state": state,
        "meaning": state.meaning if state else "Nobody could see whether the task is running.",
        "request_id": plain(answer_id(observation)) or None,
        "latency_ms": round(1000 * observation.latency, 1),
        "failure": failure_fields(failure) if failure else None,
    }


def answer_id(observation: Observation) -> str:
    """The RequestId of an answer, or "" where it has none; foreign text."""
    failure = observation.failure
    return observation.request_id or (failure.request_id if failure else "")


def failure_fields(failure: Failure) -> Fields:
    """A failure as plain fields."""
    return {
        "kind": failure.kind,
        "code": plain(failure.code),
        "message": plain(failure.message),
        "advice": failure.advice,
    }
