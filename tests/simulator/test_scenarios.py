from __future__ import annotations

import pytest

from relaytui.simulator.scenarios import SCENARIOS, build
from relaytui.simulator.world import Asked, Fault, FaultKind, World

START = 1_767_323_045.0


def history(world: World, seconds: float) -> list[object]:
    return [
        (task.region, task.label, world.changes(app, task_id, START + seconds))
        for (app, task_id), task in world.tasks.items()
    ] + list[object](world.faults)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_seed_gives_the_same_tasks_and_day(name: str) -> None:
    first, second, other = (build(name, seed=seed, start=START) for seed in (1, 1, 2))
    assert list(first.tasks) == list(second.tasks) != list(other.tasks)
    assert history(first, 3600) == history(second, 3600)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_has_the_tasks_asked_for(name: str) -> None:
    for count in (1, 2, 100):
        assert len(build(name, seed=1, start=START, tasks=count).tasks) == count


def test_some_ids_are_awkward() -> None:
    ids = [task_id for _, task_id in build("calm", seed=1, start=START).tasks]
    assert any(task_id.startswith("-") for task_id in ids)
    assert any(task_id.endswith("..") for task_id in ids)
    assert all(ids[0].isprintable() and not ids[0].startswith("-") for task_id in ids)


def changed(name: str, seconds: float) -> int:
    """How many tasks change after the start, within so many seconds."""
    world = build(name, seed=1, start=START)
    return sum(len(world.changes(app, task_id, START + seconds)) > 1 for app, task_id in world.tasks)


def test_calm_stays_calm() -> None:
    assert changed("calm", 86_400) == 0
    assert build("calm", seed=1, start=START).faults == []


def test_the_incident_is_under_way_within_ten_seconds() -> None:
    assert changed("incident", 10) >= 1
    assert changed("incident", 60) >= 4


def test_mumbai_is_blind_for_a_while_in_the_incident() -> None:
    world = build("incident", seed=1, start=START)
    struck = [
        [fault.kind for fault in world.faults_for(Asked(region=region), START + moment)]
        for region, moment in (("ap-mumbai", 39), ("ap-mumbai", 60), ("ap-bangkok", 60), ("ap-mumbai", 81))
    ]
    assert struck == [[], [FaultKind.SERVER_ERROR], [], []]


def test_a_storm_ends_a_whole_region_at_once() -> None:
    world = build("storm", seed=1, start=START)
    ends = {
        (task.region, tuple(world.changes(app, task_id, START + 100)[1:]))
        for (app, task_id), task in world.tasks.items()
    }
    assert {region for region, changes in ends if changes} == {"ap-singapore"}
    assert len(ends) == 4


def test_an_outage_shows_one_cause_after_the_other() -> None:
    world = build("outage", seed=1, start=START)

    def cause(moment: float) -> str:
        if world.is_refusing(START + moment):
            return "refuse"
        return ",".join(fault.kind for fault in world.faults_for(Asked(), START + moment))

    assert [cause(moment) for moment in (10, 30, 60, 90, 110, 130, 330)] == [
        "",
        "stall",
        "refuse",
        "5xx",
        "html",
        "",
        "stall",
    ]


def test_the_rough_one_spoils_one_answer_in_ten_or_so() -> None:
    world = build("rough", seed=1, start=START)
    spoilt = sum(len(world.faults_for(Asked(), START + number)) > 1 for number in range(2000))
    assert 150 < spoilt < 320


def test_flapping_day_skewed_and_throttled_do_what_they_say() -> None:
    assert changed("flapping", 60) == 8
    assert changed("day", 4 * 3600) > 12
    assert build("skewed", seed=1, start=START).skew(START) == 600
    assert build("throttled", seed=1, start=START).faults == [Fault(kind=FaultKind.THROTTLE, probability=0.3)]
