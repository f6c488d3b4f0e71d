"""The board as plain text on the usual sizes: what is there, in line, in every script, and smaller than small."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from relaytui.core.alarm_view import AlarmView, Attention
from relaytui.core.events import Alarm, AlarmKind
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import Status
from relaytui.ui.dashboard import LEAST_WIDTH
from tests.ui.conftest import GONE, RUNNING, World, failure, frame, lane, running, task, until
from tests.ui.test_snapshots import incident

SCRIPTS = (
    "plain ascii",
    "日本語のラベル 二",
    "👩\u200d👩\u200d👧 joined",
    "👍🏽 toned",
    "❤\ufe0f selector",
    "🇸🇬 flag",
    "e\u0301te\u0301 combining",
    "שלום עולם",
    "مرحبا بالعالم",
    "หน้าจอเวทีหลัก",
    "ｆｕｌｌ ｗｉｄｔｈ",
    "한국어 방송",
    "\u202eoverride\u202c \u2066isolate\u2069",
    "zero\u200bwidth\ufeff",
)
FRAMES = Path(__file__).parent / "frames"
"""The whole board, by the size of the screen."""


def night() -> World:
    """A cup final at its worst: every state, groups, notes, people's words, labels and ids that are too long."""
    world = World()
    end = world.clock.wall() + 2 * 3600
    tasks = [
        task(1, "cup-final cam 1", group="cup final", note="encoder A"),
        task(2, "cup-final cam 2", group="cup final", note="encoder B, call Mei first"),
        task(3, "cup-final commentary in English and French", region="ap-mumbai"),
        task(4, "オープニング 第一カメラ 予備"),
        task(5, "opening ceremony", expected_end=end),
        task(6, "half-time show", expected_end=end),
        task(7, "partner feed"),
        task(8, "lobby loop"),
        task(9, "news desk 1", note="[red]not markup[/red]"),
        task(10, "news desk 2", paused=True),
        task(11)._replace(label=""),
        task(12, "stage screen"),
        task(13, "expo lobby"),
    ]
    world.watch(*tasks)
    keys = list(world.updates)
    for _ in range(36):
        for key in keys[:6] + keys[8:12]:
            world.answer(key, RUNNING)
        world.clock.advance(300)
    world.answer(keys[4], RUNNING)
    world.answer(keys[5], GONE, GONE, GONE, after=1)
    refused = Failure(FailureKind.REQUEST, "UnauthorizedOperation.SdkAppId", "no such app")
    world.answer(keys[6], refused, refused, after=1)
    world.answer(keys[7], GONE)
    world.answer(keys[1], GONE, GONE, GONE, after=60)
    world.answer(keys[2], GONE, after=1)
    broken = Failure(FailureKind.SERVER, "FailedOperation.QueryTaskInfoFailed", "try again")
    world.answer(keys[8], broken, broken, broken, after=1)
    world.answer(keys[11], Status.spelt("Paused"), after=1)
    for key in (keys[0], keys[3], keys[10]):
        world.answer(key, RUNNING)
    world.clock.advance(21)
    return world


@pytest.mark.parametrize(
    ("size", "keys"),
    [((40, 15), ""), ((60, 20), ""), ((80, 24), ""), ((120, 40), "ejj"), ((200, 50), "e")],
    ids=lambda value: f"{value[0]}x{value[1]}" if isinstance(value, tuple) else None,
)
async def test_the_board_on_the_usual_screens(size: tuple[int, int], keys: str, request: pytest.FixtureRequest) -> None:
    """As a whole; `--snapshot-update` writes the frames anew."""
    world = night()
    app = world.app()
    second = [*world.updates][1]
    async with running(app, size) as pilot:
        world.feed.put(lane(tasks=13))
        world.feed.put(AlarmView(attention={second: Attention(world.clock.wall(), "restarting the source")}))
        for update in world.updates.values():
            world.feed.put(update)
        world.clock.advance(1)
        app._dashboard._drain()
        await pilot.press(*keys)
        if "j" in keys:
            await pilot.press("enter")
        await pilot.pause()
        shown = "".join(f"{line}\n" for line in frame(app).splitlines())
    kept = FRAMES / f"{size[0]}x{size[1]}.txt"
    if request.config.getoption("update_snapshots"):
        kept.write_text(shown, "utf-8")
    assert shown == kept.read_text("utf-8")


async def rows_before_for(width: int) -> list[str]:
    """What stands before the FOR column, for a label in every script."""
    world = World()
    world.watch(*(task(number, label) for number, label in enumerate(SCRIPTS)))
    for key in world.updates:
        world.answer(key, RUNNING)
    world.clock.advance(3700)
    app = world.app()
    async with running(app, (width, 24)):
        lines = app._dashboard.table.text_frame().splitlines()[1 : len(SCRIPTS) + 1]
    return [line.partition("1h01m")[0] for line in lines]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
async def test_no_script_shifts_a_column(width: int) -> None:
    rows = await rows_before_for(width)
    assert len(rows) == len(SCRIPTS)
    assert len({cell_len(row) for row in rows}) == 1


MEASURE = r"""
import json, re, sys, termios, tty
tty.setraw(0, termios.TCSANOW)
found = []
for row in json.load(open(sys.argv[1])):
    sys.stdout.write("\r\x1b[2K" + row + "\x1b[6n")
    sys.stdout.flush()
    answer = ""
    while not answer.endswith("R"):
        answer += sys.stdin.read(1)
    found.append(int(re.search(r";([0-9]+)R", answer)[1]) - 1)
json.dump(found, open(sys.argv[2], "w"))
"""


def measured_by_tmux(rows: list[str], folder: Path) -> list[int]:
    """Where tmux has its cursor after each row."""
    (folder / "rows").write_text(json.dumps(rows))
    (folder / "measure.py").write_text(MEASURE)
    tmux = ["tmux", "-u", "-L", f"relaytui-{os.getpid()}", "-f", "/dev/null"]
    measure = shlex.join([sys.executable, *(str(folder / name) for name in ("measure.py", "rows", "widths"))])
    command = f"{measure}; {shlex.join([*tmux, 'wait-for', '-S', 'measured'])}; sleep 60"
    environ = {**os.environ, "LC_ALL": "C.UTF-8"}
    try:
        subprocess.run([*tmux, "new-session", "-d", "-x", "120", "-y", "10", command], check=True, env=environ)
        subprocess.run([*tmux, "wait-for", "measured"], check=True, timeout=20)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, stderr=subprocess.DEVNULL)
    found: list[int] = json.loads((folder / "widths").read_text())
    return found


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux here")
async def test_a_real_terminal_measures_the_same(tmp_path: Path) -> None:
    rows = await rows_before_for(80)
    widths = measured_by_tmux(rows, tmp_path)
    assert dict(zip(SCRIPTS, widths, strict=True)) == {label: cell_len(rows[0]) for label in SCRIPTS}


@pytest.mark.parametrize("size", [(40, 15), (60, 20), (80, 24)])
async def test_a_small_screen_still_lists_the_problems(size: tuple[int, int]) -> None:
    world = World()
    world.watch(*(task(number) for number in range(50)))
    for key in world.updates:
        world.answer(key, RUNNING)
    world.answer(list(world.updates)[30], GONE, GONE, GONE)
    app = world.app()
    async with running(app, size) as pilot:
        shown = frame(app).splitlines()
        assert "✖ ended         cam 30" in shown[2]
        assert len([line for line in shown if "● running" in line]) == size[1] - 4, "header, titles, keys, one problem"
        await pilot.press("question_mark")
        await until(pilot, lambda: "help" in frame(app))


HOSTILE = (*SCRIPTS, "x" * 300, "配" * 150, "e\u0301" * 60, "👩\u200d👩\u200d👧\u200d👦" * 20, "", " ", "\u200b")


@pytest.mark.parametrize("height", [5, 6, 8, 15, 40])
async def test_on_every_screen_trouble_and_problems_are_in_sight_and_nothing_is_cut(height: int) -> None:
    world = World()
    world.watch(*(task(n)._replace(label=text, group=text, note=text) for n, text in enumerate(HOSTILE)))
    for key in world.updates:
        world.answer(key, RUNNING)
    world.answer(list(world.updates)[3], GONE, GONE, GONE, after=1)
    app = world.app(title="配" * 50)
    async with running(app, (210, height)) as pilot:
        world.feed.put(lane(cause=failure(), blind_since=world.clock.monotonic()))
        world.feed.put(AlarmView(muted_until=world.clock.wall() + 600))
        app._dashboard._drain()
        await pilot.press("F", "p")
        world.clock.advance(20)
        for width in (210, 156, 110, 79, 61, 47, 40, 36, LEAST_WIDTH):
            await pilot.resize_terminal(width, height)
            await until(pilot, lambda size=(width, 1): app._dashboard.key_line.size == size)  # type: ignore[misc]  # mypy infers no type of a default
            app._dashboard.tick()
            await pilot.pause()
            shown = frame(app)
            for word in ("FROZEN", "MUTED 10m", "PAUSED", "BLIND 00:20", "› ✖ ended", " q quit"):
                assert word in shown, f"no {word} on {width}x{height}:\n{shown}"
            lines = shown.splitlines()
            assert len(lines) == height
            assert max(map(cell_len, lines)) <= width
            assert lines[-1] == app._dashboard.key_line.text_frame().rstrip()


async def test_what_there_is_to_say_takes_as_many_lines_as_it_needs(world: World) -> None:
    app = world.app()
    async with running(app, (40, 15)) as pilot:
        await pilot.press("V")
        await until(pilot, lambda: "write [views]" in frame(app))
        assert " ".join(frame(app).split()).endswith("no view has a name yet: write [views] into the settings")
        world.clock.advance(4)
        app._dashboard.tick()
        await until(pilot, lambda: frame(app).endswith("q quit"))
        assert "[views]" not in frame(app)
        app._dashboard.say("word " * 99)
        await until(pilot, lambda: frame(app).endswith("…"))
        assert frame(app).count("\n word") == 3, "a fifth of the screen at most"


async def test_a_choice_names_its_task_as_wide_as_every_terminal_paints_it() -> None:
    world = World()
    world.watch(task(1, SCRIPTS[3]))
    world.answer(next(iter(world.updates)), RUNNING, GONE, GONE, GONE)
    app = world.app()
    async with running(app, (80, 15)) as pilot:
        await pilot.press("s")
        await until(pilot, lambda: "snooze 👍 toned: " in frame(app))


async def test_the_palette_offers_commands_on_a_low_screen(world: World) -> None:
    app = world.app()
    async with running(app, (40, 8)) as pilot:
        await pilot.press("colon", *"theme")
        await until(pilot, lambda: "Other colours" in frame(app))


@pytest.mark.parametrize("size", [(31, 24), (80, 3), (10, 2), (1, 1)])
async def test_what_is_too_small_says_so_and_goes_on(size: tuple[int, int]) -> None:
    world = incident()
    app = world.app()
    rings: list[str] = []
    async with running(app, (80, 24)) as pilot:
        app.bell = lambda: rings.append(app.title)  # type: ignore[method-assign]  # heard, not rung
        await pilot.resize_terminal(*size)
        await pilot.pause()
        if size[0] >= 10:
            assert "too smal" in frame(app)
        world.answer(next(iter(world.updates)), GONE, GONE, GONE, after=1)
        world.feed.put(Alarm("1", world.clock.wall(), AlarmKind.ENDED, "cam 1 ended", world.clock.wall()))
        await until(pilot, lambda: bool(rings))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "too small" not in frame(app) and frame(app).count("✖ ended") == 2)
