"""Whether a lane sees: the difference between "the task ended" and "I cannot look"."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

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
"""Seconds after the first failure until another task is asked early, to tell the task's trouble from the lane's, and
then between two such questions."""
WORRY_SECONDS = 0.8
"""Seconds of silence after which another task is asked early, for the same reason."""
PATIENCE = 1.8
"""Seconds of silence, where answers are not known to be slow, that make a lane blind."""
LONGEST_PATIENCE = 5.5
FIRST_BACKOFF = 1.0
LONGEST_BACKOFF = 30.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question under way: about which task, and sent when (monotonic seconds)."""

    key: TaskKey
    sent: float


class Extent(NamedTuple):
    """How many tasks a lane asks about, of how many regions and SdkAppIds."""

    tasks: int
    regions: int
    apps: int


@dataclass(slots=True)
class _Trouble:
    """Failures since the last usable answer."""

    since: float
    since_at: float
    count: int = 0


class Sight:
    """Watches the answers of one lane. Moments are monotonic seconds, names ending in `_at` Unix seconds.

    Two witnesses are needed where the lane has two tasks: one task's failures or silence never make a lane blind. Nor
    do the failures of one region, where the lane has two, or denials of one SdkAppId. So a lane in doubt asks another
    task early, and one that is blind probes elsewhere: see `doubtful`. `asked` is always what is under way, oldest
    first.
    """

    def __init__(self, lane: LaneKey) -> None:
        self._lane = lane
        self._trouble: _Trouble | None = None
        self._failing: dict[TaskKey, float] = {}
        """The tasks that failed since the last usable answer, and when last."""
        self._denials: dict[int, float] = {}
        """The SdkAppIds that were denied since then, and when last."""
        self._denied_since = math.inf
        """When the first of them was."""
        self._denied: set[int] = set()
        """The SdkAppIds about which the key may not ask, while it may about others."""
        self._slowest = 0.0
        self._last_good: float | None = None
        self._backoffs = 0
        self._judged = 0.0
        self._awake_since = -math.inf
        self.cause: Failure | None = None
        """Why the lane is blind; None while it sees."""
        self.since: float | None = None
        self.since_at: float | None = None
        self.last_good_at: float | None = None
        self.next_probe = 0.0
        """When a blind lane asks again."""
        self.gap_began: float | None = None
        """The last good answer before the newest blindness that is over; None where there was none."""

    @property
    def is_blind(self) -> bool:
        """Whether the lane gets no usable answers."""
        return self.cause is not None

    def doubtful(self, asked: Iterable[Asked]) -> Callable[[TaskKey], tuple[float, ...]]:
        """How little a task's answer would tell now: the less, the later its SdkAppId was denied, its region failed."""
        apps, regions = self._denials | dict.fromkeys(self._denied, math.inf), self._regions
        tasks = self._failing | {one.key: math.inf for one in asked}
        regions_asked = {one.key.region for one in asked}

        def rank(key: TaskKey) -> tuple[float, ...]:
            never = -math.inf
            failed = regions.get(key.region, never)
            return apps.get(key.sdk_app_id, never), failed, tasks.get(key, never), key.region in regions_asked

        return rank

    @property
    def _regions(self) -> dict[str, float]:
        """The regions that failed since the last usable answer, and when last."""
        return {key.region: at for key, at in sorted(self._failing.items(), key=itemgetter(1))}

    def is_undecided(self, observation: Observation) -> bool:
        """Whether this answer, of which note was taken, is a denial that may be about more than its SdkAppId."""
        failure = observation.failure
        if failure is None or not failure.is_denial:
            return False
        return self.is_blind or observation.key.sdk_app_id not in self._denied

    def is_probing(self, asked: Iterable[Asked]) -> bool:
        """Whether a question is under way that was sent since the lane was last judged blind."""
        return any(one.sent >= self._judged for one in asked)

    def doubt_at(self, asked: Iterable[Asked]) -> float | None:
        """When another task should be asked early because something may be wrong; None where nothing may be."""
        if self.is_blind:
            return None
        if self._trouble is not None:
            return self._trouble.since + DOUBT_SECONDS
        silent = self._silent(asked)
        return silent[0] + WORRY_SECONDS if silent else None

    def blind_at(self, asked: Iterable[Asked], tasks: int) -> float | None:
        """When silence becomes blindness, if it goes on: the second witness must have been silent for a while too."""
        if self.is_blind:
            return None
        silent = self._silent(asked)
        witnesses = max(1, min(2, tasks) - len(self._failing))
        if len(silent) < witnesses:
            return None
        patience = min(max(PATIENCE, 2 * self._slowest), LONGEST_PATIENCE)
        return max(silent[0] + patience, silent[witnesses - 1] + patience / 2)

    def _silent(self, asked: Iterable[Asked]) -> list[float]:
        """When each task was first asked that has not answered anything, and since when nobody has."""
        first: dict[TaskKey, float] = {}
        for one in asked:
            if (self._last_good is None or one.sent > self._last_good) and one.key not in self._failing:
                first.setdefault(one.key, max(one.sent, self._awake_since))
        return list(first.values())

    def silent(self, asked: Iterable[Asked], tasks: int, now: float, at: float) -> Blinded | None:
        """Blindness by silence: what time alone brings."""
        asked = list(asked)
        deadline = self.blind_at(asked, tasks)
        if deadline is None or now < deadline:
            return None
        waited = now - self._silent(asked)[0]
        cause = Failure(FailureKind.TIMEOUT, "no answer", f"no answer for {waited:.1f} s")
        return self._go_blind(cause, now, at, waited)

    def answered(
        self, observation: Observation, *, sent: float, lane: Callable[[], Extent], now: float, jitter: float
    ) -> Blinded | Sighted | None:
        """Take note of one answer; gives the change of sight it brought.

        `lane` counts what the lane asks about, where that matters; `jitter` is from 0 to 1.
        """
        failure, at, app = observation.failure, observation.at, observation.key.sdk_app_id
        if failure is None or (failure.is_about_task and not failure.is_denial):
            return self._good(observation, sent, now)
        if failure.is_denial and app in self._denied and not self._denials:
            return self._good(observation, sent, now)
        if failure.is_denial and app not in self._denied:
            self._denials[app] = now
            self._denied_since = min(self._denied_since, now)
        if self.is_blind:
            self.cause = failure
            self._failing[observation.key] = now
            # What was under way when the lane was last judged blind is no probe, and does not make the next one later.
            if sent >= self._judged:
                self._back_off(now, jitter)
            return None
        if self._trouble is None:
            self._trouble = _Trouble(now, at)
        self._trouble.count += 1
        self._failing[observation.key] = now
        span = THROTTLED_SECONDS if failure.kind is FailureKind.THROTTLED else FAILING_SECONDS
        # Whoever is asked in doubt has time to answer.
        span = max(span, DOUBT_SECONDS + min(2 * self._slowest, LONGEST_PATIENCE))
        if self._trouble.count < FAILURES or now - self._trouble.since < span:
            return None
        extent = lane()
        if (
            len(self._failing) < min(2, extent.tasks)
            or len(self._regions) < min(2, extent.regions)
            or (failure.is_denial and len(self._denials) < min(2, extent.apps - len(self._denied)))
        ):
            return None
        return self._go_blind(failure, now, at, now - self._trouble.since)

    def shut(self, cause: Failure, now: float, at: float) -> Blinded | None:
        """Be blind from now on, because there is nothing to ask with; None where the lane is blind already."""
        if self.is_blind:
            self.cause = cause
            return None
        return self._go_blind(cause, now, at, 0.0)

    def open(self, now: float) -> None:
        """Probe at once, because what made the lane blind may be over; what is under way by now is no probe."""
        self.next_probe = self._judged = now
        self._denied.clear()

    def rename(self, lane: LaneKey, at: float) -> list[Blinded | Sighted]:
        """Watch the answers of the lane under another name; a blindness goes on under it."""
        before, self._lane = self._lane, lane
        if self.cause is None or self.since_at is None:
            return []
        blindness = (at, self.cause, self.since_at, self.last_good_at)
        return [Sighted(before, *blindness, given_up=True), Blinded(lane, *blindness)]

    def hasten(self, now: float) -> None:
        """Probe at once although the back-off is not over."""
        self.next_probe = now

    def wake(self, now: float) -> None:
        """Know that this process was stopped or its machine slept: the silence of that time is nobody's."""
        self._awake_since = now

    def _go_blind(self, cause: Failure, now: float, at: float, ago: float) -> Blinded:
        self.cause, self.since, self.since_at = cause, now - ago, at - ago
        self._backoffs = 0
        self._judged = now
        self.next_probe = now + FIRST_BACKOFF
        return Blinded(self._lane, at, cause, self.since_at, self.last_good_at)

    def _back_off(self, now: float, jitter: float) -> None:
        self._backoffs += 1
        self._judged = now
        longest = min(FIRST_BACKOFF * 2 ** min(self._backoffs, 10), LONGEST_BACKOFF)
        self.next_probe = now + longest * (0.5 + 0.5 * jitter)

    def _good(self, observation: Observation, sent: float, now: float) -> Sighted | None:
        app, was_denied = observation.key.sdk_app_id, observation.failure is not None and observation.failure.is_denial
        if not was_denied:
            self._denied.discard(app)
            if self._denials and sent < self._denied_since:
                # It was asked before the key was denied anything, and says nothing of the time since.
                self._last_good, self.last_good_at = now, observation.at
                return None
            self._denied |= self._denials.keys() - {app}
            self._denials.clear()
            self._denied_since = math.inf
        sighted = None
        if self.cause is not None and self.since_at is not None:
            sighted = Sighted(self._lane, observation.at, self.cause, self.since_at, self.last_good_at)
            self.gap_began = self._last_good if self._last_good is not None else self.since
        self.cause = self.since = self.since_at = None
        self._trouble = None
        self._failing.clear()
        self._last_good, self.last_good_at = now, observation.at
        self._slowest = max(observation.latency, 0.9 * self._slowest)
        return sighted
