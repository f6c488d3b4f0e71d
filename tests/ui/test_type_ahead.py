"""Keys that come in one burst, as over a slow line, do what they do one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

import pytest
from textual.events import Key
from textual.keys import REPLACED_KEYS, key_to_character
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from relaytui.ui import type_ahead
from relaytui.ui.dialogs.edit import Edit
from relaytui.ui.event_log import EventLog
from relaytui.ui.filter_input import FilterInput
from relaytui.ui.help import HelpPane
from tests.ui.conftest import until
from tests.ui.test_every_key import (
    ENDED,
    TASKS,
    Stage,
    Step,
    copies,
    forget,
    go,
    mutes,
    on_board,
    says,
    snoozes,
    writes,
)


class Burst(NamedTuple):
    """Keys that are sent at once, and what they come to; `before` leads there and `back` from there."""

    keys: tuple[str, ...]
    shows: Callable[[Stage], object]
    before: tuple[Step, ...] = (forget, "g")
    back: tuple[Step, ...] = ()


def send(stage: Stage, *keys: str) -> None:
    """As a terminal sends what is typed ahead: nobody waits until a key has been taken."""
    for key in keys:
        stage.app.post_message(Key(key, key_to_character(REPLACED_KEYS.get(key, key))))


def holds(field: str, text: str) -> Callable[[Stage], bool]:
    """Whether this much, and no more, has arrived in a field of the dialog."""

    def shows(stage: Stage) -> bool:
        written = [
            each.text if isinstance(each, TextArea) else each.value
            for each in stage.screen.query(f"#{field}")
            if isinstance(each, Input | TextArea)
        ]
        return written == [text]

    return shows


def in_log(stage: Stage) -> bool:
    """Whether the log has the focus, and its oldest event the cursor."""
    return isinstance(stage.screen.focused, EventLog) and stage.event == 0


def acknowledged(reason: str) -> Callable[[Stage], bool]:
    return lambda stage: [why for _, why in stage.asked.acknowledged] == [reason]


BURSTS = (
    Burst(("o", "t"), says("TASK▲"), back=("o", "o")),
    Burst(("o", "left", "minus", "escape", "j"), lambda s: "NOTE▼" in s.frame and s.row == 1, back=("o", "o")),
    Burst(("y", "t"), copies("t007-")),
    Burst(("y", "t", "y", "v", "q", "j"), lambda s: on_board(s) and s.row == 1),
    Burst(("w", "c"), writes(".csv")),
    Burst(("s", "h"), snoozes(3600)),
    Burst(("S", "h"), mutes(3600)),
    Burst(("V", "1"), says("/group:g3 "), back=("escape",)),
    Burst(
        ("slash", *"cam", "space", "7", "enter", "j"),
        lambda s: "/cam 7 " in s.frame and s.board.table.has_focus,
        back=("escape",),
    ),
    Burst(
        ("colon", *"event", "enter", "tab", "g"),
        in_log,
        back=("e",),
    ),
    Burst(("a", *"tea", "enter", "j"), lambda s: acknowledged("tea")(s) and s.row == 1),
    Burst(("plus", *"Dqt"), holds("text", "Dqt"), back=("escape",)),
    Burst(("i", *"Dqt"), holds("task-ids", "Dqt"), back=("escape",)),
    Burst(("c", *"Dqt"), holds("secret-id", "Dqt"), back=("escape",)),
    Burst(("E", "tab", *"Dqt"), holds("group", "g3Dqt"), back=("escape",)),
    Burst(("R", *"Dqt"), holds("text", "Dqt"), back=("escape",)),
    Burst(("C", "down", "f"), says("/profile:test"), back=("escape",)),
    Burst(
        ("asterisk", "D", "n", "j"), lambda s: on_board(s) and s.row == 1 and "60 marked" in s.frame, back=("escape",)
    ),
    Burst(("enter", "j"), lambda s: "─detail" in s.frame and s.cursor == ENDED[1], back=("escape",)),
    # What is removed and comes back may be seen as new.
    Burst(("D", "u", "G"), lambda s: s.row == TASKS - 1 and "undone" in s.frame),
    Burst(
        ("question_mark", "G"),
        lambda s: any(pane.scroll_y for pane in s.screen.query(HelpPane)),
        back=("question_mark",),
    ),
    Burst(("e", "tab", "G", "g"), in_log, back=("e",)),
)


async def perform(stage: Stage, pilot: Pilot[None], burst: Burst) -> None:
    await go(stage, pilot, burst.before)
    await until(pilot, lambda: not burst.shows(stage))
    send(stage, *burst.keys)
    try:
        await until(pilot, lambda: bool(burst.shows(stage)))
    except TimeoutError:
        pytest.fail(f"{burst.keys}:\n{stage.frame}")
    await go(stage, pilot, burst.back)
    await until(pilot, lambda: on_board(stage))


@pytest.mark.usefixtures("quick_keys")
async def test_what_is_typed_ahead_does_what_it_does_key_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    # A machine that does much else meanwhile may take longer.
    monkeypatch.setattr(type_ahead, "LONGEST_WAIT", 20.0)
    stage = Stage()
    async with stage.open() as pilot:
        for burst in BURSTS:
            await perform(stage, pilot, burst)


async def test_an_escape_that_tmux_held_back_counts_with_the_key_it_came_with() -> None:
    stage = Stage()
    async with stage.open() as pilot:
        await pilot.press("question_mark")
        stage.app.post_message(Key("alt+slash", "/"))
        await until(pilot, lambda: "─help" not in stage.frame and isinstance(stage.screen.focused, FilterInput))
        send(stage, *"cam")
        await until(pilot, lambda: "of 60 shown" in stage.frame)
        stage.app.post_message(Key("alt+j", "j"))
        await until(pilot, lambda: "of 60 shown" not in stage.frame and stage.row == 1)
        await pilot.press("E")
        stage.app.post_message(Key("alt+j", "j"))
        await until(pilot, lambda: stage.app.type_ahead.is_idle)
        assert isinstance(stage.screen, Edit), "what is written in a dialog stays"


async def test_a_key_with_alt_can_be_a_commands_own() -> None:
    stage = Stage()
    stage.app.given_keys = {"board.help": "alt+h"}
    async with stage.open() as pilot:
        await pilot.press("slash", *"cam", "enter")
        stage.app.post_message(Key("alt+h", "h"))
        await until(pilot, lambda: "─help" in stage.frame)
        assert "of 60 shown" in stage.frame


async def test_the_keyboard_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type_ahead, "LONGEST_WAIT", 0.2)
    stage, unlocked = Stage(), threading.Event()
    monkeypatch.setattr(stage.accounts, "views", lambda: unlocked.wait(20) and ())
    async with stage.open() as pilot:
        send(stage, "C", "j", "j", "e")
        await until(pilot, lambda: stage.row == 2 and "─events─" in stage.frame)
        unlocked.set()
