"""The monitor in a thread of its own: commands in, a Feed out, and neither side ever waits for the other.

Textual's event loop stops when the terminal stops reading, so whatever polls must not share it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from relaytui.core.alarm_view import Subject
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.engine.feed import Feed
from relaytui.engine.succession import Succession

if TYPE_CHECKING:
    # Loaded by `make_monitor` in the engine's thread: the first paint need not wait for it.
    from relaytui.monitor import Emit, Monitor
    from relaytui.ports import Account

log = logging.getLogger(__name__)


class Engine:
    """Runs a Monitor in a daemon thread and passes commands to it; implements `Commands`.

    `make_monitor` is called in that thread with the emit callback, so that what it imports and opens costs the caller
    nothing. Commands given before `start` or before the loop runs are kept and carried out in order.
    """

    def __init__(self, make_monitor: Callable[[Emit], Monitor], *, emit: Emit | None = None) -> None:
        self.feed = Feed()
        self._monitors = Succession(make_monitor, emit or self.feed.put)
        self._loop = asyncio.new_event_loop()
        self._running: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="relaytui-engine", daemon=True)

    def start(self) -> None:
        """Start polling."""
        self._thread.start()

    def stop(self, timeout: float = 1.0) -> bool:
        """Stop polling and wait for the thread at most `timeout` seconds; False where it is still busy."""
        if not self._thread.is_alive():
            if not self._loop.is_closed() and not self._loop.is_running():
                self._loop.close()
            return True
        self._call(self._cancel)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def refresh(self, keys: Iterable[TaskKey] | None = None) -> None:
        """Ask these tasks (all, where None) as soon as the budget allows."""
        asked = None if keys is None else tuple(keys)
        self._command(lambda monitor: monitor.refresh(asked))

    def show(self, keys: Iterable[TaskKey]) -> None:
        """Say which rows are on the screen, so that they are asked before the others."""
        shown = tuple(keys)
        self._command(lambda monitor: monitor.show(shown))

    def set_polling(self, on: bool) -> None:
        """Stop or resume polling."""
        self._command(lambda monitor: monitor.set_polling(on))

    def set_interval(self, seconds: float) -> None:
        """Ask running tasks every so many seconds, the other classes in proportion."""
        self._last("interval", lambda monitor: monitor.set_interval(seconds))

    def set_budget(self, profile: str, budget: float) -> None:
        """Send at most so many requests per second as this profile's account, all processes together."""
        self._last(f"budget {profile}", lambda monitor: monitor.set_budget(profile, budget))

    def look_up(self, key: TaskKey) -> None:
        """Ask about one task now, watched or not, before all others; the answer comes in `Drained.answers`."""

        def command(monitor: Monitor) -> None:
            self._loop.create_task(monitor.look_up(key)).add_done_callback(partial(self._answer, key))

        self._command(command)

    def _answer(self, key: TaskKey, asking: asyncio.Task[Observation]) -> None:
        """Give the screen the answer; whoever asked gets one although a bug, which is told already, or the end came."""
        if not asking.cancelled() and asking.exception() is None:
            self.feed.answer(asking.result())
            return
        failure = Failure(FailureKind.SERVER, "not asked", "an internal fault or the end of polling: ask again")
        self.feed.answer(Observation(key, failure, time.time(), time.monotonic(), replied=False))

    def acknowledge(self, subjects: Iterable[Subject], reason: str = "") -> None:
        """Be quiet about those of these that are wrong until they are right again."""
        seen = tuple(subjects)
        self._command(lambda monitor: monitor.acknowledge(seen, reason))

    def snooze(self, subjects: Iterable[Subject], until: float | None) -> None:
        """Be quiet about these until a time (Unix seconds), or with None until something about them changes."""
        snoozed = tuple(subjects)
        self._command(lambda monitor: monitor.snooze(snoozed, until))

    def mute(self, until: float | None) -> None:
        """Let no alarm reach anybody until a time (Unix seconds), or with None let them again."""
        self._command(lambda monitor: monitor.mute(until))

    def set_tasks(self, tasks: Iterable[WatchedTask]) -> None:
        """Watch these tasks, in this order, and no others."""
        listed = tuple(tasks)
        self._call(lambda: self._monitors.set_tasks(listed))

    def set_account(self, account: Account) -> None:
        """Ask as this account about the tasks of its profile from now on."""
        self._call(lambda: self._monitors.set_account(account))

    def _last(self, about: str, command: Callable[[Monitor], None]) -> None:
        self._call(lambda: self._monitors.lasting(about, command))

    def refuse_tasks(self, reason: str) -> None:
        """Say that an edit of the list is not taken."""
        self._command(lambda monitor: monitor.refuse_tasks(reason))

    def _command(self, command: Callable[[Monitor], None]) -> None:
        self._call(lambda: self._monitors.command(command))

    def _call(self, callback: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            # The loop is closed: the engine has stopped, and a command to it means nothing any more.
            log.debug("a command came after the engine had stopped")

    def _cancel(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._running = self._loop.create_task(self._monitors.run())
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._running)
        finally:
            self._loop.close()
