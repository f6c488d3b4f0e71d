"""The lines of the table without a screen: whatever happens, they are what a table made anew would show."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState, Trouble
from relaytui.core.update import Update
from relaytui.core.view import View
from relaytui.ui.rows import SORTS, Head, Lines
from relaytui.ui.tally import Row

GROUPS = ("", "cup", "lobby", "final")
STATES = st.builds(
    TaskState,
    state=st.sampled_from(State),
    since=st.none() | st.integers(0, 50).map(float),
    seen=st.none() | st.integers(0, 50).map(float),
    trouble=st.builds(Trouble, failures=st.integers(0, 3)),
    strip=st.integers(0, 2**36 - 1),
)
VIEWS = st.builds(
    View,
    sort=st.sampled_from(SORTS),
    reverse=st.booleans(),
    pinned=st.booleans(),
    only_problems=st.booleans(),
    grouped=st.booleans(),
    folds=st.frozensets(st.sampled_from(GROUPS)),
)


def task(number: int, group: str = "", **more: Any) -> WatchedTask:
    key = TaskKey("east" if number % 2 else "west", f"ap-{number % 3}", 1 + number % 4, f"task-{number:02}")
    return WatchedTask(key, group=group)._replace(**more)


def tasks(count: int) -> st.SearchStrategy[list[WatchedTask]]:
    one = st.tuples(st.sampled_from(GROUPS), st.sampled_from(("", "cam", "cam 2", "Übung")), st.booleans())
    return st.lists(one, min_size=count, max_size=count).map(
        lambda texts: [
            task(number, group, label=label, note=label, paused=paused)
            for number, (group, label, paused) in enumerate(texts)
        ]
    )


def told(lines: Lines) -> list[object]:
    """What a person would see of the lines, and all that is counted."""
    shown: list[object] = [
        line.task.key
        if isinstance(line, Row)
        else (line.name, line.number, line.folded, line.tasks, line.problems, +line.states)
        for line in lines.shown
    ]
    return [*shown, lines.held_count, lines.problem_count, lines.hidden_problems]


def holds(task: WatchedTask, state: TaskState) -> bool:
    return state.trouble.failures < 2 and task.label != "cam"


def fresh(updates: list[Update], view: View, blind: frozenset[str]) -> Lines:
    lines = Lines()
    lines.set_blind(blind)
    lines.look_at(view, holds)
    lines.load(updates)
    return lines


@given(st.data(), VIEWS)
@settings(deadline=None)
def test_after_any_updates_the_lines_are_as_if_made_anew(data: st.DataObject, view: View) -> None:
    updates = [Update(each, TaskState()) for each in data.draw(tasks(8))]
    lines = fresh(updates, view, frozenset())
    blind: frozenset[str] = frozenset()
    for _ in range(data.draw(st.integers(1, 12))):
        index = data.draw(st.integers(0, 7))
        updates[index] = updates[index]._replace(state=data.draw(STATES))
        before = list(lines.shown)
        moved = lines.put(lines.rows[updates[index].task.key], updates[index])
        assert moved or before == lines.shown
        if data.draw(st.booleans()):
            blind = data.draw(st.frozensets(st.sampled_from(("east", "west"))))
            lines.set_blind(blind)
        assert told(lines) == told(fresh(updates, view, blind))
        for position, line in enumerate(lines.shown):
            assert lines.position(line) == position
            assert line in lines


@given(st.data(), VIEWS, VIEWS)
@settings(deadline=None)
def test_another_view_and_another_list_are_as_if_made_anew(data: st.DataObject, before: View, after: View) -> None:
    updates = [Update(each, data.draw(STATES)) for each in data.draw(tasks(6))]
    lines = fresh(updates, before, frozenset())
    lines.look_at(after, holds)
    assert told(lines) == told(fresh(updates, after, frozenset()))
    edited = data.draw(st.permutations(updates))[: data.draw(st.integers(0, 6))]
    lines.load(edited)
    assert told(lines) == told(fresh(edited, after, frozenset()))
    assert all(row in lines for row in lines.shown)
    gone = [row for update in updates if (row := lines.rows.get(update.task.key)) and row not in lines.shown]
    assert all(row not in lines for row in gone)


@given(st.data(), st.sampled_from(SORTS[1:]))
def test_the_other_way_round_is_the_other_way_round(data: st.DataObject, title: str) -> None:
    updates = [Update(each, data.draw(STATES)) for each in data.draw(tasks(6))]
    view = View(sort=title, pinned=False)
    lines = Lines()
    lines.load(updates)
    lines.look_at(view, None)
    upward = [lines.place(line)[2] for line in lines.shown]
    assert upward == sorted(upward)
    order = {id(line): value for line, value in zip(lines.shown, upward, strict=True)}
    lines.look_at(view._replace(reverse=True), None)
    downward = [order[id(line)] for line in lines.shown]
    assert downward == sorted(upward, reverse=True)


@pytest.mark.parametrize("folded", [True, False])
def test_a_row_under_the_cursor_stays_until_the_cursor_leaves(folded: bool) -> None:
    lines = Lines()
    lines.load([Update(task(number, "cup"), TaskState(State.ENDED)) for number in range(3)])
    lines.look_at(View(only_problems=True, grouped=True, folds=frozenset(["cup"] if folded else [])), None)
    row = lines.rows[task(1).key]
    lines.keep(row)
    lines.put(row, Update(row.task, TaskState(State.RUNNING)))
    assert (row in lines) is not folded
    assert lines.held_count == 2
    assert lines.keep(None)
    assert row not in lines.shown
    assert not lines.keep(None)


def test_another_order_keeps_no_row_that_the_filter_hides() -> None:
    lines = Lines()
    lines.load([Update(task(number), TaskState(State.ENDED)) for number in range(3)])
    lines.look_at(View(only_problems=True), None)
    row = lines.rows[task(1).key]
    lines.keep(row)
    lines.put(row, Update(row.task, TaskState(State.RUNNING)))
    lines.look_at(lines.view._replace(sort="TASK", reverse=True, pinned=False), None)
    assert [line.task.key for line in lines.shown if isinstance(line, Row)] == [task(2).key, task(0).key]


def test_groups_are_numbered_in_the_order_of_the_list_and_those_without_one_come_last() -> None:
    lines = Lines()
    lines.look_at(View(grouped=True), None)
    names = ("", "lobby", "cup", "lobby", "")
    lines.load([Update(task(number, name), TaskState()) for number, name in enumerate(names)])
    heads = [line for line in lines.shown if isinstance(line, Head)]
    assert [(head.name, head.number, head.tasks) for head in heads] == [("lobby", 1, 2), ("cup", 2, 1), ("", 3, 2)]


def test_a_task_that_changes_its_group_changes_its_place() -> None:
    lines = Lines()
    lines.look_at(View(grouped=True), None)
    lines.load([Update(task(0, "cup"), TaskState()), Update(task(1, "lobby"), TaskState())])
    assert lines.put(lines.rows[task(0).key], Update(task(0, "lobby"), TaskState()))
    assert [line.name for line in lines.shown if isinstance(line, Head)] == ["lobby"]
