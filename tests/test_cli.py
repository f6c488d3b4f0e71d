from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui import __version__
from relaytui.cli import COMMANDS, main
from relaytui.commands import check

SOON = 30.0


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("RELAYTUI_", "TENCENTCLOUD_")):
            monkeypatch.delenv(name)


def complaint(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 2) -> str:
    """The one line on stderr of a command that does not begin."""
    assert main(argv) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    assert line.startswith("relaytui: ")
    return line


def test_help_names_every_command_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for command, told in COMMANDS.items():
        assert [line for line in lines if line.split() == [command, *told.split()]], command
    assert all(len(line) <= 120 for line in lines)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"relaytui {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_and_names_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    if not (Path(check.__file__).parent / f"{command}.py").exists():
        pytest.skip("not written yet")
    assert main([command, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: relaytui {command}")


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["check", "--jsn", "1"], "no option --jsn (did you mean --json?)"),
        (["check", "--jsn=x", "1"], "put it after --"),
        (["check", "-abc"], "no option -abc"),
        (["check", "1", "--budget"], "--budget needs a value"),
        (["check", "--budget", "--json", "1"], "--budget needs a value"),
        (["check", "1", "--json=yes"], "--json"),
        (["check", "--sdk"], "no option --sdk"),
        (["watch", "1", "--for", "never"], "number of seconds"),
        (["watch", "1", "--for=-1"], "number of seconds"),
        (["completion"], "shell"),
        (["completion", "tcsh"], "'tcsh'"),
        (["--json", "check", "1"], "the command comes first: relaytui check"),
        (["--region", "ap-mumbai", "check", "1"], "the command comes first: relaytui check"),
        (["chek", "1"], "did you mean check?"),
        ([], "needs a terminal"),
        (["check"], "no tasks"),
        (["check", "1"], "--sdk-app-id"),
        (["check", "1", "--sdk-app-id", "x"], "--sdk-app-id 'x'"),
        (["check", "1", "--sdk-app-id", "1400188366", "--budget", "-5"], "--budget '-5'"),
        (["check", "1", "--sdk-app-id", "1400188366", "--endpoint", "http://example.com"], "use https"),
        (["check", "1", "--sdk-app-id", "1400188366", "--tasks", "/"], "directory"),
        (["check", "1\x1b", "--sdk-app-id", "1400188366"], "U+001B"),
        (["check", "", "--sdk-app-id", "1400188366"], "never empty"),
        (["-", "--sdk-app-id", "1400188366"], "--tasks FILE"),
    ],
)
def test_a_wrong_command_line_is_one_clear_line(argv: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told in complaint(capsys, *argv)


def test_a_list_with_a_mistake_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "list.csv"
    path.write_text("task_id,lable\n1,a\n", "utf-8")
    line = complaint(capsys, "watch", "--tasks", str(path), "--sdk-app-id", "1400188366")
    assert f"{path}:1:" in line
    assert "did you mean label?" in line


def test_missing_credentials_are_exit_code_5_where_nobody_can_sign_in(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("check", "watch"):
        line = complaint(capsys, command, "1", "--sdk-app-id", "1400188366", code=5)
        assert "TENCENTCLOUD_SECRET_ID" in line


def test_a_list_with_another_profile_has_no_credential_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "a")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "b")
    path = tmp_path / "list.csv"
    path.write_text("task_id,profile\n1,prod\n", "utf-8")
    line = complaint(capsys, "check", "--tasks", str(path), "--sdk-app-id", "1400188366", code=5)
    assert "'prod'" in line


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[argparse.Namespace]:
    """What `check` was asked to do, instead of doing it."""
    found: list[argparse.Namespace] = []
    monkeypatch.setattr(check, "run", partial(_note, found))
    return found


def _note(found: list[argparse.Namespace], args: argparse.Namespace) -> int:
    found.append(args)
    return 0


@pytest.mark.parametrize(
    ("argv", "ids"),
    [
        (["-9sdf.."], ["-9sdf.."]),
        (["-Abc"], ["-Abc"]),
        (["-a1", "--json"], ["-a1"]),
        (["--json", "-_", "x"], ["-_", "x"]),
        (["-", "--", "--json"], ["-", "--json"]),
        (["--", "-abc"], ["-abc"]),
        (["--", "--", "x"], ["--", "x"]),
        (["--tasks", "-strange", "1"], ["1"]),
        (["-" + "a" * 30], ["-" + "a" * 30]),
        (["1..", "--region=ap-mumbai", "2"], ["1..", "2"]),
    ],
)
def test_what_is_a_task_id(argv: list[str], ids: list[str], asked: list[argparse.Namespace]) -> None:
    assert main(["check", *argv]) == 0
    assert asked[0].ids == ids
    assert asked[0].json is ("--json" in argv[: argv.index("--")] if "--" in argv else "--json" in argv)


@given(st.lists(st.text("aZ09+-_.", min_size=1, max_size=60).map(lambda text: f"-{text}9")))
def test_task_ids_of_the_documented_characters_need_no_separator(ids: list[str]) -> None:
    found: list[argparse.Namespace] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check, "run", partial(_note, found))
        assert main(["check", *ids]) == 0
    assert found[0].ids == ids


def test_what_is_odd_is_warned_about_and_asked_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"TENCENTCLOUD_SECRET_ID": "a", "TENCENTCLOUD_SECRET_KEY": "b"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        argv = ["check", "1", "--sdk-app-id", "7", "--region", "ap-singapor", "--endpoint", "http://127.0.0.1:1"]
        assert main(argv) == 4
    shown = capsys.readouterr()
    assert "did you mean ap-singapore?" in shown.err
    assert "SdkAppId 7" in shown.err
    assert "could not see" in shown.out


def test_an_interrupted_command_ends_quietly(
    asked: list[argparse.Namespace], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_args: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "run", interrupt)
    assert main(["check", "1"]) == 130
    assert capsys.readouterr().err == ""
    assert not asked


def run(*argv: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "relaytui", *argv],
        capture_output=True,
        env=os.environ | environ,
        stdin=subprocess.DEVNULL,
        timeout=SOON,
        check=False,
    )


def test_the_module_exits_with_the_code() -> None:
    done = run("check")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1


def test_a_terminal_that_knows_only_ascii_gets_question_marks() -> None:
    done = run(
        *("check", "1", "--sdk-app-id", "1400188366", "--endpoint", "http://127.0.0.1:1"),
        PYTHONIOENCODING="ascii",
        TENCENTCLOUD_SECRET_ID="a",
        TENCENTCLOUD_SECRET_KEY="b",
    )
    assert done.returncode == 4
    assert done.stdout.startswith(b"! could not see")
    assert done.stderr == b"relaytui: profile default: credential from environment\n"


@pytest.mark.skipif(os.name != "posix", reason="closing streams is the shell's way here")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_the_caller_closed_change_nothing(closed: str) -> None:
    ask = "check 1 --sdk-app-id 7 --endpoint http://127.0.0.1:1"
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec '{sys.executable}' -m relaytui {ask} {closed}"],
        env=os.environ | {"TENCENTCLOUD_SECRET_ID": "a", "TENCENTCLOUD_SECRET_KEY": "b"},
        capture_output=True,
        timeout=SOON,
        check=False,
    )
    assert done.returncode == 4
    assert b"Traceback" not in done.stderr


def test_a_task_id_that_is_not_utf_8_is_refused() -> None:
    done = subprocess.run(
        [os.fsencode(sys.executable), b"-m", b"relaytui", b"check", b"a\xffb", b"--sdk-app-id", b"1400188366"],
        capture_output=True,
        timeout=SOON,
        check=False,
    )
    assert done.returncode == 2
    assert b"U+DCFF" in done.stderr
    assert b"Traceback" not in done.stderr


def test_help_into_a_closed_pipe_is_quiet() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "relaytui", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(SOON) == 0


def test_every_command_module_has_the_two_functions() -> None:
    for command in COMMANDS:
        if not (Path(check.__file__).parent / f"{command}.py").exists():
            continue
        module = importlib.import_module(f"relaytui.commands.{command}")
        module.configure(argparse.ArgumentParser())
        assert callable(module.run)
