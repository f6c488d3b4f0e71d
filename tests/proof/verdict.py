"""Compares what the program said in the day with what really happened."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import quantiles

from relaytui.adapters.journal.reader import Reader, reading
from relaytui.core.events import (
    Alarm,
    AlarmKind,
)
from relaytui.core.storm import STORM_SECONDS, SWEEP_SECONDS, Factor
from relaytui.core.task import State, StatusKind, TaskKey
from relaytui.core.task_state import Thresholds
from relaytui.core.transition import Severity, Transition
from tests.proof.day import FLUSH_SECONDS, Said, most_in_a_second
from tests.proof.truth import START, Truth

CONFIRMING = 5.0
"""Seconds from the first NotExist to a believed end: asked again after 1 s and 2 s, with the way there and back."""
GATHERING = 10.0
"""Seconds that an alarm waits for company at most."""
CATCHING_UP = 45.0
"""Seconds that the lane needs at most to make good what trouble has delayed, besides the trouble itself."""
TICKING = 1.0
"""Seconds by which the program hears of the time later than it passes."""
GONE = (State.ENDED, State.FINISHED)


@dataclass(slots=True)
class Verdict:
    """The figures; the lists name each case, so that a failure can be looked into."""

    bound: float
    """Seconds from an end to its alarm where nothing else is wrong."""
    ends: int = 0
    requests: int = 0
    in_any_second: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)
    """Alarms for ends that were expected."""
    doubled: list[str] = field(default_factory=list)
    """Ends that alarmed more than once, other than alone and then with the storm that they turned out to begin."""
    gathered: int = 0
    """Ends that were told alone and within `STORM_SECONDS` again as part of a storm."""
    misled: int = 0
    """Ends that alarmed again because the server said wrongly, as often in a row as is believed, that they were over;
    and ends of a storm that alarmed alone because it said wrongly after the storm's alarm that they ran on."""
    joined: int = 0
    """Ends for which a storm stands that they joined in silence."""
    storm_alarms: list[int] = field(default_factory=list)
    """How many alarms each storm made."""
    flapping: int = 0
    delays: list[float] = field(default_factory=list)
    """Seconds from the truth to the alarm, of the ends at which nothing else went wrong."""
    troubled: int = 0
    """Ends at which something did: these have until the trouble is over and made good, see `Truth.limit`."""
    journal: list[str] = field(default_factory=list)
    """Where the journal differs from what was told, or a RequestId does not bracket its end."""

    @property
    def spread(self) -> tuple[float, float, float]:
        """The delays' p50, p99 and maximum."""
        cuts = quantiles(self.delays, n=100) if len(self.delays) > 1 else [0.0] * 99
        return cuts[49], cuts[98], max(self.delays, default=0.0)


def judge(truth: Truth, said: Said, journal: Path, *, interval: float) -> Verdict:
    """Everything that was said, judged."""
    verdict = Verdict(interval + CONFIRMING + GATHERING, requests=len(said.sends))
    verdict.in_any_second = most_in_a_second(said.sends)
    alarms = _by_task(said)
    silent = _joined(truth, said)
    for task in truth.tasks:
        key = task.key
        for span in truth.ends(key):
            limit = truth.limit(span.begin, verdict.bound, CATCHING_UP)
            # A wrong answer of the server costs a round.
            strays = sum(span.begin <= at <= span.begin + limit for at in said.strays[key])
            limit += strays * verdict.bound
            if span.end - span.begin < limit or span.begin + limit > truth.seconds:
                continue  # Gone for less than anybody promises to see.
            verdict.ends += 1
            noticed = [at for at, _ in _ends_told(said, key) if span.begin <= at <= span.begin + limit]
            if not noticed:
                verdict.missed.append(f"{key.task_id} at {span.begin:.0f}")
            called = [at for at, _ in alarms[key] if span.begin <= at < span.end + 60]
            if key in truth.planned:
                verdict.planned += [f"{key.task_id} at {at:.0f}" for at in called]
            elif key not in truth.flappers:
                joined = [at for at in silent[key] if span.begin <= at < span.end + 60]
                told = min([*called, *joined], default=None)
                if told is None or told > span.begin + limit:
                    verdict.missed.append(f"alarm of {key.task_id} at {span.begin:.0f}")
                elif strays or truth.in_trouble(span.begin, span.begin + verdict.bound):
                    verdict.troubled += 1
                else:
                    verdict.delays.append(told - span.begin)
                verdict.joined += not called
                if len(called) > 1:
                    _count_again(verdict, said, key, called)
        verdict.false += _false(truth, said, key)
    for moment, keys in truth.storms:
        until = moment + verdict.bound + interval
        made = [(key, at, alarm.id) for key in keys for at, alarm in alarms[key] if moment <= at <= until]
        misled = _misled_alone(said, moment, made)
        verdict.misled += len(misled)
        verdict.storm_alarms.append(len({number for _, _, number in made} - misled))
    verdict.flapping = sum(alarm.kind is AlarmKind.FLAPPING for _, alarm in said.alarms)
    verdict.journal = list(_compare(truth, said, journal))
    return verdict


def _count_again(verdict: Verdict, said: Said, key: TaskKey, called: list[float]) -> None:
    """Say why an end alarmed more than once; the server may have said often enough that it was over."""
    strays = said.strays[key]
    if len(called) == 2 and called[1] - called[0] <= STORM_SECONDS + TICKING:
        verdict.gathered += 1
    elif all(sum(a < at < b for at in strays) >= Thresholds().recover_after for a, b in pairwise(called)):
        verdict.misled += 1
    else:
        verdict.doubled.append(f"{key.task_id}: {called}")


def _misled_alone(said: Said, moment: float, made: list[tuple[TaskKey, float, str]]) -> set[str]:
    """The alarms for one task of a storm about which the server gave a wrong answer between its end and the alarm."""
    tasks = Counter(number for _, _, number in made)
    return {
        number
        for key, at, number in made
        if tasks[number] == 1 and any(moment <= stray <= at for stray in said.strays[key])
    }


def _by_task(said: Said) -> dict[TaskKey, list[tuple[float, Alarm]]]:
    """The alarms that name each task."""
    found: dict[TaskKey, list[tuple[float, Alarm]]] = defaultdict(list)
    for at, alarm in said.alarms:
        for task in alarm.tasks:
            found[task.key].append((at, alarm))
    return found


def _joined(truth: Truth, said: Said) -> dict[TaskKey, list[float]]:
    """When each task joined a storm in silence: it shares the storm's factor and followed soon enough.

    Soon is within `STORM_SECONDS`, one after another, and where the factor is not that of all tasks, whatever was not
    seen running after the storm's alarm.
    """
    found: dict[TaskKey, list[float]] = defaultdict(list)
    changes = sorted(
        (at, task, said.answers.get(change.earlier_request_id, (at, None))[0])
        for task in truth.tasks
        for at, change in said.transitions[task.key]
        if change.severity is Severity.ALARM
    )
    for at, alarm in said.alarms:
        if alarm.kind is not AlarmKind.STORM:
            continue
        factor = Factor(*alarm.factor.split(" ", 1)) if alarm.factor else Factor()
        is_narrow = not all(map(factor.covers, truth.tasks))
        last = at
        for moment, task, ran in changes:
            is_part = is_narrow and ran <= at and moment <= last + SWEEP_SECONDS
            if at < moment and factor.covers(task) and (is_part or moment <= last + STORM_SECONDS + TICKING):
                found[task.key].append(moment)
                last = moment
    return found


def _ends_told(said: Said, key: TaskKey) -> list[tuple[float, Transition]]:
    return [(at, event) for at, event in said.transitions[key] if event.after in GONE]


def _false(truth: Truth, said: Said, key: TaskKey) -> Iterator[str]:
    """Ends that were told of a task that was running all the time."""
    for at, _ in _ends_told(said, key):
        if all(truth.runs(key, moment) for moment in (at - 8, at - 4, at - 2, at - 1, at)):
            yield f"{key.task_id} at {at:.0f}"


def _compare(truth: Truth, said: Said, path: Path) -> Iterator[str]:
    """What the journal lacks or has too much of, but for what a kill may cost."""
    with reading(path) as found:
        assert isinstance(found, Reader), found
        kept: dict[TaskKey, list[Transition]] = defaultdict(list)
        for entry in found.entries(0, START + 2 * truth.seconds):
            if isinstance(entry.event, Transition):
                kept[entry.event.key].append(entry.event)
    for task in truth.tasks:
        remembered = {(change.after, change.request_id) for change in kept[task.key]}
        for at, change in said.transitions[task.key]:
            lost = any(span.begin - FLUSH_SECONDS - 1 <= at <= span.begin for span in truth.kills)
            if (change.after, change.request_id) not in remembered and not lost:
                yield f"{task.key.task_id} {change.after} at {at:.0f} is not in the journal"
            remembered.discard((change.after, change.request_id))
        yield from (f"{task.key.task_id} {state} {request} was never told" for state, request in remembered)
        for change in kept[task.key]:
            if change.after in GONE:
                yield from _bracket(said, change)


def _bracket(said: Said, change: Transition) -> Iterator[str]:
    """The two RequestIds of an end must be of an answer that saw it running and of a later one that saw it gone."""
    before, after = said.answers.get(change.earlier_request_id), said.answers.get(change.request_id)
    if before is None or after is None:
        yield f"{change.key.task_id}: unknown RequestIds bracket its end"
    elif (before[1], after[1]) != (StatusKind.IN_PROGRESS, StatusKind.NOT_EXIST) or before[0] >= after[0]:
        yield f"{change.key.task_id}: its RequestIds do not bracket its end"
