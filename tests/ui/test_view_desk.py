"""The board is looked at as it was before, and hands on what changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from relaytui.core.task_state import RECALLED
from relaytui.core.update import Update
from relaytui.core.view import View
from tests.ui.conftest import World, frame, running, task, until


@dataclass
class Shelf:
    """A ViewStore that only remembers."""

    kept: View | None = None
    saved: list[View] = field(default_factory=list)

    def load(self) -> View | None:
        return self.kept

    def save(self, view: View) -> None:
        self.saved.append(view)


async def test_cursor_marks_filter_and_event_log_come_back(world: World) -> None:
    second, third = task(2).key, task(3).key
    shelf = Shelf(View(cursor=second, marks=frozenset({second, third}), filter="cam", events_shown=True))
    app = world.app(views=shelf)
    async with running(app) as pilot:
        board = app._dashboard
        await until(pilot, lambda: board.view == shelf.kept)
        assert board.table.cursor_key == second
        await until(pilot, lambda: "─events─" in frame(app))
        assert "lobby loop" not in frame(app), "the filter hides it"


async def test_a_change_that_nobody_has_visited_is_still_marked_after_a_restart(world: World) -> None:
    seen, unseen = task(1).key, task(2).key
    shelf = Shelf(View(cursor=seen, unseen=frozenset({unseen})))
    app = world.app(views=shelf)
    async with running(app) as pilot:
        board = app._dashboard
        await until(pilot, lambda: board.view == shelf.kept)
        assert board.table.unseen == {unseen}
        ended = replace(world.updates[unseen].state, since=1.0, doubt=RECALLED)
        world.feed.put(Update(world.updates[seen].task, ended))
        await until(pilot, lambda: board.table.problem_count == 3)
        assert board.table.unseen == {unseen}, "what an earlier run saw is no news"
        board.table.move_to(unseen)
        board.tick()
        assert shelf.saved[-1].unseen == frozenset()


async def test_what_changes_is_handed_on_and_what_does_not_is_not(world: World) -> None:
    shelf = Shelf()
    app = world.app(views=shelf)
    async with running(app) as pilot:
        board = app._dashboard
        await until(pilot, lambda: board._kept is not None)
        board.tick()
        assert shelf.saved == []
        await pilot.press("j", "space", "e")
        board.tick()
        board.tick()
        (view,) = shelf.saved
        assert view.cursor == board.table.cursor_key
        assert view.events_shown
        assert len(view.marks) == 1


async def test_tasks_that_are_gone_are_left_out(world: World) -> None:
    stranger = task(99).key
    app = world.app(views=Shelf(View(cursor=stranger, marks=frozenset({stranger}), sort="no such column")))
    async with running(app) as pilot:
        board = app._dashboard
        await until(pilot, lambda: board._kept is not None)
        assert board.table.cursor_key is not None
        assert board.targets()
