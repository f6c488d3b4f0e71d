"""The proof in Pacer's docstring, checked against a server that counts; all on a virtual clock."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaytui.core.pacer import CATCH_UP, RECOVERY_SECONDS, RECOVERY_STEP, SLOWEST_PACE, TRANSIT_LIMIT, Pacer


@dataclass
class Weather:
    """What may happen to requests, and to the caller. Times in seconds, shares from 0 to 1."""

    write_delay: float = 0.0
    one_way: tuple[float, float] = (0.0, 0.0)
    processing: float = 0.0
    lost: float = 0.0
    """Share of requests that never get an answer; they may reach the server all the same."""
    cut_after: float = 5.0
    """How long the caller waits for those, at most."""
    refused: float = 0.0
    """Share of connections that are refused, so that nothing is written."""
    throttled: float = 0.0
    late: float = 0.0
    """How late a timer may fire."""
    stalls: list[tuple[float, float]] = field(default_factory=list)
    """When the caller does nothing, and for how long."""


@dataclass
class Outcome:
    sends: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    paces: set[float] = field(default_factory=set)


def simulate(budget: float, weather: Weather, seconds: float, seed: int = 0, start: float = 10_000.0) -> Outcome:
    """Send as fast as the pacer allows."""
    random, pacer, outcome = Random(seed), Pacer(budget), Outcome()
    events: list[tuple[float, int, str, int]] = []
    stalls = sorted((start + at, start + at + length) for at, length in weather.stalls)
    now, order = start, 0

    def later(moment: float, what: str, ticket: int) -> None:
        nonlocal order
        order += 1
        heapq.heappush(events, (moment, order, what, ticket))

    def send() -> None:
        ticket = pacer.send(now)
        outcome.sends.append(now)
        sent[ticket] = now
        if random.random() < weather.refused:
            later(now + random.uniform(0, weather.write_delay), "failed", ticket)
            return
        written = now + random.uniform(0, weather.write_delay)
        later(written, "written", ticket)
        # The one assumption of the proof: what is written gets there within a second.
        arrival = min(written + random.uniform(*weather.one_way), written + TRANSIT_LIMIT)
        if random.random() < weather.lost:
            if random.random() < 0.7:
                outcome.arrivals.append(random.choice([arrival, written + TRANSIT_LIMIT]))
            later(max(written, now + random.uniform(0, weather.cut_after)), "failed", ticket)
            return
        # The server may count a request at any moment between its sending and its answer.
        outcome.arrivals.append(random.choice([now, arrival]))
        answer = arrival + random.uniform(0, weather.processing) + random.uniform(*weather.one_way)
        later(answer, "answered", ticket)

    sent: dict[int, float] = {}
    while now < start + seconds:
        while events and events[0][0] <= now:
            _, _, what, ticket = heapq.heappop(events)
            match what:
                case "written":
                    pacer.written(ticket, now)
                case "failed":
                    pacer.answered(ticket, now, replied=False)
                case _:
                    pacer.answered(ticket, now, replied=True)
                    if random.random() < weather.throttled:
                        pacer.refused(sent[ticket], now)
                    else:
                        pacer.accepted(now)
                    outcome.paces.add(pacer.pace)
        pause = pacer.wait(now)
        if pause == 0:
            send()
            continue
        now = min(now + pause + random.uniform(0, weather.late), events[0][0] if events else math.inf)
        for begin, end in stalls:
            if begin <= now < end:
                now = end
    return outcome


def most_in_a_sliding_second(arrivals: list[float]) -> int:
    arrivals = sorted(arrivals)
    most = first = 0
    for index, arrival in enumerate(arrivals):
        while arrival >= arrivals[first] + 1:
            first += 1
        most = max(most, index - first + 1)
    return most


def most_in_a_fixed_second(arrivals: list[float]) -> int:
    return max(Counter(math.floor(arrival) for arrival in arrivals).values(), default=0)


shares = st.sampled_from([0.0, 0.05, 0.5, 1.0])
delays = st.sampled_from([0.0, 0.01, 0.2, 0.9, 3.0])
weathers = st.builds(
    Weather,
    write_delay=delays,
    one_way=st.tuples(st.just(0.0) | st.just(0.005), delays),
    processing=delays,
    lost=shares,
    cut_after=st.sampled_from([0.0, 0.5, 5.0]),
    refused=st.sampled_from([0.0, 0.05, 0.5]),
    throttled=st.sampled_from([0.0, 0.02, 0.5]),
    late=st.sampled_from([0.0, 0.004, 0.3]),
    stalls=st.lists(st.tuples(st.floats(0, 20), st.floats(0, 5)), max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 20), weathers, st.integers(0, 2**32), st.floats(0, 1))
def test_no_second_at_the_server_holds_more_than_the_budget(
    budget: int, weather: Weather, seed: int, start: float
) -> None:
    outcome = simulate(budget, weather, 20.0, seed, 1000 + start)
    assert most_in_a_sliding_second(outcome.arrivals) <= budget
    assert most_in_a_fixed_second(outcome.arrivals) <= budget
    # Sends are spread: of those within any time, no more than fit into it and the lateness that may be made good.
    for earlier, later in zip(outcome.sends, outcome.sends[4:], strict=False):
        assert later - earlier >= 4 / budget - CATCH_UP - 1e-9


def test_the_counters_of_this_file_can_count() -> None:
    assert most_in_a_sliding_second([0.0, 0.5, 1.0, 1.4]) == 3
    assert most_in_a_fixed_second([0.0, 0.5, 1.0, 1.4]) == 2
    unpaced = [number / 100 for number in range(100)]
    assert most_in_a_sliding_second(unpaced) == 100


@pytest.mark.parametrize("late", [0.0, 0.005])
@pytest.mark.parametrize("round_trip", [0.002, 0.02, 0.2, 0.7, 1.0, 3.0])
@pytest.mark.parametrize("budget", [1, 3, 10, 20])
def test_throughput_for_a_steady_round_trip(budget: int, round_trip: float, late: float) -> None:
    weather = Weather(one_way=(round_trip / 2, round_trip / 2), late=late)
    outcome = simulate(budget, weather, 40.0)
    assert len(outcome.sends) >= 0.95 * 40 * budget / (1 + min(round_trip, 1))


def test_capacity_is_what_is_reached() -> None:
    for round_trip in (0.02, 0.5, 1.0):
        outcome = simulate(10, Weather(one_way=(round_trip / 2, round_trip / 2)), 100.0)
        assert len(outcome.sends) == pytest.approx(100 * Pacer(10).capacity(round_trip), rel=0.05)


def test_the_start_and_the_time_after_a_stall_are_no_bursts() -> None:
    outcome = simulate(20, Weather(one_way=(0.01, 0.01), stalls=[(5.0, 3.0)]), 10.0)
    start = outcome.sends[0]
    assert sum(send < start + 0.25 for send in outcome.sends) <= 6
    assert sum(start + 8.0 <= send < start + 8.25 for send in outcome.sends) <= 6


def test_a_slot_is_held_for_a_second_after_the_answer() -> None:
    pacer = Pacer(1)
    ticket = pacer.send(100.0)
    pacer.written(ticket, 100.0)
    pacer.answered(ticket, 100.25, replied=True)
    assert pacer.wait(100.25) == 1.0


def test_a_request_that_was_never_written_only_waits_for_its_answer() -> None:
    pacer = Pacer(1)
    ticket = pacer.send(100.0)
    assert pacer.wait(150.0) == math.inf
    pacer.answered(ticket, 150.0, replied=False)
    assert pacer.wait(150.0) == 1.0


def test_a_written_request_without_an_answer_is_held_until_it_must_have_arrived() -> None:
    pacer = Pacer(1)
    ticket = pacer.send(100.0)
    pacer.written(ticket, 100.5)
    assert pacer.wait(101.0) == 1.5
    pacer.answered(ticket, 101.0, replied=False)
    assert pacer.wait(101.0) == 1.5


def test_an_answer_after_its_slot_was_given_away_changes_nothing() -> None:
    pacer = Pacer(1)
    slow = pacer.send(100.0)
    pacer.written(slow, 100.0)
    pacer.send(102.0)
    assert pacer.answered(slow, 104.0, replied=True) == 100.0
    assert pacer.wait(104.0) == math.inf


def test_a_second_end_of_one_request_changes_nothing() -> None:
    pacer = Pacer(1)
    ticket = pacer.send(100.0)
    pacer.written(ticket, 100.0)
    pacer.answered(ticket, 100.1, replied=False)
    pacer.answered(ticket, 100.1, replied=True)
    pacer.written(ticket, 100.2)
    assert pacer.wait(100.2) == pytest.approx(1.8)


# Throttling.


def test_the_pace_is_halved_once_for_all_requests_of_one_breach() -> None:
    pacer = Pacer(20)
    assert pacer.refused(sent=10.0, now=10.1)
    assert pacer.pace == 10
    assert not pacer.refused(sent=10.05, now=10.2), "it was sent before the pace was cut"
    assert pacer.pace == 10
    assert pacer.refused(sent=10.3, now=10.4)
    assert pacer.pace == 5


def test_the_pace_comes_back_step_by_step() -> None:
    pacer = Pacer(20)
    pacer.refused(sent=0.0, now=0.1)
    pacer.accepted(0.2)
    assert pacer.pace == 10, "not at once"
    moment, paces = 0.1, []
    while pacer.pace < 20:
        moment += RECOVERY_SECONDS
        pacer.accepted(moment)
        pacer.accepted(moment + 0.1)
        paces.append(pacer.pace)
    assert paces == [pytest.approx(10 + 20 * RECOVERY_STEP * step) for step in range(1, 11)]
    pacer.accepted(moment + 100)
    assert pacer.pace == 20


@pytest.mark.parametrize("budget", [0.2, 1, 20])
def test_the_pace_has_a_floor_and_never_exceeds_the_budget(budget: float) -> None:
    pacer = Pacer(budget)
    for moment in range(10):
        pacer.refused(sent=moment, now=moment + 0.5)
        assert pacer.pace <= budget
    assert pacer.pace == min(SLOWEST_PACE, budget)


def test_a_pace_below_one_is_kept() -> None:
    pacer = Pacer(1)
    pacer.refused(sent=0.0, now=1.0)
    assert pacer.pace == 0.5
    ticket = pacer.send(10.0)
    pacer.written(ticket, 10.0)
    pacer.answered(ticket, 10.0, replied=True)
    assert pacer.wait(10.0) == 2.0
    assert pacer.capacity(0.0) == 0.5


class Sharer:
    """A process that shares slots with others: what a `Lease` does, without files."""

    def __init__(self, held: int) -> None:
        self.pacer = Pacer(max(1, held))
        self.held = self.told = held

    def give(self, fair: int, now: float) -> int:
        """Give away what is too much, except what is taken or was promised to the pacer; how many slots that is."""
        given = self.held - max(fair, self.told, self.pacer.taken(now))
        self.held -= max(0, given)
        self.tell(min(fair, self.held))
        return max(0, given)

    def tell(self, slots: int) -> None:
        self.told = slots
        if slots:
            self.pacer.set_budget(slots)


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 20), st.integers(0, 2**32), st.sampled_from([0.0, 0.05, 0.4, 1.0]), st.sampled_from([0.2, 1.0]))
def test_processes_that_share_slots_keep_the_budget_together(
    budget: int, seed: int, on_the_way: float, look_seconds: float
) -> None:
    random = Random(seed)
    sharers, free = [Sharer(budget), Sharer(0), Sharer(0)], 0
    arrivals: list[float] = []
    answers: list[tuple[float, int, int]] = []
    now, next_look, fair = 1000.0, 1000.0, [budget, 0, 0]
    while now < 1020:
        if now >= next_look:
            next_look += look_seconds
            if random.random() < 0.3:
                alive = random.sample(range(3), random.randint(1, 3))
                fair = [budget // len(alive) * (number in alive) for number in range(3)]
            for sharer, wanted in zip(sharers, fair, strict=True):
                free += sharer.give(wanted, now)
                taken = min(free, max(0, wanted - sharer.held))
                free, sharer.held = free - taken, sharer.held + taken
                sharer.tell(min(wanted, sharer.held))
        for number, sharer in enumerate(sharers):
            if sharer.told and sharer.pacer.wait(now) == 0:
                ticket = sharer.pacer.send(now)
                sharer.pacer.written(ticket, now)
                arrival = now + random.uniform(0, on_the_way)
                arrivals.append(arrival)
                heapq.heappush(answers, (arrival + random.uniform(0, on_the_way), number, ticket))
        now += 0.01
        while answers and answers[0][0] <= now:
            _, number, ticket = heapq.heappop(answers)
            sharers[number].pacer.answered(ticket, now, replied=True)
    assert arrivals
    assert most_in_a_sliding_second(arrivals) <= budget
