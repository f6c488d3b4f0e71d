"""The pretended cloud: accounts, relay tasks that live and die on a given clock, and the fault plan.

Nothing here reads a clock: every question brings `now` (Unix seconds), so the same seed and times give the same day.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from relaytui.core.task import StatusKind
from relaytui.core.tc3 import Credential, Secret

IN_PROGRESS = StatusKind.IN_PROGRESS.value
NOT_EXIST = StatusKind.NOT_EXIST.value

Change = tuple[float, str]
"""Seconds, and the status from then on, as the API spells it."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may ask: a credential (made up, worth nothing elsewhere) and the SdkAppIds it owns, None for all."""

    credential: Credential
    sdk_app_ids: frozenset[int] | None = None


ACCOUNT = Account(Credential("AKIDsimulator00000000000000000EXAMPLE", Secret("simulator-secret-key-EXAMPLE")))
"""The account of a world that names none."""

_LONG = 1e9
"""Seconds, about 30 years: the most that a fault may take, so that every date stays one that can be written."""


class FaultKind(StrEnum):
    """What can go wrong. The values are the words of the control interface."""

    LATENCY = "latency"
    UPLINK = "uplink"
    STALL = "stall"
    DRIP = "drip"
    RESET = "reset"
    HALF_BODY = "half-body"
    WRONG_LENGTH = "wrong-length"
    SERVER_ERROR = "5xx"
    HTML = "html"
    GARBAGE = "garbage"
    WRONG_TYPE = "wrong-type"
    ERROR = "error"
    THROTTLE = "throttle"
    CLOCK_SKEW = "clock-skew"
    REFUSE = "refuse"

    @property
    def meaning(self) -> str:
        """What a client meets, in a few words."""
        return _MEANINGS[self]

    @property
    def is_global(self) -> bool:
        """Whether it is there before anybody has read what is asked, so that it cannot be meant for one task."""
        return self in (FaultKind.UPLINK, FaultKind.CLOCK_SKEW, FaultKind.REFUSE)


_MEANINGS = {
    FaultKind.LATENCY: "the answer comes `seconds` (plus up to `spread`) later",
    FaultKind.UPLINK: "the request arrives `seconds` (plus up to `spread`) later; global",
    FaultKind.STALL: "no answer; the connection stays open until the client gives up",
    FaultKind.DRIP: "the answer comes byte by byte, `seconds` apart",
    FaultKind.RESET: "the connection is reset instead of an answer",
    FaultKind.HALF_BODY: "half of the body, then the connection is closed",
    FaultKind.WRONG_LENGTH: "Content-Length is `length_error` bytes off, then the connection is closed",
    FaultKind.SERVER_ERROR: "HTTP `http_status` from a gateway",
    FaultKind.HTML: "a web page, HTTP 200, as a captive portal sends it",
    FaultKind.GARBAGE: "JSON that is cut off, HTTP 200",
    FaultKind.WRONG_TYPE: "an envelope whose Status is a number",
    FaultKind.ERROR: "an API error with `code`",
    FaultKind.THROTTLE: "RequestLimitExceeded, whatever the rate",
    FaultKind.CLOCK_SKEW: "the server's clock is `seconds` ahead (negative: behind); global",
    FaultKind.REFUSE: "connections are refused and open ones closed; global",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is about, as far as it could be read."""

    secret_id: str | None = None
    region: str | None = None
    sdk_app_id: int | None = None
    task_id: str | None = None

    def covers(self, other: Asked) -> bool:
        """Whether every field given here is the other's too."""
        return (
            self.secret_id in (None, other.secret_id)
            and self.region in (None, other.region)
            and self.sdk_app_id in (None, other.sdk_app_id)
            and self.task_id in (None, other.task_id)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong for whoever matches, from `begin` to `end` (seconds after the world's start).

    With `every` the window comes back with that period. A filter that is None matches everybody. `probability` is drawn
    per request. The last five fields belong to single kinds, see `FaultKind.meaning`. Raises ValueError for nonsense.
    """

    kind: FaultKind
    begin: float = 0.0
    end: float = math.inf
    every: float | None = None
    probability: float = 1.0
    secret_id: str | None = None
    region: str | None = None
    sdk_app_id: int | None = None
    task_id: str | None = None
    seconds: float = 1.0
    spread: float = 0.0
    code: str = "FailedOperation.QueryTaskInfoFailed"
    http_status: int = 503
    length_error: int = 10

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability must be between 0 and 1, not {self.probability}")
        if not self.begin <= self.end:
            raise ValueError(f"a fault cannot end ({self.end} s) before it begins ({self.begin} s)")
        if self.every is not None and not self.every > 0:
            raise ValueError(f"every must be more than 0 seconds, not {self.every}")
        least = -_LONG if self.kind is FaultKind.CLOCK_SKEW else 0
        if not (least <= self.seconds <= _LONG and 0 <= self.spread <= _LONG):
            raise ValueError(f"seconds and spread must be between {least:g} and {_LONG:g}")
        if not 500 <= self.http_status <= 599:
            raise ValueError(f"http_status must be between 500 and 599, not {self.http_status}")
        if self.kind.is_global and self.filters != Asked():
            raise ValueError(f"{self.kind} hits everybody: it takes no secret_id, region, sdk_app_id or task_id")

    @property
    def filters(self) -> Asked:
        """Whom it is meant for."""
        return Asked(self.secret_id, self.region, self.sdk_app_id, self.task_id)

    def is_active(self, elapsed: float) -> bool:
        """Whether it is on, `elapsed` seconds after the world's start."""
        if self.every is not None and elapsed >= 0:
            elapsed %= self.every
        return self.begin <= elapsed < self.end


@dataclass(slots=True)
class RelayTask:
    """One pretended relay task: what the API would say of it at any time.

    `life` is in seconds after the world's start; before its first entry there is no such task. With `every` the life
    comes back with that period. What somebody set by hand (`pinned`) counts from then on, whatever the life says.
    """

    sdk_app_id: int
    region: str
    task_id: str
    life: tuple[Change, ...]
    every: float | None = None
    label: str = ""
    group: str = ""
    pinned: list[Change] = field(default_factory=list)

    def status_at(self, elapsed: float) -> str:
        """The status, `elapsed` seconds after the world's start."""
        if self.pinned and self.pinned[0][0] <= elapsed:
            return _latest(self.pinned, elapsed)
        if self.every is None or elapsed < self.every:
            return _latest(self.life, elapsed)
        # From the second round on, what was last goes on until the round's first change.
        return _latest(((0.0, self.life[-1][1]), *self.life), elapsed % self.every)

    def changes(self, until: float) -> Iterator[Change]:
        """Every change of the status up to `until` (seconds after the world's start), the first appearance included."""
        rounds = math.floor(until / self.every) + 1 if self.every is not None else 1
        offsets = [number * (self.every or 0.0) for number in range(rounds)]
        moments = {offset + moment for offset in offsets for moment, _ in self.life} | {m for m, _ in self.pinned}
        before = NOT_EXIST
        for moment in sorted(moment for moment in moments if moment <= until):
            status = self.status_at(moment)
            if status != before:
                yield moment, status
            before = status


def _latest(changes: Sequence[Change], elapsed: float) -> str:
    index = bisect_right(changes, elapsed, key=lambda change: change[0])
    return changes[index - 1][1] if index else NOT_EXIST


class World:
    """Accounts, tasks and faults, from `start` (Unix seconds) on; the ground truth that tests compare beliefs with."""

    def __init__(self, seed: int, start: float, accounts: Iterable[Account] = (ACCOUNT,)) -> None:
        self.seed = seed
        self.start = start
        self.accounts = {account.credential.secret_id: account for account in accounts}
        self.sdk_app_ids = {
            sdk_app_id for account in self.accounts.values() for sdk_app_id in account.sdk_app_ids or ()
        }
        self.tasks: dict[tuple[int, str], RelayTask] = {}
        self.faults: list[Fault] = []

    def elapsed(self, now: float) -> float:
        """Seconds since the start."""
        return now - self.start

    def add(
        self,
        sdk_app_id: int,
        region: str,
        task_id: str,
        life: Sequence[Change] = ((0.0, IN_PROGRESS),),
        *,
        every: float | None = None,
        label: str = "",
        group: str = "",
    ) -> RelayTask:
        """A new task with its scripted life; one with the same SdkAppId and TaskId is replaced.

        Raises ValueError for a life that is empty, out of order, or does not fit into `every`.
        """
        moments = [moment for moment, _ in life]
        if not moments or moments != sorted(moments):
            raise ValueError(f"the life of {task_id} must be changes in order of time")
        if every is not None and not (moments[0] >= 0 and moments[-1] < every):
            raise ValueError(f"the life of {task_id} must fit into its period of {every} s")
        task = RelayTask(sdk_app_id, region, task_id, tuple(life), every, label, group)
        self.tasks[sdk_app_id, task_id] = task
        self.sdk_app_ids.add(sdk_app_id)
        return task

    def set_status(self, sdk_app_id: int, task_id: str, status: str, now: float) -> None:
        """From `now` on the task has this status, until set again. Raises KeyError where there is no such task."""
        pinned = self.tasks[sdk_app_id, task_id].pinned
        pinned.append((self.elapsed(now), status))
        pinned.sort(key=lambda change: change[0])

    def status(self, sdk_app_id: int, task_id: str, now: float, region: str | None = None) -> str:
        """What the API would say of the task; `NotExist` for a task never added, or asked in another region.

        Nobody documents what the real API says to the wrong region (tencent-api.md section 8).
        """
        task = self.tasks.get((sdk_app_id, task_id))
        if task is None or region not in (None, task.region):
            return NOT_EXIST
        return task.status_at(self.elapsed(now))

    def changes(self, sdk_app_id: int, task_id: str, until: float) -> list[Change]:
        """When (Unix seconds) the task's status changed up to `until` (Unix seconds), and to what."""
        task = self.tasks[sdk_app_id, task_id]
        return [(self.start + moment, status) for moment, status in task.changes(self.elapsed(until))]

    def plan(self, fault: Fault) -> Fault:
        """Add a fault to the plan."""
        self.faults.append(fault)
        return fault

    def clear(self, kind: FaultKind | None = None, whose: Asked | None = None) -> int:
        """Take faults of this kind (None: any) meant for these (None: anybody) off the plan; how many there were."""
        gone = [
            fault
            for fault in self.faults
            if kind in (None, fault.kind) and (whose is None or whose.covers(fault.filters))
        ]
        self.faults = [fault for fault in self.faults if fault not in gone]
        return len(gone)

    def faults_for(self, asked: Asked, now: float) -> list[Fault]:
        """The faults that strike this request now, `seconds` drawn already; global kinds have their own methods."""
        return [
            struck
            for fault in self.faults
            if not fault.kind.is_global and fault.filters.covers(asked) and (struck := self._strike(fault, asked, now))
        ]

    def uplink(self, now: float) -> float:
        """How many seconds a request sent now takes to arrive."""
        struck = (self._strike(fault, Asked(), now) for fault in self.faults if fault.kind is FaultKind.UPLINK)
        return sum(fault.seconds for fault in struck if fault)

    def skew(self, now: float) -> float:
        """Seconds by which the server's clock is ahead of `now`."""
        return sum(fault.seconds for fault in self._active(FaultKind.CLOCK_SKEW, now))

    def is_refusing(self, now: float) -> bool:
        """Whether connections are refused."""
        return any(True for _ in self._active(FaultKind.REFUSE, now))

    def _active(self, kind: FaultKind, now: float) -> Iterator[Fault]:
        return (fault for fault in self.faults if fault.kind is kind and fault.is_active(self.elapsed(now)))

    def _strike(self, fault: Fault, asked: Asked, now: float) -> Fault | None:
        if not fault.is_active(self.elapsed(now)):
            return None
        if fault.probability == 1 and not fault.spread:
            return fault
        # The draw hangs on what is asked and when, not on how many asked before: that keeps the day the same.
        draw = random.Random(f"{self.seed} {fault.kind} {fault.begin} {asked} {now}")  # noqa: S311 not a secret
        if draw.random() >= fault.probability:
            return None
        return replace(fault, seconds=fault.seconds + fault.spread * draw.random())
