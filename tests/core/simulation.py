"""Discrete-event simulation of lanes and board against a made-up network: what a Monitor does, without a loop."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable
from random import Random

from relaytui.core.board import Board
from relaytui.core.events import Blinded, Event, Sighted
from relaytui.core.observation import Failure, Observation
from relaytui.core.queue import Intervals
from relaytui.core.schedule import Lane, Send
from relaytui.core.task import LaneKey, Status, TaskKey
from relaytui.core.transition import Transition
from relaytui.core.update import Update
from relaytui.core.watch import Watch
from tests.core.answers import RUNNING, START_AT, key, task

Answer = tuple[float, Status | Failure]
"""Latency (seconds) and outcome of a question."""
Network = Callable[[TaskKey, float], Answer]


def always(outcome: Status | Failure = RUNNING, latency: float = 0.05) -> Network:
    return lambda _key, _now: (latency, outcome)


class Simulation:
    """Tasks named 0, 1, 2 and so on of profile "default" in one lane, watched until told to stop."""

    def __init__(
        self,
        tasks: int,
        network: Network,
        *,
        budget: float = 10.0,
        intervals: Intervals | None = None,
        seed: int = 1,
        lost: frozenset[int] = frozenset(),
    ) -> None:
        self.now = 0.0
        self.lane = Lane(LaneKey("default", "host"), budget, intervals)
        self.watch = Watch(Board(task(number) for number in range(tasks)), [self.lane], self.now)
        self.network = network
        self.random = Random(seed)
        self.sends: list[tuple[float, TaskKey]] = []
        self.events: list[tuple[float, Event]] = []
        self.steps = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self._lost = lost
        self._answers: list[tuple[float, int, Send, float, Status | Failure]] = []

    def run(self, until: float) -> None:
        """Let time pass up to this moment."""
        while self.now < until:
            while self._answers and self._answers[0][0] <= self.now:
                self._answer()
            if (blinded := self.lane.tick(self.now, START_AT + self.now)) is not None:
                self.events.append((self.now, blinded))
            step = self.lane.next(self.now)
            self.steps += 1
            if isinstance(step, Send):
                self._send(step)
                continue
            wake = min(self.now + step.seconds, until)
            self.now = min(wake, self._answers[0][0]) if self._answers else wake

    def _send(self, send: Send) -> None:
        self.sends.append((self.now, send.key))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if len(self.sends) in self._lost:
            # A bug ate this question: neither answer nor end.
            self.lane.abandon(send.ticket, self.now)
            return
        latency, outcome = self.network(send.key, self.now)
        self.lane.written(send.ticket, self.now)
        heapq.heappush(self._answers, (self.now + latency, send.ticket, send, self.now, outcome))

    def _answer(self) -> None:
        _, _, send, asked, outcome = heapq.heappop(self._answers)
        self.in_flight -= 1
        replied = isinstance(outcome, Status) or outcome.came_from_api
        observation = Observation(send.key, outcome, START_AT + self.now, self.now, self.now - asked, replied=replied)
        for item in self.watch.done(self.lane, send, observation, self.now, self.random.random()):
            events = item.events if isinstance(item, Update) else [item]
            self.events += [(self.now, event) for event in events]

    def changes_of_sight(self) -> list[tuple[float, Blinded | Sighted]]:
        return [(moment, event) for moment, event in self.events if isinstance(event, (Blinded, Sighted))]

    def transitions(self, name: int) -> list[tuple[float, Transition]]:
        return [
            (moment, event) for moment, event in self.events if isinstance(event, Transition) and event.key == key(name)
        ]

    def asked(self, name: int) -> list[float]:
        """When this task was asked."""
        return [moment for moment, sent in self.sends if sent == key(name)]

    def gaps(self, since: float = 0.0) -> dict[TaskKey, float]:
        """The longest time between two questions about each task, after this moment and up to now."""
        last: dict[TaskKey, float] = defaultdict(lambda: since)
        gaps: dict[TaskKey, float] = defaultdict(float)
        for moment, sent in [*self.sends, *((self.now, watched) for watched in self.watch.board.tasks)]:
            if moment >= since:
                gaps[sent] = max(gaps[sent], moment - last[sent])
                last[sent] = moment
        return gaps


def most_in_a_second(moments: Iterable[float]) -> int:
    window: list[float] = []
    most = 0
    for moment in moments:
        window = [*(other for other in window if other > moment - 1), moment]
        most = max(most, len(window))
    return most
