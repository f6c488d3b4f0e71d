"""Faults of the program itself: when one is told, and when there are too many to speak of working order."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # As in `update`.
    from relaytui.core.events import Notice

MANY = 3
"""So many faults within `WITHIN` are more than an accident."""
WITHIN = 60.0
"""Seconds."""


class Faults:
    """The faults of the last minute. `now` is monotonic seconds, `at` Unix seconds."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque(maxlen=MANY)
        self._told_degraded = False

    def note(self, doing: str, fault: BaseException, *, now: float, at: float) -> Notice | None:
        """One more fault while `doing` something; what to tell of it, None where enough has been told."""
        from relaytui.core.events import Notice, NoticeKind  # noqa: PLC0415 - see above

        was_degraded = self.are_many(now)
        self._moments.append(now)
        self._told_degraded = self._told_degraded and was_degraded
        what = f"while {doing}: {type(fault).__name__}"
        if not self.are_many(now):
            return Notice(at, NoticeKind.FAULT, f"internal fault {what}; it goes on, the log has the details")
        if self._told_degraded:
            return None
        self._told_degraded = True
        text = f"degraded: {MANY} internal faults within a minute, the newest {what}; what still works goes on"
        return Notice(at, NoticeKind.DEGRADED, text)

    def are_many(self, now: float) -> bool:
        """Whether there were too many within the last minute."""
        return len(self._moments) == MANY and now - self._moments[0] < WITHIN
