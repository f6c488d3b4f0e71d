"""Finding and adding on a board of 10,000 tasks: key to paint, against Textual's DataTable doing the same on a pty.

Run by `python -m tests.benchmarks list`. From the bytes of a key going into the pty to the bytes coming out after which
the screen shows what the key is for; the median of some rounds, in which all keys are pressed. And what a task takes of
memory, and the first paint of a list with 10,000 tasks against that of an empty one, in turns.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple

import pyte
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Paste
from textual.widgets import DataTable

from relaytui.core.board import Board
from relaytui.core.observation import Observation
from relaytui.core.schedule import Lane
from relaytui.core.task import LaneKey, Status, TaskKey, WatchedTask
from relaytui.core.watch import Watch
from relaytui.ui.rows import Lines
from relaytui.ui.tally import Tally
from tests.benchmarks.accounts import APP, LABEL, REGION, task_ids
from tests.benchmarks.cloud import Cloud, Wanted, relaytui
from tests.benchmarks.figures import Figure
from tests.benchmarks.paint import first_paint
from tests.benchmarks.processes import Cost
from tests.benchmarks.pty_screen import Chunk, PtyScreen

TASKS = 10_000
PASTED = 1_000
ROUNDS = 4
START_ROUNDS = 9
MOST_MS = 100.0
MOST_OF_DATA_TABLE = 0.1
MOST_OF_EMPTY = 1.3
MOST_BYTES = 1000
OUR_SECONDS = 1.0
THEIR_CALM_SECONDS = 2.0
LAST = f"{LABEL}{TASKS - 1:06}"
PASTE = b"\x1b[200~" + b"".join(b"-pasted%06d..\r" % number for number in range(PASTED)) + b"\x1b[201~"


class Step(NamedTuple):
    """Keys that prepare, the key that is measured, what it brings on the screen, and keys that lead back."""

    name: str
    before: tuple[bytes, ...]
    key: bytes
    shows: Callable[[str], bool]
    after: tuple[bytes, ...]


@cache
def first_filtered() -> str:
    """The first label, of those that a filter for 9 lets through."""
    return next(f"{LABEL}{number:06}" for number, task_id in enumerate(task_ids(TASKS)) if "9" in task_id)


def first_row(picture: str) -> str:
    """The label in the first row that has one."""
    place = picture.find(LABEL)
    return picture[place : place + len(LAST)]


def _is_previewed(picture: str) -> bool:
    return f"{PASTED} new" in picture and "-pasted000000.." in picture


OURS = (
    Step("filter keystroke", (b"/",), b"9", lambda picture: f" of {TASKS} shown" in picture, (b"\x1b", b"g")),
    Step("sort", (b"o", b"t", b"o"), b"t", lambda picture: "TASK▼" in picture, (b"o", b"o", b"g")),
    Step("G", (), b"G", lambda picture: LAST in picture, (b"g",)),
    Step(f"paste of {PASTED:,} ids", (), PASTE, _is_previewed, (b"\x1b",)),
)
THEIRS = (
    Step("filter keystroke", (), b"9", lambda picture: first_row(picture) == first_filtered(), (b"0",)),
    Step("sort", (), b"t", lambda picture: first_row(picture) == LAST, (b"T",)),
    Step("G", (), b"G", lambda picture: LAST in picture, (b"g",)),
    Step(f"paste of {PASTED:,} ids", (), PASTE, lambda picture: f"-pasted{PASTED - 1:06}.." in picture, (b"0",)),
)


class Program(App[None]):
    """A DataTable with the same tasks that does the same; 0 fills it anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("9", "fill('9')"),
        Binding("0", "fill('')"),
        Binding("t", "sort(True)"),
        Binding("T", "sort(False)"),
        Binding("G", "go(-1)"),
        Binding("g", "go(0)"),
    ]

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        self._table = self.query_one(DataTable)
        for title in ("STATE", "TASK", "APP", "REGION", "FOR", "SEEN", "NOTE"):
            self._table.add_column(title, key=title)
        self.action_fill("")

    def action_fill(self, wanted: str) -> None:
        self._table.clear()
        labels = {f"{LABEL}{number:06}": task_id for number, task_id in enumerate(task_ids(TASKS))}
        self._table.add_rows(self._row(label) for label, task_id in labels.items() if wanted in label + task_id)

    def action_sort(self, reverse: bool) -> None:
        self._table.sort("TASK", reverse=reverse)

    def action_go(self, row: int) -> None:
        self._table.move_cursor(row=row % self._table.row_count)

    def on_paste(self, event: Paste) -> None:
        self._table.add_rows(self._row(task_id) for task_id in event.text.split())
        self.action_go(-1)

    @staticmethod
    def _row(label: str) -> tuple[str, ...]:
        return ("● running", label, "1600012345", "ap-singapore", "3h02m", "4s", "")


def read_for_a_while(screen: PtyScreen) -> None:
    """Read for longer than the board takes for any key."""
    screen.read(OUR_SECONDS)


def read_until_calm(screen: PtyScreen) -> None:
    """Read until nothing has come for longer than a DataTable of 10,000 rows is silent while it is filled."""
    seen = -1
    while len(screen.chunks) > seen:
        seen = len(screen.chunks)
        screen.read(THEIR_CALM_SECONDS)


class Player:
    """Presses keys on a screen; `settle` reads until a key has done all that it does."""

    def __init__(self, screen: PtyScreen, settle: Callable[[PtyScreen], None]) -> None:
        if not screen.read(30.0, until=lambda: LABEL.encode() in screen.output):
            raise RuntimeError(f"nothing was painted: {screen.output[-2000:]!r}")
        self._screen = screen
        self._settle = settle
        self._sent: list[tuple[float, Step]] = []

    def play(self, step: Step) -> None:
        """Press the keys of one step."""
        # What came while the other one played.
        self._settle(self._screen)
        for key in step.before:
            self._press(key)
        self._sent.append((self._press(step.key), step))
        for key in step.after:
            self._press(key)

    def _press(self, key: bytes) -> float:
        moment = self._screen.send(key)
        self._settle(self._screen)
        return moment

    def found(self) -> dict[str, list[float]]:
        """Milliseconds from each step's key to what it shows."""
        found: dict[str, list[float]] = {step.name: [] for _, step in self._sent}
        left = deque(self._sent)

        def look(chunk: Chunk, picture: pyte.Screen) -> None:
            if left and chunk.at > left[0][0]:
                moment, step = left[0]
                if step.shows("\n".join(picture.display)):
                    found[step.name].append((chunk.at - moment) * 1e3)
                    left.popleft()

        self._screen.replay(look)
        if left:
            raise RuntimeError(f"{left[0][1].name}: not shown")
        return found


def measure() -> Iterator[Figure]:
    """Keys on both, step by step in turns; memory; first paints; in about four minutes."""
    with Cloud(Wanted(TASKS)) as cloud:
        tasks = cloud.task_list()
        with (
            PtyScreen(relaytui("dashboard", "--tasks", tasks), environment=cloud.environment) as board,
            PtyScreen([sys.executable, "-m", "tests.benchmarks.list"], environment=cloud.environment) as table,
        ):
            mine, other = Player(board, read_for_a_while), Player(table, read_until_calm)
            for _ in range(ROUNDS):
                for our_step, their_step in zip(OURS, THEIRS, strict=True):
                    mine.play(our_step)
                    other.play(their_step)
        ours, theirs = mine.found(), other.found()
        for name, took in ours.items():
            our_ms, their_ms = statistics.median(took), statistics.median(theirs[name])
            yield Figure(f"{name}, {TASKS:,} tasks, ms", our_ms, MOST_MS, f"worst of {ROUNDS}: {max(took):.0f} ms")
            told = f"{our_ms:.0f} ms against {their_ms:.0f} ms"
            yield Figure(f"{name} against DataTable", our_ms / their_ms, MOST_OF_DATA_TABLE, told)
        memory = bytes_per_task(TASKS)
        yield Figure(f"memory for one of {TASKS:,} tasks, bytes", memory, MOST_BYTES, "engine and screen")
        yield from _first_paints(cloud, tasks)


def bytes_per_task(count: int) -> float:
    """What engine and screen hold of a task that has been asked once, with its own texts."""
    gc.collect()
    tracemalloc.start()
    try:
        keys = [TaskKey("default", REGION, APP, task_id) for task_id in task_ids(count)]
        board = Board(WatchedTask(key, f"{LABEL}{number:06}") for number, key in enumerate(keys))
        watch = Watch(board, [Lane(LaneKey("default", "api"), budget=20)], now=0.0)
        tally, lines = Tally(board), Lines()
        lines.load(tally)
        for number, key in enumerate(keys):
            status = Status.spelt("InProgress")
            answer = Observation(key, status, 1.8e9 + number / 20, number / 20, 0.02, f"request-{number:028}")
            if update := board.apply(answer):
                tally.put([update])
                lines.put(lines.rows[key], update)
        del keys
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / len(watch.board)
    finally:
        tracemalloc.stop()


def _first_paints(cloud: Cloud, tasks: str) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        empty = Path(name) / "empty.toml"
        empty.touch()
        environments = [(cloud.environment | {"RELAYTUI_LIST": str(empty)}, "add tasks"), (cloud.environment, LABEL)]
        commands = [relaytui("dashboard"), relaytui("dashboard", "--tasks", tasks)]
        costs: list[tuple[Cost, Cost]] = []
        for number in range(START_ROUNDS + 1):
            few, many = (
                first_paint(command, word, environment)
                for command, (environment, word) in zip(commands, environments, strict=True)
            )
            if number:  # The first round compiles.
                costs.append((few, many))
    for kind in Cost._fields:
        ratio = statistics.median(getattr(many, kind) / getattr(few, kind) for few, many in costs)
        few_ms, many_ms = (statistics.median(getattr(pair[side], kind) for pair in costs) * 1e3 for side in (0, 1))
        told = f"{many_ms:.0f} ms against {few_ms:.0f} ms"
        yield Figure(f"first paint, {TASKS:,} tasks against none, {kind} time", ratio, MOST_OF_EMPTY, told)


if __name__ == "__main__":
    Program().run()
