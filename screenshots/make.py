"""Makes the pictures of the board in this folder: `python screenshots/make.py`.

The demo's world is watched by the real lanes and the real board on a virtual clock: an hour of calm, then the incident.
The real app shows it. Nothing is random and no clock is read, so the same program makes the same pictures.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import html
import itertools
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

for _name in ("NO_COLOR", "FORCE_COLOR", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
    os.environ.pop(_name, None)  # Textual reads them when it is imported.
os.environ["TZ"] = "UTC"
if hasattr(time, "tzset"):
    time.tzset()

from rich.cells import cell_len  # noqa: E402 - after the environment
from textual.pilot import Pilot  # noqa: E402

from relaytui.adapters.unsaved_list import UnsavedList  # noqa: E402 - after the environment
from relaytui.commands.demo import BUDGET, EVENTS, INTERVAL, LIVE, tell  # noqa: E402 - after the environment
from relaytui.core import wire  # noqa: E402
from relaytui.core.alarm_view import Subject  # noqa: E402
from relaytui.core.board import Board  # noqa: E402
from relaytui.core.listing import Defaults  # noqa: E402
from relaytui.core.observation import Failure, FailureKind, Observation  # noqa: E402
from relaytui.core.queue import Intervals  # noqa: E402
from relaytui.core.schedule import Lane, Send  # noqa: E402
from relaytui.core.task import LaneKey, Status, TaskKey, WatchedTask  # noqa: E402
from relaytui.core.tc3 import Credential, Secret  # noqa: E402
from relaytui.core.theme import ThemeName  # noqa: E402
from relaytui.core.update import Update  # noqa: E402
from relaytui.core.watch import Watch  # noqa: E402
from relaytui.engine import Drained, Feed  # noqa: E402
from relaytui.simulator.api import Api, Request  # noqa: E402
from relaytui.simulator.world import Account, Fault, World  # noqa: E402
from relaytui.ui.app import RelayTui  # noqa: E402

FOLDER = Path(__file__).parent
START = 1_781_979_000.0
"""When the pictures' hour of calm begins (Unix seconds): 2026-06-20 18:10 UTC."""
CALM = 3840.0
"""Seconds of calm before the story begins."""
CALM_INTERVAL = 60.0
"""Seconds between two questions in the calm, which are enough for an hour's history and quicker made."""
WAKE_SECONDS = 60.0
"""Seconds before the story from which on the questions come as often as in the demo."""
PORT = 8101
SEED = 1
AMISS = frozenset({"lobby loop", "partner feed", "opening ceremony"})
"""The story's tasks with which something is wrong from the start; a normal evening is without them."""
PNG_COLOURS = 128
CELL_WIDTH = 12.2
"""Width of one cell in Rich's SVG."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: size in cells, seconds after the story's start, and the keys that are pressed then."""

    width: int
    height: int
    at: float
    keys: tuple[str, ...] = ()
    calm: bool = False
    theme: ThemeName = ThemeName.DARK


INCIDENT = 47
"""Seconds after the story's start when most is wrong."""
SIZES = ((200, 50), (120, 40), (80, 24), (60, 20), (40, 15))
SHOTS = {
    "normal": Shot(160, 40, -20, calm=True),
    "incident": Shot(160, 40, INCIDENT),
    "blind": Shot(160, 40, 24),
    "detail": Shot(160, 40, INCIDENT, ("g", "enter")),
    "help": Shot(160, 40, INCIDENT, ("question_mark",)),
    **{
        f"incident-{theme}": Shot(100, 26, INCIDENT, theme=theme)
        for theme in (ThemeName.LIGHT, ThemeName.TERMINAL, ThemeName.MONO)
    },
    **{f"incident-{width}x{height}": Shot(width, height, INCIDENT) for width, height in SIZES},
}


class Evening:
    """The demo's world and what relaytui believes of it, on a clock that only `run` moves."""

    def __init__(self, *, calm: bool) -> None:
        self._now = 0.0
        self._dice = random.Random(SEED)  # noqa: S311 - a story, not a secret
        self._apis: dict[str, Api] = {}
        self._credentials: dict[str, Credential] = {}
        tasks: list[WatchedTask] = []
        for number, profile in enumerate((LIVE, EVENTS)):
            credential = Credential(f"AKIDdemo{profile}EXAMPLE", Secret(f"demo-{profile}-secret-EXAMPLE"))
            world = World(2 * SEED + number, START, [Account(credential)])
            told = tell(profile, world, random.Random(f"{SEED} {profile}"))  # noqa: S311 - a story, not a secret
            tasks += [_later(task) for task in told if not (calm and task.label in AMISS)]
            _delay(world)
            self._apis[profile], self._credentials[profile] = Api(world), credential
        self._board = Board(tasks)
        self._watch = self._watch_every(CALM_INTERVAL)
        self._answers: list[tuple[float, int, Lane, Send, float, Status | Failure, str]] = []
        self._asked = 0
        self.feed = CountingFeed()
        self.run(-WAKE_SECONDS)
        self._watch = self._watch_every(INTERVAL)

    def _watch_every(self, interval: float) -> Watch:
        """New lanes that go on with what the board believes."""
        keys = [LaneKey(profile, f"127.0.0.1:{PORT + number}") for number, profile in enumerate(self._apis)]
        return Watch(self._board, [Lane(key, BUDGET, Intervals.scaled(interval)) for key in keys], self.monotonic())

    def wall(self) -> float:
        """Unix seconds."""
        return START + self._now

    def monotonic(self) -> float:
        """Seconds since the calm began, and a little, because no machine starts at 0."""
        return 10_000.0 + self._now

    @property
    def updates(self) -> list[Update]:
        """What is believed now."""
        return list(self._board)

    def run(self, until: float) -> None:
        """Let time pass up to `until` seconds after the story's start; the feed gets what happens."""
        end = CALM + until
        while self._now < end:
            while self._answers and self._answers[0][0] <= self._now:
                self._answer()
            wake = min(self._step(lane) for lane in self._watch.lanes.values())
            if wake > self._now:
                self._now = min(wake, end, self._answers[0][0] if self._answers else end)
        for lane in self._watch.lanes.values():
            self.feed.put(lane.view(self.monotonic()))

    def _step(self, lane: Lane) -> float:
        """Have the lane do what it wants to do now; when it wants to be asked again."""
        if (blinded := lane.tick(self.monotonic(), self.wall())) is not None:
            self.feed.put(blinded)
        step = lane.next(self.monotonic())
        if not isinstance(step, Send):
            return self._now + max(step.seconds, 1e-6)
        lane.written(step.ticket, self.monotonic())
        latency, outcome, request_id = self._ask(step.key, lane.key)
        self._asked += 1
        heapq.heappush(self._answers, (self._now + latency, self._asked, lane, step, self._now, outcome, request_id))
        return self._now

    def _ask(self, key: TaskKey, lane: LaneKey) -> tuple[float, Status | Failure, str]:
        """Put the question to the simulator's api, as bytes, without a socket: latency, outcome and RequestId."""
        api = self._apis[key.profile]
        if api.world.is_refusing(self.wall()):
            host, _, port = lane.host.partition(":")
            return (
                0.001,
                Failure(FailureKind.NETWORK, "refused", f"Connect call failed ('{host}', {port})"),
                "",
            )
        body = wire.request_body(key)
        credential = self._credentials[key.profile]
        headers = wire.request_headers(key, credential, host=lane.host, timestamp=int(self.wall()), body=body)
        lower = {name.lower(): value for name, value in headers.items()}
        reply = api.handle(Request("POST", "/", lower, body), self.wall())
        return reply.delay, *wire.read_reply(reply.status, reply.headers, reply.body)

    def _answer(self) -> None:
        _, _, lane, send, asked, outcome, request_id = heapq.heappop(self._answers)
        observation = Observation(
            send.key,
            outcome,
            self.wall(),
            self.monotonic(),
            self._now - asked,
            request_id,
            replied=bool(request_id),
        )
        for item in self._watch.done(lane, send, observation, self.monotonic(), self._dice.random()):
            self.feed.put(item)


def _later(task: WatchedTask) -> WatchedTask:
    return task if task.expected_end is None else task._replace(expected_end=task.expected_end + CALM)


def _delay(world: World) -> None:
    """Have the story begin after the calm, and end there: it does not come round again."""
    for task in world.tasks.values():
        (_, first), *rest = task.life
        task.life, task.every = ((0.0, first), *((CALM + moment, status) for moment, status in rest)), None
    world.faults = [_delayed(fault) for fault in world.faults]


def _delayed(fault: Fault) -> Fault:
    return replace(fault, begin=fault.begin and CALM + fault.begin, end=CALM + fault.end, every=None)


class CountingFeed(Feed):
    """A feed that knows how often the screen has looked."""

    def __init__(self) -> None:
        super().__init__()
        self.drains = 0

    def drain(self) -> Drained:
        """What the screen takes."""
        self.drains += 1
        return super().drain()


class NoCommands:
    """Nobody listens to the screen."""

    def refresh(self, keys: Iterable[TaskKey] | None = None) -> None:
        """Nothing."""

    def show(self, keys: Iterable[TaskKey]) -> None:
        """Nothing."""

    def set_polling(self, on: bool) -> None:
        """Nothing."""

    def set_interval(self, seconds: float) -> None:
        """Nothing."""

    def set_budget(self, profile: str, budget: float) -> None:
        """Nothing."""

    def look_up(self, key: TaskKey) -> None:
        """Nothing."""

    def acknowledge(self, subjects: Iterable[Subject], reason: str = "") -> None:
        """Nothing."""

    def snooze(self, subjects: Iterable[Subject], until: float | None) -> None:
        """Nothing."""

    def mute(self, until: float | None) -> None:
        """Nothing."""


class Stage:
    """The real app with the evening on it."""

    def __init__(self, app: RelayTui, pilot: Pilot[None], evening: Evening) -> None:
        self._app = app
        self._pilot = pilot
        self._evening = evening

    async def show(self, until: float) -> None:
        """Let time pass up to `until` seconds after the story's start."""
        self._evening.run(until)
        seen = self._evening.feed.drains
        while self._evening.feed.drains < seen + 2:
            await self._pilot.pause(0.02)

    async def press(self, *keys: str) -> None:
        """Press these keys one after the other."""
        await self._pilot.press(*keys)
        await self._pilot.pause()

    def svg(self) -> str:
        """What is on the screen."""
        return plain_svg(self._app.export_screenshot(title="relaytui"))


@asynccontextmanager
async def staged(
    width: int, height: int, begin: float, *, calm: bool = False, theme: ThemeName = ThemeName.DARK
) -> AsyncIterator[Stage]:
    """The app in so many cells, at `begin` seconds after the story's start."""
    evening = Evening(calm=calm)
    evening.run(begin)
    evening.feed.drain()
    app = RelayTui(
        feed=evening.feed,
        commands=NoCommands(),
        tasks=evening.updates,
        clock=evening,
        watch_list=UnsavedList((), Defaults(None, "", ""), unsaved="", tell=lambda _: None),
        title=f"{LIVE}, {EVENTS}",
        demo=True,
        theme=theme,
    )
    async with app.run_test(size=(width, height)) as pilot:
        yield Stage(app, pilot, evening)


async def make_svg(shot: Shot) -> str:
    """The picture as SVG."""
    async with staged(shot.width, shot.height, min(shot.at, 0) - 10, calm=shot.calm, theme=shot.theme) as stage:
        # What changed more than five seconds ago no longer flashes.
        await stage.show(shot.at - 5)
        await stage.show(shot.at)
        await stage.press(*shot.keys)
        return stage.svg()


def plain_svg(svg: str) -> str:
    """`svg` without web fonts, so that it refers to nothing outside itself, and with wide characters in their cells."""
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return _TEXT.sub(_in_cells, svg)


_TEXT = re.compile(
    r'<text (?P<before>[^>]*) x="(?P<x>[^"]*)" (?P<middle>[^>]*) textLength="[^"]*"(?P<after>[^>]*)>'
    r"(?P<text>[^<]*)</text>"
)


def _in_cells(found: re.Match[str]) -> str:
    """A run of text as it is, or where it holds wide characters in pieces: Rich stretches a run by its characters."""
    text = html.unescape(found["text"])
    if cell_len(text) == len(text):
        return found[0]
    x, pieces = float(found["x"]), []
    for wide, characters in itertools.groupby(text, lambda character: cell_len(character) > 1):
        for piece in characters if wide else ("".join(characters),):
            width = CELL_WIDTH * cell_len(piece)
            # A wide character keeps its own width: stretched to two cells it would be one glyph with nothing to space.
            length = "" if wide else f' textLength="{width:g}"'
            content = html.escape(piece, quote=False).replace("\xa0", "&#160;")
            pieces.append(
                f'<text {found["before"]} x="{x:g}" {found["middle"]}{length}{found["after"]}>{content}</text>'
            )
            x += width
    return "".join(pieces)


def write_png(svg: Path) -> None:
    """Make the PNG beside this SVG; exits with a clear line where nothing on this machine can."""
    png = svg.with_suffix(".png")
    if (browser := _browser()) is not None:
        width, height = _size(svg.read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as profile:
            flags = [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--default-background-color=00000000",
                f"--user-data-dir={profile}",
                f"--window-size={width},{height}",
                f"--screenshot={png}",
            ]
            subprocess.run([browser, *flags, svg.as_uri()], check=True, capture_output=True, timeout=120)  # noqa: S603 - a browser by name, our own file
    else:
        try:
            import cairosvg  # noqa: PLC0415 - only where there is no browser
        except (ImportError, OSError):
            sys.exit("no PNG: install chromium and the fonts Fira Code and Noto, or cairosvg with libcairo")
        cairosvg.svg2png(url=str(svg), write_to=str(png))
    _shrink(png)


def _shrink(png: Path) -> None:
    """Keep so many colours as nobody misses, where Pillow is there to do it (cairosvg brings it along)."""
    try:
        from PIL import Image  # noqa: PLC0415 - the pictures are as good without it, but three times as large
    except ImportError:
        return
    with Image.open(png) as picture:
        few = picture.convert("RGBA").quantize(PNG_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(png, optimize=True)


def _browser() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def _size(svg: str) -> tuple[int, int]:
    found = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', svg)
    assert found, "Rich writes a viewBox"  # noqa: S101 - a bug in what we were given
    return round(float(found[1])), round(float(found[2]))


def _chosen(names: Iterable[str]) -> Iterator[tuple[str, Shot]]:
    wanted = set(names) or SHOTS.keys()
    return ((name, shot) for name, shot in SHOTS.items() if name in wanted)


def main() -> None:
    """Make all pictures, or those named."""
    parser = argparse.ArgumentParser(description="Make the pictures of the board.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ({', '.join(SHOTS)}; default: all)")
    parser.add_argument("--to", type=Path, default=FOLDER, metavar="FOLDER", help="where to (default: beside this)")
    parser.add_argument("--svg-only", action="store_true", help="no PNG")
    args = parser.parse_args()
    for name, shot in _chosen(args.names):
        svg = args.to.resolve() / f"{name}.svg"
        svg.write_text(asyncio.run(make_svg(shot)), encoding="utf-8")
        if not args.svg_only:
            write_png(svg)
        print(svg.stem)


if __name__ == "__main__":
    main()
