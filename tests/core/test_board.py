from __future__ import annotations

from relaytui.core.board import Board
from relaytui.core.events import Notice, NoticeKind
from relaytui.core.observation import Failure, Observation
from relaytui.core.task import State, Status, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState, Thresholds
from relaytui.core.transition import Transition
from tests.core.answers import GONE, RUNNING, key, observation, task


def feed(
    board: Board, *answers: tuple[float, Status | Failure], name: str = "a", gap_began: float | None = None
) -> list[object]:
    """The events of these (moment, outcome) answers."""
    events: list[object] = []
    for moment, outcome in answers:
        update = board.apply(observation(outcome, moment, name), gap_began=gap_began)
        assert update is not None
        events += update.events
    return events


def transitions(events: list[object]) -> list[Transition]:
    return [event for event in events if isinstance(event, Transition)]


def test_a_task_started_anew_brings_the_changes_of_the_one_it_replaces() -> None:
    old, other = WatchedTask(key("old")), WatchedTask(key("other"))
    board = Board([old, other])
    board.apply(observation(RUNNING, 1.0, "old"))
    changes = board.state(old.key).changes_of(old.key)
    assert [change.after for change in changes] == [State.RUNNING]
    board.set_tasks([old._replace(key=key("new"), replaces=("old",)), other._replace(replaces=("old",))])
    assert board.state(key("new")) == TaskState(changes=changes)
    assert board.state(other.key) == TaskState()


def test_another_process_knows_of_an_earlier_beginning_but_not_of_a_later_one() -> None:
    """Two boards watch one list; the second takes over from the first, or the first from the second."""
    first, second = Board([task("a")]), Board([task("a")])
    feed(first, (10.0, RUNNING), (40.0, RUNNING))
    feed(second, (25.0, RUNNING), (41.0, RUNNING))
    wall = observation(RUNNING, 50.0, "a").at
    second_saw = second.state(key("a"))
    second.recall({key("a"): first.state(key("a"))}, wall, 50.0)
    assert second.state(key("a")).since == 10.0
    assert first.recall({key("a"): second_saw}, wall, 50.0) == []
    assert first.state(key("a")).since == 10.0


def test_tasks_keep_list_order_and_start_pending() -> None:
    board = Board([task("b"), task("a"), task("c")])
    assert [update.task.key.task_id for update in board] == ["b", "a", "c"]
    assert [task_key.task_id for task_key in board.tasks] == ["b", "a", "c"]
    assert board.counts() == {State.PENDING: 3}
    assert len(board) == 3


def test_an_answer_changes_its_task_only() -> None:
    board = Board([task("a"), task("b")])
    update = board.apply(observation(RUNNING, 1.0, "a"))
    assert update is not None
    assert update.task == task("a")
    assert update.state == board.state(key("a"))
    assert [event.after for event in update.events if isinstance(event, Transition)] == [State.RUNNING]
    assert board.counts() == {State.RUNNING: 1, State.PENDING: 1}


def test_an_answer_about_a_task_nobody_watches_is_dropped() -> None:
    board = Board([task("a")])
    assert board.apply(observation(RUNNING, 1.0, "stranger")) is None
    board.remove(key("a"))
    assert board.apply(observation(RUNNING, 2.0, "a")) is None
    assert key("a") not in board
    board.remove(key("a"))


def test_adding_again_takes_new_texts_and_keeps_the_belief() -> None:
    board = Board([task("a")])
    feed(board, (1.0, RUNNING))
    board.add(WatchedTask(key("a"), label="cam 2"))
    assert board.tasks[key("a")].name == "cam 2"
    assert board.state(key("a")).state is State.RUNNING
    board.add(task("b"))
    assert board.state(key("b")).state is State.PENDING


def test_thresholds_are_the_boards() -> None:
    board = Board([task("a")], Thresholds(alarm_after=1))
    assert transitions(feed(board, (1.0, RUNNING), (2.0, GONE)))[-1].after is State.ENDED


def test_a_change_is_while_blind_where_the_task_was_not_seen_since_the_gap() -> None:
    board = Board([task("a"), task("b")])
    feed(board, (10.0, RUNNING), name="a")
    feed(board, (10.0, RUNNING), name="b")
    # Blind from 20 to 80. Task b is seen running once after that, so its end is no matter of the gap.
    feed(board, (81.0, RUNNING), name="b", gap_began=20.0)
    (end,) = transitions(feed(board, (82.0, GONE), (83.0, GONE), (84.0, GONE), name="a", gap_began=20.0))
    assert end.while_blind
    (end,) = transitions(feed(board, (82.0, GONE), (83.0, GONE), (84.0, GONE), name="b", gap_began=20.0))
    assert not end.while_blind


def test_a_first_answer_after_a_gap_is_no_change_while_blind() -> None:
    (start,) = transitions(feed(Board([task("a")]), (81.0, RUNNING), gap_began=20.0))
    assert not start.while_blind


def test_the_wall_clock_does_not_decide_what_happened_while_blind() -> None:
    board = Board([task("a")])
    feed(board, (10.0, RUNNING))
    # Somebody sets the clock back an hour: `at` goes back, moments do not.
    for moment in (30.0, 31.0, 32.0):
        answer = observation(GONE, moment)
        object.__setattr__(answer, "at", answer.at - 3600)
        update = board.apply(answer, gap_began=5.0)
    assert update is not None
    (end,) = transitions(list(update.events))
    assert not end.while_blind


def test_the_end_of_flapping_is_told() -> None:
    board = Board([task("a")])
    flips = [RUNNING, RUNNING, GONE, GONE, GONE]
    answers = [(float(moment), flips[moment % 5]) for moment in range(20)]
    kinds = [event.kind for event in feed(board, *answers) if isinstance(event, Notice)]
    assert kinds == [NoticeKind.FLAPPING]
    assert feed(board, (300.0, GONE)) == []
    (calm,) = feed(board, (330.0, GONE))
    assert isinstance(calm, Notice)
    assert calm.kind is NoticeKind.CALM
    assert not board.state(key("a")).trouble.flapping


def test_a_new_list_keeps_what_is_believed_of_tasks_that_stay() -> None:
    first, second, third = (WatchedTask(TaskKey("p", "r", 1, name)) for name in "abc")
    board = Board([first, second])
    board.apply(Observation(first.key, RUNNING, 0.0, 0.0))
    board.set_tasks([third, first])
    assert [update.task for update in board] == [third, first]
    assert board.state(first.key).state is State.RUNNING
    assert second.key not in board
