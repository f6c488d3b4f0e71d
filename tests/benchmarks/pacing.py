"""Whether the server ever counts more than the cap, and how much of it is used; and what a busy screen costs of that.

Run by `python -m tests.benchmarks pacing`. `relaytui watch` and the dashboard as processes of their own poll the
simulator, which is one too and notes when each request arrived. A budget of 20 and a list that wants more.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from relaytui.simulator.world import Fault, FaultKind
from tests.benchmarks.accounts import LABEL
from tests.benchmarks.cloud import Cloud, Wanted, latency, relaytui, uplink
from tests.benchmarks.figures import Figure
from tests.benchmarks.pty_screen import PtyScreen

CAP = 20
WARM_SECONDS = 3.0
"""The start, which counts for the cap and not for the throughput."""
CALM_SECONDS = 25.0
STALL_SECONDS = 3.0
RECOVERY_SECONDS = 7.0
FAULTY_SECONDS = 12.0
FAULT_SHARE = 0.05
SHARE = 0.95
ROUNDS = 5
PHASE_SECONDS = 6.0
BUSY_SHARE = 0.97
KEYS = (b"j", b"j", b"j", b"j", b"\x1b[6~", b"k", b"n", b"G", b"k", b"\x1b[5~", b"g", b"N")
KEY_SECONDS = 1 / 30
"""Seconds between two keys that are held: the repeat rate of a keyboard."""


class Route(NamedTuple):
    """What lies between program and server, each way: seconds at least, and the spread on top."""

    name: str
    faults: tuple[Fault, ...]
    round_trip: float
    """Seconds there and back on average."""


ROUTES = (
    Route("20 ms", (latency(0.02),), 0.02),
    Route("5-200 ms each way", (uplink(0.005, 0.195), latency(0.005, 0.195)), 0.205),
)
FAULTS = tuple(
    Fault(kind=kind, probability=FAULT_SHARE / 5)
    for kind in (FaultKind.RESET, FaultKind.SERVER_ERROR, FaultKind.HALF_BODY, FaultKind.GARBAGE, FaultKind.STALL)
)


def most_sliding(arrivals: Sequence[float]) -> int:
    """The most arrivals (in order of time) in any second, wherever it begins."""
    # The second is open at its begin: what came exactly one second earlier is another second's.
    return max((last - bisect_left(arrivals, at - 1 + 1e-9) + 1 for last, at in enumerate(arrivals)), default=0)


def most_fixed(arrivals: Sequence[float]) -> int:
    """The most arrivals in any second of the clock."""
    return max(Counter(int(at) for at in arrivals).values(), default=0)


def rate(arrivals: Sequence[float], begin: float, end: float) -> float:
    """Arrivals a second from begin to end."""
    return (bisect_left(arrivals, end) - bisect_left(arrivals, begin)) / (end - begin)


@dataclass(slots=True)
class Watching:
    """`relaytui watch` on a world of its own."""

    tasks: int
    route: Route
    cloud: Cloud
    process: subprocess.Popen[bytes]
    output: Path
    arrivals: list[float] = field(default_factory=list)

    @classmethod
    def start(cls, stack: ExitStack, tasks: int, route: Route) -> Watching:
        cloud = stack.enter_context(Cloud(Wanted(tasks, faults=route.faults), cap=CAP))
        options = ("--tasks", cloud.task_list(), "--budget", str(CAP), "--interval", "5", "--json")
        output = Path(cloud.task_list()).with_name("output")
        process = subprocess.Popen(
            relaytui("watch", *options), env=cloud.environment, stdout=output.open("wb"), stderr=subprocess.STDOUT
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        return cls(tasks, route, cloud, process, output)

    def events(self) -> Counter[str]:
        """How many lines of each kind it printed."""
        lines = self.output.read_text().splitlines()
        return Counter(json.loads(line)["event"] for line in lines if line.startswith("{"))


def pacing() -> Iterator[Figure]:
    """All four lists and routes side by side: their start, a calm time, a stall, and faults."""
    with ExitStack() as stack:
        runs = [Watching.start(stack, tasks, route) for route in ROUTES for tasks in (300, 1000)]
        for run in runs:
            while not run.cloud.arrivals():
                time.sleep(0.05)
        time.sleep(WARM_SECONDS)
        begun = time.time()
        time.sleep(CALM_SECONDS)
        calm = time.time()
        for run in runs:
            os.kill(run.process.pid, signal.SIGSTOP)
        time.sleep(STALL_SECONDS)
        for run in runs:
            os.kill(run.process.pid, signal.SIGCONT)
        time.sleep(RECOVERY_SECONDS)
        faulty = time.time()
        for run in runs:
            run.cloud.plan(FAULTS)
        time.sleep(FAULTY_SECONDS)
        ended = time.time()
        for run in runs:
            if run.process.poll() is not None:
                raise RuntimeError(f"watch has ended: {run.output.read_text()[-2000:]}")
            run.arrivals = run.cloud.arrivals()
            run.process.send_signal(signal.SIGTERM)
        for run in runs:
            run.process.wait(10)
            name = f"{run.tasks} tasks, {run.route.name}"
            fixed, sliding = most_fixed(run.arrivals), most_sliding(run.arrivals)
            told = f"{len(run.arrivals)} requests: start, {STALL_SECONDS:g} s stopped, {FAULT_SHARE:.0%} faults"
            yield Figure(f"{name}: most in a fixed second", fixed, CAP, told)
            yield Figure(f"{name}: most in any second", sliding, CAP, f"events: {dict(run.events())}")
            possible = CAP / (1 + min(run.route.round_trip, 1.0))
            calm_rate, faulty_rate = rate(run.arrivals, begun, calm), rate(run.arrivals, faulty, ended)
            told = f"{calm_rate:.2f} of {possible:.2f} requests/s; with faults {faulty_rate:.2f}"
            yield Figure(f"{name}: share of the possible rate", calm_rate / possible, SHARE, told, at_least=True)


def busy_screen() -> Iterator[Figure]:
    """The dashboard's poll rate with keys held and rows moving, against the same left alone, in turns."""
    wanted = Wanted(1000, flapping=10, faults=ROUTES[0].faults)
    with Cloud(wanted, cap=CAP) as cloud:
        command = relaytui("dashboard", "--tasks", cloud.task_list(), "--budget", str(CAP), "--interval", "5")
        with PtyScreen(command, environment=cloud.environment) as screen:
            painted = screen.read(30.0, until=lambda: LABEL.encode() in screen.output)
            if not painted:
                raise RuntimeError(f"nothing was painted: {screen.output[-2000:]!r}")
            screen.read(WARM_SECONDS + 2)
            spans: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
            for number in range(2 * ROUNDS):
                busy = number % 2 == 1
                begin = time.time()
                if busy:
                    hold_keys(screen, PHASE_SECONDS)
                else:
                    screen.read(PHASE_SECONDS)
                spans[busy].append((begin, time.time()))
            arrivals = cloud.arrivals()
    idle, busy_rate = (
        sum(rate(arrivals, *span) * (span[1] - span[0]) for span in spans[busy])
        / sum(span[1] - span[0] for span in spans[busy])
        for busy in (False, True)
    )
    told = f"{busy_rate:.2f} against {idle:.2f} requests/s, {1 / KEY_SECONDS:.0f} keys/s, 1 row in 10 comes and goes"
    yield Figure("poll rate, screen busy against idle", busy_rate / idle, BUSY_SHARE, told, at_least=True)
    yield Figure("the same run: most in any second", most_sliding(arrivals), CAP, f"{len(arrivals)} requests")


def hold_keys(screen: PtyScreen, seconds: float) -> None:
    """Type so long as if keys were held down."""
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        # Half a second of each key.
        screen.send(KEYS[number // 15 % len(KEYS)])
        number += 1
        screen.read(KEY_SECONDS)


def measure() -> Iterator[Figure]:
    """All figures of this part, in about two minutes."""
    yield from pacing()
    yield from busy_screen()
