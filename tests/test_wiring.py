"""Which profiles share a lane, and that the server never sees more than their common budget."""

from __future__ import annotations

import asyncio
import contextlib
import time

from relaytui.adapters.clock import SystemClock
from relaytui.core.board import Update
from relaytui.core.endpoint import Endpoint, read_endpoint
from relaytui.core.lane_view import LaneView
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.tc3 import Credential, Secret
from relaytui.simulator.api import Api
from relaytui.simulator.server import SimulatorServer, SimulatorThread
from relaytui.simulator.world import ACCOUNT, World
from relaytui.wiring import Account, make_monitor

OTHER = Credential("AKIDother", Secret("other"))
HERE, THERE = Endpoint("http", "127.0.0.1", 1), Endpoint("http", "127.0.0.1", 2)


def lanes(*accounts: Account) -> dict[str, float]:
    """The lanes that these accounts get, and their budgets."""
    seen: list[LaneView] = []
    monitor = make_monitor(
        accounts, [], clock=SystemClock(), emit=lambda item: seen.append(item) if isinstance(item, LaneView) else None
    )

    async def run() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await monitor.run()

    asyncio.run(run())
    return {str(view.lane): view.budget for view in seen}


def test_one_secret_id_at_one_host_is_one_lane_with_the_smallest_budget() -> None:
    assert lanes(
        Account("prod", HERE, ACCOUNT.credential, 12),
        Account("other", HERE, OTHER, 20),
        Account("test", HERE, ACCOUNT.credential, 5),
        Account("there", THERE, ACCOUNT.credential, 7),
    ) == {"prod+test@127.0.0.1:1": 5, "other@127.0.0.1:1": 20, "there@127.0.0.1:2": 7}


def test_the_server_never_sees_more_than_the_common_budget() -> None:
    world = World(seed=1, start=time.time())
    with SimulatorThread(SimulatorServer(Api(world))) as thread:
        endpoint = read_endpoint(thread.url)
        assert isinstance(endpoint, Endpoint)
        accounts = [Account(name, endpoint, ACCOUNT.credential, 10) for name in ("prod", "test")]
        tasks = [
            WatchedTask(TaskKey(name, "ap-singapore", 1, f"{name}{number}"))
            for number in range(40)
            for name in ("prod", "test")
        ]
        asked: list[TaskKey] = []
        monitor = make_monitor(
            accounts,
            tasks,
            clock=SystemClock(),
            emit=lambda item: asked.append(item.task.key) if isinstance(item, Update) else None,
        )

        async def run() -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2.5):
                    await monitor.run()

        asyncio.run(run())
        assert {key.profile for key in asked} == {"prod", "test"}
        assert thread.server.api.total <= 30
