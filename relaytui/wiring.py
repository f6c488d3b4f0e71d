"""The composition root: accounts and tasks in, a monitor or an engine with its adapters out."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relaytui.core.endpoint import Endpoint
from relaytui.core.task import LaneKey, WatchedTask
from relaytui.core.tc3 import Credential
from relaytui.engine import Engine
from relaytui.ports import Clock, FoundCredential, Lease, NoCredential

if TYPE_CHECKING:
    from relaytui.monitor import Emit, Monitor


@dataclass(frozen=True, slots=True)
class Account:
    """One profile ready for use. `budget` is requests per second, up to the API's 20.

    `current`, where the credential can change while running, gives it as it is now.
    """

    profile: str
    endpoint: Endpoint
    credential: Credential
    budget: float = 10.0
    current: Callable[[], FoundCredential | NoCredential] | None = None


def make_monitor(
    accounts: Sequence[Account],
    tasks: Iterable[WatchedTask],
    *,
    clock: Clock,
    emit: Emit,
    interval: float = 15.0,
    tls: ssl.SSLContext | None = None,
    shared: Path | None = None,
    wanted: int | None = None,
    journal: Path | None = None,
) -> Monitor:
    """A monitor with one lane and one HTTP client per SecretId and host; to be made on the loop's thread.

    Profiles with the same SecretId at the same host share a lane and the smallest of their budgets, because the server
    counts the account. `interval` is seconds between two questions about a running task; the other classes keep their
    ratio to it. `shared` is the folder in which processes agree on the budget of an account, None for one that need not
    care, and `wanted` how many requests per second are of use at most. `journal` is the
    file that remembers what is observed, None for a monitor that remembers nothing.
    """
    # Imported here, on the engine's thread: the first paint need not wait for what polls.
    from relaytui.adapters.client import RelayClient  # noqa: PLC0415
    from relaytui.adapters.instances import SharedBudget, hashed  # noqa: PLC0415
    from relaytui.core.board import Board  # noqa: PLC0415
    from relaytui.core.queue import Intervals  # noqa: PLC0415
    from relaytui.core.schedule import Lane  # noqa: PLC0415
    from relaytui.monitor import Monitor  # noqa: PLC0415

    intervals = Intervals.scaled(interval)
    lanes = []
    leases: dict[LaneKey, Lease] = {}
    for sharing in _by_budget(accounts):
        account = sharing[0]
        names = "+".join(each.profile for each in sharing)
        budget = min(each.budget for each in sharing)
        lane = Lane(LaneKey(names, account.endpoint.authority), budget, intervals)
        if shared is not None:
            folder = shared / hashed(account.credential.secret_id, account.endpoint.authority)
            leases[lane.key] = SharedBudget(folder, budget, wanted)
        client = RelayClient(
            account.endpoint,
            account.credential,
            clock=clock,
            current=account.current,
            idle_seconds=1.5 * max(intervals.resting, intervals.running),
            tls=tls,
        )
        lanes.append((lane, client))
    memory = None
    if journal is not None:
        from relaytui.adapters.journal.writer import SqliteJournal  # noqa: PLC0415

        memory = SqliteJournal(journal, clock=clock)
    return Monitor(Board(tasks), lanes, clock=clock, emit=emit, journal=memory, leases=leases)


def _by_budget(accounts: Iterable[Account]) -> Iterable[list[Account]]:
    """The accounts in groups of those whose requests the server counts together."""
    groups: dict[tuple[str, str], list[Account]] = {}
    for account in accounts:
        groups.setdefault((account.credential.secret_id, account.endpoint.authority), []).append(account)
    return groups.values()


def make_engine(
    accounts: Sequence[Account],
    tasks: Sequence[WatchedTask],
    *,
    clock: Clock,
    emit: Emit | None = None,
    interval: float = 15.0,
    tls: ssl.SSLContext | None = None,
    shared: Path | None = None,
    journal: Path | None = None,
) -> Engine:
    """An engine that makes such a monitor in its own thread; its Feed gets all news unless `emit` does."""
    return Engine(
        lambda feed: make_monitor(
            accounts, tasks, clock=clock, emit=feed, interval=interval, tls=tls, shared=shared, journal=journal
        ),
        emit=emit,
    )
