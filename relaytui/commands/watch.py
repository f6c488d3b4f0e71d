"""`relaytui watch`: the same monitor without a screen; prints what changes, until it is ended."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

from relaytui.adapters.clock import SystemClock
from relaytui.adapters.places import instances_folder, journal_path, turn_path
from relaytui.commands import jsonlines
from relaytui.commands.logs import add_debug_option, log_file
from relaytui.commands.options import Refusal, add_common_options, make_plan
from relaytui.commands.streams import LineWriter, complain
from relaytui.core.alarm_view import AlarmView
from relaytui.core.board import Board
from relaytui.core.events import Event
from relaytui.core.lane_view import LaneView
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.core.task_state import RECALLED
from relaytui.core.update import Update
from relaytui.engine.succession import Succession
from relaytui.monitor import Emit, Monitor
from relaytui.ports import Clock

STILL_SECONDS = 60.0
"""Seconds between two lines that say that somebody is still watching."""
FLUSH_SECONDS = 1.0
"""Seconds that a slow reader is given at the end."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.epilog = "Ends with exit code 0 on SIGINT (Ctrl+C), SIGTERM, SIGHUP, a closed pipe, or when --for is over."
    add_common_options(parser, stdin=True)
    parser.add_argument("--json", action="store_true", help="print JSON lines instead of text")
    add_for_option(parser)
    add_debug_option(parser)


def add_for_option(parser: argparse.ArgumentParser, default: float | None = None) -> None:
    """The option that ends a watch by itself."""
    told = "until ended" if default is None else f"{default:g}"
    parser.add_argument(
        "--for",
        dest="seconds",
        metavar="SECONDS",
        type=_seconds,
        default=default,
        help=f"watch so long (default: {told})",
    )


def run(args: argparse.Namespace) -> int:
    """Watch until ended."""
    plan = make_plan(args, os.environ, stdin=True)
    if isinstance(plan, Refusal):
        return plan.tell()
    from relaytui.commands.board_accounts import BoardAccounts
    from relaytui.commands.stored import follow_stored, list_name
    from relaytui.wiring import make_monitor

    clock, accounts, interval = SystemClock(), plan.accounts(), plan.settings.interval

    def make(emit: Emit) -> Monitor:
        return make_monitor(
            accounts,
            plan.tasks,
            clock=clock,
            emit=emit,
            interval=interval,
            shared=instances_folder(),
            journal=journal_path(os.environ),
            journal_limits=plan.settings.journal,
            reach=plan.settings.alarms,
            environ=os.environ,
            turn=turn_path(list_name(args, plan)),
        )

    def begin(monitors: Succession) -> None:
        call = asyncio.get_running_loop().call_soon_threadsafe
        found = BoardAccounts(plan.settings, plan.found, os.environ, give=lambda each: call(monitors.set_account, each))
        follow_stored(
            args,
            plan,
            take=lambda tasks: found.serve(tasks, lambda served: call(monitors.set_tasks, served)),
            refuse=lambda reason: call(monitors.command, lambda monitor: monitor.refuse_tasks(reason)),
        )

    with log_file(debug=args.debug, trouble=complain) as open_log:
        open_log()
        watching = follow(make, json=args.json, seconds=args.seconds, out=sys.stdout, clock=clock, begin=begin)
        return asyncio.run(watching)


async def follow(
    make_monitor: Callable[[Emit], Monitor],
    *,
    json: bool,
    seconds: float | None,
    out: TextIO,
    clock: Clock | None = None,
    begin: Callable[[Succession], object] = lambda _: None,
) -> int:
    """Run the monitor and print its changes on `out`, for `seconds` or until a signal or a closed pipe; the exit code.

    A monitor that ends in a bug is made anew; `begin` is given what passes commands to the one that there is. Runs in
    the main thread, because it takes signals. A reader who stalls never stalls the polling: see `LineWriter`. The exit
    code is 1 where `out` took no more for another reason than a closed pipe, like a full disk.
    """
    clock = clock or SystemClock()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def end() -> None:
        loop.call_soon_threadsafe(ended.set)

    with _signals(end):
        writer = LineWriter(
            out,
            tell_lost=lambda count: jsonlines.lost_line(clock.wall(), count, as_json=json),
            on_broken=end,
        )
        printer = _Printer(writer.put, clock, as_json=json)
        try:
            monitors = Succession(lambda emit: printer.seeing(make_monitor(emit)), printer.emit)
            begin(monitors)
            async with asyncio.TaskGroup() as group:
                parts = [group.create_task(monitors.run()), group.create_task(printer.keep_saying())]
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await ended.wait()
                for part in parts:
                    part.cancel()
        finally:
            writer.close(FLUSH_SECONDS)
    if writer.error is None or writer.is_reader_gone:
        return 0
    complain(f"cannot write the output: {writer.error.strerror or writer.error}")
    return 1


class _Printer:
    """Makes lines of what a monitor emits; `put` must not block."""

    def __init__(self, put: Callable[[str], None], clock: Clock, *, as_json: bool) -> None:
        self._put = put
        self._clock = clock
        self._as_json = as_json
        self._lanes: dict[LaneKey, LaneView] = {}
        self._board: Board | None = None

    def emit(self, item: Update | LaneView | AlarmView | Event) -> None:
        match item:
            case Update(state=state, events=()) if state.doubt == RECALLED and not state.trouble.failures:
                self._put(jsonlines.recalled_line(item, self._clock.wall(), as_json=self._as_json))
            case Update():
                for line in jsonlines.update_lines(item, as_json=self._as_json):
                    self._put(line)
            case LaneView():
                self._lanes[item.lane] = item
                if item.is_closed:
                    del self._lanes[item.lane]
            case AlarmView():
                pass
            case _:
                self._put(jsonlines.event_line(item, None, None, as_json=self._as_json, known=self._known))

    def _known(self, key: TaskKey) -> WatchedTask:
        tasks = {} if self._board is None else self._board.tasks
        return tasks.get(key) or WatchedTask(key)

    def seeing(self, monitor: Monitor) -> Monitor:
        """Speak of this monitor's board from now on, at once where it is the first; gives the monitor."""
        first, self._board = self._board is None, monitor.board
        if first:
            self._say(first=True)
        return monitor

    async def keep_saying(self) -> None:
        """Say once a minute that somebody is watching."""
        while True:
            await asyncio.sleep(STILL_SECONDS)
            self._say(first=False)

    def _say(self, *, first: bool) -> None:
        if self._board is None:
            return
        counts = self._board.counts()
        paused = len(self._board) - counts.total()
        now = self._clock.wall()
        self._put(jsonlines.watching_line(now, counts, self._lanes, as_json=self._as_json, first=first, paused=paused))


@contextlib.contextmanager
def _signals(end: Callable[[], object]) -> Iterator[None]:
    """Call `end` on SIGINT, SIGTERM and SIGHUP instead of what they do otherwise; under nohup no hang-up ends it."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        numbers.remove(signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: end()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if 0 < seconds < math.inf:
        return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
