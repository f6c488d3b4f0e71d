"""A picture that holds still, and how often is asked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from relaytui.core.task import LaneKey
from relaytui.ui.app import RelayTui
from tests.ui.conftest import GONE, World, frame, lane, running, until


def top(app: RelayTui) -> str:
    return frame(app).splitlines()[0]


async def test_a_frozen_board_holds_still_shouts_and_catches_up(world: World) -> None:
    app = world.app()
    first = next(iter(world.updates))
    async with running(app) as pilot:
        await pilot.press("F")
        await until(pilot, lambda: "FROZEN SINCE 06:04:12" in top(app))
        before = app._dashboard.table.text_frame()
        world.answer(first, GONE, GONE, GONE, after=1)
        world.clock.advance(100)
        drained = app._dashboard
        await until(pilot, lambda: drained._held is not None and "06:05:5" in top(app))
        assert app._dashboard.table.text_frame() == before
        assert world.commands.polling == [], "polling goes on"
        world.feed.put(lane())
        await pilot.press("F")
        await until(pilot, lambda: "✖ 2 ENDED" in top(app) and "FROZEN" not in top(app))
        assert frame(app).count("✖ ended") == 2


@pytest.mark.parametrize("width", [33, 40, 60, 80])
async def test_frozen_is_shouted_on_every_screen(world: World, width: int) -> None:
    app = world.app()
    async with running(app, (width, 20)) as pilot:
        await pilot.press("F")
        await until(pilot, lambda: "FROZEN" in top(app))


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        ((">",), [20.0]),
        (("<",), [10.0]),
        ((">", ">", "<"), [20.0, 30.0, 20.0]),
        (("<",) * 8, [10.0, 5.0, 3.0, 2.0, 1.0, 1.0, 1.0, 1.0]),
    ],
)
async def test_the_interval_changes_by_a_key_and_is_told(
    world: World, keys: tuple[str, ...], asked: list[float]
) -> None:
    app = world.app()
    async with running(app) as pilot:
        for key in keys:
            await pilot.press(key)
        assert world.commands.intervals == asked
        assert f"asked every {asked[-1]:g} s" in frame(app)


@pytest.mark.parametrize(
    ("keys", "asked"),
    [(("}",), [12.0]), (("{",), [8.0]), (("}", "}", "{"), [12.0, 15.0, 12.0]), (("}",) * 6, [12, 15, 18, 20, 20, 20])],
)
async def test_the_budget_of_the_account_under_the_cursor_changes_by_a_key_and_is_told(
    world: World, keys: tuple[str, ...], asked: list[float]
) -> None:
    app = world.app()
    async with running(app) as pilot:
        world.feed.put(lane(lane=LaneKey("other", "host"), account_budget=3))
        world.feed.put(lane(account_budget=10))
        await until(pilot, lambda: len(app._dashboard.lanes) == 2)
        for key in keys:
            await pilot.press(key)
        assert world.commands.budgets == [("prod", budget) for budget in asked]
        assert f"prod: at most {asked[-1]:g} requests/s" in frame(app)


async def test_without_a_lane_no_budget_changes(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("}")
        assert world.commands.budgets == []
        assert "no account is asked here" in frame(app)


@pytest.mark.parametrize(
    ("environment", "pictures"),
    [
        ({}, "60"),
        ({"SSH_CONNECTION": "192.0.2.7 50022 192.0.2.8 22"}, "30"),
        ({"SSH_CONNECTION": "192.0.2.7 50022 192.0.2.8 22", "TEXTUAL_FPS": "12"}, "12"),
    ],
)
def test_no_more_pictures_a_second_than_anybody_sees(
    environment: dict[str, str], pictures: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read once by Textual, so in a process of its own."""
    for name in ("TEXTUAL_FPS", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    script = "import relaytui.ui.app, textual.screen as screen; print(round(1 / screen.UPDATE_PERIOD))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, timeout=60, text=True)
    assert done.stdout.strip() == pictures
