"""Calls that block, out of the screen's way."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(call: Callable[[], T]) -> T:
    """What `call` gives, from a daemon thread of its own: one that hangs never keeps the program from ending."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(how: Callable[[], None]) -> None:
        # Where the loop is closed nobody waits any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if answer.done() else how())

    def run() -> None:
        try:
            given = call()
        except Exception as fault:  # noqa: BLE001 - it is raised where the answer is awaited
            fell = fault
            settle(lambda: answer.set_exception(fell))
        else:
            settle(lambda: answer.set_result(given))

    threading.Thread(target=run, name="relaytui-call", daemon=True).start()
    return await answer
