from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from relaytui.commands.watch import follow
from relaytui.core.board import Board
from relaytui.core.events import Acknowledged, Notice, NoticeKind
from relaytui.core.schedule import Lane
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.engine.succession import Succession
from relaytui.monitor import Emit, Monitor
from relaytui.simulator.server import SimulatorThread
from relaytui.simulator.world import Fault, FaultKind, World
from tests.commands.conftest import APP, SOURCE
from tests.commands.schemas import validator
from tests.fakes import FakeClock

EVENTS = validator("events")
SECONDS = 20.0


class Watching:
    """`relaytui watch` as its own process, and the lines it has printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: Queue[str | None] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def wait_for(self, wanted: Callable[[str], bool]) -> str:
        """The next line that is wanted."""
        deadline = time.monotonic() + SECONDS
        while True:
            line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            assert line is not None, "the watch has ended"
            if wanted(line):
                return line

    def wait_for_event(self, **wanted: object) -> dict[str, Any]:
        """The next object with these values; each on the way fits the schema. `task_id` is looked for in the task."""
        found: dict[str, Any] = {}

        def fits(line: str) -> bool:
            fields = json.loads(line)
            EVENTS.validate(fields)
            found.clear()
            found.update(fields)
            flat = fields | fields.get("task", {})
            return all(flat.get(name.rstrip("_")) == value for name, value in wanted.items())

        self.wait_for(fits)
        return dict(found)

    def end(self) -> tuple[int, str]:
        """The exit code and all of stderr."""
        code = self.process.wait(SECONDS)
        assert self.process.stderr is not None
        return code, self.process.stderr.read()


@contextmanager
def watching(*arguments: str) -> Iterator[Watching]:
    process = subprocess.Popen(
        [sys.executable, "-m", "relaytui", "watch", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with process:
        try:
            yield Watching(process)
        finally:
            process.kill()


def test_changes_come_as_objects_that_fit_the_schema(simulator: SimulatorThread, world: World) -> None:
    with watching("running", "late", "--json", "--interval", "1") as watch:
        first = watch.wait_for_event(event="watching")
        assert first["tasks"] == 2
        started = watch.wait_for_event(event="transition", task_id="running", to="running", from_="pending")
        assert started["request_id"]
        simulator.call(lambda: world.set_status(APP, "running", "NotExist", time.time()))
        ended = watch.wait_for_event(event="transition", task_id="running", to="ended")
        assert ended["from"] == "running"
        assert ended["earlier_request_id"] not in (None, ended["request_id"])
        fault = Fault(kind=FaultKind.ERROR, task_id="late")
        simulator.call(lambda: world.plan(fault))
        failed = watch.wait_for_event(event="failure", task_id="late")
        assert failed["failure"]["code"] == "FailedOperation.QueryTaskInfoFailed"
        simulator.call(world.clear)
        simulator.call(lambda: world.plan(Fault(kind=FaultKind.REFUSE)))
        blind = watch.wait_for_event(event="blind")
        assert blind["cause"]["kind"] == "network"
        assert blind["last_good"]
        simulator.call(world.clear)
        assert watch.wait_for_event(event="sight")["since"] == blind["since"]
        watch.process.send_signal(signal.SIGTERM)
        assert watch.end() == (0, SOURCE)


@pytest.mark.usefixtures("simulator")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quietly(number: signal.Signals) -> None:
    with watching("running") as watch:
        watch.wait_for(lambda line: "● running" in line)
        watch.process.send_signal(number)
        assert watch.end() == (0, SOURCE)


@pytest.mark.usefixtures("simulator")
def test_a_closed_pipe_ends_it_quietly() -> None:
    command = [sys.executable, "-m", "relaytui", "watch", "running", "--interval", "0.2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(SECONDS) == 0
        assert process.stderr.read() == SOURCE.encode()


@pytest.mark.usefixtures("simulator")
def test_it_ends_by_itself_after_the_seconds_asked() -> None:
    with watching("running", "nowhere", "--for", "1.5") as watch:
        code, errors = watch.end()
        assert (code, errors) == (0, SOURCE)
        lines = [line for line in iter(watch.lines.get, None) if line]
        assert "watching 2 tasks" in lines[0]
        assert any("? not found" in line and "nowhere" in line for line in lines)


@pytest.mark.usefixtures("simulator")
def test_what_an_earlier_run_saw_is_told_before_anything_changes() -> None:
    with watching("running", "nowhere") as watch:
        watch.wait_for(lambda line: "● running" in line)
        watch.wait_for(lambda line: "? not found" in line)
        watch.process.send_signal(signal.SIGTERM)
        assert watch.end() == (0, SOURCE)
    with watching("running", "nowhere", "--json") as watch:
        watch.wait_for_event(event="notice", kind="recalled", task_id="running", to="running")
        recalled = watch.wait_for_event(event="notice", kind="recalled", task_id="nowhere")
        assert recalled["text"].startswith("not found since ")


def test_a_reader_who_stalls_does_not_stop_the_polling(simulator: SimulatorThread) -> None:
    """The end of the polling would show at the server: it must go on being asked while nobody reads."""
    ids = [f"{'x' * 4000}{number}" for number in range(20)]  # their first lines are more than a pipe holds
    command = [sys.executable, "-m", "relaytui", "watch", *ids, "--json", "--interval", "0.2", "--budget", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + SECONDS
        while simulator.server.api.total < 4 * len(ids) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert process.poll() is None
        assert simulator.server.api.total >= 4 * len(ids)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0, "a stalled reader must not hold up the end either"


async def _never(_emit: Emit) -> None:
    await asyncio.Event().wait()


class ScriptedMonitor(Monitor):
    """A monitor that asks nobody and does what a test says instead."""

    def __init__(self, emit: Emit, script: Callable[[Emit], Any] = _never) -> None:
        super().__init__(Board([]), [(Lane(LaneKey("p", "h"), 1.0), NoSource())], clock=FakeClock(), emit=emit)
        self._script = script
        self._said = emit

    async def run(self) -> None:
        await self._script(self._said)


class NoSource:
    expires_at = None

    async def observe(self, key: object, *, written: object) -> Any:
        raise AssertionError("nobody is asked here")

    async def aclose(self) -> None:
        pass


async def test_what_is_emitted_is_printed_between_the_lines_that_say_it_lives(tmp_path: Path) -> None:
    async def script(emit: Emit) -> None:
        emit(Notice(60.0, NoticeKind.FAULT, "a\x1b[31m fault\nover two lines"))
        await _never(emit)

    path = tmp_path / "out"
    with path.open("w", encoding="utf-8") as out:
        code = await follow(
            lambda emit: ScriptedMonitor(emit, script), json=False, seconds=0.05, out=out, clock=FakeClock()
        )
    assert code == 0
    first, second = path.read_text("utf-8").splitlines()
    assert first == "2026-01-02T03:04:05Z  watching 0 tasks"
    assert second.startswith("1970-01-01T00:01:00Z  notice")
    assert second.endswith("a[31m fault over two lines")


async def test_what_another_board_acknowledged_is_named_by_its_label(tmp_path: Path) -> None:
    key = TaskKey("p", "ap-singapore", 1, "t1")

    async def script(emit: Emit) -> None:
        emit(Acknowledged(60.0, (key,), "on it"))
        await _never(emit)

    def make(emit: Emit) -> Monitor:
        monitor = ScriptedMonitor(emit, script)
        monitor.board.add(WatchedTask(key, "cam 1"))
        return monitor

    path = tmp_path / "out"
    with path.open("w", encoding="utf-8") as out:
        assert await follow(make, json=False, seconds=0.05, out=out, clock=FakeClock()) == 0
    assert path.read_text("utf-8").splitlines()[1].endswith("cam 1 (t1)  on it")


async def test_a_monitor_that_ends_in_a_bug_is_told_and_followed_by_one_that_gets_the_newest_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relaytui.engine.succession.RESTART_SECONDS", 0.01)
    made: list[ScriptedMonitor] = []
    both, broken = asyncio.Event(), asyncio.Event()

    async def script(emit: Emit) -> None:
        if len(made) == 1:
            await broken.wait()
            raise ValueError("a bug")
        both.set()
        await _never(emit)

    def make(emit: Emit) -> Monitor:
        made.append(ScriptedMonitor(emit, script))
        return made[-1]

    newest = (WatchedTask(TaskKey("p", "ap-singapore", 1, "new")),)

    def begin(monitors: Succession) -> None:
        monitors.set_tasks(newest)
        broken.set()

    path = tmp_path / "out"
    with path.open("w") as out:
        following = asyncio.create_task(follow(make, json=True, seconds=SECONDS, out=out, begin=begin))
        await asyncio.wait_for(both.wait(), SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await following == 0
    assert [tuple(monitor.board.tasks.values()) for monitor in made] == [newest, newest]
    told = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert told[0]["event"] == "watching"
    assert [line["event"] for line in told].count("watching") == 1
    assert any("ValueError" in line.get("text", "") for line in told)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_and_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    with Path("/dev/full").open("w") as out:
        assert asyncio.run(follow(ScriptedMonitor, json=True, seconds=SECONDS, out=out)) == 1
    assert capsys.readouterr().err == "relaytui: cannot write the output: No space left on device\n"


async def test_the_signals_are_given_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def script(emit: Emit) -> None:
        assert signal.getsignal(signal.SIGTERM) is not before
        os.kill(os.getpid(), signal.SIGTERM)
        await _never(emit)

    with (tmp_path / "out").open("w") as out:
        assert await follow(lambda emit: ScriptedMonitor(emit, script), json=True, seconds=SECONDS, out=out) == 0
    assert signal.getsignal(signal.SIGTERM) is before
