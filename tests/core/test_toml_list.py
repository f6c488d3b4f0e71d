from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaytui.core import toml_list
from relaytui.core.listing import BadList, Changed, Defaults, TaskList
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.toml_edit import rewritten
from relaytui.core.toml_list import blocks_of, parse_list, parse_some
from tests.core.test_listing import TASKS

DEFAULTS = Defaults(1400188366, "ap-singapore", "default")


def refused(answer: object) -> str:
    assert isinstance(answer, BadList), answer
    return str(answer)


def task(task_id: str) -> WatchedTask:
    return WatchedTask(TaskKey("default", "ap-singapore", 1400188366, task_id))


def test_bytes_that_are_no_list() -> None:
    assert "not UTF-8" in refused(parse_list(b"\xff\x00", "list", DEFAULTS))
    assert "not TOML" in refused(parse_list(b"\x00" * 100, "list", DEFAULTS))
    assert "not UTF-8" in refused(parse_list("a".encode("utf-16"), "list", DEFAULTS))
    assert "not TOML" in refused(parse_list(b"a = " + b"[" * 100_000, "list", DEFAULTS))
    mixed = b'# a\r\n[[task]]\r\ntask_id = "a"\n'
    assert parse_list(mixed, "list", DEFAULTS) == TaskList((task("a"),))


LINES = st.sampled_from(
    [
        "",
        "# a comment",
        "[[task]]",
        " [[ task ]]",
        "[task]",
        "[other]",
        "x = 1",
        'task_id = "a"',
        'task_id = "b"',
        'task_id = "c" # here',
        'task_id = "d\\u0065"',
        'note = """',
        '"""',
        "note = '''",
        "'''",
        'note = "[[task]]"',
        "note = [",
        "]",
        "sdk_app_id = 5",
        "sdk_app_id = 05",
        'sdk_app_id = "5"',
        "tolerance = 5.0",
        "tolerance = 5",
        "paused = true",
        "paused = yes",
        "expected_end = 2026-01-31T20:15:00Z",
        "expected_end = 2026-02-31T20:15:00Z",
        "task = []",
    ]
)


@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=600, deadline=None)
def test_read_block_by_block_a_text_says_what_it_says_as_a_whole(lines: list[str], end: str, is_ended: bool) -> None:
    raw = (end.join(lines) + end * is_ended).encode()
    found = parse_list(raw, "list", DEFAULTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(toml_list, "_in_blocks", lambda *_: None)
        assert found == parse_list(raw, "list", DEFAULTS)


@given(st.lists(TASKS, max_size=6, unique_by=lambda each: each.key), st.integers(0, 6))
@settings(max_examples=100, deadline=None)
def test_what_is_known_of_blocks_changes_nothing(tasks: list[WatchedTask], count: int) -> None:
    known: dict[str, WatchedTask] = {}
    for part in (tasks[:count], tasks):
        raw = rewritten("", Changed((), tuple(part))).encode()
        assert parse_list(raw, "list", DEFAULTS, known) == TaskList(tuple(part)) == parse_list(raw, "list", DEFAULTS)


def test_blocks_make_up_the_text() -> None:
    text = "a\n[[task]]\nb\n [[ task ]]\n[[task]] x"
    assert blocks_of(text) == ["a\n", "[[task]]\nb\n", " [[ task ]]\n", "[[task]] x"]
    assert blocks_of("") == [""]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[[task]]\ntask_id = "x"\nnonsense = 1\n[[task]]\ntask_id = "-a+.."\nregion = "ap-mumbai"\n', ["ap-mumbai"]),
        ('[[task]]\ntask_id = "-a\\u002b.."\n[[task]]\ntask_id = "-a+.."\nregion = "r"\n', ["ap-singapore", "r"]),
        ('[[task]]\ntask_id = "x"\nnote = "as -a+.."\n', []),
        ('[[task]]\ntask_id = "x"\nnote = """\n[[task]]\ntask_id = "-a+.."\n"""\n', []),
        ('task = [{task_id = "-a+.."}, {task_id = "x"}]\n', ["ap-singapore"]),
        ("", []),
    ],
)
def test_some_tasks_are_read_without_the_others(text: str, found: list[str]) -> None:
    some = parse_some(text.encode(), "list", DEFAULTS, ["-a+..", "y"])
    assert isinstance(some, TaskList)
    assert [(task.key.task_id, task.key.region) for task in some.tasks] == [("-a+..", region) for region in found]


def test_what_is_wrong_with_one_of_them_is_said_with_its_line() -> None:
    text = b'[[task]]\ntask_id = "x"\n\n[[task]]\ntask_id = "y"\nregion = 1\n'
    assert isinstance(some := parse_some(text, "list", DEFAULTS, ["y"]), BadList)
    assert some.where == "list:6"
    assert isinstance(parse_some(b"\xff" + text, "list", DEFAULTS, ["y"]), BadList)
