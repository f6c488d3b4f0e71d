"""Which task of a lane is asked next: earliest deadline first within classes, a reserved share for each class."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

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


class _Line:
    """The tasks of one class by deadline (monotonic seconds); among equals whoever came first.

    Two sorted arrays: to make room in 10,000 entries is a move of some bytes, and a heap of tuples with their numbers
    takes ten times the memory.
    """

    def __init__(self) -> None:
        self.due = array("d")
        self.slots = array("i")

    def __len__(self) -> int:
        return len(self.slots)

    @property
    def first(self) -> float:
        """When the first is due; infinity where there is none."""
        return self.due[0] if self.due else math.inf

    def add(self, slot: int, due: float) -> None:
        """Take one in; behind those that are due at the same moment."""
        index = bisect_right(self.due, due)
        self.due.insert(index, due)
        self.slots.insert(index, slot)

    def remove(self, slot: int, due: float) -> None:
        """Let one go that is due then."""
        index = self.slots.index(slot, bisect_left(self.due, due))
        del self.due[index], self.slots[index]


class Queue:
    """The tasks of one lane with their deadlines (monotonic seconds).

    What is planned for a task stands in arrays at its slot, a number that it keeps while it is here: an object for each
    of 10,000 tasks takes several times the memory.
    """

    def __init__(self, intervals: Intervals) -> None:
        self._intervals = intervals
        self._slots: dict[TaskKey, int] = {}
        self._free: list[int] = []
        """Slots whose tasks have gone."""
        self._keys: list[TaskKey] = []
        self._due = array("d")
        self._asked = array("d")
        """When the task was last asked, or put on the list."""
        self._own = bytearray()
        """The class the task has when it is not on the screen."""
        self._group = bytearray()
        """The class in whose line it stands."""
        self._lines = {group: _Line() for group in Class}
        self._credit: dict[Class, float] = dict.fromkeys(Class, 0.0)
        self._visible: frozenset[TaskKey] = frozenset()

    def __len__(self) -> int:
        return len(self._slots)

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
        for slot in self._in_order():
            soon = self._asked[slot] + gaps.get(_CLASSES[self._group[slot]], math.inf)
            if soon < self._due[slot]:
                self._put(slot, _CLASSES[self._own[slot]], soon)

    def _in_order(self) -> list[int]:
        """All slots, those that are due first first."""
        return sorted((slot for line in self._lines.values() for slot in line.slots), key=self._due.__getitem__)

    def __iter__(self) -> Iterator[TaskKey]:
        return iter(self._slots)

    def __contains__(self, key: TaskKey) -> bool:
        return key in self._slots

    def put(self, key: TaskKey, group: Class, due: float) -> None:
        """Ask about the task at `due`, in this class; replaces what was planned for it."""
        slot = self._slots.get(key)
        if slot is not None:
            self._put(slot, group, due)
            return
        if not self._free:
            self._free.append(len(self._keys))
            self._keys.append(key)
            self._due.append(due)
            self._asked.append(due)
            self._own.append(group)
            self._group.append(group)
        slot = self._slots[key] = self._free.pop()
        self._keys[slot], self._asked[slot], self._own[slot] = key, due, group
        self._line_up(slot, group, due)

    def _put(self, slot: int, group: Class, due: float) -> None:
        self._leave(slot)
        if group is not Class.AD_HOC:
            self._own[slot] = group
        self._line_up(slot, group, due)

    def _line_up(self, slot: int, group: Class, due: float) -> None:
        held = self._held(self._keys[slot], group)
        self._due[slot], self._group[slot] = due, held
        self._lines[held].add(slot, due)

    def _leave(self, slot: int) -> None:
        self._lines[_CLASSES[self._group[slot]]].remove(slot, self._due[slot])

    def plan(self, key: TaskKey, group: Class, now: float, delay: float | None, capacity: float) -> None:
        """Ask about the task in this class after `delay` seconds; None: after the class's own interval."""
        self.put(key, group, now + (self.gap(self._held(key, group), capacity) if delay is None else delay))

    def _held(self, key: TaskKey, group: Class) -> Class:
        return Class.VISIBLE if group in _LOWER and key in self._visible else group

    def remove(self, key: TaskKey) -> None:
        """Do not ask about the task any more."""
        if (slot := self._slots.pop(key, None)) is not None:
            self._leave(slot)
            self._free.append(slot)

    def show(self, keys: Collection[TaskKey]) -> None:
        """Say which tasks are on the screen: their running and resting rows go before those nobody looks at."""
        shown = frozenset(keys)
        changed = self._visible ^ shown
        self._visible = shown
        for key in changed:
            slot = self._slots.get(key)
            if slot is not None and self._group[slot] in (Class.VISIBLE, *_LOWER):
                soon = self._asked[slot] + self.intervals.of(Class.VISIBLE)
                due = min(self._due[slot], soon) if key in shown else self._due[slot]
                self._put(slot, _CLASSES[self._own[slot]], due)

    def hasten(self, now: float) -> None:
        """Make every task due now, in the order in which it would have been asked."""
        later = [slot for slot in self._in_order() if self._due[slot] > now]
        latest = self._due[later[-1]] if later else now
        for slot in later:
            # A millionth of the time between them is left, or running tasks would all go before resting ones.
            self._put(slot, _CLASSES[self._own[slot]], now - (latest - self._due[slot]) / 1e6)

    def bring_up(self, keys: Iterable[TaskKey], since: float, now: float) -> None:
        """Make those of these tasks due now that run, as far as is known, and were not asked after `since`."""
        for key in keys:
            slot = self._slots.get(key)
            if slot is None or self._own[slot] != Class.RUNNING:
                continue
            if (
                self._group[slot] in (Class.VISIBLE, Class.RUNNING)
                and self._asked[slot] <= since
                and self._due[slot] > now
            ):
                self._put(slot, Class.RUNNING, now)

    def next_due(self) -> float:
        """When the next question is due; infinity where there is none."""
        return min(line.first for line in self._lines.values())

    def take(self, now: float) -> TaskKey | None:
        """The task to ask now, or None where nothing is due; the caller puts it back when it is answered.

        The highest class with something due goes first, but a class that is owed its reserved share goes before it.
        Running and resting tasks slow down in proportion when the list is too long, so they are one queue by deadline.
        Until it is put back the task is planned ahead, so that a lost answer cannot lose the task.
        """
        due = [group for group, line in self._lines.items() if line.first <= now]
        if not due:
            return None
        credit = self._credit
        for group in _CLASSES:
            credit[group] = min(credit[group] + group.reserved, 2.0) if group in due else 0.0
        owed = [group for group in due if credit[group] >= 1]
        group = max(owed, key=credit.__getitem__) if owed else due[0]
        if not owed and group in _LOWER:
            group = min(due, key=lambda group: self._lines[group].first)
        credit[group] = max(0.0, credit[group] - 1)
        return self._lend(self._lines[group].slots[0], now)

    def take_soonest(self, now: float, rank: Callable[[TaskKey], tuple[float, ...]]) -> TaskKey:
        """The task of the lowest rank whose question is due soonest, due or not; not for an empty queue.

        Of one rank, tasks that are well go before those that fail or are gone.
        """

        def order(slot: int) -> tuple[tuple[float, ...], bool]:
            return rank(self._keys[slot]), self._own[slot] != Class.RUNNING

        return self._lend(min(self._in_order(), key=order), now)

    def _lend(self, slot: int, now: float) -> TaskKey:
        self._put(slot, _CLASSES[self._own[slot]], now + LENT_SECONDS)
        self._asked[slot] = now
        return self._keys[slot]

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
        return sum(len(self._lines[group]) / self.intervals.of(group) for group in groups)

    def oldest(self, now: float) -> float:
        """Seconds since the most overdue running or visible task was asked, or put on the list; 0 where none is due."""
        lines = (self._lines[group] for group in (Class.RUNNING, Class.VISIBLE))
        return max((now - self._asked[line.slots[0]] for line in lines if line.first <= now), default=0.0)


def plan(state: TaskState, intervals: Intervals) -> tuple[Class, float | None]:
    """The class in which to ask about a task next, and after how many seconds; None: after the class's own interval."""
    streak, failures, failure = state.doubt.streak, state.trouble.failures, state.trouble.current
    if streak and failures <= len(intervals.confirm):
        return Class.CONFIRM, intervals.confirm[min(streak, len(intervals.confirm)) - 1]
    if failure is not None:
        if failure.kind is FailureKind.THROTTLED:
            return _resting_or_running(state), intervals.confirm[0]
        if state.state is not State.REJECTED:
            soon = failures <= len(intervals.confirm)
            return Class.PROBLEM, min(intervals.confirm[failures - 1], intervals.problem) if soon else None
    if state.state in (State.OVERDUE, State.UNRECOGNISED):
        return Class.PROBLEM, None
    return _resting_or_running(state), None


def _resting_or_running(state: TaskState) -> Class:
    if state.state in (State.ENDED, State.FINISHED, State.NOT_FOUND, State.REJECTED):
        return Class.RESTING
    return Class.RUNNING
