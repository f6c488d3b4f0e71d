"""Edits of the stored list reach what is running: `watch` as a process, and an engine with a real file."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from relaytui.adapters.clock import SystemClock
from relaytui.adapters.settings import Settings
from relaytui.cli import main
from relaytui.commands.options import Plan
from relaytui.commands.stored import follow_stored
from relaytui.core.board import Board
from relaytui.core.schedule import Lane
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.engine import Drained, Engine
from relaytui.monitor import Monitor
from tests.commands.test_watch import NoSource, watching


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RELAYTUI_LIST", str(tmp_path / "list.toml"))
    return tmp_path / "list.toml"


@pytest.mark.usefixtures("simulator")
def test_a_watch_on_the_stored_list_takes_edits_in(path: Path) -> None:
    assert main(["add", "running"]) == 0
    with watching("--json", "--interval", "1") as watch:
        assert watch.wait_for_event(event="watching")["tasks"] == 1
        watch.wait_for_event(event="transition", task_id="running", to="running")
        assert main(["add", "late", "--label", "the late one"]) == 0
        assert watch.wait_for_event(event="notice", kind="list")["text"] == "list: 1 added, 0 removed, 0 edited"
        assert watch.wait_for_event(event="transition", task_id="late")["task"]["label"] == "the late one"
        good = path.read_text("utf-8")
        path.write_text(good + "lable = 1\n", "utf-8")
        refused = watch.wait_for_event(event="notice", kind="list")["text"]
        assert "the one before is watched" in refused
        assert f"{path}:{good.count(chr(10)) + 1}: no key is called 'lable'" in refused
        assert main(["list", "--restore"]) == 0
        assert watch.wait_for_event(event="notice", kind="list")["text"] == "list: 0 added, 1 removed, 0 edited"


def test_an_engine_follows_the_file_and_refuses_profiles_it_cannot_ask_for(path: Path) -> None:
    key = TaskKey("default", "ap-singapore", 1, "a")
    engine = Engine(
        lambda emit: Monitor(
            Board([WatchedTask(key)]),
            [(Lane(LaneKey("default", "h"), 1.0), NoSource())],
            clock=SystemClock(),
            emit=emit,
        )
    )
    engine.set_polling(False)
    engine.start()
    path.write_text('[[task]]\ntask_id = "a"\n', "utf-8")
    plan = Plan(Settings(sdk_app_id=1), (WatchedTask(key),), {})
    args = argparse.Namespace(ids=[])
    follower = follow_stored(args, plan, take=engine.set_tasks, refuse=engine.refuse_tasks)
    assert follower is not None
    try:
        path.write_text('[[task]]\ntask_id = "a"\nlabel = "cam"\n[[task]]\ntask_id = "b"\n', "utf-8")
        relisted = until(engine, lambda drained: drained.relisted is not None).relisted
        assert relisted is not None
        assert [task.name for task in relisted.tasks] == ["cam", "b"]
        path.write_text('[[task]]\ntask_id = "a"\nprofile = "prod"\n', "utf-8")
        relisted = until(engine, lambda drained: drained.relisted is not None).relisted
        assert relisted is not None
        assert relisted.refused
        assert "profile prod" in relisted.text
        assert [task.name for task in relisted.tasks] == ["cam", "b"]
    finally:
        follower.stop()
        engine.stop()


def until(engine: Engine, wanted: Callable[[Drained], bool]) -> Drained:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if wanted(drained := engine.feed.drain()):
            return drained
        time.sleep(0.05)
    raise AssertionError("it did not come")
