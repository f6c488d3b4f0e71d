from __future__ import annotations

import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from relaytui.adapters.watchlist import Defaults, TaskList, read_list
from relaytui.cli import main
from relaytui.simulator.scenarios import SCENARIOS
from relaytui.simulator.world import FaultKind

PATIENCE = 30
RELAYTUI = [sys.executable, "-m", "relaytui"]


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a process, and all it says once it serves."""
    command = [*RELAYTUI, "simulate", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = ""
        while "--help" not in said and (line := process.stdout.readline()):
            said += line
        try:
            yield process, said
        finally:
            process.kill()


def url_in(said: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert found, said
    return found[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_told_to_end(number: signal.Signals) -> None:
    with running("--scenario", "calm") as (process, said), httpx.Client() as client:
        state = client.get(f"{url_in(said)}/_control/state").json()
        assert {task["status"] for task in state["tasks"]} == {"InProgress"}
        process.send_signal(number)  # With a connection of ours still open.
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")


def test_what_it_says_to_type_works(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with running("--scenario", "calm") as (_, said):
        for name, value in re.findall(r"export (\w+)=(\S+)", said):
            monkeypatch.setenv(name, value)
        (command,) = (line for line in said.splitlines() if line.startswith("  relaytui check "))
        assert main(shlex.split(command)[1:]) == 0
        assert "running" in capsys.readouterr().out


def test_the_list_it_writes_is_one_that_relaytui_reads(tmp_path: Path) -> None:
    path = tmp_path / "my tasks.csv"
    with running("--write-tasks", str(path), "--count", "9") as (_, said):
        assert shlex.quote(str(path)) in said
        listed = read_list(path, Defaults(None, "ap-singapore", "default"))
        assert isinstance(listed, TaskList)
        state = httpx.get(f"{url_in(said)}/_control/state").json()
    assert len(listed.tasks) == 9
    assert [(task.key.sdk_app_id, task.key.region, task.key.task_id, task.label) for task in listed.tasks] == [
        (task["sdk_app_id"], task["region"], task["task_id"], task["label"]) for task in state["tasks"]
    ]
    with running("--write-tasks", str(path), "--count", "9") as (_, said):
        assert url_in(said)  # The same list again is no reason to stop.


def complaint(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What it says on stderr when it does not begin: one line, and exit code 2."""
    assert main(["simulate", *options]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def test_a_list_of_somebody_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tasks.csv"
    path.write_text("mine\n", encoding="utf-8")
    assert "is there already" in complaint(capsys, "--port", "0", "--write-tasks", str(path))
    assert path.read_text(encoding="utf-8") == "mine\n"
    assert "No such file" in complaint(capsys, "--write-tasks", str(tmp_path / "none" / "tasks.csv"))


def test_a_port_in_use_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = complaint(capsys, "--port", port)
    assert port in said
    assert "in use" in said
    assert "--port 0" in said


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--host", "0.0.0.0"], "loopback only"),
        (["--port", "65536"], "--port must be between 0 and 65535"),
        (["--port", "http"], "--port"),
        (["--count", "0"], "--count must be"),
        (["--cap", "0"], "--cap must be"),
        (["--scenario", "none"], "--scenario"),
    ],
)
def test_bad_options_are_one_clear_line(options: list[str], word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert word in complaint(capsys, *options)


def test_the_help_tells_scenarios_faults_and_how_to_steer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--help"]) == 0
    said = capsys.readouterr().out
    for word in (*SCENARIOS, *FaultKind, "/state", "/status", "/task", "/fault", "/clear", "/clock"):
        assert word in said


def test_the_curl_examples_of_the_help_work(capsys: pytest.CaptureFixture[str]) -> None:
    main(["simulate", "--help"])
    examples = [
        shlex.split(line, comments=True)
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("  curl -d ")
    ]
    assert len(examples) == 7
    with running("--scenario", "calm") as (_, said):
        control = f"{url_in(said)}/_control"
        first = httpx.get(f"{control}/state").json()["tasks"][0]["task_id"]
        for _, _, body, url in examples:
            answer = httpx.post(url.replace("$URL", control), content=body.replace("ID", first).encode())
            assert answer.status_code == 200, answer.text
