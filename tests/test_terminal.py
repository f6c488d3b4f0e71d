"""The program itself on a real terminal: what a person sees, types, and does to the window."""

from __future__ import annotations

import itertools
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from relaytui.adapters.journal.tables import GAP_SECONDS
from relaytui.core.view import View
from relaytui.monitor.asking import AWAY_SECONDS
from relaytui.simulator.world import ACCOUNT

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals here", allow_module_level=True)

from tests.terminal import PATIENCE, Terminal

PROGRAM = [sys.executable, "-m", "relaytui"]
ROOT = Path(__file__).parent.parent
TASKS = 12
BOARD = f"● {TASKS} RUNNING"
BLIND, BLIND_SECONDS = "BLIND", 10.0
"""Seconds after which the demo must have shown what it is about."""
LEAVE_SECONDS = 2.0
"""Seconds after which a program without a terminal must be gone."""


@pytest.fixture(autouse=True)
def _from_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)


class Simulator:
    """`relaytui simulate` in a process of its own, which can be killed and started again at the same place."""

    def __init__(self, folder: Path) -> None:
        self.tasks = folder / "tasks.csv"
        self._start(port=0)

    def _start(self, port: int) -> None:
        arguments = ["--scenario", "calm", "--count", str(TASKS), "--port", str(port), "--write-tasks", str(self.tasks)]
        self._process = subprocess.Popen([*PROGRAM, "simulate", *arguments], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[2]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """End it without a word, as a machine that loses its power."""
        self._process.kill()
        self._process.communicate()

    def restart(self) -> None:
        """Serve again where it did."""
        self._start(int(self.url.rpartition(":")[2]))

    def state(self) -> dict[str, Any]:
        """What the control interface says."""
        with urllib.request.urlopen(f"{self.url}/_control/state", timeout=PATIENCE) as reply:
            return json.load(reply)  # type: ignore[no-any-return]  # JSON has no types

    @property
    def requests(self) -> int:
        """How many requests it has had."""
        return int(self.state()["requests"]["total"])

    def end_task(self, label: str) -> None:
        """Have the task with this label end now."""
        task_id = next(task["task_id"] for task in self.state()["tasks"] if task["label"] == label)
        body = json.dumps({"task_id": task_id, "status": "NotExist"}).encode()
        urllib.request.urlopen(f"{self.url}/_control/status", data=body, timeout=PATIENCE).close()

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Look until `condition`; fails as "no `what`" where it does not come."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"no {what}"
            time.sleep(0.05)


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    with Simulator(tmp_path) as simulator:
        yield simulator


def options(simulator: Simulator) -> list[str]:
    """Have each task asked once a second."""
    return ["--tasks", str(simulator.tasks), "--endpoint", simulator.url, "--interval", "1", "--budget", "20"]


def account() -> dict[str, str]:
    credential = ACCOUNT.credential
    return {
        "TENCENTCLOUD_SECRET_ID": credential.secret_id,
        "TENCENTCLOUD_SECRET_KEY": credential.secret_key.reveal(),
    }


def shell(folder: Path) -> Terminal:
    """A shell with job control, which leaves the terminal's modes alone."""
    quiet = folder / "inputrc"
    quiet.write_text("set enable-bracketed-paste off\n")
    return Terminal(
        [str(shutil.which("bash")), "--norc", "-i"],
        width=100,
        environment={**account(), "PS1": "$ ", "INPUTRC": str(quiet)},
    )


def board(simulator: Simulator, width: int = 100, height: int = 24, *, nohup: bool = False) -> Terminal:
    """The dashboard, asking about each task once a second."""
    return Terminal([*PROGRAM, *options(simulator)], width=width, height=height, environment=account(), nohup=nohup)


def files_in(folder: Path) -> Sequence[Path]:
    return [path for path in folder.rglob("*") if not path.is_dir()]


def assert_restored(terminal: Terminal) -> None:
    assert_left(terminal)
    assert terminal.is_echoing, "the terminal does not echo"


def assert_left(terminal: Terminal) -> None:
    """Read on until the terminal is as a shell wants it: the modes are left one by one."""
    modes = {1049: "alternate screen", 1000: "mouse", 1003: "mouse", 1006: "mouse", 2004: "bracketed paste"}
    terminal.wait_until(
        lambda: terminal.is_set(25) and not any(map(terminal.is_set, modes)), "cursor, normal screen and no modes set"
    )


def test_the_demo_shows_an_incident_within_ten_seconds() -> None:
    with Terminal([*PROGRAM, "demo"], width=120, height=40) as terminal:
        terminal.wait_for("DEMO", "cup final cam 1", "○ pending")
        began = time.monotonic()
        terminal.wait_for("● running")
        terminal.wait_for("ENDED", "✖ ended         cup final cam 2", f" {BLIND} events@127.0.0.1")
        assert time.monotonic() - began < BLIND_SECONDS + 2
        assert "last good" in terminal.text
        terminal.press("n", "enter")
        terminal.wait_for("─detail─", "TaskId", "things to check")
        terminal.press("q")
        assert terminal.wait() == 0
        assert_restored(terminal)
    assert files_in(Path.home()) == []


def test_with_nothing_configured_a_welcome_leads_to_the_demo_and_back() -> None:
    with Terminal(PROGRAM, environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("What next?", "d   demo", "c   sign in", "+   add tasks")
        terminal.press("d")
        terminal.wait_for("DEMO", "● running", gone=["What next?"])
        terminal.press("q")
        terminal.wait_for("What next?", gone=["DEMO"])
        assert b"\x1b[38;2;" not in terminal.output, "colours where none are wanted"
        terminal.press("q")
        assert terminal.wait() == 0
        assert_restored(terminal)


def test_the_demo_without_a_terminal_prints_what_a_watch_would() -> None:
    began = time.monotonic()
    done = subprocess.run([*PROGRAM, "demo", "--for", "9"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began >= 9
    assert "watching" in done.stdout.splitlines()[0]
    assert any("cup final cam 2" in line and "ended" in line for line in done.stdout.splitlines())
    assert files_in(Path.home()) == []


def test_the_list_is_there_before_the_first_answer_and_every_task_gets_one(simulator: Simulator) -> None:
    with board(simulator) as terminal:
        terminal.wait_for("○ pending", "cup final cam 1", "chess night cam 2")
        terminal.wait_for(BOARD, gone=["pending"])
        assert terminal.is_set(1049)
        assert not terminal.is_echoing
        terminal.press("q")
        assert terminal.wait() == 0
        assert_restored(terminal)


def test_keys_that_move(simulator: Simulator) -> None:
    with board(simulator) as terminal:

        def cursor_comes_to(label: str) -> None:
            terminal.wait_until(lambda: label in terminal.cursor_row, f"cursor on {label}")

        terminal.wait_for(BOARD)
        cursor_comes_to("cup final cam 1")
        for keys, label in (
            ("j", "morning news cam 1"),
            ("down", "lobby loop cam 1"),
            ("k", "morning news cam 1"),
            ("up", "cup final cam 1"),
            ("G", "chess night cam 2"),
            ("g", "cup final cam 1"),
            ("end", "chess night cam 2"),
            ("home", "cup final cam 1"),
        ):
            terminal.press(keys)
            cursor_comes_to(label)

        simulator.end_task("radio one cam 1")
        simulator.end_task("town hall cam 2")
        terminal.wait_for("✖ 2 ENDED")
        terminal.press("G", "n")
        terminal.wait_until(lambda: "✖ ended" in terminal.cursor_row, "cursor on a problem")
        first = terminal.cursor_row
        terminal.press("n")
        terminal.wait_until(lambda: "✖ ended" in terminal.cursor_row and terminal.cursor_row != first, "next problem")
        terminal.press("N")
        terminal.wait_until(lambda: terminal.cursor_row[3:40] == first[3:40], "problem before")

        terminal.press("ctrl+c")
        terminal.wait_for("press ctrl+c again")
        terminal.wait_for("? help", gone=["press ctrl+c again"])
        terminal.press("ctrl+c")
        terminal.wait_for("press ctrl+c again")
        terminal.press("ctrl+c")
        assert terminal.wait() == 0
        assert_restored(terminal)


def test_keys_that_open_and_ask(simulator: Simulator) -> None:
    with board(simulator) as terminal:
        terminal.wait_for(BOARD)
        terminal.press("enter")
        terminal.wait_for("─detail─", "SdkAppId")
        terminal.press("esc")
        terminal.wait_for("STATE", gone=["─detail─"])
        terminal.press("?")
        terminal.wait_for("─help─", "To the next task")
        terminal.press("?")
        terminal.wait_for("STATE", gone=["─help─"])
        terminal.press("e")
        terminal.wait_for("─events─", "pending → running")
        terminal.press("e")
        terminal.wait_for("STATE", gone=["─events─"])
        terminal.press("p")
        terminal.wait_for("PAUSED")
        stopped = simulator.requests
        terminal.press("r")
        terminal.wait_for("asking for ")
        simulator.wait_until(lambda: simulator.requests > stopped, "request for the task under the cursor")
        terminal.press("p")
        terminal.wait_for("polling goes on", gone=["PAUSED"])
        simulator.wait_until(lambda: simulator.requests > stopped + TASKS, "requests after the pause")
        terminal.press(":")
        terminal.wait_for("Search for commands", "To the last task (G end)")
        terminal.press("detail")
        detail = "All about this task; a group is folded or unfolded (enter)"
        terminal.wait_for(detail, gone=["To the last task (G end)"])
        terminal.press("enter")
        terminal.wait_for("─detail─", gone=["Search for commands"])
        terminal.press("esc")
        terminal.wait_for("STATE", gone=["─detail─"])
        terminal.type_all(b"ot/cam 2\r:events\r")
        terminal.wait_for("TASK▲", "/cam 2 ", "─events─", gone=["sort by", "Search for commands"])
        terminal.press("q")
        assert terminal.wait() == 0


def test_another_size_paints_right_and_keeps_the_cursor_on_its_task(simulator: Simulator) -> None:
    with board(simulator, 80, 24) as terminal:
        terminal.wait_for(BOARD)
        terminal.press("G", "k", "k")
        label = "radio one cam"
        terminal.wait_until(lambda: label[:9] in terminal.cursor_row, "cursor on its task")
        for width, height in ((40, 15), (200, 50), (80, 24)):
            terminal.resize(width, height)
            terminal.wait_until(lambda: _is_whole(terminal, label), f"whole picture at {width} x {height}")
        simulator.end_task("town hall cam 1")
        terminal.wait_for("ENDED", "✖ ended")
        assert label[:9] in terminal.cursor_row
        terminal.press("q")
        assert terminal.wait() == 0


def _is_whole(terminal: Terminal, label: str) -> bool:
    """Whether titles, cursor and keys are where this size has them, and the table is as wide and high as it can be."""
    lines = [line.rstrip() for line in terminal.screen.display]
    rows = [line for line in lines if "● running" in line]
    return (
        len(lines) == terminal.height
        and lines[1].startswith("  STATE")
        and len(rows) == min(TASKS, terminal.height - 3)
        and sum(line.startswith("›") for line in lines) == 1
        and label[:9] in terminal.cursor_row
        and lines[-1].startswith(" ? help")
        and ("LAST 60 MIN" in lines[1]) is (terminal.width >= 100)
    )


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(b"\x1b[M@\x90\x30", id="old mouse report"),
        pytest.param(b"\xff\xfe\xc3\x28\x80", id="not UTF-8"),
        pytest.param(b"\x1b[200~" + b"q\x1b[Aj\x1bq\x03\x03 " * 100_000 + b"\x1b[201~", id="a flood of paste"),
        pytest.param(b"quit q \x03\x03" * 100_000, id="a flood without marks"),
    ],
)
def test_strange_input_does_not_end_it(simulator: Simulator, typed: bytes) -> None:
    with board(simulator) as terminal:
        terminal.wait_for(BOARD)
        terminal.type_all(typed)
        # What a paste may have opened is closed, as soon as the burst is over: keys that come at once are part of it.
        keys = itertools.cycle(("esc", "G"))
        pressed = time.monotonic()

        def is_at_end() -> bool:
            nonlocal pressed
            if time.monotonic() - pressed > 0.5:  # a burst is over when nothing has come for a moment
                pressed = time.monotonic()
                terminal.press(next(keys))
            return "chess night cam 2" in terminal.cursor_row

        terminal.wait_until(is_at_end, "cursor at the end")
        assert b"Traceback" not in terminal.output
        terminal.press("q")
        assert terminal.wait() == 0


def test_a_storm_of_sizes_does_not_end_it(simulator: Simulator) -> None:
    with board(simulator) as terminal:
        terminal.wait_for(BOARD)
        for number in range(200):
            terminal.resize(1 + number * 37 % 150, 1 + number * 11 % 50)
        terminal.resize(100, 24)
        terminal.wait_until(lambda: terminal.text.count("● running") == TASKS, "whole picture")
        terminal.wait_for(BOARD, "STATE", "? help", "q quit")
        assert b"Traceback" not in terminal.output
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.mark.parametrize(("width", "height"), [(60, 1), (20, 1), (60, 2)])
def test_the_smallest_board_shows_the_counts(simulator: Simulator, width: int, height: int) -> None:
    with board(simulator, width, height) as terminal:
        terminal.wait_for(f"● {TASKS}")
        terminal.press("q")
        assert terminal.wait() == 0


def test_little_goes_over_the_wire_and_keys_are_quick(simulator: Simulator) -> None:
    """Loose bounds, for a machine on which other tests run too; `python -m tests.benchmarks table` has narrow ones."""
    with board(simulator) as terminal:
        terminal.wait_for(BOARD)

        def rate(seconds: float) -> float:
            before = len(terminal.output)
            terminal.read(seconds)
            return (len(terminal.output) - before) / seconds

        assert rate(2.0) < 25_000, "each task is asked once a second"
        terminal.press("p")
        terminal.wait_for("PAUSED")
        terminal.read(3.0)  # the flashes of the start and the word about the pause are over
        assert rate(3.0) < 1_000, "nothing happens"
        waits, painted = [], b""
        for number in range(20):
            terminal.chunks.clear()
            sent = terminal.send(b"j" if number < 10 else b"k")
            assert terminal.read(PATIENCE, until=lambda: bool(terminal.chunks))
            waits.append(terminal.chunks[0].at - sent)
            terminal.read(0.05)
            painted += terminal.output
        assert sorted(waits)[len(waits) // 2] < 0.1
        assert len(painted) < 20 * 1_000, "a key repaints two rows"
        assert b"\x1b[2J" not in painted


def test_what_is_written_is_all_that_differs_and_no_more(simulator: Simulator) -> None:
    """Bars, panes, dialogs and colours come and go, and a whole repaint then changes nothing."""
    with board(simulator) as terminal:

        def cells() -> list[str]:
            """Colours and characters; not of the top line with its time, nor the last, which says things a while."""
            lines = (terminal.screen.buffer[y] for y in range(1, terminal.screen.lines - 1))
            return [repr([line[x] for x in range(terminal.screen.columns)]) for line in lines]

        def settle() -> None:
            begun = time.monotonic()
            terminal.wait_until(lambda: time.monotonic() - max(begun, terminal.chunks[-1].at) > 0.2, "quiet")

        def press(keys: str, word: str) -> int:
            """Press them until the word is there and nothing comes any more; the bytes."""
            before = len(terminal.output)
            for key in keys.split():
                terminal.press(key)
                settle()
            terminal.wait_for(word)
            settle()
            return len(terminal.output) - before

        terminal.wait_for(BOARD, "● running", gone=["pending"])
        press("p F", "FROZEN")
        for keys, word in {
            "o -": "by order",
            "esc / 2 enter": f"of {TASKS} shown",
            "esc y esc": BOARD,
            "enter ?": "In the table",
        }.items():
            press(keys, word)
            painted = cells()
            assert press("ctrl+l", word) > 4_000, "all of the screen"
            assert cells() == painted, keys
        assert press("y", "TaskId") < 4_000, "no more than what is new"


def test_the_mouse_clicks_and_turns_its_wheel(simulator: Simulator) -> None:
    with board(simulator, 100, 10) as terminal:
        terminal.wait_for(BOARD)
        assert terminal.is_set(1006)
        *_, fourth = (row for row in terminal.text.splitlines()[2:6])
        terminal.send(b"\x1b[<0;20;6M\x1b[<0;20;6m")
        terminal.wait_until(lambda: terminal.cursor_row[2:30] == fourth[2:30], "cursor where the click was")
        terminal.send(b"\x1b[<65;20;6M" * 4)
        terminal.wait_for("chess night cam 2")
        terminal.send(b"\x1b[<0;20;2M\x1b[<0;20;2m")
        terminal.wait_for("TASK▲")
        terminal.press("q")
        assert terminal.wait() == 0
    with Terminal([*PROGRAM, *options(simulator), "--no-mouse"], environment=account()) as terminal:
        terminal.wait_for(BOARD)
        assert not any(terminal.is_set(mode) for mode in (1000, 1003, 1006))


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux here")
def test_in_a_default_tmux_a_copy_is_in_its_buffer_and_the_board_says_so(simulator: Simulator, tmp_path: Path) -> None:
    tmux = ["tmux", "-u", "-L", f"relaytui-board-{os.getpid()}", "-f", os.devnull]
    environ = {**os.environ, **account(), "LC_ALL": "C.UTF-8"}

    def ask(*words: str) -> str:
        told = subprocess.run([*tmux, *words], check=True, env=environ, capture_output=True, text=True)
        return told.stdout

    try:
        ask("new-session", "-d", "-x", "100", "-y", "24", shlex.join([*PROGRAM, *options(simulator)]))
        simulator.wait_until(lambda: BOARD in ask("capture-pane", "-p"), "board in tmux")
        ask("send-keys", "g", "y", "t")
        simulator.wait_until(lambda: "characters by tmux" in ask("capture-pane", "-p"), "copy in tmux")
        assert ask("show-buffer") in {task["task_id"] for task in simulator.state()["tasks"]}
        ask("send-keys", "q")
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, stderr=subprocess.DEVNULL)


def _signal(number: signal.Signals) -> Callable[[Terminal], None]:
    return lambda terminal: os.kill(terminal.pid, number)


def test_what_others_wrote_over_the_picture_is_painted_over(simulator: Simulator) -> None:
    with board(simulator) as terminal:

        def damage() -> None:
            terminal.screen.erase_in_display(2)
            assert "cup final" not in terminal.text

        terminal.wait_for(BOARD, "STATE", "cup final cam 2", gone=["pending"])
        damage()
        terminal.press("ctrl+l")
        terminal.wait_for(BOARD, "STATE", "SEEN", "cup final cam 1", "cup final cam 2", "q quit")
        damage()
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.wait_for(BOARD, "STATE", "SEEN", "cup final cam 1", "cup final cam 2", "q quit")
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.mark.parametrize(
    ("leave", "nohup"),
    [
        pytest.param(_signal(signal.SIGTERM), False, id="SIGTERM"),
        pytest.param(_signal(signal.SIGHUP), False, id="SIGHUP"),
        pytest.param(Terminal.hang_up, False, id="closed terminal"),
        pytest.param(Terminal.hang_up, True, id="end of input under nohup"),
    ],
)
def test_who_takes_the_terminal_away_ends_it(
    simulator: Simulator, leave: Callable[[Terminal], None], nohup: bool
) -> None:
    with board(simulator, nohup=nohup) as terminal:
        terminal.wait_for(BOARD)
        began = time.monotonic()
        leave(terminal)
        code = terminal.wait()
        took = time.monotonic() - began
        assert code in (128 + signal.SIGTERM, 128 + signal.SIGHUP)
        assert took < LEAVE_SECONDS + 0.5, "half a second for a busy machine"
        if leave is not Terminal.hang_up:
            assert_restored(terminal)


@pytest.mark.parametrize("through_the_background", [False, True])
def test_ctrl_z_gives_the_terminal_back_and_fg_goes_on(simulator: Simulator, through_the_background: bool) -> None:
    with shell(simulator.tasks.parent) as terminal:
        terminal.press(" ".join([*PROGRAM, *options(simulator)]), "enter")
        terminal.wait_for(BOARD, gone=["$ "])
        terminal.press("j", "\x1a")
        terminal.wait_until(lambda: not terminal.is_set(1049), "terminal of the shell's")
        terminal.wait_for("Stopped", "$ ")
        assert_left(terminal)
        stopped = simulator.requests
        if through_the_background:
            terminal.press("bg", "enter")
        simulator.end_task("lobby loop cam 1")
        time.sleep(AWAY_SECONDS + 1)  # how long somebody has to be away for it to be told
        assert simulator.requests == stopped, "nobody watches meanwhile"
        terminal.press("fg", "enter")
        terminal.wait_until(lambda: terminal.is_set(1049), "board")
        terminal.wait_for("✖ 1 ENDED", "✖ ended", "morning news cam 1", gone=["BLIND"])
        assert "morning news cam 1" in terminal.cursor_row
        terminal.press("e")
        terminal.wait_for("not watching")
        terminal.press("q")
        assert_left(terminal)
        for _ in range(10):
            # What is typed while the program still ends is lost with it.
            terminal.press("exit", "enter")
            if (code := terminal.wait(2.0)) is not None:
                break
        assert code == 0


def test_a_watch_stands_still_after_ctrl_z_goes_on_after_fg_and_ends_with_its_terminal(simulator: Simulator) -> None:
    with shell(simulator.tasks.parent) as terminal:
        terminal.press(" ".join([*PROGRAM, "watch", *options(simulator)]), "enter")
        terminal.wait_for("chess night cam 2")  # the last on the list
        terminal.press("\x1a")
        terminal.wait_for("Stopped")
        stopped = simulator.requests
        simulator.end_task("lobby loop cam 1")
        time.sleep(AWAY_SECONDS + 1)  # how long somebody has to be away for it to be told
        assert simulator.requests == stopped, "nobody watches meanwhile"
        terminal.press("fg", "enter")
        terminal.wait_for("not watching", "✖ ended", gone=["blind"])
        terminal.hang_up()
        terminal.wait()
    asked = simulator.requests
    time.sleep(1.5)  # longer than its interval
    assert simulator.requests == asked, "it outlived its terminal"


def test_after_a_kill_the_board_is_looked_at_as_before(simulator: Simulator) -> None:
    files = Path.home() / ".local/state/relaytui/views"

    def kept() -> str:
        return "".join(path.read_text() for path in files.glob("*.json"))

    with board(simulator) as terminal:
        terminal.wait_for(BOARD)
        terminal.press("/")
        terminal.wait_for("keep")
        terminal.press("town hall", "enter")
        terminal.wait_for("2 of 12 shown", "q quit")
        terminal.press("j", " ", "e")
        terminal.wait_for("─events─", "1 marked")
        simulator.wait_until(
            lambda: '"town hall"' in kept() and json.loads(kept())["view"][View._fields.index("events_shown")],
            "newest view in its file",
        )
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait()
        killed = time.monotonic()
        # So long that it counts as a time that nobody watched.
        simulator.wait_until(lambda: time.monotonic() - killed > GAP_SECONDS + 1, "gap")
    with board(simulator) as terminal:
        terminal.wait_for("STATE")
        first = time.monotonic()
        terminal.wait_for("─events─", "2 of 12 shown", "1 marked")
        terminal.wait_until(lambda: "town hall cam 2" in terminal.cursor_row, "cursor where it was")
        assert time.monotonic() - first < 1 + 0.5, "half a second for a busy machine"
        terminal.wait_for("not watching")
        terminal.press("q")
        assert terminal.wait() == 0


def test_a_terminal_that_stops_reading_does_not_stop_the_polling(simulator: Simulator) -> None:
    with board(simulator) as terminal:
        terminal.wait_for(BOARD)

        def is_asked(count: int) -> bool:
            terminal.press("ctrl+l")
            return simulator.requests > count

        # Every press is a whole picture; terminal, writer and queue hold some 40, then the screen stands still.
        before = simulator.requests
        simulator.wait_until(lambda: is_asked(before + 4 * TASKS), "request while the terminal fills")
        assert terminal.unread >= 4095
        before = simulator.requests
        simulator.wait_until(lambda: is_asked(before + 2 * TASKS), "request while the terminal stalls")
        simulator.end_task("lobby loop cam 1")
        terminal.wait_for("✖ 1 ENDED")
        terminal.press("q")
        assert terminal.wait() == 0
        assert_restored(terminal)


def test_a_server_that_dies_and_comes_back(simulator: Simulator) -> None:
    with board(simulator) as terminal:
        terminal.wait_for(BOARD)
        simulator.kill()
        terminal.wait_for(BLIND, "last good", "Nobody listens at the endpoint")
        assert BOARD in terminal.text, "blindness must not end a task"
        simulator.restart()
        terminal.wait_for(BOARD, gone=[BLIND])
        terminal.press("e")
        terminal.wait_for("sees again: blind")
        terminal.press("q")
        assert terminal.wait() == 0


def test_what_is_pasted_into_the_terminal_is_previewed_added_saved_and_undone(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = tmp_path / "list.toml"
    monkeypatch.setenv("RELAYTUI_LIST", str(stored))
    subprocess.run([*PROGRAM, "add", "--file", str(simulator.tasks)], check=True, capture_output=True)
    before = stored.read_text("utf-8")
    arguments = ["--endpoint", simulator.url, "--sdk-app-id", "1600012345", "--interval", "1"]
    with Terminal([*PROGRAM, *arguments], width=80, height=24, environment=account()) as terminal:
        terminal.wait_for(BOARD)
        assert terminal.is_set(2004)
        terminal.send(b"\x1b[200~Mei: it is\r\n> -k3+x_y\x1b[2J/aZ9bQ7cR5..\r\nnot 1234 but\r\n77777\r\n\x1b[201~")
        terminal.wait_for("add tasks", "new           line 4 77777")
        terminal.send(b"\x13")
        terminal.wait_for("u undoes it", "? not found     77777")
        assert 'task_id = "77777"' in stored.read_text("utf-8")
        terminal.press("u")
        terminal.wait_for("undone: added", gone=["not found"])
        assert stored.read_text("utf-8").rstrip() == before.rstrip()
        terminal.press("q")
        assert terminal.wait() == 0
