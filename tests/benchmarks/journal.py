"""How large a week's journal is, whether a slow disk holds up a poll, and what a kill costs.

Run by `python -m tests.benchmarks journal`. The week is told to the writer's own rooms in seven minutes, in batches of
an hour: how large the file becomes depends on what happened, not on how often it was written.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from relaytui.adapters.clock import SystemClock
from relaytui.adapters.journal.file import open_file
from relaytui.adapters.journal.pending import Batch, Pending
from relaytui.adapters.journal.tables import Tables
from relaytui.adapters.journal.writer import SqliteJournal
from relaytui.core.board import Board
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.schedule import Lane
from relaytui.core.task import LaneKey, Status, TaskKey, WatchedTask
from relaytui.core.update import Update
from relaytui.monitor import Monitor
from tests.benchmarks.cloud import Cloud, Wanted, relaytui
from tests.benchmarks.figures import Figure

TASKS = 10_000
RATE = 20.0
DAYS = 7
DAY = 86_400.0
HOUR = 3600.0
ENDS_A_DAY = 2.0
"""How often each task ends, and is started again after a while."""
FAULT_SHARE = 0.001
"""Questions about a task that sees a fault of its own, like an error of the server."""
BEGIN_AT = 1_767_225_600.0

SLOW_SECONDS = 2.0
"""What each write to the slow disk takes."""
POLL_SECONDS = 12.0
KILLS = 5

RUNNING, GONE = Status.spelt("InProgress"), Status.spelt("NotExist")
FAULT = Failure(FailureKind.SERVER, "InternalError.DBError", "database is busy", "0")


def week(path: Path) -> Iterator[Figure]:
    """Every observation of a week, recorded and written."""
    dice = random.Random(1)
    keys = [TaskKey("prod", "ap-singapore", 1_600_012_345, uuid.UUID(int=dice.getrandbits(128)).hex * 2 + f"{n:05}..")
            for n in range(TASKS)]  # fmt: skip
    board, pending = Board(WatchedTask(key, f"channel {n}") for n, key in enumerate(keys)), Pending()
    changes_at = [dice.expovariate(ENDS_A_DAY / DAY) for _ in keys]
    runs = [True] * TASKS
    observations = int(DAYS * DAY * RATE)
    begun = time.monotonic()
    with closing(open_file(path)) as db:
        tables, written = Tables(db), HOUR
        for number in range(observations):
            now, task = number / RATE, number % TASKS
            if now >= changes_at[task]:
                runs[task] = not runs[task]
                mean = DAY / ENDS_A_DAY if runs[task] else HOUR
                changes_at[task] = now + dice.expovariate(1 / mean)
            outcome = FAULT if dice.random() < FAULT_SHARE else RUNNING if runs[task] else GONE
            pending.record(_observed(board, keys[task], outcome, now))
            if now >= written:
                written += HOUR
                pending.beat(BEGIN_AT + now)
                tables.write(pending.take() or _nothing())
        tables.write(pending.take() or _nothing())
        rows = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("run", "event")}
    told = f"{observations:,} observations, {rows['run']:,} runs, {rows['event']:,} events"
    size = path.stat().st_size / 1e6
    yield Figure("a week of 10,000 tasks at 20/s, MB", size, 100, f"{told}, {time.monotonic() - begun:.0f} s")
    yield from recall(path, keys)


def _observed(board: Board, key: TaskKey, outcome: Status | Failure, now: float) -> Update:
    """What the board makes of an answer; it need not think about one that changes nothing, which saves an hour."""
    state, at = board.state(key), BEGIN_AT + now
    if state.status == outcome and not state.doubt.streak and not state.trouble.failures:
        return Update(board.tasks[key], replace(state, seen=now, seen_at=at, latency=0.04))
    request_id = str(uuid.UUID(int=random.getrandbits(128)))
    update = board.apply(Observation(key, outcome, at, now, 0.05, request_id))
    if update is None:
        raise LookupError(key)
    return update


def _nothing() -> Batch:
    return Batch({}, [], [], {}, (), BEGIN_AT, 0)


def recall(path: Path, keys: list[TaskKey]) -> Iterator[Figure]:
    """What the next start waits for."""
    with closing(open_file(path)) as db:
        begun = time.process_time()
        found = Tables(db).recall(keys)
        took = time.process_time() - begun
    changes = sum(len(state.changes) for state in found.beliefs.values())
    told = f"{len(found.beliefs):,} tasks with {changes:,} changes, in a thread of its own"
    yield Figure("recall of 10,000 tasks after that, s", took, 3.0, told)


class _Instant:
    """Answers each question after 20 ms, and notes when it was asked."""

    expires_at: float | None = None

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def observe(self, key: TaskKey, *, written: Callable[[], None]) -> Observation:
        self.asked.append(time.monotonic())
        written()
        await asyncio.sleep(0.02)
        return Observation(key, RUNNING, time.time(), time.monotonic(), 0.02, str(uuid.uuid4()))

    async def aclose(self) -> None:
        return


def largest_gap(journal: SqliteJournal | None) -> tuple[float, int]:
    """The largest time between two questions of a busy lane (seconds), and how many there were."""
    source = _Instant()
    tasks = [WatchedTask(TaskKey("p", "r", 1, str(number))) for number in range(1000)]
    lane = Lane(LaneKey("p", "h"), RATE)
    monitor = Monitor(Board(tasks), [(lane, source)], clock=SystemClock(), emit=lambda _: None, journal=journal)

    async def poll() -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await monitor.run()
        except TimeoutError:
            return

    asyncio.run(poll())
    gaps = [later - earlier for earlier, later in zip(source.asked, source.asked[1:], strict=False)]
    return max(gaps), len(source.asked)


def slow_disk(folder: Path) -> Iterator[Figure]:
    """The same polling without a journal, and with one on a disk that takes seconds for every write."""
    write = Tables.write

    def slowly(tables: Tables, batch: Batch) -> None:
        time.sleep(SLOW_SECONDS)
        write(tables, batch)

    without, asked = largest_gap(None)
    with patch.object(Tables, "write", slowly):
        slow, slow_asked = largest_gap(SqliteJournal(folder / "slow.db", clock=SystemClock()))
    told = f"{slow:.3f} against {without:.3f} s; {slow_asked} against {asked} questions in {POLL_SECONDS:g} s"
    yield Figure(f"largest gap between polls, writes of {SLOW_SECONDS:g} s", slow - without, 0.1, told)


def kill() -> Iterator[Figure]:
    """How old the oldest answer is that a kill -9 takes along."""
    worst = 0.0
    counts = []
    for number in range(KILLS):
        with Cloud(Wanted(200)) as cloud:
            process = subprocess.Popen(
                relaytui("watch", "--tasks", cloud.task_list(), "--budget", "20"),
                env=cloud.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while len(cloud.arrivals()) < 40:
                time.sleep(0.05)
            time.sleep(0.13 * number)
            os.kill(process.pid, signal.SIGKILL)
            killed = time.time()
            process.wait()
            arrivals = cloud.arrivals()
            with closing(sqlite3.connect(cloud.environment["RELAYTUI_JOURNAL"])) as db:
                kept = db.execute("SELECT (SELECT sum(count) FROM belief) + (SELECT total(count) FROM run)").fetchone()
        counts.append(f"{int(kept[0])}/{len(arrivals)}")
        if kept[0] < len(arrivals):
            worst = max(worst, killed - arrivals[int(kept[0])])
    yield Figure("age of the oldest answer a kill -9 loses, s", worst, 1.0, f"kept/asked {' '.join(counts)}")


def measure() -> Iterator[Figure]:
    """All figures of this part, in some minutes."""
    yield from kill()
    with tempfile.TemporaryDirectory() as folder:
        yield from slow_disk(Path(folder))
        yield from week(Path(folder) / "week" / "journal.db")
