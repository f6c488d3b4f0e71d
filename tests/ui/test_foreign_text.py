"""Text that is not ours is shown as it is: it neither styles, nor crashes, nor reaches the terminal as a command."""

from __future__ import annotations

import random
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.theme import ThemeName
from relaytui.ui.copy_choices import COPIES, copied, written
from relaytui.ui.themes import THEMES
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
    "e\u0301\u0301\u0301",
    "\ud83d",
    "\U000e0041",
    "中文" * 40,
    "x" * 300,
    "",
)
foreign = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), min_size=1, max_size=6).map("".join)


def is_harmless(shown: str) -> bool:
    """Whether a terminal draws this and does nothing else."""
    return all(
        character in "\n\u200d\ufe0f"
        or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
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
def test_what_is_handed_over_is_plain_too(text: str) -> None:
    world = foreign_world(text)
    updates = list(world.updates.values())
    sight = world.app()._dashboard.table.sight
    for choice in COPIES:
        assert is_harmless(copied(choice.name, updates, {}, world.clock)), choice
    for name in ("text", "csv", "json"):
        assert is_harmless(written(name, updates, sight)[1]), name
