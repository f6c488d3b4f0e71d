"""What is looked up, of what people type and paste."""

from __future__ import annotations

import pytest

from relaytui.core.entry import Refused
from relaytui.core.questions import LONGEST, MOST, read_questions
from relaytui.core.task import TaskKey

HERE = {"sdk_app_id": "1400188366", "region": "ap-singapore", "profile": "prod"}


def test_words_are_taskids_where_nothing_else_tells_them_apart() -> None:
    assert read_questions(" cam1 -k3+x_y..  cam1", **HERE) == (
        TaskKey("prod", "ap-singapore", 1400188366, "cam1"),
        TaskKey("prod", "ap-singapore", 1400188366, "-k3+x_y.."),
    )


def test_messy_text_says_where_its_tasks_are() -> None:
    text = 'started {"TaskId": "Xk-12..", "SdkAppId": 1600012345, "Region": "ap-mumbai"} please look'
    assert read_questions(text, **HERE) == (TaskKey("prod", "ap-mumbai", 1600012345, "Xk-12.."),)


@pytest.mark.parametrize(
    ("text", "changed", "reason"),
    [
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
