"""When one alarm stands for many tasks, and what they have in common.

A storm is `STORM_SIZE` tasks within `STORM_SECONDS`. A task waits `GATHER_SECONDS` for company before it is told, and
where another one is just being confirmed or was told a moment ago, which a storm looks like when it begins, as long as
that goes on, at most `STORM_SECONDS`: so the first four of a storm do not alarm one by one. The storm's alarm leaves as
soon as it is one, and is then the alarm of those too who were told within `STORM_SECONDS` before. So an alarm is
delayed by 1 s where nothing else goes on, and by 10 s at most where something does.

Who shares the storm's common factor joins it in silence when it follows within `STORM_SECONDS`. A sweep finds the last
of a storm much later; so where the factor is not that of the whole board, who was not seen running since the storm's
alarm joins it too: nobody could know of its end before.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.text import plain

STORM_SIZE = 5
STORM_SECONDS = 10.0
GATHER_SECONDS = 1.0
SWEEP_SECONDS = 600.0
"""Seconds for which more of a storm may be found: one sweep of 10,000 tasks takes over eight minutes at best."""
DOUBT_SECONDS = 5.0
"""Seconds for which one doubtful answer says that its task is being confirmed, which takes three."""

_VALUES: dict[str, Callable[[WatchedTask], str]] = {
    "group": lambda task: task.group,
    "SdkAppId": lambda task: str(task.key.sdk_app_id),
    "region": lambda task: task.key.region,
    "profile": lambda task: task.key.profile,
}
"""What tasks can have in common, the most telling first where two say the same."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that tasks have in common; with the name "" there is none."""

    name: str = ""
    value: str = ""

    def covers(self, task: WatchedTask) -> bool:
        """Whether this task has it too; where there is no factor every task has."""
        return not self.name or _VALUES[self.name](task) == self.value

    def __str__(self) -> str:
        return f"{self.name} {plain(self.value)}" if self.name else ""


def common_factor(tasks: Collection[WatchedTask], watched: Iterable[WatchedTask]) -> Factor:
    """What all of `tasks` have in common and the fewest of the `watched` tasks have."""
    shared = [
        Factor(name, values.pop())
        for name, value in _VALUES.items()
        if len(values := {value(task) for task in tasks}) == 1 and values != {""}
    ]
    spread: Counter[Factor] = Counter()
    for task in watched:
        spread.update(factor for factor in shared if factor.covers(task))
    return min(shared, key=lambda factor: spread[factor], default=Factor())


@dataclass(slots=True)
class Storm:
    """Tasks for which one alarm stands: its id, once it was told with so many tasks, and all that are in it now."""

    factor: Factor
    keys: set[TaskKey]
    last: float
    alarm: str = ""
    told: int = 0
    is_narrow: bool = False
    """Whether there are tasks on the board that have nothing to do with it."""
    loud: set[TaskKey] = field(default_factory=set)
    """Those in it that are still wrong, and that nobody has made quiet."""
    ran_since: set[TaskKey] = field(default_factory=set)
    """The tasks that were seen running since its alarm."""

    @property
    def lasts(self) -> float:
        """Seconds after the last that joined for which another one may."""
        return SWEEP_SECONDS if self.is_narrow else STORM_SECONDS

    def takes(self, task: WatchedTask, now: float, *, ran: bool) -> bool:
        """Whether this task is part of it; `ran` says whether it was ever seen running."""
        unseen_since = self.is_narrow and ran and task.key not in self.ran_since
        # An alarm of which nothing is left is over for those who were told of it.
        return self.factor.covers(task) and (now - self.last <= STORM_SECONDS or (unseen_since and bool(self.loud)))


class Group(NamedTuple):
    """Tasks to be told now: each by itself, or by the alarm of a storm, which may have been told already."""

    keys: list[TaskKey]
    storm: Storm | None = None


class Gathering:
    """Tasks that nobody was told of yet. Moments are monotonic seconds."""

    def __init__(self) -> None:
        self._waiting: dict[TaskKey, float] = {}
        self._doubted: dict[TaskKey, float] = {}
        self._lately: deque[tuple[float, TaskKey]] = deque()
        """The tasks that were told one by one, by when they were put here, within the last `STORM_SECONDS`."""
        self._storms: list[Storm] = []

    def put(self, key: TaskKey, now: float) -> None:
        """Have this task told."""
        self._waiting[key] = now

    def drop(self, key: TaskKey) -> None:
        """Have this task not told after all, or no more."""
        self._waiting.pop(key, None)
        for storm in self._storms:
            storm.loud.discard(key)
        if any(key == other for _, other in self._lately):
            self._lately = deque(told for told in self._lately if told[1] != key)

    def doubt(self, key: TaskKey, now: float, *, confirming: bool) -> None:
        """The task was asked; `confirming` says that one more such answer may make an alarm of it."""
        self._doubted.pop(key, None)
        if confirming:
            self._doubted[key] = now

    def see_running(self, key: TaskKey) -> None:
        """The task was seen running: what becomes of it from now on has to do with no storm that was told before."""
        for storm in self._storms:
            storm.ran_since.add(key)

    def begin_anew(self, now: float) -> None:
        """What waits begins to wait now."""
        self._waiting = dict.fromkeys(self._waiting, now)

    def release(
        self,
        now: float,
        tasks: Mapping[TaskKey, WatchedTask],
        ran: Callable[[TaskKey], bool],
    ) -> list[Group]:
        """What is to be told now; `tasks` are all that are watched, `ran` says whether one was ever seen running."""
        if not self._waiting:
            return []
        groups = self._join(now, tasks, ran)
        while self._lately and now - self._lately[0][0] > STORM_SECONDS:
            self._lately.popleft()
        keys = list(dict.fromkeys([*(key for _, key in self._lately), *self._waiting]))
        waited = now - min(self._waiting.values(), default=now)
        is_storm = len(keys) >= STORM_SIZE
        may_become_one = not is_storm and (bool(self._lately) or self._is_confirming(now))
        patience = STORM_SECONDS if may_become_one else GATHER_SECONDS
        if waited < patience:
            return groups
        if is_storm:
            factor = common_factor([tasks[key] for key in keys], tasks.values())
            storm = Storm(factor, set(keys), now, told=len(keys), loud=set(keys))
            storm.is_narrow = not all(map(factor.covers, tasks.values()))
            self._storms.append(storm)
            self._lately.clear()
        else:
            keys, storm = list(self._waiting), None
            self._lately.extend((put, key) for key, put in self._waiting.items())
        self._waiting.clear()
        return [*groups, Group(keys, storm)]

    def grown(self, now: float = math.inf) -> list[Storm]:
        """The storms that have grown since this was last asked, and that nobody has joined for `STORM_SECONDS`."""
        grown = [storm for storm in self._storms if len(storm.keys) > storm.told and now - storm.last > STORM_SECONDS]
        self._storms = [storm for storm in self._storms if now - storm.last <= storm.lasts]
        return grown

    def _join(self, now: float, tasks: Mapping[TaskKey, WatchedTask], ran: Callable[[TaskKey], bool]) -> list[Group]:
        groups = []
        for storm in self._storms:
            joining = [key for key in self._waiting if storm.takes(tasks[key], now, ran=ran(key))]
            if joining:
                storm.last = now
                storm.keys.update(joining)
                storm.loud.update(joining)
                for key in joining:
                    del self._waiting[key]
                groups.append(Group(joining, storm))
        return groups

    def _is_confirming(self, now: float) -> bool:
        for key in [key for key, asked in self._doubted.items() if now - asked > DOUBT_SECONDS]:
            del self._doubted[key]
        return bool(self._doubted)
