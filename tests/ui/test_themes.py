"""The themes: which one a terminal gets, and whether everybody can read every text in each of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from rich.style import Style

from relaytui.core.task import State
from relaytui.core.theme import ThemeName
from relaytui.core.view import View
from relaytui.ui.app import RelayTui
from relaytui.ui.themes import DARK, LIGHT, MONO, TERMINAL, THEMES, guess
from tests.ui.conftest import World, frame, running, until
from tests.ui.readable import DEPTHS, READABLE, SIGHTS, contrast
from tests.ui.test_snapshots import incident


def row_styles(app: RelayTui) -> Iterator[tuple[str, Style]]:
    """How every piece of a row looks, under the cursor or not, flashing or not, blind or not."""
    table = app._dashboard.table
    pieces = ["", "fact", "strip", *(state.value.replace("_", "-") for state in State)]
    for blind, cursor, flash, piece in product(("", "blind", "paused"), ("", "cursor"), ("", "flash"), pieces):
        names = [name for name in (blind, cursor, flash, piece) if name]
        yield " ".join(names), table._style(*names)


@pytest.mark.parametrize("theme", [ThemeName.DARK, ThemeName.LIGHT])
async def test_every_row_can_be_read_by_everybody(theme: ThemeName) -> None:
    app = incident().app(theme=theme)
    async with running(app) as pilot:
        rows = dict(row_styles(app))
        app.set_focus(None)
        await pilot.pause()
        rows |= {f"{names}, no focus": style for names, style in row_styles(app)}
        for sight, depth in product(SIGHTS, DEPTHS):
            poor = {names: round(contrast(style, sight, depth), 2) for names, style in rows.items()}
            assert {names: ratio for names, ratio in poor.items() if ratio < READABLE} == {}, (sight, depth)


@pytest.mark.parametrize("theme", [ThemeName.TERMINAL, ThemeName.MONO])
async def test_without_colours_the_cursor_the_flash_and_the_problems_stand_out(theme: ThemeName) -> None:
    app = incident().app(theme=theme)
    async with running(app) as pilot:
        styles = dict(row_styles(app))
        assert styles["cursor"].reverse
        assert styles["flash"].underline
        assert styles["ended"].bold
        assert not styles["running"].bold
        app.set_focus(None)
        await pilot.pause()
        assert dict(row_styles(app))["cursor"].underline


@pytest.mark.parametrize("width", [40, 60, 80, 120])
async def test_every_state_has_a_glyph_and_a_word_of_its_own_on_every_width(width: int) -> None:
    assert len({state.glyph for state in State}) == len({state.word for state in State}) == len(State)
    app = incident().app(theme=ThemeName.MONO)
    async with running(app, (width, 20)):
        shown = frame(app)
        for state in (State.ENDED, State.UNRECOGNISED, State.RUNNING):
            assert f"{state.glyph} {state.word}" in shown


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({}, None),
        ({"NO_COLOR": "1"}, MONO),
        ({"NO_COLOR": ""}, None),
        ({"COLORFGBG": "15;0"}, DARK),
        ({"COLORFGBG": "0;15"}, LIGHT),
        ({"COLORFGBG": "0;default;7"}, LIGHT),
        ({"COLORFGBG": "12;8"}, DARK),
        ({"COLORFGBG": "0;default"}, None),
        ({"NO_COLOR": "1", "COLORFGBG": "0;15"}, MONO),
        ({"TERM": "xterm"}, TERMINAL),
        ({"TERM": "linux", "COLORFGBG": "15;0"}, TERMINAL),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, None),
        ({"TERM": "tmux-256color"}, None),
        ({"TERM": "xterm-kitty", "COLORFGBG": "0;15"}, LIGHT),
    ],
)
def test_what_the_environment_says_of_colours(environ: dict[str, str], theme: object) -> None:
    assert guess(environ) is theme


async def test_t_goes_round_the_themes_and_says_so(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        seen = []
        for _ in THEMES:
            await pilot.press("t")
            seen.append(app.theme)
            assert f"theme: {app.theme}" in frame(app)
        assert seen == ["light", "terminal", "mono", "dark"]


class KeptView:
    """A view in memory."""

    def __init__(self, view: View | None = None) -> None:
        self.view = view

    def load(self) -> View | None:
        return self.view

    def save(self, view: View) -> None:
        self.view = view


async def test_the_chosen_theme_is_there_again_at_the_next_start(world: World) -> None:
    views = KeptView()
    app = world.app(views=views)
    async with running(app) as pilot:
        await until(pilot, lambda: app._dashboard._kept is not None)
        await pilot.press("t", "t")
        world.clock.advance(1)
        await until(pilot, lambda: views.view is not None and views.view.theme == "terminal")
    again = world.app(views=views)
    async with running(again) as pilot:
        await until(pilot, lambda: again.theme == "terminal")
    asked_for = world.app(views=views, theme=ThemeName.LIGHT)
    async with running(asked_for) as pilot:
        await until(pilot, lambda: asked_for._dashboard._kept is not None)
        assert asked_for.theme == "light"


async def test_no_color_means_mono_and_t_brings_colours_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = world.app()
    async with running(app) as pilot:
        assert app.theme == ThemeName.MONO
        await pilot.press("t")
        await pilot.pause()
        shown = (each for strip in app.screen._compositor.render_strips() for each in strip)
        assert any(each.style and each.style.color and each.style.color.triplet for each in shown)


async def test_what_was_asked_for_wins_over_the_environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = world.app(theme=ThemeName.LIGHT)
    async with running(app):
        assert app.theme == "light"
