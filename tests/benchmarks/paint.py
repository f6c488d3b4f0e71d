"""The dashboard's first paint with 10,000 tasks against that of a Textual app with one Static, each on a pty.

Run by `python -m tests.benchmarks paint`. From the start of the process to the first row's label, or the Static's word,
coming out of the pty; processor time is what the process had used by then. In turns.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator, Sequence

from tests.benchmarks.accounts import LABEL
from tests.benchmarks.cloud import Cloud, Wanted, relaytui
from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import Cost, fine_cpu_seconds
from tests.benchmarks.pty_screen import PtyScreen

BAR = 1.8
STRETCH = 1.5
ROUNDS = 15
TASKS = 10_000
WORD = "first-paint"
ONE_STATIC = f"""\
from textual.app import App
from textual.widgets import Static

class OneStatic(App):
    def compose(self):
        yield Static("{WORD}")

OneStatic().run()
"""


def first_paint(command: Sequence[str], word: str, environment: dict[str, str]) -> Cost:
    """Until the word comes out."""
    begun = time.perf_counter()
    with PtyScreen(command, environment=environment) as screen:
        if not screen.read(30.0, until=lambda: word.encode() in screen.output):
            raise RuntimeError(f"nothing was painted: {screen.output[-2000:]!r}")
        return Cost(time.perf_counter() - begun, fine_cpu_seconds(screen.pid))


def measure() -> Iterator[Figure]:
    """Wall time and processor time."""
    ours: list[Cost] = []
    theirs: list[Cost] = []
    with Cloud(Wanted(TASKS)) as cloud:
        board = relaytui("dashboard", "--tasks", cloud.task_list())
        for number in range(ROUNDS + 1):
            mine = first_paint(board, LABEL, cloud.environment)
            other = first_paint([sys.executable, "-c", ONE_STATIC], WORD, cloud.environment)
            if number:  # The first round compiles.
                ours.append(mine)
                theirs.append(other)
    for name in Cost._fields:
        ratio = statistics.median(getattr(a, name) / getattr(b, name) for a, b in zip(ours, theirs, strict=True))
        medians = [statistics.median(getattr(one, name) for one in costs) * 1e3 for costs in (ours, theirs)]
        told = f"{medians[0]:.0f} ms against {medians[1]:.0f} ms, {ROUNDS} rounds in turns; stretch {STRETCH}"
        yield Figure(f"first paint, {TASKS:,} tasks, {name} time", ratio, BAR, told)
