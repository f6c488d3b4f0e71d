"""A simulated day of 1,000 tasks against ground truth, for several seeds: `python -m tests.benchmarks day`.

Not speed but truth is measured: the figures are those of `tests/proof`, whose rules stand there. It takes some four
minutes a seed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.proof.day import live
from tests.proof.truth import HOUR, draw
from tests.proof.verdict import judge

TASKS, INTERVAL, BUDGET = 1000, 300.0, 20.0
SEEDS = (1, 2, 3)


def measure() -> Iterator[Figure]:
    """The verdict on each day."""
    for seed in SEEDS:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            truth = draw(seed, tasks=TASKS, seconds=24 * HOUR)
            said = live(truth, Path(folder), interval=INTERVAL, budget=BUDGET)
            verdict = judge(truth, said, Path(folder) / "journal.db", interval=INTERVAL)
        taken = f"{verdict.requests:,} requests, {len(said.alarms)} alarms, {time.monotonic() - begun:.0f} s"
        yield Figure(f"seed {seed}: missed ends", len(verdict.missed), 0, f"of {verdict.ends} · {taken}")
        yield Figure(f"seed {seed}: false ends", len(verdict.false), 0)
        yield Figure(f"seed {seed}: alarms for planned ends", len(verdict.planned), 0)
        yield Figure(f"seed {seed}: ends that alarmed twice", len(verdict.doubled), 0)
        yield Figure(f"seed {seed}: alarms per storm, at most", max(verdict.storm_alarms), 1)
        yield Figure(f"seed {seed}: requests in any second", verdict.in_any_second, BUDGET)
        yield Figure(f"seed {seed}: journal unlike what was told", len(verdict.journal), 0)
        p50, p99, longest = verdict.spread
        bound = verdict.bound
        yield Figure(f"seed {seed}: truth to alarm, seconds", longest, bound, f"p50 {p50:.0f}, p99 {p99:.0f}")
