"""A replay against the board that was: what was recorded of it says the same at every moment."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaytui.core import strip
from relaytui.core.board import Board
from relaytui.core.events import Blinded, Event, Notice, NoticeKind, NotWatching, Sighted
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Failure, Observation
from relaytui.core.replay import Recording, Replay
from relaytui.core.run import Run
from relaytui.core.strip import Seen
from relaytui.core.task import State, Status
from relaytui.core.task_state import TaskState
from relaytui.core.transition import Severity, Transition
from relaytui.core.update import Relisted, Update
from tests.core.answers import (
    BAD_TASK_ID,
    GONE,
    LANE,
    ODD,
    QUERY_FAILED,
    REFUSED,
    RUNNING,
    START_AT,
    TIMED_OUT,
    key,
    task,
)

STEP = 16.0
"""Seconds between two answers; a power of two, so that nothing is lost in halves."""
OUTCOMES = st.lists(
    st.sampled_from([RUNNING, RUNNING, GONE, GONE, GONE, QUERY_FAILED, TIMED_OUT, BAD_TASK_ID, ODD]), max_size=40
)


def recorded(*answers: list[Status | Failure]) -> tuple[Recording, list[tuple[float, list[TaskState]]]]:
    """What a journal has of tasks 0, 1, … that were answered so, and what the board was after each round."""
    board = Board(task(number) for number in range(len(answers)))
    runs: dict[int, list[Run]] = {number: [] for number in range(len(answers))}
    events: list[Event] = []
    truth = []
    for round_ in range(max(map(len, answers), default=0)):
        at = START_AT + STEP * (round_ + 1)
        for number, outcomes in enumerate(answers):
            if round_ < len(outcomes):
                update = board.apply(Observation(key(number), outcomes[round_], at, at, 0.05, f"q{number}-{round_}"))
                assert update is not None
                newest = Run.newest_of(update.state)
                assert newest is not None
                mine = runs[number]
                if mine and (joined := mine[-1].joined(newest)):
                    mine[-1] = joined
                else:
                    mine.append(newest)
                events += update.events
        truth.append((at, [board.state(key(number)) for number in range(len(answers))]))
    changes = {
        key(number): [e for e in events if isinstance(e, Transition) and e.key == key(number)]
        for number in range(len(answers))
    }
    tasks = [task(number) for number in range(len(answers))]
    end = START_AT + STEP * (len(truth) + 1)
    return Recording(START_AT, end, tasks, {key(n): found for n, found in runs.items()}, changes, events), truth


def same(found: TaskState, true: TaskState, at: float) -> None:
    for name in ("state", "known", "status", "since_at", "seen_at"):
        assert getattr(found, name) == getattr(true, name), name
    for name in ("failures", "failure", "failed_at"):
        assert getattr(found.trouble, name) == getattr(true.trouble, name), name
    if true.state.is_alive:  # a return that is being confirmed is not told apart
        assert found.doubt == true.doubt
        assert found.has_run == true.has_run
    assert told(found) == told(true)
    assert cells(found, at) == cells(true, at)


def told(state: TaskState) -> list[Transition]:
    """The changes; the journal knows the RequestId of the first sight, the belief does not remember it."""
    return [
        replace(change, request_id="") if change.severity is Severity.INFO else change
        for change in state.changes_of(key(0))
    ]


def cells(state: TaskState, at: float) -> list[Seen]:
    return list(strip.cells(strip.cells_until(state.strip, at)))


@settings(deadline=None)
@given(OUTCOMES)
def test_the_board_is_at_every_moment_as_it_was(outcomes: list[Status | Failure]) -> None:
    recording, truth = recorded(outcomes)
    replay = Replay(recording)
    for at, (true,) in reversed(truth):
        for moment in (at, at + STEP / 2):
            (update,) = (item for item in replay.seek(moment) if isinstance(item, Update))
            same(update.state, true, moment)


@settings(deadline=None)
@given(OUTCOMES, OUTCOMES, st.floats(1.0, 100.0))
def test_playing_tells_all_that_happened_once_and_ends_where_seeking_does(
    one: list[Status | Failure], other: list[Status | Failure], pace: float
) -> None:
    recording, _ = recorded(one, other)
    replay = Replay(recording)
    seen = {u.task.key: u.state for u in replay.seek(recording.begin) if isinstance(u, Update)}
    events: list[Event] = []
    while replay.at < recording.end:
        for item in replay.advance(pace):
            if isinstance(item, Update):
                seen[item.task.key] = item.state
                events += item.events
    assert sorted(events, key=id) == sorted(recording.events, key=id)
    for update in replay.seek(recording.end):
        assert isinstance(update, Update)
        state = seen[update.task.key]
        same(state, update.state, recording.end)


def test_nothing_is_believed_before_the_first_answer() -> None:
    recording, _ = recorded([RUNNING])
    (update,) = Replay(recording).seek(START_AT + 1)
    assert isinstance(update, Update)
    assert update.state == TaskState()


def test_what_was_before_the_recording_is_known_from_the_change_before_or_after_it() -> None:
    recording, _ = recorded([RUNNING, RUNNING, GONE, GONE, GONE])
    later = Recording(
        START_AT + 40,
        recording.end,
        recording.tasks,
        recording.runs,
        {
            name: [change for change in changes if change.after is State.ENDED]
            for name, changes in recording.changes.items()
        },
    )
    (update,) = Replay(later).seek(START_AT + 40)
    assert isinstance(update, Update)
    assert update.state.state is State.RUNNING
    assert not update.state.changes


def test_stepping_goes_from_change_to_change() -> None:
    recording, _ = recorded([RUNNING, GONE, GONE, GONE, RUNNING, RUNNING])
    replay = Replay(recording)
    forward = []
    while (at := replay.step(1)) is not None:
        replay.seek(at)
        forward.append(at - START_AT)
    assert forward == [4 * STEP, 6 * STEP], "that it was seen first is no change to stop at"
    back = []
    while (at := replay.step(-1)) is not None:
        replay.seek(at)
        back.append(at - START_AT)
    assert back == [4 * STEP]


def test_it_stays_within_the_recording() -> None:
    recording, _ = recorded([RUNNING])
    replay = Replay(recording)
    replay.seek(0.0)
    assert replay.at == recording.begin
    replay.advance(1e9)
    assert replay.at == recording.end


@pytest.mark.parametrize(("at", "is_blind"), [(5.0, None), (15.0, True), (25.0, False)])
def test_lanes_are_blind_when_they_were(at: float, is_blind: bool | None) -> None:
    events: list[Event] = [
        Blinded(LANE, START_AT + 10, REFUSED, START_AT + 8, START_AT + 7),
        Sighted(LANE, START_AT + 20, REFUSED, START_AT + 8, START_AT + 7),
        Notice(START_AT + 21, NoticeKind.FAULT, "a notice of no task"),
    ]
    replay = Replay(Recording(START_AT, START_AT + 30, [task("a")], {}, {}, events))
    lanes = [item for item in replay.seek(START_AT + at) if isinstance(item, LaneView)]
    assert [view.is_blind for view in lanes] == ([] if is_blind is None else [is_blind])
    assert all(view.tasks == 1 for view in lanes)
    replay.seek(START_AT)
    told = replay.advance(30)
    assert [item for item in told if not isinstance(item, LaneView)] == events
    assert any(isinstance(item, LaneView) for item in told)


def test_a_process_that_ended_blind_leaves_nobody_blind_once_the_next_one_has_seen() -> None:
    runs = [Run(RUNNING, START_AT + first, START_AT + last, 9) for first, last in ((1, 29), (40, 49), (70, 90))]
    blinded = [Blinded(LANE, START_AT + at, REFUSED, START_AT + at, None) for at in (30, 60)]
    replay = Replay(Recording(START_AT, START_AT + 100, [task()], {key(): runs}, {}, blinded))

    def is_blind(at: float) -> list[bool]:
        return [view.is_blind for view in replay.seek(START_AT + at) if isinstance(view, LaneView)]

    assert [is_blind(at) for at in (20, 35, 45, 65, 75)] == [[], [True], [False], [True], [False]]
    replay.seek(START_AT + 35)
    told = [view.is_blind for view in replay.advance(10) if isinstance(view, LaneView)]
    assert told == [False], "and it is told when it happens"


def test_a_long_run_is_seen_as_often_as_it_was_answered() -> None:
    run = Run(RUNNING, START_AT, START_AT + 7000, 3)
    replay = Replay(Recording(START_AT, START_AT + 7200, [task("a")], {key("a"): [run]}))
    (update,) = (item for item in replay.seek(START_AT + 7100) if isinstance(item, Update))
    seen = [bool(cell) for cell in cells(update.state, START_AT + 7100)]
    assert sum(seen) == 1, "the answer of 3500 is too long ago by then, and nobody looked in between"
    assert all(earlier <= later for earlier, later in pairwise(seen))


def test_a_change_of_the_list_is_told_and_takes_no_task_away() -> None:
    replay = Replay(Recording(START_AT, START_AT + 30, [task("a")], {}, {}, [Relisted(START_AT + 5, (), "1 added")]))
    replay.seek(START_AT)
    assert replay.advance(10) == [Relisted(START_AT + 5, (task("a"),), "1 added")]


def test_it_opens_shortly_before_the_first_change() -> None:
    quiet = [RUNNING] * 200
    replay = Replay(recorded([*quiet, GONE, GONE, GONE])[0])
    replay.seek(replay.opening(60.0))
    (first,) = replay.changes
    assert replay.at == first - 60.0
    # That nobody watched before is no change of what was watched.
    gap = NotWatching(START_AT + 1.0, START_AT, "started anew")
    recording = replace(replay.recording, events=[gap, *replay.recording.events])
    assert Replay(recording).opening(60.0) == first - 60.0


def test_where_nothing_changes_it_opens_before_the_first_answer() -> None:
    recording = recorded([RUNNING])[0]
    assert Replay(recording).opening(1.0) == START_AT + STEP - 1.0
    assert Replay(recording).opening(60.0) == START_AT
