"""Which alarms are over, for whoever keeps an incident open until then. Moments are monotonic seconds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from relaytui.core.alarm_view import Subject
from relaytui.core.storm import STORM_SECONDS


class Ends:
    """What alarms were about, by the alarms' ids, and is over; where that is not `wanted` nothing is ever over."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._over: dict[str, dict[Subject, None]] = {}
        self._since: dict[str, float] = {}
        """Since when there is nothing else that an alarm is about."""

    def let_go(self, subject: Subject, alarm: str) -> bool:
        """The alarm is no longer about the subject; whether that matters to anybody."""
        if not self._wanted or not alarm:
            return False
        self._over.setdefault(alarm, {})[subject] = None
        return True

    def __bool__(self) -> bool:
        return bool(self._over)

    def take(self, still_open: Collection[str], now: float) -> Iterator[tuple[str, tuple[Subject, ...]]]:
        """The alarms that are over by now and what each was about; not before no task can join its storm any more.

        `still_open` are those that something is about.
        """
        self._since = {alarm: self._since.get(alarm, now) for alarm in self._over if alarm not in still_open}
        for alarm, since in self._since.items():
            if now - since > STORM_SECONDS:
                yield alarm, tuple(self._over.pop(alarm))

    @property
    def memory(self) -> dict[str, tuple[Subject, ...]]:
        """What to keep for a restart."""
        return {alarm: tuple(subjects) for alarm, subjects in self._over.items()}

    def restore(self, memory: Mapping[str, Collection[Subject]]) -> None:
        """Go on from what was kept."""
        for alarm, subjects in memory.items():
            for subject in subjects:
                self.let_go(subject, alarm)
