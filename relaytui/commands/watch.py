"""`relaytui watch`: the same monitor without a screen; prints what changes, until it is ended."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from relaytui.adapters.clock import SystemClock
from relaytui.commands import jsonlines
from relaytui.commands.options import Refusal, add_common_options, make_plan
from relaytui.commands.streams import LineWriter, complain
from relaytui.core.board import Update
from relaytui.core.events import Event
from relaytui.core.lane_view import LaneView
from relaytui.core.task import LaneKey
from relaytui.monitor import Emit, Monitor
from relaytui.ports import Clock

STILL_SECONDS = 60.0
"""Seconds between two lines that say that somebody is still watching."""
FLUSH_SECONDS = 1.0
"""Seconds that a slow reader is given at the end."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.epilog = "Ends with exit code 0 on SIGINT (Ctrl+C), SIGTERM, a closed pipe, or when --for is over."
    add_common_options(parser, stdin=True)
    parser.add_argument("--json", action="store_true", help="print JSON lines instead of text")
    add_for_option(parser)


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
    from relaytui.wiring import Account, make_monitor

    clock, settings = SystemClock(), plan.settings
    account = Account(settings.profile, settings.endpoint, plan.credential, settings.budget)
    return asyncio.run(
        follow(
            lambda emit: make_monitor([account], plan.tasks, clock=clock, emit=emit, interval=settings.interval),
            json=args.json,
            seconds=args.seconds,
            out=sys.stdout,
            clock=clock,
        )
    )


async def follow(
    make_monitor: Callable[[Emit], Monitor],
    *,
    json: bool,
    seconds: float | None,
    out: TextIO,
    clock: Clock | None = None,
) -> int:
    """Run the monitor and print its changes on `out`, for `seconds` or until a signal or a closed pipe; the exit code.

    Runs in the main thread, because it takes SIGINT and SIGTERM. A reader who stalls never stalls the polling: see
    `LineWriter`. The exit code is 1 where `out` took no more for another reason than a closed pipe, like a full disk.
    """
    clock = clock or SystemClock()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    writer = LineWriter(
        out,
        tell_lost=lambda count: jsonlines.lost_line(clock.wall(), count, as_json=json),
        on_broken=lambda: loop.call_soon_threadsafe(ended.set),
    )
    lanes: dict[LaneKey, LaneView] = {}

    def emit(item: Update | LaneView | Event) -> None:
        match item:
            case Update():
                for line in jsonlines.update_lines(item, as_json=json):
                    writer.put(line)
            case LaneView():
                lanes[item.lane] = item
            case _:
                writer.put(jsonlines.event_line(item, None, None, as_json=json))

    monitor = make_monitor(emit)

    async def say_still_watching() -> None:
        first = True
        while True:
            counts = monitor.board.counts()
            writer.put(jsonlines.watching_line(clock.wall(), counts, lanes, as_json=json, first=first))
            first = False
            await asyncio.sleep(STILL_SECONDS)

    async def end() -> None:
        try:
            async with asyncio.timeout(seconds):
                await ended.wait()
        except TimeoutError:
            pass

    with _signals(lambda: loop.call_soon_threadsafe(ended.set)):
        async with asyncio.TaskGroup() as group:
            parts = [group.create_task(say_still_watching()), group.create_task(monitor.run())]
            await end()
            for part in parts:
                part.cancel()
        writer.close(FLUSH_SECONDS)
    if writer.error is None or writer.is_reader_gone:
        return 0
    complain(f"cannot write the output: {writer.error.strerror or writer.error}")
    return 1


@contextmanager
def _signals(end: Callable[[], object]) -> Iterator[None]:
    """Call `end` on SIGINT and SIGTERM instead of what they do otherwise."""
    before = {number: signal.signal(number, lambda *_: end()) for number in (signal.SIGINT, signal.SIGTERM)}
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
