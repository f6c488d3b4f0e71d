"""Which profiles share a lane, and that the server never sees more than their common budget."""

from __future__ import annotations

import asyncio
import contextlib
import time

from relaytui.adapters.clock import SystemClock
from relaytui.core.alarm_view import AlarmView
from relaytui.core.endpoint import Endpoint, read_endpoint
from relaytui.core.events import Blinded, Event
from relaytui.core.lane_view import LaneView
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.tc3 import Credential, Secret
from relaytui.core.update import Update
from relaytui.monitor import Told
from relaytui.ports import Account, NoCredential
from relaytui.simulator.api import Api
from relaytui.simulator.server import SimulatorServer, SimulatorThread
from relaytui.simulator.world import ACCOUNT, World
from relaytui.wiring import make_monitor

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


def test_accounts_that_change_while_running_share_and_part() -> None:
    seen: dict[str, LaneView] = {}
    events: list[Event] = []
    changed = asyncio.Event()

    def take(item: Told) -> None:
        if isinstance(item, LaneView):
            seen[str(item.lane)] = item
            changed.set()
        elif not isinstance(item, (Update, AlarmView)):
            events.append(item)

    def budgets() -> dict[str, float]:
        return {name: view.budget for name, view in seen.items() if not view.is_closed}

    async def run() -> None:
        monitor = make_monitor(
            [Account("prod", HERE, ACCOUNT.credential, 12), Account("test", HERE, NoCredential("none", "sign in"), 5)],
            [],
            clock=SystemClock(),
            emit=take,
        )
        polling = asyncio.create_task(monitor.run())

        async def becomes(wanted: dict[str, float]) -> None:
            async with asyncio.timeout(10):
                while budgets() != wanted:
                    changed.clear()
                    await changed.wait()

        await becomes({"prod@127.0.0.1:1": 12, "test@127.0.0.1:1": 5})
        assert seen["test@127.0.0.1:1"].cause is not None
        (blinded,) = events
        assert isinstance(blinded, Blinded)
        monitor.set_account(Account("test", HERE, ACCOUNT.credential, 5))
        await becomes({"prod+test@127.0.0.1:1": 5})
        monitor.set_account(Account("test", HERE, OTHER, 5))
        await becomes({"prod@127.0.0.1:1": 12, "test@127.0.0.1:1": 5})
        monitor.set_account(Account("late", THERE, OTHER, 7))
        monitor.set_account(Account("prod", HERE, OTHER, 3))
        await becomes({"prod+test@127.0.0.1:1": 3, "late@127.0.0.1:2": 7})
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)

    asyncio.run(run())


def test_two_profiles_that_turn_out_to_be_one_account_stay_within_one_budget() -> None:
    world = World(seed=1, start=time.time())
    with SimulatorThread(SimulatorServer(Api(world))) as thread:
        endpoint = read_endpoint(thread.url)
        assert isinstance(endpoint, Endpoint)
        nobody = NoCredential("none", "sign in")
        tasks = [
            WatchedTask(TaskKey(name, "ap-singapore", 1, f"{name}{number}"))
            for number in range(40)
            for name in ("prod", "test")
        ]
        asked: set[str] = set()

        async def run() -> None:
            monitor = make_monitor(
                [Account("prod", endpoint, ACCOUNT.credential, 10), Account("test", endpoint, nobody, 10)],
                tasks,
                clock=SystemClock(),
                emit=lambda item: asked.add(item.task.key.profile) if isinstance(item, Update) else None,
            )
            polling = asyncio.create_task(monitor.run())
            await asyncio.sleep(1)
            assert asked == {"prod"}
            monitor.set_account(Account("test", endpoint, ACCOUNT.credential, 10))
            await asyncio.sleep(1.5)
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)

        asyncio.run(run())
        assert asked == {"prod", "test"}
        assert thread.server.api.total <= 30
