"""A day of the whole engine against the truth, small enough for every run; the benchmark `day` has 1,000 tasks."""

from __future__ import annotations

from pathlib import Path

from tests.proof.day import live
from tests.proof.truth import HOUR, draw
from tests.proof.verdict import judge

INTERVAL, BUDGET = 120.0, 10.0


def test_a_day_of_the_whole_engine_against_the_truth(tmp_path: Path) -> None:
    truth = draw(1, tasks=60, seconds=6 * HOUR)
    verdict = judge(
        truth, live(truth, tmp_path, interval=INTERVAL, budget=BUDGET), tmp_path / "journal.db", interval=INTERVAL
    )
    assert verdict.ends > 50
    assert verdict.missed == []
    assert verdict.false == []
    assert verdict.planned == []
    assert verdict.doubled == []
    assert verdict.storm_alarms == [1, 1]
    assert verdict.in_any_second <= BUDGET
    assert verdict.journal == []
    assert verdict.spread[2] <= verdict.bound
