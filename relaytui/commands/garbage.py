"""When the search for garbage is of no use: while a program is being loaded there is none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_garbage_yet() -> Iterator[None]:
    """Search for no garbage in here, or until `loaded` is called in here.

    Looking again and again at all that is loaded takes a tenth of `check`, and of the time until a board's first paint.
    """
    gc.disable()
    try:
        yield
    finally:
        if not gc.isenabled():
            loaded()


def loaded() -> None:
    """Search for garbage from now on, but not in what there is now: it stays until the program ends."""
    gc.freeze()
    gc.enable()


def settled() -> None:
    """Search for garbage once more, and not again in what is left: it stays.

    A search in the whole of a running board with 10,000 tasks would stop its screen for 20 to 40 ms now and again, and
    one after every 700 new things, as Python has it, takes a tenth of the time in which a dialog opens.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(7_000, 5, 4)
