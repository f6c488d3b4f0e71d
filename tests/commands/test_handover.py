"""What `relaytui watch` leaves in the journal, as a handover."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest

from relaytui.adapters.places import journal_path
from relaytui.cli import main
from relaytui.core.alarm_memory import AlarmMemory, Wrong
from relaytui.core.task import TaskKey
from relaytui.monitor.news import ALARMS
from relaytui.simulator.server import SimulatorThread
from tests.commands.conftest import APP, REGION

KEY = TaskKey("default", REGION, APP, "unknown")
AT = 4_224_128_000.0


@pytest.fixture
def watched(simulator: SimulatorThread) -> None:
    assert main(["watch", "running", "unknown", "--for", "1"]) == 0
    memory = AlarmMemory(wrong={KEY: Wrong("not found", 1.0, acknowledged_at=AT, reason="old run sheet")})
    stale = AlarmMemory(wrong={KEY: Wrong("not found", 1.0, acknowledged_at=1_767_323_045.0, reason="long over")})
    with closing(sqlite3.connect(journal_path(os.environ))) as db:
        for name, kept in ((f"{ALARMS} one", memory), (f"{ALARMS} other", stale)):
            db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, kept.dump()))
        db.commit()


@pytest.mark.usefixtures("watched")
def test_problems_with_what_was_said_and_what_happened(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["handover"]) == 0
    text = capsys.readouterr().out
    problems, _, happened = text.partition("## What happened")
    assert "## ? unknown: not found since" in problems
    assert "* acknowledged 2103-11-10T08:53:20Z: old run sheet" in problems
    assert "newest RequestIds `" in problems
    assert "● running" not in problems
    assert "? not found" in happened
    assert "● running" not in happened


@pytest.mark.usefixtures("watched")
def test_all_tasks_where_they_are_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["handover", "--all", "--since", "0s"]) == 0
    text = capsys.readouterr().out
    assert "## ● running: running since" in text
    assert "## What happened" not in text


@pytest.mark.usefixtures("watched")
def test_some_tasks_by_name_and_nothing_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["handover", "running"]) == 0
    text = capsys.readouterr().out
    assert "## ● running: running since" in text
    assert "unknown" not in text
    assert main(["handover", "running", "stranger"]) == 2
    assert "has a task 'stranger'" in capsys.readouterr().err


@pytest.mark.usefixtures("watched")
def test_a_journal_that_nobody_writes_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(journal_path(os.environ))) as db:
        db.execute("UPDATE session SET alive = 1767323045000")
        db.commit()
    capsys.readouterr()
    assert main(["handover"]) == 0
    assert "**NOBODY IS WATCHING, last at 2026-01-02T03:04:05Z" in capsys.readouterr().out


def test_a_watch_that_ended_blind_leaves_no_warning_once_another_one_sees(
    simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as nobody:
        nobody.setenv("TENCENTCLOUD_SECRET_KEY", "another-EXAMPLE")
        main(["watch", "running", "--for", "5"])
        capsys.readouterr()
        assert main(["handover"]) == 0
        assert "**BLIND default@" in capsys.readouterr().out
    assert main(["watch", "running", "--for", "3"]) == 0
    capsys.readouterr()
    assert main(["handover"]) == 0
    assert "**BLIND" not in capsys.readouterr().out


def test_without_a_journal_it_says_who_writes_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["handover"]) == 2
    assert "there is no journal" in capsys.readouterr().err


@pytest.mark.usefixtures("watched")
def test_no_secret_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["handover", "--all"]) == 0
    assert os.environ["TENCENTCLOUD_SECRET_KEY"] not in capsys.readouterr().out
    assert os.environ["TENCENTCLOUD_SECRET_KEY"].encode() not in journal_path(os.environ).read_bytes()
