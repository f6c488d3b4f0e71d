"""A lane as a whole, in simulation: who is asked when, what makes it blind, that it neither spins nor oversleeps."""

from __future__ import annotations

import math
from copy import deepcopy
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaytui.core.events import Blinded, Notice, NoticeKind, Sighted
from relaytui.core.observation import Failure
from relaytui.core.pacer import RECOVERY_SECONDS, RECOVERY_STEP
from relaytui.core.queue import Intervals
from relaytui.core.schedule import LONGEST_WAIT, Lane, Send, Wait
from relaytui.core.task import Status, TaskKey
from tests.core.answers import (
    BAD_TASK_ID,
    GONE,
    LANE,
    QUERY_FAILED,
    REFUSED,
    RUNNING,
    START_AT,
    THROTTLED,
    TIMED_OUT,
    key,
    observation,
)
from tests.core.simulation import Answer, Network, Simulation, always, most_in_a_second

CALL_SECONDS = 5.0


def cut(network: Network, begin: float, end: float, *, silent: bool) -> Network:
    """The network as it was, but for a time in which nothing comes through."""

    def answer(task: TaskKey, now: float) -> Answer:
        if begin <= now < end:
            return (CALL_SECONDS, TIMED_OUT) if silent else (0.002, REFUSED)
        return network(task, now)

    return answer


def troubled(names: set[str], trouble: Answer, latency: float = 0.05) -> Network:
    """A network in which these tasks, and only these, have trouble."""
    return lambda task, _now: trouble if task.task_id in names else (latency, RUNNING)


# Asking.


def test_every_task_is_asked_in_list_order_and_then_at_its_interval() -> None:
    simulation = Simulation(20, always())
    simulation.run(100.0)
    assert [task.task_id for _, task in simulation.sends[:20]] == [str(number) for number in range(20)]
    assert all(gap == pytest.approx(15.05, abs=0.3) for gap in simulation.gaps(5.0).values())


def test_ended_and_not_found_tasks_are_asked_at_theirs() -> None:
    simulation = Simulation(5, always(GONE))
    simulation.run(400.0)
    assert all(gap == pytest.approx(60.05, abs=0.3) for gap in simulation.gaps(5.0).values())


def test_an_end_is_confirmed_after_one_and_two_seconds() -> None:
    simulation = Simulation(50, lambda task, now: (0.05, GONE if task == key(7) and now > 100 else RUNNING))
    simulation.run(130.0)
    first = next(moment for moment in simulation.asked(7) if moment > 100)
    again = [moment - first for moment in simulation.asked(7) if first < moment < first + 10]
    assert again == [pytest.approx(1.05, abs=0.2), pytest.approx(3.1, abs=0.3)]
    (_, (ended_at, _)) = simulation.transitions(7)
    assert ended_at <= 100 + 15 + 3.5


def test_a_look_up_goes_first_and_needs_no_watching() -> None:
    simulation = Simulation(2000, always())
    simulation.run(30.0)
    simulation.lane.look_up(key("stranger"))
    simulation.lane.look_up(key(1999))
    simulation.run(30.5)
    asked = [task.task_id for moment, task in simulation.sends if moment >= 30.0]
    assert asked[:2] == ["stranger", "1999"]


def test_refreshed_rows_go_before_all_others() -> None:
    simulation = Simulation(2000, always())
    simulation.run(30.0)
    simulation.lane.refresh([key(1500), key(1600)], simulation.now)
    simulation.run(30.5)
    assert [task.task_id for moment, task in simulation.sends if moment >= 30.0][:2] == ["1500", "1600"]


def test_refreshing_all_asks_all_once_more_at_the_normal_pace() -> None:
    simulation = Simulation(40, always(), budget=10.0)
    simulation.run(10.0)
    simulation.lane.refresh(None, simulation.now)
    simulation.run(14.9)
    assert sorted(int(task.task_id) for moment, task in simulation.sends if moment >= 10.0) == list(range(40))
    assert most_in_a_second(moment for moment, _ in simulation.sends) <= 10


def test_rows_on_the_screen_keep_their_interval_when_the_list_is_too_long() -> None:
    simulation = Simulation(1000, always(), budget=10.0)
    shown = [key(number) for number in range(500, 530)]
    simulation.lane.show(shown)
    simulation.run(300.0)
    gaps = simulation.gaps(30.0)
    assert max(gaps[task] for task in shown) < 18
    others = [gap for task, gap in gaps.items() if task not in shown]
    assert min(others) > 60


def test_a_forgotten_task_is_asked_no_more() -> None:
    simulation = Simulation(3, always())
    simulation.run(1.0)
    simulation.lane.forget(key(1))
    simulation.run(60.0)
    assert len(simulation.asked(1)) == 1
    assert len(simulation.asked(0)) > 1


def test_pausing_sends_nothing_but_look_ups() -> None:
    simulation = Simulation(10, always())
    simulation.run(20.0)
    simulation.lane.set_polling(False)
    sent = len(simulation.sends)
    simulation.run(100.0)
    assert len(simulation.sends) == sent
    simulation.lane.look_up(key(3))
    simulation.run(101.0)
    assert [task for _, task in simulation.sends[sent:]] == [key(3)]
    assert not simulation.lane.view(simulation.now).polling
    simulation.lane.set_polling(True)
    simulation.run(103.0)
    assert len(simulation.sends) == sent + 10, "task 3 was just asked"


def test_a_question_that_a_bug_ate_comes_up_again() -> None:
    simulation = Simulation(4, always(), lost=frozenset({2, 9}))
    simulation.run(120.0)
    assert all(gap < 16 for gap in simulation.gaps(1.0).values())


# Too long a list.


def test_running_and_resting_slow_down_in_proportion_and_the_real_sweep_is_told() -> None:
    def network(task: TaskKey, _now: float) -> Answer:
        return 0.05, GONE if int(task.task_id) % 4 == 0 else RUNNING

    simulation = Simulation(400, network, budget=5.0)
    simulation.run(1800.0)
    view = simulation.lane.view(simulation.now)
    running = _mean_gap(simulation, 1, since=800.0)
    resting = _mean_gap(simulation, 4, since=800.0)
    assert running > 45, "300 running tasks do not fit into 15 s"
    assert resting / running == pytest.approx(4.0, rel=0.1)
    assert view.sweep == pytest.approx(running, rel=0.1)
    assert view.wanted_sweep == 15.0
    assert view.sweep == pytest.approx(view.due_sweep, rel=0.2), "nothing is late: the list is too long"
    assert sum(moment > 800 for moment, _ in simulation.sends) > 0.85 * 1000 * 5 / 1.05, "the budget is used"


def test_the_first_sweep_is_told_as_it_is() -> None:
    simulation = Simulation(300, always(), budget=10.0)
    told = []
    for second in range(1, 120):
        simulation.run(float(second))
        told.append(simulation.lane.view(simulation.now).sweep)
    assert max(told) < 40, "300 tasks at 9.5 a second take 32 s"
    assert told[-1] == pytest.approx(32, abs=2)


def _mean_gap(simulation: Simulation, name: int, since: float) -> float:
    asked = [moment for moment in simulation.asked(name) if moment >= since]
    return (asked[-1] - asked[0]) / (len(asked) - 1)


def test_throttled_lanes_slow_down_and_say_so() -> None:
    simulation = Simulation(400, lambda _task, now: (0.05, THROTTLED if 20 < now < 20.5 else RUNNING), budget=20.0)
    simulation.run(25.0)
    view = simulation.lane.view(simulation.now)
    assert view.is_throttled
    assert view.due_sweep == pytest.approx(400 * 1.05 / 20, rel=0.1), "with all that the account has"
    assert view.sweep > 1.5 * view.due_sweep
    notices = [event for _, event in simulation.events if isinstance(event, Notice)]
    assert [notice.kind for notice in notices] == [NoticeKind.THROTTLED]
    assert "10 of 20" in notices[0].text
    assert simulation.changes_of_sight() == []
    simulation.run(90.0)
    assert not simulation.lane.view(simulation.now).is_throttled
    assert not any(simulation.watch.board.state(key(number)).trouble.failures for number in range(400))


def test_what_was_planned_at_a_slow_pace_comes_sooner_when_the_pace_is_back() -> None:
    random = Random(1)

    def network(_task: TaskKey, now: float) -> Answer:
        return 0.05, THROTTLED if 20 < now < 600 and random.random() < 0.5 else RUNNING

    simulation = Simulation(400, network, budget=20.0, intervals=Intervals.scaled(30.0))
    simulation.run(590.0)
    assert simulation.lane.view(simulation.now).sweep > 200, "400 tasks at hardly more than one a second"
    back = 600 + RECOVERY_SECONDS / RECOVERY_STEP
    simulation.run(back + 60)
    unasked = {task for moment, task in simulation.sends if moment <= 600} - {
        task for moment, task in simulation.sends if back - 30 < moment <= back + 5
    }
    assert unasked == set(), "each comes within its interval"


# Sight.


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("silent", [False, True], ids=["refused", "black hole"])
@pytest.mark.parametrize("tasks", [1, 2, 5, 40, 400])
def test_blind_within_one_interval_and_two_seconds(tasks: int, silent: bool, seed: int) -> None:
    random = Random(seed)
    begin = 50 + random.uniform(0, 20)
    network = cut(lambda _task, _now: (random.uniform(0.01, 0.3), RUNNING), begin, 200.0, silent=silent)
    simulation = Simulation(tasks, network, seed=seed)
    simulation.run(260.0)
    blinded, sighted = simulation.changes_of_sight()
    assert isinstance(blinded[1], Blinded)
    latest_answer = begin + 0.3
    assert begin < blinded[0] <= latest_answer + 15 + 2
    if tasks == 400:
        assert blinded[0] <= latest_answer + 2
    assert isinstance(sighted[1], Sighted)
    assert 200 <= sighted[0] <= 200 + 30 + CALL_SECONDS + 0.5
    assert not any(simulation.transitions(number)[1:] for number in range(tasks)), "no task is blamed"


def test_a_stalled_question_does_not_hide_a_black_hole() -> None:
    def network(task: TaskKey, now: float) -> Answer:
        return (CALL_SECONDS, TIMED_OUT) if now >= 60.3 or (task == key(0) and now > 50) else (0.05, RUNNING)

    simulation = Simulation(200, network)
    simulation.run(70.0)
    ((blind, _),) = simulation.changes_of_sight()
    assert blind <= 60.3 + 2.2


@pytest.mark.parametrize("latency", [0.05, 0.8])
@pytest.mark.parametrize("trouble", [(0.05, QUERY_FAILED), (0.002, REFUSED), (CALL_SECONDS, TIMED_OUT)])
@pytest.mark.parametrize("tasks", [2, 3, 30])
@pytest.mark.parametrize("budget", [1.0, 10.0])
def test_one_tasks_trouble_never_blinds_a_lane_that_otherwise_sees(
    tasks: int, trouble: Answer, latency: float, budget: float
) -> None:
    simulation = Simulation(tasks, troubled({"0"}, trouble, latency), budget=budget)
    simulation.run(600.0)
    assert simulation.changes_of_sight() == []


def test_two_tasks_of_three_in_trouble_do_not_blind_a_slow_lane() -> None:
    simulation = Simulation(3, troubled({"0", "1"}, (0.05, QUERY_FAILED)), budget=1.0)
    simulation.run(600.0)
    assert simulation.changes_of_sight() == []


@pytest.mark.parametrize("tasks", [1, 50])
def test_a_lane_in_doubt_asks_one_at_a_time(tasks: int) -> None:
    network = cut(always(), 20.0, math.inf, silent=True)
    simulation = Simulation(tasks, network, intervals=Intervals.scaled(600.0))
    simulation.run(20.0)
    simulation.lane.look_up(key("stranger"))
    sent = len(simulation.sends)
    simulation.run(22.2)
    assert simulation.lane.is_blind
    assert 2 <= len(simulation.sends) - sent <= 4


def test_random_faults_never_blind_a_busy_lane() -> None:
    # Ten minutes with 15 % of faults are harder than an hour with 5 %.
    random = Random(7)

    def network(_task: TaskKey, _now: float) -> Answer:
        if random.random() < 0.15:
            return random.choice([(0.01, REFUSED), (CALL_SECONDS, TIMED_OUT), (0.1, QUERY_FAILED)])
        return random.uniform(0.01, 0.4), RUNNING

    simulation = Simulation(400, network, budget=20.0)
    simulation.run(600.0)
    assert simulation.changes_of_sight() == []
    assert len(simulation.sends) > 600 * 10


def test_a_blind_lane_probes_one_at_a_time_and_ever_more_rarely() -> None:
    simulation = Simulation(300, cut(always(), 30.0, math.inf, silent=False), budget=20.0)
    simulation.run(600.0)
    ((blind, _),) = simulation.changes_of_sight()
    probes = [moment for moment, _ in simulation.sends if moment > blind]
    pauses = [later - earlier for earlier, later in pairwise(probes)]
    assert len(probes) < 40
    assert max(pauses) <= 30.1
    assert min(pauses[6:]) >= 15


def test_probes_of_a_black_hole_wait_for_each_other() -> None:
    simulation = Simulation(300, cut(always(), 30.0, math.inf, silent=True), budget=20.0)
    simulation.run(40.0)
    simulation.most_in_flight = 0
    simulation.run(600.0)
    assert simulation.most_in_flight == 1


def test_a_probe_does_not_wait_for_what_was_under_way() -> None:
    simulation = Simulation(300, cut(always(), 30.0, 32.5, silent=True), budget=20.0)
    simulation.run(40.0)
    (blind, _), (sighted, _) = simulation.changes_of_sight()
    assert sighted - blind < 2.1, "the questions that were lost take until 35 to fail"


def test_a_person_who_refreshes_gets_a_probe_at_once() -> None:
    simulation = Simulation(3, cut(always(), 30.0, math.inf, silent=False))
    simulation.run(300.0)
    sent = len(simulation.sends)
    simulation.lane.refresh(None, simulation.now)
    simulation.run(300.1)
    assert len(simulation.sends) == sent + 1


def test_sight_begins_with_a_sweep_at_the_normal_pace() -> None:
    network = cut(always(), 30.0, 60.0, silent=False)
    simulation = Simulation(100, network, budget=10.0, intervals=Intervals.scaled(600.0))
    simulation.run(30.0)
    for number in range(3):
        simulation.lane.look_up(key(number))
    simulation.run(110.0)
    (sighted,) = [moment for moment, event in simulation.changes_of_sight() if isinstance(event, Sighted)]
    swept = {task for moment, task in simulation.sends if sighted - 0.1 <= moment <= sighted + 11}
    assert len(swept) == 100
    assert most_in_a_second(moment for moment, _ in simulation.sends) <= 10


def test_look_ups_go_through_while_blind_and_a_good_one_ends_it() -> None:
    simulation = Simulation(5, cut(always(), 30.0, 100.0, silent=False))
    simulation.run(100.0)
    assert simulation.lane.is_blind
    simulation.lane.look_up(key("stranger"))
    simulation.run(100.2)
    assert not simulation.lane.is_blind


def test_a_refusal_of_one_task_is_seeing() -> None:
    simulation = Simulation(1, always(BAD_TASK_ID))
    simulation.run(100.0)
    assert simulation.changes_of_sight() == []


# The clock.


def test_a_wrong_clock_is_told_once() -> None:
    lane = Lane(LANE, 10.0)
    told: list[list[Notice]] = []
    for offset in (None, 1.0, 61.0, 62.0, 1.0, -3600.0):
        send = lane.next(lane_moment := 10.0 * (len(told) + 1))
        assert isinstance(send, Wait)
        lane.look_up(key())
        send = lane.next(lane_moment)
        assert isinstance(send, Send)
        answer = observation(RUNNING, lane_moment, clock_offset=offset)
        told.append([event for event in lane.done(send.ticket, answer, lane_moment, 0.5) if isinstance(event, Notice)])
    assert [len(notices) for notices in told] == [0, 0, 1, 0, 0, 1]
    assert "61 s behind" in told[2][0].text
    assert "3600 s ahead of" in told[5][0].text
    assert lane.view(100.0).clock_offset == -3600.0


# What the screen is told.


def test_the_view_of_a_lane() -> None:
    simulation = Simulation(30, cut(always(), 40.0, math.inf, silent=False))
    simulation.run(35.0)
    view = simulation.lane.view(simulation.now)
    assert (view.tasks, view.budget, view.pace, view.is_blind) == (30, 10.0, 10.0, False)
    assert view.rate == pytest.approx(2.0, abs=1.1)
    simulation.run(60.0)
    view = simulation.lane.view(simulation.now)
    assert view.cause == REFUSED
    assert view.blind_since is not None
    assert view.blind_since_at == pytest.approx(START_AT + view.blind_since)
    assert view.last_good_at == pytest.approx(START_AT + 37, abs=5)


def test_the_rate_is_never_shown_above_the_budget() -> None:
    simulation = Simulation(500, always(latency=0.001))
    rates = []
    while simulation.now < 20:
        simulation.run(simulation.now + 0.01)
        rates.append(simulation.lane.view(simulation.now).rate)
    assert 9 < max(rates) <= 10


def test_the_rate_of_an_idle_lane_goes_down_to_nothing() -> None:
    simulation = Simulation(5, always(), intervals=Intervals.scaled(600.0))
    simulation.run(2.0)
    assert simulation.lane.view(simulation.now).rate > 1
    simulation.run(100.0)
    assert simulation.lane.view(simulation.now).rate == 0


# Neither spinning nor oversleeping.

commands = st.sampled_from(["pause", "resume", "refresh", "refresh some", "look up", "forget", "watch", "show"])
outcomes = st.sampled_from(
    [
        (0.05, RUNNING),
        (0.3, GONE),
        (0.001, REFUSED),
        (5.0, TIMED_OUT),
        (0.05, THROTTLED),
        (0.1, BAD_TASK_ID),
        (0.0, RUNNING),
    ]
)
plans = st.lists(st.tuples(st.floats(0, 20), commands | outcomes), max_size=12)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 30), st.sampled_from([0.5, 1.0, 7.5, 20.0]), plans)
def test_a_lane_neither_spins_nor_oversleeps(
    tasks: int, budget: float, plan: list[tuple[float, str | tuple[float, Status | Failure]]]
) -> None:
    weather: list[Answer] = [(0.05, RUNNING)]
    simulation = Simulation(tasks, lambda _task, _now: weather[-1], budget=budget)
    lane = simulation.lane
    for wait, what in plan:
        simulation.run(simulation.now + wait)
        now = simulation.now
        match what:
            case "pause":
                lane.set_polling(False)
            case "resume":
                lane.set_polling(True)
            case "refresh":
                lane.refresh(None, now)
            case "refresh some":
                lane.refresh([key(0), key(1)], now)
            case "look up":
                lane.look_up(key("stranger"))
            case "forget":
                lane.forget(key(0))
            case "watch":
                lane.watch([key("new")], now)
            case "show":
                lane.show([key(1), key(2)])
            case (float() as latency, outcome):
                assert isinstance(outcome, (Status, Failure))
                weather.append((latency, outcome))
        step = lane.next(now)
        if isinstance(step, Wait):
            assert 0 < step.seconds <= LONGEST_WAIT
            assert lane.next(now) == step, "asking again changes nothing"
            assert isinstance(lane.next(math.nextafter(now, math.inf)), (Send, Wait))
            assert not _can_send_before(simulation, step.seconds), "it would sleep past something due"
        else:
            # The simulation would have sent this; give it back as lost.
            lane.abandon(step.ticket, now)
    seconds = simulation.now + 1
    assert simulation.steps <= 60 + seconds * (budget + 1) * 8, "the loop spins"


def _can_send_before(simulation: Simulation, seconds: float) -> bool:
    """Whether a lane that is asked in small steps, without news, would send before the end of its own Wait."""
    lane = deepcopy(simulation.lane)
    return any(isinstance(lane.next(simulation.now + seconds * part / 20), Send) for part in range(1, 20))


def test_a_shorter_interval_moves_what_is_planned_already() -> None:
    simulation = Simulation(4, lambda _task, _now: (0.05, RUNNING), budget=5.0)
    simulation.lane.set_intervals(Intervals.scaled(300.0))
    simulation.run(20.0)
    before = len(simulation.sends)
    simulation.run(30.0)
    assert len(simulation.sends) == before
    simulation.lane.set_intervals(Intervals.scaled(15.0))
    simulation.run(32.0)
    assert len(simulation.sends) == before + 4


def test_another_interval_holds_at_once() -> None:
    simulation = Simulation(4, lambda _task, _now: (0.05, RUNNING), budget=5.0)
    simulation.run(120.0)
    simulation.lane.set_intervals(Intervals.scaled(5.0))
    simulation.run(300.0)
    assert _mean_gap(simulation, 1, since=150.0) == pytest.approx(5.0, abs=1.0)
    assert simulation.lane.view(simulation.now).wanted_sweep == 5.0
