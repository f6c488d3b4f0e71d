from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.entry import Refused
from relaytui.core.listing import BadList, Defaults, as_text, read_task, read_text, read_time, write_task
from relaytui.core.task import TaskKey, WatchedTask

DEFAULTS = Defaults(1400188366, "ap-singapore", "default")
TEXTS = st.text(max_size=20).map(read_text)
IDS = st.text("aZ09+-_./,\"'=", min_size=1, max_size=20)
TASKS = st.builds(
    WatchedTask,
    st.builds(
        TaskKey,
        st.sampled_from(("default", "prod")),
        st.sampled_from(("ap-mumbai", "ap-singapore")),
        st.integers(1, 2**63 - 1),
        IDS,
    ),
    TEXTS,
    TEXTS,
    TEXTS,
    st.none() | st.integers(0, 2**33).map(float),
    st.integers(0, 9999).map(float),
    st.booleans(),
    st.lists(IDS, max_size=2).map(tuple),
)


@given(TASKS)
def test_what_is_written_is_read_back(task: WatchedTask) -> None:
    assert read_task({name: as_text(value) for name, value in write_task(task).items()}, DEFAULTS) == task


def test_a_row_is_filled_up_with_defaults() -> None:
    assert read_task({"task_id": "a", "label": " "}, DEFAULTS) == WatchedTask(
        TaskKey("default", "ap-singapore", 1400188366, "a")
    )
    found = read_task({"task_id": "a"}, Defaults(None, "ap-singapore", "default"))
    assert isinstance(found, Refused)
    assert "--sdk-app-id" in found.reason


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-31", "x", "T"])
def test_times_that_are_none(text: str) -> None:
    assert isinstance(read_time(text), Refused)


def test_where_a_list_is_bad_is_said_in_plain_text() -> None:
    assert str(BadList("a\nb:1", "no")) == "a b:1: no"
