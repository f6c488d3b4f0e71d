"""The help, the bottom line and the palette all say what the live bindings say."""

from __future__ import annotations

from inspect import isawaitable

import pytest
from rich.cells import cell_len
from textual.binding import Binding
from textual.command import CommandPalette
from textual.events import Key
from textual.screen import ModalScreen

from relaytui.core.task import State
from relaytui.ui.app import RelayTui
from relaytui.ui.cells import strip_text
from relaytui.ui.cursor_lines import CursorLines
from relaytui.ui.dashboard import Dashboard
from relaytui.ui.help import HelpPane
from relaytui.ui.key_line import ORDER
from relaytui.ui.live_keys import live_keys
from relaytui.ui.task_table import TaskTable
from relaytui.ui.text_pane import TextPane
from relaytui.ui.viewed_lines import ViewedLines
from tests.ui.conftest import World, frame, running, task, until
from tests.ui.test_account_desk import FakeAccounts


def bottom(app_frame: str) -> str:
    return app_frame.splitlines()[-1]


async def test_every_key_that_works_is_in_the_help_with_a_sentence(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        live = live_keys(app.screen)
        await pilot.press("question_mark")
        await until(pilot, lambda: "─help" in frame(app))
        shown = app.screen.query_one(HelpPane).text_frame()
        folded = " ".join(shown.split())
        assert len(live) > 15
        for key in live:
            assert key.binding.id, key
            assert key.binding.tooltip, key
            assert ("1 2 … 9" if key.displays[0].isdigit() else " ".join(key.displays)) in shown
            assert key.tooltip in folded


async def test_the_keys_of_the_board_stand_with_those_of_their_desk(world: World) -> None:
    app = world.app(accounts=FakeAccounts())
    async with running(app) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: "─help" in frame(app))
        shown = app.screen.query_one(HelpPane).text_frame().split("\n\n")
        desks = {title: lines.split("\n") for title, _, lines in (part.partition("\n") for part in shown)}
        keys = {title: "".join(line[0] for line in lines).replace(" ", "") for title, lines in desks.items()}
        assert keys["Alarms"] == "asS"
        assert keys["The list"] == "+ERdu"
        assert keys["Accounts and look-ups"] == "icC"
        assert keys["On the board"] == "Fp"


async def test_a_key_that_is_mapped_anew_is_shown_as_mapped(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        app.set_keymap({"board.refresh": "f5"})
        await until(pilot, lambda: "f5 refresh" in bottom(frame(app)))
        await pilot.press("question_mark")
        await until(pilot, lambda: "─help" in frame(app))
        assert "f5 " in app.screen.query_one(HelpPane).text_frame()
        await pilot.press("f5")
        assert len(world.commands.refreshed) == 1


async def test_the_legend_explains_every_state(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: "─help" in frame(app))
        shown = " ".join(app.screen.query_one(HelpPane).text_frame().split())
        for state in State:
            assert f"{state.glyph} {state.word} {state.meaning}" in shown
        for word in ("FROZEN", "MUTED", "PAUSED", "BLIND", "ack 03:14", "snoozed", "dim row", "▾ ▸", "▲ ▼"):
            assert word in shown
        in_the_table = strip_text(world.updates[task(1).key].state, world.clock.monotonic())[-1]
        assert f"{in_the_table} seen running in these" in shown


@pytest.mark.parametrize("size", [(120, 30), (80, 24), (40, 15)])
async def test_the_help_scrolls_and_esc_closes_it(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with running(app, size) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: "In the table" in frame(app))
        assert "✖ 1" in frame(app)  # the header stays in sight
        await pilot.press("G")
        await until(pilot, lambda: "not asked" in frame(app) and "In the table" not in frame(app))
        await pilot.press("escape")
        await until(pilot, lambda: "─help" not in frame(app))
        await pilot.press("j")
        await until(pilot, lambda: "› ? not found" in frame(app))


async def test_the_same_key_opens_and_closes_the_help(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: "─help" in frame(app))
        await pilot.press("question_mark")
        await until(pilot, lambda: "─help" not in frame(app))


@pytest.mark.parametrize("width", [200, 120, 80, 60, 40, 33])
async def test_the_bottom_line_gives_up_keys_but_never_those_that_find_the_rest(world: World, width: int) -> None:
    app = world.app()
    async with running(app, (width, 15)) as pilot:
        await until(pilot, lambda: "q quit" in bottom(frame(app)))
        shown = bottom(frame(app))
        assert cell_len(shown) <= width
        assert shown.startswith(" ? help ")
        assert shown.endswith("  : commands  q quit")
        assert ("a ack" in shown) == (width >= 80)
        assert ("p pause" in shown) == (width >= 160)


async def test_the_bottom_line_is_in_the_order_of_an_incident(world: World) -> None:
    app = world.app()
    async with running(app, (80, 24)) as pilot:
        first = " ? help  / filter  ! problems  n next  enter detail  a ack"
        await until(pilot, lambda: bottom(frame(app)) == f"{first}  : commands  q quit")
        on_the_line = {key.binding.id for key in live_keys(app.screen) if key.binding.show}
        assert on_the_line <= set(ORDER)


@pytest.mark.parametrize("width", [25, 12, 5])
async def test_without_room_for_a_board_only_what_works_is_offered(world: World, width: int) -> None:
    app = world.app()
    async with running(app, (width, 15)) as pilot:
        await until(pilot, lambda: "too" in frame(app))
        assert " q quit"[:width] in bottom(frame(app))
        assert "help" not in frame(app)
        assert "33x5 or more; alarms go on" in " ".join(frame(app).split()) or width < 25
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: bottom(frame(app)).startswith(" ? help") and "too small" not in frame(app))


async def test_esc_is_offered_only_where_something_is_open(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        assert "esc close" not in bottom(frame(app))
        await pilot.press("enter")
        await until(pilot, lambda: "esc close" in bottom(frame(app)))
        await pilot.press("escape")
        await until(pilot, lambda: "esc close" not in bottom(frame(app)))


async def test_the_palette_offers_the_same_words_and_runs_them(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        commands = {command.title: command for command in app.get_system_commands(app.screen)}
        live = live_keys(app.screen)
        words = [key.word for key in live if key.enabled and key.binding.id not in ("app.palette", "app.ask_quit")]
        offered = [title.partition(" (")[0] for title in commands]
        assert offered[: len(words)] == words, "each once, in the same words"
        assert len(commands) == len(set(offered))
        assert commands["refresh"].help == "Ask now for the marked tasks, or this one (r)"
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*"events", "enter")
        await until(pilot, lambda: "─events" in frame(app))


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("login", "SecretKey"),
        ("check", "look up"),
        ("history", "─events"),
        ("export", "write the board as"),
        ("profiles", "profiles"),
        ("handover", "characters by a test"),
        ("snooze 1 h", "RUNNING"),
        ("view mine", "/state:ended  1 of 3 shown"),
    ],
)
async def test_the_words_of_the_command_line_and_every_choice_are_found(
    world: World, typed: str, leads_to: str
) -> None:
    app = world.app(accounts=FakeAccounts(), named_views={"mine": "state:ended"})
    async with running(app) as pilot:
        await pilot.press("colon", *typed, "enter")
        await until(pilot, lambda: leads_to in frame(app) and not isinstance(app.screen, CommandPalette))
        if typed == "snooze 1 h":
            await until(pilot, lambda: len(world.commands.snoozed) == 1)


async def test_every_command_runs_from_the_palette(world: World) -> None:
    app = world.app(accounts=FakeAccounts())
    async with running(app, (80, 24)) as pilot:
        found = [
            command
            for command in app.get_system_commands(app.screen)
            if command.title not in ("quit", "suspend", "copy view")
        ]
        # Those that need the task under the cursor come before those that may take it away.
        found.sort(key=lambda command: command.title not in ("edit", "replace", "ack"))
        opened = set()
        for command in found:
            if isawaitable(done := command.callback()):
                await done
            await pilot.pause()
            opened.add(type(app.screen).__name__)
            while isinstance(app.screen, ModalScreen):
                before = app.screen
                await pilot.press("escape")
                await until(pilot, lambda before=before: app.screen is not before)  # type: ignore[misc]  # it is bound
            app.screen.set_focus(app.screen.query_one(TaskTable))
        assert opened >= {"Add", "Edit", "Replace", "LookUp", "SignIn", "Profiles", "Reason", "Chooser"}


@pytest.mark.parametrize("keys", ["events", "sign in"])
async def test_enter_twice_chooses_once(world: World, keys: str) -> None:
    app = world.app(accounts=FakeAccounts())
    async with running(app, (80, 24)) as pilot:
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*keys)
        await pilot.pause()
        for _ in range(2):
            app.post_message(Key("enter", None))
        await until(pilot, lambda: "─events" in frame(app) or "SecretKey" in frame(app))
        await pilot.pause()
        assert ("SecretKey" in frame(app)) == (keys == "sign in")


def test_no_binding_of_ours_is_without_id_and_sentence() -> None:
    bindings = [
        binding
        for owner in (RelayTui, Dashboard, CursorLines, ViewedLines, TextPane)
        for binding in owner.BINDINGS
        if isinstance(binding, Binding)
    ]
    assert len(bindings) > 20
    assert all(binding.id and binding.tooltip and binding.description for binding in bindings)
    ids = [binding.id for binding in bindings]
    assert len(ids) == len(set(ids))


async def test_while_a_filter_is_typed_the_line_offers_what_ends_it_and_what_is_not_typed(world: World) -> None:
    app = world.app()
    async with running(app, (80, 24)) as pilot:
        await pilot.press("slash", "c")
        await until(pilot, lambda: bottom(frame(app)) == " enter keep  esc clear  ctrl+p commands")
        await pilot.press("enter")
        await until(pilot, lambda: bottom(frame(app)).startswith(" ? help  / filter"))
        await pilot.press("o")
        await until(pilot, lambda: bottom(frame(app)) == " esc done  ctrl+p commands")
