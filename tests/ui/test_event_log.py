"""The event log under a person's hands: its cursor, the way from an event to its task, and fewer events."""

from __future__ import annotations

from functools import partial

import pytest
from textual.pilot import Pilot

from relaytui.core.events import Acknowledged, Alarm, AlarmKind, Blinded, FailureNoted, Notice, NoticeKind
from relaytui.core.task import TaskKey
from relaytui.ui.app import RelayTui
from tests.ui.conftest import GONE, LANE, World, failure, frame, running, until


def keys(world: World) -> list[TaskKey]:
    return list(world.updates)


def notices(world: World, numbers: range, key: TaskKey | None = None) -> None:
    for number in numbers:
        world.feed.put(Notice(world.clock.wall(), NoticeKind.CALM, f"notice {number}.", key))


def under_cursor(app: RelayTui) -> str:
    """What the log's cursor is on, "" where it is not seen."""
    _, _, log = frame(app).partition("─events")
    return next((line.partition("›")[2].rstrip(" ▁▂▃▄▅▆▇█") for line in log.splitlines() if "›" in line), "")


async def settled(pilot: Pilot[None], app: RelayTui) -> str:
    """What the log's cursor is on after everything that was pressed."""
    await pilot.pause()
    await pilot.pause()
    return under_cursor(app)


def shows(app: RelayTui, words: str) -> bool:
    return words in frame(app)


def title(app: RelayTui) -> str:
    return next(line for line in frame(app).splitlines() if "─events" in line).strip("─ ")


def bottom(app: RelayTui) -> str:
    return frame(app).splitlines()[-1]


async def test_the_table_keeps_the_keys_until_tab_and_has_them_back_after(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        notices(world, range(3))
        await pilot.press("e")
        await until(pilot, lambda: "notice 2." in frame(app))
        assert under_cursor(app) == ""
        await pilot.press("tab")
        await until(pilot, lambda: under_cursor(app) == "! notice 2.")
        assert "enter to the task" in bottom(app)
        await pilot.press("tab")
        await until(pilot, lambda: under_cursor(app) == "")
        assert app.screen.focused is app._dashboard.table


async def test_the_cursor_rests_on_its_event_and_at_the_end_follows(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        notices(world, range(50))
        await pilot.press("e", "tab")
        await until(pilot, lambda: under_cursor(app) == "! notice 49.")
        notices(world, range(50, 60))
        await until(pilot, lambda: under_cursor(app) == "! notice 59.")
        await pilot.press("k")
        await until(pilot, lambda: under_cursor(app) == "! notice 58.")
        notices(world, range(60, 90))
        await until(pilot, lambda: len(app._dashboard.event_log._shown) == 90)
        await pilot.pause()
        assert under_cursor(app) == "! notice 58."
        for key, number in (("pageup", 52), ("pagedown", 58), ("g", 0), ("j", 1), ("down", 2), ("up", 1)):
            await pilot.press(key)
            assert await settled(pilot, app) == f"! notice {number}."
        await pilot.press("G")
        await until(pilot, lambda: under_cursor(app) == "! notice 89.")
        notices(world, range(90, 91))
        await until(pilot, lambda: under_cursor(app) == "! notice 90.")


async def test_the_cursor_rests_while_old_events_make_room(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("e", "tab")
        for begin in range(0, 2000, 500):
            notices(world, range(begin, begin + 500))
            await until(pilot, partial(shows, app, f"notice {begin + 499}."))
        await pilot.press(*["k"] * 20)
        await until(pilot, lambda: under_cursor(app) == "! notice 1979.")
        notices(world, range(2000, 2300))
        log = app._dashboard.event_log
        await until(pilot, lambda: log._shown[-1].line.text == "! notice 2299.")
        await pilot.pause()
        assert under_cursor(app) == "! notice 1979."
        assert len(log._shown) == 2000


async def test_enter_goes_to_the_task_of_the_event(world: World) -> None:
    app = world.app()
    first, second, third = keys(world)
    async with running(app) as pilot:
        table = app._dashboard.table
        world.feed.put(
            Alarm(
                "1",
                world.clock.wall(),
                AlarmKind.STORM,
                "two",
                0.0,
                (world.updates[third].task, world.updates[first].task),
            )
        )
        world.feed.put(Acknowledged(world.clock.wall(), (LANE, first)))
        await pilot.press("e", "tab")
        await until(pilot, lambda: "acknowledged" in under_cursor(app))
        await pilot.press("enter")
        await until(pilot, lambda: table.cursor_key == first and table.has_focus)
        await pilot.press("tab", "k", "enter")
        await until(pilot, lambda: table.cursor_key == third and table.has_focus)
        assert second != table.cursor_key


async def test_why_enter_goes_nowhere_is_said(world: World) -> None:
    app = world.app()
    first = keys(world)[0]
    async with running(app) as pilot:
        table = app._dashboard.table
        await pilot.press("slash", *"lobby", "enter", "e", "tab")
        await until(pilot, lambda: "nothing has happened yet" in frame(app))
        await pilot.press("enter")
        world.feed.put(Blinded(LANE, world.clock.wall(), failure(), 0.0, None))
        await until(pilot, lambda: "BLIND prod" in under_cursor(app))
        await pilot.press("enter")
        await until(pilot, lambda: "this event is about no single task" in bottom(app))
        world.answer(first, GONE, GONE, GONE)
        await until(pilot, lambda: "cup-final cam 1" in under_cursor(app))
        before = table.cursor_key
        await pilot.press("enter")
        await until(pilot, lambda: "cup-final cam 1 is hidden by the filter" in bottom(app))
        assert table.cursor_key == before
        assert app._dashboard.event_log.has_focus
        world.feed.put(Notice(world.clock.wall(), NoticeKind.CALM, "calm", first._replace(task_id="gone")))
        await until(pilot, lambda: "calm" in under_cursor(app))
        await pilot.press("enter")
        await until(pilot, lambda: "not on the list any more" in bottom(app))


async def test_fewer_events_are_those_that_the_title_says(world: World) -> None:
    app = world.app()
    first, second, third = keys(world)
    async with running(app) as pilot:
        table = app._dashboard.table
        table.move_to(first)
        now = world.clock.wall()
        world.answer(first, GONE, GONE, GONE)
        world.feed.put(FailureNoted(first, now, failure(), 3))
        world.feed.put(Notice(now, NoticeKind.CALM, "all calm", first))
        world.feed.put(
            Alarm(
                "1", now, AlarmKind.STORM, "storm of two", 0.0, tuple(world.updates[key].task for key in (third, first))
            )
        )
        world.feed.put(Acknowledged(now, (LANE, first), "seen"))
        world.feed.put(Acknowledged(now, (second,), "another"))
        await pilot.press("e", "tab")
        await until(pilot, lambda: "another" in under_cursor(app))
        assert title(app) == "events"
        await pilot.press("f")
        await until(pilot, lambda: title(app) == "events · problems and alarms, 4 of 6")
        assert "acknowledged" not in frame(app)
        await pilot.press("f")
        await until(pilot, lambda: title(app) == "events · this task, 5 of 6")
        for words in ("running → ended", "network dns ×3", "all calm", "storm of two", "acknowledged: seen"):
            assert words in frame(app)
        assert "another" not in frame(app)
        table.move_to(second)
        await until(pilot, lambda: title(app) == "events · this task, 1 of 6")
        assert "another" in under_cursor(app)
        table.move_to(third)
        await until(pilot, lambda: "storm of two" in under_cursor(app))
        await pilot.press("enter")
        await until(pilot, lambda: table.has_focus)
        assert table.cursor_key == third
        await pilot.press("tab", "f")
        await until(pilot, lambda: title(app) == "events")


async def test_what_changes_nothing_paints_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.app()
    first, _, third = keys(world)
    async with running(app) as pilot:
        notices(world, range(5), first)
        await pilot.press("e", "tab", "f")
        log = app._dashboard.event_log
        await until(pilot, lambda: "problems and alarms, 5 of 5" in frame(app))
        await pilot.pause()
        painted: list[object] = []
        monkeypatch.setattr(log, "refresh", lambda *regions, **_: painted.append(regions))
        log.look_at(third)
        log.put([], name=str)
        await pilot.press("j", "G")
        assert painted == []
        await pilot.press("k")
        assert painted, "a cursor that moves is painted"
