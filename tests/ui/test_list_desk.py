"""Adding, editing, removing and undoing from the board."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from relaytui.adapters import stored_list
from relaytui.adapters.stored_list import StoredList
from relaytui.adapters.unsaved_list import UnsavedList
from relaytui.core.listing import BadList, Changed, Defaults, Edit
from relaytui.core.observation import Observation
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.ui.app import RelayTui
from relaytui.ui.dialogs.add import Add
from relaytui.ui.text_pane import TextPane
from tests.disks import fill_up, small_disk
from tests.ui.conftest import GONE, RUNNING, World, frame, running, task, until

pytestmark = pytest.mark.usefixtures("quick_keys")

LONG = "-" + "aZ9+/_.-" * 14 + "bC1_x.."
CHAT = f"""
[21:03] Mei: cam 2 is back, new task id is
> {LONG}
[21:04] Jo: and this one? t001-XkQz+{"ab" * 20}..
[21:05] Mei: {{"Response": {{"TaskId": "-k3+x_y..", "RequestId": "e7a1"}}}}
"""


def listed(world: World) -> list[str]:
    assert world.listed is not None
    changed = world.listed.change(lambda now: now)
    return [each.name for each in changed.after]


async def paste(app: RelayTui, pilot: Pilot[None], text: str) -> None:
    app.post_message(events.Paste(text))
    await pilot.pause()


async def until_said(app: RelayTui, pilot: Pilot[None], words: str) -> None:
    await until(pilot, lambda: words in said(app))


def preview(app: RelayTui) -> str:
    return app.screen.query_one("#preview", TextPane).text_frame()


def cursor_id(app: RelayTui) -> str:
    return app.get_default_screen().table.cursor_key.task_id  # type: ignore[attr-defined, no-any-return]  # it is the Dashboard


def said(app: RelayTui) -> str:
    return " ".join(str(each.render()) for each in app.screen.query("#said"))


class Refusing:
    """A list that cannot be written, as on a full disk."""

    defaults = Defaults(1_600_012_345, "ap-singapore", "prod")
    unsaved = ""

    def change(self, edit: Edit) -> Changed | BadList:
        return BadList("/tmp/list.toml", "cannot be written: No space left on device; the list is as it was")


async def test_delete_removes_the_task_and_u_brings_it_back_to_its_place(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        before = listed(world)
        await pilot.press("D")
        await until(pilot, lambda: "removed cup-final cam 2" in frame(app))
        await until(pilot, lambda: "cup-final cam 2" not in "\n".join(frame(app).splitlines()[:-1]))
        assert "u undoes it (not saved: this is a test)" in frame(app)
        await pilot.press("delete")
        await until(pilot, lambda: len(listed(world)) == 1)
        await pilot.press("u", "u", "u")
        await until(pilot, lambda: listed(world) == before)
        await until(pilot, lambda: "cup-final cam 2" in "\n".join(frame(app).splitlines()[:-1]))
        await until(pilot, lambda: frame(app).endswith(" nothing was changed here"))


async def test_keys_that_cannot_act_do_nothing() -> None:
    app = World().app()
    async with running(app) as pilot:
        for action in ("edit", "remove", "replace"):
            assert not app.screen.check_action(action, ())
        await pilot.press("D", "E", "R", "u")
        assert not isinstance(app.screen, Add)


async def test_what_is_pasted_on_the_board_is_previewed_and_added(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await paste(app, pilot, CHAT)
        await until(pilot, lambda: "2 new, 1 duplicate" in said(app))
        assert preview(app).splitlines() == [
            "duplicate     line 4 t001-XkQz+ab…ababab..",
            f"new           line 3 {LONG[:12]}…{LONG[-8:]}",
            "new           line 5 -k3+x_y..",
        ]
        assert "ctrl+s accept" in frame(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "added 2 tasks" in frame(app))
        assert listed(world)[-2:] == [LONG, "-k3+x_y.."]
        await until(pilot, lambda: "-k3+x_y.." in frame(app))
        await until(pilot, lambda: cursor_id(app) == LONG)
        await pilot.press("u")
        await until(pilot, lambda: len(listed(world)) == 3)


async def test_plus_asks_and_what_is_malformed_says_its_line(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("plus", "1", "2", "3", "4")
        await paste(app, pilot, "\ntask_id\n")
        await until(pilot, lambda: "1 new" in said(app))
        await pilot.press("escape")
        await pilot.press("plus")
        await paste(app, pilot, "task_id,sdk_app_id,label\n-x1..,12a,cam\n-x2..,7,\x1b[2Jgate\n")
        await until(pilot, lambda: "1 new, 1 malformed" in said(app))
        assert preview(app).splitlines()[1].startswith("malformed     line 2 sdk_app_id '12a'")
        assert "SdkAppId 7 has not the usual 10 digits" in preview(app).splitlines()[0]
        assert preview(app).splitlines()[-1] == "new           line 3 -x2.. 7 ap-singapore prod [2Jgate"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: listed(world)[-1] == "[2Jgate")


async def test_who_gives_no_sdk_app_id_is_asked_for_it() -> None:
    world = World()
    homeless = Defaults(None, "ap-singapore", "prod")
    app = world.app(watch_list=UnsavedList((), homeless, unsaved="this is a test", tell=world.relist))
    async with running(app) as pilot:
        await paste(app, pilot, "-x1..")
        await until(pilot, lambda: "no SdkAppId for this task: give it above" in preview(app))
        assert "1 incomplete" in said(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "which SdkAppId do these tasks belong to?" in said(app))
        await pilot.press(*"1600012345", "enter")
        await until(pilot, lambda: "○ pending       -x1.." in frame(app))


async def test_a_wrong_field_is_complained_of_and_the_home_is_remembered(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("plus", "9", "9", "9", "tab")
        await until(pilot, lambda: "1 new" in said(app))
        await pilot.press(*"16000x")
        await until(pilot, lambda: "SdkAppId '16000x': an SdkAppId is" in said(app))
        assert preview(app) == "", "what was read before it is no longer so"
        await pilot.press("backspace", *"12346", "enter")
        await until(pilot, lambda: "added 999" in frame(app))
        assert world.listed is not None
        (added,) = [each for each in world.listed.change(lambda now: now).after if each.name == "999"]
        assert added.key == TaskKey("prod", "ap-singapore", 1_600_012_346, "999")
        await pilot.press("plus")
        assert app.screen.query_one("#sdk_app_id", Input).value == "1600012346"


async def test_a_live_check_says_what_the_api_says(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await paste(app, pilot, "1001\n1002\n")
        await until(pilot, lambda: "2 new" in said(app))
        await pilot.press("ctrl+t")
        asked = world.commands.looked_up
        assert [key.task_id for key in asked] == ["1001", "1002"]
        for key, outcome in zip(asked, (RUNNING, GONE), strict=True):
            world.feed.answer(Observation(key, outcome, world.clock.wall(), world.clock.monotonic()))
        await until(pilot, lambda: "? not found" in preview(app))
        assert preview(app).splitlines() == [
            "new           line 1 1001 ● running",
            "new           line 2 1002 ? not found",
        ]
        assert said(app) == "1 ● running, 1 ? not found"


async def test_a_check_of_nothing_says_why(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("plus", "ctrl+t")
        await until(pilot, lambda: "nothing new to add" in said(app))
        assert world.commands.looked_up == []


async def test_a_task_id_that_is_on_the_list_elsewhere_is_told(world: World) -> None:
    app = world.app()
    first = next(iter(world.updates))
    async with running(app) as pilot:
        await paste(app, pilot, f"{first.task_id}\t1600099999\tap-mumbai\tcam 1\n")
        await until(pilot, lambda: "1 new" in said(app))
        assert preview(app).splitlines() == [
            "new           line 1 t001-XkQz+ab…ababab.. 1600099999 ap-mumbai prod"
            " is on the list as 1600012345 ap-singapore prod"
        ]


async def test_a_task_id_that_looks_otherwise_on_the_screen_is_known_all_the_same() -> None:
    world, odd = World(), "cam\u200d1\ufe0f.."
    world.watch(WatchedTask(TaskKey("prod", "ap-singapore", 1_600_012_345, odd), "cam"))
    app = world.app()
    async with running(app) as pilot:
        await paste(app, pilot, f"task_id,sdk_app_id\n{odd},1600099999\n")
        await until(pilot, lambda: "1 new" in said(app))
        assert "is on the list as 1600012345 ap-singapore prod" in " ".join(preview(app).split())


async def test_a_thousand_pasted_ids_are_previewed_and_added(world: World) -> None:
    app = world.app()
    text = "\n".join(f"{'aZ9+x_B7' * 10}{number}.." for number in range(1000))
    async with running(app) as pilot:
        await paste(app, pilot, text)
        await until_said(app, pilot, "1000 new")
        await until(pilot, lambda: "1,000 lines pasted" in frame(app))
        assert preview(app).splitlines()[-1].strip() == "and 900 more"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(listed(world)) == 1003)


@pytest.mark.parametrize("keys", [("D",), ("plus", "9", "9", "9", "ctrl+s")])
async def test_a_list_that_cannot_be_written_is_said_and_nothing_is_lost(world: World, keys: tuple[str, ...]) -> None:
    app = world.app(watch_list=Refusing())
    async with running(app) as pilot:
        await pilot.press(*keys)
        await until(pilot, lambda: "the list is as it was: /tmp/list.toml: cannot be written: No space" in frame(app))
        if len(keys) > 1:
            assert isinstance(app.screen, Add)
            assert app.screen._text.text == "999"
        assert "cup-final cam 2" in frame(app)


HOLD_LOCK = """
import sys
from pathlib import Path
from relaytui.adapters.lock_file import take
take(Path(sys.argv[1]))
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A list that another process keeps locked, and that is the same in the end."""
    path = tmp_path / "list.toml"
    path.write_text('[[task]]\ntask_id = "a"  # mine\n', "utf-8")
    before = path.read_bytes()
    command = [sys.executable, "-c", HOLD_LOCK, str(tmp_path / ".list.toml.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield path
        other.communicate()
    assert path.read_bytes() == before


async def test_a_list_that_another_process_keeps_locked_is_said_and_nothing_is_lost(
    world: World, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_list, "LOCK_SECONDS", 0.1)
    app = world.app(watch_list=StoredList(locked, Refusing.defaults, (), lambda _: None))
    async with running(app, size=(240, 40)) as pilot:
        await pilot.press("D")
        await until(pilot, lambda: "another relaytui has been writing it for 0 s: try again" in frame(app))
        assert "the list is as it was" in frame(app)
        assert "cup-final cam 2" in frame(app)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, small enough to be filled."""
    place = tmp_path / "disk"
    with small_disk(place):
        yield place


@pytest.fixture
def stored_on_full_disk(disk: Path) -> Iterator[StoredList]:
    """A list on a disk without room, which is the same in the end, with nothing left beside it."""
    path = disk / "list.toml"
    stored = StoredList(path, Refusing.defaults, (), lambda _: None)
    assert isinstance(stored.change(lambda _: (WatchedTask(TaskKey("prod", "ap-singapore", 1, "a")),)), Changed)
    before = path.read_bytes()
    fill_up(disk / "ballast")
    yield stored
    assert path.read_bytes() == before
    assert sorted(each.name for each in disk.iterdir()) == [
        ".list.toml.lock",
        "ballast",
        "list.toml",
        "list.toml.v000001",
    ]


async def test_a_full_disk_is_said_and_nothing_is_lost(world: World, stored_on_full_disk: StoredList) -> None:
    app = world.app(watch_list=stored_on_full_disk)
    async with running(app, size=(240, 40)) as pilot:
        await pilot.press("plus", *"999", "ctrl+s")
        await until(pilot, lambda: "cannot be written: No space left on device" in frame(app))
        assert "the list is as it was" in frame(app)
        assert app.screen.query_one("#text", TextArea).text == "999"


async def test_e_edits_what_is_touched(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("E", *"!", "tab", *"cup", "tab", "tab", *"+2h")
        end = world.clock.wall() + 7200
        await until(pilot, lambda: "expected end 20" in said(app))
        assert "UTC" in said(app)
        assert "enter accept" in frame(app)
        await pilot.press("enter")
        await until(pilot, lambda: "edited label, group, expected end of cup-final cam 2" in frame(app))
        assert world.listed is not None
        edited: WatchedTask = world.listed.change(lambda now: now).after[1]
        assert edited[1:5] == ("cup-final cam 2!", "cup", "", end)
        await until(pilot, lambda: "cup-final cam 2!" in frame(app))
        await pilot.press("E", "tab", "tab", "tab")
        shown = app.screen.query_one("#expected_end", Input).value
        assert datetime.fromisoformat(shown).timestamp() == int(end)
        await pilot.press("ctrl+u", *"later")
        await until(pilot, lambda: "expected end: give a time of day" in said(app))
        await pilot.press("enter", "ctrl+c")
        assert world.listed.change(lambda now: now).after[1] == edited


async def test_of_several_tasks_only_what_they_can_share_is_edited() -> None:
    world = World()
    world.watch(task(1, group="cup", note="a"), task(2, group="cup", note="b"))
    app = world.app()
    screen = app.get_default_screen()
    async with running(app) as pilot:
        everyone = screen.watched(world.updates)  # type: ignore[attr-defined]  # it is the Dashboard
        screen.targets = lambda: everyone  # type: ignore[attr-defined]  # as if all were marked
        await pilot.press("E")
        assert [each.id for each in app.screen.query(Input)] == ["group", "note", "expected_end"]
        assert app.screen.query_one("#group", Input).value == "cup"
        assert "different: stays as it is" in frame(app)
        await pilot.press("2", "enter")
        await until(pilot, lambda: "edited group of 2 tasks" in frame(app))
        assert world.listed is not None
        assert [(each.group, each.note) for each in world.listed.change(lambda now: now).after] == [
            ("cup2", "a"),
            ("cup2", "b"),
        ]
        await pilot.press("E", "tab", *"-x")
        await until(pilot, lambda: app.screen.query_one("#note", Input).value == "-x")
        await pilot.press("backspace", "enter")
        await until(pilot, lambda: "edited note of 2 tasks" in frame(app))
        assert [each.note for each in world.listed.change(lambda now: now).after] == ["", ""]
        await pilot.press("D")
        assert "take 2 tasks off the list?" in frame(app)
        assert "y yes" in frame(app)
        await pilot.press("n")
        assert len(listed(world)) == 2
        await pilot.press("D", "y")
        await until(pilot, lambda: listed(world) == [])


@pytest.mark.parametrize("size", [(60, 20), (40, 15)])
async def test_dialogs_work_on_small_screens(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with running(app, size=size) as pilot:
        await pilot.press("plus", *"4321")
        await until(pilot, lambda: "1 new" in said(app))
        assert "4321" in frame(app)
        for _ in range(4):
            await pilot.press("tab")
        await pilot.press(*"gate", "enter")
        await until(pilot, lambda: listed(world)[-1] == "gate")


async def test_r_gives_a_task_its_new_id_and_keeps_the_rest(world: World) -> None:
    app = world.app()
    old = list(world.updates)[1].task_id
    async with running(app) as pilot:
        await pilot.press("R")
        for text, told in (
            ("hello", "no TaskId in it"),
            (old, "this is the TaskId that it has"),
            (next(iter(world.updates)).task_id, "on the list already, as 'cup-final cam 1'"),
            ("1001\n1002", "2 TaskIds in it: leave one"),
        ):
            await pilot.press("f7")
            await paste(app, pilot, text)
            await until_said(app, pilot, told)
            await pilot.press("ctrl+s")
        assert listed(world)[1] == "cup-final cam 2"
        await pilot.press("f7")
        await paste(app, pilot, '{"Response": {"TaskId": "' + LONG + '",\n "RequestId": "5f1"}}')
        await until(pilot, lambda: f"will be {LONG[:20]}" in said(app))
        await pilot.press("tab", "enter")  # not every terminal hands ctrl+s on
        await until(pilot, lambda: "new TaskId of cup-final cam 2: u undoes it" in frame(app))
        assert world.listed is not None
        renewed = world.listed.change(lambda now: now).after[1]
        assert (renewed.key.task_id, renewed.label, renewed.replaces) == (LONG, "cup-final cam 2", (old,))
        await until(pilot, lambda: "○ pending" in frame(app))
        await until(pilot, lambda: cursor_id(app) == LONG)
