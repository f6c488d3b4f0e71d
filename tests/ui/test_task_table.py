"""The board by its keys, its plain text, and by what it asks to be repainted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown
from textual.geometry import Region
from textual.message import Message
from textual.pilot import Pilot

from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.task_state import Doubt, TaskState, Thresholds, Trouble
from relaytui.core.update import Update
from relaytui.ui.cursor_lines import CursorLines
from relaytui.ui.task_table import TaskTable
from relaytui.ui.themes import DARK
from relaytui.ui.viewed_lines import ViewedLines
from tests.fakes import FakeClock

FAILURE = Failure(FailureKind.SERVER, "FailedOperation.QueryTaskInfoFailed")


class Board(App[None]):
    """The table alone, and what it says."""

    def __init__(self, table: TaskTable) -> None:
        super().__init__()
        self.table = table
        self.said: list[Message] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(DARK.variables)

    def compose(self) -> ComposeResult:
        yield self.table

    def on_task_table_opened(self, message: TaskTable.Opened) -> None:
        self.said.append(message)

    def on_task_table_cursor_moved(self, message: TaskTable.CursorMoved) -> None:
        self.said.append(message)

    def on_task_table_visible_changed(self, message: TaskTable.VisibleChanged) -> None:
        self.said.append(message)

    def heard(self, kind: type[Message]) -> list[Any]:
        """The messages of this kind since the last call."""
        found = [message for message in self.said if isinstance(message, kind)]
        self.said = [message for message in self.said if not isinstance(message, kind)]
        return found


class Fixture:
    """A clock, tasks named task-0, task-1, …, and a table that shows them."""

    def __init__(self, rows: int, **options: Any) -> None:
        self.clock = FakeClock()
        self.table = TaskTable(clock=self.clock, **options)
        self.app = Board(self.table)
        self.updates = [self.update(number) for number in range(rows)]
        self.asked: list[Region | None] = []
        """What the table asked to be repainted; None is all of it."""

    def key(self, number: int) -> TaskKey:
        return TaskKey("east" if number % 2 else "west", "ap-singapore", 1600012345, f"task-{number}")

    def update(self, number: int, state: State = State.RUNNING, **beliefs: Any) -> Update:
        """A task that has been in `state` for an hour and was seen five seconds ago, unless told otherwise."""
        now = self.clock.monotonic()
        facts = {"since": now - 3600.0 if state is not State.PENDING else None, "seen": now - 5.0} | beliefs
        return Update(WatchedTask(self.key(number)), TaskState(state=state, **facts))

    def change(self, number: int, state: State, **beliefs: Any) -> Update:
        """A task that changed to `state` just now."""
        return self.update(number, state, since=self.clock.monotonic(), **beliefs)

    @asynccontextmanager
    async def shown(self, size: tuple[int, int] = (160, 11)) -> AsyncIterator[Pilot[None]]:
        async with self.app.run_test(size=size) as pilot:
            self.table.load(self.updates)
            await pilot.pause()
            refresh = self.table.refresh

            def watched(*regions: Region, **options: Any) -> TaskTable:
                self.asked += regions or (None,)
                return refresh(*regions, **options)

            self.table.refresh = watched  # type: ignore[method-assign] # the seam between the table and Textual
            self.app.said.clear()
            yield pilot

    def lines(self) -> list[str]:
        return self.table.text_frame().split("\n")

    def names(self) -> list[str]:
        """The tasks on the screen from top to bottom."""
        return [line[18:30].strip() for line in self.lines()[1:]]

    @property
    def cursor(self) -> str | None:
        """The task on whose line the cursor is painted."""
        return next((line[18:30].strip() for line in self.lines() if line.startswith("›")), None)


# What is shown


async def test_a_row_says_state_task_and_ages() -> None:
    board = Fixture(1)
    async with board.shown():
        header, row, *_ = board.lines()
        assert header.split() == ["STATE", "TASK", "APP", "REGION", "FOR", "SEEN", "LAST", "60", "MIN", "NOTE"]
        assert row.split() == ["›", "●", "running", "task-0", "1600012345", "ap-singapore", "1h00m", "<20s", "·" * 12]


async def test_the_header_does_not_scroll() -> None:
    board = Fixture(50)
    async with board.shown() as pilot:
        await pilot.press("G")
        assert board.lines()[0].startswith("  STATE")
        assert board.names() == [f"task-{number}" for number in range(40, 50)]


async def test_problems_are_on_top_worst_and_newest_first() -> None:
    board = Fixture(9)
    now = board.clock.monotonic()
    states = [State.RUNNING, State.NOT_FOUND, State.REJECTED, State.OVERDUE, State.UNRECOGNISED, State.FINISHED]
    board.updates[:6] = [board.update(number, state) for number, state in enumerate(states)]
    board.updates[6] = board.update(6, trouble=Trouble(failures=2, failure=FAILURE))
    board.updates[7] = board.update(7, State.ENDED, since=now - 50.0)
    board.updates[8] = board.update(8, State.ENDED, since=now - 20.0)
    async with board.shown():
        assert board.names()[:9] == [f"task-{number}" for number in (8, 7, 3, 2, 4, 1, 6, 0, 5)]
        assert board.table.problem_count == 7
        assert board.table.row_count == 9


async def test_what_fits_at_the_smallest_size() -> None:
    board = Fixture(30)
    async with board.shown(size=(40, 15)):
        assert board.lines()[0].split() == ["STATE", "TASK", "FOR"]
        assert board.lines()[14].split() == ["●", "running", "task-13", "1h00m"]


async def test_a_resize_keeps_the_cursor_on_the_screen() -> None:
    board = Fixture(30)
    async with board.shown(size=(160, 31)) as pilot:
        await pilot.press("G")
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert board.cursor == "task-29"
        await pilot.resize_terminal(160, 31)
        await pilot.pause()
        assert len(board.names()) == 30
        assert "NOTE" in board.lines()[0]


async def test_a_line_that_was_cut_by_a_tiny_screen_comes_back() -> None:
    board = Fixture(3)
    async with board.shown(size=(20, 5)) as pilot:
        await pilot.resize_terminal(39, 5)
        await pilot.pause()
        strips = board.app.screen._compositor.render_strips()
        assert "task-1" in strips[2].text
        assert board.lines()[2].endswith("task-1")


async def test_ages_move_when_the_second_is_told_and_only_then() -> None:
    board = Fixture(1)
    async with board.shown() as pilot:
        board.clock.advance(40.0)
        board.table.put([])
        await pilot.pause()
        assert "<20s" in board.lines()[1]
        board.table.tick()
        await pilot.pause()
        assert "40s" in board.lines()[1]


async def test_a_paused_row_is_pale_in_its_place_and_ages() -> None:
    board = Fixture(3)
    ended = board.update(1, State.ENDED)
    board.updates[1] = ended._replace(task=ended.task._replace(paused=True))
    async with board.shown() as pilot:
        assert board.names()[:3] == ["task-0", "task-1", "task-2"]
        assert board.table.problem_count == 0
        assert "║ ended" in board.lines()[2]
        assert colours(board, 2)[0] != colours(board, 3)[0]
        board.clock.advance(3600.0)
        board.table.tick()
        await pilot.pause()
        assert board.lines()[2].split()[5:7] == ["2h00m", "1h00m"]


# The cursor


async def test_keys_move_the_cursor() -> None:
    board = Fixture(30)
    async with board.shown() as pilot:
        for keys, task in [
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("up", 0), ("G", 29), ("down", 29), ("g", 0), ("end", 29),
            ("home", 0), ("pagedown", 10), ("ctrl+f", 20), ("ctrl+f", 29), ("pageup", 19), ("ctrl+b", 9),
            ("ctrl+d", 14), ("ctrl+u", 9),
        ]:  # fmt: skip
            await pilot.press(keys)
            assert board.cursor == f"task-{task}", keys
            assert board.table.cursor_key == board.key(task)


async def test_the_cursor_says_where_it_went_and_nothing_when_it_stays() -> None:
    board = Fixture(3)
    async with board.shown() as pilot:
        await pilot.press("j", "G", "G")
        assert [message.key for message in board.app.heard(TaskTable.CursorMoved)] == [board.key(1), board.key(2)]


async def test_enter_and_double_click_open() -> None:
    board = Fixture(5)
    async with board.shown() as pilot:
        await pilot.press("j", "enter")
        await pilot.double_click(TaskTable, offset=(30, 4))
        assert [message.key for message in board.app.heard(TaskTable.Opened)] == [board.key(1), board.key(3)]


async def test_a_click_selects_and_beside_the_rows_it_does_nothing() -> None:
    board = Fixture(5)
    async with board.shown() as pilot:
        await pilot.click(TaskTable, offset=(30, 3))
        assert board.cursor == "task-2"
        await pilot.click(TaskTable, offset=(30, 0))
        await pilot.click(TaskTable, offset=(30, 9))
        assert board.cursor == "task-2"
        assert board.app.heard(TaskTable.Opened) == []


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    board = Fixture(50)
    async with board.shown() as pilot:
        await pilot._post_mouse_events([MouseScrollDown], TaskTable, offset=(5, 5), button=0)
        await pilot.pause()
        assert board.names()[0] != "task-0"
        assert board.table.cursor_key == board.key(0)
        await pilot.press("j")
        assert board.cursor == "task-1"


async def test_the_cursor_stays_on_its_task_through_a_re_sort() -> None:
    board = Fixture(50)
    async with board.shown() as pilot:
        await pilot.press("j", "j", "j")
        board.table.put([board.change(20, State.ENDED), board.change(2, State.OVERDUE)])
        await pilot.pause()
        assert board.names()[:6] == ["task-20", "task-2", "task-0", "task-1", "task-3", "task-4"]
        assert board.cursor == "task-3"
        board.table.put([board.change(3, State.ENDED)])
        await pilot.pause()
        assert board.names()[:2] == ["task-3", "task-20"]
        assert board.cursor == "task-3"
        assert board.app.heard(TaskTable.CursorMoved)[-1].key == board.key(3)


async def test_the_line_under_the_eye_stays_when_rows_above_it_come_and_go() -> None:
    board = Fixture(50)
    async with board.shown() as pilot:
        await pilot.press("pagedown", "pagedown", "k", "k", "k")
        before = board.names().index("task-17")
        board.table.put([board.change(30, State.ENDED), board.change(40, State.ENDED)])
        await pilot.pause()
        assert board.cursor == "task-17"
        assert board.names().index("task-17") == before


async def test_at_the_top_a_new_problem_is_seen_at_once() -> None:
    board = Fixture(50)
    async with board.shown() as pilot:
        board.table.put([board.change(number, State.ENDED) for number in range(30, 45)])
        await pilot.pause()
        assert all("✖ ended" in line for line in board.lines()[1:])
        assert board.table.cursor_key == board.key(0)


async def test_that_a_task_has_run_for_longer_than_was_known_is_no_news() -> None:
    board = Fixture(2)
    async with board.shown():
        task, state, _ = board.updates[0]
        assert state.since is not None
        board.table.put([Update(task, replace(state, since=state.since - 60))])
        assert not board.table.unseen
        board.table.put([Update(task, replace(state, since=state.since + 60))])
        assert board.table.unseen == {board.key(0)}, "it has ended and come back meanwhile"


async def test_loading_keeps_the_cursor_the_marks_and_forgets_what_is_gone() -> None:
    board = Fixture(10)
    async with board.shown() as pilot:
        board.table.put([board.change(5, State.ENDED), board.change(6, State.ENDED)])
        board.table.move_to(board.key(3))
        changed = board.change(5, State.ENDED)
        board.table.load([board.updates[8], board.updates[3], changed])
        await pilot.pause()
        assert board.names()[:4] == ["task-5", "task-8", "task-3", ""]
        assert board.cursor == "task-3"
        assert board.table.unseen == {board.key(5)}
        board.table.load([board.updates[8], changed])
        await pilot.pause()
        assert board.cursor == "task-8"
        assert board.app.heard(TaskTable.CursorMoved)[-1].key == board.key(8)
        board.table.load([])
        await pilot.pause()
        assert board.cursor is None
        assert board.table.cursor_key is None
        assert not board.table.unseen
        assert board.app.heard(TaskTable.CursorMoved)[-1].key is None
        await pilot.press("j", "G", "enter", "pagedown")
        assert not board.table.next_problem(1)
        assert board.app.heard(TaskTable.Opened) == []


async def test_an_update_for_a_task_that_is_not_in_the_list_is_left_out() -> None:
    board = Fixture(2)
    async with board.shown():
        board.table.put([board.change(7, State.ENDED)])
        board.table.move_to(board.key(7))
        assert board.table.row_count == 2
        assert board.table.cursor_key == board.key(0)


async def test_n_goes_round_the_problems() -> None:
    board = Fixture(50)
    async with board.shown() as pilot:
        assert not board.table.next_problem(1)
        board.table.put([board.change(number, State.ENDED) for number in (30, 20)])
        for step, task in [(1, 20), (1, 30), (1, 20), (-1, 30)]:
            assert board.table.next_problem(step)
            await pilot.pause()
            assert board.cursor == f"task-{task}"
        await pilot.press("G")
        assert board.table.next_problem(-1)
        assert board.table.cursor_key == board.key(30)
        await pilot.press("G")
        assert board.table.next_problem(1)
        assert board.table.cursor_key == board.key(20)


# Marks, flashes, blindness


async def test_a_changed_row_keeps_its_mark_until_the_cursor_has_been_there() -> None:
    board = Fixture(5)
    async with board.shown() as pilot:
        board.table.put([board.change(3, State.ENDED)])
        await pilot.pause()
        assert board.table.unseen == {board.key(3)}
        assert board.lines()[1].startswith(" •✖ ended")
        await pilot.press("k")
        assert board.table.unseen == frozenset()
        assert board.lines()[1].startswith("› ✖ ended")


async def test_a_change_under_a_resting_cursor_is_seen_when_the_cursor_leaves() -> None:
    board = Fixture(5)
    async with board.shown() as pilot:
        board.table.put([board.change(0, State.ENDED)])
        await pilot.pause()
        assert board.lines()[1].startswith("›•✖ ended")
        await pilot.press("j")
        assert board.lines()[1].startswith("  ✖ ended")


async def test_the_first_answer_of_a_running_task_is_no_news_but_a_missing_task_is() -> None:
    board = Fixture(2)
    board.updates = [board.update(0, State.PENDING), board.update(1, State.PENDING)]
    async with board.shown():
        board.table.put([board.change(0, State.RUNNING), board.change(1, State.NOT_FOUND)])
        assert board.table.unseen == {board.key(1)}


async def test_two_changes_between_two_looks_are_still_a_change() -> None:
    board = Fixture(2)
    async with board.shown():
        board.table.put([board.change(1, State.RUNNING)])
        assert board.table.unseen == {board.key(1)}


async def test_an_answer_that_changes_nothing_is_no_change() -> None:
    board = Fixture(2)
    async with board.shown():
        board.table.put([board.update(1, seen=board.clock.monotonic())])
        assert board.table.unseen == frozenset()


def colours(board: Fixture, line: int) -> tuple[Any, Any]:
    """Foreground and background that are painted on a line's TASK."""
    style = board.app.screen._compositor.get_style_at(20, line)
    return style.color, style.bgcolor


def background(board: Fixture, line: int) -> Any:
    """The background that is painted on a line's TASK."""
    return colours(board, line)[1]


async def test_a_change_flashes_for_a_few_seconds_and_an_age_never_does() -> None:
    board = Fixture(5, flash_seconds=4.0)
    async with board.shown() as pilot:
        await pilot.press("G")
        calm = background(board, 1)
        board.table.put([board.change(2, State.ENDED)])
        await pilot.pause()
        assert background(board, 1) != calm
        board.clock.advance(3.0)
        board.table.tick()
        await pilot.pause()
        assert background(board, 1) != calm
        board.clock.advance(1.0)
        board.table.tick()
        await pilot.pause()
        assert background(board, 1) == calm
        board.clock.advance(600.0)
        board.table.tick()
        await pilot.pause()
        assert {background(board, line) for line in range(1, 5)} == {calm}


async def test_blind_rows_dim_and_keep_state_and_age() -> None:
    board = Fixture(4)
    async with board.shown() as pilot:
        text, seen = board.lines(), [colours(board, line) for line in range(1, 5)]
        board.table.set_blind(frozenset({"east"}))
        await pilot.pause()
        assert [line.removesuffix("blind").rstrip() for line in board.lines()] == text
        assert [line.endswith("blind") for line in board.lines()[1:5]] == [False, True, False, True]
        assert [colours(board, line) == seen[line - 1] for line in range(1, 5)] == [True, False, True, False]
        board.table.set_blind(frozenset())
        await pilot.pause()
        assert [colours(board, line) for line in range(1, 5)] == seen


async def test_a_poll_that_failed_because_nobody_can_see_does_not_pin_the_row() -> None:
    board = Fixture(6)
    async with board.shown() as pilot:
        board.table.put(
            [
                board.update(3, trouble=Trouble(failures=2, failure=FAILURE)),
                board.update(4, trouble=Trouble(failures=2, failure=FAILURE)),
            ]
        )
        board.table.set_blind(frozenset({"east"}))
        board.table.put(
            [board.update(5, trouble=Trouble(failures=2, failure=FAILURE)), board.update(1, doubt=Doubt(streak=1))]
        )
        await pilot.pause()
        assert board.names()[:6] == ["task-1", "task-4", "task-0", "task-2", "task-3", "task-5"]
        assert board.table.problem_count == 2
        assert board.lines()[5].endswith("blind"), "the failures are the lane's"


async def test_thresholds_are_those_of_the_board() -> None:
    board = Fixture(2, thresholds=Thresholds(alarm_after=5))
    async with board.shown() as pilot:
        board.table.put([board.update(1, doubt=Doubt(streak=2))])
        await pilot.pause()
        assert board.lines()[1].endswith("2/5 confirming")


async def test_brackets_and_escapes_in_foreign_text_are_painted_as_text() -> None:
    board = Fixture(1)
    task = WatchedTask(board.key(0), label="[/task] \x1b[2Jx", note="[bold]a[/]\nb")
    board.updates = [board.updates[0]._replace(task=task)]
    async with board.shown():
        assert "[/task] [2Jx" in board.lines()[1]
        assert board.lines()[1].endswith("[bold]a[/] b")


# What is repainted


async def test_nothing_to_do_asks_for_nothing() -> None:
    board = Fixture(50)
    async with board.shown():
        board.table.put([])
        board.table.put(board.updates)
        board.table.put([board.update(40, seen=board.clock.monotonic())])
        board.clock.advance(1.0)
        board.table.tick()
        board.table.set_blind(frozenset())
        assert board.asked == []


async def test_an_age_repaints_its_own_cells_only() -> None:
    board = Fixture(50)
    async with board.shown():
        board.table.put([board.update(2, seen=board.clock.monotonic() - 30.0)])
        (region,) = board.asked
        assert region is not None
        assert (region.y, region.height, region.width) == (3, 1, 5)
        assert board.lines()[0][region.x :].startswith("SEEN")


async def test_a_re_sort_repaints_no_line_that_looks_as_before() -> None:
    board = Fixture(50)
    async with board.shown() as pilot:
        board.table.put([board.change(3, State.ENDED)])
        assert {region.y for region in board.asked if region} == {1, 2, 3, 4}
        await pilot.pause()
        board.asked.clear()
        board.table.put([board.change(40, State.NOT_FOUND)])
        await pilot.pause()
        assert None not in board.asked
        assert board.names() == ["task-3", "task-40", *(f"task-{number}" for number in (0, 1, 2, 4, 5, 6, 7, 8))]


async def test_every_way_of_changing_the_board_reaches_the_screen() -> None:
    """The picture after many changes equals that of a fresh table that was loaded with the result."""
    board = Fixture(40)
    latest = {update.task.key: update for update in board.updates}
    async with board.shown() as pilot:
        for step in range(60):
            number = step * 7 % 40
            state = list(State)[step % len(State)]
            update = board.change(number, state, trouble=Trouble(failures=step % 3, failure=FAILURE))
            latest[update.task.key] = update
            board.table.put([update])
            if step % 5 == 0:
                await pilot.press(("j", "G", "g", "pagedown")[step // 5 % 4])
            if step % 11 == 0:
                board.table.set_blind(frozenset({"west"} if step % 2 else ()))
            board.clock.advance(9.0)
            board.table.tick()
            await pilot.pause()
        painted = board.lines()
        board.table.load(latest.values())
        await pilot.pause()
        assert board.lines() == painted
        assert sum("✖" in line or "running" in line for line in painted) > 0


# Which rows are on the screen


async def test_it_says_which_rows_are_on_the_screen_when_that_changes() -> None:
    board = Fixture(50)
    async with board.app.run_test(size=(160, 11)) as pilot:
        board.table.load(board.updates)
        await pilot.pause()
        said = board.app.heard(TaskTable.VisibleChanged)
        assert said[-1].keys == tuple(board.key(number) for number in range(10))
        board.table.tick()
        board.table.put([board.update(3, seen=board.clock.monotonic()), board.change(49, State.FINISHED)])
        board.table.load(board.updates)
        await pilot.press("j")
        await pilot.pause()
        assert board.app.heard(TaskTable.VisibleChanged) == []
        board.table.put([board.change(30, State.ENDED), board.change(31, State.ENDED)])
        await pilot.pause()
        (message,) = board.app.heard(TaskTable.VisibleChanged)
        assert message.keys == tuple(board.key(number) for number in (30, 31, 0, 1, 2, 3, 4, 5, 6, 7))
        await pilot.press("G")
        await pilot.pause()
        assert board.app.heard(TaskTable.VisibleChanged)[-1].keys == tuple(board.key(n) for n in range(40, 50))
        await pilot.resize_terminal(160, 6)
        await pilot.pause()
        assert len(board.app.heard(TaskTable.VisibleChanged)[-1].keys) == 5


@pytest.mark.parametrize("binding", [*CursorLines.BINDINGS, *ViewedLines.BINDINGS])
def test_every_binding_can_be_remapped_and_explains_itself(binding: Any) -> None:
    assert binding.id.startswith("table.")
    assert binding.tooltip


@pytest.mark.parametrize("keys", [(), ("space",), ("v",), ("v", "g"), ("v", "g", "space"), ("asterisk",)])
async def test_whether_there_are_targets_is_told_without_listing_them(keys: tuple[str, ...]) -> None:
    board = Fixture(6)
    updates = [
        update._replace(task=update.task._replace(group="cup" if number % 2 else ""))
        for number, update in enumerate(board.updates)
    ]

    def told() -> tuple[bool, bool]:
        return board.table.has_targets, board.table.has_one_target

    async with board.shown() as pilot:
        board.table.load(updates)
        for key in keys:
            if key == "v":
                board.table.look_at(board.table.view._replace(grouped=True), None)
            else:
                await pilot.press(key)
        assert told() == (bool(board.table.targets), len(board.table.targets) == 1)
        board.table.look_at(board.table.view, lambda task, _: task.key.task_id in ("task-0", "task-3"))
        assert told() == (bool(board.table.targets), len(board.table.targets) == 1)
        board.table.load([])
        assert (told(), board.table.targets) == ((False, False), ())


async def test_the_cursor_stays_where_it_was_when_its_task_goes_with_all_of_its_group() -> None:
    board = Fixture(6)
    groups = ("cup", "cup", "gala", "show", "show", "show")
    updates = [
        update._replace(task=update.task._replace(group=group))
        for update, group in zip(board.updates, groups, strict=True)
    ]
    async with board.shown():
        board.table.load(updates)
        board.table.look_at(board.table.view._replace(grouped=True), None)
        board.table.move_to(updates[2].task.key)
        board.table.load([*updates[:2], *updates[3:]])
        assert board.table.cursor_key == updates[3].task.key


async def test_a_row_marked_and_changed_says_both() -> None:
    board = Fixture(3)
    async with board.shown() as pilot:
        await pilot.press("space")
        board.table.put([board.change(0, State.ENDED)])
        await pilot.pause()
        assert board.lines()[1].startswith(" ◉✖ ended")
        await pilot.press("g")
        assert board.lines()[1].startswith("›*✖ ended")
