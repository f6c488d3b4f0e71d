"""Every door to the program, and everything bad that can stand behind it: a clear line, exit code 2, nothing lost."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from relaytui.adapters.places import plaintext_folder
from relaytui.cli import main
from tests.disks import fill_up, small_disk
from tests.permissions import no_permission

APP = "1400188366"
SECRET_FILES = (".tccli/default.credential", ".tencentcloud/credentials", "credentials/default.json")
STORED = f"[[task]]\ntask_id = 'kept'\nsdk_app_id = {APP}\n"
GIVEN = "[[task]]\ntask_id = 'bad'\n"

CONFIG, LIST, LIST_ADD, TASKS, ADD_FILE = "config", "list", "list add", "--tasks", "add --file"
CHECK_STDIN, ADD_STDIN = "check -", "add -"
FILES = (CONFIG, LIST, LIST_ADD, TASKS, ADD_FILE)
PIPES = (CHECK_STDIN, ADD_STDIN)

BAD: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\r\n\t\n",
    "binary": random.Random(5).randbytes(50_000),
    "zeros": bytes(50_000),
    "utf-16": "task_id,label\nrunning,final\n".encode("utf-16"),
    "latin-1": "# für später\nrunning\n".encode("latin-1"),
    "wrong columns": b"task_id,colour\nrunning,red\n",
    "too many cells": b"task_id,label\nrunning,a,b\n",
    "half JSON": b'{"task_id": "running"',
    "wrong JSON": b'[{"task_id": "running", "colour": "red"}]',
    "one long line": b"x" * 2_000_000,
    "100,000 lines of nothing": b"- - -\n" * 100_000,
    "deeply nested": b"[" * 100_000,
}
FINE: dict[tuple[str, str], int] = {
    **{(name, blank): 0 for name in (CONFIG, LIST, LIST_ADD) for blank in ("empty", "blank")},
    # A TaskId is opaque, and here each line is one: nobody listens there, so it was asked.
    **{(name, odd): 4 for name in (TASKS, CHECK_STDIN) for odd in ("half JSON", "100,000 lines of nothing")},
    # Fished out of the text.
    **{(name, "half JSON"): 0 for name in (ADD_FILE, ADD_STDIN)},
}
"""What is not bad behind some doors, and the exit code there."""


@pytest.fixture(autouse=True)
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stored list that must be there in the end as it was, and a credential that nobody asks with."""
    path = tmp_path / "stored.toml"
    path.write_text(STORED)
    monkeypatch.setenv("RELAYTUI_LIST", str(path))
    monkeypatch.setenv("RELAYTUI_SDK_APP_ID", APP)
    monkeypatch.setenv("RELAYTUI_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "key")
    return path


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Path], int]:
    """Goes through a door with what is in a file behind it; the exit code."""

    def go(name: str, path: Path) -> int:
        match name:
            case "config":
                monkeypatch.setenv("RELAYTUI_CONFIG", str(path))
                return main(["config", "check"])
            case "list" | "list add":
                monkeypatch.setenv("RELAYTUI_LIST", str(path))
                return main(["list"] if name == LIST else ["add", "another"])
            case "--tasks":
                return main(["check", "--tasks", str(path)])
            case "add --file":
                return main(["add", "--file", str(path)])
            case _:
                monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
                return main(name.split())

    return go


def is_one_clear_line(said: str, *names: str) -> bool:
    lines = said.splitlines()
    return (
        0 < len(lines) <= 25
        and all(line.startswith("relaytui: ") and len(line) < 500 and line.isprintable() for line in lines)
        and any(name in said for name in names)
    )


@pytest.mark.parametrize("where", [(name, bad) for name in (*FILES, *PIPES) for bad in BAD], ids=" ".join)
def test_whatever_is_in_there(
    where: tuple[str, str],
    door: Callable[[str, Path], int],
    stored: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name, bad = where
    path = tmp_path / "given"
    path.write_bytes(BAD[bad])
    code = door(name, path)
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert len(said.splitlines()) <= 25
    assert code == FINE.get(where, 2), said[:500]
    if where in FINE:
        return
    assert stored.read_text() == STORED
    assert is_one_clear_line(said, "given", "standard input", "TaskId"), said[:2000]
    assert path.read_bytes() == BAD[bad]


@pytest.fixture(params=SECRET_FILES)
def secret_file(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The one file where a key could be, which is still to be written."""
    for name in ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"):
        monkeypatch.delenv(name)
    config = tmp_path / "config"
    config.write_text("[profiles.default]\nstore = 'plaintext'\n")
    monkeypatch.setenv("RELAYTUI_CONFIG", str(config))
    vendors = Path.home() / request.param
    path = vendors if request.param.startswith(".") else plaintext_folder() / "default.json"
    path.parent.mkdir(mode=0o700, parents=True)
    return path


def is_refused_in_a_line(path: Path, capsys: pytest.CaptureFixture[str]) -> bool:
    assert main(["check", "1"]) == 5
    return is_one_clear_line(capsys.readouterr().err, path.name)


@pytest.mark.parametrize("bad", BAD)
def test_whatever_stands_where_a_key_should(bad: str, secret_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret_file.write_bytes(BAD[bad])
    secret_file.chmod(0o600)
    assert is_refused_in_a_line(secret_file, capsys)
    assert secret_file.read_bytes() == BAD[bad]


@pytest.mark.skipif(os.name != "posix", reason="no pipes with names here")
def test_a_folder_or_a_pipe_where_a_key_should_be(secret_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret_file.mkdir(mode=0o700)
    assert is_refused_in_a_line(secret_file, capsys)
    secret_file.rmdir()
    os.mkfifo(secret_file, 0o600)
    assert is_refused_in_a_line(secret_file, capsys)


@pytest.mark.parametrize("bad", sorted(BAD.keys() - {"empty", "blank"}))
def test_whatever_a_kept_version_holds(bad: str, stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = stored.with_name("stored.toml.v000001")
    version.write_bytes(BAD[bad])
    assert main(["list", "--restore"]) == 2
    assert is_one_clear_line(capsys.readouterr().err, version.name)
    assert stored.read_text() == STORED


@pytest.mark.skipif(os.name != "posix", reason="no pipes with names here")
def test_a_folder_or_a_pipe_for_a_version(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = stored.with_name("stored.toml.v000001")
    version.mkdir()
    assert main(["list", "--restore"]) == 2
    assert is_one_clear_line(capsys.readouterr().err, version.name)
    version.rmdir()
    os.mkfifo(version)
    assert main(["list", "--restore"]) == 2
    assert is_one_clear_line(capsys.readouterr().err, version.name)
    assert stored.read_text() == STORED


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device without an end")
@pytest.mark.parametrize("name", PIPES)
def test_a_pipe_without_an_end(
    name: str, stored: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open("/dev/zero", encoding="utf-8") as endless:  # noqa: PTH123 - as standard input is
        monkeypatch.setattr("sys.stdin", endless)
        assert main(name.split()) == 2
    assert is_one_clear_line(capsys.readouterr().err, "standard input: has more than")
    assert stored.read_text() == STORED


def test_a_full_disk_under_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing can be kept, which every command says; and it answers all the same."""
    place = tmp_path / "disk"
    with small_disk(place):
        stored, config = place / "stored.toml", place / "config.toml"
        stored.write_text(STORED + STORED.replace("kept", "other"))
        config.write_text("# mine\nprofile = 'prod'\n[profiles.prod]\nstore = 'plaintext'\n")
        before = {path: path.read_bytes() for path in (stored, config)}
        for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            monkeypatch.setenv(name, str(place))
        monkeypatch.setenv("RELAYTUI_LIST", str(stored))
        monkeypatch.setenv("RELAYTUI_CONFIG", str(config))
        fill_up(place / "filler")
        for command, code in (
            (["add", "another"], 2),
            (["remove", "kept"], 2),
            (["login", "--from", "env", "--no-verify"], 5),
        ):
            assert main(command) == code
            assert "cannot be written: No space left on device" in capsys.readouterr().err
        assert main(["check", "1", "2"]) == 4
        assert "2 " in capsys.readouterr().out
        assert {path: path.read_bytes() for path in (stored, config)} == before


@pytest.mark.parametrize("name", FILES)
def test_a_folder_instead_of_a_file(
    name: str, door: Callable[[str, Path], int], stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "given"
    path.mkdir()
    assert door(name, path) == 2
    said = capsys.readouterr().err
    assert is_one_clear_line(said, "given")
    assert "directory" in said
    assert stored.read_text() == STORED
    assert list(path.iterdir()) == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_may_not_be_read(
    name: str, door: Callable[[str, Path], int], stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "given"
    path.write_text(GIVEN)
    door(name, path)  # loads what the command needs, which may not be for everybody to read
    before = path.read_bytes()
    capsys.readouterr()
    with no_permission(path):
        assert door(name, path) == 2
    said = capsys.readouterr().err
    assert is_one_clear_line(said, "given")
    assert "Permission denied" in said
    assert path.read_bytes() == before
    assert stored.read_text() == STORED or name == ADD_FILE


@pytest.mark.parametrize("name", [TASKS, ADD_FILE, CHECK_STDIN, ADD_STDIN])
def test_mixed_line_endings_are_no_fault(
    name: str, door: Callable[[str, Path], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "given"
    path.write_bytes(b"task_id,label\r\none1,a\rtwo2,b\nthree3,c\r\n")
    code = door(name, path)
    shown = capsys.readouterr()
    if name.startswith("add"):
        assert code == 0
        assert "3 tasks added" in shown.err
    else:
        assert code == 4, "nobody listens there, so it was asked"
        assert [label in shown.out for label in ("a (one1)", "b (two2)", "c (three3)")] == [True] * 3


@pytest.mark.parametrize("name", [TASKS, ADD_FILE, ADD_STDIN])
def test_a_hundred_thousand_good_lines_with_one_bad_one(
    name: str, door: Callable[[str, Path], int], stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "given"
    path.write_text("task_id\n" + "".join(f"id{number}\n" for number in range(100_000)) + "a\u200bb\n", "utf-8")
    assert door(name, path) == 2
    said = capsys.readouterr().err
    assert ":100002: " in said
    assert "U+200B" in said
    assert stored.read_text() == STORED


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only where a full disk can be had")
@pytest.mark.parametrize(
    "command",
    [
        ["list"],
        ["list", "--json"],
        ["list", "--csv"],
        ["export", "--format", "csv"],
        ["profiles"],
        ["config", "example"],
        ["doctor"],
        ["check", "--search", "1"],
        ["add", "--dry-run", "1"],
    ],
)
def test_a_full_disk_behind_the_output_is_one_line(command: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "relaytui", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ,
            text=True,
            check=False,
            timeout=60,
        )
    assert "Traceback" not in ended.stderr
    assert "cannot write the output: No space left on device" in ended.stderr
    assert ended.returncode == 1
