"""What is looked up, of what people type and paste."""

from __future__ import annotations

from typing import Any

import pytest

from relaytui.core.entry import Refused
from relaytui.core.questions import LONGEST, MOST, read_questions
from relaytui.core.task import TaskKey, WatchedTask

HERE: dict[str, Any] = {"sdk_app_id": "1400188366", "region": "ap-singapore", "profile": "prod"}


def test_words_are_taskids_where_nothing_else_tells_them_apart() -> None:
    assert read_questions(" cam1 -k3+x_y..  cam1", **HERE) == (
        TaskKey("prod", "ap-singapore", 1400188366, "cam1"),
        TaskKey("prod", "ap-singapore", 1400188366, "-k3+x_y.."),
    )


def test_messy_text_says_where_its_tasks_are() -> None:
    text = 'started {"TaskId": "Xk-12..", "SdkAppId": 1600012345, "Region": "ap-mumbai"} please look'
    assert read_questions(text, **HERE) == (TaskKey("prod", "ap-mumbai", 1600012345, "Xk-12.."),)


def test_a_task_of_the_list_is_asked_where_it_is_there_unless_the_text_says_more() -> None:
    mumbai, bangkok = (TaskKey("test", region, 1600012345, "Xk-12..") for region in ("ap-mumbai", "ap-bangkok"))
    listed = [WatchedTask(each) for each in (mumbai, TaskKey("test", "ap-tokyo", 1600012345, "other"), bangkok)]
    found = read_questions("cam1 Xk-12..", **HERE | {"sdk_app_id": "1400188366"}, listed=listed)
    assert found == (TaskKey("prod", "ap-singapore", 1400188366, "cam1"), mumbai, bangkok)
    assert read_questions("Xk-12..", **HERE | {"sdk_app_id": ""}, listed=listed) == (mumbai, bangkok)
    text = '{"TaskId": "Xk-12..", "SdkAppId": 1400188366}'
    assert read_questions(text, **HERE, listed=listed) == (TaskKey("prod", "ap-singapore", 1400188366, "Xk-12.."),)


def test_a_label_means_its_tasks_and_other_words_are_no_task_ids() -> None:
    first, second = (TaskKey("test", "ap-mumbai", 1600012345, task_id) for task_id in ("Xk-12..", "Xk-13.."))
    listed = [WatchedTask(first, "Radio one  cam 1"), WatchedTask(second, "cam")]
    assert read_questions(" radio one cam 1 ", **HERE, listed=listed) == (first,)
    assert read_questions("cam", **HERE, listed=listed) == (second,)
    assert read_questions("radio", **HERE, listed=listed) == (TaskKey("prod", "ap-singapore", 1400188366, "radio"),)


@pytest.mark.parametrize(
    ("text", "changed", "reason"),
    [
        ("radio one cam 1", {}, "'radio' is no TaskId: give TaskIds, or the whole label of a task on the list"),
        ("  ", {}, "give a TaskId"),
        ("a", {"sdk_app_id": ""}, "SdkAppId"),
        ("a", {"region": "über"}, "region"),
        ("a", {"profile": "-x"}, "profile"),
        ("word " * LONGEST, {}, "too long to look up"),
        (" ".join(f"cam{number}" for number in range(MOST + 1)), {}, "too many"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(text: str, changed: dict[str, str], reason: str) -> None:
    found = read_questions(text, **HERE | changed)
    assert isinstance(found, Refused)
    assert reason in found.reason
