from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.simulator.world import (
    ACCOUNT,
    IN_PROGRESS,
    NOT_EXIST,
    Account,
    Asked,
    Fault,
    FaultKind,
    RelayTask,
    World,
)

START = 1_767_323_045.0
APP = 1_600_012_345


def world_with(*faults: Fault) -> World:
    world = World(7, START)
    world.add(APP, "ap-mumbai", "one")
    for fault in faults:
        world.plan(fault)
    return world


def test_a_task_lives_and_dies_on_the_given_clock() -> None:
    world = World(1, START)
    world.add(APP, "ap-mumbai", "one", [(10, IN_PROGRESS), (20, NOT_EXIST), (30, "Preparing")])
    seen = [world.status(APP, "one", START + moment) for moment in (0, 9.9, 10, 19.9, 20, 29.9, 30, 1e6)]
    assert seen == [NOT_EXIST, NOT_EXIST, IN_PROGRESS, IN_PROGRESS, NOT_EXIST, NOT_EXIST, "Preparing", "Preparing"]


def test_before_its_start_nothing_lives() -> None:
    assert world_with().status(APP, "one", START - 1) == NOT_EXIST


def test_a_task_is_only_there_under_its_own_app_and_region() -> None:
    world = world_with()
    assert world.status(APP, "one", START, "ap-mumbai") == IN_PROGRESS
    assert world.status(APP, "one", START, "ap-bangkok") == NOT_EXIST
    assert world.status(APP + 1, "one", START) == NOT_EXIST
    assert world.status(APP, "One", START) == NOT_EXIST


def test_a_life_with_a_period_comes_back() -> None:
    world = World(1, START)
    world.add(APP, "ap-mumbai", "one", [(5, IN_PROGRESS), (20, NOT_EXIST)], every=60)
    seen = [world.status(APP, "one", START + moment) for moment in (0, 5, 20, 59, 60, 64.9, 65, 80, 3600 + 10)]
    assert seen == [
        NOT_EXIST,
        IN_PROGRESS,
        NOT_EXIST,
        NOT_EXIST,
        NOT_EXIST,
        NOT_EXIST,
        IN_PROGRESS,
        NOT_EXIST,
        IN_PROGRESS,
    ]


def test_a_status_set_by_hand_counts_from_then_on_and_not_before() -> None:
    world = World(1, START)
    world.add(APP, "ap-mumbai", "one", [(0, IN_PROGRESS), (20, NOT_EXIST), (40, IN_PROGRESS)], every=60)
    world.set_status(APP, "one", NOT_EXIST, START + 10)
    world.set_status(APP, "one", "Paused", START + 100)
    seen = [world.status(APP, "one", START + moment) for moment in (0, 9.9, 10, 45, 99.9, 100, 1000)]
    assert seen == [IN_PROGRESS, IN_PROGRESS, NOT_EXIST, NOT_EXIST, NOT_EXIST, "Paused", "Paused"]
    assert world.changes(APP, "one", START + 1000) == [
        (START, IN_PROGRESS),
        (START + 10, NOT_EXIST),
        (START + 100, "Paused"),
    ]


STATUSES = st.sampled_from([IN_PROGRESS, NOT_EXIST, "Paused"])
LIVES = st.lists(st.tuples(st.integers(0, 99).map(float), STATUSES), min_size=1, max_size=6).map(
    lambda life: sorted(dict(life).items())
)


@given(LIVES, st.sampled_from([None, 100.0]), st.lists(st.tuples(st.integers(0, 400).map(float), STATUSES), max_size=3))
def test_the_changes_are_exactly_where_the_status_changes(
    life: list[tuple[float, str]], every: float | None, pinned: list[tuple[float, str]]
) -> None:
    task = RelayTask(APP, "ap-mumbai", "one", tuple(life), every, pinned=sorted(dict(pinned).items()))
    walked = []
    before = NOT_EXIST
    for moment in range(401):
        if (status := task.status_at(moment)) != before:
            walked.append((moment, status))
        before = status
    assert list(task.changes(400)) == walked


@pytest.mark.parametrize("life", [[], [(5.0, NOT_EXIST), (1.0, IN_PROGRESS)]])
def test_a_life_out_of_order_is_refused(life: list[tuple[float, str]]) -> None:
    with pytest.raises(ValueError, match="order of time"):
        World(1, START).add(APP, "ap-mumbai", "one", life)


def test_a_life_longer_than_its_period_is_refused() -> None:
    with pytest.raises(ValueError, match="period"):
        World(1, START).add(APP, "ap-mumbai", "one", [(0, IN_PROGRESS), (60, NOT_EXIST)], every=60)


def test_a_status_cannot_be_set_where_there_is_no_task() -> None:
    with pytest.raises(KeyError):
        world_with().set_status(APP, "two", NOT_EXIST, START)


def test_apps_are_known_by_their_tasks_and_their_owners() -> None:
    world = World(1, START, [Account(ACCOUNT.credential, frozenset({1, 2}))])
    world.add(3, "ap-mumbai", "one")
    assert world.sdk_app_ids == {1, 2, 3}


def test_a_fault_has_a_window() -> None:
    world = world_with(Fault(kind=FaultKind.STALL, begin=10, end=20))
    struck = [bool(world.faults_for(Asked(), START + moment)) for moment in (9.9, 10, 19.9, 20, 70)]
    assert struck == [False, True, True, False, False]


def test_a_fault_with_a_period_comes_back() -> None:
    world = world_with(Fault(kind=FaultKind.STALL, begin=10, end=20, every=60))
    struck = [bool(world.faults_for(Asked(), START + moment)) for moment in (-45, 9.9, 10, 20, 69.9, 70, 79.9, 80)]
    assert struck == [False, False, True, False, False, True, True, False]


ONE = Asked("AKID", "ap-mumbai", APP, "one")


@pytest.mark.parametrize(
    ("whose", "hit"),
    [
        (Asked(), True),
        (ONE, True),
        (Asked(task_id="one"), True),
        (Asked(task_id="two"), False),
        (Asked(region="ap-mumbai"), True),
        (Asked(region="ap-bangkok"), False),
        (Asked(sdk_app_id=APP), True),
        (Asked(sdk_app_id=1), False),
        (Asked(secret_id="AKID"), True),
        (Asked(secret_id="other"), False),
        (Asked(task_id="one", region="ap-bangkok"), False),
    ],
)
def test_a_fault_hits_whom_it_is_meant_for(whose: Asked, hit: bool) -> None:
    fault = Fault(
        kind=FaultKind.RESET,
        secret_id=whose.secret_id,
        region=whose.region,
        sdk_app_id=whose.sdk_app_id,
        task_id=whose.task_id,
    )
    assert bool(world_with(fault).faults_for(ONE, START)) is hit


def test_chances_fall_as_often_as_they_should() -> None:
    world = world_with(Fault(kind=FaultKind.RESET, probability=0.05))
    hits = sum(bool(world.faults_for(ONE, START + number / 20)) for number in range(20_000))
    assert 900 < hits < 1100


def day(seed: int) -> list[tuple[bool, float]]:
    world = World(seed, START)
    world.plan(Fault(kind=FaultKind.RESET, probability=0.3))
    world.plan(Fault(kind=FaultKind.LATENCY, seconds=0.1, spread=0.9))
    seen = []
    for number in range(200):
        struck = world.faults_for(Asked(task_id=f"t{number % 7}"), START + number)
        seen.append((len(struck) == 2, struck[-1].seconds))
    return seen


def test_the_same_seed_and_clock_give_the_same_day() -> None:
    assert day(1) == day(1)
    assert day(1) != day(2)


def test_a_draw_does_not_hang_on_who_asked_before() -> None:
    alone, crowded = (world_with(Fault(kind=FaultKind.LATENCY, spread=1.0)) for _ in range(2))
    crowded.faults_for(Asked(task_id="two"), START)
    assert alone.faults_for(ONE, START + 1) == crowded.faults_for(ONE, START + 1)


def test_latency_is_spread_between_its_bounds() -> None:
    world = world_with(Fault(kind=FaultKind.LATENCY, seconds=0.005, spread=0.195))
    drawn = [world.faults_for(ONE, START + number)[0].seconds for number in range(500)]
    assert 0.005 <= min(drawn) < 0.02
    assert 0.18 < max(drawn) <= 0.2


def test_global_kinds_are_asked_for_by_name() -> None:
    world = world_with(
        Fault(kind=FaultKind.UPLINK, seconds=0.2),
        Fault(kind=FaultKind.UPLINK, seconds=0.3, begin=5),
        Fault(kind=FaultKind.CLOCK_SKEW, seconds=-600, begin=5),
        Fault(kind=FaultKind.REFUSE, begin=5, end=6),
    )
    assert (world.uplink(START), world.skew(START), world.is_refusing(START)) == (0.2, 0, False)
    assert (world.uplink(START + 5), world.skew(START + 5), world.is_refusing(START + 5)) == (0.5, -600, True)
    assert world.is_refusing(START + 6) is False
    assert world.faults_for(ONE, START + 5) == []


def test_faults_are_cleared_by_kind_and_by_whom_they_hit() -> None:
    stall, mumbai, one = (
        Fault(kind=FaultKind.STALL),
        Fault(kind=FaultKind.RESET, region="ap-mumbai"),
        Fault(kind=FaultKind.RESET, task_id="one"),
    )
    world = world_with(stall, mumbai, one)
    assert world.clear(FaultKind.RESET, Asked(region="ap-mumbai")) == 1
    assert world.faults == [stall, one]
    assert world.clear(FaultKind.STALL) == 1
    assert world.faults == [one]
    assert world.clear(FaultKind.STALL) == 0
    assert world.clear() == 1
    assert world.faults == []


@pytest.mark.parametrize(
    "nonsense",
    [
        {"probability": 1.1},
        {"probability": math.nan},
        {"begin": 5, "end": 4},
        {"every": 0},
        {"seconds": -1},
        {"seconds": math.inf},
        {"spread": -1},
        {"http_status": 200},
    ],
)
def test_nonsense_is_refused(nonsense: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(nonsense)) if "begin" not in nonsense else "end"):
        Fault(kind=FaultKind.LATENCY, **nonsense)  # type: ignore[arg-type]  # one of them at a time


@pytest.mark.parametrize("kind", [FaultKind.UPLINK, FaultKind.CLOCK_SKEW, FaultKind.REFUSE])
def test_a_global_fault_cannot_be_meant_for_one_task(kind: FaultKind) -> None:
    with pytest.raises(ValueError, match="everybody"):
        Fault(kind=kind, task_id="one")
