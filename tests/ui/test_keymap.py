"""Keys that a person gives to commands: complete, without surprises, and what is wrong is said with its place."""

from __future__ import annotations

import pytest

from relaytui.adapters.config import EXAMPLE, parse_config
from relaytui.adapters.settings import Settings, read_settings
from relaytui.core.entry import Refused
from relaytui.core.events import Notice, NoticeKind
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.profile import Written
from relaytui.ui.keymap import commands, keys_example, read_keymap
from tests.ui.conftest import World, failure, frame, lane, running, task, until

WITHOUT_A_PLAIN_KEY = {
    "app.repaint",
    "app.ask_quit",
    "app.suspend",
    "table.half_down",
    "table.half_up",
    "board.pane_before",
}
"""Commands that are a habit or a comfort; everything else works without ctrl, alt and space."""

IN_DIALOGS = ("dialog.", "lines.", "add.", "look_up.", "sign_in.", "profiles.")
"""Where letters are typed, they are no commands."""


def read(**keys: str) -> dict[str, str] | Refused:
    return read_keymap(
        {name.replace("__", "."): Written(f"config.toml:7 keys.{name}", text) for name, text in keys.items()}
    )


async def test_every_live_key_has_a_command_that_can_be_remapped(world: World) -> None:
    known = commands()
    app = world.app()
    async with running(app) as pilot:
        for keys in ((), ("e",), ("tab",), ("enter",), ("question_mark",), ("y",), ("escape", "w")):
            await pilot.press(*keys)
            await pilot.pause()
            live = {active.binding.id for active in app.screen.active_bindings.values()} - {None}
            assert live <= known.keys()
            for active in app.screen.active_bindings.values():
                if active.binding.id:
                    assert active.binding.key in known[active.binding.id].key.split(",")


def test_nothing_vital_needs_ctrl_or_space() -> None:
    for name, binding in commands().items():
        keys = binding.key.split(",")
        plain = [key for key in keys if not key.startswith(("ctrl+", "alt+", "shift+")) and key != "space"]
        assert plain or name in WITHOUT_A_PLAIN_KEY or name.startswith(IN_DIALOGS), name


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (
            {"board__cpy": "y"},
            "config.toml:7 keys.board__cpy: no command is called 'board.cpy' (did you mean board.copy?)",
        ),
        ({"board__copy": "r"}, "'r' is also the key of board.refresh (on the board)"),
        ({"board__copy": "f5,?"}, "'?' is also the key of board.help (on the board)"),
        ({"board__copy": "j"}, "'j' is also the key of table.down (on the board)"),
        ({"text__back": "space"}, "'space' is also the key of pane.page_down (on the text page)"),
        ({"board__copy": "5"}, "'5' is also the key of board.group_5 (on the board)"),
        ({"copy__id": "l"}, "'l' is also the key of copy.line (after y)"),
        ({"snooze__hour": "m"}, "'m' is also the key of snooze.quarter (after s)"),
        ({"mute__hour": "q"}, "'q' is also the key of chooser.back (after S)"),
        ({"filter__clear": "enter"}, "'enter' is also the key of filter.keep (while a filter is typed)"),
        ({"sort__pin": "s"}, "'s' is also the key of sorting by STATE (while sorting)"),
        ({"replay__play": "e"}, "'e' is also the key of board.log (on a replay)"),
        ({"board__copy": "ctlr+r"}, "'ctlr+r' is no key: give keys such as"),
        ({"board__copy": ""}, "'' is no key"),
        ({"board__copy": "f5,shift+y"}, "'shift+y' is never sent: give \"Y\""),
        ({"board__copy": "ctrl+R"}, "'ctrl+R' is never sent"),
        ({"filter__clear": "a"}, "'a' belongs to the text that is typed there"),
        ({"filter__keep": "f6,space"}, "'space' belongs to the text that is typed there"),
        ({"dialog__cancel": "f6,/"}, "'/' belongs to the text that is typed there"),
        ({"account__search": "left"}, "'left' belongs to the text that is typed there"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(keys: dict[str, str], told: str) -> None:
    refused = read(**keys)
    assert isinstance(refused, Refused)
    assert told in refused.reason


async def test_the_digits_of_groups_and_views_have_names_and_the_palette_knows_groups(world: World) -> None:
    keymap = read(board__group_2="f6", view__1="x")
    assert not isinstance(keymap, Refused)
    world.watch(task(4, "apart", group="zebra"), task(5, "too", group="[b]ant"))
    app = world.app(keymap=keymap, named_views={"cup": "cup"})
    async with running(app) as pilot:
        await pilot.press("f6")
        await until(pilot, lambda: app._dashboard.table.cursor_key is None and "› ▾ 2 [b]ant" in frame(app))
        await pilot.press("V", "x")
        await until(pilot, lambda: "/cup " in frame(app))
        await pilot.press("escape", "v", "colon", *"zebra")
        await until(pilot, lambda: "group zebra" in frame(app))
        await pilot.press("enter")
        await until(pilot, lambda: any("›" in line and "zebra" in line for line in frame(app).splitlines()))


@pytest.mark.parametrize(
    "keys",
    [
        {"board__copy": "r", "board__refresh": "y"},
        {"board__copy": "f5, ctrl+y,Y"},
        {"replay__play": "p"},
        {"confirm__yes": "j", "filter__clear": "f6", "dialog__before": "shift+f6", "account__again": "x"},
    ],
)
def test_keys_may_be_swapped_and_there_may_be_many(keys: dict[str, str]) -> None:
    assert not isinstance(read(**keys), Refused)


async def test_a_remapped_key_works_and_says_so_everywhere(world: World) -> None:
    keymap = read(board__copy="f5", board__help="h", copy__id="i")
    assert not isinstance(keymap, Refused)
    app = world.app(keymap=keymap)
    async with running(app, (120, 80)) as pilot:
        assert " h help " in frame(app).splitlines()[-1]
        await pilot.press("y")
        await pilot.pause()
        assert "copy:" not in frame(app)
        await pilot.press("f5")
        await until(pilot, lambda: "i TaskId" in frame(app))
        await pilot.press("i")
        await until(pilot, lambda: bool(world.clipboard.texts))
        await pilot.press("h")
        await until(pilot, lambda: "f5" in frame(app) and "Copy TaskId, RequestId" in frame(app))


async def test_keys_of_choices_of_the_filter_and_of_sorting_are_remapped_too(world: World) -> None:
    keymap = read(snooze__hour="o", filter__keep="f2", sort__pin="f6")
    assert not isinstance(keymap, Refused)
    app = world.app(keymap=keymap)
    async with running(app) as pilot:
        await pilot.press("s")
        await until(pilot, lambda: "o 1 h" in frame(app))
        await pilot.press("o")
        await until(pilot, lambda: len(world.commands.snoozed) == 1)
        world.clock.advance(5)  # what is said of it is over
        await pilot.press("slash", *"cam")
        await until(pilot, lambda: frame(app).splitlines()[-1].startswith(" f2 keep  esc clear"))
        await pilot.press("f2", "o")
        await until(pilot, lambda: "f6 problems on top" in frame(app))
        await pilot.press("f6")
        await until(pilot, lambda: "f6 problems mixed in" in frame(app))


async def test_swapped_keys_do_each_others_work(world: World) -> None:
    keymap = read(board__copy="r", board__refresh="y")
    assert not isinstance(keymap, Refused)
    app = world.app(keymap=keymap)
    async with running(app) as pilot:
        await pilot.press("y")
        assert len(world.commands.refreshed) == 1
        await pilot.press("r")
        await until(pilot, lambda: "copy: " in frame(app))


def test_the_example_names_every_command_and_reads_back() -> None:
    example = keys_example()
    text = example.replace('# "', '"')
    found = parse_config(f"{EXAMPLE}\n{text}", "config.toml")
    assert isinstance(found, dict)
    settings = read_settings({}, {}, found)
    assert isinstance(settings, Settings)
    assert settings.keys.keys() == commands().keys()
    assert not isinstance(read_keymap(settings.keys), Refused)
    assert isinstance(parse_config(f"{EXAMPLE}\n{example}", "config.toml"), dict)


@pytest.mark.parametrize(
    "written", ['[keys]\n"board.copy" = "f5"', '[keys]\nboard.copy = "f5"', '[keys.board]\ncopy = "f5"']
)
def test_dots_may_be_quoted_or_not(written: str) -> None:
    found = parse_config(written, "config.toml")
    assert isinstance(found, dict)
    assert found["keys.board.copy"].text == "f5"
    assert found["keys.board.copy"].where.startswith(f"config.toml:{len(written.splitlines())}")


async def test_whatever_names_a_key_names_the_one_that_a_person_gave(world: World) -> None:
    """Only keys that nobody uses for anything else, so that what is said must come from the keymap."""
    usual = "board.polling board.freeze board.copy copy.show list.undo board.groups table.fold board.log board.refresh"
    usual += " account.sign_in account.profiles app.quit app.ask_quit board.close text.back"
    given = {name: f"f{number}" for number, name in enumerate(usual.split(), start=3)}
    keymap = read_keymap({name: Written("config.toml:7", key) for name, key in given.items()})
    assert not isinstance(keymap, Refused)
    app = world.app(keymap=keymap)
    async with running(app, (200, 30)) as pilot:

        async def told(key: str, words: str) -> None:
            await pilot.press(*(given.get(each, each) for each in key.split()))
            await until(pilot, lambda: words in " ".join(frame(app).split()))

        await told("board.polling", "polling is paused: f3 resumes it")
        await told("board.polling", "polling goes on")
        await told("board.freeze", "f4 catches up")
        await told("board.freeze", "caught up")
        await told("board.copy t", "f5 f6 shows them")
        await told("board.copy copy.show", "for you to select; f17 goes back")
        await told("text.back", "LAST 60 MIN")
        await told("delete", "f7 undoes it")
        await told("1", "in groups now: f8 shows one list again, f9 folds")
        await told("app.ask_quit", "press f15 again, or f14, to quit")
        world.feed.put(lane(cause=failure(), blind_since=world.clock.monotonic()))
        await until(pilot, lambda: "f11 asks now" in frame(app))
        world.feed.put(lane(cause=Failure(FailureKind.CREDENTIALS, "AuthFailure.X"), blind_since=1.0))
        await until(pilot, lambda: "f12 signs in" in frame(app))
        world.feed.put(lane(cause=Failure(FailureKind.CREDENTIALS, "no credential"), blind_since=1.0))
        await until(pilot, lambda: "press f12 to sign in · 3 tasks unseen · f13 says where" in frame(app))
        world.feed.put(Notice(world.clock.wall(), NoticeKind.FAULT, "a bug"))
        await until(pilot, lambda: "INTERNAL FAULT, see log (f10)" in frame(app))
        await told("slash z z z enter n", "hidden by the filter, f16 clears it")
