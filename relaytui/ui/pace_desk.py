"""How often running tasks are asked, and how much of an account may be used, changed while the program runs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType

from relaytui.core.text import even
from relaytui.ui.board_screen import BoardScreen

if TYPE_CHECKING:
    from relaytui.engine import Drained

INTERVALS: Final = (1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds."""
BUDGETS: Final = (1.0, 2.0, 3.0, 5.0, 8.0, 10.0, 12.0, 15.0, 18.0, 20.0)
"""Requests per second, up to all that the API gives an account."""


class PaceDesk(BoardScreen):
    """Steps through intervals and budgets; what the budget cannot give, the sweep time in the header shows."""

    BINDING_GROUP_TITLE = "Pace"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "less_than_sign", "pace(-1)", "ask more often", show=False, id="board.faster", tooltip="Ask more often"
        ),
        Binding(
            "greater_than_sign", "pace(1)", "ask less often", show=False, id="board.slower", tooltip="Ask less often"
        ),
        Binding(
            "left_curly_bracket",
            "budget(-1)",
            "smaller budget",
            show=False,
            id="board.less",
            tooltip="Send fewer requests a second as the account of the task under the cursor",
        ),
        Binding(
            "right_curly_bracket",
            "budget(1)",
            "larger budget",
            show=False,
            id="board.more",
            tooltip="Send more requests a second as the account of the task under the cursor",
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
        self._interval = _next(INTERVALS, before, step)
        self.commands.set_interval(self._interval)
        self.say(f"running tasks are asked every {self._interval:g} s (before: {before:g} s), if the budget allows")

    def action_budget(self, step: int) -> None:
        """Let the account of the task under the cursor send more requests, or with -1 fewer."""
        chosen = [task.key.profile for task in self.targets()]
        view = next((view for view in self.lanes.values() if not chosen or chosen[0] in view.lane.profiles), None)
        if view is None:
            self.say("no account is asked here whose budget could change")
            return
        before, budget = view.account_budget, _next(BUDGETS, view.account_budget, step)
        # Known at once, so that the next key goes on from here.
        self.lanes[view.lane] = replace(view, account_budget=budget)
        self.commands.set_budget(view.lane.profiles[0], budget)
        self.say(f"{even(view.lane.profile)}: at most {budget:g} requests/s (before: {before:g})")


def _next(values: tuple[float, ...], before: float, step: int) -> float:
    """The next larger of the values, or with -1 the next smaller one; the outermost where there is none."""
    index = bisect_right(values, before) if step > 0 else bisect_left(values, before) - 1
    return values[min(max(0, index), len(values) - 1)]
