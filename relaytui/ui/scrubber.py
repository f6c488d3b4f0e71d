"""The line that says that this is the past, and where in it we are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import ClassVar

from relaytui.core.player import Player
from relaytui.ui.looks import Look, classes
from relaytui.ui.piece_line import Piece, PieceLine, width_of
from relaytui.ui.times import day, time_of_day

_LEAST_CELLS = 10


class Scrubber(PieceLine):
    """A line over the whole width that cannot be mistaken for the present."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(Look.SHOUT, Look.PROBLEM, Look.DIM, Look.TITLE)

    def tell(self, player: Player, changes: Sequence[float]) -> None:
        """Show where the player stands, and where something changed."""
        recording = player.replay.recording
        begin, end = recording.begin, recording.end
        state = "end" if player.is_at_end else f"×{player.speed:g}" if player.playing else "paused"
        left = [
            Piece(" REPLAY ", Look.SHOUT),
            Piece(f" {day(player.wall())} {time_of_day(player.wall())} {state:>6} ", Look.TITLE),
            Piece(f"{time_of_day(begin)} "),
        ]
        right = [Piece(f" {time_of_day(end)} ")]
        width = self.size.width - width_of(left) - width_of(right)
        bar = _bar(width, (player.wall() - begin) / max(end - begin, 1e-9), begin, end, changes)
        self.show([*left, *bar, *right] if width >= _LEAST_CELLS else left[:2])


def _bar(width: int, share: float, begin: float, end: float, changes: Sequence[float]) -> list[Piece]:
    """The stretch of time as so many cells, those with a change marked."""
    if width < _LEAST_CELLS:
        return []
    here = min(int(share * width), width - 1)
    step = (end - begin) / width
    pieces = []
    for cell in range(width):
        first, last = (bisect_left(changes, begin + step * (cell + one)) for one in (0, 1))
        changed = last > first
        if cell == here:
            pieces.append(Piece("●", Look.TITLE))
        else:
            pieces.append(Piece("┿" if changed else "─", Look.PROBLEM if changed else Look.DIM))
    return pieces
