"""`relaytui watch` writes a journal and `relaytui history` prints it, also after a kill."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from relaytui.adapters.places import journal_path
from relaytui.cli import main
from relaytui.simulator.server import SimulatorThread
from relaytui.simulator.world import World
from tests.adapters.journal.recorded import rows
from tests.commands.conftest import APP
from tests.commands.schemas import validator

EVENTS = validator("events")
SLACK = 0.5
"""Seconds that a busy machine takes on top."""


@pytest.fixture
def watched(simulator: SimulatorThread) -> Path:
    """The journal of a watch that saw one task run and did not find another."""
    assert main(["watch", "running", "unknown", "--for", "1"]) == 0
    return journal_path(os.environ)


@pytest.mark.usefixtures("watched")
def test_the_changes_of_all_tasks_in_local_time_and_utc(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["history", "--since", "2h"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    for line, words in zip(sorted(lines, key=lambda line: "unknown" in line), ("running", "not found"), strict=True):
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(\d\d:\d\d:\d\d UTC\)  ", line)
        assert words in line


@pytest.mark.usefixtures("watched")
def test_one_task_s_history_as_json_of_the_events_schema(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["history", "unk", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    EVENTS.validate(json.loads(line))
    assert json.loads(line)["to"] == "not_found"


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["history", "stranger"], "knows no task 'stranger'"),
        (["history", "--since", "yesterday"], "--since 'yesterday': write"),
        (["history", "--until", "25:00"], "--until '25:00': write"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    argv: list[str], told: str, watched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watched.exists()
    capsys.readouterr()
    assert main(argv) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert len(shown.err.splitlines()) == 1
    assert shown.out == ""


def test_without_a_journal_it_says_who_writes_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history"]) == 2
    assert "there is no journal" in capsys.readouterr().err


@pytest.mark.usefixtures("watched")
def test_a_time_in_which_nothing_happened_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["history", "--until", "1h"]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "--since" in shown.err


def start_watch(*options: str) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "relaytui", "watch", "running", "--interval", "2", "--json", *options]
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_kill_loses_at_most_a_second_and_the_next_start_knows_what_ended_meanwhile(
    simulator: SimulatorThread, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    path, asked = journal_path(os.environ), simulator.server.api
    process = start_watch("--budget", "20")
    try:
        until(lambda: asked.total >= 4)
        killed_at = time.time()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    ((alive, ended),) = rows(path, "SELECT alive, ended FROM session")
    assert killed_at - alive / 1000 < 1.0 + SLACK
    assert ended == 0
    ((count,),) = rows(path, "SELECT count FROM belief")
    assert count >= 2
    world.set_status(APP, "running", "NotExist", time.time())
    until(lambda: time.time() - alive / 1000 > 4)
    assert main(["watch", "running", "--for", "6"]) == 0
    printed = capsys.readouterr().out
    assert "changed while not watching" in printed
    assert "ended without a word" in printed
    assert main(["history", "running"]) == 0
    history = capsys.readouterr().out.splitlines()
    assert [re.split(r"  +", line)[1] for line in history] == ["● running", "GAP", "✖ ended"]


def test_a_task_started_anew_has_the_history_of_its_earlier_task_ids(
    watched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watched.exists()
    path = tmp_path / "list.toml"
    path.write_text('[[task]]\ntask_id = "anew"\nlabel = "gate"\nreplaces = "unknown"\n', "utf-8")
    monkeypatch.setenv("RELAYTUI_LIST", str(path))
    for word in ("anew", "gate", "unknown"):
        capsys.readouterr()
        assert main(["history", word]) == 0
        (line,) = capsys.readouterr().out.splitlines()
        assert "unknown" in line
    path.write_text("broken", "utf-8")
    assert main(["history", "unknown"]) == 0
    shown = capsys.readouterr()
    assert "unknown" in shown.out
    assert "without the TaskIds that it had before" in shown.err
