"""Bugs in the program itself, planted, on a real terminal: the board comes back, and what is believed stays."""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals here", allow_module_level=True)

from tests.terminal import Terminal

ROOT = Path(__file__).parent.parent
# Every "g" is a bug in a handler, every "G" one in the painting; no view is read from the disk.
PLANTED = """
import sys
from relaytui.adapters.view_file import ViewFile
from relaytui.cli import main
from relaytui.ui.task_table import TaskTable

def in_a_handler(self):
    raise ZeroDivisionError("planted in a handler")

def in_the_painting(self):
    def broken(y):
        raise ZeroDivisionError("planted in the painting")
    self.render_line = broken
    self.refresh()

ViewFile.load = lambda self: None
TaskTable.action_first = in_a_handler
TaskTable.action_last = in_the_painting
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)


def planted(*words: str) -> Terminal:
    return Terminal([sys.executable, "-c", PLANTED, *words], width=120, height=30)


@pytest.mark.parametrize("key", ["g", "G"])
def test_a_bug_in_the_screen_brings_the_board_back(key: str) -> None:
    with planted("demo") as terminal:
        terminal.wait_for("✖ ended         cup final cam 2")
        terminal.press(key)
        terminal.wait_for("FAULT", "✖ ended         cup final cam 2")
        terminal.press("e")
        terminal.wait_for("internal fault while showing the board: ZeroDivisionError")
        assert b"Traceback" not in terminal.output
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.is_echoing


def test_the_board_comes_back_as_it_was_looked_at() -> None:
    with planted("demo") as terminal:
        terminal.wait_for("✖ ended         cup final cam 2")
        terminal.press("/")
        terminal.wait_for("filter")
        terminal.press("cam 2\r")
        terminal.wait_for("shown", gone=["lobby"])
        terminal.press("*")
        terminal.wait_for("marked")
        terminal.press("g")
        terminal.wait_for("FAULT")

        def is_said_again() -> bool:
            boards = terminal.output.split(b"\x1b[?1049h")
            return len(boards) == 3 and b"marked" in boards[2] and b"shown" in boards[2]

        terminal.wait_until(is_said_again, "filter and marks on the second board", seconds=10)


def test_a_screen_that_breaks_again_and_again_says_so_and_can_be_ended() -> None:
    with planted("demo") as terminal:

        def begun(boards: int) -> bool:
            return terminal.output.count(b"\x1b[?1049h") == boards

        def ended(boards: int) -> bool:
            return terminal.output.count(b"\x1b[?1049l") == boards

        for board in (1, 2):
            terminal.wait_until(partial(begun, board), "board")
            terminal.wait_for("● running")
            terminal.press("g")
            terminal.wait_until(partial(ended, board), "end of it")
        terminal.wait_until(partial(begun, 3), "third board")
        terminal.wait_for("● running", "FAULT")
        terminal.press("g")
        terminal.wait_for("comes back in 5 s")
        terminal.wait_until(partial(begun, 4), "fourth board")
        terminal.wait_for("DEGRADED", "cup final")
        terminal.press("g")
        terminal.wait_until(partial(ended, 4), "end of it")
        began = time.monotonic()
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait() == 128 + signal.SIGTERM
        assert time.monotonic() - began < 2
        assert b"Traceback" not in terminal.output
