"""Text that is not ours is shown as it is: it neither styles, nor crashes, nor reaches the terminal as a command."""

from __future__ import annotations

import random
import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, Paste

from relaytui.core.task_state import TaskState
from relaytui.core.theme import ThemeName
from relaytui.core.update import Update
from relaytui.ui.copy_choices import COPIES, copied, written
from relaytui.ui.dialogs.edit import Edit
from relaytui.ui.dialogs.fields import Lines
from relaytui.ui.themes import THEMES
from tests.ui.conftest import World, frame, running, until
from tests.ui.readable import is_text, wrong_colours
from tests.ui.tour import foreign_world, ours, tour

HOSTILE = (
    "[red]",
    "[/x]",
    "[/",
    "[@click=app.quit]x[/]",
    "[link=http://evil.example]x",
    "\x1b[31m",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]0;owned\x07",
    "\x1bP+q\x1b\\",
    "\x9b31m",
    "\x9d52;c;x\x9c",
    "\x00\x07\x08\x7f",
    "\u202eevil\u202c",
    "\u2066x\u2069",
    "\u200b\u200e\ufeff\u2060",
    "two\nlines\r\n\v\f\x85\u2028",
    "\t",
    "{0} %s $HOME `id`",
    "👩\u200d💻\ufe0f",
    "\u034f\u3164\ufe0e\U000e0101",
    "e\u0301\u0301\u0301",
    "\ud83d",
    "\U000e0041",
    "中文" * 40,
    "x" * 300,
    "",
)
JOINERS = "\u200d\u034f\u115f\u1160\u3164\uffa0" + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""What is text but not for the screen."""
foreign = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), min_size=1, max_size=6).map("".join)


def is_harmless(shown: str, *, joiners: str = "") -> bool:
    """Whether a terminal draws this and does nothing else; on the screen there are no `joiners` either."""
    return all(
        character in f"\n{joiners}"
        or (
            unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
            and not re.match(
                r"[\u034f\u115f\u1160\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]", character
            )
        )
        for character in shown
    )


def noise(seed: int) -> str:
    """Characters that nobody thought of; the same for a seed, so that what fails once can be looked into."""
    draw = random.Random(seed)
    return "".join(map(chr, draw.sample(range(sys.maxunicode), 12) + draw.sample(range(0x2070), 12)))


@pytest.mark.usefixtures("quick_keys")
@pytest.mark.parametrize(("place", "theme"), enumerate(THEMES))
async def test_wherever_text_is_shown_it_is_no_more_than_text_and_can_be_read(place: int, theme: ThemeName) -> None:
    """All of the screen once in each theme; the hostile texts are dealt out among them."""
    text = "[red]x[/red]" + "".join(HOSTILE[place :: len(THEMES)]) + noise(place)
    views = await tour(text, theme)
    for view in views:
        assert is_harmless(view.frame), (view.stop, ascii(text), ascii(view.frame))
        styles = {each.style: each.text for each in view.segments if each.style is not None and is_text(each)}
        poor = {text: str(style) for style, text in styles.items() if wrong_colours(theme, style)}
        assert poor == {}, view.stop
        assert not any(style.link for style in styles), view.stop
    assert all("[red]x[/red]" in view.frame for view in views if view.stop in ("said", "views"))
    assert ours() - {kind for view in views for kind in view.here} == set(), "the tour goes past everything"


@given(text=foreign)
def test_what_is_handed_over_is_plain_too_and_whole(text: str) -> None:
    world = foreign_world(text)
    updates = list(world.updates.values())
    sight = world.app()._dashboard.table.sight
    copies = [copied(choice.name, updates, {}, world.clock) for choice in COPIES]
    for each in (*copies, *(written(name, updates, sight, 0.0)[1] for name in ("text", "csv", "json"))):
        assert is_harmless(each, joiners=JOINERS), each


EMOJI = "👩\u200d💻 ❤\ufe0f"


async def test_a_joined_emoji_is_shown_in_parts_and_kept_whole(world: World) -> None:
    first = next(iter(world.updates))
    world.updates[first] = Update(world.updates[first].task._replace(label=EMOJI, note="old"), TaskState())
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("G", "enter", "E")
        await until(pilot, lambda: isinstance(app.screen, Edit))
        assert frame(app).count("👩💻 ❤") >= 4, "row, detail, title and field"
        assert is_harmless(frame(app))
        await pilot.press("tab", "tab", "x", "enter")
        await until(pilot, lambda: [each.task.note for each in app.updates if each.task.key == first] == ["oldx"])
        assert [each.task.label for each in app.updates if each.task.key == first] == [EMOJI]
        await pilot.press("y", "l")
        await until(pilot, lambda: bool(world.clipboard.texts))
        assert EMOJI in world.clipboard.texts[0]


async def test_what_is_typed_and_pasted_is_shown_without_joiners_too(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        for opener in ("slash", "colon", "i", "plus"):
            await pilot.press(opener)
            app.post_message(Paste(EMOJI))
            app.post_message(Key("a", "\u200d"))
            app.post_message(Key("b", "\ufe0f"))
            app.post_message(Key("c", "c"))
            await until(pilot, lambda: "👩💻 ❤c" in frame(app))
            assert is_harmless(frame(app)), opener
            text = app.screen.query("#text")
            assert not text or text.only_one(Lines).text == f"{EMOJI}c", "a list keeps its labels"
            await pilot.press("escape")
