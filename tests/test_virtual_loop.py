from __future__ import annotations

import asyncio
import time

import pytest

from tests.virtual_loop import LoopClock, run


def test_a_day_passes_in_no_time() -> None:
    async def main() -> list[float]:
        clock, moments = LoopClock(), []
        begun = clock.monotonic()
        for _ in range(24):
            await asyncio.sleep(3600)
            moments.append(clock.monotonic() - begun)
        return moments

    before = time.monotonic()
    assert run(main)[-1] == 86_400
    assert time.monotonic() - before < 5


def test_waiting_for_nothing_is_told() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="nothing will ever happen"):
        run(main)


def test_spinning_is_told() -> None:
    async def main() -> None:
        while True:  # noqa: ASYNC110 - spinning is what it is about
            await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="spins"):
        run(main)
