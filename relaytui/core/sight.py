"""Whether a lane sees: the difference between "the task ended" and "I cannot look"."""

from __future__ import annotations

from dataclasses import dataclass

from relaytui.core.events import Blinded, Sighted
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.task import LaneKey, TaskKey

FAILURES = 3
"""Failures without a usable answer in between that make a lane blind."""
FAILING_SECONDS = 1.0
"""Seconds that they must span, so that a few faults in a busy second are not blindness."""
THROTTLED_SECONDS = 3.0
"""The same for throttling, which the pacer answers first."""
DOUBT_SECONDS = 0.5
"""Seconds after a failure until another task is asked early, to tell the task's trouble from the lane's."""
WORRY_SECONDS = 0.9
"""Seconds of silence after which another task is asked early, for the same reason."""
PATIENCE = 1.8
"""Seconds of silence, where answers are not known to be slow, that make a lane blind."""
LONGEST_PATIENCE = 5.5
FIRST_BACKOFF = 1.0
LONGEST_BACKOFF = 30.0


@dataclass(slots=True)
class _Trouble:
    """Failures since the last usable answer."""

    since: float
    since_at: float
    last: float
    count: int = 0


class Sight:
    """Watches the answers of one lane. Moments are monotonic seconds, names ending in `_at` Unix seconds."""

    def __init__(self, lane: LaneKey) -> None:
        self._lane = lane
        self._trouble: _Trouble | None = None
        self._failing: set[TaskKey] = set()
        self._slowest = 0.0
        self._last_good: float | None = None
        self._backoffs = 0
        self._blinded = 0.0
        self.cause: Failure | None = None
        """Why the lane is blind; None while it sees."""
        self.since: float | None = None
        self.since_at: float | None = None
        self.last_good_at: float | None = None
        self.next_probe = 0.0
        """When a blind lane asks again."""
        self.gap_began_at: float | None = None
        """The last good answer before the newest blindness that is over; None where there was none."""

    @property
    def is_blind(self) -> bool:
        """Whether the lane gets no usable answers."""
        return self.cause is not None

    @property
    def failing(self) -> frozenset[TaskKey]:
        """The tasks that failed since the last usable answer."""
        return frozenset(self._failing)

    def doubt_at(self, oldest_sent: float | None) -> float | None:
        """When another task should be asked early because something may be wrong; None where nothing may be."""
        if self.is_blind:
            return None
        if self._trouble is not None:
            return self._trouble.last + DOUBT_SECONDS
        return oldest_sent + WORRY_SECONDS if oldest_sent is not None and self._is_silent(oldest_sent) else None

    def blind_at(self, oldest_sent: float | None) -> float | None:
        """When silence since `oldest_sent` becomes blindness, if it goes on."""
        if self.is_blind or oldest_sent is None or not self._is_silent(oldest_sent):
            return None
        return oldest_sent + self._patience

    @property
    def _patience(self) -> float:
        return min(max(PATIENCE, 2 * self._slowest), LONGEST_PATIENCE)

    def _is_silent(self, oldest_sent: float) -> bool:
        return self._last_good is None or self._last_good < oldest_sent

    def silent(self, oldest_sent: float | None, asked: int, tasks: int, now: float, at: float) -> Blinded | None:
        """Blindness by silence: nothing was answered since `oldest_sent`, though `asked` tasks were asked."""
        deadline = self.blind_at(oldest_sent)
        if deadline is None or now < deadline or asked + len(self._failing) < min(2, tasks):
            return None
        waited = now - (oldest_sent or now)
        return self._go_blind(
            Failure(FailureKind.TIMEOUT, "no answer", f"no answer for {waited:.1f} s"), now, at, waited
        )

    def answered(
        self, observation: Observation, *, sent: float, tasks: int, now: float, jitter: float
    ) -> Blinded | Sighted | None:
        """Take note of one answer; gives the change of sight it brought. `jitter` is from 0 to 1."""
        failure, at = observation.failure, observation.at
        if failure is None or failure.is_about_task:
            return self._good(observation, now)
        if self.is_blind:
            self.cause = failure
            # What was under way when the lane went blind is no probe, and does not make the next one later.
            if sent >= self._blinded:
                self._back_off(now, jitter)
            return None
        if self._trouble is None:
            self._trouble = _Trouble(now, at, now)
        self._trouble.count += 1
        self._trouble.last = now
        self._failing.add(observation.key)
        span = THROTTLED_SECONDS if failure.kind is FailureKind.THROTTLED else FAILING_SECONDS
        if (
            self._trouble.count < FAILURES
            or now - self._trouble.since < span
            or len(self._failing) < min(2, max(1, tasks))
        ):
            return None
        return self._go_blind(failure, now, at, now - self._trouble.since)

    def hasten(self, now: float) -> None:
        """Probe at once although the back-off is not over."""
        self.next_probe = now

    def _go_blind(self, cause: Failure, now: float, at: float, ago: float) -> Blinded:
        self.cause, self.since, self.since_at = cause, now - ago, at - ago
        self._backoffs = 0
        self._blinded = now
        self.next_probe = now + FIRST_BACKOFF
        return Blinded(self._lane, at, cause, self.since_at, self.last_good_at)

    def _back_off(self, now: float, jitter: float) -> None:
        self._backoffs += 1
        longest = min(FIRST_BACKOFF * 2 ** min(self._backoffs, 10), LONGEST_BACKOFF)
        self.next_probe = now + longest * (0.5 + 0.5 * jitter)

    def _good(self, observation: Observation, now: float) -> Sighted | None:
        sighted = None
        if self.cause is not None and self.since_at is not None:
            sighted = Sighted(self._lane, observation.at, self.cause, self.since_at, self.last_good_at)
            self.gap_began_at = self.last_good_at if self.last_good_at is not None else self.since_at
        self.cause = self.since = self.since_at = None
        self._trouble = None
        self._failing.clear()
        self._last_good, self.last_good_at = now, observation.at
        self._slowest = max(observation.latency, 0.9 * self._slowest)
        return sighted
