from __future__ import annotations

import pytest

from relaytui.core.task import LaneKey, State, Status, StatusKind, TaskKey, WatchedTask


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("InProgress", StatusKind.IN_PROGRESS),
        ("NotExist", StatusKind.NOT_EXIST),
        ("inprogress", StatusKind.UNRECOGNISED),
        ("NotExist ", StatusKind.UNRECOGNISED),
        ("Idle", StatusKind.UNRECOGNISED),
        ("unrecognised", StatusKind.UNRECOGNISED),
        ("", StatusKind.UNRECOGNISED),
    ],
)
def test_only_the_two_documented_words_are_recognised(text: str, kind: StatusKind) -> None:
    assert Status.spelt(text) == Status(kind, text)


def test_every_part_of_a_key_tells_tasks_apart() -> None:
    keys = {
        TaskKey("p", "ap-mumbai", 1, "t"),
        TaskKey("q", "ap-mumbai", 1, "t"),
        TaskKey("p", "ap-bangkok", 1, "t"),
        TaskKey("p", "ap-mumbai", 2, "t"),
        TaskKey("p", "ap-mumbai", 1, "u"),
    }
    assert len(keys) == 5
    assert TaskKey("p", "ap-mumbai", 1, "t") in keys


def test_a_task_without_a_label_goes_by_its_id() -> None:
    key = TaskKey("p", "ap-mumbai", 1, "t..")
    assert WatchedTask(key).name == "t.."
    assert WatchedTask(key, label="cam 2").name == "cam 2"


def test_a_lane_is_named_by_profile_and_host() -> None:
    assert str(LaneKey("prod", "127.0.0.1:8000")) == "prod@127.0.0.1:8000"


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_word_and_a_meaning(state: State) -> None:
    assert state.word == state.value.replace("_", " ")
    assert state.meaning.endswith(".")
    assert "fail" not in state.meaning.lower()


def test_which_states_run_and_which_want_a_look() -> None:
    assert {state for state in State if state.is_alive} == {State.RUNNING, State.OVERDUE}
    assert {state for state in State if not state.is_problem} == {State.PENDING, State.RUNNING, State.FINISHED}
