"""`relaytui demo`: an incident under way, through the real client over a real loopback socket; no account needed."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from relaytui.commands.options import Refusal, add_mouse_option, add_theme_option
from relaytui.commands.watch import add_for_option, follow
from relaytui.core.endpoint import Endpoint
from relaytui.core.entry import Refused, quoted
from relaytui.core.listing import Defaults
from relaytui.core.profile import DEFAULT_REGION
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.tc3 import Credential, Secret
from relaytui.core.theme import ThemeName, read_theme
from relaytui.ports import Account as LaneAccount
from relaytui.simulator.world import IN_PROGRESS, NOT_EXIST, Account, Change, Fault, FaultKind, World

INTERVAL = 3.0
"""Seconds between two questions about a running task: five times faster than on call, so that it is seen at once."""
BUDGET = 20.0
DEFAULT_SECONDS = 30.0
ROUND = 300.0
"""Seconds after which the incident comes again."""

LIVE, EVENTS = "live", "events"
MAIN_APP, SIDE_APP = 1600012345, 1600099999
RUNNING: tuple[Change, ...] = ((0.0, IN_PROGRESS),)
QUERY_FAILED = "FailedOperation.QueryTaskInfoFailed"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.description = (
        "Show an incident under way: tasks end, one flaps, one account is blind for a while, some queries fail. "
        "The API is a local stand-in; no files, keyring or network outside this machine are touched. "
        "Without a terminal it prints what `relaytui watch` would."
    )
    parser.add_argument("--seed", type=int, default=1, help="which TaskIds and chances (default: 1)")
    parser.add_argument("--json", action="store_true", help="without a terminal: JSON lines instead of text")
    add_theme_option(parser)
    add_mouse_option(parser)
    add_for_option(parser, DEFAULT_SECONDS)


def run(args: argparse.Namespace) -> int:
    """Show the demo on the board, or without a terminal watch it for `--for` seconds."""
    from relaytui.adapters.clock import SystemClock
    from relaytui.wiring import make_monitor

    if sys.stdin.isatty() and sys.stdout.isatty():
        return show_demo(args.theme, seed=args.seed, mouse=not args.no_mouse)
    clock = SystemClock()
    _load("relaytui.adapters.client")
    with running_story(args.seed) as story:
        return asyncio.run(
            follow(
                lambda emit: make_monitor(story.accounts, story.tasks, clock=clock, emit=emit, interval=INTERVAL),
                json=args.json,
                seconds=args.seconds,
                out=sys.stdout,
                clock=clock,
            )
        )


def show_demo(theme_name: str | None, *, seed: int = 1, mouse: bool = True) -> int:
    """Show the demo on the board; its exit code."""
    from relaytui.adapters.clock import SystemClock
    from relaytui.adapters.unsaved_list import UnsavedList
    from relaytui.commands.dashboard import show_board
    from relaytui.wiring import make_engine

    named = theme_name or os.environ.get("RELAYTUI_THEME") or ThemeName.AUTO
    theme = read_theme(named)
    if isinstance(theme, Refused):
        return Refusal(f"theme {quoted(named)}: {theme.reason}").tell()
    clock = SystemClock()
    _load("relaytui.adapters.client", "relaytui.ui.app")
    with running_story(seed) as story:
        engine = make_engine(story.accounts, story.tasks, clock=clock, interval=INTERVAL)
        return show_board(
            engine,
            story.tasks,
            watch_list=UnsavedList(
                tuple(story.tasks),
                Defaults(MAIN_APP, DEFAULT_REGION, LIVE),
                unsaved="this is the demo",
                tell=engine.set_tasks,
            ),
            clock=clock,
            title=f"{LIVE}, {EVENTS}",
            demo=True,
            theme=theme,
            mouse=mouse,
        )


def _load(*modules: str) -> None:
    """Load what takes long before the story begins, or a slow machine would miss its first turns."""
    for heavy in modules:
        importlib.import_module(heavy)


@dataclass(frozen=True, slots=True)
class Story:
    """What the demo watches: two accounts, each with a stand-in of its own, and their tasks."""

    accounts: list[LaneAccount]
    tasks: list[WatchedTask]


@contextmanager
def running_story(seed: int, start: float | None = None) -> Iterator[Story]:
    """The demo's world, served on loopback while inside `with`; `start` is Unix seconds, None for now."""
    from relaytui.core.endpoint import read_endpoint
    from relaytui.simulator.api import Api
    from relaytui.simulator.server import SimulatorServer, SimulatorThread

    begin = time.time() if start is None else start
    accounts: list[LaneAccount] = []
    tasks: list[WatchedTask] = []
    with ExitStack() as stack:
        for number, profile in enumerate((LIVE, EVENTS)):
            credential = Credential(f"AKIDdemo{profile}EXAMPLE", Secret(f"demo-{profile}-secret-EXAMPLE"))
            world = World(2 * seed + number, begin, [Account(credential)])
            tasks += tell(profile, world, random.Random(f"{seed} {profile}"))  # noqa: S311 - a story, not a secret
            thread = stack.enter_context(SimulatorThread(SimulatorServer(Api(world))))
            endpoint = read_endpoint(thread.url)
            assert isinstance(endpoint, Endpoint), endpoint  # noqa: S101 - our own server's URL
            accounts.append(LaneAccount(profile, endpoint, credential, BUDGET))
        yield Story(accounts, tasks)


def tell(profile: str, world: World, dice: random.Random) -> list[WatchedTask]:
    """Put one account's part of the story into the world, and give what is watched of it."""
    cast = _live_cast() if profile == LIVE else _events_cast()
    watched = []
    for part in cast:
        task_id = _task_id(dice)
        key = TaskKey(profile, part.region, part.app, task_id)
        if part.life:
            world.add(part.app, part.region, task_id, part.life, every=part.every, label=part.label, group=part.group)
        if part.error:
            world.plan(
                Fault(kind=FaultKind.ERROR, code=part.error, task_id=task_id, begin=part.error_from, end=part.error_to)
            )
        expected = None if part.expected_end is None else world.start + part.expected_end
        watched.append(WatchedTask(key, part.label, part.group, part.note, expected, part.tolerance))
    world.plan(Fault(kind=FaultKind.LATENCY, seconds=0.02, spread=0.15))
    if profile == EVENTS:
        world.plan(Fault(kind=FaultKind.REFUSE, begin=7, end=32, every=ROUND))
    else:
        world.plan(Fault(kind=FaultKind.ERROR, code="InternalError.DBError", probability=0.004))
    return watched


@dataclass(frozen=True, slots=True)
class _Part:
    """One task of the story; times are seconds after its start."""

    label: str
    group: str
    region: str
    app: int = MAIN_APP
    life: tuple[Change, ...] = RUNNING
    every: float | None = None
    note: str = ""
    error: str = ""
    error_from: float = 0.0
    error_to: float = 1e9
    expected_end: float | None = None
    tolerance: float = 2.0


def _live_cast() -> list[_Part]:
    cup, news = "cup final", "news"
    cams = [_Part(f"cup final cam {number}", cup, "ap-singapore") for number in (1, 3, 4, 5)]
    desks = [_Part(f"news desk {number}", news, "ap-mumbai") for number in range(1, 7)]
    return [
        cams[0],
        _Part(
            "cup final cam 2", cup, "ap-singapore", life=_away(3, 140), every=ROUND, note="encoder B, call Mei first"
        ),
        *cams[1:],
        _Part("cup final commentary en", cup, "ap-singapore", life=_away(4.5, 200), every=ROUND),
        _Part("cup final commentary 中文", cup, "ap-singapore"),
        _Part("half-time show", cup, "ap-singapore", life=((0, IN_PROGRESS), (14, NOT_EXIST)), expected_end=15.0),
        _Part("opening ceremony", cup, "ap-singapore", expected_end=4.0, note="should be over by now"),
        *desks,
        _Part("news ticker", news, "ap-mumbai", life=_flaps(8.0, 18.0, 6), every=ROUND),
        _Part(
            "news archive loop",
            news,
            "ap-mumbai",
            error="FailedOperation.QueryTaskInfoFailed",
            error_from=5,
            error_to=50,
        ),
        _Part("lobby loop", "venue", "ap-bangkok", SIDE_APP, life=(), note="id from last week's run sheet?"),
        _Part("partner feed", "venue", "ap-bangkok", 1400188366, error="UnauthorizedOperation.SdkAppId"),
        _Part(
            "stage screen", "venue", "ap-bangkok", SIDE_APP, life=((0, IN_PROGRESS), (20, "Idle"), (80, IN_PROGRESS))
        ),
        _Part("", "venue", "ap-bangkok", SIDE_APP),
    ]


def _events_cast() -> list[_Part]:
    halls = [_Part(f"hall {number} keynote", "jakarta expo", "ap-jakarta", SIDE_APP) for number in range(1, 9)]
    return [
        *halls,
        _Part("hall 9 workshop", "jakarta expo", "ap-jakarta", SIDE_APP, life=_away(18, 120), every=ROUND),
        _Part("expo lobby", "jakarta expo", "ap-jakarta", SIDE_APP, life=_away(90, 150), every=ROUND),
    ]


def _away(gone: float, back: float) -> tuple[Change, ...]:
    return ((0.0, IN_PROGRESS), (gone, NOT_EXIST), (back, IN_PROGRESS))


def _odd(begin: float, end: float) -> tuple[Change, ...]:
    """A status the documents do not name, which sibling tasks of the product have (tencent-api.md 1.2)."""
    return ((0.0, IN_PROGRESS), (begin, "Idle"), (end, IN_PROGRESS))


def _flaps(first: float, period: float, times: int) -> tuple[Change, ...]:
    """Gone and back again, `times` changes from second `first` on."""
    return (
        (0.0, IN_PROGRESS),
        *((first + number * period, (NOT_EXIST, IN_PROGRESS)[number % 2]) for number in range(times)),
    )


def _task_id(dice: random.Random) -> str:
    return "".join(dice.choices(_ALPHABET + "+-_", k=80)) + dice.choice(("", ".", ".."))
