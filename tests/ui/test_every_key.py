"""Every key of every command does what it is for, on a running board; a command without a check here fails a test.

The checks of one place share one app, because starting one takes longer than twenty keys.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple

import pytest
from textual.command import CommandPalette
from textual.events import Paste
from textual.pilot import Pilot
from textual.screen import Screen

from relaytui.core.events import FailureNoted, Notice, NoticeKind
from relaytui.ui.dialogs.add import Add
from relaytui.ui.dialogs.confirm import Confirm
from relaytui.ui.dialogs.edit import Edit
from relaytui.ui.dialogs.look_up import LookUp
from relaytui.ui.dialogs.profiles import Profiles
from relaytui.ui.dialogs.reason import Reason
from relaytui.ui.dialogs.replace import Replace
from relaytui.ui.dialogs.sign_in import SignIn
from relaytui.ui.event_log import EventLog
from relaytui.ui.filter_input import FilterInput
from relaytui.ui.help import HelpPane
from relaytui.ui.keymap import commands
from relaytui.ui.sort_bar import LETTERS
from relaytui.ui.text_page import TextPage
from relaytui.ui.times import local
from tests.ui.conftest import GONE, RUNNING, RecordingCommands, World, failure, frame, lane, running, task, until
from tests.ui.test_account_desk import ID, KEY, FakeAccounts, answer, fill
from tests.ui.test_replay import Past

TASKS = 60
VIEWS = {"fourth": "group:g3", **{f"view {number}": f"cam {number}" for number in range(2, 10)}}
SIZE = (110, 24)
PAGE = 21
"""Rows on the screen; half of them are half a page."""
ENDED = ("cam 7", "cam 30", "cam 50")
"""The problems stand on top, the newest first."""


class Stage:
    """A board on which there is something for every key: problems, groups, marks to be, events, accounts, a view."""

    def __init__(self) -> None:
        self.world = World()
        self.world.watch(*(task(number, f"cam {number}", group=f"g{number % 4}") for number in range(TASKS)))
        keys = list(self.world.updates)
        for key in keys:
            self.world.answer(key, RUNNING)
        for number in (50, 30, 7):
            self.world.answer(keys[number], GONE, GONE, GONE, after=1)
        self.accounts = FakeAccounts()
        self.left = 0
        self.app = self.world.app(
            accounts=self.accounts,
            named_views={"fourth": "group:g3", **{f"view {number}": f"cam {number}" for number in range(2, 10)}},
        )
        self.app.exit = self._leave  # type: ignore[method-assign]  # the other keys need the app
        setattr(self.app, "action_suspend_process", self._leave)  # noqa: B010 - nor may the tests be stopped
        self.board = self.app._dashboard

    def _leave(self, *_: object, **__: object) -> None:
        self.left += 1

    @asynccontextmanager
    async def open(self, size: tuple[int, int] = SIZE) -> AsyncIterator[Pilot[None]]:
        async with running(self.app, size) as pilot:
            self.world.feed.put(lane(account_budget=10))
            at = self.world.clock.wall()
            for number, key in enumerate(self.world.updates):
                self.world.feed.put(FailureNoted(key, at, failure(f"code {number}"), 1))
            self.world.feed.put(Notice(at, NoticeKind.LOG, "about no task"))
            self.board._drain()
            await pilot.pause()
            yield pilot

    @property
    def frame(self) -> str:
        return frame(self.app)

    @property
    def screen(self) -> Screen[Any]:
        return self.app.screen

    @property
    def asked(self) -> RecordingCommands:
        return self.world.commands

    @property
    def cursor(self) -> str:
        """What is under the table's cursor; "" on a group."""
        key = self.board.table.cursor_key
        return self.board.tally.name(key) if key else ""

    @property
    def row(self) -> int:
        return next(y for y, line in enumerate(self.board.table._lines.shown) if line is self.board.table._cursor)

    @property
    def scrolled(self) -> float:
        return self.screen.query_one(HelpPane).scroll_y

    @property
    def can_scroll(self) -> bool:
        pane = self.screen.query_one(HelpPane)
        return pane.display and pane.max_scroll_y > 0

    @property
    def event(self) -> int:
        return self.board.event_log._position

    @property
    def focus(self) -> str:
        return self.screen.focused.id or "" if self.screen.focused else ""

    @property
    def names(self) -> set[str]:
        return {update.task.name for update in self.app.updates}


Step = str | Callable[[Stage], object]


class Check(NamedTuple):
    """What is so after a key and was not before it; `before` leads there and `back` from there, for each key anew."""

    command: str
    shows: Callable[[Stage], object]
    before: tuple[Step, ...] = ()
    back: tuple[Step, ...] = ()
    keys: tuple[str, ...] = ()
    """Where a dialog has keys of its own for a command of all dialogs."""


def opens(kind: type[Screen[Any]]) -> Callable[[Stage], bool]:
    return lambda stage: isinstance(stage.screen, kind)


def says(words: str) -> Callable[[Stage], bool]:
    return lambda stage: words in stage.frame


def lacks(words: str) -> Callable[[Stage], bool]:
    return lambda stage: words not in stage.frame


def on_board(stage: Stage) -> bool:
    return stage.screen is stage.board


def forget(stage: Stage) -> None:
    """Begin anew to remember what was asked, copied and written."""
    stage.world.commands = stage.board.commands = RecordingCommands()
    stage.world.clipboard.texts.clear()
    stage.world.exports.files.clear()
    stage.board.key_line.say("", now=0.0)


def type_in(name: str, text: str) -> Callable[[Stage], Awaitable[None]]:
    return lambda stage: fill(stage.app, **{name: text})


def damage(stage: Stage) -> None:
    stage.board.table._painted.clear()


def until_(shows: Callable[[Stage], object]) -> Callable[[Stage], Awaitable[None]]:
    return lambda stage: until(Pilot(stage.app), lambda: bool(shows(stage)))


def copies(start: str) -> Callable[[Stage], bool]:
    return lambda stage: any(text.startswith(start) for text in stage.world.clipboard.texts)


def writes(end: str) -> Callable[[Stage], bool]:
    return lambda stage: any(name.endswith(end) for name in stage.world.exports.files)


def snoozes(seconds: float) -> Callable[[Stage], bool]:
    return lambda stage: [until for _, until in stage.asked.snoozed] == [stage.world.clock.wall() + seconds]


def on_group(number: int) -> Callable[[Stage], bool]:
    return lambda stage: f"› ▾ {number} " in stage.frame


def mutes(seconds: float) -> Callable[[Stage], bool]:
    return lambda stage: stage.asked.muted == [stage.world.clock.wall() + seconds]


def is_morning(until: list[float | None]) -> bool:
    return bool(until) and until[0] is not None and local(until[0]).hour == 8


async def paste_new(stage: Stage) -> None:
    stage.app.post_message(Paste(task(TASKS).key.task_id))
    await until(Pilot(stage.app), lambda: "1 new" in stage.frame)


async def look_up_new(stage: Stage) -> None:
    pilot = Pilot[None](stage.app)
    await until(pilot, lambda: isinstance(stage.screen, LookUp))
    await fill(stage.app, task_ids="x1")
    await pilot.press("enter")
    await until(pilot, lambda: bool(stage.asked.looked_up))
    answer(stage.world, stage.asked.looked_up[0], RUNNING)
    await until(pilot, lambda: "● running  x1" in stage.frame)


async def sign_in_in_vain(stage: Stage) -> None:
    stage.accounts.refuses = failure()
    await fill(stage.app, secret_id=ID, secret_key=KEY)
    await Pilot(stage.app).press("enter")
    await until(Pilot(stage.app), lambda: "uses it unverified" in " ".join(stage.frame.split()))


TOP, TO_LOG = ("g",), ("e", "tab")
MARK_ALL = ("asterisk",)
UNDO = ("u", until_(lambda stage: len(stage.names) == TASKS))

BOARD = (
    Check("app.palette", opens(CommandPalette), back=("escape",)),
    Check("app.theme", lambda s: s.app.theme == "light", back=("t", "t", "t")),
    Check("app.quit", lambda s: s.left, back=(lambda s: setattr(s, "left", 0),)),
    Check("app.suspend", lambda s: s.left, back=(lambda s: setattr(s, "left", 0),)),
    Check("app.ask_quit", says("press ctrl+c again, or q, to quit"), back=(forget,)),
    Check("app.repaint", lambda s: len(s.board.table._painted) > PAGE, before=(damage,)),
    Check("board.freeze", says("FROZEN"), back=("F",)),
    Check("board.polling", says("PAUSED"), back=("p",)),
    Check("board.faster", lambda s: s.asked.intervals == [10.0], before=(forget,), back=("greater_than_sign",)),
    Check("board.slower", lambda s: s.asked.intervals == [20.0], before=(forget,), back=("less_than_sign",)),
    Check("board.less", says("(before: 10)"), before=(forget,), back=("right_curly_bracket",)),
    Check("board.more", says("(before: 10)"), before=(forget,), back=("left_curly_bracket",)),
    Check("board.acknowledge", opens(Reason), before=TOP, back=("escape",)),
    Check("board.snooze", says("snooze cam 7: "), before=TOP, back=("escape",)),
    Check("board.mute", says("mute all alarms: "), back=("escape",)),
    Check("board.copy", says("copy: t TaskId"), back=("escape",)),
    Check("board.write", says("write the board as: "), back=("escape",)),
    Check("board.picture", writes(".svg")),
    Check("board.help", says("─help"), back=("question_mark",)),
    Check("board.close", lacks("─detail"), before=("enter",)),
    Check("board.log", says("─events"), back=("e",)),
    Check("board.pane", lambda s: isinstance(s.screen.focused, EventLog), before=("e",), back=("tab", "e")),
    Check("board.pane_before", lambda s: isinstance(s.screen.focused, EventLog), before=("e",), back=("tab", "e")),
    Check("board.filter", lambda s: isinstance(s.screen.focused, FilterInput), back=("escape",)),
    Check("board.problems", says("3 of 60 shown"), back=("exclamation_mark",)),
    Check("board.next", lambda s: s.cursor == ENDED[1], before=TOP),
    Check("board.before", lambda s: s.cursor == ENDED[2], before=TOP),
    Check("board.refresh", lambda s: s.asked.refreshed, before=(forget,)),
    Check("board.pause", says("║ ended         cam 7"), before=TOP, back=("x",)),
    Check("board.sort", says("sort by"), back=("escape",)),
    Check("board.groups", says("▾"), before=TOP, back=("v",)),
    Check("board.views", says("view: 1 fourth"), back=("escape",)),
    Check("board.group", lambda s: s.cursor == "" and s.row == 0, before=("v", "G"), back=("v",)),
    *(Check(f"board.group_{number}", on_group(number), before=("v", "G"), back=("v",)) for number in range(2, 5)),
    *(
        Check(f"board.group_{number}", says(f"there is no group {number} to be seen"), (forget, "v"), ("v",))
        for number in range(5, 10)
    ),
    Check("account.look_up", opens(LookUp), back=("escape",)),
    Check("account.sign_in", opens(SignIn), back=("escape",)),
    Check("account.profiles", opens(Profiles), back=("escape",)),
    Check("list.add", opens(Add), back=("escape",)),
    Check("list.edit", opens(Edit), back=("escape",)),
    Check("list.replace", opens(Replace), back=("escape",)),
    Check("list.remove", lambda s: len(s.names) == TASKS - 1, before=("G",), back=UNDO),
    Check("list.undo", lambda s: len(s.names) == TASKS, before=("G", "D", until_(says("removed cam")))),
    Check("table.open", says("─detail"), back=("escape",)),
    Check("table.mark", says("1 marked"), back=("escape",)),
    Check("table.mark_all", says("60 marked"), back=("escape",)),
    Check("table.fold", says("▸ 1 g0"), before=("v", "1"), back=("z", "v")),
    Check("table.fold_all", lambda s: s.frame.count("▸") == 4, before=("v",), back=("Z", "v")),
    Check("table.down", lambda s: s.row == 1, before=TOP),
    Check("table.up", lambda s: s.row == 0, before=("g", "j")),
    Check("table.top", lambda s: s.row == 0, before=("G",)),
    Check("table.bottom", lambda s: s.row == TASKS - 1, before=TOP),
    Check("table.page_down", lambda s: s.row == PAGE, before=TOP),
    Check("table.page_up", lambda s: s.row == TASKS - 1 - PAGE, before=("G",)),
    Check("table.half_down", lambda s: s.row == PAGE // 2, before=TOP),
    Check("table.half_up", lambda s: s.row == TASKS - 1 - PAGE // 2, before=("G",)),
)
HELP = ("question_mark", until_(lambda s: s.can_scroll))
"""A key that comes before the pane has its text scrolls nothing."""
PANES = (
    Check("pane.down", lambda s: s.scrolled == 1, before=(*HELP, "g"), back=("question_mark",)),
    Check("pane.up", lambda s: s.scrolled == 1, before=(*HELP, "g", "j", "j"), back=("question_mark",)),
    Check("pane.page_down", lambda s: s.scrolled > 9, before=(*HELP, "g"), back=("question_mark",)),
    Check("pane.page_up", lambda s: s.scrolled == 0, before=(*HELP, "g", "space"), back=("question_mark",)),
    Check("pane.top", lambda s: s.scrolled == 0, before=(*HELP, "j"), back=("question_mark",)),
    Check("pane.bottom", lambda s: s.scrolled > 60, before=(*HELP, "g"), back=("question_mark",)),
    Check("help.close", lacks("─help"), before=HELP),
    Check("log.choose", lambda s: s.cursor == "cam 0" and s.focus != "log", before=(*TO_LOG, "g"), back=("e", "g")),
    Check("log.sieve", says("problems and alarms"), before=TO_LOG, back=("f", "f", "e")),
    Check("log.down", lambda s: s.event == 1, before=(*TO_LOG, "g"), back=("e",)),
    Check("log.up", lambda s: s.event == TASKS - 1, before=(*TO_LOG, "G"), back=("e",)),
    Check("log.page_down", lambda s: 3 < s.event < 20, before=(*TO_LOG, "g"), back=("e",)),
    Check("log.page_up", lambda s: TASKS - 20 < s.event < TASKS - 3, before=(*TO_LOG, "G"), back=("e",)),
    Check("log.top", lambda s: s.event == 0, before=(*TO_LOG, "G"), back=("e",)),
    Check("log.bottom", lambda s: s.event == TASKS, before=(*TO_LOG, "g"), back=("e",)),
    Check("text.back", on_board, before=("y", "v", until_(opens(TextPage)))),
    Check("filter.keep", says(" /cam  60 of 60 shown"), ("slash", *"cam"), ("escape",)),
    Check("filter.clear", lacks("of 60 shown"), ("slash", *"cam", "space", "7")),
    Check("sort.before", says("NOTE▲"), before=("o",), back=("o",)),
    Check("sort.next", says("STATE▲"), before=("o",), back=("left", "escape")),
    Check("sort.reverse", says("TASK▼"), before=("o", "right", "right"), back=("o",)),
    Check("sort.pin", says("mixed in"), before=("o",), back=("p", "escape")),
    Check("sort.done", lacks("sort by"), before=("o",)),
)
CHOICES = (
    Check("copy.id", copies("t007-"), (forget, "g", "y")),
    Check("copy.request", copies("req-"), (forget, "g", "y")),
    Check("copy.line", copies("✖ ended since"), (forget, "g", "y")),
    Check("copy.command", copies("tccli trtc DescribeStreamIngest"), (forget, "g", "y")),
    Check("copy.json", copies('{"schema":1'), (forget, "g", "y")),
    Check("copy.handover", copies("# Relay tasks at"), (forget, "y")),
    Check("copy.show", opens(TextPage), ("y",), ("escape",)),
    Check("write.text", writes(".txt"), (forget, "w")),
    Check("write.csv", writes(".csv"), (forget, "w")),
    Check("write.json", writes(".json"), (forget, "w")),
    Check("view.1", says("/group:g3 "), ("V",), ("escape",)),
    *(Check(f"view.{number}", says(f"/cam {number} "), ("V",), ("escape",)) for number in range(2, 10)),
    Check("snooze.quarter", snoozes(900), (forget, "s")),
    Check("snooze.hour", snoozes(3600), (forget, "s")),
    Check("snooze.morning", lambda s: is_morning([until for _, until in s.asked.snoozed]), (forget, "s")),
    Check("snooze.change", lambda s: [until for _, until in s.asked.snoozed] == [None], (forget, "s")),
    Check("snooze.now", snoozes(0), (forget, "s")),
    Check("mute.quarter", mutes(900), (forget, "S")),
    Check("mute.hour", mutes(3600), (forget, "S")),
    Check("mute.morning", lambda s: is_morning(s.asked.muted), (forget, "S")),
    Check("mute.now", lambda s: s.asked.muted == [None], (forget, "S")),
    Check("chooser.back", on_board, ("y",)),
)
DIALOGS = (
    Check("dialog.accept", on_board, ("E", type_in("label", "renamed")), ("u", until_(lacks("renamed")))),
    Check("dialog.accept_too", on_board, ("E", type_in("label", "renamed")), ("u", until_(lacks("renamed")))),
    Check("dialog.next", lambda s: s.focus == "group", ("E",), ("escape",)),
    Check("dialog.before", lambda s: s.focus == "label", ("E", "down"), ("escape",)),
    Check("dialog.down", lambda s: s.focus == "group", ("E",), ("escape",)),
    Check("dialog.up", lambda s: s.focus == "label", ("E", "down"), ("escape",)),
    Check("dialog.cancel", on_board, ("E",)),
    Check("dialog.cancel", on_board, (forget, "C", until_(opens(Profiles))), keys=("escape", "C")),
    Check("dialog.leave", on_board, ("E",)),
    Check("confirm.yes", lambda s: not s.names, (*MARK_ALL, "D", until_(opens(Confirm))), ("u", until_(says("cam 7")))),
    Check("confirm.no", on_board, ("escape", *MARK_ALL, "D", until_(opens(Confirm))), ("escape",)),
    Check("lines.accept", lambda s: len(s.names) > TASKS, ("plus", until_(opens(Add)), paste_new), UNDO),
    Check(
        "add.check", lambda s: s.asked.looked_up, (forget, "plus", until_(opens(Add)), paste_new), (forget, "escape")
    ),
    Check("account.add", lambda s: len(s.names) > TASKS, (forget, "i", look_up_new), ("escape", *UNDO)),
    Check("account.search", says("searching: "), ("i", until_(opens(LookUp)), type_in("task_ids", "x1")), ("escape",)),
    Check("account.show", says("/profile:test"), ("C", until_(opens(Profiles)), "down"), ("escape",)),
    Check("account.again", opens(SignIn), ("C", until_(opens(Profiles))), ("escape",)),
    Check("account.unverified", lambda s: s.accounts.used, ("c", until_(opens(SignIn)), sign_in_in_vain)),
)
SMALL = (
    Check("dialog.page_down", lambda s: s.screen.query_one("#sheet").scroll_y > 0, ("E",), ("escape",)),
    Check("dialog.page_up", lambda s: s.screen.query_one("#sheet").scroll_y == 0, ("E", "pagedown"), ("escape",)),
)
PLACES = {"board": BOARD, "panes": PANES, "choices": CHOICES, "dialogs": DIALOGS}
ELSEWHERE = {
    "board.demo": "the welcome",
    **dict.fromkeys(("replay.before", "replay.next", "replay.play", "replay.faster", "replay.slower"), "the replay"),
}
"""What the board of these checks does not have; tests of their own press these keys below."""


async def perform(stage: Stage, pilot: Pilot[None], check: Check) -> None:
    for key in check.keys or commands()[check.command].key.split(","):
        await go(stage, pilot, check.before)
        await until(pilot, lambda: not check.shows(stage))
        await pilot.press(key)
        try:
            await until(pilot, lambda: bool(check.shows(stage)))
        except TimeoutError:
            pytest.fail(f"{key} does not do what {check.command} is for:\n{stage.frame}")
        await go(stage, pilot, check.back)
        await until(pilot, lambda: on_board(stage))


async def go(stage: Stage, pilot: Pilot[None], steps: tuple[Step, ...]) -> None:
    for step in steps:
        if isinstance(step, str):
            await pilot.press(step)
        elif (doing := step(stage)) is not None:
            assert isinstance(doing, Awaitable)
            await doing


@pytest.mark.usefixtures("quick_keys")
@pytest.mark.parametrize("place", PLACES)
async def test_every_key_does_what_it_is_for(place: str) -> None:
    stage = Stage()
    async with stage.open() as pilot:
        for check in PLACES[place]:
            await perform(stage, pilot, check)


@pytest.mark.usefixtures("quick_keys")
async def test_every_letter_sorts_by_its_column() -> None:
    stage = Stage()
    async with stage.open((200, 24)) as pilot:
        for letter, title in reversed(LETTERS.items()):
            await pilot.press("o", letter)
            arrows = says(f"{title}▲") if title else lacks("▲")
            await until(pilot, partial(arrows, stage))


async def test_a_dialog_that_does_not_fit_is_paged() -> None:
    stage = Stage()
    async with stage.open((60, 7)) as pilot:
        for check in SMALL:
            await perform(stage, pilot, check)


async def test_the_welcomes_key_leads_to_the_demo() -> None:
    wishes: list[str] = []
    app = World().app(leave_for_demo=lambda: wishes.append("demo"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*commands()["board.demo"].key.split(","))
    assert wishes == ["demo"]


async def test_the_replays_keys() -> None:
    names = [name for name in ELSEWHERE if name.startswith("replay.")]
    past, keys = Past(), {name: commands()[name].key.split(",")[0] for name in names}
    async with past.open() as pilot:
        begin = past.player.wall()
        await pilot.press(keys["replay.next"], keys["replay.next"])
        later = past.player.wall()
        assert later > begin
        await pilot.press(keys["replay.before"])
        assert begin < past.player.wall() < later
        await pilot.press(keys["replay.faster"])
        assert past.player.speed == 2.0
        await pilot.press(keys["replay.slower"])
        assert past.player.speed == 1.0
        await pilot.press(keys["replay.play"])
        assert past.player.playing


def test_no_command_is_without_a_check_of_its_keys() -> None:
    checked = {check.command for checks in (*PLACES.values(), SMALL) for check in checks}
    assert checked | ELSEWHERE.keys() == commands().keys()
