from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from relaytui.adapters.instances import SharedBudget
from relaytui.adapters.places import config_path, hashed, instances_folder
from relaytui.cli import main
from relaytui.core.endpoint import Endpoint, read_endpoint
from relaytui.core.task import DESCRIBE_REGIONS
from relaytui.ports import Account
from relaytui.simulator.server import SimulatorThread
from relaytui.simulator.world import ACCOUNT, Fault, FaultKind, World
from tests.commands.conftest import APP
from tests.commands.schemas import validator

CHECK = validator("check")
OTHER = 1600012345
SEARCH = ["check", "--search", "--budget", "20"]


@pytest.fixture(autouse=True)
def _lost(simulator: SimulatorThread, world: World) -> None:
    """A task where nobody would ask first, and its SdkAppId in the settings."""
    simulator.call(lambda: world.add(OTHER, "ap-mumbai", "lost"))
    path = config_path(os.environ)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[profiles.other]\nsdk_app_id = {OTHER}\nregion = 'ap-bangkok'\n")


def stored(text: str) -> None:
    (config_path(os.environ).parent / "watchlist.toml").write_text(text)


def objects(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    for one in found:
        CHECK.validate(one)
    return found


def test_a_task_is_found_where_nobody_would_ask_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SEARCH, "lost", "running"]) == 0
    shown = capsys.readouterr()
    lost, running = shown.out.splitlines()
    assert lost.startswith("● running")
    assert f"found: region ap-mumbai, SdkAppId {OTHER}, profile default" in lost
    assert f"found: region ap-singapore, SdkAppId {APP}, profile default" in running
    assert "found 2 of 2 tasks" in shown.err
    assert "profile 'other'" in shown.err, "a profile without a credential is told and left out"


def test_what_other_instances_hold_of_the_budget_is_theirs(
    simulator: SimulatorThread, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = read_endpoint(simulator.url)
    assert isinstance(endpoint, Endpoint)
    identity = Account("default", endpoint, ACCOUNT.credential).identity
    board = SharedBudget(instances_folder() / hashed(*identity), 20, 19)
    assert asyncio.run(board.look(0)).budget == 19
    began = time.monotonic()
    assert main([*SEARCH, "lost"]) == 0
    asked = int(capsys.readouterr().err.partition("asked ")[2].split()[0])
    assert time.monotonic() - began > asked - 1, "one slot is left, for one question a second"
    board.close(0)


def test_json_says_where_and_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SEARCH, "--json", "lost"]) == 0
    (answer,) = objects(capsys.readouterr().out)
    assert (answer["task"]["sdk_app_id"], answer["task"]["region"]) == (OTHER, "ap-mumbai")
    assert answer["state"] == "running"
    said = answer["search"]
    assert said.pop("questions") - 1 == said.pop("not_exist")
    assert said == {"found": True, "refused": [], "unseen": 0, "failures": [], "interrupted": False}


def test_a_task_that_is_nowhere_is_exit_code_3_after_every_place(
    simulator: SimulatorThread, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*SEARCH, "--json", "nowhere"]) == 3
    (answer,) = objects(capsys.readouterr().out)
    assert answer["status"] == "NotExist"
    assert answer["search"]["not_exist"] == 2 * len(DESCRIBE_REGIONS) == simulator.server.api.total


def test_what_is_refused_is_listed_and_asked_once(
    simulator: SimulatorThread, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse = Fault(kind=FaultKind.ERROR, code="UnauthorizedOperation.SdkAppId", sdk_app_id=OTHER)
    simulator.call(lambda: world.plan(refuse))
    assert main([*SEARCH, "nowhere", "--budget", "1"]) == 3
    line = capsys.readouterr().out
    assert f"refused: default {OTHER} " in line
    assert "UnauthorizedOperation.SdkAppId" in line
    assert simulator.server.api.total == len(DESCRIBE_REGIONS) + 1


def test_where_nobody_could_see_is_exit_code_4(
    simulator: SimulatorThread, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    trouble = Fault(kind=FaultKind.SERVER_ERROR, region="ap-mumbai")
    simulator.call(lambda: world.plan(trouble))
    assert main([*SEARCH, "lost"]) == 4
    assert "not seen: 2 places (HTTP 503)" in capsys.readouterr().out


def test_a_credential_that_is_refused_is_exit_code_5(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "not-the-key-of-anybody")
    assert main([*SEARCH, "lost"]) == 5
    shown = capsys.readouterr()
    assert "AuthFailure.SignatureFailure" in shown.out
    assert "not-the-key" not in shown.out + shown.err


def test_no_credential_at_all_is_exit_code_5(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENCENTCLOUD_SECRET_KEY")
    monkeypatch.delenv("TENCENTCLOUD_SECRET_ID")
    assert main([*SEARCH, "lost"]) == 5


@pytest.mark.usefixtures("simulator")
def test_the_stored_list_names_homes_and_labels(simulator: SimulatorThread, capsys: pytest.CaptureFixture[str]) -> None:
    stored(f"[[task]]\ntask_id = 'lost'\nsdk_app_id = {OTHER}\nregion = 'ap-mumbai'\nlabel = 'the final'\n")
    assert main([*SEARCH, "--budget", "1", "lost"]) == 0
    assert "the final (lost)" in capsys.readouterr().out
    assert simulator.server.api.total == 1


def test_a_broken_list_only_helps_less(capsys: pytest.CaptureFixture[str]) -> None:
    stored("[[task]\n")
    assert main([*SEARCH, "lost"]) == 0
    assert "searching without the list" in capsys.readouterr().err


def test_without_an_sdk_app_id_there_is_nothing_to_search(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("RELAYTUI_SDK_APP_ID")
    config_path(os.environ).unlink()
    assert main([*SEARCH, "lost"]) == 2
    assert "no SdkAppId is known" in capsys.readouterr().err


def test_an_sdk_app_id_of_another_profile_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RELAYTUI_SDK_APP_ID")
    assert main([*SEARCH, "lost"]) == 0


def test_ctrl_c_ends_it_with_what_was_found(simulator: SimulatorThread, world: World) -> None:
    simulator.call(lambda: world.plan(Fault(kind=FaultKind.STALL, task_id="stuck")))
    process = subprocess.Popen(
        [sys.executable, "-m", "relaytui", *SEARCH, "--json", "running", "stuck"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ,
        text=True,
    )
    deadline = time.monotonic() + 20
    while simulator.server.api.total < 6 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    first = objects(out)[0]
    assert (first["task"]["task_id"], first["state"]) == ("running", "running")
    assert first["search"]["interrupted"] is True
    assert "interrupted after" in err
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
def test_progress_stays_on_one_line_of_a_terminal(simulator: SimulatorThread, world: World, tmp_path: Path) -> None:
    from tests.terminal import Terminal

    simulator.call(lambda: world.plan(Fault(kind=FaultKind.LATENCY, seconds=0.4)))
    command = [sys.executable, "-m", "relaytui", *SEARCH, "--budget", "2", "lost"]
    terminal = Terminal(command, width=120, environment=dict(os.environ))
    try:
        terminal.wait_for("of 16 questions, 0 of 1 task found")
        terminal.wait_for("found: region ap-mumbai", gone=["of 16 questions"])
    finally:
        terminal.close()
