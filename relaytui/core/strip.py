"""What was seen of a task in the last 60 minutes, packed into one integer.

Twelve cells of five minutes, three bits each: seen running, seen not running, asked in vain. A cell nobody looked into
has no bit set, so it can never be painted as up.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntFlag

CELLS = 12
CELL_SECONDS = 300.0
_BITS = 3
_MASK = (1 << CELLS * _BITS) - 1
_EACH = sum(1 << index * _BITS for index in range(CELLS))
"""The lowest bit of each cell."""


class Seen(IntFlag):
    """What one cell of the strip knows."""

    NOTHING = 0
    RUNNING = 1
    GONE = 2
    IN_VAIN = 4


def cell_number(moment: float) -> int:
    """The running number of the five-minute cell that `moment` (monotonic seconds) falls into."""
    return int(moment // CELL_SECONDS)


def advance(strip: int, number: int, to: int) -> int:
    """The strip moved on from cell `number` to cell `to`; the cells in between saw nothing."""
    steps = to - number
    if steps <= 0:
        return strip
    return (strip << steps * _BITS) & _MASK if steps < CELLS else 0


def mark(strip: int, number: int, moment: float, seen: Seen) -> tuple[int, int]:
    """The strip with `seen` noted at `moment` (monotonic seconds), and its newest cell's number."""
    now = max(number, cell_number(moment))
    return advance(strip, number, now) | int(seen), now


def count(strip: int, seen: Seen) -> int:
    """In how many cells this was seen, a single thing."""
    return (strip & _EACH * int(seen)).bit_count()


def cells(strip: int) -> Iterator[Seen]:
    """The cells, oldest first."""
    for index in reversed(range(CELLS)):
        yield Seen(strip >> index * _BITS & 7)
