"""What the detail says of one task."""

from __future__ import annotations

import pytest

from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.ui.task_detail import detail_lines
from tests.ui.conftest import GONE, RUNNING, World, frame, running, task, until


def text(world: World, key: TaskKey) -> str:
    update = world.updates[key]
    return "\n".join(
        f"{line.label}|{line.text}" for line in detail_lines(update.task, update.state, world.clock.monotonic())
    )


def keys(world: World) -> list[TaskKey]:
    return list(world.updates)


def test_an_ended_task_shows_when_on_what_grounds_and_what_to_check(world: World) -> None:
    shown = text(world, keys(world)[1])
    assert "state|✖ ended" in shown
    assert State.ENDED.meaning in shown
    assert "since|<20s · 2026-01-02 06:04:08 UTC" in shown
    assert "last status|NotExist" in shown
    assert "latency|42 ms" in shown
    assert "things to check" in shown
    assert "MaxDuration" in shown
    assert "✖ running → ended" in shown
    assert "last running|req-0-10000" in shown
    assert "confirmed by|req-3-20803" in shown


def test_a_running_task_has_nothing_to_check(world: World) -> None:
    shown = text(world, keys(world)[0])
    assert "state|● running" in shown
    assert "things to check" not in shown


def test_a_task_never_seen_running_is_told_about_ids(world: World) -> None:
    assert "Is the TaskId whole?" in text(world, keys(world)[2])


def test_a_pending_task_says_that_nothing_is_known() -> None:
    world = World()
    world.watch(task(1))
    shown = text(world, keys(world)[0])
    assert "state|○ pending" in shown
    assert "seen|never" in shown
    assert "last status|–" in shown


def test_the_identity_is_whole() -> None:
    world = World()
    watched = task(1, "label")._replace(group="a group", note="a note", expected_end=world.clock.wall())
    world.watch(watched)
    shown = text(world, watched.key)
    assert f"TaskId|{watched.key.task_id}" in shown
    for expected in (
        "SdkAppId|1600012345",
        "region|ap-singapore",
        "profile|prod",
        "label|label",
        "group|a group",
        "note|a note",
        "expected end|2026-01-02 03:04:05 UTC",
    ):
        assert expected in shown


def test_a_failure_shows_code_message_advice_and_request(world: World) -> None:
    key = keys(world)[0]
    failed = Failure(FailureKind.SERVER, "FailedOperation.QueryTaskInfoFailed", "query [failed]", "rid-77")
    world.answer(key, failed, failed)
    shown = text(world, key)
    assert "! failing ×2" in shown
    assert "code|FailedOperation.QueryTaskInfoFailed (server)" in shown
    assert "message|query [failed]" in shown
    assert f"advice|{failed.advice}" in shown
    assert "RequestId|rid-77" in shown
    assert "state|● running" in shown
    world.answer(key, RUNNING)
    assert "last failure, over now" in text(world, key)


def test_doubt_and_return_are_named(world: World) -> None:
    first, second, _ = keys(world)
    world.answer(first, GONE)
    assert "● running, but NotExist ×1: being confirmed" in text(world, first)
    world.answer(second, RUNNING)
    assert "✖ ended, but InProgress ×1: being confirmed" in text(world, second)


async def test_foreign_text_is_painted_plain_and_a_long_id_is_never_cut() -> None:
    world = World()
    task_id = "a" * 50 + "[/task]" + "z" * 200
    watched = WatchedTask(TaskKey("prod", "ap-singapore", 1, task_id), "[/red] label\x1b[31m", note="[@click=x]y[/]")
    world.watch(watched)
    app = world.app()
    async with running(app, (80, 60)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "[@click=x]y[/]" in frame(app))
        shown = frame(app)
        assert "[/red] label[31m" in shown
        whole = "".join(line.strip().removeprefix("TaskId").strip() for line in shown.splitlines())
        assert task_id in whole


@pytest.mark.parametrize("size", [(80, 24), (40, 15), (200, 50)])
async def test_the_detail_follows_the_cursor_and_new_answers(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with running(app, size) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "─detail" in frame(app) and "state        ✖ ended" in frame(app))
        await pilot.press("G")
        await until(pilot, lambda: "state        ● running" in frame(app))
        world.answer(keys(world)[0], GONE)
        await until(pilot, lambda: "● running, but" in frame(app))
        await pilot.press("escape")
        await until(pilot, lambda: "─detail" not in frame(app))
        assert "› " in frame(app)
