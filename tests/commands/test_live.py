from __future__ import annotations

from pathlib import Path

import pytest

from relaytui.adapters.stored_list import read_stored
from relaytui.cli import main
from relaytui.core.listing import Defaults, TaskList
from relaytui.simulator.server import SimulatorThread
from relaytui.simulator.world import Fault, FaultKind, World


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RELAYTUI_LIST", str(tmp_path / "list.toml"))
    return tmp_path / "list.toml"


def names(path: Path) -> list[str]:
    found = read_stored(path, Defaults(1, "ap-singapore", "default"))
    assert isinstance(found, TaskList)
    return [task.key.task_id for task in found.tasks]


@pytest.mark.usefixtures("simulator")
def test_what_does_not_run_is_added_and_said(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["add", "--check", "running", "nowhere", "odd"]) == 0
    assert names(path) == ["running", "nowhere", "odd"]
    said = capsys.readouterr().err
    assert "nowhere: not found; added all the same" in said
    assert "odd: unrecognised; added all the same" in said
    assert "1 of 3 tasks running" in said
    assert "running: " not in said


def test_the_preview_shows_the_state_of_each_new_task(
    simulator: SimulatorThread, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["add", "running"]) == 0
    assert simulator.server.api.total == 0, "nobody asked for a look"
    capsys.readouterr()
    assert main(["add", "--dry-run", "--check", "running", "nowhere", "late", "a\tb"]) == 2
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines] == ["duplicate", "new", "new", "malformed"]
    assert lines[1][2:4] == ["not", "found"]
    assert lines[2][2] == "running"
    assert simulator.server.api.total == 2, "only what is new is asked about"
    assert names(path) == ["running"]


def test_failures_to_see_do_not_block(
    simulator: SimulatorThread, world: World, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulator.call(lambda: world.plan(Fault(kind=FaultKind.SERVER_ERROR)))
    assert main(["add", "--check", "running"]) == 0
    assert names(path) == ["running"]
    assert "running: could not see (HTTP 503); added all the same" in capsys.readouterr().err


def test_without_a_credential_it_is_added_unseen(
    simulator: SimulatorThread, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TENCENTCLOUD_SECRET_ID")
    monkeypatch.delenv("TENCENTCLOUD_SECRET_KEY")
    assert main(["add", "--check", "running"]) == 0
    assert names(path) == ["running"]
    assert "no credential for profile 'default'" in capsys.readouterr().err
    assert simulator.server.api.total == 0


@pytest.mark.usefixtures("path")
def test_nothing_is_asked_where_nothing_would_be_added(simulator: SimulatorThread) -> None:
    assert main(["add", "--check", "running", "a\tb"]) == 2
    assert simulator.server.api.total == 0
    assert main(["add", "--check", "--skip-malformed", "running", "a\tb"]) == 0
    assert simulator.server.api.total == 1
