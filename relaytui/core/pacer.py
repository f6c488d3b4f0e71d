"""How fast one lane may send, so that the server never counts more than the budget in any second."""

from __future__ import annotations

import math

TRANSIT_LIMIT = 1.0
"""Seconds within which a written request has reached the server: the one thing the proof below assumes."""
HOLD = 1.0
"""Seconds a slot stays taken after the server can have seen its request: the length of the server's window."""
CATCH_UP = 0.1
"""Seconds by which late timers and late answers may be made good at the next sends: two of them at 20 requests/s.

The slots bind all the same. Spreading alone leaves no room to make lateness good: simulated with one timer in five up
to 50 ms late, 10 ms here reach 0.951 of what the slots allow and 100 ms 0.988.
"""
STALL_SECONDS = 1.0
"""Seconds of lateness that are a stall or idleness, of which nothing is made good: the sends after it are no burst."""
SLOWEST_PACE = 0.5
"""Requests per second that throttling never goes below."""
RECOVERY_SECONDS = 5.0
"""Seconds without a refusal that earn one step back towards the budget."""
RECOVERY_STEP = 0.05
"""The size of that step as a share of the budget."""


class Pacer:
    """Paces by slots: a budget of C requests a second is C slots, and a request needs a free one.

    A slot is taken when its request is sent and free again one second after the latest moment at which the server can
    have seen the request: after min(its answer came, it was written + 1 s).

    Proof that no one-second window at the server, fixed or sliding, holds more than C of our requests, whatever the
    jitter. The server sees request i at some a_i, with sent_i <= a_i <= min(answer_i, written_i + 1), so the slot of i
    is taken from sent_i until r_i >= a_i + 1. Take any window [w, w + 1) and, of the requests seen in it, the one sent
    last, j. Every other such i was sent before j, and r_i >= a_i + 1 >= w + 1 > a_j >= sent_j: at the moment when j was
    sent, each of them still held its slot. There are only C slots, so there are at most C such requests, j included. ∎

    C may change: with fewer slots the next request waits until fewer are taken. Where several processes share C slots
    the argument holds for all of them together as long as none gives a slot away that it still has `taken`: at the
    moment when j was sent, each of the other requests held a slot of its own process.

    On top of that sends are spread by 1/C, so that neither the start nor a stall ends in a burst. After a refusal the
    pace is halved and comes back in steps. All times are monotonic seconds, all rates requests per second.
    """

    def __init__(self, budget: float) -> None:
        self._budget = budget
        self._pace = budget
        self._release: dict[int, float] = {}
        self._sent: dict[int, float] = {}
        self._written: dict[int, float] = {}
        self._next_send = -math.inf
        self._cut_at = -math.inf
        self._stepped_at = -math.inf
        self._tickets = 0

    @property
    def budget(self) -> float:
        """Requests per second the lane was given."""
        return self._budget

    @property
    def pace(self) -> float:
        """Requests per second the lane may send now."""
        return self._pace

    @property
    def _slots(self) -> int:
        return max(1, int(self._pace))

    @property
    def _hold(self) -> float:
        return max(HOLD, self._slots / self._pace)

    def set_budget(self, budget: float) -> None:
        """Send at most so many requests per second from now on; a pace that was cut stays cut until it recovers."""
        self._pace = min(self._pace, budget) if self._pace < self._budget else budget
        self._budget = budget

    def taken(self, now: float) -> int:
        """How many slots are taken."""
        return sum(release > now for release in self._release.values())

    def capacity(self, round_trip: float) -> float:
        """Requests per second that the slots allow at this round trip time (seconds)."""
        return self._slots / (self._hold + min(round_trip, TRANSIT_LIMIT))

    def wait(self, now: float) -> float:
        """Seconds until a request may be sent; 0 where it may be now, infinity where only an answer can free a slot."""
        taken = sorted(release for release in self._release.values() if release > now)
        spread = max(0.0, self._next_send - now)
        if len(taken) < self._slots:
            return spread
        return max(spread, taken[len(taken) - self._slots] - now)

    def send(self, now: float) -> int:
        """Take a slot for a request sent now, and give its ticket."""
        self._tickets += 1
        self._release = {ticket: release for ticket, release in self._release.items() if release > now}
        self._release[self._tickets] = math.inf
        self._sent[self._tickets] = now
        stalled = now - self._next_send > STALL_SECONDS
        self._next_send = (now if stalled else max(self._next_send, now - CATCH_UP)) + 1 / self._slots
        return self._tickets

    def written(self, ticket: int, now: float) -> None:
        """The whole request has been handed to the network: from now on its time on the way is bounded."""
        if ticket in self._sent:
            self._written[ticket] = now
            self._release[ticket] = now + TRANSIT_LIMIT + self._hold

    def answered(self, ticket: int, now: float, *, replied: bool) -> float:
        """The request is over; gives when it was sent. Without a reply it may still be on its way to the server."""
        sent = self._sent.pop(ticket, None)
        if sent is None:
            return now
        written = self._written.pop(ticket, None)
        seen_by = now if replied or written is None else written + TRANSIT_LIMIT
        if ticket in self._release:
            self._release[ticket] = min(self._release[ticket], seen_by + self._hold)
        return sent

    def refused(self, sent: float, now: float) -> bool:
        """The server refused a request as over the rate: halve the pace, once for all requests of one breach.

        `sent` is when the refused request was sent. True where the pace was cut.
        """
        if sent < self._cut_at:
            return False
        self._cut_at = self._stepped_at = now
        self._pace = max(min(SLOWEST_PACE, self._budget), self._pace / 2)
        return True

    def accepted(self, now: float) -> None:
        """A request was not refused: after a while of these the pace goes back up, step by step."""
        if self._pace < self._budget and now - self._stepped_at >= RECOVERY_SECONDS:
            self._stepped_at = now
            self._pace = min(self._budget, self._pace + RECOVERY_STEP * self._budget)
