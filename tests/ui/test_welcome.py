"""A board without tasks says what to do next, and every way leads to a board with tasks."""

from __future__ import annotations

from textual.events import Paste

from relaytui.ui.app import RelayTui
from tests.ui.conftest import World, failure, frame, lane, running, task, until
from tests.ui.test_account_desk import FakeAccounts

NEXT = "What next?"


def bottom(app: RelayTui) -> str:
    return frame(app).splitlines()[-1]


async def test_without_tasks_a_welcome_names_the_ways_in_place_of_the_table() -> None:
    app = World().app(accounts=FakeAccounts(), leave_for_demo=list)
    async with running(app, (60, 20)) as pilot:
        await until(pilot, lambda: "q quit" in bottom(app))
        shown = frame(app)
        assert NEXT in shown
        for way in ("d   demo: ", "c   sign in: ", "+   add tasks: ", "? explains keys"):
            assert way in shown
        assert "STATE" not in shown
        assert "undo" not in shown, "nothing was changed yet"
        assert bottom(app) == " ? help  i look up  + add  e events  : commands  q quit"


async def test_on_a_small_screen_every_way_has_room() -> None:
    app = World().app(accounts=FakeAccounts(), leave_for_demo=list)
    async with running(app, (40, 15)) as pilot:
        await until(pilot, lambda: "q quit" in bottom(app))
        words = " ".join(frame(app).split())
        for way in ("d demo: an incident under way; no account, no network c sign in:", "paste them here"):
            assert way in words


async def test_the_keys_are_those_that_a_person_has_given() -> None:
    app = World().app(accounts=FakeAccounts(), keymap={"account.sign_in": "f5"})
    async with running(app) as pilot:
        await until(pilot, lambda: "f5  sign in: " in frame(app))
        assert "demo: " not in frame(app), "nobody would run it"


async def test_the_demo_is_left_for() -> None:
    wishes: list[str] = []
    app = World().app(leave_for_demo=lambda: wishes.append("demo"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("d")
        await pilot.pause()
    assert wishes == ["demo"]
    assert app.return_code == 0


async def test_with_tasks_there_is_no_welcome_and_no_way_to_the_demo(world: World) -> None:
    wishes: list[str] = []
    app = world.app(leave_for_demo=lambda: wishes.append("demo"))
    async with running(app) as pilot:
        await pilot.press("d")
        assert NEXT not in frame(app)
        assert wishes == []
        assert "demo" not in {command.title for command in app.get_system_commands(app.screen)}


async def test_who_has_signed_in_is_told_that_tasks_are_missing() -> None:
    accounts = FakeAccounts()
    world = World()
    app = world.app(accounts=accounts)
    async with running(app) as pilot:
        assert "signed in" not in frame(app)
        accounts.had_keys = ("prod",)
        world.clock.advance(1)
        await until(pilot, lambda: "✔   signed in: prod; tasks are what is missing" in frame(app))


async def test_what_is_pasted_on_the_welcome_becomes_the_table_and_has_the_keys() -> None:
    world = World()
    app = world.app()
    async with running(app) as pilot:
        app.screen.post_message(Paste(task(1).key.task_id))
        await until(pilot, lambda: "1 new" in frame(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "○ pending" in frame(app) and NEXT not in frame(app))
        await pilot.press("enter")
        await until(pilot, lambda: "─detail" in frame(app))


async def test_without_the_last_task_the_welcome_is_back_and_the_way_back_with_it() -> None:
    world = World()
    world.watch(task(1, "only one"))
    app = world.app(leave_for_demo=list)
    async with running(app) as pilot:
        await pilot.press("D")
        await until(pilot, lambda: "The list is empty." in frame(app))
        world.clock.advance(6)
        await until(pilot, lambda: "u   undo: " in frame(app))
        assert "relaytui watches" not in frame(app)
        await pilot.press("u")
        await until(pilot, lambda: "○ pending       only one" in frame(app))
        assert NEXT not in frame(app)


async def test_an_account_without_a_key_is_no_trouble_while_it_has_no_task() -> None:
    world = World()
    app = world.app()
    async with running(app) as pilot:
        world.feed.put(lane(tasks=0, blind_since=10_000.0, cause=failure()))
        world.clock.advance(1)
        await until(pilot, lambda: bool(list(app.lanes)))
        assert "BLIND" not in frame(app)
        world.feed.put(lane(tasks=1, blind_since=10_000.0, cause=failure()))
        await until(pilot, lambda: "BLIND" in frame(app) and "1 task unseen" in frame(app))
