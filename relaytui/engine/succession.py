"""Monitors one after another: a bug that ends one is told, and the next one believes and does the same."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from relaytui.core.faults import Faults
from relaytui.core.task import WatchedTask

if TYPE_CHECKING:
    # Loaded by `make_monitor` in the engine's thread: the first paint need not wait for it.
    from relaytui.core.events import Notice
    from relaytui.monitor import Emit, Monitor
    from relaytui.ports import Account

log = logging.getLogger(__name__)

RESTART_SECONDS = 1.0
"""Seconds after which a monitor that ended in a bug is made again."""

Command = Callable[["Monitor"], None]


class Succession:
    """Lives on one asyncio loop. Commands given while there is no monitor are kept and carried out in order."""

    def __init__(self, make_monitor: Callable[[Emit], Monitor], emit: Emit) -> None:
        self._make_monitor = make_monitor
        self._emit = emit
        self._monitor: Monitor | None = None
        self._lasting: dict[str, Command] = {}
        """Gives a monitor that is made anew the newest accounts and list, by what each is about."""
        self._early: list[Command] = []

    def command(self, command: Command) -> None:
        """Have the monitor do something."""
        if self._monitor is None:
            self._early.append(command)
        else:
            command(self._monitor)

    def lasting(self, about: str, command: Command) -> None:
        """Have the monitor do something, and every one after it, in the place of the last command about this."""
        self._lasting.pop(about, None)
        self._lasting[about] = command
        self.command(command)

    def set_tasks(self, tasks: tuple[WatchedTask, ...]) -> None:
        """Watch these tasks, in this order, and no others."""
        self.lasting("tasks", lambda monitor: monitor.set_tasks(tasks))

    def set_account(self, account: Account) -> None:
        """Ask as this account about the tasks of its profile from now on."""
        self.lasting(f"account {account.profile}", lambda monitor: monitor.set_account(account))

    async def run(self) -> None:
        """Run one monitor after another until cancelled."""
        faults = Faults()
        last: Monitor | None = None
        while True:
            try:
                self._monitor = self._make_monitor(self._emit)
                early, self._early = self._early, []
                lasting = [command for command in self._lasting.values() if command not in early]
                for command in [*lasting, *early]:
                    command(self._monitor)
                if last is not None:
                    self._monitor.inherit(last)
                await self._monitor.run()
            except Exception as fault:
                log.exception("internal fault in the engine")
                last, self._monitor = self._monitor or last, None
                notice = faults.note("polling", fault, now=time.monotonic(), at=time.time())
                if notice is not None:
                    self._tell(notice)
                await asyncio.sleep(RESTART_SECONDS)

    def _tell(self, notice: Notice) -> None:
        try:
            self._emit(notice)
        except Exception:
            # Whoever listens has a bug; the polling goes on for everybody else.
            log.exception("internal fault while telling a notice")
