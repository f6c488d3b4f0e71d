"""How the program looks on a real terminal, and what it asks of one."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals here", allow_module_level=True)

from tests.terminal import Terminal

DEMO = [sys.executable, "-m", "relaytui", "demo"]
ROOT = Path(__file__).parent.parent
QUESTION = b"\x1b]11;?\x1b\\"
LIGHT_GROUND, DARK_GROUND = "f3f4f3", "181d24"


@pytest.fixture(autouse=True)
def _from_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def demo() -> Iterator[Terminal]:
    with Terminal(DEMO, width=100, height=30, environment={"COLORTERM": "truecolor"}) as terminal:
        terminal.wait_until(lambda: QUESTION in terminal.output, "question about the background")
        yield terminal


def ground(terminal: Terminal) -> str:
    """The colour behind the titles of the table."""
    row = next(number for number, line in enumerate(terminal.screen.display) if "STATE" in line)
    return str(terminal.screen.buffer[row][4].bg)


def test_a_light_terminal_gets_the_light_theme_and_its_answer_is_no_key(demo: Terminal) -> None:
    assert "STATE" in demo.text, "the question comes after the first picture"
    demo.send(b"\x1b]11;rgb:ffff/ffff/ee")
    demo.send(b"ee\x1b\\")
    demo.wait_until(lambda: ground(demo) == LIGHT_GROUND, "light theme")
    demo.press("?")
    demo.wait_for("In the table")


def test_a_dark_terminal_stays_dark(demo: Terminal) -> None:
    demo.send(b"\x1b]11;rgb:2e2e/3434/3636\x07?")
    demo.wait_for("In the table")
    assert ground(demo) == DARK_GROUND


def test_a_terminal_that_does_not_answer_is_dark_and_takes_keys(demo: Terminal) -> None:
    demo.press("?")
    demo.wait_for("In the table")
    demo.press("esc")
    demo.wait_for("events", gone=["In the table"])
    assert ground(demo) == DARK_GROUND


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"RELAYTUI_THEME": "mono"}])
def test_no_colour_means_not_one_colour_on_the_wire(environment: dict[str, str]) -> None:
    with Terminal(DEMO, environment={"COLORTERM": "truecolor", **environment}) as terminal:
        terminal.wait_for("running", "ended")
        for row in range(terminal.screen.lines):
            for column in range(terminal.screen.columns):
                cell = terminal.screen.buffer[row][column]
                assert (cell.fg, cell.bg) == ("default", "default"), cell
        assert QUESTION not in terminal.output


def test_a_copy_goes_to_the_terminal_as_osc_52_and_says_so(tmp_path: Path) -> None:
    environment = {"COLORTERM": "truecolor", "TMUX": "", "STY": "", "VTE_VERSION": "", "TERM_PROGRAM": ""}
    with Terminal(DEMO, width=100, height=30, environment=environment) as terminal:
        terminal.wait_for("running")
        terminal.press("y")
        terminal.wait_for("t TaskId", "c command")
        terminal.press("c")
        terminal.wait_for("characters by the terminal (OSC 52)")
        sent = terminal.output.rpartition(b"\x1b]52;c;")[2].partition(b"\x07")[0]
        assert base64.b64decode(sent).startswith(b"tccli trtc DescribeStreamIngest --region ap-")


def test_a_terminal_that_takes_no_copy_gets_the_text_and_the_mouse(tmp_path: Path) -> None:
    environment = {"TERM": "linux", "PATH": str(tmp_path), "TMUX": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    with Terminal(DEMO, width=100, height=30, environment=environment) as terminal:
        terminal.wait_for("running")
        assert terminal.is_set(1000)
        terminal.press("y")
        terminal.wait_for("TaskId")
        terminal.press("t")
        terminal.wait_for("no tmux, no terminal", "relaytui-")
        terminal.wait_until(lambda: not terminal.is_set(1000), "mouse for the terminal")
        (path,) = tmp_path.glob("relaytui-*.txt")
        assert path.read_text() in "".join(line.rstrip() for line in terminal.text.splitlines())
        terminal.press("esc")
        terminal.wait_for("STATE")
        terminal.wait_until(lambda: terminal.is_set(1000), "mouse for the board")
