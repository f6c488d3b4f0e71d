"""How much of a lane's budget is this process's, when several processes ask as the same account."""

from __future__ import annotations

import math
from dataclasses import dataclass

from relaytui.core.events import Notice, NoticeKind
from relaytui.core.task import LaneKey

LASTING_SECONDS = 3.0
"""Seconds that a number must stay before anybody is told: a `relaytui check` comes and goes."""


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a budget that is this process's, in requests per second; 0 while the others make room."""

    budget: float
    total: float
    """What all processes have together."""
    instances: int = 1
    """How many processes there are, this one included."""
    is_settled: bool = True
    """False while more, or less, is about to come."""
    trouble: str = ""
    """Why the others could not be asked; "" where they were."""


class Company:
    """Says when the number of processes that share a lane's budget has changed to stay."""

    def __init__(self, lane: LaneKey) -> None:
        self._lane = lane
        self._told = 1
        self._seen = (1, -math.inf)
        self._trouble = ""

    def looked(self, share: Share, at: float) -> Notice | None:
        """Take in one look at the others (`at` is Unix seconds); what to tell of it."""
        if share.instances != self._seen[0]:
            self._seen = (share.instances, at)
        if share.trouble != self._trouble:
            self._trouble = share.trouble
            if share.trouble:
                text = f"cannot see whether other instances use this account too: {share.trouble}"
                return Notice(at, NoticeKind.INSTANCES, text, lane=self._lane)
        count, since = self._seen
        if count == self._told or at - since < LASTING_SECONDS or not share.is_settled:
            return None
        self._told = count
        text = (
            f"{count} instances of relaytui share {share.total:g} requests/s; this one has {share.budget:g}"
            if count > 1
            else f"no other instance of relaytui is left: this one has all {share.total:g} requests/s"
        )
        return Notice(at, NoticeKind.INSTANCES, text, lane=self._lane)
