"""The task table against Textual's DataTable on a real pty, and against itself with more rows.

Run by `python -m tests.benchmarks.table`; ratios are taken inside one run, because the machine's speed drifts.

Both tables show the same rows, take the same 20 updates a second (half of them on the screen, as rows on the screen are
asked first; each changes the row's note and one in 20 its state) and move their ages once a second, writing only what
changed. DataTable does not re-sort.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, NamedTuple

import pyte
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState, Thresholds
from relaytui.core.update import Update
from relaytui.ui import cells, columns
from relaytui.ui.task_table import TaskTable
from relaytui.ui.themes import DARK
from tests.benchmarks.pty_screen import Chunk, PtyScreen

WIDTH, HEIGHT = 160, 45
RATE = 20
SECONDS = 8.0
QUIET_SECONDS = 12.0
SETTLE_SECONDS = 1.0
KEY_PAUSE = 0.25
DOWN = b"\x1b[B"


# The measured program


class MachineClock:
    """The machine's clock."""

    def wall(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


def make_updates(rows: int) -> list[Update]:
    """Running tasks, last seen within one interval."""
    rng, now = random.Random(1), time.monotonic()
    updates = []
    for number in range(rows):
        key = TaskKey("prod", "ap-singapore", 1600012345, f"task-{number:06}")
        state = TaskState(State.RUNNING, since=now - rng.uniform(60, 90_000), seen=now - rng.uniform(0, 15))
        updates.append(Update(WatchedTask(key), state))
    return updates


class Plain(DataTable[Text]):
    """A DataTable with the interface of the task table, as far as the benchmarks need it."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row")
        self._now = time.monotonic()
        self._updates: dict[str, Update] = {}
        """By TaskId, as the rows."""
        self._written: dict[str, tuple[Text, ...]] = {}

    def load(self, updates: Iterable[Update]) -> None:
        self._columns = columns.layout(WIDTH - 2 * len(columns.Column))
        for column, width in self._columns if not self.columns else ():
            self.add_column(column.title, key=column.name, width=width)
        for update in updates:
            task_id = update.task.key.task_id
            self._updates[task_id] = update
            row = self._written[task_id] = self._cells(update)
            self.add_row(*row, key=task_id)

    def empty(self) -> None:
        """Show no rows."""
        self.clear()
        self._updates.clear()
        self._written.clear()

    def put(self, updates: Iterable[Update]) -> None:
        for update in updates:
            task_id = update.task.key.task_id
            if task_id not in self._updates:
                continue
            self._updates[task_id] = update
            row, written = self._cells(update), self._written[task_id]
            for (column, _), new, old in zip(self._columns, row, written, strict=True):
                if new != old:
                    self.update_cell(task_id, column.name, new)
            self._written[task_id] = row

    def tick(self) -> None:
        self._now = time.monotonic()
        top = int(self.scroll_y)
        on_screen = range(top, min(top + HEIGHT - 1, self.row_count))
        keys = (self.coordinate_to_cell_key(Coordinate(row, 0)).row_key.value for row in on_screen)
        self.put([self._updates[key] for key in keys if key])

    def _cells(self, update: Update) -> tuple[Text, ...]:
        row = cells.cells(update.task, update.state, self._now, self._columns, marks="  ", thresholds=Thresholds())
        styles = {"running": "green", "ended": "bold red"}
        return tuple(Text.assemble(*((text.rstrip(), styles.get(name, "")) for text, name in cell)) for cell in row)


class Program(App[None]):
    """One table under load; `m` begins the measurement and `Q` ends it with a report."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "begin", "Begin", priority=True),
        Binding("Q", "end", "End", priority=True),
    ]

    def __init__(self, widget: str, rows: int, rate: int, report: Path | None = None) -> None:
        super().__init__()
        self.updates = make_updates(rows)
        self.table = TaskTable(clock=MachineClock()) if widget == "ours" else Plain()
        self._rate, self._report = rate, report
        self._rng = random.Random(2)
        self._begun = (0.0, 0.0)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(DARK.variables)

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.load(self.updates)
        self.table.focus()
        self.set_interval(1.0, self.table.tick)
        if self._rate:
            self.set_interval(1 / self._rate, self._put)

    def _put(self) -> None:
        rng, now = self._rng, time.monotonic()
        index = rng.randrange(min(HEIGHT, len(self.updates)) if rng.random() < 0.5 else len(self.updates))
        update = self.updates[index]
        state = replace(update.state, seen=now)
        if rng.randrange(20) == 0:
            other = State.ENDED if update.state.state is State.RUNNING else State.RUNNING
            state = replace(state, state=other, since=now)
        # Every update changes what its row shows: one that changes nothing would cost neither table anything.
        task = update.task._replace(note=f"answered in {rng.randrange(20, 400)} ms")
        self.updates[index] = update._replace(task=task, state=state)
        self.table.put([self.updates[index]])

    def action_begin(self) -> None:
        gc.collect()
        self._begun = time.process_time(), time.monotonic()

    def action_end(self) -> None:
        cpu, wall = time.process_time() - self._begun[0], time.monotonic() - self._begun[1]
        if self._report:
            self._report.write_text(json.dumps({"cpu": cpu / wall}))
        self.exit()


async def bytes_per_row(widget: str, rows: int) -> float:
    """Memory that the widget keeps for one row, the beliefs themselves left out."""
    program = Program(widget, 0, 0)
    updates = make_updates(rows)
    async with program.run_test(size=(WIDTH, HEIGHT)) as pilot:
        gc.collect()
        tracemalloc.start()
        program.table.load(updates)
        await pilot.pause()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / rows


# The measuring


class Figures(NamedTuple):
    """What one run of the program showed."""

    cpu: float
    """Cores used."""
    rate: float
    """Bytes a second to the terminal."""
    keys: list[float]
    """Seconds from each key to the cursor's new line."""


@dataclass(slots=True)
class Run:
    """One program on its pty, from first paint to report."""

    screen: PtyScreen
    report: Path
    begun: float = 0.0
    ended: float = 0.0

    def begin(self) -> None:
        """Wait for the first paint and a calm second, then begin."""
        if not self.screen.read(30.0, until=lambda: b"task-" in self.screen.output[-200_000:]):
            raise RuntimeError(f"nothing was painted: {self.screen.output[-2000:]!r}")
        self.screen.read(SETTLE_SECONDS)
        self.begun = self.screen.send(b"m")

    def end(self) -> float:
        """End the program; the cores it used."""
        self.ended = self.screen.send(b"Q")
        self.screen.wait(20.0)
        cpu: float = json.loads(self.report.read_text())["cpu"]
        return cpu

    def bytes_per_second(self) -> float:
        """What it wrote between begin and end."""
        written = sum(len(chunk.data) for chunk in self.screen.chunks if self.begun < chunk.at <= self.ended)
        return written / (self.ended - self.begun)


def start(stack: ExitStack, folder: Path, widget: str, rows: int, rate: int = RATE) -> Run:
    """Start the program in a pty."""
    report = folder / f"{widget}-{rows}-{rate}.json"
    command = [sys.executable, "-m", "tests.benchmarks.table", "--program", widget, str(rows), str(rate), str(report)]
    return Run(stack.enter_context(PtyScreen(command, width=WIDTH, height=HEIGHT)), report)


def under_load(folder: Path, widget: str, rows: int) -> Figures:
    """A run with keys pressed while it is under load."""
    with ExitStack() as stack:
        run = start(stack, folder, widget, rows)
        run.begin()
        sent = []
        while time.monotonic() - run.begun < SECONDS:
            run.screen.read(KEY_PAUSE)
            sent.append(run.screen.send(DOWN))
        run.screen.read(KEY_PAUSE)
        cpu = run.end()
        return Figures(cpu, run.bytes_per_second(), list(key_to_paint(run.screen, sent)))


def side_by_side(folder: Path, *wanted: tuple[int, int], seconds: float) -> list[Figures]:
    """Runs of the task table (rows, rate) at the same time, so that all meet the same machine; each takes 1 to 2 %."""
    with ExitStack() as stack:
        runs = [start(stack, folder, "ours", rows, rate) for rows, rate in wanted]
        for run in runs:
            run.begin()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for run in runs:
                run.screen.read(0.02)
        return [Figures(run.end(), run.bytes_per_second(), []) for run in runs]


def key_to_paint(screen: PtyScreen, sent: list[float]) -> Iterator[float]:
    """Seconds from each key until another task's line was painted as the cursor's."""
    painted: list[tuple[float, str]] = []

    def look(chunk: Chunk, picture: pyte.Screen) -> None:
        if task := cursor_task(picture):
            painted.append((chunk.at, task))

    screen.replay(look)
    for moment in sent:
        before = next(task for at, task in reversed(painted) if at <= moment)
        after = next((at for at, task in painted if at > moment and task != before), None)
        if after is not None:
            yield after - moment


def cursor_task(picture: pyte.Screen) -> str:
    """The task on the cursor's line: the one with our mark, or else with another background than most lines."""
    lines = range(1, HEIGHT)
    marked = [y for y in lines if picture.buffer[y][0].data == cells.CURSOR_MARK]
    usual = statistics.mode(picture.buffer[y][1].bg for y in lines)
    for y in marked or [y for y in lines if picture.buffer[y][1].bg != usual]:
        text = "".join(picture.buffer[y][x].data for x in range(60))
        if "task-" in text:
            return text[text.index("task-") :][:11]
    return ""


class Bar(NamedTuple):
    """One figure and the bar that it must stay under."""

    name: str
    value: float
    bar: float
    detail: str

    @property
    def passed(self) -> bool:
        return self.value <= self.bar

    def __str__(self) -> str:
        verdict = "pass" if self.passed else "FAIL"
        return f"{verdict}  {self.name:<46} {self.value:8.3f}  bar {self.bar:<6g} {self.detail}"


def measure() -> Iterator[Bar]:
    """All figures of the table, in about a minute."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        theirs, ours = under_load(folder, "theirs", 10_000), under_load(folder, "ours", 10_000)
        few, many, idle = side_by_side(folder, (100, RATE), (100_000, RATE), (1_000, 0), seconds=QUIET_SECONDS)
    cores = f"{ours.cpu:.1%} of a core against {theirs.cpu:.0%}"
    yield Bar("CPU against DataTable, 10,000 rows", ours.cpu / theirs.cpu, 0.10, cores)
    medians = statistics.median(ours.keys), statistics.median(theirs.keys)
    keys = f"{medians[0] * 1e3:.1f} ms against {medians[1] * 1e3:.0f} ms, {len(ours.keys)} and {len(theirs.keys)} keys"
    yield Bar("key to paint against DataTable, median", medians[0] / medians[1], 0.20, keys)
    yield Bar("key to paint, p95, ms", statistics.quantiles(ours.keys, n=20)[-1] * 1e3, 50, "")
    yield Bar("to the terminal, kB/s", ours.rate / 1e3, 25, f"DataTable {theirs.rate / 1e3:.0f} kB/s")
    yield Bar("CPU, 100,000 rows against 100", many.cpu / few.cpu, 1.3, f"{many.cpu:.1%} against {few.cpu:.1%}")
    yield Bar("idle board of 1,000 rows, % of a core", idle.cpu * 100, 2, "")
    yield Bar("idle board of 1,000 rows, kB/s", idle.rate / 1e3, 1, f"the first {QUIET_SECONDS:.0f} s of a pause")
    mine, other = (asyncio.run(bytes_per_row(widget, 10_000)) for widget in ("ours", "theirs"))
    yield Bar("memory of the widget for one row", mine / other, 0.25, f"{mine:.0f} bytes against {other:.0f}")


def main(arguments: list[str] | None = None) -> int:
    """Print every figure with its bar; 1 where one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", nargs=4, metavar=("WIDGET", "ROWS", "RATE", "REPORT"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.program:
        widget, rows, rate, report = options.program
        Program(widget, int(rows), int(rate), Path(report)).run()
        return 0
    missed = 0
    for bar in measure():
        print(bar, flush=True)  # noqa: T201 - this is a command
        missed += not bar.passed
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
