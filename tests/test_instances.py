"""Several processes with one account against a server that counts: together they never ask more than the budget."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from relaytui.simulator.api import Api
from relaytui.simulator.server import SimulatorServer, SimulatorThread
from relaytui.simulator.world import ACCOUNT, Fault, FaultKind, World

ROOT = Path(__file__).parent.parent
APP, REGION = 1600012345, "ap-singapore"
TASKS = 300
BUDGET = 20
PATIENCE = 30.0


@pytest.fixture
def cloud() -> Iterator[SimulatorThread]:
    """A world on a route with jitter, whose server refuses what is over the budget."""
    world = World(seed=1, start=time.time())
    for number in range(TASKS):
        world.add(APP, REGION, f"task{number}")
    world.plan(Fault(kind=FaultKind.UPLINK, seconds=0.005, spread=0.1))
    with SimulatorThread(SimulatorServer(Api(world, cap=BUDGET))) as thread:
        yield thread


class Watching:
    """`relaytui watch` on all tasks, in a process of its own; it wants more than the budget."""

    def __init__(self, cloud: SimulatorThread, folder: Path, name: str) -> None:
        self._output = folder / name
        ids = [f"task{number}" for number in range(TASKS)]
        options = ["--json", "--budget", str(BUDGET), "--interval", "5"]
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(command("watch", *ids, *options), env=environment(cloud), stdout=output)

    def events(self) -> list[dict[str, Any]]:
        lines = self._output.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def answers(self) -> int:
        """How many tasks it has seen running."""
        return sum(event["event"] == "transition" for event in self.events())

    def notices(self) -> list[str]:
        return [event["text"] for event in self.events() if event.get("kind") == "instances"]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "relaytui", *words]


def environment(cloud: SimulatorThread) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "TENCENTCLOUD_SECRET_ID": ACCOUNT.credential.secret_id,
        "TENCENTCLOUD_SECRET_KEY": ACCOUNT.credential.secret_key.reveal(),
        "RELAYTUI_ENDPOINT": cloud.url,
        "RELAYTUI_SDK_APP_ID": str(APP),
        "RELAYTUI_REGION": REGION,
    }


def wait_until(condition: Callable[[], bool], what: str) -> float:
    """The seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE, f"no {what}"
        time.sleep(0.05)
    return time.monotonic() - began


def test_they_share_the_budget_whoever_comes_and_goes(cloud: SimulatorThread, tmp_path: Path) -> None:
    with ExitStack() as stack:

        def start(name: str) -> Watching:
            watching = Watching(cloud, tmp_path, name)
            stack.callback(watching.process.wait)
            stack.callback(watching.process.kill)
            return watching

        first = start("first")
        wait_until(lambda: first.answers() > 2 * BUDGET, "full speed")
        second = start("second")
        wait_until(lambda: second.answers() > BUDGET, "answer for the second")
        wait_until(lambda: bool(first.notices()) and bool(second.notices()), "word about the other")
        told = "2 instances of relaytui share 20 requests/s; this one has 10"
        assert (first.notices(), second.notices()) == ([told], [told])

        began = time.monotonic()
        done = subprocess.run(command("check", "task1"), env=environment(cloud), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        assert time.monotonic() - began < 6, "room is made within about two seconds"

        first.process.kill()
        first.process.wait()
        wait_until(lambda: second.notices()[-1].startswith("no other instance"), "word that the other has gone")
        third = start("third")
        wait_until(lambda: third.answers() > BUDGET, "answer for the third")
        for each in (second, third):
            each.process.terminate()
            each.process.wait()

    api = cloud.server.api
    assert api.refused == 0
    assert BUDGET - 4 < api.max_sliding <= BUDGET
