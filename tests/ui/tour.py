"""A way past everything that the screen can show, with a foreign text wherever one can stand.

Tests look around at each stop. A widget or dialog of ours at which it does not stop fails `test_foreign_text`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from rich.segment import Segment
from textual.events import Paste
from textual.pilot import Pilot
from textual.screen import Screen
from textual.scrollbar import ScrollBar
from textual.widget import Widget
from textual.widgets import Input, TextArea

import relaytui.ui
from relaytui.core.alarm_view import AlarmView, Attention, Subject
from relaytui.core.endpoint import Endpoint
from relaytui.core.events import (
    Acknowledged,
    Alarm,
    AlarmKind,
    Blinded,
    Delivery,
    Event,
    FailureNoted,
    JournalHealth,
    Notice,
    NoticeKind,
    NotWatching,
    Sighted,
)
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.profile import Profile
from relaytui.core.task import LaneKey, Status, TaskKey
from relaytui.core.text import plain
from relaytui.core.theme import ThemeName
from relaytui.core.update import Relisted
from relaytui.ports import AccountView, NotKept
from relaytui.ui.app import RelayTui
from relaytui.ui.dialogs.add import Add
from relaytui.ui.dialogs.look_up import LookUp
from relaytui.ui.dialogs.profiles import Profiles
from relaytui.ui.dialogs.sign_in import SignIn
from relaytui.ui.text_page import TextPage
from tests.ui.conftest import GONE, LANE, RUNNING, World, frame, lane, running, task, until
from tests.ui.test_account_desk import ID, KEY, FakeAccounts, fill
from tests.ui.test_replay import Past


class View(NamedTuple):
    """What is to be seen at a stop."""

    stop: str
    frame: str
    segments: tuple[Segment, ...]
    here: frozenset[type[Widget]]
    """The kinds of widgets that are on the screen."""


def foreign_world(text: str) -> World:
    """A board on which this text stands wherever somebody else can put one; a TaskId with such text is never read."""
    world = World()
    tasks = [
        task(1, text, group=text, note=text),
        task(2, "calm", group=text, note=text),
        task(3, text, note=text)._replace(key=task(3).key._replace(region=text, task_id=f"t3{plain(text)}")),
        task(4, "paused", paused=True),
        task(5, "overdue", expected_end=world.clock.wall() - 3600),
        task(6, "ended"),
        task(7, "never seen"),
        task(8, "of another", group="second")._replace(key=task(8).key._replace(profile="test")),
        task(9, "to come"),
    ]
    world.watch(*tasks)
    keys = list(world.updates)
    broken = Failure(FailureKind.SERVER, text, text, text)
    refused = Failure(FailureKind.REQUEST, text, text, text)
    world.answer(keys[0], RUNNING, broken, broken, broken)
    world.answer(keys[1], Status.spelt(text or "?"))
    world.answer(keys[2], refused, refused)
    world.answer(keys[4], RUNNING)
    world.answer(keys[5], RUNNING)
    world.answer(keys[5], GONE, GONE, GONE, after=1)
    world.answer(keys[6], GONE)
    world.answer(keys[7], RUNNING)
    return world


def foreign_events(world: World, text: str) -> Iterator[Event]:
    """Whatever can happen, told in this text."""
    at, key, cause = world.clock.wall(), next(iter(world.updates)), Failure(FailureKind.NETWORK, text, text)
    yield Notice(at, NoticeKind.FAULT, text)
    yield FailureNoted(key, at, cause, 3)
    yield Blinded(LANE, at, cause, 0.0, None)
    yield Sighted(LANE, at, cause, at - 60, at - 61)
    yield NotWatching(at, at - 60, text)
    yield JournalHealth(at, at - 60, text, 3)
    yield Acknowledged(at, (key,), text)
    yield Delivery(at, text, text, 3, text, True)
    yield Alarm("1", at, AlarmKind.ENDED, text, at)


class ForeignAccounts(FakeAccounts):
    """Accounts of which everything that is told is this text."""

    def __init__(self, text: str) -> None:
        super().__init__(refuses=Failure(FailureKind.NETWORK, text, text), kept_in=NotKept(text, text))
        self.profiles = (
            AccountView(Profile("prod"), text, "", text, 1_767_300_000.0),
            AccountView(Profile("test", Endpoint("https", "trtc.intl.tencentcloudapi.com")), problem=text),
        )


async def tour(text: str, theme: ThemeName = ThemeName.DARK, size: tuple[int, int] = (120, 36)) -> list[View]:
    """Everything that is to be seen on a board on which others have put this text."""
    return [*await _board(text, theme, size), *await _elsewhere(text, theme)]


def _look(app: RelayTui, stop: str) -> View:
    strips = app.screen._compositor.render_strips()
    widgets = [each for screen in app.screen_stack for each in screen.query("*") if each.is_on_screen]
    here = {type(each) for each in (*app.screen_stack, *widgets)}
    segments = tuple(segment for strip in strips for segment in strip)
    return View(stop, frame(app), segments, frozenset(here))


class Guide:
    """Leads past the places of one board, and tells what is to be seen there."""

    def __init__(self, world: World, app: RelayTui, pilot: Pilot[None]) -> None:
        self.world = world
        self.app = app
        self._pilot = pilot
        self.views: list[View] = []

    async def go(self, *keys: str) -> None:
        """Press these keys."""
        await self._pilot.press(*keys)

    async def stop(self, name: str, *keys: str, sees: str = "", on: type[Screen[Any]] | None = None) -> None:
        """Press these keys, wait until that is there, and look around."""
        await self.go(*keys)

        def arrived() -> bool:
            return sees in " ".join(frame(self.app).split()) and (on is None or isinstance(self.app.screen, on))

        try:
            await until(self._pilot, arrived)
        except TimeoutError:
            raise AssertionError(f"no {sees or on} at {name}:\n{frame(self.app)}") from None
        self.views.append(_look(self.app, name))

    async def paste(self, text: str) -> None:
        """Paste this where the focus is."""
        self.app.post_message(Paste(text))
        await self._pilot.pause()

    async def asked(self, count: int) -> list[TaskKey]:
        """The last look-ups, once there are so many."""
        looked_up = self.world.commands.looked_up
        await until(self._pilot, lambda: len(looked_up) >= count)
        return looked_up[-count:]

    def drain(self) -> None:
        """Have the board take what the engine has told."""
        self.app._dashboard._drain()

    async def resize(self, width: int, height: int) -> None:
        """Give the screen another size."""
        await self._pilot.resize_terminal(width, height)


async def _board(text: str, theme: ThemeName, size: tuple[int, int]) -> list[View]:
    world, accounts = foreign_world(text), ForeignAccounts(text)
    app = world.app(title=text, theme=theme, accounts=accounts, named_views={text: text, "calm": "calm"})
    titles: list[str] = []
    async with running(app, size) as pilot:
        setattr(app, "_show_title", titles.append)  # noqa: B010 - heard, not shown
        guide = Guide(world, app, pilot)
        await guide.stop("at the start, flashing")
        _tell(world, text)
        guide.drain()
        await _past_the_board(guide, text)
        await _past_the_choices(guide)
        await _past_the_list(guide, text)
        await _past_the_accounts(guide, text, accounts)
        await _past_the_filter(guide, text)
        await guide.resize(20, 8)
        await guide.stop("too small", sees="too small")
    return guide.views + [View("title", title, (), frozenset()) for title in titles]


def _tell(world: World, text: str) -> None:
    """The engine tells everything that it can tell in this text."""
    for event in foreign_events(world, text):
        world.feed.put(event)
    for update in world.updates.values():
        world.feed.put(update)
    cause, now = Failure(FailureKind.NETWORK, text, text), world.clock.monotonic()
    world.feed.put(lane(cause=cause, blind_since=now - 41, clock_offset=99.0, pace=2, sweep=99))
    world.feed.put(lane(lane=LaneKey("test", "host"), polling=False))
    said: dict[Subject, Attention] = {key: Attention(world.clock.wall(), text) for key in [*world.updates][4:6]}
    world.feed.put(AlarmView(attention=said, muted_until=world.clock.wall() + 600))
    world.feed.put(Relisted(world.clock.wall(), (), text, refused=True))
    world.clock.advance(41)


async def _past_the_board(guide: Guide, text: str) -> None:
    await guide.stop("blind, late and paused", sees="BLIND")
    ET.fromstring(guide.app.export_screenshot())
    await guide.stop("events", "e", "tab", "g", sees="events")
    for place in range(1, len(list(foreign_events(guide.world, text)))):
        await guide.stop(f"the event below {place}", "j")
    await guide.stop("detail", "tab", "g", "enter", sees="detail")
    for place in range(1, 9):
        await guide.stop(f"detail of the task below {place}", "j")
    await guide.stop("help", "question_mark", sees="─help")
    await guide.stop("legend", "G")
    await guide.stop("groups and marks", "escape", "v", "space", "F", sees="FROZEN")
    await guide.stop("sorting", "F", "o", sees="sort by")
    await guide.stop("palette", "escape", "colon", "t", sees="theme")
    await guide.stop("palette in vain", "z", "z", sees="No matches")
    guide.app._dashboard.say(text)
    await guide.stop("said", "escape")
    guide.app._dashboard.key_line.say("", now=0.0)


async def _past_the_choices(guide: Guide) -> None:
    await guide.stop("copy", "g", "y", sees="copy:")
    await guide.stop("text page", "v", on=TextPage)
    await guide.stop("write", "escape", "w", sees="write the board as")
    await guide.stop("views", "escape", "V", sees="view:")
    await guide.stop("mute", "escape", "S", sees="mute them")
    await guide.stop("snooze", "escape", "s", sees="snooze ")
    await guide.stop("acknowledge", "escape", "a", sees="acknowledge ")
    await guide.go("escape")


async def _past_the_list(guide: Guide, text: str) -> None:
    await guide.stop("edit", "E", sees="expected end")
    await guide.go("tab", "tab")
    await guide.paste(text)
    await guide.stop("edit, selected", "ctrl+shift+a")
    await guide.stop("replace", "escape", "R", sees="new TaskId of")
    await guide.stop("edit all", "escape", "escape", "asterisk", "E", sees="different: stays")
    await guide.stop("remove all", "escape", "D", sees="tasks off the list?")
    await guide.stop("add", "escape", "escape", "plus", on=Add)
    new = task(20).key
    await guide.paste(f"{text}\n{new.task_id}\n{new.task_id}")
    guide.app.screen.query_one("#label").focus()
    await guide.paste(text)
    await guide.stop("add, previewed", sees="1 new")
    guide.app.screen.query_one("#text").focus()
    await guide.stop("add, selected", "f7")
    await guide.stop("add, the button", "shift+tab")
    await guide.stop("add, checked", "ctrl+t", sees="asking")
    _answer(guide.world, new, Status.spelt(text or "?"))
    guide.drain()
    await guide.stop("add, answered")
    guide.app.screen.query_one("#text", TextArea).text = f"task_id,label,region\nx1,{plain(text)},-\n"
    await guide.stop("add, malformed", sees="1 malformed")
    await guide.go("escape")
    await guide.paste("x1\n" * 200)
    await guide.stop("add, long", sees="200 lines pasted")
    await guide.go("escape")


async def _past_the_accounts(guide: Guide, text: str, accounts: FakeAccounts) -> None:
    await guide.stop("look up", "i", on=LookUp)
    await fill(guide.app, task_ids="x1 x2 x3")
    app_id = guide.app.screen.query_one("#sdk_app_id", Input)
    app_id.value = "none"
    await guide.stop("look up, refused", "enter")
    app_id.value = "1600012345"
    await guide.go("enter")
    outcomes: tuple[Status | Failure, ...] = (
        Failure(FailureKind.NETWORK, text, text),
        Status.spelt(text or "?"),
        RUNNING,
    )
    for asked, outcome in zip(await guide.asked(3), outcomes, strict=True):
        _answer(guide.world, asked, outcome)
    guide.drain()
    await guide.stop("look up, answered", sees="InProgress")
    await guide.stop("profiles", "escape", "C", on=Profiles)
    await guide.stop("sign in", "escape", "c", on=SignIn)
    await fill(guide.app, secret_id=ID, secret_key=KEY)
    await guide.stop("sign in, in vain", "enter", sees="unverified")
    accounts.refuses = None
    await guide.stop("sign in, not kept", "enter", sees="for this session only")
    await guide.go("escape")


async def _past_the_filter(guide: Guide, text: str) -> None:
    await guide.stop("filtered by a text", "slash", *"calm", sees="calm")
    await guide.go("ctrl+u")
    await guide.paste(text)
    await guide.stop("filtered by a foreign text")
    await guide.go("ctrl+u")
    await guide.paste(f"state:no{text}")
    await guide.stop("a wrong filter", sees="not taken")
    await guide.stop("nothing found", "ctrl+u", *"zzz", "enter", sees="0 of 9 shown")


def _answer(world: World, key: TaskKey, outcome: Status | Failure) -> None:
    world.feed.answer(Observation(key, outcome, world.clock.wall(), world.clock.monotonic(), 0.1, "req"))


async def _elsewhere(text: str, theme: ThemeName) -> list[View]:
    views = []
    welcome = World().app(title=text, theme=theme, accounts=FakeAccounts(had_keys=(text,)), leave_for_demo=list)
    async with running(welcome, (80, 24)):
        views.append(_look(welcome, "welcome"))
    past = Past()
    past.app.theme = theme
    async with past.open() as pilot:
        await pilot.press("right_square_bracket")
        views.append(_look(past.app, "replay"))
    return views


def ours() -> set[type[Widget]]:
    """Every kind of widget and screen of relaytui that shows text, but those that only others are made from."""
    found = set()
    for module in walk_packages(relaytui.ui.__path__, "relaytui.ui."):
        for _, kind in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(kind, Widget) and not issubclass(kind, ScrollBar) and kind.__module__.startswith("relaytui."):
                found.add(kind)
    return {kind for kind in found if not any(other is not kind and issubclass(other, kind) for other in found)}
