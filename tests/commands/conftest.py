"""A world on a real loopback socket, and an environment of which the machine's own settings are no part."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator

import pytest

from relaytui.simulator.api import Api
from relaytui.simulator.server import SimulatorServer, SimulatorThread
from relaytui.simulator.world import ACCOUNT, World

APP = 1400188366
REGION = "ap-singapore"
SOURCE = "relaytui: profile default: credential from environment\n"
"""What commands say on stderr where all is well."""
_FOREIGN = re.compile(r"(RELAYTUI_|TENCENTCLOUD_|(HTTPS?|ALL|NO)_PROXY$)", re.IGNORECASE)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if _FOREIGN.match(name):
            monkeypatch.delenv(name)


@pytest.fixture
def world() -> World:
    world = World(seed=1, start=time.time() - 60)
    for task_id in ("running", "-k3+x_y..", "late"):
        world.add(APP, REGION, task_id)
    world.add(APP, REGION, "odd", ((0.0, "Idle"),))
    return world


@pytest.fixture
def simulator(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatorThread]:
    """The world's server; the environment holds its account, its endpoint and its SdkAppId."""
    with SimulatorThread(SimulatorServer(Api(world))) as thread:
        monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", ACCOUNT.credential.secret_id)
        monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", ACCOUNT.credential.secret_key.reveal())
        monkeypatch.setenv("RELAYTUI_ENDPOINT", thread.url)
        monkeypatch.setenv("RELAYTUI_SDK_APP_ID", str(APP))
        yield thread
