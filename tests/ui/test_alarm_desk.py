"""What people say to alarms, on the whole screen."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

import pytest

from relaytui.core.alarm_view import AlarmView, Attention, Subject
from relaytui.core.events import Alarm, AlarmKind
from relaytui.core.reach import Reach
from relaytui.ui.alarm_desk import next_morning
from relaytui.ui.app import RelayTui
from relaytui.ui.times import both, time_of_day
from tests.ui.conftest import GONE, LANE, RUNNING, World, failure, frame, lane, running, task, until

ENDED, LOST, RUNS = task(2).key, task(3).key, task(1).key


async def test_enter_alone_acknowledges_the_task_under_the_cursor(world: World) -> None:
    async with running(world.app()) as pilot:
        await pilot.press("a")
        assert "acknowledge cup-final cam 2" in frame(pilot.app)
        await pilot.press("enter")
        assert world.commands.acknowledged == [((ENDED,), "")]
        await pilot.press("a", *"restarting source", "enter")
        assert world.commands.acknowledged[1:] == [((ENDED,), "restarting source")]
        await pilot.press("a", "x", "escape")
        assert len(world.commands.acknowledged) == 2


async def test_of_the_marked_tasks_only_what_is_wrong_is_acknowledged(world: World) -> None:
    async with running(world.app()) as pilot:
        await pilot.press("asterisk", "a")
        assert "acknowledge 2 tasks" in frame(pilot.app)
        await pilot.press("enter")
        assert world.commands.acknowledged == [((ENDED, LOST), "")]


async def test_what_is_right_cannot_be_acknowledged(world: World) -> None:
    async with running(world.app()) as pilot:
        await pilot.press("G", "a")
        assert "nothing is wrong here" in frame(pilot.app)
        await pilot.press(*"seen D", "enter")
        assert (world.commands.acknowledged, world.commands.snoozed) == ([], [])
        assert "acknowledge" not in frame(pilot.app)


async def test_a_reason_that_is_typed_on_a_calm_board_presses_no_keys(world: World) -> None:
    world = World()
    world.watch(task(1))
    world.answer(task(1).key, RUNNING)
    async with running(world.app()) as pilot:
        await pilot.press("a", *"sem", "escape")
        assert (world.commands.acknowledged, world.commands.snoozed) == ([], [])
        assert "snooze" not in frame(pilot.app).replace("s snooze", "")


async def test_where_the_task_is_right_and_nobody_can_see_the_blindness_is_acknowledged(world: World) -> None:
    world.watch(task(1))
    async with running(world.app()) as pilot:
        world.feed.put(lane(cause=failure(), blind_since=world.clock.monotonic(), blind_since_at=world.clock.wall()))
        await until(pilot, lambda: "BLIND" in frame(pilot.app))
        await pilot.press("G", "a")
        assert f"acknowledge the blindness of {LANE}" in frame(pilot.app)
        await pilot.press("enter")
        assert world.commands.acknowledged == [((LANE,), "")]


async def test_the_blindness_of_a_lane_that_is_gone_cannot_be_acknowledged(world: World) -> None:
    world.watch(task(1))
    async with running(world.app()) as pilot:
        blind = lane(cause=failure(), blind_since=world.clock.monotonic())
        world.feed.put(blind)
        await until(pilot, lambda: "BLIND" in frame(pilot.app))
        world.feed.put(replace(blind, is_closed=True))
        await until(pilot, lambda: "BLIND" not in frame(pilot.app))
        await pilot.press("G", "a", "enter")
        assert world.commands.acknowledged == []


@pytest.mark.parametrize(("key", "seconds"), [("m", 900), ("h", 3600), ("w", 0)])
async def test_a_task_is_snoozed_for_a_while(world: World, key: str, seconds: float) -> None:
    async with running(world.app()) as pilot:
        await pilot.press("s")
        assert "snooze cup-final cam 2: m 15 min  h 1 h  e until 08:00  c until it changes" in frame(pilot.app)
        await pilot.press(key)
        assert world.commands.snoozed == [((ENDED,), world.clock.wall() + seconds)]
        said = {"m": "snoozed 15 min: cup-final cam 2", "h": "snoozed 1 h: cup-final cam 2"}
        assert said.get(key, "cup-final cam 2: no longer snoozed") in frame(pilot.app)


async def test_a_task_is_snoozed_until_it_changes_or_until_the_morning_or_not_at_all(world: World) -> None:
    async with running(world.app()) as pilot:
        await pilot.press("s", "c", "s", "e", "s", "escape")
        assert world.commands.snoozed == [((ENDED,), None), ((ENDED,), next_morning(world.clock.wall()))]


async def test_all_is_muted_with_a_countdown_that_no_width_hides(world: World) -> None:
    for width in (160, 120, 80, 40):
        async with running(world.app(), size=(width, 24)) as pilot:
            await pilot.press("S", "h")
            assert world.commands.muted.pop() == world.clock.wall() + 3600
            world.feed.put(AlarmView(muted_until=world.clock.wall() + 3600))
            await until(pilot, lambda: "MUTED 60m" in frame(pilot.app).splitlines()[0])
            world.clock.advance(3600 - 45)
            await until(pilot, lambda: "MUTED 50s" in frame(pilot.app).splitlines()[0])
            await pilot.press("S", "u")
            assert world.commands.muted.pop() is None
            world.feed.put(AlarmView())
            await until(pilot, lambda: "MUTED" not in frame(pilot.app).splitlines()[0])


async def test_the_row_says_what_was_said(world: World) -> None:
    async with running(world.app(), size=(160, 24)) as pilot:
        at = world.clock.wall()
        attention: dict[Subject, Attention] = {
            ENDED: Attention(at, "restarting\x1b[31m"),
            LOST: Attention(snoozed_until=at + 725),
            RUNS: Attention(snoozed_until=math.inf),
        }
        await until(pilot, lambda: pilot.app.title == "✖2 relaytui")
        world.feed.put(AlarmView(attention=attention))
        await until(pilot, lambda: pilot.app.title == "relaytui")
        assert "✖ 1 ENDED   ? 1 NOT FOUND" in frame(pilot.app), "the header counts them all"
        await until(pilot, lambda: f"ack {time_of_day(at)[:5]} restarting[31m" in frame(pilot.app))
        assert "snoozed 12m" in frame(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: f"acked        {both(at)}" in frame(pilot.app))
        assert "reason       restarting[31m" in frame(pilot.app)
        await pilot.press("escape")
        await until(pilot, lambda: "acked" not in frame(pilot.app))
        assert frame(pilot.app).count("snoozed") == 2
        world.feed.put(AlarmView())
        await until(pilot, lambda: "snoozed" not in frame(pilot.app))


async def test_a_row_whose_answer_is_older_than_twice_its_interval_says_why(world: World) -> None:
    async with running(world.app(), size=(160, 24)) as pilot:
        world.feed.put(lane(polling=False, sweep=300))
        world.clock.advance(25)
        await pilot.pause(1.2)
        assert "polling paused" not in frame(pilot.app), "29 s old, and asked every 15 s"
        world.clock.advance(2)
        await until(pilot, lambda: frame(pilot.app).count("polling paused") == 1)
        world.clock.advance(120)
        await until(pilot, lambda: frame(pilot.app).count("polling paused") == 3)
        world.feed.put(lane(pace=5))
        world.clock.advance(1)
        await until(pilot, lambda: "throttled" in frame(pilot.app))
        world.feed.put(lane())
        world.clock.advance(1)
        await until(pilot, lambda: frame(pilot.app).count("late") == 3)


@pytest.mark.parametrize("reach", [Reach(), Reach(bell=False, title=False, notification=False)])
async def test_an_alarm_rings_titles_and_notifies_as_chosen(
    world: World, monkeypatch: pytest.MonkeyPatch, reach: Reach
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    app = world.app(reach=reach)
    rings: list[str] = []
    sent: list[str] = []
    async with running(app) as pilot:
        monkeypatch.setattr(app, "bell", lambda: rings.append("ding"))
        monkeypatch.setattr(app._driver, "notify_desktop", sent.append, raising=False)
        at = world.clock.wall()
        for name in ("cam; 1", "cam 2"):
            world.feed.put(Alarm("1", at, AlarmKind.ENDED, f"{name}\x07 ended", at))
        await until(pilot, lambda: app.title == "✖2 relaytui" or not reach.title)
        await pilot.pause(0.6)
    chosen = reach.bell
    assert rings == ["ding"] * chosen
    assert sent == ["\x1b]9;relaytui: cam, 1 ended (and 1 more)\a"] * chosen
    assert (app.title == "relaytui") is not chosen


async def test_an_end_is_confirmed_out_of_as_many_answers_as_it_takes(world: World) -> None:
    async with running(world.app(reach=Reach(alarm_after=5)), size=(160, 24)) as pilot:
        world.answer(RUNS, GONE)
        await until(pilot, lambda: "1/5 confirming" in frame(pilot.app))


async def test_a_new_screen_after_a_bug_knows_who_is_quiet(world: World) -> None:
    app: RelayTui = world.app()
    async with running(app) as pilot:
        world.feed.put(AlarmView(muted_until=world.clock.wall() + 60))
        await until(pilot, lambda: "MUTED" in frame(pilot.app))
    assert app.alarms.muted_until == world.clock.wall() + 60


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-01-02T03:04:05", "2026-01-02T08:00:00"),
        ("2026-01-02T08:00:00", "2026-01-03T08:00:00"),
        ("2026-12-31T23:59:59", "2027-01-01T08:00:00"),
    ],
)
def test_the_next_morning(now: str, then: str) -> None:
    def at(text: str) -> float:
        return datetime.fromisoformat(text).astimezone().timestamp()

    assert next_morning(at(now)) == at(then)
