"""When a temporary credential expires, and when people are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relaytui.core.task import LaneKey

if TYPE_CHECKING:
    # As in `update`.
    from relaytui.core.events import Notice

WARNING_SECONDS = 600.0
"""Seconds before the end of a temporary credential at which people are told."""


def expires_soon(expires_at: float | None, at: float) -> bool:
    """Whether a credential that ends at `expires_at` (Unix seconds, None: never) has ended or soon will."""
    return expires_at is not None and expires_at - at <= WARNING_SECONDS


def time_left(seconds: float) -> str:
    """A time left as people say it: 45s, 9m40s, 3h05m; never below 0s."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    if minutes >= 60:
        return f"{minutes // 60}h{minutes % 60:02}m"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


class Expiry:
    """The end of one lane's credential: told once, and again for the next credential."""

    def __init__(self) -> None:
        self.at: float | None = None
        """When the credential ends (Unix seconds); None where it does not."""
        self._told = False

    def note(self, expires_at: float | None, at: float, lane: LaneKey) -> Notice | None:
        """Take note of when the credential ends, as of `at`; the notice, where it is time for one."""
        if expires_at != self.at:
            self.at, self._told = expires_at, False
        if self._told or expires_at is None or not expires_soon(expires_at, at):
            return None
        from relaytui.core.events import Notice, NoticeKind  # noqa: PLC0415 - see above

        self._told = True
        left = expires_at - at
        text = f"the key expires in {time_left(left)}" if left > 0 else "the key has expired"
        return Notice(at, NoticeKind.EXPIRY, f"{text}: sign in again", lane=lane)
