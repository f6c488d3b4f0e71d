from __future__ import annotations

from dataclasses import replace

from relaytui.core.lane_view import LaneView
from tests.core.answers import LANE, REFUSED

VIEW = LaneView(LANE, tasks=3, rate=0.2, budget=10.0, pace=10.0, wanted_sweep=15.0, sweep=15.0)


def test_a_lane_with_a_cause_is_blind() -> None:
    assert not VIEW.is_blind
    assert replace(VIEW, cause=REFUSED).is_blind


def test_a_lane_below_its_budget_is_throttled() -> None:
    assert not VIEW.is_throttled
    assert replace(VIEW, pace=5.0).is_throttled
