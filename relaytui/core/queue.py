"""Which task of a lane is asked next: earliest deadline first within classes, a reserved share for each class."""

from __future__ import annotations

import heapq
import math
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from relaytui.core.observation import FailureKind
from relaytui.core.task import State, TaskKey
from relaytui.core.task_state import TaskState


class Class(IntEnum):
    """How urgent a question is; lower goes first."""

    AD_HOC = 0
    CONFIRM = 1
    PROBLEM = 2
    VISIBLE = 3
    RUNNING = 4
    RESTING = 5

    @property
    def reserved(self) -> float:
        """The share of the lane's requests that this class gets whatever the others want, as long as it wants them."""
        return _RESERVED[self]


_RESERVED = {
    Class.AD_HOC: 0.10,
    Class.CONFIRM: 0.10,
    Class.PROBLEM: 0.10,
    Class.VISIBLE: 0.10,
    Class.RUNNING: 0.10,
    Class.RESTING: 0.05,
}

_CLASSES = tuple(Class)
_UPPER = (Class.PROBLEM, Class.VISIBLE)
_LOWER = (Class.RUNNING, Class.RESTING)
LENT_SECONDS = 10.0
"""Seconds after which a task is asked again although its last question was never answered or given up."""
UPPER_SHARE = 0.6
"""The share of a lane's capacity that problem and visible rows may take from the others before they slow down too."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds between two questions about one task, by class."""

    running: float = 15.0
    problem: float = 5.0
    resting: float = 60.0
    confirm: tuple[float, ...] = (1.0, 2.0)
    """After the first, second, … answer of a doubt; the last goes for all further ones."""

    @classmethod
    def scaled(cls, running: float) -> Intervals:
        """These intervals with running tasks asked every `running` seconds and the other classes in proportion."""
        factor = running / cls().running
        return cls(running, cls().problem * factor, cls().resting * factor)

    def of(self, group: Class) -> float:
        """The wanted interval of a class, seconds."""
        match group:
            case Class.PROBLEM:
                return self.problem
            case Class.RESTING:
                return self.resting
            case _:
                return self.running


class _Plan(NamedTuple):
    """When a task is asked next; the first two fields order plans, and no two share a turn.

    A tuple that is the queue's and the heap's at once: there is one for each of 10,000 tasks.
    """

    due: float
    turn: int
    key: TaskKey
    own: Class
    """The class the task has when it is not on the screen."""
    group: Class
    asked: float
    """When the task was last asked, or put on the list."""


class Queue:
    """The tasks of one lane with their deadlines (monotonic seconds)."""

    def __init__(self, intervals: Intervals) -> None:
        self._intervals = intervals
        self._plans: dict[TaskKey, _Plan] = {}
        self._heaps: dict[Class, list[_Plan]] = {group: [] for group in Class}
        """Beside the plans those that they replace, each until it would be next."""
        self._lent: deque[_Plan] = deque()
        """What is planned should an answer never come, apart: few are left when it is time for them."""
        self._sizes: Counter[Class] = Counter()
        self._credit: dict[Class, float] = dict.fromkeys(Class, 0.0)
        self._visible: frozenset[TaskKey] = frozenset()
        self._turn = 0

    def __len__(self) -> int:
        return len(self._plans)

    @property
    def intervals(self) -> Intervals:
        """By which tasks are asked."""
        return self._intervals

    @intervals.setter
    def intervals(self, intervals: Intervals) -> None:
        """Ask by these from now on; what is planned for later than they say comes sooner."""
        self._intervals = intervals
        self.bring_forward(math.inf)

    def bring_forward(self, capacity: float) -> None:
        """Ask sooner what is planned for later than `capacity` (requests per second) demands, in the order it had."""
        gaps = {group: self.gap(group, capacity) for group in (*_UPPER, *_LOWER)}
        for planned in sorted(self._plans.values()):
            soon = planned.asked + gaps[planned.group] if planned.group in gaps else math.inf
            if soon < planned.due:
                self.put(planned.key, planned.own, soon)

    def __iter__(self) -> Iterator[TaskKey]:
        return iter(self._plans)

    def __contains__(self, key: TaskKey) -> bool:
        return key in self._plans

    def put(self, key: TaskKey, group: Class, due: float) -> None:
        """Ask about the task at `due`, in this class; replaces what was planned for it."""
        before = self._plans.get(key)
        planned = self._replan(key, group, due, asked=due if before is None else before.asked)
        heapq.heappush(self._heaps[planned.group], planned)

    def _replan(self, key: TaskKey, group: Class, due: float, asked: float) -> _Plan:
        before = self._plans.get(key)
        if before is not None:
            self._sizes[before.group] -= 1
        self._turn += 1
        own = group if before is None or group is not Class.AD_HOC else before.own
        planned = self._plans[key] = _Plan(due, self._turn, key, own, self._held(key, group), asked)
        self._sizes[planned.group] += 1
        return planned

    def plan(self, key: TaskKey, group: Class, now: float, delay: float | None, capacity: float) -> None:
        """Ask about the task in this class after `delay` seconds; None: after the class's own interval."""
        self.put(key, group, now + (self.gap(self._held(key, group), capacity) if delay is None else delay))

    def _held(self, key: TaskKey, group: Class) -> Class:
        return Class.VISIBLE if group in _LOWER and key in self._visible else group

    def remove(self, key: TaskKey) -> None:
        """Do not ask about the task any more."""
        if (planned := self._plans.pop(key, None)) is not None:
            self._sizes[planned.group] -= 1

    def show(self, keys: Collection[TaskKey]) -> None:
        """Say which tasks are on the screen: their running and resting rows go before those nobody looks at."""
        shown = frozenset(keys)
        changed = self._visible ^ shown
        self._visible = shown
        for key in changed:
            planned = self._plans.get(key)
            if planned is not None and planned.group in (Class.VISIBLE, *_LOWER):
                soon = planned.asked + self.intervals.of(Class.VISIBLE)
                self.put(key, planned.own, min(planned.due, soon) if key in shown else planned.due)

    def hasten(self, now: float) -> None:
        """Make every task due now, in the order in which it would have been asked."""
        for planned in sorted(self._plans.values()):
            if planned.due > now:
                self.put(planned.key, planned.own, now)

    def bring_up(self, keys: Iterable[TaskKey], since: float, now: float) -> None:
        """Make those of these tasks due now that run, as far as is known, and were not asked after `since`."""
        for key in keys:
            planned = self._plans.get(key)
            if planned is None or planned.own is not Class.RUNNING:
                continue
            if planned.group in (Class.VISIBLE, Class.RUNNING) and planned.asked <= since and planned.due > now:
                self.put(key, planned.own, now)

    def next_due(self) -> float:
        """When the next question is due; infinity where there is none."""
        return min(self._lent_until(), *(self._top(group)[0] for group in _CLASSES))

    def take(self, now: float) -> TaskKey | None:
        """The task to ask now, or None where nothing is due; the caller puts it back when it is answered.

        The highest class with something due goes first, but a class that is owed its reserved share goes before it.
        Running and resting tasks slow down in proportion when the list is too long, so they are one queue by deadline.
        Until it is put back the task is planned ahead, so that a lost answer cannot lose the task.
        """
        while self._lent_until() <= now:
            lost = self._lent.popleft()
            heapq.heappush(self._heaps[lost.group], lost)
        tops = {group: self._top(group) for group in _CLASSES}
        due = [group for group in _CLASSES if tops[group][0] <= now]
        if not due:
            return None
        credit = self._credit
        for group in _CLASSES:
            credit[group] = min(credit[group] + group.reserved, 2.0) if group in due else 0.0
        owed = [group for group in due if credit[group] >= 1]
        group = max(owed, key=credit.__getitem__) if owed else due[0]
        if not owed and group in _LOWER:
            group = min(due, key=tops.__getitem__)
        credit[group] = max(0.0, credit[group] - 1)
        return self._lend(self._heaps[group][0], now)

    def take_soonest(self, now: float, rank: Callable[[TaskKey], tuple[float, ...]]) -> TaskKey:
        """The task of the lowest rank whose question is due soonest, due or not; not for an empty queue.

        Of one rank, tasks that are well go before those that fail or are gone.
        """

        def order(planned: _Plan) -> tuple[tuple[float, ...], bool, _Plan]:
            return rank(planned.key), planned.own is not Class.RUNNING, planned

        return self._lend(min(self._plans.values(), key=order), now)

    def _lend(self, planned: _Plan, now: float) -> TaskKey:
        self._lent.append(self._replan(planned.key, planned.own, now + LENT_SECONDS, asked=now))
        return planned.key

    def _lent_until(self) -> float:
        """When the first of the lent tasks that are not back yet is asked again."""
        while self._lent and self._is_outdated(self._lent[0]):
            self._lent.popleft()
        return self._lent[0].due if self._lent else math.inf

    def _is_outdated(self, planned: _Plan) -> bool:
        return self._plans.get(planned.key) is not planned

    def _top(self, group: Class) -> tuple[float, int]:
        """When the next of the class is due, and its turn."""
        heap = self._heaps[group]
        while heap and self._is_outdated(heap[0]):
            heapq.heappop(heap)
        return (heap[0].due, heap[0].turn) if heap else (math.inf, 0)

    def gap(self, group: Class, capacity: float) -> float:
        """Seconds between two questions about a task of this class now, at `capacity` requests per second."""
        return self.intervals.of(group) * self.stretch(group, capacity)

    def stretch(self, group: Class, capacity: float) -> float:
        """By how much the wanted interval of a class is stretched because the list is too long for it (1: not at all).

        Problem and visible rows keep their interval while they fit into `UPPER_SHARE` of the capacity (or into what
        the others leave); running and resting tasks share the rest in proportion.
        """
        upper, lower = self._demand(_UPPER), self._demand(_LOWER)
        upper_stretch = max(1.0, upper / max(UPPER_SHARE * capacity, capacity - lower))
        if group not in _LOWER:
            return upper_stretch
        return max(1.0, lower / max(capacity - upper / upper_stretch, (1 - UPPER_SHARE) * capacity))

    def _demand(self, groups: tuple[Class, ...]) -> float:
        return sum(self._sizes[group] / self.intervals.of(group) for group in groups)

    def oldest(self, now: float) -> float:
        """Seconds since the most overdue running or visible task was asked, or put on the list; 0 where none is due."""
        late = [group for group in (Class.RUNNING, Class.VISIBLE) if self._top(group)[0] <= now]
        return max((now - self._heaps[group][0].asked for group in late), default=0.0)


def plan(state: TaskState, intervals: Intervals) -> tuple[Class, float | None]:
    """The class in which to ask about a task next, and after how many seconds; None: after the class's own interval."""
    if state.streak and state.failures <= len(intervals.confirm):
        return Class.CONFIRM, intervals.confirm[min(state.streak, len(intervals.confirm)) - 1]
    if state.failures and state.failure is not None:
        if state.failure.kind is FailureKind.THROTTLED:
            return _resting_or_running(state), intervals.confirm[0]
        if state.state is not State.REJECTED:
            soon = state.failures <= len(intervals.confirm)
            return Class.PROBLEM, min(intervals.confirm[state.failures - 1], intervals.problem) if soon else None
    if state.state in (State.OVERDUE, State.UNRECOGNISED):
        return Class.PROBLEM, None
    return _resting_or_running(state), None


def _resting_or_running(state: TaskState) -> Class:
    if state.state in (State.ENDED, State.FINISHED, State.NOT_FOUND, State.REJECTED):
        return Class.RESTING
    return Class.RUNNING
