from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.entry import Refused
from relaytui.core.filter import Filter, parse
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState, Trouble
from tests.core.test_listing import TASKS

RUNNING, ENDED = TaskState(State.RUNNING), TaskState(State.ENDED)
FAILING = TaskState(State.RUNNING, trouble=Trouble(failures=3))
TASK = WatchedTask(
    TaskKey("prod", "ap-mumbai", 1600012345, "-k3Xz+/_ab.."), "Cup-Final cam 1", "cup", "ask [Mei] about audio"
)


def read(text: str) -> Filter:
    found = parse(text)
    assert isinstance(found, Filter), found
    return found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "cup",
        "CUP mei",
        "k3xz+/",
        '"final cam"',
        '"final cam',
        '"-k3X"',
        "-k3Xz+/_ab..",
        "group:cu",
        "GROUP:CUP profile:pro region:mumbai app:16000",
        'group:"cup"',
        "state:running",
        "state:run",
        'label:"final cam"',
        "note:mei",
        "id:k3xz task_id:Xz+/",
        "sdk_app_id:16000",
        "state:ended,running",
        "state:",
        "-state:ended",
        "-lobby",
        "-group:lobby -/xyz/",
        "/cam [12]$/",
        "/CAM \\d/ mei",
        "/cam [1",
        "[mei]",
        '""',
        "-",
        "/",
        "//",
        "-/",
        "/^cup$/",
    ],
)
def test_what_lets_the_task_through(text: str) -> None:
    if text == "/cam [1":
        assert isinstance(parse(text), Refused)
    else:
        assert read(text).holds(TASK, RUNNING)


@pytest.mark.parametrize(
    "text",
    [
        "lobby",
        "cup lobby",
        '"cam final"',
        "-cup",
        "-mei",
        "group:lobby",
        "profile:stage",
        "region:tokyo",
        "label:k3xz",
        "label:mei",
        "id:final",
        "note:final",
        "sdk_app_id:2345",
        "app:2345",
        "state:ended",
        "-state:running",
        "state:paused",
        "state:problem",
        "/cam [23]/",
        "-/cam/",
        "-k3Xz+/_zz..",
    ],
)
def test_what_does_not(text: str) -> None:
    assert not read(text).holds(TASK, RUNNING)


def test_a_problem_is_what_the_board_pins_on_top() -> None:
    assert read("state:problem").holds(TASK, ENDED)
    assert read("state:problem").holds(TASK, FAILING)
    assert not read("state:problem").holds(TASK._replace(paused=True), ENDED)


def test_a_paused_task_is_in_no_other_state() -> None:
    paused = TASK._replace(paused=True)
    assert read("state:paused").holds(paused, RUNNING)
    assert not read("state:running").holds(paused, RUNNING)
    assert read("state:paused,running").holds(paused, ENDED)


def test_every_state_is_found_by_its_name_and_its_words() -> None:
    for state in State:
        for name in (state.value, f'"{state.word}"'):
            assert read(f"state:{name}").holds(TASK, TaskState(state))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("state:endet", "no state is called 'endet'; there are pending, running, ended"),
        ("cup state:ended,x", "no state is called 'x'"),
        ("/[/", "no regular expression: unterminated character set"),
        ("-/(/", "no regular expression"),
        ("/a{99999999999}/", "no regular expression"),
        ("/(a+)+$/", "may take too long: a group that repeats"),
        ("-/(a|aa)+b", "may take too long"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, told: str) -> None:
    found = parse(text)
    assert isinstance(found, Refused)
    assert told in found.reason


def test_a_pattern_reads_the_beginning_of_each_text_and_no_more() -> None:
    long = TASK._replace(label="cup", note="a" * 4_000 + "~")
    assert read("/^cup$/").holds(long)
    begun = time.process_time()
    assert not read("/[a ]*[a ]*~/").holds(long)
    assert time.process_time() - begun < 5
    assert read("~").holds(long)


def test_patterns_may_be_slow() -> None:
    assert read("cup /x/").may_be_slow
    assert not read("cup group:x state:ended").may_be_slow


def test_only_states_need_the_board() -> None:
    assert not read("cup group:x state:paused -state:paused /x/").needs_state
    assert read("cup state:ended").needs_state
    assert read("state:p").needs_state


@given(st.text(max_size=30))
def test_any_text_is_a_filter_or_one_line(text: str) -> None:
    found = parse(text)
    if isinstance(found, Filter):
        assert found.holds(TASK, RUNNING) in (True, False)
    else:
        assert "\n" not in found.reason


@given(TASKS, st.data())
def test_any_part_of_a_text_finds_its_task(task: WatchedTask, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([task.label, task.key.task_id, task.group, task.note]))
    begin = data.draw(st.integers(0, len(whole)))
    part = whole[begin : data.draw(st.integers(begin, len(whole)))].replace('"', "")
    if part in whole:
        assert read(f'"{part}"').holds(task)
        assert not part or not read(f'-"{part}"').holds(task)
