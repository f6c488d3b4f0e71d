"""The log file of the commands that run for long, and their option for it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from relaytui.adapters.places import state_folder

if TYPE_CHECKING:
    # Brings the queue and the handlers, which the first paint need not wait for.
    from relaytui.adapters.log_file import LogFile


def add_debug_option(parser: argparse.ArgumentParser) -> None:
    """The option for more in the log."""
    parser.add_argument("--debug", action="store_true", help="write more to the log, relaytui.log in the state folder")


@contextmanager
def log_file(*, debug: bool, trouble: Callable[[str], object]) -> Iterator[Callable[[], None]]:
    """Gives what opens the log, whenever that is convenient; `trouble` is told once why there is none."""
    opened: list[LogFile] = []
    tried = False

    def open_log() -> None:
        nonlocal tried
        if tried:
            return
        tried = True
        from relaytui.adapters.log_file import LogFile

        try:
            opened.append(LogFile(state_folder(), debug=debug))
        except OSError as error:
            trouble(f"there is no log: {error}")

    try:
        yield open_log
    finally:
        for file in opened:
            file.close()
