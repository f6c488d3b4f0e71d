"""Finding and adding on a board of 10,000 tasks: key to paint, against Textual's DataTable doing the same on a pty.

Run by `python -m tests.benchmarks list`. From the bytes of a key going into the pty to the bytes coming out after which
the screen shows what the key is for; the median of some rounds, in which all keys are pressed in turns. And what a task
takes of memory, and the first paint of a list with 10,000 tasks against that of an empty one.

Ours is the whole program: its dialogs, its key line, its engine asking the simulator 20 times a second. The DataTable
is given no more to do than the same needs: it shows the same cells in the same colours, takes 20 first answers a second
as they come (as in the benchmark `table`, and as performance-floors.md measured it), moves the ages of the rows on the
screen once a second, and reads what is pasted with the same reader. It is given less where it could not do the same: it
keeps no order when an answer comes, pins no problem on top, and adds what is pasted at once, without a dialog that
asks. A DataTable that nothing happens to would be another thing: any answer drops all that it remembers of its rows,
and a board lives.

Keys come at any moment of the board's second: always at the same they would meet its own paints always or never.

A third program tells what is Textual's own in our figures: it does nothing but scroll ready lines, and open a screen
over them with as many widgets as the dialog has.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from itertools import islice
from pathlib import Path
from typing import ClassVar, NamedTuple

import pyte
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.events import Paste
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Button, Input, Static

from relaytui.core.board import Board
from relaytui.core.list_text import parse_rows
from relaytui.core.listing import Defaults
from relaytui.core.observation import Observation
from relaytui.core.preview import preview
from relaytui.core.schedule import Lane, Wait
from relaytui.core.task import LaneKey, State, Status, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState
from relaytui.core.update import Update
from relaytui.core.watch import Watch
from relaytui.ui.columns import Column
from relaytui.ui.rows import Lines
from tests.benchmarks.accounts import APP, LABEL, REGION, task_ids
from tests.benchmarks.cloud import Cloud, Wanted, relaytui
from tests.benchmarks.figures import Figure
from tests.benchmarks.paint import first_paint
from tests.benchmarks.processes import Cost
from tests.benchmarks.pty_screen import Chunk, PtyScreen
from tests.benchmarks.table import RATE, WIDTH, Plain

TASKS = 10_000
PASTED = 1_000
ROUNDS = 4
ANSWERS = 7
"""How often a task is asked until nothing more of it is remembered than of the time before."""
START_ROUNDS = 9
MOST_MS = 100.0
MOST_OF_DATA_TABLE = 0.1
MOST_OF_EMPTY = 1.3
MOST_BYTES = 1000
OUR_SECONDS = 0.5
THEIR_SECONDS = 3.0
"""A DataTable of 10,000 rows takes two to be filled."""
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
BARE = (
    Step("G", (), b"G", lambda picture: LAST in picture, (b"g",)),
    Step(f"paste of {PASTED:,} ids", (), b"P", lambda picture: f"{PASTED} new" in picture, (b"P",)),
)
SAME_PAINT = {"sort": "G", "G": "G", f"paste of {PASTED:,} ids": f"paste of {PASTED:,} ids"}
"""Which step of the bare program paints what one of ours does."""


class WithDataTable(App[None]):
    """A board that is a DataTable; 0 fills it anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("9", "fill('9')"),
        Binding("0", "fill('')"),
        Binding("t", "sort(True)"),
        Binding("T", "sort(False)"),
        Binding("G", "go(-1)"),
        Binding("g", "go(0)"),
    ]

    def compose(self) -> ComposeResult:
        self._table = Plain()
        yield self._table

    def on_mount(self) -> None:
        keys = (TaskKey("default", REGION, APP, task_id) for task_id in task_ids(TASKS))
        tasks = (WatchedTask(key, f"{LABEL}{number:06}") for number, key in enumerate(keys))
        self._updates = {task.key: Update(task, TaskState()) for task in tasks}
        self._unasked = iter(tuple(self._updates))
        self.action_fill("")
        self.set_interval(1.0, self._table.tick)
        self.set_interval(1 / RATE, self._answer)

    def _answer(self) -> None:
        now = time.monotonic()
        for key in islice(self._unasked, 1):
            state = TaskState(State.RUNNING, since=now, seen=now)
            self._updates[key] = self._updates[key]._replace(state=state)
            self._table.put([self._updates[key]])

    def action_fill(self, wanted: str) -> None:
        self._table.empty()
        self._table.load(
            update for update in self._updates.values() if wanted in update.task.label + update.task.key.task_id
        )

    def action_sort(self, reverse: bool) -> None:
        self._table.sort(Column.TASK.name, key=lambda label: label.plain.casefold(), reverse=reverse)

    def action_go(self, row: int) -> None:
        self._table.move_cursor(row=row % self._table.row_count)

    def on_paste(self, event: Paste) -> None:
        rows = parse_rows(event.text, Defaults(APP, REGION, "default"))
        found = preview(((f"line {row.line}", row) for row in rows), self._updates.keys())
        self._table.load(Update(task, TaskState()) for task in found.new)
        self.action_go(-1)


class Ready(ScrollView, can_focus=True):
    """Lines that need only be painted."""

    def on_mount(self) -> None:
        looks = [Style.parse(f"{colour} on #121212") for colour in ("#8ad4a1", "#e0e0e0", "#a0a0a0", "#e0e0e0")]
        width = WIDTH // len(looks)
        texts = (f"{LABEL}{number:06}".ljust(width) for number in range(TASKS))
        self._strips = [Strip([Segment(text, look) for look in looks], WIDTH) for text in texts]
        self.virtual_size = Size(0, TASKS)

    def render_line(self, y: int) -> Strip:
        return self._strips[int(self.scroll_offset.y) + y]


class Sheet(ModalScreen[None]):
    """As many widgets as the dialog for a long paste has, with texts that stand before they are mounted."""

    CSS = "#sheet { height: auto; dock: bottom; } Horizontal { height: 1; } Input { height: 1; border: none; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("P", "dismiss", priority=True)]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="sheet"):
            yield Static(f"{PASTED:,} lines pasted")
            for word in ("SdkAppId", "region", "profile", "label", "group"):
                with Horizontal():
                    yield Input(placeholder=word)
            yield Static("\n".join(f"line {number}" for number in range(6)))
            yield Button("add", compact=True)
            yield Static(f"{PASTED} new")
        yield Static("keys")


class Bare(App[None]):
    """What only Textual does: ready lines under a header and over a line of keys, and a screen of widgets."""

    CSS = "Ready { height: 1fr; scrollbar-size-vertical: 1; } Static { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("G", f"go({TASKS})"),
        Binding("g", "go(0)"),
        Binding("P", "open"),
    ]

    def compose(self) -> ComposeResult:
        yield Static("header")
        yield Ready()
        yield Static("keys")

    def action_go(self, y: int) -> None:
        self.query_one(Ready).scroll_to(y=y, animate=False)

    def action_open(self) -> None:
        self.push_screen(Sheet())


def reading_for(seconds: float) -> Callable[[PtyScreen], object]:
    """Reads a screen for so long and up to a second more, by chance."""
    rng = random.Random(1)
    return lambda screen: screen.read(seconds + rng.random())


class Player:
    """Presses keys on a screen; `settle` reads until a key has done all that it does."""

    def __init__(self, screen: PtyScreen, settle: Callable[[PtyScreen], object]) -> None:
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
    """Keys on all three, step by step in turns; memory; first paints; in about five minutes."""
    with Cloud(Wanted(TASKS)) as cloud:
        tasks = cloud.task_list()
        with ExitStack() as stack:

            def play(command: Sequence[str], settle: float) -> Player:
                screen = stack.enter_context(PtyScreen(command, environment=cloud.environment))
                return Player(screen, reading_for(settle))

            mine = play(relaytui("dashboard", "--budget", f"{RATE}", "--tasks", tasks), OUR_SECONDS)
            table = play([sys.executable, "-m", "tests.benchmarks.list", "table"], THEIR_SECONDS)
            bare = play([sys.executable, "-m", "tests.benchmarks.list", "bare"], OUR_SECONDS)
            for _ in range(ROUNDS):
                for our_step, their_step in zip(OURS, THEIRS, strict=True):
                    mine.play(our_step)
                    table.play(their_step)
                for step in BARE:
                    bare.play(step)
        ours, theirs, textuals = mine.found(), table.found(), bare.found()
        for name, took in ours.items():
            our_ms, their_ms = statistics.median(took), statistics.median(theirs[name])
            yield Figure(f"{name}, {TASKS:,} tasks, ms", our_ms, MOST_MS, f"worst of {ROUNDS}: {max(took):.0f} ms")
            told = f"{our_ms:.0f} ms against {their_ms:.0f} ms"
            if name in SAME_PAINT:
                told += f"; Textual alone: {statistics.median(textuals[SAME_PAINT[name]]):.0f} ms"
            yield Figure(f"{name} against DataTable", our_ms / their_ms, MOST_OF_DATA_TABLE, told)
        once, often = memory_per_task(TASKS, answers=1), memory_per_task(TASKS, answers=ANSWERS)
        yield Figure(f"memory for one of {TASKS:,} tasks, bytes", once.all, MOST_BYTES, "all of it, asked once")
        told = f"asked {ANSWERS} times, and {often.requests:.0f} of RequestIds, which the journal has, too"
        yield Figure("the same in the long run, bytes", often.all - often.requests, MOST_BYTES, told)
        yield from _first_paints(cloud, tasks)


class Memory(NamedTuple):
    """Bytes for each task: all that engine and screen hold, and how much of it are texts of RequestIds."""

    all: float
    requests: float


def memory_per_task(count: int, answers: int) -> Memory:
    """What engine and screen hold of a task, with its own texts, that has been asked so often."""
    gc.collect()
    tracemalloc.start()
    try:
        keys = [TaskKey("default", REGION, APP, task_id) for task_id in task_ids(count)]
        board = Board(WatchedTask(key, f"{LABEL}{number:06}") for number, key in enumerate(keys))
        lane = Lane(LaneKey("default", "api"), budget=RATE)
        watch = Watch(board, [lane], now=0.0)
        lines = Lines()
        lines.load(board)
        del keys
        now, asked = 0.0, 0
        while asked < count * answers:
            move = lane.next(now)
            lane.view(now)
            if isinstance(move, Wait):
                now += move.seconds
                continue
            lane.written(move.ticket, now)
            asked += 1
            status = Status.spelt("InProgress")
            answer = Observation(move.key, status, 1.8e9 + now, now, now / 1e6, f"request-{asked:028}")
            for told in watch.done(lane, move, answer, now, jitter=0.5):
                if isinstance(told, Update):
                    lines.put(lines.rows[told.task.key], told)
        gc.collect()
        held = tracemalloc.get_traced_memory()[0]
        states = [update.state for update in watch.board]
        texts = {id(text): text for state in states for text in (state.requests, state.ran_request_id)}
        return Memory(held / count, sum(map(sys.getsizeof, texts.values())) / count)
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
    {"table": WithDataTable, "bare": Bare}[sys.argv[1]]().run()
