from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.entry import Refused
from relaytui.core.expected_end import read_expected_end
from relaytui.core.listing import read_time, write_time

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


NOW = at("2026-03-28T19:00:00+01:00")
"""The evening before the clocks of Berlin go forward."""


def read(text: str, zone: ZoneInfo = BERLIN) -> float | Refused | None:
    return read_expected_end(text, NOW, lambda when: datetime.fromtimestamp(when, zone))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20:15", "2026-03-28T20:15:00+01:00"),
        ("19:00", "2026-03-29T19:00:00+02:00"),
        ("6:05", "2026-03-29T06:05:00+02:00"),
        ("+2h", "2026-03-28T21:00:00+01:00"),
        ("+1h30m", "2026-03-28T20:30:00+01:00"),
        ("+ 90 min", "2026-03-28T20:30:00+01:00"),
        ("+1d", "2026-03-29T20:00:00+02:00"),
        ("2026-03-29 12:00", "2026-03-29T12:00:00+02:00"),
        (" 2026-01-31T20:15:00Z ", "2026-01-31T20:15:00Z"),
        ("2026-01-31t20:15:00+08:00", "2026-01-31T12:15:00Z"),
    ],
)
def test_what_people_write(text: str, expected: str) -> None:
    assert read(text) == at(expected)


@given(st.floats(1.7e9, 2e9), st.sampled_from(["+2h", "+1d", "20:15"]))
def test_whenever_it_is_said_a_list_can_hold_it(now: float, text: str) -> None:
    end = read_expected_end(text, now, lambda when: datetime.fromtimestamp(when, UTC))
    assert isinstance(end, float)
    assert read_time(write_time(end)) == end


def test_a_time_of_day_is_a_local_one() -> None:
    assert read("20:15", SHANGHAI) == at("2026-03-29T20:15:00+08:00")


@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_is_no_expected_end(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("text", ["24:00", "7", "+", "+h", "tomorrow", "2026-01-31", "2026-13-01 10:00", "-2h"])
def test_what_says_no_time_is_refused_with_what_would(text: str) -> None:
    refused = read(text)
    assert isinstance(refused, Refused)
    assert "20:15" in refused.reason


@given(st.text(max_size=30))
def test_any_text_gives_a_time_none_or_a_reason(text: str) -> None:
    found = read_expected_end(text, NOW, lambda when: datetime.fromtimestamp(when, UTC))
    assert found is None or isinstance(found, float | Refused)
