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

from relaytui.core.events import Alarm, AlarmKind
from tests.ui.conftest import GONE, RUNNING, World, frame, running, task, until
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
"""The first lines of the board, by the width of the screen."""


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
async def test_the_board_on_the_usual_widths(width: int) -> None:
    expected = (FRAMES / f"{width}.txt").read_text("utf-8").splitlines()
    app = incident().app()
    async with running(app, (width, 24)):
        assert app._dashboard.table.text_frame().splitlines()[: len(expected)] == expected


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
