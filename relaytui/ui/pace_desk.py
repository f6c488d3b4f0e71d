"""How often running tasks are asked, changed while the program runs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType

from relaytui.ui.board_screen import BoardScreen

if TYPE_CHECKING:
    from relaytui.engine import Drained

INTERVALS: Final = (1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds."""


class PaceDesk(BoardScreen):
    """Steps through intervals; what the budget cannot give, the sweep time in the header shows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "less_than_sign", "pace(-1)", "ask more often", show=False, id="board.faster", tooltip="Ask more often"
        ),
        Binding(
            "greater_than_sign", "pace(1)", "ask less often", show=False, id="board.slower", tooltip="Ask less often"
        ),
    ]

    _interval = 15.0

    def take(self, drained: Drained) -> None:
        """Remember what the lanes are told to do."""
        for view in drained.lanes.values():
            self._interval = view.wanted_sweep
        super().take(drained)

    def action_pace(self, step: int) -> None:
        """Ask running tasks by the next longer interval, or with -1 by the next shorter one."""
        before = self._interval
        index = bisect_right(INTERVALS, before) if step > 0 else bisect_left(INTERVALS, before) - 1
        self._interval = INTERVALS[min(max(0, index), len(INTERVALS) - 1)]
        self.commands.set_interval(self._interval)
        self.say(f"running tasks are asked every {self._interval:g} s (before: {before:g} s), if the budget allows")
