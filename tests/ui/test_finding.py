"""Finding tasks and acting on many, by the keys of the dashboard and what is on its screen."""

from __future__ import annotations

import time

import pytest
from textual.events import Key
from textual.keys import key_to_character
from textual.pilot import Pilot

from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.view import View
from relaytui.ui.app import RelayTui
from relaytui.ui.finding_desk import FindingDesk
from tests.ui.conftest import GONE, RUNNING, World, frame, running, task, until

NAMES = ("cup cam 0", "cup cam 1", "lobby cam 2", "solo cam 3", "cup cam 4", "lobby cam 5")


@pytest.fixture
def six() -> World:
    """Three of the cup, of which cam 1 has ended; two of the lobby, of which cam 5 was never found; and one alone."""
    world = World()
    tasks = [task(number, name, group="" if "solo" in name else name.split()[0]) for number, name in enumerate(NAMES)]
    world.watch(*tasks)
    for each in tasks[:5]:
        world.answer(each.key, RUNNING)
    world.answer(tasks[1].key, GONE, GONE, GONE, after=1)
    world.answer(tasks[5].key, GONE, after=1)
    return world


def keys(world: World) -> list[TaskKey]:
    return list(world.updates)


def rows(app: RelayTui) -> list[str]:
    """The names on the table from top to bottom, of groups in capitals; the cursor's with an arrow, marked ones "*"."""
    found = []
    for line in desk(app).table.text_frame().splitlines()[1:]:
        name = next((name for name in NAMES if name in line), "")
        if "▾" in line or "▸" in line:
            name = line.split()[3 if line.startswith("›") else 2].upper()
        if name:
            found.append(("›" if line.startswith("›") else "") + ("*" if line[1:2] in "*◉" else "") + name)
    return found


def desk(app: RelayTui) -> FindingDesk:
    assert isinstance(app.screen, FindingDesk)
    return app.screen


def bar(app: RelayTui) -> str:
    """The line under the table."""
    return " ".join(frame(app).splitlines()[-2].split())


async def press(pilot: Pilot[None], *pressed: str) -> list[str]:
    assert isinstance(pilot.app, RelayTui)
    await pilot.press(*pressed)
    await pilot.pause()
    return rows(pilot.app)


PROBLEMS_FIRST = ["cup cam 1", "lobby cam 5", "cup cam 0", "lobby cam 2", "solo cam 3", "cup cam 4"]


# Marks


async def test_space_marks_and_goes_on_and_escape_clears(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        assert await press(pilot, "space", "space") == ["*cup cam 1", "*lobby cam 5", "›cup cam 0", *PROBLEMS_FIRST[3:]]
        assert bar(app) == "2 marked"
        assert [each.name for each in desk(app).targets()] == ["cup cam 1", "lobby cam 5"]
        await press(pilot, "k", "space")
        assert bar(app) == "1 marked"
        await press(pilot, "escape")
        assert "marked" not in frame(app)
        assert [each.name for each in desk(app).targets()] == ["cup cam 0"]


async def test_star_marks_all_that_are_shown_and_then_none(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "exclamation_mark", "asterisk")
        assert bar(app) == "! only problems 2 of 6 shown 2 marked"
        await press(pilot, "exclamation_mark")
        assert [each.name for each in desk(app).targets()] == PROBLEMS_FIRST[:2]
        await press(pilot, "asterisk")
        assert bar(app) == "6 marked"
        await press(pilot, "asterisk")
        assert "marked" not in frame(app)


async def test_what_the_filter_hides_is_not_acted_on_and_said(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "asterisk", "slash", *"lobby", "enter")
        assert bar(app) == "/lobby 2 of 6 shown 1 problem hidden 6 marked, 4 of them hidden and left alone"
        await press(pilot, "r")
        assert six.commands.refreshed == [(keys(six)[5], keys(six)[2])]


async def test_a_marked_task_that_leaves_the_list_is_marked_no_more(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "asterisk")
        six.relist(tuple(update.task for update in list(six.updates.values())[:4]))
        await until(pilot, lambda: bar(app) == "4 marked")


async def test_refresh_asks_for_the_marked_or_the_one_under_the_cursor(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "r", "space", "space", "r")
        assert six.commands.refreshed == [(keys(six)[1],), (keys(six)[1], keys(six)[5])]
        assert "asking for 2 tasks" in frame(app)


# Pausing


async def test_x_pauses_the_marked_and_resumes_them(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "space", "space", "x")
        await until(pilot, lambda: "║ 2 PAUSED" in frame(app))
        assert "paused 2 tasks" in frame(app)
        assert [each.name for each in desk(app).targets() if each.paused] == ["cup cam 1", "lobby cam 5"]
        await press(pilot, "x")
        await until(pilot, lambda: "PAUSED" not in frame(app))
        assert "resumed 2 tasks" in frame(app)


async def test_where_some_are_paused_all_are(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "x")
        await until(pilot, lambda: "║ 1 PAUSED" in frame(app))
        await press(pilot, "asterisk", "x")
        await until(pilot, lambda: "║ 6 PAUSED" in frame(app))


# Groups

IN_GROUPS = ["CUP", "cup cam 1", "cup cam 0", "cup cam 4", "LOBBY", "lobby cam 5", "lobby cam 2", "NO", "solo cam 3"]


async def test_v_shows_groups_which_count_their_problems_and_one_list_again(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        assert await press(pilot, "v", "g") == ["›CUP", *IN_GROUPS[1:]]
        assert "▾ 1 cup  3 tasks  ! 1 problem  ✖ 1 ended  ● 2 running" in frame(app)
        assert "▾ 3 no group  1 task  ● 1 running" in frame(app)
        assert await press(pilot, "j", "v") == ["›cup cam 1", *PROBLEMS_FIRST[1:]]


async def test_without_groups_the_cursor_goes_from_a_head_to_the_first_task_of_its_group(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        assert "›LOBBY" in await press(pilot, "2")
        assert await press(pilot, "v") == ["cup cam 1", "›lobby cam 5", *PROBLEMS_FIRST[2:]]


async def test_a_long_name_of_a_group_leaves_room_for_its_problems_on_a_phone() -> None:
    world = World()
    world.watch(*(task(number, group="a very long name of a group") for number in range(12)))
    world.answer(keys(world)[0], GONE)
    app = world.app()
    async with running(app, (40, 15)) as pilot:
        await press(pilot, "v", "Z")
        await until(pilot, lambda: "…  12 tasks  ! 1 problem" in frame(app))


async def test_folding_by_enter_and_z_leaves_the_head_which_goes_on_counting(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        assert await press(pilot, "v", "g", "enter") == ["›CUP", *IN_GROUPS[4:]]
        six.answer(keys(six)[0], GONE, GONE, GONE, after=1)
        await until(pilot, lambda: "▸ 1 cup  3 tasks  ! 2 problems  ✖ 2 ended  ● 1 running" in frame(app))
        assert await press(pilot, "enter", "j", "j", "z") == ["›CUP", *IN_GROUPS[4:]]
        assert await press(pilot, "Z") == ["›CUP", "LOBBY", "NO"]
        assert len(await press(pilot, "Z")) == 9


async def test_digits_go_to_groups_and_show_them_where_they_are_not_shown(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        assert "›LOBBY" in await press(pilot, "2")
        assert "›NO" in await press(pilot, "3")
        assert "›NO" in await press(pilot, "7")
        assert "there is no group 7" in frame(app)


async def test_on_a_group_an_action_is_about_all_of_it(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "2", "r")
        assert six.commands.refreshed == [(keys(six)[5], keys(six)[2])]
        shown = await press(pilot, "space")
        assert [name for name in shown if "*" in name] == ["›*lobby cam 5", "*lobby cam 2"]


async def test_next_problem_goes_into_folded_groups(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        assert await press(pilot, "v", "Z", "3", "n") == ["CUP", "›cup cam 1", "cup cam 0", "cup cam 4", "LOBBY", "NO"]
        assert "›lobby cam 5" in await press(pilot, "n")
        assert "›cup cam 1" in await press(pilot, "N")


async def test_next_goes_to_changes_that_nobody_has_seen_too(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "G")
        six.answer(keys(six)[1], RUNNING, RUNNING, after=1)
        await until(pilot, lambda: "✖" not in frame(app))
        shown = await press(pilot, "n", "n")
        assert shown[0] == "lobby cam 5"
        assert "›cup cam 1" in shown


# The filter


async def test_every_key_filters_and_escape_shows_everything_again(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        assert await press(pilot, "j", "j", "j", "slash", "c", "u", "p") == ["cup cam 1", "cup cam 0", "›cup cam 4"]
        assert bar(app) == "/cup 3 of 6 shown 1 problem hidden"
        assert await press(pilot, "escape") == [*PROBLEMS_FIRST[:3], "›lobby cam 2", *PROBLEMS_FIRST[4:]]
        assert "shown" not in frame(app)


async def test_enter_keeps_the_filter_and_gives_the_keys_back(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "slash", *"state:run lobby", "enter", "j", "r")
        assert rows(app) == ["›lobby cam 2"]
        assert bar(app) == "/state:run lobby 1 of 6 shown 2 problems hidden"
        assert six.commands.refreshed == [(keys(six)[2],)]
        await press(pilot, "slash", *"!", "enter")
        assert bar(app).startswith("/state:run lobby! 0 of 6 shown")
        await press(pilot, "n")
        assert "no problem here: 2 hidden by the filter" in frame(app)
        assert len(await press(pilot, "escape")) == 6


async def test_a_filter_that_cannot_be_read_leaves_the_last_one_and_says_why(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "slash", *"cup /[", "enter")
        assert rows(app) == ["›cup cam 1", "cup cam 0", "cup cam 4"]
        assert "not taken: no regular expression: unterminated" in frame(app)
        await press(pilot, *"4]", "enter", "j")
        assert rows(app) == ["›cup cam 4"], "it was still being typed"
        assert bar(app).startswith("/cup /[4]")


async def test_a_pattern_that_takes_too_long_on_these_tasks_is_not_taken() -> None:
    world = World()
    world.watch(*(task(number, "a " * 150) for number in range(100)))
    app = world.app()
    async with running(app) as pilot:
        begun = time.process_time()
        await press(pilot, "slash", *" /[a ]*[a ]*z/")
        assert "not taken: the regular expression takes too long on these tasks" in frame(app)
        assert time.process_time() - begun < 10


async def test_a_task_moves_in_and_out_of_the_filter_by_what_it_answers(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        assert await press(pilot, "slash", *"state:ended", "enter") == ["›cup cam 1"]
        six.answer(keys(six)[0], GONE, GONE, GONE, after=1)
        await until(pilot, lambda: rows(app) == ["cup cam 0", "›cup cam 1"])
        six.answer(keys(six)[0], RUNNING, RUNNING, after=1)
        six.answer(keys(six)[1], RUNNING, RUNNING, after=1)
        await until(pilot, lambda: "● running" in frame(app))
        assert rows(app) == ["›cup cam 1"], "nothing vanishes under the cursor"
        six.answer(keys(six)[3], GONE, GONE, GONE, after=1)
        await until(pilot, lambda: len(rows(app)) == 2)
        assert await press(pilot, "g") == ["›solo cam 3"]


async def test_only_problems_is_a_toggle_and_hides_none(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        assert await press(pilot, "exclamation_mark") == ["›cup cam 1", "lobby cam 5"]
        assert bar(app) == "! only problems 2 of 6 shown"
        await press(pilot, "slash", *"lobby", "enter")
        assert bar(app) == "/lobby ! only problems 1 of 6 shown 1 problem hidden"
        assert len(await press(pilot, "escape")) == 6


async def test_where_only_problems_are_shown_they_are_sorted_as_everything_is(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "exclamation_mark", "o", "t", "o", "t")
        assert [row.lstrip("›") for row in rows(app)] == ["lobby cam 5", "cup cam 1"]
        await press(pilot, "exclamation_mark")
        assert rows(app)[0].endswith("cup cam 1"), "on top again, the worst first"


async def test_escape_closes_what_is_open_then_clears_marks_then_the_filter(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "slash", *"cup", "enter", "space", "e")
        await until(pilot, lambda: "─events" in frame(app))
        await press(pilot, "escape")
        assert "─events" not in frame(app)
        assert bar(app) == "/cup 3 of 6 shown 1 problem hidden 1 marked"
        await press(pilot, "escape")
        assert bar(app) == "/cup 3 of 6 shown 1 problem hidden"
        assert len(await press(pilot, "escape")) == 6


async def test_foreign_text_in_the_bar_and_in_heads_is_plain(six: World) -> None:
    update = six.updates[keys(six)[0]]
    six.updates[keys(six)[0]] = update._replace(task=update.task._replace(group="[red]\x1b[31m\u202ecup"))
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "v", "slash", *"[red]", "enter")
        assert "▾ 1 [red][31mcup  1 task" in frame(app)
        assert bar(app).startswith("/[red] 1 of 6")


@pytest.mark.parametrize("size", [(40, 15), (20, 6), (8, 3)])
async def test_small_screens_have_room_for_all_of_it(six: World, size: tuple[int, int]) -> None:
    app = six.app()
    async with running(app, size) as pilot:
        await press(pilot, "v", "asterisk", "slash", *"cup /[")
        await press(pilot, "escape", "Z", "2", "escape")
        assert app.is_running


# Sorting


async def test_o_and_a_letter_sorts_and_again_the_other_way_round(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "G", "o")
        theme = app.theme
        assert bar(app).startswith("sort by order state task group taskid app")
        assert await press(pilot, "t") == [
            *PROBLEMS_FIRST[:2], "cup cam 0", "›cup cam 4", "lobby cam 2", "solo cam 3",
        ]  # fmt: skip
        assert "TASK▲" in frame(app)
        assert "sort by" not in frame(app)
        assert await press(pilot, "o", "t") == [
            *PROBLEMS_FIRST[:2], "solo cam 3", "lobby cam 2", "›cup cam 4", "cup cam 0",
        ]  # fmt: skip
        assert "TASK▼" in frame(app)
        assert await press(pilot, "o", "o") == [*PROBLEMS_FIRST[:-1], "›cup cam 4"]
        assert "sort by" not in frame(app)
        assert app.theme == theme


async def test_arrows_choose_the_column_and_p_lets_problems_go(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "o", "right", "right")
        assert "TASK▲" in frame(app)
        assert await press(pilot, "p", "minus") == list(
            reversed([*sorted(NAMES)[:1], "›cup cam 1", *sorted(NAMES)[2:]])
        )
        assert (
            bar(app)
            == "sort by order state task▼ group taskid app region for seen last 60 min note p problems mixed in"
        )
        await press(pilot, "left")
        assert "STATE▲" in frame(app)
        await press(pilot, "enter", "r")
        assert six.commands.refreshed == [(keys(six)[1],)]


async def test_while_a_column_is_chosen_no_other_letter_acts(six: World) -> None:
    app = six.app(keymap={"board.help": "d", "board.problems": "f8"})
    async with running(app) as pilot:
        before = await press(pilot, "o", "D", "exclamation_mark", "d", "delete", "f8")
        app.post_message(Key("plus", "+"))
        assert await press(pilot, "x", "q", "slash") == before
        assert bar(app).startswith("sort by"), "nothing else is open"
        assert len([*app.updates]) == len(NAMES)
        assert frame(app).splitlines()[-1].split() == ["esc", "done", "ctrl+p", "commands"]
        await press(pilot, "escape", "f8")
        assert "! only problems" in bar(app)


@pytest.mark.parametrize(
    ("width", "said"), [(97, "last 60 min note p problems on top"), (40, "by o state▲ t g i a r f e l n p on top")]
)
async def test_the_columns_to_sort_by_have_room(six: World, width: int, said: str) -> None:
    app = six.app()
    async with running(app, (width, 15)) as pilot:
        await press(pilot, "o", "right")
        assert bar(app).endswith(said)


@pytest.mark.parametrize(
    ("width", "told"),
    [
        (100, "sort by order state task group taskid app region for seen last 60 min note p problems on top"),
        (80, "by order state task group taskid app region for seen last 60 min note p on top"),
        (70, "by order stat task grou id app regi for seen last note p on top"),
        (60, "by order sta tas gro id app reg for see las not p on top"),
        (40, "by order s t g i a r f e l n p on top"),
    ],
)
async def test_what_to_sort_by_is_said_in_words_as_far_as_they_have_room(six: World, width: int, told: str) -> None:
    app = six.app()
    async with running(app, (width, 24)) as pilot:
        await pilot.press("o")
        await until(pilot, lambda: " ".join(frame(app).splitlines()[-2].split()) == told)


async def test_a_click_on_a_title_sorts(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await pilot.click("TaskTable", offset=(20, 0))
        await pilot.pause()
        assert "TASK▲" in frame(app)
        await pilot.click("TaskTable", offset=(20, 0))
        await pilot.pause()
        assert "TASK▼" in frame(app)
        await pilot.click("TaskTable", offset=(0, 0))
        assert "TASK▼" in frame(app)


async def test_keys_at_the_speed_of_a_machine_mean_what_they_mean_one_by_one(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:

        async def burst(*keys: str) -> None:
            """As a terminal sends what is pasted or typed ahead: nobody waits until a key has been taken."""
            for key in keys:
                is_slash = key in ("slash", "/")
                app.post_message(Key("slash", "/") if is_slash else Key(key, key_to_character(key)))
            await pilot.pause()
            await pilot.pause()

        await burst("slash", *"lob", "enter", "r")
        await until(pilot, lambda: bar(app) == "/lob 2 of 6 shown 1 problem hidden" or "asking for" in frame(app))
        await until(pilot, lambda: desk(app).table.has_focus)
        assert "/lob 2 of 6 shown" in " ".join(frame(app).split())
        assert len(six.commands.refreshed) == 1, "what comes after enter is a key of the board"
        await burst("slash", *"by r", "escape")
        await until(pilot, lambda: desk(app).table.has_focus)
        assert len(rows(app)) == 6
        await burst("slash", *"x/c")
        await until(pilot, lambda: "/x/c 0 of 6 shown" in bar(app))
        assert len(six.commands.refreshed) == 1, "none of it has acted"


# The view


async def test_a_view_is_given_back_as_it_was(six: World) -> None:
    app = six.app()
    async with running(app) as pilot:
        await press(pilot, "v", "space", "2", "z", "slash", *"cam", "enter", "1", "j")
        view = desk(app).view
        shown = rows(app)
    other = six.app()
    async with running(other) as pilot:
        desk(other).restore(view)
        await pilot.pause()
        assert rows(other) == shown
        assert desk(other).view == view
        assert bar(other) == "/cam 6 of 6 shown 1 marked"


async def test_a_view_of_tasks_that_are_gone_and_filters_that_are_wrong_is_taken_as_far_as_it_goes(six: World) -> None:
    app = six.app()
    stranger = WatchedTask(TaskKey("x", "y", 1, "z")).key
    async with running(app) as pilot:
        desk(app).restore(View(stranger, frozenset([stranger]), "NOTE", folds=frozenset(["none"]), filter="/[/"))
        await pilot.pause()
        assert len(rows(app)) == 6
        assert "marked" not in frame(app)


async def test_the_first_picture_is_filtered_where_that_is_wanted(six: World) -> None:
    app = six.app(view=View(filter="lobby"))
    async with running(app) as pilot:
        assert await press(pilot, "k") == ["›lobby cam 5", "lobby cam 2"]
        assert bar(app) == "/lobby 2 of 6 shown 1 problem hidden"


async def test_a_view_of_the_settings_is_a_key_away_and_a_wrong_one_says_so(six: World) -> None:
    app = six.app(named_views={"cup": "group:cup", "[b]odd'": "state:nonsense"})
    async with running(app) as pilot:
        await pilot.press("V")
        await pilot.pause()
        assert "1 cup" in frame(app)
        assert "2 [b]odd'" in frame(app)
        await press(pilot, "1")
        assert "group:cup" in bar(app)
        await press(pilot, "V", "2")
        assert "no state is called" in frame(app)


async def test_views_beyond_the_ninth_are_in_the_palette_and_said(six: World) -> None:
    app = six.app(named_views={f"view {number}": f"cam {number}" for number in range(1, 12)})
    async with running(app) as pilot:
        await pilot.press("V")
        await until(pilot, lambda: "view (2 more with :): 1 view 1" in frame(app))
        assert "view 10" not in frame(app)
        await pilot.press("escape", "colon", *"view 11")
        await until(pilot, lambda: "Filter by cam 11" in frame(app))
