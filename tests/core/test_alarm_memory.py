from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.alarm_memory import AlarmMemory, OpenAlarm, Wrong
from relaytui.core.task import TaskKey

TEXT, TIME = st.text(max_size=10), st.floats(0, 4e9)
KEYS = st.builds(TaskKey, TEXT, TEXT, st.integers(1, 2**31), TEXT)
WRONG = st.builds(Wrong, TEXT, TIME, TEXT, st.none() | TIME, TEXT)
MEMORIES = st.builds(
    AlarmMemory,
    st.integers(0, 9),
    st.none() | TIME,
    st.dictionaries(KEYS, WRONG, max_size=3),
    st.dictionaries(KEYS, TIME | st.just(math.inf), max_size=3),
    st.lists(st.builds(OpenAlarm, TEXT, TIME, TEXT, st.integers(0, 9), st.integers(0, 9)), max_size=2).map(tuple),
)


@given(MEMORIES)
def test_what_is_dumped_is_loaded(memory: AlarmMemory) -> None:
    assert AlarmMemory.load(memory.dump()) == memory


@pytest.mark.parametrize("text", ["", "7", "[]", "{}", '{"number":"x"}', "\x00"])
def test_another_text_is_no_memory(text: str) -> None:
    assert AlarmMemory.load(text) is None


@given(st.text(max_size=30))
def test_no_text_raises(text: str) -> None:
    AlarmMemory.load(text)
