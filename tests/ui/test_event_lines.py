"""Events as lines: the words a person reads."""

from __future__ import annotations

import time

import pytest

from relaytui.core.events import (
    Acknowledged,
    Alarm,
    AlarmKind,
    Event,
    Muted,
    NotWatching,
    Resolved,
    Sighted,
    Snoozed,
)
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import LaneKey
from relaytui.ui.event_lines import event_line
from relaytui.ui.times import both, span_of_time, time_of_day
from tests.core.answers import key

LANE = LaneKey("prod", "host")
AT = 1_767_323_045.0
CAUSE = Failure(FailureKind.NETWORK, "timeout")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Sighted(LANE, AT, CAUSE, AT - 252, None), "prod@host sees again: blind {gap}, network timeout"),
        (Alarm("1", AT, AlarmKind.ENDED, "cam ended", AT), "ALARM cam ended"),
        (Resolved(AT, "1", "resolved: cam is running"), "resolved: cam is running"),
        (Acknowledged(AT, (key(1),), "restarting\x1b"), "cam 1  acknowledged: restarting"),
        (Acknowledged(AT, (LANE, key(1), key(2))), "prod@host and 2 more  acknowledged"),
        (Snoozed(AT, (key(1),), AT), "cam 1  snoozed until {now}"),
        (Snoozed(AT, (key(1), key(2)), None), "cam 1 and 1 more  snoozed until it changes"),
        (Muted(AT, AT), "! all alarms muted until {now}"),
        (Muted(AT, None), "alarms reach people again"),
        (NotWatching(AT, AT - 252, "the machine slept"), "! not watching {gap}: the machine slept"),
    ],
)
def test_the_words(event: Event, text: str) -> None:
    gap = f"{time_of_day(AT - 252)}-{time_of_day(AT)}, 4m12s"
    line = event_line(event, lambda key: f"cam\x07 {key.task_id}")
    assert line.text == text.format(gap=gap, now=time_of_day(AT))
    assert line.label == time_of_day(AT)


@pytest.mark.parametrize(
    ("seconds", "told"), [(7.4, "7s"), (60, "1m00s"), (3599.6, "1h00m"), (5400, "1h30m"), (-5, "0s")]
)
def test_how_long_a_span_is(seconds: float, told: str) -> None:
    assert span_of_time(AT, AT + seconds).endswith(f", {told}")


def test_a_time_stands_twice_only_where_utc_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assert both(AT) == "2026-01-02 03:04:05 UTC"
    try:
        monkeypatch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        assert both(AT) == "2026-01-02 11:04:05 (03:04:05 UTC)"
    finally:
        monkeypatch.undo()
        time.tzset()
