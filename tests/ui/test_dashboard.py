"""What the dashboard shows as things happen, and what it asks of the engine."""

from __future__ import annotations

import asyncio
import threading

import pytest

from relaytui.core.alarm_view import AlarmView
from relaytui.core.events import Alarm, AlarmKind, Blinded, Notice, NoticeKind, Sighted
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import TaskKey
from relaytui.core.update import Relisted
from relaytui.engine.feed import REMEMBERED_EVENTS
from relaytui.ui.app import RelayTui
from tests.ui.conftest import GONE, LANE, RUNNING, World, failure, frame, lane, running, task, until


def keys(world: World) -> list[TaskKey]:
    return list(world.updates)


def top(app: RelayTui) -> str:
    return frame(app).splitlines()[0]


def bottom(app: RelayTui) -> str:
    return frame(app).splitlines()[-1]


async def test_the_list_is_on_the_screen_before_anything_was_asked() -> None:
    world = World()
    world.watch(task(1, "first"), task(2, "second"))
    app = world.app()
    async with running(app):
        assert "○ pending       first" in frame(app)
        assert "○ 2 PENDING" in top(app)
        assert " relaytui   prod " in top(app)


async def test_an_answer_reaches_row_and_counts(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        assert "✖ 1 ENDED   ? 1 NOT FOUND   ● 1 RUNNING" in top(app)
        world.answer(keys(world)[0], GONE, GONE, GONE)
        await until(pilot, lambda: "✖ 2 ENDED   ? 1 NOT FOUND" in top(app))
        assert "RUNNING" not in top(app)
        assert frame(app).count("✖ ended") == 2


async def test_nothing_new_paints_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.app()
    async with running(app) as pilot:
        world.feed.put(lane())
        world.clock.advance(1)
        await until(pilot, lambda: "9.4/20 req/s" in top(app))
        drains = 0
        drain = world.feed.drain

        def counted() -> object:
            nonlocal drains
            drains += 1
            return drain()

        painted: list[object] = []
        monkeypatch.setattr(world.feed, "drain", counted)
        monkeypatch.setattr(app, "_display", lambda *what: painted.append(what))

        async def drained_twice() -> list[object]:
            """What is painted while the feed is drained two more times."""
            painted.clear()
            enough = drains + 2
            await until(pilot, lambda: drains >= enough)
            return painted

        async with asyncio.timeout(10):
            while await drained_twice():
                pass  # the start's last pictures, which come late on a busy machine
        world.feed.put(lane())  # news that change nothing
        assert await drained_twice() == []
        world.clock.advance(1)  # the clock's second is all that may be painted now
        await until(pilot, lambda: bool(painted))


async def test_rows_on_the_screen_are_told_to_the_engine(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await until(pilot, lambda: bool(world.commands.shown))
        assert set(world.commands.shown[-1]) == set(keys(world))


async def test_r_asks_for_the_row_under_the_cursor_only(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("r")
        assert world.commands.refreshed == [(keys(world)[1],)]
        assert "asking for cup-final cam 2" in bottom(app)


async def test_r_is_grey_where_there_is_no_row() -> None:
    world = World()
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("r", "n", "enter")
        assert world.commands.refreshed == []


async def test_n_goes_from_problem_to_problem(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("n")
        await until(pilot, lambda: "› ? not found" in frame(app))
        await pilot.press("N")
        await until(pilot, lambda: "› ✖ ended" in frame(app))


async def test_p_pauses_and_resumes_and_shouts_meanwhile(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("p")
        assert world.commands.polling == [False]
        await until(pilot, lambda: "POLLING PAUSED" in top(app))
        world.feed.put(lane(polling=False))
        world.clock.advance(1)
        await pilot.press("p")
        assert world.commands.polling == [False, True]
        world.feed.put(lane(polling=True))
        world.clock.advance(1)
        await until(pilot, lambda: "PAUSED" not in top(app))


async def test_a_mute_is_counted_down_on_a_frozen_board_too(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("F")
        world.feed.put(AlarmView(world.clock.wall() + 3600))
        await until(pilot, lambda: "ALARMS MUTED 60m" in top(app))
        world.feed.put(AlarmView())
        await until(pilot, lambda: "MUTED" not in top(app))
        assert "FROZEN" in top(app)


async def test_a_blind_lane_has_a_banner_that_counts_and_goes_when_sight_returns(world: World) -> None:
    app = world.app()
    blind = lane(cause=failure(), blind_since=world.clock.monotonic() - 41, last_good_at=world.clock.wall() - 43)
    async with running(app) as pilot:
        world.feed.put(blind)
        world.feed.put(Blinded(LANE, world.clock.wall(), failure(), world.clock.wall() - 41, None))
        await until(pilot, lambda: "BLIND 00:41 · network dns · last good" in frame(app))
        assert "The endpoint's name does not resolve" in frame(app)
        assert "✖ 1 ENDED   ? 1 NOT FOUND   ● 1 RUNNING" in top(app)
        await until(pilot, lambda: app.title == "✖2 BLIND relaytui")
        world.clock.advance(2)
        await until(pilot, lambda: "BLIND 00:43" in frame(app))
        world.feed.put(lane())
        world.feed.put(Sighted(LANE, world.clock.wall(), failure(), world.clock.wall() - 43, None))
        await until(pilot, lambda: "BLIND" not in frame(app))
        await until(pilot, lambda: app.title == "✖2 relaytui")
        await pilot.press("e")
        await until(pilot, lambda: ", 43s, network dns" in frame(app))


async def test_the_event_log_has_changes_and_failures_newest_last_and_plain(world: World) -> None:
    app = world.app()
    first, second, third = keys(world)
    async with running(app) as pilot:
        world.answer(second, RUNNING, RUNNING, after=1)
        world.answer(third, Failure(FailureKind.SERVER, "InternalError", "[/b]oops\x1b[2J"), after=1)
        world.answer(first, GONE, GONE, GONE, after=1)
        await pilot.press("e")
        await until(pilot, lambda: "─events" in frame(app) and "running → ended" in frame(app))
        shown = frame(app)
        recovered = shown.index("06:04:14 ● cup-final cam 2  ended → running (recovered)")
        failed = shown.index("! lobby loop  server InternalError: [/b]oops[2J")
        assert recovered < failed < shown.index("✖ cup-final cam 1  running → ended")
        await pilot.press("e")
        await until(pilot, lambda: "─events" not in frame(app))


async def test_what_happens_while_the_log_is_hidden_is_in_it(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("e")
        await until(pilot, lambda: "nothing has happened yet" in frame(app))
        await pilot.press("e")
        world.answer(keys(world)[0], GONE, GONE, GONE)
        await until(pilot, lambda: "✖ 2 ENDED" in top(app))
        await pilot.press("e")
        await until(pilot, lambda: "✖ cup-final cam 1  running → ended" in frame(app))


async def test_events_that_the_ring_lost_are_owned_up_to(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        for number in range(REMEMBERED_EVENTS + 7):
            world.feed.put(Notice(world.clock.wall(), NoticeKind.CALM, f"notice {number}"))
        await pilot.press("e")
        await until(pilot, lambda: f"notice {REMEMBERED_EVENTS + 6}" in frame(app))
        await pilot.press("tab", "g")
        await until(pilot, lambda: "7 older events are not shown" in frame(app))


async def test_the_log_keeps_the_place_that_a_person_scrolled_to(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("e")
        for number in range(50):
            world.feed.put(Notice(world.clock.wall(), NoticeKind.CALM, f"notice {number}"))
        await until(pilot, lambda: "notice 49" in frame(app))
        await pilot.press("tab", "g")
        await until(pilot, lambda: "notice 0" in frame(app))
        world.feed.put(Notice(world.clock.wall(), NoticeKind.CALM, "the newest"))
        world.answer(keys(world)[0], GONE, GONE, GONE)
        await until(pilot, lambda: "✖ 2 ENDED" in top(app))
        assert "notice 0" in frame(app)
        await pilot.press("G")
        await until(pilot, lambda: "the newest" in frame(app))


async def test_alarms_ring_once_per_drain_and_a_return_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = [task(number) for number in range(10, 15)]
    world.watch(*extra)
    for each in extra:
        world.answer(each.key, RUNNING)
    app = world.app()
    rings: list[str] = []
    async with running(app) as pilot:
        monkeypatch.setattr(app, "bell", lambda: rings.append(app.title))
        for each in extra:
            world.answer(each.key, GONE, GONE, GONE)
            world.feed.put(Alarm("1", 0.0, AlarmKind.ENDED, "ended", 0.0))
        await until(pilot, lambda: app.title == "✖7 relaytui")
        assert rings == ["✖7 relaytui"]
        world.answer(extra[0].key, RUNNING, RUNNING)
        await until(pilot, lambda: app.title == "✖6 relaytui")
        assert len(rings) == 1


async def test_an_internal_fault_lights_the_lamp_and_is_in_the_log(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        world.feed.put(Notice(world.clock.wall(), NoticeKind.FAULT, "KeyError in the monitor"))
        await until(pilot, lambda: "INTERNAL FAULT" in top(app))
        await pilot.press("e")
        await until(pilot, lambda: "KeyError in the monitor" in frame(app))


async def test_ctrl_c_asks_first_and_quits_when_pressed_again(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("ctrl+c")
        assert "press ctrl+c again, or q, to quit" in bottom(app)
        assert app.is_running
        await pilot.press("ctrl+c")
    assert app.return_code == 0
    assert not app.is_running


async def test_ctrl_c_twice_but_slowly_does_not_quit(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("ctrl+c")
        world.clock.advance(3.1)
        await until(pilot, lambda: "? help" in bottom(app))
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "press ctrl+c again" in bottom(app))
        assert not app._exit


async def test_ctrl_c_in_the_palette_does_not_quit_either(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("colon", "ctrl+c")
        assert not app._exit
        await pilot.press("escape", "escape")
        await until(pilot, lambda: "? help" in bottom(app))


async def test_q_quits(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("q")
    assert app.return_code == 0


async def test_on_ready_is_called_once_after_the_first_paint_and_off_the_loop(world: World) -> None:
    seen: list[tuple[str, str]] = []
    held = threading.Event()

    def begin() -> None:
        seen.append((threading.current_thread().name, frame(app)))
        held.wait(20)

    app = world.app(on_ready=begin)
    async with running(app) as pilot:
        await until(pilot, lambda: bool(seen))
        world.answer(keys(world)[0], GONE, GONE, GONE)  # the screen lives on while the caller is busy
        await until(pilot, lambda: "✖ 2 ENDED" in top(app))
        held.set()
    assert len(seen) == 1
    assert seen[0][0] != threading.main_thread().name
    assert "cup-final cam 1" in seen[0][1]


async def test_a_start_that_fails_is_shown_and_does_not_end_the_app(world: World) -> None:
    def begin() -> None:
        raise OSError("no [/engine]")

    app = world.app(on_ready=begin)
    async with running(app) as pilot:
        await until(pilot, lambda: "INTERNAL FAULT" in top(app))
        await pilot.press("e")
        await until(pilot, lambda: "OSError: no [/engine]; nothing is polled" in " ".join(frame(app).split()))


async def test_a_late_answer_about_a_task_that_is_not_on_the_list_is_not_counted(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        gone = task(99, "no longer watched")
        world.watch(gone)
        world.answer(gone.key, RUNNING)
        world.answer(keys(world)[0], GONE, GONE, GONE)
        await until(pilot, lambda: "✖ 2 ENDED" in top(app))
        assert "no longer watched" not in frame(app)
        assert "RUNNING" not in top(app)


@pytest.mark.parametrize("size", [(200, 50), (120, 30), (80, 24), (60, 20), (40, 15), (20, 6), (8, 3), (2, 2), (1, 1)])
async def test_no_size_and_no_pane_ends_the_app(world: World, size: tuple[int, int]) -> None:
    app = world.app(demo=True)
    async with running(app) as pilot:
        world.feed.put(lane(cause=failure(message="long " * 30), blind_since=0.0, last_good_at=None))
        await pilot.press("e", "enter")
        await pilot.resize_terminal(*size)
        await pilot.press("question_mark", "escape", "enter", "e", "r")
        await pilot.resize_terminal(120, 30)
        await pilot.press("escape")
        await until(pilot, lambda: "cup-final cam 1" in frame(app) and "BLIND" in frame(app))


async def test_a_pane_stands_beside_the_table_where_there_is_room_and_under_it_elsewhere(world: World) -> None:
    app = world.app()
    async with running(app, (120, 30)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: any("STATE" in line and "─detail" in line for line in frame(app).splitlines()))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: any(line.startswith("─detail") for line in frame(app).splitlines()))
        assert "STATE" in frame(app)  # the table is still there


async def test_the_title_given_stands_in_for_the_profiles(world: World) -> None:
    async with running(world.app(title="prod, ap-mumbai"), (120, 20)) as pilot:
        assert "prod, ap-mumbai" in frame(pilot.app)


async def test_colours_are_not_needed_to_tell_states_apart(world: World) -> None:
    world.answer(keys(world)[0], Failure(FailureKind.REQUEST, "InvalidParameter", "no"))
    update = world.updates[keys(world)[0]]
    world.updates[update.task.key] = update._replace(task=update.task._replace(note="a note"))
    async with running(world.app(), (160, 20)) as pilot:
        shown = frame(pilot.app)
        assert "✖ ended" in shown
        assert "? not found" in shown
        assert "! InvalidParameter ×1" in shown


async def test_the_banner_leaves_a_small_screen_to_the_rows(world: World) -> None:
    app = world.app()
    async with running(app, size=(40, 15)) as pilot:
        world.feed.put(lane(cause=failure(), blind_since=world.clock.monotonic() - 41))
        await until(pilot, lambda: "BLIND" in frame(app))
        await pilot.pause()
        assert len([line for line in frame(app).splitlines() if "ended" in line or "running" in line]) >= 2
        assert app.screen.query_one("BlindBanner").size.height <= 2


async def test_an_edited_list_is_taken_in_and_a_bad_edit_is_told_in_the_header(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        first, second = (update.task for update in list(world.updates.values())[:2])
        renamed = first._replace(label="renamed")
        world.feed.put(Relisted(0.0, (second, renamed, task(9, "the new one")), "list: 1 added, 1 removed, 1 edited"))
        await until(pilot, lambda: "the new one" in frame(app))
        shown = frame(app)
        assert "renamed" in shown
        assert "lobby loop" not in shown
        assert "✖ 1 ENDED" in shown
        world.feed.put(Relisted(0.0, (second,), "list.toml:3: no key is called 'lable'", refused=True))
        await until(pilot, lambda: "list.toml:3" in frame(app))
        assert "the new one" in frame(app)
        world.feed.put(Relisted(0.0, (second,), "list: 0 added, 2 removed, 0 edited"))
        await until(pilot, lambda: "list.toml:3" not in frame(app))
        assert "the new one" not in frame(app)


async def test_paused_tasks_are_no_problems_and_counted_apart(world: World) -> None:
    for key in keys(world)[1:]:
        update = world.updates[key]
        world.updates[key] = update._replace(task=update.task._replace(paused=True))
    app = world.app()
    async with running(app) as pilot:
        await until(pilot, lambda: "● 1 RUNNING   ║ 2 PAUSED" in top(app))
        assert app.title == "relaytui"
        await pilot.press("G", "enter")
        await until(pilot, lambda: "paused, nobody asks; last known: ?" in frame(app))
