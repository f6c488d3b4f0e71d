"""The terminal driver, hardened against terminals that go away, stop reading, or send bytes that are not UTF-8.

Textual's own driver spins when stdin ends, dies of an old-style mouse report beyond column 95, and is killed by a
hang-up before it can put the terminal back (style-anchors.md, Traps).
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import selectors
import signal
import sys
import termios
import threading
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, Final

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key, MouseEvent, Paste
from textual.keys import _character_to_key
from textual.message import Message

from relaytui.ui.background import ASK_BACKGROUND, ColourAnswers, is_light
from relaytui.ui.output import Output
from relaytui.ui.paste import Pastes

POLITE_SECONDS: Final = 0.7
"""How long a signalled app may take to leave the terminal in good order before its output is thrown away."""
PATIENT_SECONDS: Final = 1.8
"""How long after the signal the process is ended in any case."""

RESTART_SECONDS: Final = 0.2
"""How long after a bug in it the reading of the keyboard begins anew."""

SWITCH_SECONDS: Final = 0.001
"""How long one thread may compute while another one waits."""

log = logging.getLogger(__name__)

_SIGNALS: Final = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
_READ_BYTES: Final = 4096
_ANSWER_SECONDS: Final = 2.0
"""How long the terminal may think about its colours; an answer that comes later is dropped."""
_WITH_ESCAPE: Final = re.compile("\x1b([^\x1b\\[Ofb])")
"""What a key with alt sends, but those with which some terminals mean to go on by a word."""
_PUSH_TITLE: Final = "\x1b[22;2t"
_POP_TITLE: Final = "\x1b[23;2t"
_AS_IT_STANDS: Final = "\x1b[8l"
"""Paint each cell where it is: the terminals of VTE would swap a label in Hebrew and the number in the next column."""
_AS_IT_READS: Final = "\x1b[8h"


class OldMouse:
    """Takes old-style mouse reports (`ESC [ M` and three raw bytes) out of the input.

    We ask for the new style; an old report comes from a terminal that forgot, after a tmux reattach for instance. Its
    coordinates are raw bytes, so from column 96 on it is not UTF-8.
    """

    _WHOLE = re.compile(rb"\x1b\[M.{3}", re.DOTALL)
    _BEGUN = re.compile(rb"\x1b\[M.{0,2}\Z", re.DOTALL)

    def __init__(self) -> None:
        self._held = b""

    def strip(self, read: bytes) -> bytes:
        """`read` without mouse reports; one that is cut off at the end is held back until the rest comes."""
        rest = self._WHOLE.sub(b"", self._held + read)
        begun = self._BEGUN.search(rest)
        self._held = begun.group() if begun else b""
        return rest[: len(rest) - len(self._held)]


def as_typed(key: Key) -> Key:
    """The key by the character that it types.

    Terminals with kitty's protocol tell a keypad's `+` from the other, and some AltGr as ctrl with alt: to whoever
    presses them they are the same.
    """
    if key.character is None or not key.is_printable or key.key.startswith("alt+"):
        return key
    return Key(_character_to_key(key.character), key.character)


class HardenedDriver(LinuxDriver):
    """A driver that ends the app when its terminal is gone, and does not end it for anything else."""

    class Dropped(Message):
        """So many keys were typed while the terminal stood still, and meant nothing."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    class PastedTooMuch(Message):
        """More was pasted than can be kept, so none of it was taken: a part could end within a TaskId."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        # Where nobody gives it, Textual takes the first size from the environment, and it may stay.
        self._size = size or self._get_terminal_size()
        self._output = Output(sys.__stderr__.fileno() if sys.__stderr__ else 2)
        # The writer thread needs write, flush and fileno of its file, which is what Output has.
        self._file = self._output  # type: ignore[assignment]
        self.left_with: int | None = None
        """The exit code of the signal that ended the app, None where none did."""
        self._handlers: dict[signal.Signals, Any] = {}
        self._ended = threading.Event()
        self._way_out: threading.Thread | None = None
        self._asked = self._ask = -1
        """The two ends of a pipe: asked to leave, ask to leave."""
        self._dropped = 0
        self._background: Callable[[bool], object] | None = None
        self._answer_until = 0.0

    def start_application_mode(self) -> None:
        """Take the terminal over, and answer to hang-up and termination from now on."""
        if self._way_out is None:
            self._ended.clear()
            self._asked, self._ask = os.pipe()
            self._way_out = threading.Thread(target=self._guard, name="relaytui-way-out", daemon=True)
            self._way_out.start()
            for number in _SIGNALS:
                handler = signal.getsignal(number)
                # Whoever started us with nohup wants us to outlive the hang-up; stdin's end still ends us.
                if handler is not signal.SIG_IGN:
                    self._handlers[number] = handler
                    signal.signal(number, self._leave)
        # The writer thread would wait for the interpreter at every 4 kB, up to 5 ms each time, while the loop computes.
        sys.setswitchinterval(SWITCH_SECONDS)
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual gives it no types
        # After `bg` the terminal is still the shell's, and we have been stopped again: it was not taken.
        if not self._must_signal_resume:
            self.write(_PUSH_TITLE + _AS_IT_STANDS)

    def _sigcont_application(self, *_: object) -> None:
        """Go on after a stop: take the terminal over again where it was given back, and paint everything anew."""
        if self._must_signal_resume:
            super()._sigcont_application()
        else:
            self._loop.call_soon_threadsafe(self._app.post_message, self.SignalResume())

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self.write(_POP_TITLE + _AS_IT_READS)
        super().stop_application_mode()

    def close(self) -> None:
        """End the threads, and leave the signals to whoever had them before."""
        super().close()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()
        self._ended.set()
        if self._way_out is not None:
            os.write(self._ask, b"\0")
            self._way_out.join()
            self._way_out = None
            os.close(self._ask)
            os.close(self._asked)

    def _get_terminal_size(self) -> tuple[int, int]:
        """The terminal's own size: COLUMNS and LINES of the environment do not change with the window."""
        try:
            columns, lines = os.get_terminal_size(self.fileno)
        except OSError:
            return super()._get_terminal_size()
        return columns, lines

    def show_title(self, title: str) -> None:
        """Set the window's title; `title` must be our own text."""
        self.write(f"\x1b]2;{title}\x07")

    def grab_mouse(self, on: bool) -> None:
        """Take the mouse, or leave it to the terminal, so that a person can select text."""
        if on:
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()

    def ask_background(self, answered: Callable[..., object]) -> None:
        """Ask the terminal for its background; `answered(is_light=…)` is called on the app's loop, or never."""
        self._background = lambda is_light: answered(is_light=is_light)
        self._answer_until = time.monotonic() + _ANSWER_SECONDS
        self.write(ASK_BACKGROUND)

    @property
    def _awaits_answer(self) -> bool:
        return time.monotonic() < self._answer_until

    def _take_background(self, colour: bytes) -> None:
        light = is_light(colour)
        if light is not None and self._background is not None and self._awaits_answer:
            self._loop.call_soon_threadsafe(self._background, light)
        self._answer_until = 0.0

    def notify_desktop(self, sequence: str) -> None:
        """Have the terminal notify the desktop; `sequence` must be our own."""
        self.write(sequence)

    def _run_input_thread(self) -> None:
        """Read the keyboard until the end; a bug in it is logged, and the reading begins anew."""
        while not self.exit_event.is_set():
            try:
                self.run_input_thread()
            except Exception:
                log.exception("internal fault while reading the keyboard")
                time.sleep(RESTART_SECONDS)
            else:
                return

    def run_input_thread(self) -> None:
        """Hand on what is typed until the app or its terminal ends."""
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            parser = XTermParser(self._debug)
            decoder = getincrementaldecoder("utf-8")("replace")
            old_mouse = OldMouse()
            colours = ColourAnswers(self._take_background)
            pastes = Pastes()
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    try:
                        read = os.read(self.fileno, _READ_BYTES)
                    except BlockingIOError:
                        continue
                    except OSError:
                        read = b""
                    if not read:
                        self._leave(signal.SIGHUP)
                        return
                    typed = old_mouse.strip(colours.strip(read, awaited=self._awaits_answer))
                    pieces = pastes.feed(decoder.decode(typed))
                else:
                    pieces = [*pastes.feed(decoder.decode(colours.give_back())), *pastes.rest()]
                for piece in pieces:
                    if piece.is_cut:
                        self._loop.call_soon_threadsafe(self._app.post_message, self.PastedTooMuch())
                    elif piece.is_paste:
                        self._post([Paste(piece.text.replace("\0", ""))])
                    else:
                        parser = self._hand_on(parser, piece.text)
                self._post(parser.tick())

    def _hand_on(self, parser: XTermParser, text: str) -> XTermParser:
        """Post what `text` means; input that the parser cannot stand is dropped and a new parser returned."""
        if (key := _WITH_ESCAPE.fullmatch(text)) and key[1].isprintable():
            # Textual forgets the alt of what is no letter.
            self._post([Key(f"alt+{_character_to_key(key[1])}", key[1])])
            return parser
        if text:  # the parser takes "" for the end of the input
            try:
                self._post(parser.feed(text))
            except (ParseError, ValueError, ArithmeticError, LookupError, StopIteration):
                return XTermParser(self._debug)
        return parser

    def _post(self, messages: Iterable[Message]) -> None:
        """Hand messages on; a key that was typed at a picture that stands still is dropped.

        Whoever typed it could not see what it would act on, and a minute of keys takes long to work off.
        """
        for message in messages:
            if isinstance(message, (Key, MouseEvent, Paste)) and self._output.stands_still:
                self._dropped += 1
            else:
                self.process_message(as_typed(message) if isinstance(message, Key) else message)
        if self._dropped and not self._output.stands_still:
            dropped = self.Dropped(self._dropped)
            self._dropped = 0
            self._loop.call_soon_threadsafe(self._app.post_message, dropped)

    def _leave(self, number: int, _frame: FrameType | None = None) -> None:
        """Have the app ended as by signal `number`. One write, because a signal may interrupt us anywhere."""
        os.write(self._ask, bytes([number]))

    def _guard(self) -> None:
        """Wait until the app should leave, ask it to, and see to it that it does even if the terminal reads no more."""
        number = os.read(self._asked, 1)[0]
        if number:
            self.left_with = code = 128 + number
            # Where the loop has ended already nobody need be asked.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(lambda: self._app.exit(return_code=code))
            if not self._ended.wait(POLITE_SECONDS):
                self._insist(code)

    def _insist(self, code: int) -> None:
        deadline = time.monotonic() + PATIENT_SECONDS - POLITE_SECONDS
        while time.monotonic() < deadline:
            self._output.abandon()
            if self._ended.wait(0.02):
                return
        if self.attrs_before is not None:
            termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        os._exit(code)
