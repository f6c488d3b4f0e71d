"""Nine pictures of the screen. Everything else is asserted as text; these guard colours and layout."""

from __future__ import annotations

import re
from typing import Protocol

import pytest
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from textual.app import App
from textual.pilot import Pilot

from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import Status
from relaytui.core.theme import ThemeName
from relaytui.ui.app import RelayTui
from tests.fakes import FakeClock
from tests.ui.conftest import GONE, RUNNING, World, failure, frame, lane, task, until


class Compare(Protocol):
    def __call__(self, app: App[None], *, terminal_size: tuple[int, int], run_before: object) -> bool: ...


@pytest.fixture(autouse=True)
def no_addresses_in_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich links web fonts, which no test needs."""
    plain = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    defaults = Console.export_svg.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "code_format", plain)


def evening() -> World:
    """Twelve cameras of a cup final, three hours into the match."""
    world = World()
    tasks = [
        task(number, f"cup-final cam {number}", region="ap-mumbai" if number % 4 == 0 else "ap-singapore")
        for number in range(1, 13)
    ]
    world.watch(*tasks)
    for minute in range(0, 180, 5):
        for each in tasks:
            world.answer(each.key, RUNNING)
        world.clock.advance(300 if minute < 175 else 0)
    world.clock.advance(7)
    return world


def incident() -> World:
    world = evening()
    keys = list(world.updates)
    world.answer(keys[1], GONE, GONE, GONE, after=1)
    world.answer(keys[4], GONE, after=1)
    broken = Failure(FailureKind.SERVER, "FailedOperation.QueryTaskInfoFailed", "query [failed], try again", "7b2c-41")
    world.answer(keys[6], broken, broken, broken, after=1)
    world.answer(keys[8], Status.spelt("Paused"), after=1)
    world.clock.advance(1)
    return world


def shows(*keys: str, blind: bool = False, until_seen: str) -> object:
    async def prepare(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, RelayTui)
        clock = app._clock
        assert isinstance(clock, FakeClock)
        now, wall = clock.monotonic(), clock.wall()
        calm = lane(tasks=12, rate=3.2)
        app._feed.put(
            lane(
                tasks=12,
                rate=0.1,
                cause=failure("refused", message="connection refused"),
                blind_since=now - 41,
                last_good_at=wall - 42,
            )
            if blind
            else calm
        )
        clock.advance(1)
        await pilot.press(*keys)
        await until(pilot, lambda: until_seen in frame(app) and "/20" in frame(app))
        await pilot.pause()

    return prepare


def test_normal(snap_compare: Compare) -> None:
    assert snap_compare(evening().app(), terminal_size=(120, 24), run_before=shows(until_seen="● 12 RUNNING"))


def test_incident(snap_compare: Compare) -> None:
    assert snap_compare(incident().app(), terminal_size=(120, 24), run_before=shows("e", until_seen="─events"))


@pytest.mark.parametrize("theme", [ThemeName.LIGHT, ThemeName.TERMINAL, ThemeName.MONO])
def test_theme(snap_compare: Compare, theme: ThemeName) -> None:
    """The incident in the other colours, with all that stands out: problems, marks, the blind, a fact."""
    keys = ("n", "space", "e")
    assert snap_compare(
        incident().app(theme=theme),
        terminal_size=(120, 24),
        run_before=shows(*keys, blind=True, until_seen="─events"),
    )


def test_blind(snap_compare: Compare) -> None:
    assert snap_compare(
        incident().app(), terminal_size=(120, 24), run_before=shows(blind=True, until_seen="BLIND 00:42")
    )


def test_detail(snap_compare: Compare) -> None:
    assert snap_compare(
        incident().app(), terminal_size=(140, 45), run_before=shows("enter", until_seen="things to check")
    )


def test_help(snap_compare: Compare) -> None:
    assert snap_compare(
        incident().app(demo=True), terminal_size=(140, 45), run_before=shows("question_mark", until_seen="In the table")
    )


def test_narrow(snap_compare: Compare) -> None:
    assert snap_compare(incident().app(), terminal_size=(60, 20), run_before=shows("enter", "n", until_seen="─detail"))
