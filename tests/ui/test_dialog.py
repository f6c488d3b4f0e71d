"""The frame of every dialog: fields, keys, complaints; the board behind it goes on."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.events import Key
from textual.widgets import Input, Static

from relaytui.ui.dialogs.dialog import Dialog
from relaytui.ui.key_line import KeyLine
from relaytui.ui.task_table import TaskTable
from tests.ui.conftest import GONE, World, frame, running, task, until


class AskTwo(Dialog[str]):
    """Asks for two words."""

    def fields(self) -> ComposeResult:
        yield Input()
        yield Input()

    def accept(self) -> None:
        self.dismiss("")


class Ask(Dialog[str]):
    """Asks for a word of more than two letters."""

    def fields(self) -> ComposeResult:
        yield Input(id="word")

    def accept(self) -> None:
        word = self.query_one("#word", Input).value
        if len(word) > 2:
            self.dismiss(word)
        else:
            self.complain(f"[{word}] is too short")


async def test_enter_takes_the_answer_and_escape_gives_none(world: World) -> None:
    answers: list[str | None] = []
    app = world.app()
    async with running(app) as pilot:
        for keys in (("c", "u", "p", "enter"), ("c", "u", "p", "escape")):
            app.push_screen(Ask("word"), answers.append)
            await pilot.pause()
            await pilot.press(*keys)
        assert answers == ["cup", None]


async def test_a_bad_answer_is_complained_of_in_plain_text_and_stays(world: World) -> None:
    answers: list[str | None] = []
    app = world.app()
    async with running(app) as pilot:
        ask = Ask("word")
        app.push_screen(ask, answers.append)
        await pilot.pause()
        await pilot.press("c", "enter")
        assert str(ask.query_one("#said", Static).content) == "[c] is too short"
        assert ask.query_one("#word", Input).value == "c"
        assert answers == []
        assert "esc cancel" in ask.query_one(KeyLine).text_frame()


async def test_the_board_goes_on_behind_a_dialog(world: World) -> None:
    gone = task(4, "new one")
    world.watch(gone)
    app = world.app()
    async with running(app) as pilot:
        app.push_screen(Ask("word"))
        await pilot.pause()
        assert "cup-final cam 2" in frame(app)
        assert frame(app).count("not found") == 1
        world.answer(gone.key, GONE)
        await until(pilot, lambda: frame(app).count("not found") == 2)


async def test_the_mouse_finds_nothing_on_the_board_behind_a_dialog() -> None:
    world = World()
    world.watch(*(task(number, f"cam {number}") for number in range(100)))
    app = world.app()
    async with running(app, (80, 24)) as pilot:
        table = app.screen.query_one(TaskTable)
        before = table.cursor_key
        app.push_screen(Ask("word"))
        await pilot.pause()
        await pilot.click(offset=(79, 12))
        await pilot.click(offset=(5, 5))
        assert isinstance(app.screen, Ask)
        assert (table.scroll_y, table.cursor_key, app.mouse_captured) == (0, before, None)
        await pilot.press("escape")
        await pilot.click(offset=(79, 12))
        await until(pilot, lambda: table.scroll_y > 0)
        await pilot.click(offset=(5, 5))
        await until(pilot, lambda: table.cursor_key != before)


async def test_what_is_typed_right_after_tab_lands_in_the_next_field(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        ask = AskTwo("two words")
        app.push_screen(ask)
        await pilot.pause()
        # All keys at once, as a machine types them: none waits until the one before has had its effect.
        for key in ("a", "tab", "b"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: [field.value for field in ask.query(Input)] == ["a", "b"])


async def test_what_is_typed_in_one_moment_with_enter_is_the_answer_and_a_second_enter_is_none(world: World) -> None:
    answers: list[str | None] = []
    app = world.app()
    async with running(app) as pilot:
        board = app.screen
        app.push_screen(Ask("word"), answers.append)
        await pilot.pause()
        for key in ("c", "u", "p", "enter", "enter"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: bool(answers))
        await pilot.pause()
        assert answers == ["cup"]
        assert app.screen is board
