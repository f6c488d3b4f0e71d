"""What we believe of a task, and how one observation changes it. Everything that decides a state is in this file.

The table (design.md section 4), with the default thresholds:

before                        observation             after
pending                       InProgress              running
pending                       NotExist                not_found
running, overdue              NotExist, 3 in a row    ended, or finished when the expected end is reached
running, overdue, suspected   InProgress              running or overdue; the stray answer is forgotten
ended, finished, not_found    InProgress, 2 in a row  running ("recovered" or "started")
running                       InProgress, too late    overdue (past the expected end and its tolerance)
rejected, unrecognised        a documented status     as from the state before, which is back at once if that is it
any                           refusal of this task    rejected after 2 in a row; the last status stays visible
any                           any other failure       unchanged; counted on the row
any                           unrecognised status     unrecognised, the string kept verbatim

`_RULES` is that table. A failure never changes what we believe: it makes the belief older.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from relaytui.core import strip
from relaytui.core.events import Event, FailureNoted, Notice, NoticeKind
from relaytui.core.observation import Failure, Observation
from relaytui.core.strip import Seen
from relaytui.core.task import State, Status, StatusKind, WatchedTask
from relaytui.core.task_state import (
    CERTAIN,
    RECALLED,
    REMEMBERED_CHANGES,
    REMEMBERED_REQUESTS,
    UNTROUBLED,
    TaskState,
    Thresholds,
    Trouble,
)
from relaytui.core.transition import Transition

BELIEVED_FOR = 24 * 3600.0
"""Seconds after which what an earlier run saw is history, not belief."""


class _Need(Enum):
    """Which threshold an answer must reach."""

    ONE = "one"
    ALARM = "alarm_after"
    RECOVER = "recover_after"


_RUNNING, _GONE, _ODD = StatusKind.IN_PROGRESS, StatusKind.NOT_EXIST, StatusKind.UNRECOGNISED

_GONE_STATES = {State.ENDED, State.FINISHED, State.NOT_FOUND}
_ODD_STATES = {State.REJECTED, State.UNRECOGNISED}

_RULES: dict[tuple[State, StatusKind], tuple[State, _Need]] = {
    (State.PENDING, _RUNNING): (State.RUNNING, _Need.ONE),
    (State.PENDING, _GONE): (State.NOT_FOUND, _Need.ONE),
    (State.RUNNING, _RUNNING): (State.RUNNING, _Need.ONE),
    (State.RUNNING, _GONE): (State.ENDED, _Need.ALARM),
    (State.OVERDUE, _RUNNING): (State.RUNNING, _Need.ONE),
    (State.OVERDUE, _GONE): (State.ENDED, _Need.ALARM),
    (State.ENDED, _RUNNING): (State.RUNNING, _Need.RECOVER),
    (State.ENDED, _GONE): (State.ENDED, _Need.ONE),
    (State.FINISHED, _RUNNING): (State.RUNNING, _Need.RECOVER),
    (State.FINISHED, _GONE): (State.FINISHED, _Need.ONE),
    (State.NOT_FOUND, _RUNNING): (State.RUNNING, _Need.RECOVER),
    (State.NOT_FOUND, _GONE): (State.NOT_FOUND, _Need.ONE),
}


def believe(
    before: TaskState,
    task: WatchedTask,
    observation: Observation,
    thresholds: Thresholds,
    *,
    after_gap: bool = False,
    blind: bool = False,
    undecided: bool = False,
) -> tuple[TaskState, list[Event]]:
    """The belief after one observation, and what happened: transitions, failures, notices.

    `after_gap` says that the lane was blind between the task's last good answer and this one; `blind` that it is blind
    now, so that a failure says nothing about the task; `undecided` that a denial may be about more than this task.
    """
    if isinstance(observation.outcome, Failure):
        is_refusal = observation.outcome.is_about_task and not undecided
        return _fail(before, task, observation, observation.outcome, thresholds, blind=blind, is_refusal=is_refusal)
    return _see(before, task, observation, observation.outcome, thresholds, after_gap=after_gap)


def calm(state: TaskState, now: float, thresholds: Thresholds) -> TaskState:
    """The belief with flips older than the window forgotten (`now` is monotonic seconds)."""
    trouble = state.trouble
    if not trouble.flips:
        return state
    flips = tuple(flip for flip in trouble.flips if now - flip < thresholds.flap_window)
    return replace(state, trouble=replace(trouble, flips=flips, flapping=trouble.flapping and bool(flips)))


def recalled(state: TaskState, wall: float, moment: float) -> TaskState:
    """What an earlier run believed, as a belief of this one; `wall` (Unix seconds) and `moment` (monotonic) are now.

    Answers in a row are forgotten, because nobody knows what came in between. What is older than `BELIEVED_FOR`, rests
    on no answer, or is odd and does not say what was known before, is no belief.
    """
    if state.seen is None or state.seen_at is None or state.since_at is None or wall - state.seen_at > BELIEVED_FOR:
        return TaskState()
    if state.known in _ODD_STATES:
        return TaskState()

    def here(at: float) -> float:
        # The wall clock may have been set back meanwhile: nothing was seen in the future.
        return moment - max(0.0, wall - at)

    trouble = state.trouble
    last_at = max(state.seen_at, trouble.failed_at or 0.0)
    return replace(
        state,
        since=here(state.since_at),
        seen=here(state.seen_at),
        doubt=RECALLED,
        trouble=replace(_over(trouble), flips=tuple(here(state.seen_at + flip - state.seen) for flip in trouble.flips))
        if trouble != UNTROUBLED
        else UNTROUBLED,
        # The cells of another run began at other moments: the newest one stays true, older ones may be off by one.
        strip=strip.moved(state.strip, here(last_at)),
    )


def _fail(
    before: TaskState,
    task: WatchedTask,
    observation: Observation,
    failure: Failure,
    thresholds: Thresholds,
    *,
    blind: bool,
    is_refusal: bool,
) -> tuple[TaskState, list[Event]]:
    key, at = observation.key, observation.at
    events: list[Event] = []
    trouble = replace(
        before.trouble,
        failures=before.trouble.failures + 1,
        blamed=before.trouble.blamed + (not blind),
        refusals=before.trouble.refusals + 1 if is_refusal else 0,
        failure=failure,
        failed_at=at,
    )
    after = replace(
        before,
        trouble=trouble,
        latency=observation.latency,
        requests=_remember(before, observation),
        strip=strip.mark(before.strip, observation.moment, Seen.IN_VAIN),
    )
    earlier = before.trouble.failure
    if not blind and (trouble.blamed == 1 or earlier is None or earlier.code != failure.code):
        events.append(FailureNoted(key, at, failure, trouble.failures))
    if trouble.refusals >= thresholds.reject_after and before.state is not State.REJECTED:
        after, transition = _change(after, task, State.REJECTED, observation, while_blind=False)
        events.append(transition)
    elif not blind and trouble.blamed == thresholds.notice_failures_after and before.state is not State.REJECTED:
        events.append(Notice(at, NoticeKind.FAILING, f"{failure.code} ×{trouble.failures}: {failure.advice}", key))
    return after, events


def _see(
    before: TaskState,
    task: WatchedTask,
    observation: Observation,
    status: Status,
    thresholds: Thresholds,
    *,
    after_gap: bool,
) -> tuple[TaskState, list[Event]]:
    key, at, moment = observation.key, observation.at, observation.moment
    events: list[Event] = []
    running = status.kind is _RUNNING
    seen = replace(
        before,
        status=status,
        seen=moment,
        seen_at=at,
        trouble=_over(before.trouble),
        latency=observation.latency,
        requests=_remember(before, observation),
        strip=strip.mark(
            before.strip, moment, Seen.RUNNING if running else Seen.GONE if status.kind is _GONE else Seen.NOTHING
        ),
    )
    target, need = (State.UNRECOGNISED, 1) if status.kind is _ODD else _rule(before, status.kind, thresholds)
    if target is State.RUNNING and _is_late(task, observation.true_at):
        target = State.OVERDUE
    if target is before.state:
        settled = replace(seen, doubt=CERTAIN)
        return (_ran(settled, observation) if running else settled), events
    doubt = before.doubt
    if not doubt.streak:
        doubt = replace(doubt, at=observation.true_at, while_blind=after_gap)
    if need > 1 and doubt.streak + 1 < need:
        return replace(seen, doubt=replace(doubt, streak=doubt.streak + 1)), events
    if (
        target is State.ENDED
        and before.known.is_alive
        and _is_expected(task, observation.true_at if doubt.at is None else doubt.at)
    ):
        target = State.FINISHED
    after, transition = _change(seen, task, target, observation, while_blind=doubt.while_blind)
    events.append(transition)
    if target.is_alive:
        after = _ran(after, observation)
    if target is State.UNRECOGNISED:
        events.append(Notice(at, NoticeKind.UNRECOGNISED, f"status {status.text!r} is not known", key))
    if before.known.is_alive is not target.is_alive and {before.known, target} & _GONE_STATES:
        after = _flip(after, moment, thresholds)
        if after.trouble.flapping and not before.trouble.flapping:
            text = f"{len(after.trouble.flips)} changes within {thresholds.flap_window / 60:.0f} minutes"
            events.append(Notice(at, NoticeKind.FLAPPING, text, key))
    return after, events


def _rule(before: TaskState, kind: StatusKind, thresholds: Thresholds) -> tuple[State, int]:
    target, need = _RULES[before.known, kind]
    match need:
        case _Need.ONE:
            return target, 1
        case _Need.ALARM:
            return target, thresholds.alarm_after
        case _Need.RECOVER:
            return target, thresholds.recover_after


def _change(
    state: TaskState, task: WatchedTask, target: State, observation: Observation, *, while_blind: bool
) -> tuple[TaskState, Transition]:
    transition = Transition(
        key=observation.key,
        at=observation.at,
        before=state.state,
        after=target,
        request_id=observation.request_id,
        earlier_request_id=(state.ran_request_id or "") if target in (State.ENDED, State.FINISHED) else "",
        ran_before=state.has_run,
        while_blind=while_blind,
        while_away=state.doubt.is_recalled,
        while_paused=task.paused,
        regained=state.state in _ODD_STATES and target is state.known,
        failure=observation.failure,
    )
    is_odd = target in _ODD_STATES
    known = state.known if is_odd else None
    is_first_sight = state.state is State.PENDING and target is State.RUNNING and not state.changes
    after = replace(
        state,
        state=target,
        since=observation.moment,
        since_at=observation.at,
        doubt=RECALLED if state.doubt.is_recalled and is_odd else CERTAIN,
        trouble=state.trouble if state.trouble.known is known else replace(state.trouble, known=known),
        changes=() if is_first_sight else (transition, *state.changes_of(transition.key))[:REMEMBERED_CHANGES],
    )
    return after, transition


def _ran(state: TaskState, observation: Observation) -> TaskState:
    return replace(state, ran_request_id=observation.request_id)


def _flip(state: TaskState, moment: float, thresholds: Thresholds) -> TaskState:
    trouble = state.trouble
    flips = (*(flip for flip in trouble.flips if moment - flip < thresholds.flap_window), moment)
    flapping = trouble.flapping or len(flips) >= thresholds.flap_flips
    return replace(state, trouble=replace(trouble, flips=flips, flapping=flapping))


def _over(trouble: Trouble) -> Trouble:
    """The trouble after a good answer; tasks that never had any keep the one they share."""
    return replace(trouble, failures=0, blamed=0, refusals=0) if trouble.failures else trouble


def _is_late(task: WatchedTask, at: float) -> bool:
    return task.expected_end is not None and at > task.expected_end + task.tolerance


def _is_expected(task: WatchedTask, ended_at: float) -> bool:
    return task.expected_end is not None and ended_at >= task.expected_end - task.tolerance


def _remember(state: TaskState, observation: Observation) -> str:
    if not observation.request_id:
        return state.requests
    return "\n".join((observation.request_id, *state.request_ids)[:REMEMBERED_REQUESTS])
