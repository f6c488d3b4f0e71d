"""The driver on a real pty: bytes that are not UTF-8, a terminal that goes away, one that stops reading, signals."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

pytest.importorskip("termios")

from relaytui.ui.driver import OldMouse
from relaytui.ui.output import STILL_SECONDS
from relaytui.ui.paste import BEGIN, END

PROGRAM = """
import sys
from textual.app import App
from textual.widgets import Static
from relaytui.ui import paste
from relaytui.ui.driver import HardenedDriver

class Echo(App):
    def compose(self):
        yield Static(f"ready {self.size.width}x{self.size.height}")
    def on_mount(self):
        if "flood" in sys.argv:
            self.set_interval(0.005, self.flood)
    def flood(self):
        if self.dropped:
            self.query_one(Static).update(f"dropped {self.dropped}!")
            return
        self.query_one(Static).update(chr(97 + self.frames % 26) * 4000)
        self.frames += 1
    frames = dropped = 0
    def on_hardened_driver_dropped(self, message):
        self.dropped = message.count
    def on_hardened_driver_pasted_too_much(self):
        self.query_one(Static).update("too much!")
    def on_paste(self, event):
        self.query_one(Static).update(f"pasted {event.text}!")
    def on_key(self, event):
        self.query_one(Static).update(f"key {event.key}!")

paste.MOST = 1000
app = Echo(driver_class=HardenedDriver)
app.run()
sys.exit(app.return_code)
"""
PATIENCE = 20.0
LEFT_THE_SCREEN = b"\x1b[?1049l"


class Run:
    """A program on a pty of 80 by 24 cells."""

    def __init__(self, *arguments: str, ignoring_hang_up: bool = False) -> None:
        self.master, self.slave = os.openpty()
        termios.tcsetwinsize(self.slave, (24, 80))
        self.modes = termios.tcgetattr(self.slave)
        nohup = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" if ignoring_hang_up else ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", nohup + PROGRAM, *arguments],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "20", "LINES": "5"},
        )
        self.output = b""
        self.is_open = True

    def read_until(self, text: bytes) -> None:
        """Read what the program writes until `text` has come."""
        end = time.monotonic() + PATIENCE
        while text not in self.output:
            assert time.monotonic() < end, self.output[-2000:]
            self.read()

    def read(self) -> None:
        if self.is_open and select.select([self.master], [], [], 0.05)[0]:
            with suppress(OSError):
                self.output += os.read(self.master, 65536)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def go_away(self) -> None:
        """The terminal closes, as when SSH drops."""
        if self.is_open:
            os.close(self.slave)
            os.close(self.master)
            self.is_open = False

    def end(self, *, reading: bool = True) -> float:
        """Wait for the program's end; the seconds that took."""
        begun = time.monotonic()
        while self.process.poll() is None:
            assert time.monotonic() < begun + PATIENCE, "the program does not end"
            if reading:
                self.read()
            else:
                time.sleep(0.02)
        took = time.monotonic() - begun
        if reading:
            self.read()
        return took


@pytest.fixture
def run() -> Iterator[Run]:
    run = Run()
    yield run
    _clear(run)


def _clear(run: Run) -> None:
    if run.process.poll() is None:
        run.process.kill()
    run.process.wait()
    run.go_away()


def test_the_first_size_is_the_terminals_whatever_the_environment_says(run: Run) -> None:
    run.read_until(b"ready 80x24")


def test_old_mouse_reports_are_taken_out_wherever_they_are_cut() -> None:
    whole = b"j\x1b[M@\x90\x30k\x1b[A"
    for cut in range(len(whole) + 1):
        mouse = OldMouse()
        got = mouse.strip(whole[:cut]) + mouse.strip(whole[cut:])
        # Cut inside the lead bytes it is not recognised, which the decoder survives.
        assert got == b"jk\x1b[A" or cut in (2, 3)


def test_new_mouse_reports_and_keys_pass_untouched() -> None:
    typed = b"\x1b[<35;120;4M\x1b[1;5A\xc3\xa9\x1b"
    assert OldMouse().strip(typed) == typed


def test_bytes_that_are_not_utf8_do_not_end_the_app(run: Run) -> None:
    run.read_until(b"ready")
    run.type(b"\x1b[M@\x90\x30")
    run.type(b"\xff\xfe\x80")
    run.type(b"a")
    run.read_until(b"key a!")
    assert run.process.poll() is None


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        (b"\x1b[55;2;47u", b"slash"),  # a German keyboard's shift and 7
        (b"\x1b[57413;;43u", b"plus"),  # a keypad's
        (b"\x1b[57410;129;47u", b"slash"),  # a keypad's, with num lock
        (b"\x1b[55;7;123u", b"left_curly_bracket"),  # AltGr told as ctrl and alt
        (b"\x1b[32;2;32u", b"space"),  # with shift
        (b"\x1bq", b"alt+q"),
        (b"\x1b/", b"alt+slash"),
        (b"\x1bb", b"ctrl+left"),
    ],
)
def test_a_key_is_what_it_types_whatever_keyboard_it_is_on(run: Run, sent: bytes, key: bytes) -> None:
    run.read_until(b"ready")
    run.type(sent)
    run.read_until(b"key " + key + b"!")


def test_an_app_whose_terminal_went_away_ends_instead_of_spinning(run: Run) -> None:
    run.read_until(b"ready")
    run.go_away()
    assert run.end(reading=False) < 2
    assert run.process.returncode == 128 + signal.SIGHUP


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_app_and_gives_the_terminal_back(run: Run, number: signal.Signals) -> None:
    run.read_until(b"ready")
    assert termios.tcgetattr(run.slave) != run.modes
    run.process.send_signal(number)
    assert run.end() < 2
    assert run.process.returncode == 128 + number
    assert LEFT_THE_SCREEN in run.output
    assert termios.tcgetattr(run.slave) == run.modes


def test_a_terminal_that_stopped_reading_does_not_hold_up_the_end() -> None:
    run = Run("flood")
    try:
        run.read_until(b"aaaa")
        time.sleep(1.0)  # not reading: the pty and the writer's queue fill, and the app's loop blocks
        run.process.send_signal(signal.SIGTERM)
        assert run.end(reading=False) < 2.5
        assert run.process.returncode == 128 + signal.SIGTERM
        assert termios.tcgetattr(run.slave) == run.modes
    finally:
        _clear(run)


def test_keys_typed_at_a_terminal_that_stands_still_are_dropped_and_counted() -> None:
    run = Run("flood")
    try:
        run.read_until(b"aaaa")
        time.sleep(STILL_SECONDS + 1.5)  # not reading: the pty is full soon, and stands still after this
        run.type(b"x" * 50)
        time.sleep(0.5)  # how long the keyboard has to be read
        run.read_until(b"dropped 50!")
    finally:
        _clear(run)


def test_of_a_paste_that_is_too_long_nothing_is_taken_and_the_next_one_is(run: Run) -> None:
    run.read_until(b"ready")
    run.type(BEGIN.encode() + b"1234 " * 500 + END.encode())
    run.read_until(b"too much!")
    assert b"pasted" not in run.output
    run.type(f"{BEGIN}5678{END}".encode())
    run.read_until(b"pasted 5678!")


def test_who_started_with_nohup_outlives_the_hang_up_but_not_the_terminal() -> None:
    run = Run(ignoring_hang_up=True)
    try:
        run.read_until(b"ready")
        run.process.send_signal(signal.SIGHUP)
        run.type(b"b")
        run.read_until(b"key b!")
        run.go_away()
        assert run.end(reading=False) < 2
    finally:
        _clear(run)


def test_the_windows_title_is_kept_for_whoever_comes_after(run: Run) -> None:
    run.read_until(b"ready")
    run.process.send_signal(signal.SIGTERM)
    run.end()
    assert run.output.index(b"\x1b[22;2t") < run.output.index(b"\x1b[23;2t")


def test_the_terminal_moves_no_cell_of_a_label_written_from_right_to_left_until_the_end(run: Run) -> None:
    run.read_until(b"ready")
    assert run.output.index(b"\x1b[8l") < run.output.index(b"ready")
    run.process.send_signal(signal.SIGTERM)
    run.end()
    assert run.output.count(b"\x1b[8l") == run.output.count(b"\x1b[8h") == 1
