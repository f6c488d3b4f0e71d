"""An asyncio loop in which time only passes when nothing else is left to do, and a clock that reads it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")
LONGEST_SPIN = 100_000
"""Turns of the loop without time passing after which something spins."""


class _TimeSelector(selectors.DefaultSelector):
    """Waits for no file, and instead of waiting lets the time of its loop pass."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 10_000.0
        self.spun = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise RuntimeError("nothing will ever happen again in this loop")
        self.spun = 0 if timeout > 0 else self.spun + 1
        if self.spun > LONGEST_SPIN:
            raise RuntimeError("something spins: no time passes in this loop")
        self.time += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time starts at 10,000 s. Threads and sockets have no place in it."""

    def __init__(self) -> None:
        self._selector_of_time = _TimeSelector()
        super().__init__(self._selector_of_time)

    def time(self) -> float:
        return self._selector_of_time.time

    def stand_still(self, seconds: float) -> None:
        """Let time pass without a turn of the loop, as when the machine sleeps."""
        self._selector_of_time.time += seconds


class LoopClock:
    """The clock of the running virtual loop; `wall` and `monotonic` move together."""

    def __init__(self, wall: float = 1_767_323_045.0) -> None:
        self._wall = wall - 10_000.0

    def wall(self) -> float:
        return self._wall + self.monotonic()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


def run(main: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """Run a coroutine function to its end in virtual time; no task of it may fail unheard."""
    unheard: list[object] = []
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _loop, context: unheard.append(context))
        result = runner.run(main())
    assert not unheard
    return result
