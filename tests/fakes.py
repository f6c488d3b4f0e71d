"""Fakes for the ports, shared by all tests."""

from __future__ import annotations


class FakeClock:
    """A clock that only moves when told to; `wall` and `monotonic` move together."""

    def __init__(self, wall: float = 1_767_323_045.0, monotonic: float = 10_000.0) -> None:
        self._wall = wall
        self._monotonic = monotonic

    def wall(self) -> float:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._wall += seconds
        self._monotonic += seconds
