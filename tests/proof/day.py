"""Runs the monitor with journal and alarms through the day, kills and restarts it, and keeps what it said."""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from relaytui.adapters.journal.file import open_file
from relaytui.adapters.journal.pending import Pending
from relaytui.adapters.journal.tables import GAP_SECONDS, Tables
from relaytui.core import wire
from relaytui.core.board import Board
from relaytui.core.events import Alarm, Event, NotWatching
from relaytui.core.observation import CLOCK_TOLERANCE, Failure, FailureKind, Observation
from relaytui.core.queue import Intervals
from relaytui.core.schedule import Lane
from relaytui.core.task import LaneKey, Status, StatusKind, TaskKey
from relaytui.core.transition import Transition
from relaytui.core.update import Update
from relaytui.monitor import Monitor, Told
from relaytui.ports import NoNotifier, Remembered
from relaytui.simulator.api import Request
from tests import virtual_loop
from tests.proof.truth import CREDENTIAL, START, STRAY, Truth

HOST = "trtc.tencentcloudapi.com"
CALL_SECONDS = 5.0
FLUSH_SECONDS = 2.0
"""Seconds of the day between two writes of the journal, which a kill costs at most."""
NEIGHBOUR_SECONDS = 0.07
"""Seconds between two requests of the noisy neighbour."""


@dataclass(slots=True)
class Said:
    """What the program said in the day, with the true time of each (seconds after the start)."""

    transitions: defaultdict[TaskKey, list[tuple[float, Transition]]] = field(default_factory=lambda: defaultdict(list))
    others: list[tuple[float, Event]] = field(default_factory=list)
    """What is not about one task."""
    alarms: list[tuple[float, Alarm]] = field(default_factory=list)
    sends: list[float] = field(default_factory=list)
    """When requests reached the server."""
    answers: dict[str, tuple[float, StatusKind | None]] = field(default_factory=dict)
    """By RequestId: when the server looked, and what it said."""
    strays: defaultdict[TaskKey, list[float]] = field(default_factory=lambda: defaultdict(list))
    """When the server said the wrong thing."""


class DayClock:
    """The machine's clock, which is wrong at times; `true` is seconds after the start of the day."""

    def __init__(self, truth: Truth) -> None:
        self._jumps = truth.jumps
        self._begin = asyncio.get_running_loop().time()

    @property
    def true(self) -> float:
        return asyncio.get_running_loop().time() - self._begin

    def wall(self) -> float:
        true = self.true
        wrong = [by for moment, by in self._jumps if moment <= true]
        return START + true + (wrong[-1] if wrong else 0.0)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


class DayJournal:
    """The real tables on a real file, written in the day's own time, which no thread could keep."""

    def __init__(self, path: Path, clock: DayClock) -> None:
        self._clock = clock
        self._db = open_file(path)
        # The disk itself is not on trial here, and 40,000 syncs would take the most of the time.
        self._db.execute("PRAGMA synchronous = OFF")
        self._tables = Tables(self._db)
        self._pending = Pending()
        self._flushed = 0.0
        self._news: deque[Event] = deque()
        self._is_first_recall = True
        self._dead = False

    def record(self, item: Update | Event) -> None:
        self._pending.record(item)

    def keep(self, name: str, text: str | None) -> None:
        self._pending.keep(name, text)

    def beat(self, at: float) -> None:
        self._pending.beat(at)
        if self._clock.true - self._flushed >= FLUSH_SECONDS:
            self.flush()

    def news(self) -> list[Event]:
        told = list(self._news)
        self._news.clear()
        return told

    async def written(self, seconds: float) -> bool:
        self.flush()
        return True

    async def recall(self, keys: Iterable[TaskKey], seconds: float) -> Remembered:
        found = self._tables.recall(keys)
        now, until = self._clock.wall(), found.watched_until
        if self._is_first_recall and until is not None and now - until > GAP_SECONDS:
            self._news.append(NotWatching(now, until, "killed"))
        self._is_first_recall = False
        return Remembered(found.beliefs, self._tables.kept())

    async def aclose(self) -> None:
        if not self._dead:
            self.flush()
            self._tables.end()
            self._db.close()

    def kill(self) -> None:
        """What was not written is lost."""
        self._dead = True
        self._db.close()

    def flush(self) -> None:
        """Write what there is to write now."""
        self._flushed = self._clock.true
        if not self._dead and (batch := self._pending.take()) is not None:
            self._tables.write(batch)


class DaySource:
    """Asks the simulator's api, as bytes and signed, over a network that is cut at times; a `StatusSource`."""

    expires_at: float | None = None

    def __init__(self, truth: Truth, said: Said, clock: DayClock, dice: Random) -> None:
        self._truth = truth
        self._said = said
        self._clock = clock
        self._dice = dice
        self._offset = 0.0
        self._neighbour = 0.0

    async def observe(self, key: TaskKey, *, written: Callable[[], None]) -> Observation:
        begun = self._clock.monotonic()
        written()
        there = self._dice.uniform(0.005, 0.1)
        for span, silent in self._truth.cuts:
            if self._clock.true in span:
                await asyncio.sleep(CALL_SECONDS if silent else 0.002)
                kind, code = (FailureKind.TIMEOUT, "timeout") if silent else (FailureKind.NETWORK, "refused")
                return self._observation(key, Failure(kind, code), begun, replied=False)
        await asyncio.sleep(there)
        moment = self._clock.true
        self._said.sends.append(moment)
        self._count_neighbour(moment)
        signed_at = self._clock.wall()
        if abs(self._offset) > CLOCK_TOLERANCE:
            signed_at += self._offset
        body = wire.request_body(key)
        headers = wire.request_headers(key, CREDENTIAL, host=HOST, timestamp=int(signed_at), body=body)
        lower = {name.lower(): value for name, value in headers.items()}
        reply = self._truth.api.handle(Request("POST", "/", lower, body), START + moment)
        outcome, request_id = wire.read_reply(reply.status, reply.headers, reply.body)
        if isinstance(outcome, Status) and self._dice.random() < STRAY:
            other = "NotExist" if outcome.kind is StatusKind.IN_PROGRESS else "InProgress"
            outcome = Status.spelt(other)
            self._said.strays[key].append(moment)
        self._said.answers[request_id] = (moment, outcome.kind if isinstance(outcome, Status) else None)
        await asyncio.sleep(there + reply.delay)
        self._offset = START + self._clock.true - self._clock.wall()
        return self._observation(key, outcome, begun, request_id=request_id, replied=True)

    async def aclose(self) -> None:
        return

    def _count_neighbour(self, moment: float) -> None:
        """Let the neighbour's requests arrive that came since the last of ours."""
        for span in self._truth.noisy:
            if moment in span:
                meter = self._truth.api.meters.get(CREDENTIAL.secret_id)
                self._neighbour = max(self._neighbour, moment - 1.0)
                while meter is not None and self._neighbour < moment:
                    meter.arrive(START + self._neighbour)
                    self._neighbour += NEIGHBOUR_SECONDS

    def _observation(
        self, key: TaskKey, outcome: Status | Failure, begun: float, *, request_id: str = "", replied: bool
    ) -> Observation:
        moment = self._clock.monotonic()
        offset = self._offset if replied else None
        return Observation(key, outcome, self._clock.wall(), moment, moment - begun, request_id, offset, replied)


class DayNotifier(NoNotifier):
    """Sends alarms to the proof, each once it is written, as the real hooks do."""

    def __init__(self, said: Said, clock: DayClock, journal: DayJournal) -> None:
        self._said = said
        self._clock = clock
        self._journal = journal

    def send(self, alarm: Alarm) -> None:
        self._journal.flush()
        self._said.alarms.append((self._clock.true, alarm))


def live(truth: Truth, folder: Path, *, interval: float, budget: float) -> Said:
    """Watch the whole day; `interval` is seconds between two questions about a running task, `budget` requests/s."""
    said = Said()

    async def day() -> None:
        clock, dice = DayClock(truth), Random(f"network {truth.seed}")
        for begin, end in _lives(truth):
            await asyncio.sleep(begin - clock.true)
            journal = DayJournal(folder / "journal.db", clock)

            def tell(item: Told) -> None:
                if isinstance(item, Update):
                    for event in item.events:
                        if isinstance(event, Transition):
                            said.transitions[event.key].append((clock.true, event))
                elif isinstance(item, Event):
                    said.others.append((clock.true, item))

            lane = Lane(LaneKey("prod", HOST), budget, Intervals.scaled(interval))
            monitor = Monitor(
                Board(truth.tasks),
                [(lane, DaySource(truth, said, clock, dice))],
                clock=clock,
                emit=tell,
                journal=journal,
                notifier=DayNotifier(said, clock, journal),
                repeat_seconds=None,
                jitter=dice.random,
            )
            running = asyncio.create_task(monitor.run())
            await asyncio.sleep(end - clock.true)
            if end < truth.seconds:
                journal.kill()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    virtual_loop.run(day)
    return said


def _lives(truth: Truth) -> Iterator[tuple[float, float]]:
    """From when to when the program lives."""
    begin = 0.0
    for span in truth.kills:
        yield begin, span.begin
        begin = span.end
    yield begin, truth.seconds


def most_in_a_second(moments: Iterable[float]) -> int:
    """The most of these moments in any second, wherever it begins."""
    window: list[float] = []
    most = 0
    for moment in sorted(moments):
        heapq.heappush(window, moment)
        while window[0] <= moment - 1:
            heapq.heappop(window)
        most = max(most, len(window))
    return most
