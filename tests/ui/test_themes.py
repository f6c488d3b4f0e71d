"""The themes: which one a terminal gets, and whether everybody can read every text in each of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from rich.color import Color, ColorType
from rich.segment import Segment
from rich.style import Style

from relaytui.core.observation import FailureKind
from relaytui.core.task import State
from relaytui.core.theme import ThemeName
from relaytui.core.view import View
from relaytui.ui.app import RelayTui
from relaytui.ui.themes import DARK, LIGHT, MONO, THEMES, guess
from tests.ui.conftest import World, failure, frame, lane, running, until
from tests.ui.test_snapshots import incident

READABLE = 4.5
"""The contrast that WCAG 2.1 AA asks of normal text."""
Rgb = tuple[float, float, float]

SIGHTS: dict[str, tuple[Rgb, Rgb, Rgb]] = {
    # Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
    "trichromacy": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def linear(part: float) -> float:
    part /= 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def luminance(color: Color, sight: str) -> float:
    assert color.triplet is not None
    rgb = [linear(part) for part in color.triplet]
    seen = [min(1.0, max(0.0, sum(a * b for a, b in zip(row, rgb, strict=True)))) for row in SIGHTS[sight]]
    return 0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]


def contrast(style: Style, sight: str = "trichromacy") -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    pair = (luminance(style.color, sight), luminance(style.bgcolor, sight))
    return (max(pair) + 0.05) / (min(pair) + 0.05)


def segments(app: RelayTui) -> Iterator[Segment]:
    """What is on the screen, without what is no text: blanks, lines and scrollbars."""
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            if segment.text.strip(" ─▔▁▂▃▄▅▆▇█"):
                yield segment


async def every_picture(theme: ThemeName, *, width: int = 120) -> list[Segment]:
    """Everything that is painted in an incident: flashes, the blind, pauses, faults, every pane and the palette."""
    world = incident()
    app = world.app(theme=theme)
    shown: list[Segment] = []
    async with running(app, (width, 36)) as pilot:
        shown += segments(app)
        ended = list(world.updates)[3]
        world.answer(ended, failure("X", FailureKind.REQUEST), failure("X", FailureKind.REQUEST))
        world.feed.put(
            lane(
                cause=failure("refused"), blind_since=world.clock.monotonic() - 41, pace=2, sweep=400, clock_offset=99.0
            )
        )
        world.clock.advance(1)
        await until(pilot, lambda: "BLIND" in frame(app))
        for keys in (("p",), ("e",), ("enter",), ("tab",), ("question_mark",), ("colon",), ("t", "h", "e")):
            await pilot.press(*keys)
            await pilot.pause()
            shown += segments(app)
    return shown


def row_styles(app: RelayTui) -> Iterator[tuple[str, Style]]:
    """How every piece of a row looks, under the cursor or not, flashing or not, blind or not."""
    table = app._dashboard.table
    pieces = ["", "fact", "strip", *(state.value.replace("_", "-") for state in State)]
    for blind, cursor, flash, piece in product(("", "blind", "paused"), ("", "cursor"), ("", "flash"), pieces):
        names = [name for name in (blind, cursor, flash, piece) if name]
        yield " ".join(names), table._style(*names)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", [ThemeName.DARK, ThemeName.LIGHT])
async def test_every_row_can_be_read_by_everybody(theme: ThemeName, sight: str) -> None:
    app = incident().app(theme=theme)
    async with running(app) as pilot:
        rows = dict(row_styles(app))
        app.set_focus(None)
        await pilot.pause()
        rows |= {f"{names}, no focus": style for names, style in row_styles(app)}
        poor = {names: round(contrast(style, sight), 2) for names, style in rows.items()}
        assert {names: ratio for names, ratio in poor.items() if ratio < READABLE} == {}


@pytest.mark.parametrize("theme", [ThemeName.DARK, ThemeName.LIGHT])
async def test_every_text_on_the_screen_can_be_read(theme: ThemeName) -> None:
    shown = await every_picture(theme)
    assert len(shown) > 500
    poor = {str(each.style): each.text for each in shown if each.style and contrast(each.style) < READABLE}
    assert poor == {}


async def test_mono_has_no_colour_at_all() -> None:
    for segment in await every_picture(ThemeName.MONO):
        assert segment.style is not None
        for color in (segment.style.color, segment.style.bgcolor):
            assert color is None or color.type is ColorType.DEFAULT, segment


async def test_the_terminals_own_colours_are_only_those_that_show_on_light_and_on_dark() -> None:
    used = set()
    for segment in await every_picture(ThemeName.TERMINAL):
        assert segment.style is not None
        assert segment.style.bgcolor is None or segment.style.bgcolor.type is ColorType.DEFAULT, segment
        if segment.style.color is not None and segment.style.color.type is not ColorType.DEFAULT:
            used.add(segment.style.color.number)
    assert used == {1, 5}, "red and magenta"


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
        assert any(each.style and each.style.color and each.style.color.triplet for each in segments(app))


async def test_what_was_asked_for_wins_over_the_environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = world.app(theme=ThemeName.LIGHT)
    async with running(app):
        assert app.theme == "light"
