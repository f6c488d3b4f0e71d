"""Text that is not ours is shown as it is: it neither styles, nor crashes, nor reaches the terminal as a command."""

from __future__ import annotations

import asyncio
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relaytui.core.events import Blinded, Notice, NoticeKind
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import Status
from relaytui.core.text import plain
from relaytui.ui.copy_choices import COPIES, copied, written
from tests.ui.conftest import LANE, RUNNING, World, frame, lane, running, task

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


def world_of(text: str) -> World:
    """A board on which this text stands wherever somebody else can put one; a TaskId with such text is never read."""
    world = World()
    tasks = [
        task(1, text, group=text, note=text),
        task(2, "calm", group=text, note=text),
        task(3, text, note=text)._replace(key=task(3).key._replace(region=text, task_id=f"t3{plain(text)}")),
    ]
    world.watch(*tasks)
    first, second, third = list(world.updates)
    broken = Failure(FailureKind.SERVER, text, text, text)
    world.answer(first, RUNNING, broken, broken, broken)
    world.answer(second, Status.spelt(text or "?"))
    refused = Failure(FailureKind.REQUEST, text, text, text)
    world.answer(third, refused, refused)
    return world


def is_harmless(shown: str) -> bool:
    """Whether a terminal draws this and does nothing else."""
    return all(
        character in "\n\u200d\ufe0f"
        or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        for character in shown
    )


async def every_pane(text: str) -> list[str]:
    world = world_of(text)
    app = world.app(title=text)
    shown: list[str] = []
    titles: list[str] = []
    async with running(app, (100, 40)) as pilot:
        setattr(app, "_show_title", titles.append)  # noqa: B010 - heard, not shown
        world.feed.put(Notice(world.clock.wall(), NoticeKind.FAULT, text))
        world.feed.put(lane(cause=Failure(FailureKind.NETWORK, text, text), blind_since=world.clock.monotonic()))
        world.feed.put(Blinded(LANE, world.clock.wall(), Failure(FailureKind.NETWORK, text, text), 0.0, None))
        for update in world.updates.values():
            world.feed.put(update)
        world.clock.advance(1)
        app._dashboard._drain()
        for keys in (("e",), ("enter",), ("j", "y", "v"), ("escape", "colon"), ("escape", "question_mark")):
            await pilot.press(*keys)
            shown.append(frame(app))
        app._dashboard.say(text)
        await pilot.pause()
        shown.append(frame(app))
    return [*shown, *titles]


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=foreign)
def test_no_text_reaches_the_terminal_as_more_than_text(text: str) -> None:
    for shown in asyncio.run(every_pane(text)):
        assert is_harmless(shown), ascii(shown)


async def test_markup_is_shown_as_it_is_written() -> None:
    shown = await every_pane("[red]x[/red] [/]")
    assert all("[red]x[/red] [/]" in picture for picture in shown[:2])


@pytest.mark.parametrize("texts", [HOSTILE[start::5] for start in range(5)], ids=range(5))
async def test_all_of_them_on_every_pane(texts: tuple[str, ...]) -> None:
    for shown in await every_pane("".join(texts)):
        assert is_harmless(shown), ascii(shown)


@given(text=foreign)
def test_what_is_handed_over_is_plain_too(text: str) -> None:
    world = world_of(text)
    updates = list(world.updates.values())
    sight = world.app()._dashboard.table.sight
    for choice in COPIES:
        assert is_harmless(copied(choice.name, updates, {}, world.clock)), choice
    for name in ("text", "csv", "json"):
        assert is_harmless(written(name, updates, sight)[1]), name
