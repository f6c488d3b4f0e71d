"""A lane: one request budget and the tasks that share it. Says what to ask next, or how long to wait."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from relaytui.core.events import Blinded, Event, Notice, NoticeKind, Sighted
from relaytui.core.expiry import Expiry
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import CLOCK_TOLERANCE, Failure, FailureKind, Observation
from relaytui.core.pacer import Pacer
from relaytui.core.queue import Class, Intervals, Queue, plan
from relaytui.core.sight import DOUBT_SECONDS, Asked, Extent, Sight
from relaytui.core.task import LaneKey, TaskKey
from relaytui.core.task_state import TaskState

LONGEST_WAIT = 60.0
"""Seconds after which a lane with nothing to do looks again all the same."""
RATE_WINDOW = 10.0
"""Seconds over which the shown requests per second are counted."""
REPLAN_FACTOR = 1.25
"""By how much more must be possible than when questions were planned for them to be planned anew."""


@dataclass(frozen=True, slots=True)
class Send:
    """Ask about this task now; the ticket goes back into `written` and `done`."""

    key: TaskKey
    ticket: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to send for so many seconds, unless an answer or a command comes first."""

    seconds: float


class Lane:
    """One account at one endpoint host. Pure: every call is told the time (monotonic seconds, `at`: Unix seconds)."""

    def __init__(self, key: LaneKey, budget: float, intervals: Intervals | None = None) -> None:
        self._key = key
        self._pacer = Pacer(budget)
        self._queue = Queue(intervals or Intervals())
        self._sight = Sight(key)
        self._ad_hoc: deque[TaskKey] = deque()
        self._asked: dict[int, Asked] = {}
        self._doubted = -math.inf
        self._sends: deque[float] = deque()
        self._started: float | None = None
        self._round_trip = 0.0
        self._planned_at = self._capacity
        """The requests per second for which questions were planned, the fewest since they were last planned anew."""
        self._clock_offset: float | None = None
        self._clock_told = False
        self._expiry = Expiry()
        self._polling = True
        self._has_share = True
        self._instances = 1
        self.account_budget = budget
        """What all processes that ask as this account may send together, requests per second."""
        self._shut = False

    @property
    def key(self) -> LaneKey:
        """The lane's name."""
        return self._key

    @property
    def gap_began(self) -> float | None:
        """The last good answer before the newest blindness that is over (monotonic seconds)."""
        return self._sight.gap_began

    @property
    def is_blind(self) -> bool:
        """Whether the lane gets no usable answers."""
        return self._sight.is_blind

    def is_undecided(self, observation: Observation) -> bool:
        """Whether this answer, of which `done` was told, is a denial that may be about more than its SdkAppId."""
        return self._sight.is_undecided(observation)

    @property
    def _capacity(self) -> float:
        return self._pacer.capacity(self._round_trip)

    def watch(self, keys: Iterable[TaskKey], now: float) -> None:
        """Ask about these tasks from now on, in this order."""
        for number, key in enumerate(keys):
            # No two at the same moment: where 10,000 are due at once, to find one in the queue takes long.
            self._queue.put(key, Class.RUNNING, now + number / 1e6)

    def forget(self, key: TaskKey) -> None:
        """Do not ask about this task any more."""
        self._queue.remove(key)

    def show(self, keys: Collection[TaskKey]) -> None:
        """Say which tasks are on the screen."""
        self._queue.show(keys)

    def refresh(self, keys: Iterable[TaskKey] | None, now: float) -> None:
        """Ask these tasks before all others, or all tasks in their order; a blind lane probes at once.

        Tasks that are named are asked once although polling is stopped, or nobody watches them.
        """
        if keys is None:
            self._queue.hasten(now)
        else:
            waiting = set(self._ad_hoc)
            for key in keys:
                if self._polling and key in self._queue:
                    self._queue.put(key, Class.AD_HOC, now)
                elif key not in waiting:
                    self.look_up(key)
        self._sight.hasten(now)

    def bring_up(self, keys: Iterable[TaskKey], since: float, now: float) -> None:
        """Ask soon about those of these tasks that run, as far as is known, and were not asked after `since`."""
        self._queue.bring_up(keys, since, now)

    def look_up(self, key: TaskKey) -> None:
        """Ask about a task once, watched or not, before everything else."""
        self._ad_hoc.append(key)

    def set_polling(self, on: bool) -> None:
        """Stop or resume asking by schedule; ad-hoc questions go on."""
        self._polling = on

    def set_intervals(self, intervals: Intervals) -> None:
        """Ask by these intervals from now on; what is already planned for sooner stays."""
        self._queue.intervals = intervals

    def set_budget(self, budget: float, instances: int = 1) -> None:
        """Send at most so many requests per second from now on; at 0 nothing is sent until there is more.

        `instances` is how many processes share what the account has.
        """
        self._instances = instances
        self._has_share = budget > 0
        if self._has_share:
            self._pacer.set_budget(budget)

    def taken(self, now: float) -> int:
        """How many slots of the budget are taken by requests that the server may still count."""
        return self._pacer.taken(now)

    def drop_look_ups(self, profile: str) -> list[TaskKey]:
        """Ask no more about tasks of this profile that are to be looked up, and give them."""
        dropped = [key for key in self._ad_hoc if key.profile == profile]
        self._ad_hoc = deque(key for key in self._ad_hoc if key.profile != profile)
        return dropped

    def rename(self, key: LaneKey, at: float) -> list[Event]:
        """Go under another name; gives what this means for a lane that is blind."""
        if key == self._key:
            return []
        self._key = key
        return [*self._sight.rename(key, at)]

    def shut(self, cause: Failure, now: float, at: float) -> Blinded | None:
        """Ask nothing by schedule and be blind, because there is no credential."""
        self._shut = True
        return self._sight.shut(cause, now, at)

    def open(self, now: float) -> None:
        """There is a credential, or another one: ask at once."""
        self._shut = False
        self._sight.open(now)

    def note_expiry(self, expires_at: float | None, at: float) -> Notice | None:
        """Take note of when the credential ends (Unix seconds); the notice, where it is time for one."""
        return self._expiry.note(expires_at, at, self._key)

    def next(self, now: float) -> Send | Wait:
        """What to do now. Sending takes a slot: the caller must send, then call `written` and `done`."""
        if not self._has_share:
            return Wait(LONGEST_WAIT)
        self._started = now if self._started is None else self._started
        moment = max(self._wanted_at(now), now + self._pacer.wait(now))
        if moment > now:
            blind_at = self._sight.blind_at(self._asked.values(), len(self._queue))
            if blind_at is not None and blind_at > now:
                moment = min(moment, blind_at)
            return Wait(min(moment - now, LONGEST_WAIT))
        key = self._ad_hoc.popleft() if self._ad_hoc else self._pick(now)
        ticket = self._pacer.send(now)
        self._asked[ticket] = Asked(key, now)
        self._sends.append(now)
        return Send(key, ticket)

    def _wanted_at(self, now: float) -> float:
        """When there is something to ask, budget aside; infinity where only an answer or a command can bring it."""
        if self._ad_hoc:
            return now
        if not self._polling or self._shut or not self._queue:
            return math.inf
        if self._sight.is_blind:
            # One probe at a time: whoever cannot be reached is not hammered.
            return math.inf if self._sight.is_probing(self._asked.values()) else self._sight.next_probe
        return min(self._queue.next_due(), self._doubt_at())

    def _doubt_at(self) -> float:
        """When another task is asked early, to tell one task's trouble from the lane's."""
        doubt = self._sight.doubt_at(self._asked.values())
        return math.inf if doubt is None else max(doubt, self._doubted + DOUBT_SECONDS)

    def _pick(self, now: float) -> TaskKey:
        """The task to ask; at least one wants to be asked."""
        if not self._sight.is_blind:
            if now >= self._doubt_at():
                self._doubted = now
                return self._ask_elsewhere(now)
            if (key := self._queue.take(now)) is not None:
                return key
        return self._ask_elsewhere(now)

    def _ask_elsewhere(self, now: float) -> TaskKey:
        return self._queue.take_soonest(now, self._sight.doubtful(self._asked.values()))

    def tick(self, now: float, at: float) -> Blinded | None:
        """What time alone brings: blindness by silence. To be called before `next`."""
        return self._sight.silent(self._asked.values(), len(self._queue), now, at)

    def wake(self, now: float) -> None:
        """Know that this process was stopped or its machine slept: nobody's silence lasted as long as that."""
        self._sight.wake(now)

    def written(self, ticket: int, now: float) -> None:
        """The whole request has been handed to the network."""
        self._pacer.written(ticket, now)

    def done(self, ticket: int, observation: Observation, now: float, jitter: float) -> list[Event]:
        """The request is answered, or has failed; gives what this means for the lane. `jitter` is from 0 to 1."""
        self._asked.pop(ticket, None)
        sent = self._pacer.answered(ticket, now, replied=observation.replied)
        events: list[Event] = []
        failure = observation.failure
        if failure is not None and failure.kind is FailureKind.THROTTLED:
            if self._pacer.refused(sent, now):
                text = f"{failure.code}: slowed down to {self._pacer.pace:g} of {self._pacer.budget:g} requests/s"
                events.append(Notice(observation.at, NoticeKind.THROTTLED, text, lane=self._key))
        elif observation.replied:
            self._pacer.accepted(now)
        if observation.replied:
            self._round_trip += 0.2 * (observation.latency - self._round_trip)
        events += self._note_clock(observation)
        change = self._sight.answered(observation, sent=sent, lane=self._extent, now=now, jitter=jitter)
        if isinstance(change, Sighted):
            self._queue.hasten(now)
        if change is not None:
            events.append(change)
        self._plan_anew()
        return events

    def _extent(self) -> Extent:
        regions = {key.region for key in self._queue}
        return Extent(len(self._queue), len(regions), len({key.sdk_app_id for key in self._queue}))

    def _plan_anew(self) -> None:
        """Have questions come sooner that were planned when the lane could ask notably less than it can now."""
        capacity = self._capacity
        if capacity > REPLAN_FACTOR * self._planned_at:
            self._queue.bring_forward(capacity)
            self._planned_at = capacity
        self._planned_at = min(self._planned_at, capacity)

    def abandon(self, ticket: int, now: float) -> None:
        """Give up a request that ended in a bug: its slot is freed and its task comes up again by itself."""
        self._asked.pop(ticket, None)
        self._pacer.answered(ticket, now, replied=False)

    def _note_clock(self, observation: Observation) -> list[Event]:
        offset = observation.clock_offset
        if offset is None:
            return []
        self._clock_offset = offset
        wrong = abs(offset) > CLOCK_TOLERANCE
        told, self._clock_told = self._clock_told, wrong
        if not wrong or told:
            return []
        direction = "behind" if offset > 0 else "ahead of"
        text = (
            f"this machine's clock is {abs(offset):.0f} s {direction} the server's; requests are signed with its time"
        )
        return [Notice(observation.at, NoticeKind.CLOCK, text, lane=self._key)]

    def plan(self, key: TaskKey, state: TaskState, now: float) -> None:
        """Set when the task is asked next, from what is now believed of it."""
        if key not in self._queue:
            return
        group, delay = plan(state, self._queue.intervals)
        self._queue.plan(key, group, now, delay, self._capacity)

    def view(self, now: float) -> LaneView:
        """The lane as the screen and the commands show it."""
        while self._sends and self._sends[0] <= now - RATE_WINDOW:
            self._sends.popleft()
        # The first request has its share of time, too, or the first seconds would show more than the budget.
        begun = now if self._started is None else self._started - 1 / self._pacer.budget
        span = min(RATE_WINDOW, max(1.0, now - begun))
        sight, wanted = self._sight, self._queue.intervals.running
        oldest = 0.0 if sight.is_blind or not self._polling else self._queue.oldest(now)
        return LaneView(
            lane=self._key,
            tasks=len(self._queue),
            rate=len(self._sends) / span,
            budget=self._pacer.budget if self._has_share else 0.0,
            account_budget=self.account_budget,
            pace=self._pacer.pace,
            wanted_sweep=wanted,
            sweep=max(self._queue.gap(Class.RUNNING, self._capacity), oldest),
            cause=sight.cause,
            blind_since=sight.since,
            blind_since_at=sight.since_at,
            last_good_at=sight.last_good_at,
            clock_offset=self._clock_offset,
            polling=self._polling,
            instances=self._instances,
            expires_at=self._expiry.at,
            due_sweep=self._queue.gap(Class.RUNNING, self._capacity * self._pacer.budget / self._pacer.pace),
        )
