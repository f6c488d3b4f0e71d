"""What the whole program costs: the dashboard on a pty, polling the simulator over TLS on loopback.

Run by `python -m tests.benchmarks program`. Processor time of the whole process as the kernel counts it, at a steady
rate; the rate is what the simulator saw. 80 polls a second are four accounts, each a lane of its own, because the API
grants an account 20.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.benchmarks.accounts import LABEL
from tests.benchmarks.cloud import Cloud, Wanted, latency, relaytui
from tests.benchmarks.figures import Figure
from tests.benchmarks.pacing import rate
from tests.benchmarks.processes import cpu_seconds, resident_megabytes
from tests.benchmarks.pty_screen import PtyScreen

TASKS = 10_000
LANES = 4
CAP = 20
WARM_SECONDS = 6.0
SECONDS = 25.0
IDLE_TASKS = 1_000
IDLE_WARM_SECONDS = 65.0
"""Long enough for the ages in FOR to be minutes: in its first minute a board writes up to 1.2 kB/s."""
IDLE_SECONDS = 30.0
"""Whole steps of the ages in SEEN, which are 10 s in the first minute of a pause."""
PAUSE = b"p"


class Steady(NamedTuple):
    """What a steady time showed."""

    cpu: float
    """Per cent of a core."""
    polls: float
    """Requests a second at the server."""
    written: float
    """kB a second to the terminal."""
    memory: float
    """10^6 bytes resident at its end."""


def steady(
    cloud: Cloud, command: Sequence[str], *, warm: float, seconds: float, keys: bytes = b"", settle: float = 0.0
) -> Steady:
    """Run the dashboard so long, type `keys` when it is warm, let it settle, and measure."""
    with PtyScreen(command, environment=cloud.environment) as screen:
        if not screen.read(30.0, until=lambda: LABEL.encode() in screen.output):
            raise RuntimeError(f"nothing was painted: {screen.output[-2000:]!r}")
        screen.read(warm)
        if keys:
            screen.send(keys)
            screen.read(settle)
        wall, begun, cpu = time.time(), time.monotonic(), cpu_seconds(screen.pid)
        screen.read(seconds)
        took, used = time.monotonic() - begun, cpu_seconds(screen.pid) - cpu
        written = sum(len(chunk.data) for chunk in screen.chunks if chunk.at > begun)
        polls = rate(cloud.arrivals(), wall, wall + took)
        return Steady(100 * used / took, polls, written / took / 1e3, resident_megabytes(screen.pid))


def measure() -> Iterator[Figure]:
    """All figures of this part, in about three minutes."""
    with Cloud(Wanted(TASKS, faults=(latency(0.02),)), cap=CAP, tls=True) as cloud:
        options = ("--tasks", cloud.task_list(), "--budget", str(CAP))
        one = steady(cloud, relaytui("dashboard", *options), warm=WARM_SECONDS, seconds=SECONDS)
    told = f"{one.polls:.1f} polls/s, {one.written:.1f} kB/s to the terminal, TLS, 20 ms"
    yield Figure(f"{TASKS:,} tasks, one lane, % of a core", one.cpu, 10, told)
    yield Figure(f"{TASKS:,} tasks, one lane, MB", one.memory, 80)
    with Cloud(Wanted(TASKS // LANES, accounts=LANES, faults=(latency(0.02),)), cap=CAP, tls=True) as cloud:
        arguments = (cloud.url, str(LANES), str(TASKS // LANES), str(CAP))
        command: Sequence[str] = [sys.executable, "-m", "tests.benchmarks.lanes", *arguments]
        four = steady(cloud, command, warm=WARM_SECONDS, seconds=SECONDS)
    told = f"{four.polls:.1f} polls/s, {four.written:.1f} kB/s to the terminal, TLS, 20 ms"
    yield Figure(f"{TASKS:,} tasks, {LANES} lanes, % of a core", four.cpu, 25, told)
    yield Figure(f"{TASKS:,} tasks, {LANES} lanes, MB", four.memory, 80)
    with Cloud(Wanted(IDLE_TASKS, faults=(latency(0.02),)), cap=CAP, tls=True) as cloud:
        command = relaytui("dashboard", "--tasks", cloud.task_list(), "--budget", str(CAP))
        idle = steady(cloud, command, warm=IDLE_WARM_SECONDS, seconds=IDLE_SECONDS, keys=PAUSE, settle=3.0)
    yield Figure(f"{IDLE_TASKS:,} tasks, polling paused, % of a core", idle.cpu, 2, f"{idle.polls:.1f} polls/s")
    yield Figure(f"{IDLE_TASKS:,} tasks, polling paused, kB/s", idle.written, 1, "a minute old, then paused")
