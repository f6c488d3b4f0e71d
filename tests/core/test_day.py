"""A simulated day of 200 tasks against ground truth: no false end, no missed end, every change within its bound."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

import pytest

from relaytui.core.board import Board, Update
from relaytui.core.events import Blinded, Sighted, Transition
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.queue import Intervals
from relaytui.core.schedule import Lane, Send
from relaytui.core.task import LaneKey, State, Status, TaskKey, WatchedTask
from relaytui.core.watch import Watch

TASKS = 200
DAY = 86_400.0
INTERVAL = 300.0
BUDGET = 10.0
START_AT = 1_767_225_600.0
CONFIRMATION = 3.0
LONGEST_CALL = 5.0
LONGEST_BACKOFF = 30.0
CATCH_UP = TASKS / BUDGET * 1.3
SLACK = 12.0


@dataclass
class Life:
    """When a task starts and ends, in seconds since the start of the day."""

    spans: list[tuple[float, float]]
    expected_end: float | None = None

    def runs(self, now: float) -> bool:
        return any(begin <= now < end for begin, end in self.spans)


@dataclass
class Truth:
    """What really happens: lives of tasks, cuts of the network, and single wrong answers."""

    random: Random
    lives: dict[TaskKey, Life] = field(default_factory=dict)
    cuts: list[tuple[float, float, bool]] = field(default_factory=list)
    strays: dict[TaskKey, list[float]] = field(default_factory=lambda: defaultdict(list))

    def draw(self) -> None:
        for number in range(TASKS):
            spans, now = [], self.random.uniform(-3600, 7200)
            while now < DAY:
                end = now + self.random.choice([1800.0, 7200.0, 20_000.0, 200_000.0]) * self.random.uniform(0.7, 1.3)
                spans.append((now, end))
                now = end + self.random.uniform(900, 14_400)
            expected = spans[0][1] if number % 5 == 0 else None
            self.lives[TaskKey("default", "ap-singapore", 1_600_000_000, f"task-{number}..")] = Life(spans, expected)
        for begin in (10_000.0, 31_000.0, 55_555.0, 70_000.0):
            length = self.random.choice([20.0, 90.0, 600.0])
            self.cuts.append((begin, begin + length, self.random.random() < 0.5))

    def answer(self, key: TaskKey, now: float) -> tuple[float, Status | Failure]:
        """The latency (seconds) and the outcome of a question asked at `now`."""
        latency = self.random.uniform(0.01, 0.4)
        for begin, end, silent in self.cuts:
            if begin <= now < end:
                if silent:
                    return LONGEST_CALL, Failure(FailureKind.TIMEOUT, "timeout")
                return 0.002, Failure(FailureKind.NETWORK, "refused")
        dice = self.random.random()
        if dice < 0.01:
            return latency, Failure(FailureKind.SERVER, "FailedOperation.QueryTaskInfoFailed", "", "r")
        if dice < 0.012:
            return LONGEST_CALL, Failure(FailureKind.TIMEOUT, "timeout")
        runs = self.lives[key].runs(now + latency / 2)
        if dice < 0.0125:
            runs = not runs
            self.strays[key].append(now)
        return latency, Status.spelt("InProgress" if runs else "NotExist")


@dataclass
class Seen:
    """What the program said during the day."""

    transitions: dict[TaskKey, list[tuple[float, Transition]]] = field(default_factory=lambda: defaultdict(list))
    gaps: list[tuple[float, float]] = field(default_factory=list)
    blinded: list[float] = field(default_factory=list)
    sends: list[float] = field(default_factory=list)


def live(truth: Truth) -> Seen:
    """Run the pure watch through the day as the monitor would."""
    lane = Lane(LaneKey("default", "host"), BUDGET, Intervals.scaled(INTERVAL))
    tasks = [
        WatchedTask(key, expected_end=None if life.expected_end is None else START_AT + life.expected_end)
        for key, life in truth.lives.items()
    ]
    watch = Watch(Board(tasks), [lane], 0.0)
    seen, now = Seen(), 0.0
    answers: list[tuple[float, int, Send, float, Status | Failure]] = []
    while now < DAY:
        while answers and answers[0][0] <= now:
            _, _, send, asked, outcome = heapq.heappop(answers)
            replied = not (isinstance(outcome, Failure) and not outcome.came_from_api)
            observation = Observation(send.key, outcome, START_AT + now, now, now - asked, replied=replied)
            for item in watch.done(lane, send, observation, now, truth.random.random()):
                note(seen, item, now)
        if (blinded := lane.tick(now, START_AT + now)) is not None:
            note(seen, blinded, now)
        step = lane.next(now)
        if isinstance(step, Send):
            latency, outcome = truth.answer(step.key, now)
            lane.written(step.ticket, now)
            heapq.heappush(answers, (now + latency, step.ticket, step, now, outcome))
            seen.sends.append(now)
        else:
            wake = now + step.seconds
            now = max(min(wake, answers[0][0]) if answers else wake, now + 1e-6)
    return seen


def note(seen: Seen, item: object, now: float) -> None:
    match item:
        case Blinded():
            seen.blinded.append(now)
        case Sighted(since=since):
            seen.gaps.append((since - START_AT, now))
        case Update(events=events):
            for event in events:
                if isinstance(event, Transition):
                    seen.transitions[event.key].append((now, event))


def bound(truth: Truth, key: TaskKey, at: float, interval: float) -> float:
    """The latest moment at which a change at `at` must be believed: a wrong answer costs one more interval."""
    latest = at + interval + CONFIRMATION + LONGEST_CALL + SLACK
    latest += interval * sum(at <= stray <= latest for stray in truth.strays[key])
    for begin, end, _ in truth.cuts:
        if begin <= latest and end >= at:
            latest = max(latest, end + LONGEST_BACKOFF + LONGEST_CALL + CATCH_UP + CONFIRMATION + SLACK)
    return latest


@pytest.mark.parametrize("seed", [1])
def test_a_day_of_200_tasks(seed: int) -> None:
    truth = Truth(Random(seed))
    truth.draw()
    seen = live(truth)

    ends = believed = 0
    for key, life in truth.lives.items():
        changes = seen.transitions[key]
        for when, change in changes:
            if change.after in (State.ENDED, State.FINISHED):
                assert not all(life.runs(when - ago) for ago in (0.0, 1.5, 3.5)), f"false end of {key} at {when}"
            if change.after is State.ENDED:
                assert life.expected_end is None or when + 60 < life.expected_end or when > life.spans[0][1] + 60
        for begin, end in life.spans:
            if end < 0 or end > DAY - 1200 or end - max(begin, 0) < 1700:
                continue
            ends += 1
            latest = bound(truth, key, end, INTERVAL)
            found = [change for when, change in changes if end <= when <= latest and not change.after.is_alive]
            assert found, f"missed end of {key} at {end:.0f}, bound {latest:.0f}: {changes}"
            believed += len(found) == 1
        for begin, end in life.spans:
            if begin < 300 or begin > DAY - 1200 or end - begin < 900:
                continue
            latest = bound(truth, key, begin, INTERVAL * 4)
            assert any(begin <= when <= latest and change.after.is_alive for when, change in changes), f"{key} {begin}"
    assert ends > TASKS
    assert believed == ends, "every end is believed once"

    blindness = list(zip(seen.blinded, (sighted for _, sighted in seen.gaps), strict=True))
    for begin, end, _ in truth.cuts:
        noticed = [(blinded, sighted) for blinded, sighted in blindness if begin <= blinded <= end + LONGEST_CALL]
        # Nobody can see a cut that is shorter than the time between two questions.
        assert len(noticed) == 1 or (not noticed and end - begin < INTERVAL)
        for blinded, sighted in noticed:
            blindness.remove((blinded, sighted))
            assert begin <= blinded <= begin + INTERVAL + 2
            assert end <= sighted <= end + LONGEST_BACKOFF + LONGEST_CALL + 1
    assert not blindness, "blind only while the network was cut"

    window: list[float] = []
    for sent in seen.sends:
        window = [other for other in window if other > sent - 1] + [sent]
        assert len(window) <= BUDGET
