"""A simulated day of 1,000 tasks against ground truth, for several seeds: `python -m tests.benchmarks day`.

Not speed but truth is measured: the figures are those of `tests/proof`, whose rules stand there. Each seed is lived
through twice: with a sweep that the budget carries easily, and with one that takes nearly all of it. That takes some
two and six minutes.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.proof.day import live
from tests.proof.truth import HOUR, draw
from tests.proof.verdict import judge

TASKS, BUDGET = 1000, 20.0
SEEDS = (1, 2, 3)
INTERVALS = (300.0, 60.0)
"""Seconds between two questions about a running task."""


def measure() -> Iterator[Figure]:
    """The verdict on each day."""
    for interval, seed in product(INTERVALS, SEEDS):
        yield from _judged(seed, interval)


def _judged(seed: int, interval: float) -> Iterator[Figure]:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        truth = draw(seed, tasks=TASKS, seconds=24 * HOUR)
        said = live(truth, Path(folder), interval=interval, budget=BUDGET)
        verdict = judge(truth, said, Path(folder) / "journal.db", interval=interval)
    day = f"seed {seed}, {interval:.0f} s:"
    taken = f"{verdict.requests:,} requests, {len(said.alarms)} alarms, {time.monotonic() - begun:.0f} s"
    yield Figure(f"{day} missed ends", len(verdict.missed), 0, f"of {verdict.ends} · {taken}")
    yield Figure(f"{day} false ends", len(verdict.false), 0)
    yield Figure(f"{day} alarms for planned ends", len(verdict.planned), 0)
    grouped = (
        f"{verdict.joined} joined a storm in silence, {verdict.gathered} were told alone and then with their storm, "
        f"{verdict.misled} once more because the server said wrongly that they ran"
    )
    yield Figure(f"{day} ends that alarmed twice", len(verdict.doubled), 0, grouped)
    yield Figure(f"{day} alarms per storm, at most", max(verdict.storm_alarms), 1)
    yield Figure(f"{day} requests in any second", verdict.in_any_second, BUDGET)
    yield Figure(f"{day} journal unlike what was told", len(verdict.journal), 0)
    p50, p99, longest = verdict.spread
    spread = f"p50 {p50:.0f}, p99 {p99:.0f}; {verdict.troubled} ends in times of trouble are not in it"
    yield Figure(f"{day} truth to alarm, seconds", longest, verdict.bound, spread)
