"""Lane and board together: a change in the world becomes the right news, once."""

from __future__ import annotations

import math

import pytest

from relaytui.core.board import Board
from relaytui.core.events import Blinded, FailureNoted, Notice, NoticeKind, Sighted
from relaytui.core.queue import Intervals
from relaytui.core.schedule import Lane, Send, Wait
from relaytui.core.task import LaneKey, State, TaskKey, WatchedTask
from relaytui.core.transition import Severity, Transition
from relaytui.core.update import Update
from relaytui.core.watch import Watch
from tests.core.answers import DENIED, GONE, QUERY_FAILED, REFUSED, RUNNING, START_AT, key, observation, task
from tests.core.simulation import Answer, Simulation, always


def ends(name: int, at: float) -> Simulation:
    """Ten tasks of which one ends at a moment."""
    return Simulation(10, lambda asked, now: (0.05, GONE if asked == key(name) and now >= at else RUNNING))


def test_an_end_is_told_once_within_an_interval_and_the_confirmation() -> None:
    simulation = ends(3, at=100.0)
    simulation.run(400.0)
    (_, start), (moment, end) = simulation.transitions(3)
    assert (start.after, end.after) == (State.RUNNING, State.ENDED)
    assert 103 <= moment <= 100 + 15 + 3.5
    assert [len(simulation.transitions(name)) for name in range(10)] == [1, 1, 1, 2, 1, 1, 1, 1, 1, 1]


CUP = range(1, 21)


def ends_in_the_cup(*gone: int) -> Simulation:
    """A hundred tasks asked every five minutes; these of a group of twenty end while a sweep is at the nineteenth."""

    def network(asked: TaskKey, now: float) -> Answer:
        return 0.05, GONE if int(asked.task_id) in gone and now >= 301.85 else RUNNING

    simulation = Simulation(100, network, intervals=Intervals.scaled(300.0))
    for number in CUP:
        simulation.watch.add(task(number)._replace(group="cup"), 0.0)
    simulation.run(599.0)
    return simulation


def test_where_two_of_a_group_have_ended_the_rest_is_asked_at_once_and_once() -> None:
    simulation = ends_in_the_cup(*CUP)
    told = [simulation.transitions(number)[-1] for number in CUP]
    assert {change.after for _, change in told} == {State.ENDED}
    assert max(moment for moment, _ in told) < 315, "and not with the next sweep"
    others = [sent for moment, sent in simulation.sends if moment > 320 and int(sent.task_id) not in CUP]
    assert others == []
    runs_on = ends_in_the_cup(19, 20)
    for number in CUP[:-2]:
        assert len([moment for moment in runs_on.asked(number) if moment > 302]) == 1


def test_where_one_of_a_group_has_ended_nobody_else_is_asked_for_it() -> None:
    simulation = ends_in_the_cup(20)
    assert simulation.transitions(20)[-1][1].after is State.ENDED
    assert [moment for number in CUP[:-2] for moment in simulation.asked(number) if moment > 302] == []


def test_a_stray_answer_is_no_news() -> None:
    stray = iter([GONE])
    simulation = Simulation(
        10, lambda asked, now: (0.05, next(stray, RUNNING) if asked == key(3) and now > 50 else RUNNING)
    )
    simulation.run(200.0)
    assert len(simulation.transitions(3)) == 1


def test_a_black_hole_is_no_end_and_what_ended_in_it_says_so() -> None:
    def network(asked: TaskKey, now: float) -> Answer:
        if 100 <= now < 160:
            return 0.002, REFUSED
        return 0.05, GONE if asked == key(3) and now >= 130 else RUNNING

    simulation = Simulation(10, network)
    simulation.run(159.0)
    assert [simulation.watch.board.state(key(name)).state for name in range(10)] == [State.RUNNING] * 10
    simulation.run(300.0)
    (blind_since, blinded), (_, sighted) = simulation.changes_of_sight()
    assert isinstance(blinded, Blinded)
    assert isinstance(sighted, Sighted)
    (_, _), (_, end) = simulation.transitions(3)
    assert (end.after, end.while_blind) == (State.ENDED, True)
    assert all(len(simulation.transitions(name)) == 1 for name in range(10) if name != 3)
    faults = [moment for moment, event in simulation.events if isinstance(event, (FailureNoted, Notice))]
    assert max(faults) <= blind_since, "a blind lane blames no task"


def test_an_end_seen_before_the_gap_is_not_marked() -> None:
    def network(asked: TaskKey, now: float) -> Answer:
        if 100 <= now < 130:
            return 0.002, REFUSED
        return 0.05, GONE if asked == key(3) and now >= 200 else RUNNING

    simulation = Simulation(10, network)
    simulation.run(300.0)
    (_, _), (_, end) = simulation.transitions(3)
    assert not end.while_blind


def test_one_failing_task_is_noted_once_noticed_once_and_asked_more_often() -> None:
    simulation = Simulation(10, lambda asked, now: (0.05, QUERY_FAILED if asked == key(3) and now > 50 else RUNNING))
    simulation.run(200.0)
    faults = [event for _, event in simulation.events if isinstance(event, (FailureNoted, Notice))]
    assert [type(fault) for fault in faults] == [FailureNoted, Notice]
    assert simulation.watch.board.state(key(3)).state is State.RUNNING
    last = [moment for moment in simulation.asked(3) if moment > 100]
    assert (last[-1] - last[0]) / (len(last) - 1) == pytest.approx(5.05, abs=0.1)


def test_a_task_that_still_fails_when_the_lane_sees_again_is_noticed() -> None:
    def network(asked: TaskKey, now: float) -> Answer:
        if asked == key(3) and now >= 100:
            return 0.05, QUERY_FAILED
        return (0.002, REFUSED) if 100 <= now < 400 else (0.05, RUNNING)

    simulation = Simulation(2, lambda asked, now: network(key(3) if asked == key(0) else asked, now))
    simulation.run(440.0)
    notices = [(moment, event) for moment, event in simulation.events if isinstance(event, Notice)]
    ((moment, notice),) = notices
    assert (notice.kind, notice.key) == (NoticeKind.FAILING, key(0))
    assert moment >= 400


def test_tasks_added_and_removed_while_running() -> None:
    simulation = Simulation(3, always())
    simulation.run(20.0)
    simulation.watch.add(task("new"), simulation.now)
    simulation.watch.remove(key(0))
    simulation.watch.add(WatchedTask(key(1), label="renamed"), simulation.now)
    simulation.run(60.0)
    assert simulation.watch.board.state(key("new")).state is State.RUNNING
    assert max(simulation.asked(0)) < 20
    assert simulation.watch.board.tasks[key(1)].name == "renamed"
    assert len(simulation.watch.board) == 3


def test_the_answer_about_a_task_removed_meanwhile_is_only_the_lanes() -> None:
    lane = Lane(LaneKey("default", "host"), 10.0)
    watch = Watch(Board([task("a")]), [lane], 0.0)
    send = lane.next(0.0)
    assert isinstance(send, Send)
    watch.remove(key("a"))
    assert watch.done(lane, send, observation(RUNNING, 0.1), 0.1, 0.5) == []
    assert lane.view(0.1).last_good_at == START_AT + 0.1
    assert lane.next(1000.0) == Wait(60.0)


def test_each_profile_has_its_lane() -> None:
    lanes = [Lane(LaneKey(profile, "host"), 10.0) for profile in ("one", "two")]
    tasks = [WatchedTask(key("a", "one")), WatchedTask(key("b", "two")), WatchedTask(key("c", "two"))]
    watch = Watch(Board(tasks), lanes, 0.0)
    asked: dict[str, list[str]] = {"one": [], "two": []}
    for profile, lane in watch.lanes.items():
        now = 0.0
        while now < 0.5:
            step = lane.next(now)
            if isinstance(step, Send):
                asked[profile].append(step.key.task_id)
            else:
                now += step.seconds
    assert asked == {"one": ["a"], "two": ["b", "c"]}
    assert watch.lane_of(key("x", "two")) is lanes[1]
    with pytest.raises(KeyError):
        watch.add(WatchedTask(key("d", "three")), 1.0)
    assert key("d", "three") not in watch.board


def test_commands_reach_the_lanes_they_are_for() -> None:
    lanes = [Lane(LaneKey(profile, "host"), 10.0) for profile in ("one", "two")]
    watch = Watch(Board([WatchedTask(key("a", "one")), WatchedTask(key("b", "two"))]), lanes, 0.0)
    for lane in lanes:
        send = lane.next(0.0)
        assert isinstance(send, Send)
        answer = observation(RUNNING, 0.1)
        watch.done(lane, send, type(answer)(send.key, RUNNING, answer.at, 0.1), 0.1, 0.5)
    watch.show([key("a", "one"), key("b", "two")])
    watch.refresh([key("b", "two"), key("stranger", "one")], 2.0)
    assert isinstance(lanes[0].next(2.0), Wait)
    assert isinstance(lanes[1].next(2.0), Send)
    watch.set_polling(False)
    assert lanes[0].next(100.0) == Wait(60.0)
    watch.set_polling(True)
    assert isinstance(lanes[0].next(100.0), Send)


def test_profiles_that_share_a_lane_share_its_budget() -> None:
    """Two profiles with one SecretId at one host: the server counts their requests together."""
    lane, other = Lane(LaneKey("one+two", "host"), 10.0), Lane(LaneKey("three", "host"), 10.0)
    tasks = [WatchedTask(key(number, ("one", "two", "three")[number % 3])) for number in range(300)]
    watch = Watch(Board(tasks), [lane, other], 0.0)
    assert watch.lane_of(key("x", "one")) is watch.lane_of(key("x", "two")) is lane
    assert watch.each_lane == (lane, other)
    assert lane.view(0.0).tasks == 200
    sent: list[int] = []
    asked: set[str] = set()
    now = 0.0
    while now < 30.0:
        step = lane.next(now)
        if isinstance(step, Send):
            lane.written(step.ticket, now)
            sent.append(round(1000 * now))
            asked.add(step.key.profile)
            answer = observation(RUNNING, now)
            watch.done(lane, step, type(answer)(step.key, RUNNING, answer.at, now), now, 0.5)
        else:
            now += max(step.seconds, 0.001)
    assert asked == {"one", "two"}
    assert max(sum(begin <= moment < begin + 1000 for moment in sent) for begin in sent) == 10
    assert str(lane.view(now).lane) == "one+two@host"
    watch.show([key(0, "one"), key(1, "two"), key(2, "three"), key(3, "four")])
    watch.refresh([key(0, "one"), key(1, "two")], now)
    watch.remove(key(1, "two"))
    watch.set_polling(False)
    assert not lane.view(now).polling
    assert lane.view(now).tasks == 199


def test_the_lanes_news_come_before_the_tasks() -> None:
    simulation = Simulation(5, lambda _asked, now: (0.002, REFUSED) if 50 <= now < 80 else (0.05, RUNNING))
    told: list[object] = []
    done = simulation.watch.done

    def listen(*args: object) -> list[object]:
        news = done(*args)  # type: ignore[arg-type]  # handed on as they came
        told.append([type(item) for item in news])
        return list(news)

    simulation.watch.done = listen  # type: ignore[method-assign,assignment]  # listening in
    simulation.run(120.0)
    assert [Blinded, Update] in told
    assert [Sighted, Update] in told


def test_a_cpu_that_stalls_for_a_minute_asks_no_burst() -> None:
    simulation = Simulation(100, always(), budget=20.0)
    simulation.run(30.0)
    simulation.now += 60.0
    simulation.run(92.0)
    late = [moment for moment, _ in simulation.sends if moment >= 90.0]
    for begin in late:
        assert sum(begin <= moment < begin + 0.5 for moment in late) <= 10 + 2
    assert not any(isinstance(event, Transition) for moment, event in simulation.events if moment > 30)
    assert math.isclose(simulation.lane.view(simulation.now).sweep, 15.0, abs_tol=80)


def test_a_paused_task_is_asked_only_when_it_is_named_and_again_once_it_is_resumed() -> None:
    simulation = Simulation(3, lambda asked, now: (0.05, GONE if asked == key(1) and now > 100 else RUNNING))
    simulation.run(50.0)
    seen = simulation.watch.board.state(key(1)).seen
    simulation.watch.add(task(1)._replace(paused=True), simulation.now)
    simulation.run(150.0)
    assert max(simulation.asked(1)) < 50 < max(simulation.asked(0))
    assert simulation.watch.board.state(key(1)).seen == seen, "its age grows"
    assert simulation.lane.view(simulation.now).tasks == 2
    assert simulation.watch.board.counts() == {State.RUNNING: 2}
    simulation.watch.refresh(None, simulation.now)
    simulation.run(200.0)
    assert max(simulation.asked(1)) < 50
    simulation.watch.refresh([key(1)], simulation.now)
    simulation.run(250.0)
    assert len([moment for moment in simulation.asked(1) if moment > 50]) == 1, "one question, and no confirming"
    assert simulation.watch.board.state(key(1)).doubt.streak == 1
    simulation.watch.set_tasks([task(0), task(1), task(2)], simulation.now)
    simulation.run(300.0)
    (_, (_, end)) = simulation.transitions(1)
    assert (end.after, end.severity) == (State.ENDED, Severity.ALARM)


def test_what_somebody_asked_of_a_paused_task_is_no_alarm() -> None:
    simulation = Simulation(2, lambda asked, now: (0.05, GONE if asked == key(1) and now >= 20 else RUNNING))
    simulation.run(20.0)
    simulation.watch.add(task(1)._replace(paused=True), simulation.now)
    for _ in range(3):
        simulation.watch.refresh([key(1)], simulation.now)
        simulation.run(simulation.now + 5)
    (_, (_, end)) = simulation.transitions(1)
    assert (end.after, end.severity) == (State.ENDED, Severity.NOTICE)


def test_a_lane_whose_tasks_are_all_paused_asks_nothing_and_goes_on() -> None:
    watch = Watch(Board([task("a")._replace(paused=True)]), [Lane(LaneKey("default", "host"), 10.0)], 0.0)
    (lane,) = watch.each_lane
    assert lane.next(100.0) == Wait(60.0)
    assert lane.tick(100.0, START_AT) is None
    watch.refresh([key("a")], 100.0)
    assert isinstance(lane.next(100.0), Send)


def send(lane: Lane, now: float) -> TaskKey:
    """The task that the lane asks about now."""
    step = lane.next(now)
    assert isinstance(step, Send)
    return step.key


def test_a_profile_that_joins_a_lane_shares_its_budget_and_its_order() -> None:
    """Before anything was asked, the order is that of the list, whatever the profile."""
    tasks = [WatchedTask(key(number, ("one", "two")[number % 2])) for number in range(6)]
    watch = Watch(Board(tasks), [], 0.0)
    lane = Lane(LaneKey("one", "host"), 10.0)
    assert watch.move("one", lane, 0.0, START_AT) == []
    assert watch.move("two", lane, 0.0, START_AT) == []
    assert watch.each_lane == (lane,)
    assert str(lane.key) == "one+two@host"
    assert [send(lane, moment / 9) for moment in range(1, 7)] == [each.key for each in tasks]


def test_a_profile_that_leaves_a_lane_takes_its_tasks_and_look_ups_with_it() -> None:
    lane, other = Lane(LaneKey("one+two", "host"), 10.0), Lane(LaneKey("two", "host"), 10.0)
    watch = Watch(Board([WatchedTask(key("a", "one")), WatchedTask(key("b", "two"))]), [lane], 0.0)
    watch.show([key("b", "two")])
    watch.set_polling(False)
    lane.look_up(key("x", "two"))
    lane.look_up(key("y", "one"))
    assert watch.move("two", other, 1.0, START_AT) == []
    assert [str(each.key) for each in watch.each_lane] == ["one@host", "two@host"]
    assert send(other, 1.0) == key("x", "two")
    assert send(lane, 1.0) == key("y", "one")
    assert isinstance(other.next(2.0), Wait)
    watch.set_polling(True)
    assert send(other, 2.0) == key("b", "two")
    assert send(lane, 2.0) == key("a", "one")
    assert (lane.view(2.0).tasks, other.view(2.0).tasks) == (1, 1)


def test_a_blindness_goes_on_under_a_lanes_new_name_and_ends_with_a_lane_that_is_given_up() -> None:
    lane, other = Lane(LaneKey("one+two", "host"), 10.0), Lane(LaneKey("three", "host"), 10.0)
    watch = Watch(Board([]), [lane, other], 0.0)
    assert isinstance(lane.shut(REFUSED, 1.0, START_AT), Blinded)
    assert lane.shut(REFUSED, 1.5, START_AT) is None
    ended, goes_on = watch.move("one", other, 2.0, START_AT + 2)
    assert isinstance(ended, Sighted)
    assert isinstance(goes_on, Blinded)
    assert (str(ended.lane), ended.given_up, str(goes_on.lane)) == ("one+two@host", True, "two@host")
    assert ended.since == goes_on.since == START_AT
    assert not other.is_blind
    assert str(other.key) == "one+three@host"
    (over,) = watch.move("two", other, 3.0, START_AT + 3)
    assert isinstance(over, Sighted)
    assert over.given_up
    assert watch.each_lane == (other,)


def test_a_shut_lane_asks_nothing_but_look_ups_until_it_is_opened() -> None:
    lane = Lane(LaneKey("default", "host"), 10.0)
    watch = Watch(Board([task("a")]), [lane], 0.0)
    lane.shut(REFUSED, 0.0, START_AT)
    watch.refresh(None, 50.0)
    assert lane.next(100.0) == Wait(60.0)
    lane.look_up(key("b"))
    assert send(lane, 100.0) == key("b")
    lane.open(101.0)
    assert send(lane, 101.0) == key("a")


def test_a_budget_can_change_and_binds_at_once() -> None:
    lane = Lane(LaneKey("default", "host"), 20.0)
    watch = Watch(Board(task(number) for number in range(200)), [lane], 0.0)
    lane.set_budget(5.0)
    sent, now = 0, 0.0
    while now < 10.0:
        step = lane.next(now)
        if isinstance(step, Send):
            lane.written(step.ticket, now)
            sent += 1
            answer = observation(RUNNING, now)
            watch.done(lane, step, type(answer)(step.key, RUNNING, answer.at, now), now, 0.5)
        else:
            now += max(step.seconds, 0.001)
    assert 45 <= sent <= 51
    assert lane.view(now).budget == 5.0


@pytest.mark.parametrize("latency", [0.05, 0.7])
def test_a_region_that_fails_is_not_the_lane(latency: float) -> None:
    """Its tasks stand side by side in the list; those of the others are asked in between, and at once when in doubt."""

    def network(asked: TaskKey, now: float) -> Answer:
        return latency, QUERY_FAILED if asked.region == "ap-mumbai" and 100 <= now < 200 else RUNNING

    simulation = Simulation(0, network, budget=5.0)
    for number in range(24):
        region = ("ap-mumbai", "ap-tokyo", "ap-seoul")[min(number // 10, 2)]
        simulation.watch.add(WatchedTask(key(number)._replace(region=region)), 0.0)
    simulation.run(300.0)
    assert simulation.changes_of_sight() == []
    assert states(simulation) == {State.RUNNING}


@pytest.mark.parametrize("begin", range(100, 115))
@pytest.mark.parametrize("latency", [0.005, 0.7])
def test_a_region_and_a_task_elsewhere_that_fail_are_not_the_lane(latency: float, begin: int) -> None:
    """What fails is asked again soon, so that in a quiet moment nothing but failures comes in by itself."""

    def network(asked: TaskKey, now: float) -> Answer:
        fails = begin <= now < begin + 40 and (asked.region == "r1" or asked.task_id == "12")
        return latency, QUERY_FAILED if fails else RUNNING

    simulation = Simulation(0, network, budget=5.0)
    for number in range(24):
        simulation.watch.add(WatchedTask(key(number)._replace(region=f"r{number % 4}")), 0.0)
    simulation.run(200.0)
    assert simulation.changes_of_sight() == []


def test_a_blind_lane_probes_elsewhere() -> None:
    """All failed, and one region goes on failing: the first probe finds the others."""

    def network(asked: TaskKey, now: float) -> Answer:
        until = 400 if asked.region == "ap-mumbai" else 130
        return 0.05, QUERY_FAILED if 100 <= now < until else RUNNING

    simulation = Simulation(0, network)
    for number in range(24):
        region = "ap-tokyo" if number == 23 else "ap-mumbai"
        simulation.watch.add(WatchedTask(key(number)._replace(region=region)), 0.0)
    simulation.run(300.0)
    (_, blinded), (moment, sighted) = simulation.changes_of_sight()
    assert isinstance(blinded, Blinded)
    assert isinstance(sighted, Sighted)
    assert moment < 130 + 32, "the longest back-off"


OTHER_APP = key("of another")._replace(sdk_app_id=1_600_000_002)


def denied(apps: set[int], *, since: float = 100.0, until: float = math.inf, tasks: int = 20) -> Simulation:
    """Tasks of one SdkAppId and one task of another; the key is denied some of them for a while."""

    def network(asked: TaskKey, now: float) -> Answer:
        return 0.05, DENIED if asked.sdk_app_id in apps and since <= now < until else RUNNING

    simulation = Simulation(tasks, network)
    simulation.watch.add(WatchedTask(OTHER_APP), 0.0)
    return simulation


def states(simulation: Simulation) -> set[State]:
    board = simulation.watch.board
    return {board.state(each).state for each in board.tasks}


@pytest.mark.parametrize("tasks", [1, 20])
def test_a_key_that_is_denied_everything_is_blind_and_no_task_is_rejected(tasks: int) -> None:
    simulation = denied({key().sdk_app_id, OTHER_APP.sdk_app_id}, until=400.0, tasks=tasks)
    simulation.run(500.0)
    (blind_at, blinded), (_, sighted) = simulation.changes_of_sight()
    assert isinstance(blinded, Blinded)
    assert isinstance(sighted, Sighted)
    assert blinded.cause == DENIED
    assert 100.0 < blind_at < 100.0 + 15 + 2
    assert states(simulation) == {State.RUNNING}
    assert len([event for _, event in simulation.events if isinstance(event, Transition)]) == tasks + 1, "first sights"


@pytest.mark.parametrize("denied_app", [key().sdk_app_id, OTHER_APP.sdk_app_id])
def test_where_one_sdk_app_id_is_denied_its_tasks_are_rejected_and_the_lane_sees(denied_app: int) -> None:
    simulation = denied({denied_app}, until=400.0)
    simulation.run(300.0)
    board = simulation.watch.board
    rejected = {each for each in board.tasks if board.state(each).state is State.REJECTED}
    assert rejected == {each for each in board.tasks if each.sdk_app_id == denied_app}
    assert simulation.changes_of_sight() == []
    simulation.run(600.0)
    assert states(simulation) == {State.RUNNING}


def test_whether_another_sdk_app_id_is_denied_too_is_asked_at_once() -> None:
    simulation = denied({key().sdk_app_id, OTHER_APP.sdk_app_id}, tasks=100)
    network = simulation.network
    simulation.network = lambda asked, now: (0.05, GONE) if asked == OTHER_APP and now < 100.0 else network(asked, now)
    simulation.run(130.0)
    ((blind_at, _),) = simulation.changes_of_sight()
    assert blind_at < 103.0, "and not with the next question in its turn, a minute after the last"
