"""What was seen of a task in the last 60 minutes, packed into one integer.

Twelve cells of five minutes, three bits each: seen running, seen not running, asked in vain. A cell nobody looked into
has no bit set, so it can never be painted as up. Above them stands the running number of the newest cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntFlag

CELLS = 12
CELL_SECONDS = 300.0
_BITS = 3
_ALL_BITS = CELLS * _BITS
_MASK = (1 << _ALL_BITS) - 1
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


def cells_until(strip: int, moment: float) -> int:
    """The cells alone, up to the one of `moment` (monotonic seconds) where that is newer; those between saw nothing."""
    cells, steps = strip & _MASK, cell_number(moment) - (strip >> _ALL_BITS)
    if steps <= 0:
        return cells
    return (cells << steps * _BITS) & _MASK if steps < CELLS else 0


def mark(strip: int, moment: float, seen: Seen) -> int:
    """The strip with `seen` noted at `moment` (monotonic seconds)."""
    newest = max(strip >> _ALL_BITS, cell_number(moment))
    return newest << _ALL_BITS | cells_until(strip, moment) | int(seen)


def moved(strip: int, moment: float) -> int:
    """The strip as if its newest cell were the one of `moment` (monotonic seconds)."""
    return cell_number(moment) << _ALL_BITS | strip & _MASK


def count(strip: int, seen: Seen) -> int:
    """In how many cells this was seen, a single thing."""
    return (strip & _EACH * int(seen)).bit_count()


def cells(strip: int) -> Iterator[Seen]:
    """The cells of a strip, or what `cells_until` gives of it, oldest first."""
    for index in reversed(range(CELLS)):
        yield Seen(strip >> index * _BITS & 7)
