"""Shows the board again after a bug in the screen, with all that was known; the engine never noticed."""

from __future__ import annotations

import gc
import logging
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NoReturn

from relaytui.core.faults import Faults
from relaytui.core.theme import ThemeName
from relaytui.core.update import Update
from relaytui.core.view import View
from relaytui.ui.app import RelayTui

if TYPE_CHECKING:
    # Only their types are needed here, and the engine's imports would come before the first paint.
    from relaytui.engine import Feed
    from relaytui.ports import Clock

PAUSE_SECONDS: Final = 5.0
"""How long a screen that breaks again and again is left alone."""

log = logging.getLogger(__name__)


def show_until_quit(
    make_app: Callable[[Iterable[Update], ThemeName, View | None], RelayTui],
    tasks: Iterable[Update],
    theme: ThemeName,
    view: View | None = None,
    *,
    feed: Feed,
    clock: Clock,
    begin: Callable[[], None],
) -> int:
    """Show what `make_app` makes until a person or a signal ends it; its exit code.

    `begin` starts what feeds the board; called before the first picture is there only where that never comes.
    """
    # Without any handler Python writes what is logged to the terminal.
    logging.getLogger().addHandler(logging.NullHandler())
    # Between two boards too; while there is one, its driver has handlers of its own.
    with _signals_end_it():
        return _show_again_and_again(make_app, tasks, theme, view, feed=feed, clock=clock, begin=begin)


def _show_again_and_again(
    make_app: Callable[[Iterable[Update], ThemeName, View | None], RelayTui],
    tasks: Iterable[Update],
    theme: ThemeName,
    view: View | None,
    *,
    feed: Feed,
    clock: Clock,
    begin: Callable[[], None],
) -> int:
    faults = Faults()
    while True:
        app = make_app(tasks, theme, view)
        try:
            app.run(mouse=app.mouse)
            app.keep_view()
        except Exception as fault:  # noqa: BLE001 - Textual could not even begin or end in order
            app.fault = app.fault or fault
        if app.fault is None:
            return app.return_code or 0
        if app.left_with is not None:
            return app.left_with
        begin()
        log.error("internal fault on the screen", exc_info=app.fault)
        notice = faults.note("showing the board", app.fault, now=clock.monotonic(), at=clock.wall())
        if notice is not None:
            feed.put(notice)
        tasks, theme, view = app.updates, ThemeName(app.theme), app.view
        # The board that broke down may have been frozen with all that was to stay, and would stay.
        gc.unfreeze()
        if faults.are_many(clock.monotonic()):
            # It may be the view that breaks the board.
            view = View()
            _stand_still()
        for lane in app.lanes:
            feed.put(lane)
        feed.put(app.alarms)


def _stand_still() -> None:
    """Say what is going on while there is no board."""
    print(  # noqa: T201 - the terminal is the shell's again
        f"relaytui: the board broke down several times within a minute and comes back in {PAUSE_SECONDS:g} s.\n"
        "relaytui: watching goes on meanwhile; the log has the details; Ctrl+C ends this."
    )
    time.sleep(PAUSE_SECONDS)


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """Make what ends a program end it in order, with the same exit code as on the board."""

    def leave(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, leave) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
