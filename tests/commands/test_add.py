from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relaytui.adapters.stored_list import change, read_stored
from relaytui.cli import main
from relaytui.core.listing import Changed, Defaults, TaskList
from relaytui.core.task import TaskKey, WatchedTask
from tests.core.test_listing import TASKS

APP = "1400188366"
DEFAULTS = Defaults(1, "ap-singapore", "default")
LONG = "-" + "aZ9+/_.-" * 14 + "bC1_x.."


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RELAYTUI_LIST", str(tmp_path / "list.toml"))
    monkeypatch.setenv("RELAYTUI_SDK_APP_ID", APP)
    return tmp_path / "list.toml"


def on(path: Path) -> tuple[WatchedTask, ...]:
    answer = read_stored(path, DEFAULTS)
    assert isinstance(answer, TaskList), answer
    return answer.tasks


def names(path: Path) -> list[str]:
    return [task.key.task_id for task in on(path)]


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    capsys.readouterr()
    assert main(argv) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" not in shown.err
    return shown.err


def test_arguments_with_everything_an_option_can_say(path: Path) -> None:
    argv = ["--label", "cam", "--group", "cup", "--note", "n", "--tolerance", "5", "--profile", "prod"]
    end = ["--expected-end", "2026-01-31T20:15:00+08:00", "--region", "ap-mumbai", "--sdk-app-id", "1600012345"]
    assert main(["add", LONG, *argv, *end]) == 0
    key = TaskKey("prod", "ap-mumbai", 1600012345, LONG)
    assert on(path) == (WatchedTask(key, "cam", "cup", "n", 1769861700.0, 5.0),)


def test_the_preview_tells_new_duplicate_and_malformed_with_their_lines(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["add", "1234"])
    before = path.read_bytes()
    source = tmp_path / "in.csv"
    source.write_text("task_id,label\n1234,a\n5678,b\n5678,c\n9,d,e\n", "utf-8")
    capsys.readouterr()
    assert main(["add", "--file", str(source), "--dry-run"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["duplicate", f"{source}:2"],
        ["new", f"{source}:3"],
        ["duplicate", f"{source}:4"],
        ["malformed", f"{source}:5"],
    ]
    assert f"{source}:5: 3 cells" in refused(capsys, "add", "--file", str(source))
    assert path.read_bytes() == before
    assert main(["add", "--file", str(source), "--skip-malformed"]) == 0
    assert names(path) == ["1234", "5678"]


def test_a_task_id_without_sdk_app_id_is_incomplete_and_says_where_to_give_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("RELAYTUI_SDK_APP_ID")
    told = "no SdkAppId for this task: give --sdk-app-id N, a field sdk_app_id, RELAYTUI_SDK_APP_ID, or sdk_app_id in"
    shown = refused(capsys, "add", "-k3+x_y..", "--profile", "prod").splitlines()
    assert shown[0].startswith(f"relaytui: argument:1: {told} [profiles.prod]")
    assert shown[1] == "relaytui: nothing is added because 1 incomplete"
    assert main(["add", "-k3+x_y..", "--dry-run"]) == 2
    assert capsys.readouterr().out.startswith(f"incomplete  argument:1  {told}")
    source = tmp_path / "in.csv"
    source.write_text(f"task_id,sdk_app_id\n1,\n2,{APP}\n3,x\n", "utf-8")
    last = refused(capsys, "add", "--file", str(source)).splitlines()[-1]
    assert last.endswith("because 1 malformed and 1 incomplete; --skip-malformed adds the other 1")
    assert main(["add", "--file", str(source), "--skip-malformed"]) == 0
    assert names(path) == ["2"]


def test_standard_input_and_a_shell_keep_every_byte(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "relaytui", "add", "-", LONG],
        input=b'hello, {"Response": {"TaskId": "-k3+x_y.."}}\nor "1234"?\n',
        env=os.environ,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert names(path) == [LONG, "-k3+x_y.."]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no TaskId found"),
        (b"hello there\n" * 100_000, "no TaskId found"),
        (b"\x00\x01\x02", "no TaskId found"),
        (b"ab\xff", "not UTF-8"),
        ("1234".encode("utf-16"), "not UTF-8"),
        (b"task_id,lable\n1,2\n", "did you mean label?"),
        (b"label\nx\n", "no TaskId found"),
        (b"label,note\nx,y\n", "no column task_id"),
        (b'{"task_id": 1, "note": {}}', "text or a number"),
    ],
)
def test_files_that_hold_no_tasks(
    content: bytes, told: str, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["add", "1234"])
    source = tmp_path / "in"
    source.write_bytes(content)
    assert told in refused(capsys, "add", "--file", str(source))
    assert names(path) == ["1234"]


def test_what_cannot_be_read_or_meant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "directory" in refused(capsys, "add", "--file", str(tmp_path))
    assert "no such file" in refused(capsys, "add", "--file", str(tmp_path / "none"))
    assert "nothing to add" in refused(capsys, "add")
    assert "--expected-end 'soon'" in refused(capsys, "add", "1", "--expected-end", "soon")
    assert "--region" in refused(capsys, "add", "1", "--region", "a b")
    assert "U+001B" in refused(capsys, "add", "1\x1b")


def test_many_malformed_lines_are_not_all_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.csv"
    source.write_text("task_id,label\r\n" + "1\n" * 500, "utf-8")
    assert len(refused(capsys, "add", "--file", str(source)).splitlines()) == 22


@pytest.mark.parametrize("form", ["csv", "json", "ndjson"])
@given(tasks=st.lists(TASKS, min_size=1, max_size=4, unique_by=lambda each: each.key))
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_exported_is_added_back(
    form: str, tasks: list[WatchedTask], path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(change(path, lambda _: tuple(tasks), DEFAULTS), Changed)
    capsys.readouterr()
    assert main(["export", "--format", form]) == 0
    out = tmp_path / "out"
    out.write_text(capsys.readouterr().out, "utf-8", newline="")
    path.unlink()
    assert main(["add", "--file", str(out)]) == 0
    assert on(path) == tuple(tasks)


def test_the_list_and_its_exports_show_what_the_filter_lets_through(capsys: pytest.CaptureFixture[str]) -> None:
    main(["add", "-1", "--label", "=cmd()", "--group", "cup"])
    main(["add", "-2", "--note", "Lobby\x1b[31m"])
    capsys.readouterr()
    assert main(["list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["LABEL", "=cmd()", "-2"]
    assert main(["list", "--json", "--filter", "LOBBY"]) == 0
    assert [json.loads(line)["task_id"] for line in capsys.readouterr().out.splitlines()] == ["-2"]
    for argv in (["list", "--csv"], ["export"]):
        assert main([*argv, "--filter", "cup"]) == 0
        (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
        assert (row["task_id"], row["label"]) == ("'-1", "'=cmd()")
    assert main(["export", "--format", "json", "--filter", "none"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_the_filter_of_the_list_is_that_of_the_board_or_a_view(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[views]\n"night shift" = "group:cup -rehearsal"\n', "utf-8")
    monkeypatch.setenv("RELAYTUI_CONFIG", str(config))
    main(["add", "1", "--group", "cup"])
    main(["add", "2", "--group", "cup", "--label", "rehearsal"])
    main(["add", "3"])
    capsys.readouterr()
    for wanted in ("night shift", "group:cup -rehearsal", "/^1$/"):
        assert main(["export", "--format", "ndjson", "--filter", wanted]) == 0
        assert [json.loads(line)["task_id"] for line in capsys.readouterr().out.splitlines()] == ["1"]
    assert "no regular expression" in refused(capsys, "list", "--filter", "/[/")
    assert "only a board knows states" in refused(capsys, "export", "--filter", "state:ended")
    assert main(["list", "--filter", "state:paused"]) == 0


def test_removing_and_its_undoing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["add", "-abc1..", "-abd2..", "--group", "cup"])
    main(["add", "other", "--label", "lobby"])
    assert "2 tasks" in refused(capsys, "remove", "--", "-ab")
    assert refused(capsys, "remove", "nothing").endswith("beginning 'nothing'\n")
    assert "beginning 'Cup'; --group cup removes the group of that name" in refused(capsys, "remove", "Cup")
    assert "no task" in refused(capsys, "remove", "--group", "x")
    assert "nothing to remove" in refused(capsys, "remove")
    assert len(on(path)) == 3
    assert main(["remove", "lobby"]) == 0
    assert "list --restore" in capsys.readouterr().err
    assert main(["remove", "--group", "cup"]) == 0
    assert names(path) == []
    assert main(["list", "--restore"]) == 0
    assert names(path) == ["-abc1..", "-abd2.."]
    assert main(["list", "--restore"]) == 0
    assert names(path) == []
    assert main(["list", "--restore", "4"]) == 0
    assert len(names(path)) == 3
    assert "version" in refused(capsys, "list", "--restore", "x")
    assert "no version 99" in refused(capsys, "list", "--restore", "99")
    assert "no arguments" in refused(capsys, "list", "x")


def test_a_bad_or_empty_list_is_one_clear_line_everywhere(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["check"], ["watch"]):
        assert "relaytui add" in refused(capsys, *argv)
    path.write_text('[[task]]\ntask_id = "a"\nlable = 1\n', "utf-8")
    for argv in ([], ["check"], ["list"], ["export"], ["add", "1"], ["remove", "a"]):
        (line,) = refused(capsys, *argv).splitlines()
        assert f"{path}:3: no key is called 'lable' (did you mean label?)" in line


def test_the_first_add_can_be_taken_back(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["add", "1", "2"])
    capsys.readouterr()
    assert main(["list", "--restore"]) == 0
    assert "version 1 is back: 0 tasks, before 2" in capsys.readouterr().err
    assert names(path) == []
    assert main(["list"]) == 0
    assert "no tasks on" in capsys.readouterr().err
    assert main(["list", "--restore"]) == 0
    assert names(path) == ["1", "2"]
