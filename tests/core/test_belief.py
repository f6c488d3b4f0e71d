"""Every row of the table in design.md section 4, and the promise that a failure never changes what we believe."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaytui.core import strip
from relaytui.core.belief import BELIEVED_FOR, calm, recalled
from relaytui.core.events import FailureNoted, Notice, NoticeKind
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.strip import Seen
from relaytui.core.task import State, Status
from relaytui.core.task_state import REMEMBERED_CHANGES, REMEMBERED_REQUESTS, TaskState, Thresholds, Trouble
from relaytui.core.transition import Severity, Transition
from tests.core.answers import (
    BAD_KEY,
    BAD_TASK_ID,
    GONE,
    NOT_ALLOWED,
    ODD,
    QUERY_FAILED,
    REFUSED,
    RUNNING,
    START_AT,
    THROTTLED,
    TIMED_OUT,
    Believer,
    key,
)

HISTORIES: dict[State, list[Status | Failure]] = {
    State.PENDING: [],
    State.RUNNING: [RUNNING],
    State.ENDED: [RUNNING, GONE, GONE, GONE],
    State.NOT_FOUND: [GONE],
    State.REJECTED: [RUNNING, BAD_TASK_ID, BAD_TASK_ID],
    State.UNRECOGNISED: [RUNNING, ODD],
}
"""Answers that lead to each state that needs no expected end."""

REFUSALS = [BAD_TASK_ID, NOT_ALLOWED, Failure(FailureKind.ENDPOINT, "UnsupportedRegion", "", "r")]
OTHER_FAILURES = [
    REFUSED,
    TIMED_OUT,
    QUERY_FAILED,
    THROTTLED,
    BAD_KEY,
    Failure(FailureKind.CLOCK, "AuthFailure.SignatureExpire", "", "r"),
    Failure(FailureKind.MALFORMED, "captive portal"),
    Failure(FailureKind.ENDPOINT, "NoSuchVersion", "", "r"),
    Failure(FailureKind.PERMISSION, "IpNotInWhitelist", "", "r"),
    Failure(FailureKind.PERMISSION, "IpInBlacklist", "", "r"),
    Failure(FailureKind.REQUEST, "AuthFailure.InvalidAuthorization", "", "r"),
]


def after(*outcomes: Status | Failure) -> Believer:
    believer = Believer()
    believer.hear(*outcomes)
    return believer


@pytest.mark.parametrize("state", HISTORIES)
def test_histories_lead_where_they_say(state: State) -> None:
    assert after(*HISTORIES[state]).state.state is state


# The table, row by row.


def test_pending_and_in_progress_is_running() -> None:
    believer = Believer()
    (change,) = believer.transitions(RUNNING)
    assert (change.before, change.after, change.word) == (State.PENDING, State.RUNNING, "running")
    assert change.severity is Severity.INFO
    assert (believer.state.since, believer.state.since_at) == (15.0, START_AT + 15)


def test_pending_and_not_exist_is_not_found_and_no_alarm() -> None:
    (change,) = Believer().transitions(GONE)
    assert (change.after, change.severity) == (State.NOT_FOUND, Severity.NOTICE)


@pytest.mark.parametrize("alarm_after", [1, 2, 3, 5])
def test_running_ends_after_so_many_not_exist_in_a_row(alarm_after: int) -> None:
    believer = Believer(thresholds=Thresholds(alarm_after=alarm_after))
    believer.hear(RUNNING)
    for heard in range(1, alarm_after):
        assert believer.hear(GONE) == []
        assert believer.state.state is State.RUNNING
        assert believer.state.is_suspected
        assert believer.state.is_problem
        assert believer.state.doubt.streak == heard
    (change,) = believer.transitions(GONE)
    assert (change.before, change.after, change.severity) == (State.RUNNING, State.ENDED, Severity.ALARM)
    assert not believer.state.is_suspected


def test_a_stray_not_exist_is_forgotten() -> None:
    believer = after(RUNNING)
    for _ in range(5):
        assert believer.hear(GONE, GONE, RUNNING) == []
        assert believer.state.state is State.RUNNING
        assert believer.state.doubt.streak == 0


def test_a_failure_between_does_not_break_the_row_and_does_not_count() -> None:
    believer = after(RUNNING)
    assert believer.transitions(GONE, TIMED_OUT, GONE, REFUSED, QUERY_FAILED, TIMED_OUT) == []
    assert believer.state.is_suspected
    (change,) = believer.transitions(GONE)
    assert change.after is State.ENDED


@pytest.mark.parametrize("recover_after", [1, 2, 4])
@pytest.mark.parametrize("state", [State.ENDED, State.NOT_FOUND])
def test_gone_runs_again_after_so_many_in_progress_in_a_row(state: State, recover_after: int) -> None:
    believer = Believer(thresholds=Thresholds(recover_after=recover_after))
    believer.hear(*HISTORIES[state])
    for _ in range(recover_after - 1):
        assert believer.hear(RUNNING) == []
        assert believer.state.is_recovering
        assert not believer.state.is_suspected
    (change,) = believer.transitions(RUNNING)
    assert (change.before, change.after) == (state, State.RUNNING)
    assert change.word == ("recovered" if state is State.ENDED else "started")


def test_a_stray_in_progress_is_forgotten_and_is_not_having_run() -> None:
    believer = after(GONE)
    assert believer.hear(RUNNING, GONE) == []
    assert not believer.state.has_run
    (change,) = believer.transitions(RUNNING, RUNNING)
    assert change.word == "started"


def test_ended_stays_ended_and_says_so_once() -> None:
    believer = after(*HISTORIES[State.ENDED])
    assert believer.hear(GONE, GONE, GONE, GONE) == []


# Expected ends.


@pytest.mark.parametrize(
    ("ends_at", "state", "severity"),
    [
        (900.0, State.ENDED, Severity.ALARM),
        (941.0, State.FINISHED, Severity.NOTICE),
        (1000.0, State.FINISHED, Severity.NOTICE),
        (5000.0, State.FINISHED, Severity.NOTICE),
    ],
)
def test_an_end_within_the_tolerance_of_the_expected_one_or_later_is_finished(
    ends_at: float, state: State, severity: Severity
) -> None:
    believer = Believer(expected_end=1000.0, tolerance=60.0)
    believer.hear(RUNNING)
    believer.now = ends_at - 1
    changes = believer.transitions(GONE, GONE, GONE, step=1.0)
    assert (changes[-1].after, changes[-1].severity) == (state, severity)


def test_the_first_not_exist_decides_whether_the_end_was_expected() -> None:
    believer = Believer(expected_end=1000.0, tolerance=60.0)
    believer.hear(RUNNING)
    believer.now = 935.0
    (change,) = believer.transitions(GONE, GONE, GONE, step=3.0)
    assert change.after is State.ENDED


def test_running_past_the_expected_end_and_its_tolerance_is_overdue_once() -> None:
    believer = Believer(expected_end=1000.0, tolerance=60.0)
    believer.hear(RUNNING)
    believer.now = 1045.0
    assert believer.hear(RUNNING) == []
    (change,) = believer.transitions(RUNNING)
    assert (change.after, change.severity) == (State.OVERDUE, Severity.ALARM)
    assert believer.hear(RUNNING, GONE, RUNNING) == []
    (change,) = believer.transitions(GONE, GONE, GONE)
    assert (change.before, change.after) == (State.OVERDUE, State.FINISHED)


def test_overdue_is_running_again_when_the_expected_end_moves() -> None:
    believer = Believer(expected_end=10.0, tolerance=1.0)
    believer.hear(RUNNING)
    assert believer.state.state is State.OVERDUE
    believer.task = Believer().task
    (change,) = believer.transitions(RUNNING)
    assert (change.after, change.severity) == (State.RUNNING, Severity.NOTICE)


def test_finished_recovers_like_ended() -> None:
    believer = Believer(expected_end=50.0)
    believer.hear(RUNNING, GONE, GONE, GONE)
    assert believer.state.state is State.FINISHED
    (change,) = believer.transitions(RUNNING, RUNNING, step=1.0)
    assert (change.before, change.after, change.word) == (State.FINISHED, State.RUNNING, "recovered")


# Refusals.


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
@pytest.mark.parametrize("reject_after", [1, 2, 3])
def test_rejected_after_so_many_refusals_in_a_row(refusal: Failure, reject_after: int) -> None:
    believer = Believer(thresholds=Thresholds(reject_after=reject_after))
    believer.hear(RUNNING)
    for _ in range(reject_after - 1):
        assert believer.transitions(refusal) == []
        assert believer.state.state is State.RUNNING
    (change,) = believer.transitions(refusal)
    assert (change.after, change.severity, change.failure) == (State.REJECTED, Severity.ALARM, refusal)
    assert believer.state.status == RUNNING, "the last known status stays visible"
    assert believer.hear(refusal, refusal, refusal, refusal) == [], "an alarm is enough"


def test_refusals_with_an_answer_between_are_not_in_a_row() -> None:
    assert after(RUNNING).transitions(BAD_TASK_ID, RUNNING, BAD_TASK_ID, RUNNING) == []


ODD_STATES: dict[State, list[Status | Failure]] = {
    State.REJECTED: [NOT_ALLOWED, NOT_ALLOWED],
    State.UNRECOGNISED: [ODD],
}


@pytest.mark.parametrize("odd", ODD_STATES)
@pytest.mark.parametrize("state", [State.RUNNING, State.ENDED, State.NOT_FOUND])
def test_what_was_so_before_an_odd_state_is_so_again_without_an_alarm(odd: State, state: State) -> None:
    believer = after(*HISTORIES[state])
    believer.hear(*ODD_STATES[odd])
    assert believer.state.state is odd
    (change,) = believer.transitions(RUNNING if state is State.RUNNING else GONE)
    assert (change.before, change.after, change.severity) == (odd, state, Severity.NOTICE)


@pytest.mark.parametrize("odd", ODD_STATES)
def test_an_end_behind_an_odd_state_is_confirmed_and_alarms(odd: State) -> None:
    believer = after(RUNNING, *ODD_STATES[odd])
    assert believer.hear(GONE, GONE) == []
    assert (believer.state.state, believer.state.is_suspected) == (odd, True)
    (change,) = believer.transitions(GONE)
    assert (change.after, change.severity) == (State.ENDED, Severity.ALARM)


@pytest.mark.parametrize("odd", ODD_STATES)
def test_a_return_behind_an_odd_state_is_confirmed(odd: State) -> None:
    believer = after(*HISTORIES[State.ENDED], *ODD_STATES[odd])
    assert believer.hear(RUNNING) == []
    (change,) = believer.transitions(RUNNING)
    assert change.after is State.RUNNING


@pytest.mark.parametrize("odd", ODD_STATES)
def test_never_seen_before_an_odd_state(odd: State) -> None:
    (change,) = after(*ODD_STATES[odd]).transitions(GONE)
    assert change.after is State.NOT_FOUND


def test_an_early_end_is_not_finished_afterwards() -> None:
    believer = Believer(expected_end=1000.0)
    believer.hear(RUNNING, GONE, GONE, GONE, NOT_ALLOWED, NOT_ALLOWED)
    believer.now = 2000.0
    (change,) = believer.transitions(GONE)
    assert change.after is State.ENDED


# Failures.


@pytest.mark.parametrize("state", HISTORIES)
@settings(max_examples=40)
@given(failures=st.lists(st.sampled_from(OTHER_FAILURES), max_size=30), blind=st.booleans())
def test_no_sequence_of_other_failures_changes_a_belief(state: State, failures: list[Failure], blind: bool) -> None:
    believer = after(*HISTORIES[state])
    before = believer.state
    events = believer.hear(*failures, blind=blind)
    now = believer.state
    assert not any(isinstance(event, Transition) for event in events)
    assert (now.state, now.status, now.since, now.seen, now.doubt.streak) == (
        before.state,
        before.status,
        before.since,
        before.seen,
        before.doubt.streak,
    )
    assert now.trouble.failures == before.trouble.failures + len(failures)
    assert now.trouble.failure == ([before.trouble.failure, *failures][-1])


@given(st.lists(st.sampled_from([*OTHER_FAILURES, *REFUSALS, RUNNING, GONE, ODD]), max_size=40))
def test_no_end_without_three_not_exist_in_a_row(outcomes: list[Status | Failure]) -> None:
    believer = Believer()
    statuses: list[Status] = []
    for outcome in outcomes:
        statuses += [outcome] if isinstance(outcome, Status) else []
        for change in believer.transitions(outcome):
            if change.severity is Severity.ALARM and change.after is State.ENDED:
                assert statuses[-3:] == [GONE] * 3


def test_a_failure_is_noted_at_once_and_noticed_after_three() -> None:
    believer = after(RUNNING)
    assert [type(event) for event in believer.hear(QUERY_FAILED)] == [FailureNoted]
    assert believer.hear(QUERY_FAILED) == []
    (notice,) = believer.hear(QUERY_FAILED)
    assert isinstance(notice, Notice)
    assert notice.kind is NoticeKind.FAILING
    assert QUERY_FAILED.code in notice.text
    assert believer.hear(*[QUERY_FAILED] * 20) == [], "once is enough"
    assert believer.state.trouble.failures == 23
    believer.hear(RUNNING)
    assert (believer.state.trouble.failures, believer.state.trouble.failure) == (0, QUERY_FAILED)


def test_a_new_reason_is_noted() -> None:
    believer = after(RUNNING, QUERY_FAILED, QUERY_FAILED, QUERY_FAILED)
    (noted,) = believer.hear(TIMED_OUT)
    assert isinstance(noted, FailureNoted)
    assert (noted.failure, noted.count) == (TIMED_OUT, 4)


def test_failures_of_a_blind_lane_are_counted_but_not_held_against_the_task() -> None:
    believer = after(RUNNING)
    assert believer.hear(*[QUERY_FAILED] * 5, blind=True) == []
    assert believer.state.trouble.failures == 5
    events = believer.hear(QUERY_FAILED, QUERY_FAILED, QUERY_FAILED)
    assert [type(event) for event in events] == [FailureNoted, Notice], "the lane sees again and this task still fails"


# Unrecognised statuses.


@pytest.mark.parametrize("text", ["Idle", "", "inprogress", "InProgress ", "NOTEXIST", "Exited\n"])
def test_an_unrecognised_status_is_kept_verbatim_with_one_notice_and_no_alarm(text: str) -> None:
    believer = after(RUNNING)
    change, notice = believer.hear(Status.spelt(text))
    assert isinstance(change, Transition)
    assert (change.after, change.severity) == (State.UNRECOGNISED, Severity.NOTICE)
    assert isinstance(notice, Notice)
    assert notice.kind is NoticeKind.UNRECOGNISED
    assert believer.state.status is not None
    assert believer.state.status.text == text
    assert believer.hear(Status.spelt(text)) == []


# Flapping.

FLIP_DOWN, FLIP_UP = (GONE,) * 3, (RUNNING,) * 2


def test_four_flips_within_five_minutes_are_flapping_until_five_calm_minutes() -> None:
    believer = after(RUNNING)
    events = believer.hear(*FLIP_DOWN, *FLIP_UP, *FLIP_DOWN, step=5.0)
    assert not believer.state.trouble.flapping
    assert [event for event in events if isinstance(event, Notice)] == []
    events = believer.hear(*FLIP_UP, step=5.0)
    assert believer.state.trouble.flapping
    assert believer.state.is_problem
    assert [event.kind for event in events if isinstance(event, Notice)] == [NoticeKind.FLAPPING]
    events = believer.hear(*FLIP_DOWN, *FLIP_UP, step=5.0)
    assert [event for event in events if isinstance(event, Notice)] == [], "one notice for all of it"

    last_flip = believer.now
    assert calm(believer.state, last_flip + 299, believer.thresholds).trouble.flapping
    quiet = calm(believer.state, last_flip + 300, believer.thresholds)
    assert (quiet.trouble.flapping, quiet.trouble.flips) == (False, ())


def test_four_flips_in_more_than_five_minutes_are_not_flapping() -> None:
    believer = after(RUNNING)
    for outcomes in (FLIP_DOWN, FLIP_UP, FLIP_DOWN, FLIP_UP, FLIP_DOWN, FLIP_UP):
        believer.hear(*outcomes, step=101 / len(outcomes))
        assert not believer.state.trouble.flapping


@pytest.mark.parametrize("odd", ODD_STATES)
def test_odd_states_are_no_flips(odd: State) -> None:
    believer = after(RUNNING)
    for _ in range(6):
        believer.hear(*ODD_STATES[odd], RUNNING, step=1.0)
    assert not believer.state.trouble.flapping


# What a change carries.


def test_the_request_ids_bracket_an_end() -> None:
    believer = after(RUNNING, RUNNING)
    (change,) = believer.transitions(GONE, TIMED_OUT, GONE, GONE)
    assert (change.earlier_request_id, change.request_id) == ("q30", "q90")


def test_a_stray_in_progress_after_the_end_does_not_move_the_bracket() -> None:
    believer = after(*HISTORIES[State.ENDED], RUNNING)
    assert believer.state.ran_request_id == "q15"


def test_changed_while_blind_is_decided_by_the_first_answer_that_says_so() -> None:
    believer = after(RUNNING)
    assert believer.hear(GONE, after_gap=True) == []
    (change,) = believer.transitions(GONE, GONE)
    assert change.while_blind

    believer = after(RUNNING, GONE)
    (change,) = believer.transitions(GONE, GONE, after_gap=True)
    assert not change.while_blind, "the doubt is older than the gap"


def test_a_doubt_from_before_leaves_no_mark() -> None:
    believer = after(RUNNING)
    believer.hear(GONE, after_gap=True)
    believer.hear(RUNNING)
    (change,) = believer.transitions(GONE, GONE, GONE)
    assert not change.while_blind


@pytest.mark.parametrize("first", [RUNNING, GONE, ODD])
def test_the_first_sight_is_told_with_the_changes_after_it(first: Status) -> None:
    believer = Believer()
    (sight,) = believer.transitions(first)
    (told,) = believer.state.changes_of(key())
    assert told == replace(sight, request_id=told.request_id)
    believer.hear(RUNNING, GONE, RUNNING, RUNNING, GONE, GONE, GONE)
    assert believer.state.changes_of(key())[-1] == told
    assert believer.state.changes_of(key())[0].after is State.ENDED


def test_memory_of_a_task_is_bounded() -> None:
    believer = Believer()
    for _ in range(30):
        believer.hear(*FLIP_UP, *FLIP_DOWN)
    assert len(believer.state.request_ids) == REMEMBERED_REQUESTS
    assert believer.state.request_ids[0] == f"q{believer.now:.0f}"
    assert len(believer.state.changes) == REMEMBERED_CHANGES
    assert believer.state.changes[0].after is State.ENDED


def test_a_fresh_task_is_no_problem() -> None:
    assert not TaskState().is_problem


@pytest.mark.parametrize(("failures", "is_problem"), [(0, False), (1, False), (2, True)])
def test_a_single_failure_is_not_yet_a_problem(failures: int, is_problem: bool) -> None:
    assert TaskState(State.RUNNING, trouble=Trouble(failures=failures)).is_problem is is_problem


# What an earlier run believed.

NOW_AT, NOW = START_AT + 10_000.0, 77.0
"""Now, by the wall clock and by the monotonic clock of a machine that was started again."""


def test_recalled_ages_are_those_of_the_wall_clock() -> None:
    before = Believer()
    before.hear(RUNNING, RUNNING, step=600.0)
    state = recalled(before.state, NOW_AT, NOW)
    assert (state.state, state.known) == (State.RUNNING, State.RUNNING)
    assert state.since is not None
    assert state.seen is not None
    assert NOW - state.since == 10_000.0 - 600.0
    assert NOW - state.seen == 10_000.0 - 1200.0
    assert (state.seen_at, state.ran_request_id, state.changes) == (
        before.state.seen_at,
        before.state.ran_request_id,
        before.state.changes,
    )


def test_answers_in_a_row_are_not_counted_across_a_start() -> None:
    before = Believer()
    before.hear(RUNNING, GONE, GONE, step=15.0)
    before.hear(BAD_TASK_ID)
    state = recalled(before.state, NOW_AT, NOW)
    assert (state.doubt.streak, state.trouble.refusals, state.trouble.failures, state.trouble.blamed) == (0, 0, 0, 0)
    assert not state.is_problem


def test_a_change_that_nobody_watched_is_confirmed_anew_and_says_so() -> None:
    believer = Believer()
    believer.hear(RUNNING)
    believer.state = recalled(believer.state, NOW_AT, NOW)
    assert believer.transitions(GONE, GONE) == []
    (end,) = believer.transitions(GONE)
    assert (end.after, end.while_away, end.while_blind) == (State.ENDED, True, False)
    (back,) = believer.transitions(RUNNING, RUNNING)
    assert not back.while_away


def test_an_answer_that_bears_it_out_makes_it_this_runs_own() -> None:
    believer = Believer()
    believer.hear(RUNNING)
    believer.state = recalled(believer.state, NOW_AT, NOW)
    assert believer.transitions(RUNNING) == []
    (end,) = believer.transitions(GONE, GONE, GONE)
    assert not end.while_away


def test_what_is_too_old_or_was_never_seen_is_no_belief() -> None:
    believer = Believer()
    believer.hear(RUNNING)
    seen_at = START_AT + believer.now
    assert recalled(believer.state, seen_at + BELIEVED_FOR, NOW).state is State.RUNNING
    assert recalled(believer.state, seen_at + BELIEVED_FOR + 1, NOW) == TaskState()
    never = Believer()
    never.hear(BAD_TASK_ID, BAD_TASK_ID)
    assert recalled(never.state, NOW_AT, NOW) == TaskState()


def test_an_odd_belief_that_does_not_say_what_was_known_before_is_none() -> None:
    """As a journal of an earlier version may have it."""
    believer = after(RUNNING, BAD_TASK_ID, BAD_TASK_ID)
    whole = recalled(believer.state, NOW_AT, NOW)
    assert (whole.state, whole.known) == (State.REJECTED, State.RUNNING)
    assert recalled(replace(believer.state, trouble=Trouble()), NOW_AT, NOW) == TaskState()


def test_a_clock_set_back_puts_nothing_into_the_future() -> None:
    believer = Believer()
    believer.hear(RUNNING, RUNNING)
    state = recalled(believer.state, START_AT - 3600.0, NOW)
    assert (state.since, state.seen) == (NOW, NOW)


@given(st.floats(0, 20_000), st.floats(0, 7_200), st.floats(0, 1e6))
def test_the_strip_of_an_earlier_run_shows_the_time_in_between_as_unseen(
    ran_for: float, away: float, started: float
) -> None:
    believer = Believer()
    believer.now = 123.0
    believer.hear(*[RUNNING] * int(ran_for // 60 + 1), step=60.0)
    state = recalled(believer.state, START_AT + believer.now + away, started)
    assert state.seen is not None
    painted = list(strip.cells(strip.cells_until(state.strip, started)))
    newest = strip.cell_number(started) - strip.cell_number(state.seen)
    assert not any(painted[strip.CELLS - newest :] if newest else []), "nobody looked since"
    if newest < strip.CELLS:
        assert painted[strip.CELLS - 1 - newest] is Seen.RUNNING
