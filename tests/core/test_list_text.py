from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.adapters.watchlist import parse_bytes
from relaytui.core.entry import Refused
from relaytui.core.formula import neutral
from relaytui.core.list_text import parse, parse_rows
from relaytui.core.listing import BadList, Defaults, TaskList
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.text import plain

DEFAULTS = Defaults(1400188366, "ap-singapore", "default")


def key(task_id: str) -> TaskKey:
    return TaskKey("default", "ap-singapore", 1400188366, task_id)


def listed(text: str, defaults: Defaults = DEFAULTS) -> TaskList:
    answer = parse(text, "list", defaults)
    assert isinstance(answer, TaskList), answer
    return answer


def refused(text: str, defaults: Defaults = DEFAULTS) -> str:
    answer = parse(text, "list", defaults)
    assert isinstance(answer, BadList)
    assert "\n" not in str(answer)
    return str(answer)


def test_one_task_id_a_line_with_comments_and_blank_lines() -> None:
    text = "# the final\n\n  1234  \n-k3+x_y..\n  # not this\nabc#def # the lobby\n"
    assert [task.key for task in listed(text).tasks] == [key("1234"), key("-k3+x_y.."), key("abc#def")]


def test_a_table_with_every_column() -> None:
    text = (
        "# made by hand\n"
        "Task_ID,sdk_app_id,region,profile,label,group,note,expected_end,tolerance\n"
        '1234,1600011111,ap-mumbai,prod,"Cup, final",cup,"two\nlines",2026-01-31T20:15:00+08:00,30\n'
        "5678,,,,,,,,\n"
    )
    first, second = listed(text).tasks
    assert first == WatchedTask(
        TaskKey("prod", "ap-mumbai", 1600011111, "1234"), "Cup, final", "cup", "two lines", 1769861700.0, 30.0
    )
    assert second == WatchedTask(key("5678"))


@pytest.mark.parametrize(
    "text", ["task_id\tlabel\n1\tone\n", "\ufefftask_id,label\r\n1,one\r\n", "task_id,label\r1,one"]
)
def test_tabs_marks_and_line_ends_of_other_systems(text: str) -> None:
    answer = parse_bytes(text.encode(), "list", DEFAULTS)
    assert answer == TaskList((WatchedTask(key("1"), "one"),))


def test_a_header_alone_in_its_column() -> None:
    assert listed("task_id\n1\n2\n").tasks == (WatchedTask(key("1")), WatchedTask(key("2")))


def test_a_task_that_comes_again_is_told_and_kept_once() -> None:
    answer = listed("a\nb\na\n")
    assert [task.key.task_id for task in answer.tasks] == ["a", "b"]
    assert answer.repeats == ("list:3: 'a' again, as on line 1; kept once",)
    elsewhere = listed("task_id,region\na,ap-mumbai\na,ap-bangkok\n")
    assert len(elsewhere.tasks) == 2


def test_a_row_brings_its_own_app_where_no_default_is_given() -> None:
    none = Defaults(None, "ap-singapore", "default")
    assert listed("task_id,sdk_app_id\na,1600011111\n", none).tasks[0].key.sdk_app_id == 1600011111
    assert "--sdk-app-id" in refused("a\n", none)


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("", "list:", "no tasks"),
        ("# nothing\n\n", "list:", "no tasks"),
        ("task_id,label\n", "list:", "no tasks"),
        ("good\nbad\u200bone\n", "list:2:", "U+200B"),
        ("1234,lobby\n", "list:1:", "no column is called '1234'"),
        ("task_id,lable\n", "list:1:", "did you mean label?"),
        ("task_id,note,note\n", "list:1:", "twice"),
        ("label,note\n", "list:1:", "no column task_id"),
        ("task_id,label\n1\n", "list:2:", "1 cells where the header names 2"),
        ("task_id,label\n1,a,b\n", "list:2:", "3 cells"),
        ("task_id,label\n,a\n", "list:2:", "no TaskId"),
        ("task_id,label\n#1,a\n", "list:2:", "no comments"),
        ("task_id,sdk_app_id\n1,1600011111\n2,one\n", "list:3:", "sdk_app_id 'one'"),
        ("task_id,region\n1,a b\n", "list:2:", "region 'a b'"),
        ("task_id,expected_end\n1,2026-01-31T20:15:00\n", "list:2:", "zone"),
        ("task_id,expected_end\n1,2026-02-31T20:15:00Z\n", "list:2:", "RFC 3339"),
        ("task_id,expected_end\n1,2026-01-31\n", "list:2:", "RFC 3339"),
        ("task_id,tolerance\n1,-1\n", "list:2:", "seconds"),
        ("task_id,tolerance\n1,nan\n", "list:2:", "seconds"),
        ("task_id,paused\n1,maybe\n", "list:2:", "true or false"),
        (f"task_id,label\n1,{'a' * 4001}\n", "list:2:", "too long: at most 4,000"),
        ('task_id,label\n1,"open\n', "list:2:", "not CSV"),
        ('# a comment\ntask_id,label\n1,"a\nb"\n2,b\n3,"x"y\n', "list:6:", "not CSV"),
    ],
)
def test_a_list_with_a_mistake_is_refused_as_a_whole_at_its_line(text: str, place: str, told: str) -> None:
    line = refused(text)
    assert line.startswith(place)
    assert told in line


CELLS = st.text(st.characters(codec="utf-8"), max_size=12)
TASK_IDS = st.text("ab01+-_.,\"' ", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(st.lists(st.tuples(TASK_IDS, CELLS, CELLS), min_size=1, unique_by=lambda row: row[0]), st.sampled_from(",\t"))
def test_what_a_csv_writer_writes_is_read_back(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    file = io.StringIO()
    cells = [map(neutral, row) for row in rows]
    csv.writer(file, delimiter=delimiter).writerows([("task_id", "label", "note"), *cells])
    if any("\r" in cell or "\x00" in cell for row in rows for cell in row):
        return  # line ends inside a cell become plain ones, and some versions of the csv module refuse NUL
    assert [(task.key.task_id, task.label, task.note) for task in listed(file.getvalue()).tasks] == [
        (task_id, plain(label).strip(), plain(note).strip()) for task_id, label, note in rows
    ]


def rows(text: str) -> list[tuple[int, WatchedTask | str]]:
    found = parse_rows(text, DEFAULTS)
    return [(row.line, row.found.reason if isinstance(row.found, Refused) else row.found) for row in found]


ANSWER = '{"Response": {"TaskId": "-k3+x_y..", "RequestId": "5d4c8a30-3d1a-4a0c-9d51-31f0c2fbd8a7"}}'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1234\r\n# no\r-k3+x_y..\n", [(1, "1234"), (3, "-k3+x_y..")]),
        ("task_id,label\n'-k3+x_y..,a\n", [(2, "-k3+x_y..")]),
        (f"{ANSWER}\n{ANSWER}", [(1, "-k3+x_y.."), (2, "-k3+x_y..")]),
        (f"[\n{ANSWER},\n{ANSWER}]", [(2, "-k3+x_y.."), (3, "-k3+x_y..")]),
        ('[{"TaskId": "a", "SdkAppId": 1400188366, "UserSig": "x"}]', [(1, "a")]),
        ("TaskId\n1234\n", [(2, "1234")]),
        ("TaskId,StreamUrl\n12,live TaskId=5678\n", [(2, "5678")]),
        ("hello, is 1234 up?\nI mean TaskId 1234\n1234\n", [(3, "1234")]),
        ("[03:14:07] done\n", []),
        ("Thanks\n", []),
        ("5d4c8a30-3d1a-4a0c-9d51-31f0c2fbd8a7\n2026-11-23\n", []),
        ("", []),
        ("[" * 100_000, []),
        ("[" * 50 + "1" + "]" * 50, []),
    ],
)
def test_the_text_decides_what_it_is(text: str, found: list[tuple[int, str]]) -> None:
    assert [(line, task.key.task_id) for line, task in rows(text) if isinstance(task, WatchedTask)] == found


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('{"task_id": "a1", "lable": "x"}', 1, "did you mean label?"),
        ('{"task_id": "a1", "label": ["x"]}', 1, "text or a number"),
        ('{"task_id": "a1", "label": true}', 1, "text or a number"),
        ('{"task_id": "a1", "paused": "maybe"}', 1, "true or false"),
        ('{"task_id": "a1"}\n{"task_id": \n', 2, "not JSON"),
        ('{"task_id": "a1"}\n{"task_id": "b", "sdk_app_id": "x"}', 2, "sdk_app_id 'x'"),
        ("task_id,lable\n1,a\n", 1, "did you mean label?"),
        ("task_id,label\n1\n2,b\n", 2, "1 cells"),
    ],
)
def test_what_is_malformed_has_its_line(text: str, line: int, told: str) -> None:
    ((_, reason),) = [(number, found) for number, found in rows(text) if number == line]
    assert isinstance(reason, str)
    assert told in reason


@pytest.mark.parametrize(
    "text",
    [
        "TaskId,SdkAppId,Region,label\n-k3+x_y..,1600012345,ap-mumbai,=cam 1\n",
        "SdkAppId;Region;TaskId;label\n1600012345;ap-mumbai;-k3+x_y..;=cam 1\n",
        '{"TaskId": "-k3+x_y..", "SdkAppId": 1600012345, "Region": "ap-mumbai", "label": "=cam 1", "RoomId": 7}',
        '{"task_id": "-k3+x_y..", "sdk_app_id": 1600012345, "region": "ap-mumbai", "label": "=cam 1"}',
    ],
)
def test_fields_may_have_the_names_of_the_api_and_none_is_lost(text: str) -> None:
    task = WatchedTask(TaskKey("default", "ap-mumbai", 1600012345, "-k3+x_y.."), "=cam 1")
    assert [found for _, found in rows(text)] == [task]


def test_what_a_row_of_json_may_say() -> None:
    text = (
        '{"task_id": "a", "label": "b", "expected_end": "2026-01-31T20:15:00+08:00", "tolerance": 5, "note": null,'
        ' "paused": true}'
    )
    assert rows(text) == [(1, WatchedTask(key("a"), "b", expected_end=1769861700.0, tolerance=5.0, paused=True))]


@given(st.binary(max_size=100))
def test_any_text_gives_rows_or_nothing(raw: bytes) -> None:
    for row in parse_rows(raw.decode("utf-8", "replace"), DEFAULTS):
        assert row.line > 0


def test_semicolons_separate_where_the_header_says_so() -> None:
    text = "task_id;sdk_app_id;region;label\r\n-a1..;1600012345;ap-mumbai;cam 1, left\r\n"
    found = parse(text, "list.csv", DEFAULTS)
    assert isinstance(found, TaskList)
    [task] = found.tasks
    assert (task.key.task_id, task.key.sdk_app_id, task.key.region, task.label) == (
        "-a1..",
        1600012345,
        "ap-mumbai",
        "cam 1, left",
    )
    wrong = parse("label;task_id;colour\nx;a1;red\n", "list.csv", DEFAULTS)
    assert isinstance(wrong, BadList)
    assert "colour" in wrong.reason


HEAD, TAIL = "aB3dE5gH7jK9mN1pQ3rS", "t5Uv7.."


def found(text: str) -> list[tuple[int, str]]:
    return [
        (row.line, row.found.reason if isinstance(row.found, Refused) else row.found.key.task_id)
        for row in parse_rows(text, DEFAULTS)
    ]


def test_a_task_id_that_was_broken_over_lines_is_joined() -> None:
    assert found(f"1234\n{HEAD}\n{TAIL}\n5678\n") == [(1, "1234"), (2, HEAD + TAIL), (4, "5678")]


def test_where_a_part_could_be_a_task_id_the_preview_says_so() -> None:
    head = HEAD + "+" + HEAD
    (first, second, doubt) = found(f"# from chat\n1234\n5678\n{head}\n{TAIL}\n")
    assert (first, second) == ((2, "1234"), (3, "5678"))
    assert doubt == (
        4,
        "2 lines that may be one TaskId of 48 characters: join them, or, where each is one, "
        "write the line task_id above them",
    )
    assert found(f"task_id\n{head}\n{TAIL}\n") == [(2, head), (3, TAIL)]


def test_lines_with_something_between_them_are_not_joined() -> None:
    assert found(f"{HEAD}\n\n{TAIL}\n") == [(1, HEAD), (3, TAIL)]
