from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from relaytui.adapters.watchlist import parse_bytes, read_list
from relaytui.core.entry import Refused, read_task_id
from relaytui.core.listing import BadList, Defaults, TaskList
from relaytui.core.task import TaskKey, WatchedTask

DEFAULTS = Defaults(1400188366, "ap-singapore", "default")


def key(task_id: str) -> TaskKey:
    return TaskKey("default", "ap-singapore", 1400188366, task_id)


def test_a_file_that_is_not_utf_8_is_refused_at_its_line() -> None:
    answer = parse_bytes(b"abc\nd\xe9f\n", "list", DEFAULTS)
    assert str(answer) == "list:2: byte 0xe9 is not UTF-8: save the list as UTF-8"
    assert isinstance(parse_bytes("task_id\n1\n".encode("utf-16"), "list", DEFAULTS), BadList)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert "no such file" in str(read_list(tmp_path / "none", DEFAULTS))
    assert "directory" in str(read_list(tmp_path, DEFAULTS))
    empty = tmp_path / "empty"
    empty.touch()
    assert str(read_list(empty, DEFAULTS)).startswith(f"{empty}: no tasks")
    assert str(read_list(Path("x" * 5000), DEFAULTS)).endswith("File name too long")


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes("\ufeff1234\r\n".encode())
    assert read_list(path, DEFAULTS) == TaskList((WatchedTask(key("1234")),))


@given(st.binary(max_size=200))
def test_any_bytes_give_a_list_or_one_line(raw: bytes) -> None:
    answer = parse_bytes(raw, "list", DEFAULTS)
    if isinstance(answer, BadList):
        assert str(answer).startswith("list:")
        assert "\n" not in str(answer)
    else:
        assert answer.tasks
        assert not any(isinstance(read_task_id(task.key.task_id), Refused) for task in answer.tasks)
