"""Handing over from the board: the right text, by the way that works, and always a word about it."""

from __future__ import annotations

import csv
import io
import json
import threading
import xml.etree.ElementTree as ET

import pytest

from relaytui.core.alarm_view import AlarmView, Attention
from relaytui.core.events import FailureNoted, Muted
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import State
from relaytui.ui import copy_choices
from relaytui.ui.app import RelayTui
from tests.ui.conftest import GONE, World, failure, frame, lane, running, until


def bottom(app: RelayTui) -> str:
    return frame(app).splitlines()[-1]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("t", "t002-XkQz+" + "ab" * 20 + ".."),
        ("r", "req-3-20803"),
        ("l", "✖ ended since 2026-01-02T06:04:08Z · cup-final cam 2 · TaskId t002-XkQz+"),
        (
            "c",
            "tccli trtc DescribeStreamIngest --region ap-singapore --SdkAppId 1600012345 --TaskId=t002-XkQz+"
            + "ab" * 20
            + ".. --endpoint trtc.intl.tencentcloudapi.com",
        ),
        ("j", '{"schema":1,"at":"2026-01-02T06:04:08.000Z","task":{"profile":"prod"'),
        ("h", "# Relay tasks at 2026-01-02T06:04:12Z\n\n## ✖ cup-final cam 2: ended since"),
    ],
)
async def test_y_and_one_more_key_copies_and_says_how_much_by_which_way(world: World, key: str, text: str) -> None:
    app = world.app()
    async with running(app) as pilot:
        world.feed.put(lane())
        await until(pilot, lambda: "9.4/20" in frame(app) or bool(app._dashboard.lanes))
        await pilot.press("y")
        await until(pilot, lambda: "copy: t TaskId" in frame(app))
        assert "✖ ended" in frame(app), "the board stays in sight"
        await pilot.press(key)
        await until(pilot, lambda: bool(world.clipboard.texts))
        assert world.clipboard.texts[0].startswith(text)
        await until(pilot, lambda: f"copied {len(world.clipboard.texts[0]):,} characters by a test" in bottom(app))


@pytest.mark.parametrize(("size", "lines"), [((80, 24), 1), ((40, 15), 3)])
async def test_the_message_is_there_to_its_end_on_a_narrow_screen(
    world: World, size: tuple[int, int], lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = "tmux (clipboard too, where it may)"
    monkeypatch.setattr(world.clipboard, "copy", lambda *_, **__: way)
    app = world.app()
    async with running(app, size) as pilot:
        await pilot.press("y", "h")
        await until(pilot, lambda: "copied" in frame(app))
        said = frame(app).splitlines()[-lines:]
        assert " ".join(line.strip() for line in said).endswith("; y v shows them")
        assert all(len(line) <= size[0] for line in said)
        world.clock.advance(60)
        await until(pilot, lambda: "? help" in bottom(app))
        assert frame(app).splitlines()[-2].strip() == "", "the table has its line again"


async def test_escape_copies_nothing_and_other_keys_mean_nothing(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("y", "z", "p", "escape")
        await until(pilot, lambda: "copy: t TaskId" not in frame(app))
        assert world.clipboard.texts == []
        assert world.commands.polling == []


async def test_a_task_without_an_answer_has_no_request_id_to_copy(world: World) -> None:
    from tests.ui.conftest import task

    fresh = World()
    fresh.watch(task(1, "first"))
    app = fresh.app()
    async with running(app) as pilot:
        await pilot.press("y", "r")
        await until(pilot, lambda: "nothing to copy: no answer came yet" in bottom(app))
        assert fresh.clipboard.texts == []


async def test_an_empty_board_offers_no_copy() -> None:
    world = World()
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("y")
        await pilot.pause()
        assert "copy: t" not in frame(app)


async def test_where_nothing_takes_a_copy_the_text_fills_the_screen_and_lies_in_a_file(world: World) -> None:
    world.clipboard.reason = "no tmux"
    app = world.app()
    async with running(app, (40, 10)) as pilot:
        await pilot.press("y", "t")
        await until(pilot, lambda: "no tmux: select it here" in " ".join(frame(app).split()))
        shown = "".join(frame(app).split())
        assert "t002-XkQz+" + "ab" * 20 + ".." in shown
        assert "/somewhere/relaytui-20260102T060412Z.txt" in shown
        assert list(world.exports.files.values()) == ["t002-XkQz+" + "ab" * 20 + ".."]
        await pilot.press("escape")
        await until(pilot, lambda: "RUNNING" in frame(app) or "ended" in frame(app))


async def test_v_shows_what_was_copied_last(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("y", "t")
        await until(pilot, lambda: bool(world.clipboard.texts))
        await pilot.press("y", "v")
        await until(pilot, lambda: "for you to select" in frame(app))
        assert frame(app).splitlines()[2] == world.clipboard.texts[0]


@pytest.mark.parametrize("size", [(40, 15), (80, 24), (200, 50)])
async def test_every_choice_is_in_sight_on_every_screen(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with running(app, size) as pilot:
        await pilot.press("y")
        await until(pilot, lambda: "copy:" in frame(app))
        shown = " ".join(frame(app).split())
        for word in ("t TaskId", "r RequestId", "l line", "c command", "j JSON", "h handover", "v view", "esc back"):
            assert word in shown, word


async def test_the_board_is_written_as_it_is_shown(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        for key in ("t", "c", "j"):
            await pilot.press("w")
            await until(pilot, lambda: "write the board as: t text" in frame(app))
            await pilot.press(key)
            await until(pilot, lambda: "3 tasks written to /somewhere/relaytui-2026" in bottom(app))
        files = world.exports.files
        text = files["relaytui-20260102T060412Z.txt"].splitlines()
        assert text[0] == "2026-01-02 06:04:12 UTC, 3 tasks"
        assert text[1].split()[:3] == ["STATE", "TASK", "GROUP"]
        assert [line.split()[1] for line in text[2:]] == ["ended", "not", "running"]
        assert text[2].endswith(f"  {tuple(world.updates)[1].task_id}"), "a file is searched by the whole TaskId"
        rows = list(csv.DictReader(io.StringIO(files["relaytui-20260102T060412Z.csv"])))
        assert [row["state"] for row in rows] == ["ended", "not_found", "running"]
        assert [row["label"] for row in json.loads(files["relaytui-20260102T060412Z.json"])] == [
            "cup-final cam 2",
            "lobby loop",
            "cup-final cam 1",
        ]


@pytest.mark.parametrize(("make", "keys", "told"), [("written", "wc", "3 tasks written"), ("copied", "yj", "copied")])
async def test_the_screen_goes_on_while_a_long_text_is_made(
    world: World, monkeypatch: pytest.MonkeyPatch, make: str, keys: str, told: str
) -> None:
    """As it is with 10,000 tasks, but sure to last until the screen has gone on."""
    real, may_end = getattr(copy_choices, make), threading.Event()

    def lasts(*args: object) -> object:
        assert may_end.wait(10)
        return real(*args)

    monkeypatch.setattr(copy_choices, make, lasts)
    app = world.app()
    async with running(app) as pilot:
        await pilot.press(*keys, "j", "question_mark")
        await until(pilot, lambda: "─help" in frame(app))
        assert told not in bottom(app)
        may_end.set()
        await until(pilot, lambda: told in bottom(app))


async def test_what_is_written_says_what_the_board_says(world: World) -> None:
    app = world.app()
    async with running(app, (160, 24)) as pilot:
        app._dashboard.table.set_alarm_after(5)
        first, second, _ = world.updates
        world.answer(first, GONE)
        world.feed.put(AlarmView(attention={second: Attention(world.clock.wall(), "restarting")}))
        await until(pilot, lambda: "1/5 confirming" in frame(app) and "ack 06:04" in frame(app))
        await pilot.press("w", "t")
        await until(pilot, lambda: bool(world.exports.files))
        world.feed.put(lane(cause=failure(), blind_since=world.clock.monotonic()))
        await until(pilot, lambda: "blind" in frame(app))
        await pilot.press("w", "t")
        (sighted,) = world.exports.files.values()
        await until(pilot, lambda: "blind" in next(iter(world.exports.files.values())))
        assert "1/5 confirming" in sighted
        assert "ack 06:04 restarting" in sighted


async def test_a_group_is_copied_and_the_board_is_written_from_its_head_too(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("v", "g", "y", "t")
        await until(pilot, lambda: bool(world.clipboard.texts))
        assert len(world.clipboard.texts[0].splitlines()) == 3
        await pilot.press("w", "c")
        await until(pilot, lambda: "3 tasks written" in bottom(app))


async def test_a_picture_of_the_screen_is_whole_and_links_nothing(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("P")
        await until(pilot, lambda: "the picture written to /somewhere/relaytui-2026" in bottom(app))
        svg = world.exports.files["relaytui-20260102T060412Z.svg"]
        assert ET.fromstring(svg).tag.endswith("svg")
        assert "cup-final&#160;cam&#160;2" in svg
        assert "url(" not in svg.replace("url(#", "")


async def test_a_board_without_outlets_offers_nothing(world: World) -> None:
    app = world.app(outlets=None)
    async with running(app) as pilot:
        await pilot.press("y", "w", "P")
        await pilot.pause()
        assert "copy" not in bottom(app)


async def test_a_handover_is_about_the_problems_what_was_said_and_the_last_hour(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        ended = next(update for update in app.updates if update.state.state is State.ENDED)
        said = Attention(world.clock.wall(), "restarting the source")
        world.feed.put(AlarmView(attention={ended.task.key: said}))
        for ago, code in ((7200.0, "long ago"), (60.0, "lately")):
            failure = Failure(FailureKind.SERVER, code)
            world.feed.put(FailureNoted(ended.task.key, world.clock.wall() - ago, failure, 1))
        await until(pilot, lambda: "ack 06:04" in frame(app))
        await pilot.press("G", "y", "h")
        await until(pilot, lambda: bool(world.clipboard.texts))
        text = world.clipboard.texts[0]
        assert "cup-final cam 2: ended" in text
        assert "lobby loop: not found" in text
        assert "cup-final cam 1" not in text
        assert "restarting the source" in text
        assert "lately" in text
        assert "long ago" not in text


async def test_a_handover_says_that_the_board_is_frozen_or_nobody_is_asked(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("F", "p")
        world.clock.advance(600)
        await pilot.press("y", "h")
        await until(pilot, lambda: len(world.clipboard.texts) == 1)
        await pilot.press("F", "p", "y", "h")
        await until(pilot, lambda: len(world.clipboard.texts) == 2)
    frozen, lively = world.clipboard.texts
    assert "**THE BOARD IS FROZEN since 2026-01-02T06:04:12Z: what follows is as of then**" in frozen
    assert "**POLLING IS PAUSED" in frozen
    assert "**" not in lively


async def test_marks_that_the_filter_hides_are_not_handed_over_nor_the_task_under_the_cursor(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("g", "space", "slash", *"lobby", "enter", "y", "h")
        await until(pilot, lambda: bool(world.clipboard.texts))
    assert "cup-final cam 2: ended" in world.clipboard.texts[0], "every problem, as without marks"


async def test_a_handover_of_marked_tasks_is_about_nothing_else(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await until(pilot, lambda: "cup-final cam 2" in frame(app))
        tasks = {update.task.name: update.task for update in app.updates}
        for name in ("cup-final cam 2", "lobby loop"):
            failure = Failure(FailureKind.SERVER, f"trouble of {name}")
            world.feed.put(FailureNoted(tasks[name].key, world.clock.wall(), failure, 1))
        world.feed.put(Muted(world.clock.wall(), None))
        said = Attention(world.clock.wall(), "restarting the source")
        world.feed.put(AlarmView(attention={tasks["cup-final cam 2"].key: said}))
        await until(pilot, lambda: "ack 06:04" in frame(app))
        await pilot.press("g", "space", "y", "h")
        await until(pilot, lambda: bool(world.clipboard.texts))
    text = world.clipboard.texts[0]
    assert "trouble of cup-final cam 2" in text
    assert "unmuted" in text
    assert "lobby loop" not in text
