"""A stretch of the past, put together again from what a journal remembers: the board as it was at any moment of it.

Moments and Unix seconds are the same here: the clock of a replay is where it stands.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter

from relaytui.core import strip
from relaytui.core.events import Blinded, Event, NotWatching, Sighted
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Failure
from relaytui.core.run import Run
from relaytui.core.strip import CELL_SECONDS, CELLS, Seen
from relaytui.core.task import LaneKey, State, Status, StatusKind, TaskKey, WatchedTask
from relaytui.core.task_state import CERTAIN, REMEMBERED_CHANGES, REMEMBERED_REQUESTS, Doubt, TaskState, Trouble
from relaytui.core.transition import Severity, Transition
from relaytui.core.update import Relisted, Update

MOST_RECENT = 500
"""Events that are shown of the time before a moment."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a journal remembers from `begin` to `end` (Unix seconds).

    `runs` and `changes` are those of each task, oldest first, with the last change before `begin`; `events` is all that
    happened, in order of time.
    """

    begin: float
    end: float
    tasks: Sequence[WatchedTask]
    runs: Mapping[TaskKey, Sequence[Run]]
    changes: Mapping[TaskKey, Sequence[Transition]] = field(default_factory=dict)
    events: Sequence[Event] = ()


class Replay:
    """Stands at a moment of a recording, and moves."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.at = recording.begin
        self._tasks = {task.key: task for task in recording.tasks}
        self._times = [event.at for event in recording.events]
        self._steps = sorted({event.at for event in recording.events if _is_step(event)})
        self._sights = sorted(self._changes_of_sight(), key=itemgetter(0))
        self._coming: list[tuple[float, TaskKey]] = []
        """When each task is seen next, a heap."""

    @property
    def changes(self) -> Sequence[float]:
        """When something changed, in order (Unix seconds)."""
        return self._steps

    def opening(self, lead: float) -> float:
        """Where there begins to be something to see (Unix seconds): `lead` seconds before the first change.

        Before the first answer where nothing changed.
        """
        changes = (
            event.at for event in self.recording.events if _is_step(event) and not isinstance(event, NotWatching)
        )
        answers = (run.first for runs in self.recording.runs.values() for run in runs[:1])
        first = next(changes, None) or min(answers, default=self.recording.begin)
        return max(self.recording.begin, first - lead)

    def seek(self, at: float) -> list[Update | LaneView]:
        """Stand at this moment; the whole board as it was then."""
        self.at = min(max(at, self.recording.begin), self.recording.end)
        self._coming = [(self._next_answer(key), key) for key in self._tasks]
        heapq.heapify(self._coming)
        return [*(Update(task, self._state(task.key)) for task in self._tasks.values()), *self._lanes()]

    def recent(self) -> Sequence[Event]:
        """The newest of what had happened, oldest first."""
        return self.recording.events[: bisect_right(self._times, self.at)][-MOST_RECENT:]

    def advance(self, seconds: float) -> list[Update | LaneView | Event]:
        """Move on, at most to the end; what was seen and what happened on the way."""
        before, self.at = self.at, min(self.at + seconds, self.recording.end)
        happened = self.recording.events[bisect_right(self._times, before) : bisect_right(self._times, self.at)]
        mine: dict[TaskKey, list[Event]] = {}
        told: list[Update | LaneView | Event] = []
        for event in happened:
            key = getattr(event, "key", None)
            if key in self._tasks:
                mine.setdefault(key, []).append(event)
            elif isinstance(event, Relisted):
                # A journal keeps what was said of the list, and not the list.
                told.append(replace(event, tasks=tuple(self.recording.tasks)))
            else:
                told.append(event)
        while self._coming and self._coming[0][0] <= self.at:
            key = self._coming[0][1]
            mine.setdefault(key, [])
            heapq.heapreplace(self._coming, (self._next_answer(key), key))
        told += [Update(self._tasks[key], self._state(key), tuple(events)) for key, events in mine.items()]
        if any(before < at <= self.at for at, *_ in self._sights):
            told += self._lanes()
        return told

    def step(self, direction: int) -> float | None:
        """When the next change is, or with -1 the one before; None where there is none."""
        if direction > 0:
            index = bisect_right(self._steps, self.at)
            return self._steps[index] if index < len(self._steps) else None
        index = bisect_left(self._steps, self.at) - 1
        return self._steps[index] if index >= 0 else None

    def _next_answer(self, key: TaskKey) -> float:
        runs = self.recording.runs.get(key, ())
        index = self._run_at(runs)
        if index >= 0:
            run = runs[index]
            number = _answered(run, self.at)
            while number < run.count and _answer_at(run, number) <= self.at:
                number += 1
            if number < run.count:
                return _answer_at(run, number)
        return runs[index + 1].first if index + 1 < len(runs) else math.inf

    def _run_at(self, runs: Sequence[Run]) -> int:
        """The newest run that had begun, or -1."""
        return bisect_right(runs, self.at, key=lambda run: run.first) - 1

    def _state(self, key: TaskKey) -> TaskState:
        """What was believed of the task, as far as what was written tells."""
        runs = self.recording.runs.get(key, ())
        all_changes = self.recording.changes.get(key, ())
        count = bisect_right(all_changes, self.at, key=lambda change: change.at)
        changes = tuple(reversed(all_changes[max(0, count - REMEMBERED_CHANGES) : count]))
        index = self._run_at(runs)
        if index < 0:
            return TaskState()
        run, answers = runs[index], _answered(runs[index], self.at)
        if answers < run.count:
            run = replace(run, count=answers, last=_answer_at(run, answers - 1), request_id="")
        past = [*runs[:index], run]
        good = next((one for one in reversed(past) if isinstance(one.outcome, Status)), None)
        bad = next((one for one in reversed(past) if isinstance(one.outcome, Failure)), None)
        ran = next((one for one in reversed(past) if _is(one, StatusKind.IN_PROGRESS)), None)
        status = good.outcome if good and isinstance(good.outcome, Status) else None
        state = _believed(changes, all_changes, status)
        since = changes[0].at if changes else None if state is State.PENDING else runs[0].first
        before = changes[-1].before if changes else state
        doubts = [one for one in past if ran and one.first > ran.last and _is(one, StatusKind.NOT_EXIST)]
        doubting = bool(doubts) and state.is_alive
        # Failures of different kinds in a row are several runs.
        failures = sum(one.count for one in past if good is None or one.first > good.last)
        return TaskState(
            state=state,
            since=since,
            since_at=since,
            status=status,
            seen=good.last if good else None,
            seen_at=good.last if good else None,
            ran_request_id=ran.request_id if ran else None,
            doubt=Doubt(sum(one.count for one in doubts), doubts[0].first) if doubting else CERTAIN,
            trouble=Trouble(
                failures=failures,
                blamed=failures,
                failure=bad.outcome if bad and isinstance(bad.outcome, Failure) else None,
                failed_at=bad.last if bad else None,
                known=next((change.after for change in changes if change.after not in _ODD), before)
                if state in _ODD
                else None,
            ),
            latency=runs[index].spent / runs[index].count,
            requests="\n".join(_request_ids(past, changes)),
            changes=changes,
            strip=self._strip(past),
        )

    def _strip(self, runs: Sequence[Run]) -> int:
        """The last hour, in which a cell without an answer stays empty."""
        since = self.at - CELLS * CELL_SECONDS
        painted = strip.mark(0, since, Seen.NOTHING)
        for run in runs:
            for moment in _moments(run, since, self.at):
                painted = strip.mark(painted, moment, _seen(run))
        return painted

    def _changes_of_sight(self) -> Iterator[tuple[float, LaneKey, Blinded | None]]:
        """When which lane went blind, or saw."""
        blind: dict[LaneKey, Blinded] = {}
        for event in self.recording.events:
            if isinstance(event, Blinded):
                if event.lane in blind:
                    yield from self._seen_again(blind[event.lane], event.at)
                blind[event.lane] = event
                yield event.at, event.lane, event
            elif isinstance(event, Sighted):
                blind.pop(event.lane, None)
                yield event.at, event.lane, None
        for event in blind.values():
            yield from self._seen_again(event, math.inf)

    def _seen_again(self, event: Blinded, until: float) -> Iterator[tuple[float, LaneKey, None]]:
        """When a blindness was over of which no event says so: a process may end blind, and the next one sees."""
        seen = (
            run.first
            for key, runs in self.recording.runs.items()
            if key.profile in event.lane.profiles
            for run in runs
            if event.at < run.first < until and isinstance(run.outcome, Status)
        )
        if (again := min(seen, default=None)) is not None:
            yield again, event.lane, None

    def _lanes(self) -> Iterator[LaneView]:
        """The lanes that were ever blind, as they are."""
        newest = {lane: event for at, lane, event in self._sights if at <= self.at}
        for lane, event in newest.items():
            tasks = sum(task.key.profile in lane.profiles for task in self._tasks.values())
            view = LaneView(lane, tasks, rate=0.0, budget=0.0, pace=0.0, wanted_sweep=0.0, sweep=0.0)
            yield _blind(view, event) if event else view


def _is_step(event: Event) -> bool:
    """Whether somebody who goes through an incident wants to stop there: not where a task is merely seen first."""
    if isinstance(event, Transition):
        return event.severity is not Severity.INFO
    return isinstance(event, Blinded | Sighted | NotWatching)


_ODD = (State.REJECTED, State.UNRECOGNISED)
_FIRST_SIGHT = {StatusKind.IN_PROGRESS: State.RUNNING, StatusKind.NOT_EXIST: State.NOT_FOUND}


def _believed(changes: Sequence[Transition], all_changes: Sequence[Transition], status: Status | None) -> State:
    """The state by the last change before, else by the first one after, else by what the API said."""
    if changes:
        return changes[0].after
    if all_changes:
        return all_changes[0].before
    return State.PENDING if status is None else _FIRST_SIGHT.get(status.kind, State.UNRECOGNISED)


def _request_ids(past: Sequence[Run], changes: Sequence[Transition]) -> tuple[str, ...]:
    """Those that were kept: of the last answer of each run, and of each change, newest first."""
    kept = [(run.last, run.request_id) for run in past[-REMEMBERED_REQUESTS:]]
    kept += [(change.at, change.request_id) for change in changes]
    ids = dict.fromkeys(found for _, found in sorted(kept, reverse=True) if found)
    return tuple(ids)[:REMEMBERED_REQUESTS]


def _pause(run: Run) -> float:
    """Seconds between two answers of the run, as if they had come evenly; infinite where there was only one."""
    return (run.last - run.first) / (run.count - 1) if run.count > 1 else math.inf


def _answer_at(run: Run, number: int) -> float:
    """When the answer with this number, from 0, came."""
    return min(run.first + number * _pause(run), run.last) if number else run.first


def _answered(run: Run, at: float) -> int:
    """How many answers of the run had come."""
    pause = _pause(run)
    return min(run.count, int((at - run.first) / pause) + 1) if pause else run.count


def _moments(run: Run, since: float, until: float) -> Iterator[float]:
    """One answer of the run for each cell of the strip that had any."""
    moment, pause, stop = run.first, _pause(run), min(run.last, until)
    if moment < since and 0 < pause < math.inf:
        moment += math.ceil((since - moment) / pause) * pause
    while moment <= stop:
        if moment >= since:
            yield moment
        left = (strip.cell_number(moment) + 1) * CELL_SECONDS - moment
        moment += math.ceil(left / pause) * pause if 0 < pause < math.inf else math.inf


def _seen(run: Run) -> Seen:
    if _is(run, StatusKind.IN_PROGRESS):
        return Seen.RUNNING
    if _is(run, StatusKind.NOT_EXIST):
        return Seen.GONE
    return Seen.NOTHING if isinstance(run.outcome, Status) else Seen.IN_VAIN


def _is(run: Run, kind: StatusKind) -> bool:
    return isinstance(run.outcome, Status) and run.outcome.kind is kind


def _blind(view: LaneView, event: Blinded) -> LaneView:
    return replace(
        view, cause=event.cause, blind_since=event.since, blind_since_at=event.since, last_good_at=event.last_good_at
    )
