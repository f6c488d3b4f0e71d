from __future__ import annotations

import math
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaytui.core.observation import Failure
from relaytui.core.queue import LENT_SECONDS, Class, Intervals, Queue, plan
from relaytui.core.task import State, Status, TaskKey
from relaytui.core.task_state import TaskState, Trouble
from tests.core.answers import BAD_TASK_ID, GONE, ODD, QUERY_FAILED, RUNNING, THROTTLED, Believer, key

AMPLE = 100.0
"""Requests per second that stretch no interval here."""


def queue(*waiting: tuple[str, Class, float]) -> Queue:
    made = Queue(Intervals())
    for name, group, due in waiting:
        made.put(key(name), group, due)
    return made


def taken(made: Queue, now: float, capacity: float = AMPLE) -> list[str]:
    """All that is due, in the order in which it is asked."""
    names = []
    while (task := made.take(now)) is not None:
        names.append(task.task_id)
    return names


def test_earliest_deadline_first_and_list_order_among_equals() -> None:
    made = queue(("c", Class.RUNNING, 3.0), ("a", Class.RUNNING, 1.0), ("b", Class.RUNNING, 1.0))
    assert made.next_due() == 1.0
    assert taken(made, 0.9) == []
    assert taken(made, 5.0) == ["a", "b", "c"]


def test_classes_in_order_of_urgency() -> None:
    made = queue(*((group.name, group, 10.0 - group) for group in reversed(Class) if group is not Class.VISIBLE))
    made.put(key("VISIBLE"), Class.RUNNING, 9.9)
    made.show([key("VISIBLE")])
    # Running and resting tasks are one queue by deadline; resting was due earlier here.
    assert taken(made, 10.0) == ["AD_HOC", "CONFIRM", "PROBLEM", "VISIBLE", "RESTING", "RUNNING"]


def test_putting_again_replaces() -> None:
    made = queue(("a", Class.RUNNING, 1.0), ("b", Class.RUNNING, 2.0))
    made.put(key("a"), Class.CONFIRM, 3.0)
    assert taken(made, 2.0) == ["b"]
    assert taken(made, 3.0) == ["a"]
    assert len(made) == 2


def test_removed_is_forgotten() -> None:
    made = queue(("a", Class.RUNNING, 1.0), ("b", Class.RUNNING, 2.0))
    made.remove(key("a"))
    made.remove(key("a"))
    assert taken(made, 5.0) == ["b"]
    assert key("a") not in made
    made.put(key("a"), Class.RUNNING, 6.0)
    assert taken(made, 6.0) == ["a"]


steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "remove", "hasten"]),
        st.integers(0, 9),
        st.sampled_from([Class.CONFIRM, Class.PROBLEM, Class.RUNNING, Class.RESTING]),
        st.integers(0, 5),
    ),
    max_size=60,
)


@given(steps)
def test_whatever_comes_and_goes_each_is_asked_once_and_by_deadline(
    steps: list[tuple[str, int, Class, int]],
) -> None:
    made, expected = Queue(Intervals()), dict[str, tuple[Class, float]]()
    for step, name, group, due in steps:
        match step:
            case "put":
                made.put(key(f"{name}"), group, float(due))
                expected[f"{name}"] = group, float(due)
            case "remove":
                made.remove(key(f"{name}"))
                expected.pop(f"{name}", None)
            case _:
                made.hasten(float(due))
                expected = {each: (own, min(until, due)) for each, (own, until) in expected.items()}
        assert made.next_due() == pytest.approx(
            min((until for _, until in expected.values()), default=math.inf), abs=1e-4
        )
    assert {each.task_id for each in made} == expected.keys()
    assert len(made) == len(expected)
    asked = taken(made, 9.0)
    assert sorted(asked) == sorted(expected)
    for group in {own for own, _ in expected.values()}:
        deadlines = [expected[each][1] for each in asked if expected[each][0] is group]
        assert deadlines == sorted(deadlines), group


def test_a_lost_answer_does_not_lose_the_task() -> None:
    made = queue(("a", Class.CONFIRM, 1.0))
    assert taken(made, 1.0) == ["a"]
    assert taken(made, 1.0 + LENT_SECONDS - 0.1) == []
    assert taken(made, 1.0 + Intervals().running) == ["a"]


def test_an_empty_queue_is_never_due() -> None:
    assert queue().next_due() == math.inf
    assert queue().take(1e9) is None


# The screen.


def test_rows_on_the_screen_go_before_those_nobody_looks_at() -> None:
    made = queue(("a", Class.RUNNING, 1.0), ("b", Class.RUNNING, 2.0), ("c", Class.RESTING, 3.0))
    made.show([key("b"), key("c")])
    assert taken(made, 5.0) == ["b", "c", "a"]
    made = queue(("a", Class.RUNNING, 1.0), ("b", Class.RUNNING, 2.0))
    made.show([key("b")])
    made.show([])
    assert taken(made, 5.0) == ["a", "b"]


def test_a_resting_row_on_the_screen_is_asked_like_a_running_one() -> None:
    made = queue(("a", Class.RESTING, 0.0))
    made.show([key("a")])
    for moment in (0.0, 15.0, 30.0):
        assert made.next_due() == moment
        assert taken(made, moment) == ["a"]
        made.plan(key("a"), Class.RESTING, moment, None, AMPLE)
    made.show([])
    made.plan(key("a"), Class.RESTING, 30.0, None, AMPLE)
    assert made.next_due() == 90.0


def test_scrolling_up_and_down_asks_nothing_twice() -> None:
    made = queue(("a", Class.RESTING, -1.0), ("b", Class.RUNNING, 0.0))
    assert taken(made, 0.0) == ["a", "b"]
    for name, group in (("a", Class.RESTING), ("b", Class.RUNNING)):
        made.plan(key(name), group, 0.1, None, AMPLE)
    for _ in range(20):
        made.show([key("a"), key("b")])
        made.show([])
    assert made.next_due() >= 15.0


def test_urgent_tasks_stay_urgent_on_the_screen() -> None:
    made = queue(("a", Class.CONFIRM, 5.0), ("b", Class.RUNNING, 1.0))
    made.show([key("a"), key("b")])
    assert taken(made, 5.0) == ["a", "b"]


# Asking early.


def test_hasten_makes_all_due_in_the_order_they_had() -> None:
    made = queue(("c", Class.RUNNING, 30.0), ("a", Class.RESTING, 10.0), ("b", Class.RUNNING, 20.0))
    made.show([key("c")])
    made.hasten(5.0)
    assert taken(made, 5.0) == ["c", "a", "b"]


def test_the_soonest_is_preferably_another() -> None:
    made = queue(("a", Class.RUNNING, 10.0), ("b", Class.RESTING, 20.0))
    assert made.take_soonest(0.0, lambda asked: (asked == key("a"),)) == key("b")
    made = queue(("a", Class.PROBLEM, 10.0), ("b", Class.RUNNING, 20.0))
    assert made.take_soonest(0.0, lambda _: ()) == key("b"), "one that is well tells more"
    made = queue(("a", Class.RUNNING, 10.0), ("b", Class.RUNNING, 20.0))
    assert made.take_soonest(0.0, lambda _: ()) == key("a")
    assert made.next_due() == LENT_SECONDS, "it was lent, so it is planned ahead"


# Too long a list.


def test_intervals_hold_while_the_list_fits() -> None:
    made = queue(*((str(number), Class.RUNNING, 0.0) for number in range(150)))
    assert made.gap(Class.RUNNING, 10.0) == 15.0
    assert made.gap(Class.RESTING, 10.0) == 60.0


def test_all_slow_down_in_proportion_and_urgent_rows_last() -> None:
    waiting = [(f"r{number}", Class.RUNNING, 0.0) for number in range(300)]
    waiting += [(f"e{number}", Class.RESTING, 0.0) for number in range(600)]
    made = queue(*waiting)
    assert made.gap(Class.RUNNING, 10.0) == pytest.approx(45.0)
    assert made.gap(Class.RESTING, 10.0) == pytest.approx(180.0)
    for number in range(20):
        made.put(key(f"p{number}"), Class.PROBLEM, 0.0)
    assert made.gap(Class.PROBLEM, 10.0) == 5.0
    assert made.gap(Class.RUNNING, 10.0) == pytest.approx(75.0), "4 of 10 requests a second go to the 20 problems"
    for number in range(20, 100):
        made.put(key(f"p{number}"), Class.PROBLEM, 0.0)
    assert made.gap(Class.PROBLEM, 10.0) == pytest.approx(5 * 20 / 6), "six of ten at most"
    assert made.gap(Class.RUNNING, 10.0) == pytest.approx(15 * 30 / 4)


sizes = st.integers(0, 60)


@settings(max_examples=20, deadline=None)
@given(st.fixed_dictionaries({group: sizes for group in Class if group is not Class.AD_HOC}), st.integers(1, 20))
def test_nobody_starves_whatever_the_mix(mix: dict[Class, int], capacity: int) -> None:
    made, groups = Queue(Intervals()), dict[TaskKey, Class]()
    for group, count in mix.items():
        for number in range(count):
            task = key(f"{group.name}-{number}")
            groups[task] = Class.RUNNING if group is Class.VISIBLE else group
            made.put(task, groups[task], 0.0)
    made.show([task for task in groups if task.task_id.startswith("VISIBLE")])
    intervals = Intervals()
    bound = {
        group: (1.0 if group is Class.CONFIRM else intervals.of(group)) * max(1.0, made.stretch(group, capacity))
        + 1.2 * (count + 1) / (group.reserved * capacity)
        + 3.0
        for group, count in mix.items()
    }
    asked: dict[TaskKey, float] = defaultdict(float)
    now, end = 0.0, 2 * max(bound.values(), default=0.0)
    while now < end:
        task_key = made.take(now)
        if task_key is not None:
            name = task_key.task_id.split("-")[0]
            assert now - asked[task_key] <= bound[Class[name]], f"{name} starves in {mix}"
            asked[task_key] = now
            delay = 1.0 if groups[task_key] is Class.CONFIRM else None
            made.plan(task_key, groups[task_key], now, delay, capacity)
        now += 1 / capacity
    for task_key in groups:
        assert end - asked[task_key] <= bound[Class[task_key.task_id.split("-")[0]]]


def test_the_age_of_the_most_overdue_row() -> None:
    made = queue(("a", Class.RUNNING, 0.0), ("b", Class.RESTING, 0.0))
    assert made.oldest(4.0) == 4.0, "never asked: since it is on the list"
    taken(made, 10.0)
    made.plan(key("a"), Class.RUNNING, 10.0, None, AMPLE)
    assert made.oldest(20.0) == 0.0
    assert made.oldest(32.0) == 22.0


# Which class a belief belongs to.


def planned(*outcomes: Status | Failure, expected_end: float | None = None) -> tuple[Class, float | None]:
    believer = Believer(expected_end=expected_end)
    believer.hear(*outcomes)
    return plan(believer.state, Intervals())


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], (Class.RUNNING, None)),
        ([RUNNING], (Class.RUNNING, None)),
        ([GONE], (Class.RESTING, None)),
        ([RUNNING, GONE], (Class.CONFIRM, 1.0)),
        ([RUNNING, GONE, GONE], (Class.CONFIRM, 2.0)),
        ([RUNNING, GONE, GONE, GONE], (Class.RESTING, None)),
        ([GONE, RUNNING], (Class.CONFIRM, 1.0)),
        ([RUNNING, QUERY_FAILED], (Class.PROBLEM, 1.0)),
        ([RUNNING, QUERY_FAILED, QUERY_FAILED], (Class.PROBLEM, 2.0)),
        ([RUNNING, *[QUERY_FAILED] * 3], (Class.PROBLEM, None)),
        ([RUNNING, GONE, QUERY_FAILED], (Class.CONFIRM, 1.0)),
        ([RUNNING, GONE, *[QUERY_FAILED] * 3], (Class.PROBLEM, None)),
        ([RUNNING, THROTTLED], (Class.RUNNING, 1.0)),
        ([GONE, THROTTLED], (Class.RESTING, 1.0)),
        ([RUNNING, BAD_TASK_ID, BAD_TASK_ID], (Class.RESTING, None)),
        ([RUNNING, BAD_TASK_ID, BAD_TASK_ID, GONE], (Class.CONFIRM, 1.0)),
        ([RUNNING, ODD], (Class.PROBLEM, None)),
        ([RUNNING, ODD, GONE], (Class.CONFIRM, 1.0)),
    ],
)
def test_which_class_and_how_soon(outcomes: list[Status | Failure], expected: tuple[Class, float | None]) -> None:
    assert planned(*outcomes) == expected


def test_overdue_is_a_problem() -> None:
    assert planned(RUNNING, expected_end=-100.0) == (Class.PROBLEM, None)


def test_a_state_without_a_reason_is_planned_all_the_same() -> None:
    assert plan(TaskState(state=State.RUNNING, trouble=Trouble(failures=2)), Intervals()) == (Class.RUNNING, None)


def test_intervals_keep_their_ratio() -> None:
    scaled = Intervals.scaled(3.0)
    assert (scaled.running, scaled.problem, scaled.resting) == (3.0, 1.0, 12.0)
    assert scaled.confirm == Intervals().confirm
