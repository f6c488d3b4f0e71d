"""How one row looks: ages, widths, marks and what the NOTE says first."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from relaytui.core import strip
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.strip import Seen
from relaytui.core.task import State, Status, TaskKey, WatchedTask
from relaytui.core.task_state import Doubt, TaskState, Thresholds, Trouble
from relaytui.core.transition import Transition
from relaytui.ui import cells, columns
from relaytui.ui.columns import Column

NOW = 100_000.0
KEY = TaskKey("prod", "ap-singapore", 1600012345, "t7XkAbCdEfGhIjKlMnOpQz..")
TASK = WatchedTask(KEY, label="cup-final cam 1")
FAILURE = Failure(FailureKind.SERVER, "FailedOperation.QueryTaskInfoFailed")


def note_of(state: TaskState, task: WatchedTask = TASK, width: int = 60, said: str = "") -> str:
    return "".join(text for text, _ in cells.note(task, state, Thresholds(), width, said=said)).rstrip()


def row_of(task: WatchedTask, state: TaskState, width: int = 160) -> str:
    row = cells.cells(task, state, NOW, columns.layout(width), marks="  ", thresholds=Thresholds())
    return "  ".join("".join(text for text, _ in cell) for cell in row)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (-3.0, "<20s"),
        (19.9, "<20s"),
        (20.0, "20s"),
        (59.9, "40s"),
        (60.0, "1m"),
        (3599.0, "59m"),
        (3600.0, "1h00m"),
        (35999.0, "9h59m"),
        (36000.0, "10h"),
        (86400.0, "1d00h"),
        (10 * 86400.0, "10d"),
        (9999 * 86400.0, "9999d"),
    ],
)
def test_an_age_is_rounded_down_and_never_wider_than_its_column(seconds: float | None, text: str) -> None:
    assert cells.age(seconds) == text
    assert cell_len(text) <= Column.SEEN.width


def test_an_age_changes_rarely_so_that_an_idle_board_is_quiet() -> None:
    in_a_minute = {cells.age(float(second)) for second in range(60)}
    in_an_hour = {cells.age(float(second)) for second in range(3600)}
    assert (len(in_a_minute), len(in_an_hour)) == (3, 3 + 59)


@pytest.mark.parametrize(
    "text", ["plain", "日本語のとても長いラベルです", "e\u0301" * 30, "👍🏽👩‍👩‍👧🇯🇵" * 9, "", "naïve — ≠ ascii" * 3]
)
@pytest.mark.parametrize("width", [0, 1, 2, 7, 14, 15, 32])
def test_fit_is_always_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(columns.fit(text, width)) == width


def test_fit_says_that_something_is_missing() -> None:
    assert columns.fit("cup-final camera", 9) == "cup-fina…"
    assert columns.fit("日本語", 4) == "日 …"


def test_a_long_task_id_keeps_both_ends() -> None:
    assert cells.short_id(KEY.task_id, 32) == KEY.task_id
    assert cells.short_id(KEY.task_id, 20) == "t7XkAbCd…OpQz.."
    assert cells.short_id(KEY.task_id, 14) == "t7XkAbCd…pQz.."
    assert cells.name(WatchedTask(KEY), 14) == "t7XkAbCd…pQz.."


def test_the_label_stands_for_the_task_unless_nothing_of_it_can_be_shown() -> None:
    assert cells.name(TASK, 20).rstrip() == "cup-final cam 1"
    assert cells.name(WatchedTask(KEY, label="\u202e\x1b \u200b"), 20).rstrip() == "t7XkAbCd…OpQz.."


def test_foreign_text_cannot_reach_the_terminal_as_anything_but_text() -> None:
    hostile = "a\x1b[31mb\nc\u202ed[/x]"
    failing = TaskState(
        state=State.UNRECOGNISED,
        trouble=Trouble(failures=1, failure=Failure(FailureKind.SERVER, hostile)),
        status=Status.spelt(hostile),
    )
    key = TaskKey("prod", hostile, 1, hostile)
    for task in (WatchedTask(key, label=hostile, note=hostile), WatchedTask(key)):
        text = row_of(task, failing)
        assert text.isprintable()
        assert "a[31mb cd[/x]" in text


def test_the_strip_shows_only_what_was_seen() -> None:
    state = 0
    moment = 1_000 * strip.CELL_SECONDS
    for seen in (Seen.RUNNING, Seen.RUNNING | Seen.IN_VAIN, Seen.RUNNING | Seen.GONE, Seen.GONE, Seen.IN_VAIN):
        state = strip.mark(state, moment, seen)
        moment += strip.CELL_SECONDS
    believed, number = TaskState(strip=state), strip.cell_number(moment) - 1
    assert cells.strip_text(believed, number * strip.CELL_SECONDS) == "·······▆▆▃▁!"
    # Ten minutes later nobody has looked: two blank cells, and nothing is extended into them.
    assert cells.strip_text(believed, (number + 2) * strip.CELL_SECONDS) == "·····▆▆▃▁!··"
    assert cells.strip_text(believed, (number + 50) * strip.CELL_SECONDS) == "·" * 12


def test_the_note_says_what_is_urgent_first() -> None:
    task = WatchedTask(KEY, note="ack restarting source")
    assert note_of(TaskState(), task) == "ack restarting source"
    failing = TaskState(state=State.RUNNING, trouble=Trouble(failures=3, failure=FAILURE))
    assert note_of(failing, task) == "! FailedOperation.QueryTaskInfoFailed ×3 · ack restarting source"[:59] + "…"
    assert note_of(TaskState(state=State.RUNNING, doubt=Doubt(streak=1))) == "1/3 confirming"
    recovering = TaskState(state=State.ENDED, doubt=Doubt(streak=1), status=Status.spelt("InProgress"))
    assert note_of(recovering) == "1/2 returning"
    restless = TaskState(state=State.RUNNING, doubt=Doubt(streak=2), trouble=Trouble(flapping=True))
    assert note_of(restless) == "2/3 confirming · flapping"
    assert note_of(restless, said="snoozed 12m") == "2/3 confirming · snoozed 12m · flapping", "why it is quiet"
    assert note_of(TaskState(state=State.UNRECOGNISED, status=Status.spelt("Paused"))) == "Paused"
    blind = Transition(KEY, 0.0, State.RUNNING, State.ENDED, while_blind=True)
    assert (
        note_of(TaskState(state=State.ENDED, changes=(blind,)), task) == "changed while blind · ack restarting source"
    )


def test_a_paused_row_says_so_first_and_never_that_anything_is_being_confirmed() -> None:
    paused = TASK._replace(paused=True, note="ask Mei")
    assert note_of(TaskState(state=State.RUNNING), paused) == "paused · ask Mei"
    assert note_of(TaskState(state=State.RUNNING, doubt=Doubt(streak=1)), paused) == "paused · 1/3 said gone · ask Mei"
    recovering = TaskState(state=State.ENDED, doubt=Doubt(streak=1), status=Status.spelt("InProgress"))
    assert note_of(recovering, paused) == "paused · 1/2 said running · ask Mei"
    for width in (160, 40):
        assert "║ running" in row_of(paused, TaskState(state=State.RUNNING), width)


def test_a_failure_that_is_over_is_not_mentioned() -> None:
    assert note_of(TaskState(state=State.RUNNING, trouble=Trouble(failures=0, failure=FAILURE))) == ""


def test_a_narrow_note_keeps_the_count_of_failures() -> None:
    failing = TaskState(trouble=Trouble(failures=12, failure=FAILURE))
    assert note_of(failing, width=30) == "! QueryTaskInfoFailed ×12"
    assert note_of(failing, width=16) == "! QueryTask… ×12"


def test_failures_never_touch_the_state() -> None:
    calm = row_of(TASK, TaskState(state=State.RUNNING, since=NOW, seen=NOW))
    failing = row_of(
        TASK, TaskState(state=State.RUNNING, since=NOW, seen=NOW, trouble=Trouble(failures=5, failure=FAILURE))
    )
    assert failing[:60] == calm[:60]
    assert failing != calm


@pytest.mark.parametrize("state", list(State))
def test_glyph_and_word_tell_every_state(state: State) -> None:
    assert f"{state.glyph} {state.word} " in row_of(TASK, TaskState(state=state))


def test_no_two_states_share_a_glyph_and_each_is_one_cell() -> None:
    assert len({state.glyph for state in State}) == len(State)
    marks = [
        *(state.glyph for state in State),
        cells.PAUSED_GLYPH,
        cells.CURSOR_MARK,
        cells.MARK,
        cells.UNSEEN_AND_MARKED,
        cells.UNSEEN_MARK,
        *"·▆▁▃!…×–",
    ]
    assert {cell_len(mark) for mark in marks} == {1}


def test_a_task_that_was_never_found_has_no_time_in_state() -> None:
    columns = ((Column.FOR, 5),)
    for state, text in ((State.NOT_FOUND, "–    "), (State.ENDED, "2m   ")):
        believed = TaskState(state=state, since=NOW - 130)
        row = cells.cells(TASK, believed, NOW, columns, marks="  ", thresholds=Thresholds())
        assert row == (((text, ""),),)


def test_columns_leave_in_a_fixed_order() -> None:
    gone: list[Column] = []
    for width in range(200, 10, -1):
        shown = [column for column, _ in columns.layout(width)]
        gone += [column for column in Column if column not in shown and column not in gone]
    assert gone == [
        *(Column.ID, Column.GROUP, Column.STRIP, Column.APP, Column.REGION, Column.NOTE, Column.SEEN, Column.FOR)
    ]


def test_a_wider_screen_never_cuts_labels_harder() -> None:
    rooms = [dict(columns.layout(width))[Column.TASK] for width in range(76, 260)]
    assert rooms == sorted(rooms)
    assert rooms[0] == 26


@pytest.mark.parametrize("width", [200, 160, 120, 100, 80, 60, 40, 39, columns.LEAST_WIDTH])
def test_a_row_is_exactly_as_wide_as_the_table_at_most(width: int) -> None:
    needed = sum(column.gap + columns_width for column, columns_width in columns.layout(width))
    assert needed == width


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (200, "STATE TASK GROUP TASKID APP REGION FOR SEEN LAST 60 MIN NOTE"),
        (119, "STATE TASK APP REGION FOR SEEN LAST 60 MIN NOTE"),
        (99, "STATE TASK REGION FOR SEEN NOTE"),
        (79, "STATE TASK FOR SEEN NOTE"),
        (59, "STATE TASK FOR SEEN"),
        (39, "STATE TASK FOR"),
    ],
)
def test_what_the_common_sizes_show(width: int, titles: str) -> None:
    """One cell of the screen is the scrollbar's."""
    assert " ".join(column.title for column, _ in columns.layout(width)).strip() == titles


@pytest.mark.parametrize(
    ("label", "width", "shown"),
    [
        ("cup final commentary english", 18, "cup final…        "),
        ("cup final commentary english", 19, "cup final commenta…"),
        ("cup final commentary english", 21, "cup final commentary…"),
        ("cup final commentary english", 22, "cup final commentary… "),
        ("cup final", 9, "cup final"),
        ("a verylongwordwithoutend", 12, "a verylongw…"),
        ("two words", 1, "…"),
        ("two words", 0, ""),
    ],
)
def test_a_label_is_cut_where_a_word_ends(label: str, width: int, shown: str) -> None:
    assert cells.cut(label, width) == shown


@pytest.mark.parametrize(
    ("state", "more", "shown"),
    [
        (TaskState(State.RUNNING), {}, "● running"),
        (TaskState(State.RUNNING, trouble=Trouble(failures=2, failure=FAILURE)), {}, "● running !"),
        (TaskState(State.RUNNING, doubt=Doubt(streak=2)), {}, "● running 2/3"),
        (TaskState(State.RUNNING, doubt=Doubt(streak=2)), {"blind": True}, "● running !"),
        (TaskState(State.OVERDUE), {"stale": "late"}, "» overdue old"),
        (TaskState(State.UNRECOGNISED), {"stale": "late"}, "◆ unrecognised"),
    ],
)
def test_doubt_is_on_the_row_where_note_has_no_room(state: TaskState, more: dict[str, Any], shown: str) -> None:
    for width in (39, 59):
        row = cells.cells(TASK, state, NOW, columns.layout(width), marks="  ", thresholds=Thresholds(), **more)
        told = "".join(text for text, _ in row[1])
        assert told == shown.ljust(Column.STATE.width)
    paused = TASK._replace(paused=True)
    row = cells.cells(paused, state, NOW, columns.layout(39), marks="  ", thresholds=Thresholds(), **more)
    assert row[1] == ((f"║ {state.state.word}".ljust(Column.STATE.width), "paused"),)


@pytest.mark.parametrize(
    ("label", "width", "shown"),
    [
        ("cup final camera 1", 14, "cup final… 1  "),
        ("cup final camera 12", 14, "cup final… 12 "),
        ("cup final cam 1 en", 14, "cup fina… 1 en"),
        ("cup final commentary 中文", 22, "cup final… 中文       "),
        ("cup-final-camera-12", 14, "cup-final…a-12"),
        ("オープニング第一カメラ予備", 14, "オープニ…予備 "),
        ("e\u0301" * 30, 6, "e\u0301e\u0301e\u0301…e\u0301e\u0301"),
    ],
)
def test_labels_that_begin_alike_are_told_apart_by_their_ends(label: str, width: int, shown: str) -> None:
    assert cells.cut(label, width) == shown


@pytest.mark.parametrize(
    "label",
    [
        "ascii",
        "日本語のラベル",
        "👩\u200d👩\u200d👧 team",
        "👍🏽 ok",
        "❤\ufe0f heart",
        "🇸🇬 Singapore",
        "e\u0301te\u0301",
        "x" * 99,
        "\u0301accent",
        "שלום עולם",
        "مرحبا بالعالم",
        "หน้าจอเวที",
        "ｆｕｌｌ ｗｉｄｔｈ",
        "한국어 방송",
        "\u202eevil\u202c",
        "\u200b",
    ],
)
def test_labels_never_shift_the_columns_after_them(label: str) -> None:
    text = row_of(WatchedTask(KEY, label=label), TaskState())
    assert cell_len(text.partition("1600012345")[0]) == cell_len(row_of(TASK, TaskState()).partition("1600012345")[0])
