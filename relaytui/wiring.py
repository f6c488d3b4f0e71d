"""The composition root: accounts and tasks in, a monitor or an engine with its adapters out."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relaytui.core.journal_limits import JournalLimits
from relaytui.core.observation import Observation
from relaytui.core.reach import Reach, secret_name
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.tc3 import Secret
from relaytui.ports import (
    DELIVERIES,
    Account,
    Clock,
    Lease,
    NoCredential,
    NoJournal,
    NoNotifier,
    Notifier,
    NotKept,
    StatusSource,
    kept_name,
)

if TYPE_CHECKING:
    from relaytui.adapters.hooks import Hook
    from relaytui.engine import Engine
    from relaytui.monitor import Emit, Monitor

_LIMITS = JournalLimits()


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
    journal_limits: JournalLimits = _LIMITS,
    reach: Reach | None = None,
    environ: Mapping[str, str] | None = None,
    turn: Path | None = None,
) -> Monitor:
    """A monitor with one lane and one HTTP client per SecretId and host; to be made on the loop's thread.

    Profiles with the same SecretId at the same host share a lane and the smallest of their budgets, because the server
    counts the account. `interval` is seconds between two questions about a running task; the other classes keep their
    ratio to it. `shared` is the folder in which processes agree on the budget of an account, None for one that need not
    care, and `wanted` how many requests per second are of use at most. `journal` is the
    file that remembers what is observed, as much as `journal_limits` say, None for a monitor that remembers nothing.
    `reach` says how alarms reach people outside the terminal, None: not at all; `environ` is what its command gets, and
    where its secrets may stand. `turn` is the lock of the list: of the processes that watch it one reaches out, None:
    this one. Its name is the list's in the journal.
    """
    # Imported here, on the engine's thread: the first paint need not wait for what polls.
    from relaytui.core.board import Board  # noqa: PLC0415
    from relaytui.core.queue import Intervals  # noqa: PLC0415
    from relaytui.core.task_state import Thresholds  # noqa: PLC0415
    from relaytui.monitor import Monitor  # noqa: PLC0415

    intervals = Intervals.scaled(interval)
    idle_seconds = 1.5 * max(intervals.resting, intervals.running)
    opener = _Opener(clock, idle_seconds, tls, shared, wanted)
    memory = None
    if journal is not None:
        # Likewise, and no monitor without a journal need load SQLite.
        from relaytui.adapters.journal.writer import SqliteJournal  # noqa: PLC0415

        memory = SqliteJournal(journal, clock=clock, limits=journal_limits)
    reach = reach or Reach()
    watched = turn.stem if turn else ""
    notifier: Notifier = NoNotifier()
    if hooks := make_hooks(reach, environ or {}, tls=tls):
        from relaytui.adapters.hooks import Hooks  # noqa: PLC0415 - whoever has no hook need not load it

        kept_as = kept_name(DELIVERIES, watched)
        notifier = Hooks(hooks, journal=memory or NoJournal(), clock=clock, kept_as=kept_as)
    if turn is not None:
        from relaytui.adapters.instances import AlarmTurn, InTurn  # noqa: PLC0415 - nor whoever is alone

        # Whoever has no hook makes way for whoever has one.
        with_hooks = AlarmTurn(turn.with_suffix(".hooks"))
        notifier = InTurn(notifier, with_hooks if hooks else AlarmTurn(turn, unless=with_hooks))
    monitor = Monitor(
        Board(tasks, Thresholds(alarm_after=reach.alarm_after)),
        clock=clock,
        emit=emit,
        journal=memory,
        opener=opener,
        intervals=intervals,
        notifier=notifier,
        repeat_seconds=reach.repeat_seconds,
        resolves=reach.resolved,
        watched=watched,
    )
    for account in accounts:
        monitor.set_account(account)
    return monitor


def make_hooks(reach: Reach, environ: Mapping[str, str], *, tls: ssl.SSLContext | None = None) -> list[Hook]:
    """The command and the webhook, those that there are."""
    hooks: list[Hook] = []
    if not reach.command and not reach.webhook:
        return hooks
    # Loaded only for whoever has a hook.
    from relaytui.adapters.hooks import CommandHook, Webhook  # noqa: PLC0415
    from relaytui.adapters.keyring_store import KeyringStore  # noqa: PLC0415

    keyring = KeyringStore()

    def find_secret(written: str) -> Secret | NotKept:
        name = secret_name(written)
        if name is not None and name.place == "keyring":
            return keyring.find_secret(name.name)
        variable = written.partition(":")[2]
        if text := environ.get(variable, "").strip():
            return Secret(text)
        return NotKept("no such variable in the environment", f"set {variable}")

    if reach.command:
        hooks.append(CommandHook(reach.command, environ))
    if reach.webhook:
        hooks.append(Webhook(reach.webhook, reach.webhook_headers, find_secret, tls=tls))
    return hooks


@dataclass(frozen=True, slots=True)
class _Opener:
    """Opens an HTTP client and a share of the budget for every account."""

    clock: Clock
    idle_seconds: float
    tls: ssl.SSLContext | None
    shared: Path | None
    wanted: int | None

    def source(self, account: Account) -> StatusSource:
        """The account's client."""
        from relaytui.adapters.client import RelayClient  # noqa: PLC0415 - see make_monitor

        if isinstance(account.credential, NoCredential):
            return _Unsigned(self.clock, account.credential)
        return RelayClient(
            account.endpoint,
            account.credential,
            clock=self.clock,
            current=account.current,
            idle_seconds=self.idle_seconds,
            tls=self.tls,
        )

    def lease(self, account: Account, budget: float) -> Lease | None:
        """The part of the account's budget that other processes leave."""
        from relaytui.adapters.instances import SharedBudget  # noqa: PLC0415 - see make_monitor
        from relaytui.adapters.places import hashed  # noqa: PLC0415 - see make_monitor

        if self.shared is None or isinstance(account.credential, NoCredential):
            return None
        return SharedBudget(self.shared / hashed(*account.identity), budget, self.wanted)


@dataclass(frozen=True, slots=True)
class _Unsigned:
    """Answers where there is no credential to ask with: it says so, and nothing goes out."""

    clock: Clock
    missing: NoCredential
    expires_at: float | None = None

    async def observe(self, key: TaskKey, *, written: Callable[[], None]) -> Observation:
        """The failure that there is no credential."""
        return Observation(key, self.missing.failure, self.clock.wall(), self.clock.monotonic(), replied=False)

    async def aclose(self) -> None:
        """Nothing was opened."""


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
    journal_limits: JournalLimits = _LIMITS,
    reach: Reach | None = None,
    environ: Mapping[str, str] | None = None,
    turn: Path | None = None,
) -> Engine:
    """An engine that makes such a monitor in its own thread; its Feed gets all news unless `emit` does."""
    from relaytui.engine import Engine  # noqa: PLC0415 - `check` has none

    return Engine(
        lambda feed: make_monitor(
            accounts,
            tasks,
            clock=clock,
            emit=feed,
            interval=interval,
            tls=tls,
            shared=shared,
            journal=journal,
            journal_limits=journal_limits,
            reach=reach,
            environ=environ,
            turn=turn,
        ),
        emit=emit,
    )
