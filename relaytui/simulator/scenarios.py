"""Ready-made worlds by name, for `relaytui simulate`."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from relaytui.simulator.world import IN_PROGRESS, NOT_EXIST, Change, Fault, FaultKind, RelayTask, World

SHOWS = ("cup final", "morning news", "lobby loop", "radio one", "town hall", "chess night")
APPS = (1600012345, 1600099999)
REGIONS = ("ap-singapore", "ap-mumbai", "ap-bangkok", "ap-jakarta")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ROUND = 300.0
"""Seconds after which the incidents of a scenario come again."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of world: what it is in one line, and what makes it out of a world full of calm tasks."""

    meaning: str
    unsettle: Callable[[World, list[RelayTask], random.Random], None]


def build(name: str, *, seed: int, start: float, tasks: int = 24) -> World:
    """A scenario with so many tasks, from `start` (Unix seconds) on. Raises KeyError for an unknown name."""
    scenario = SCENARIOS[name]
    world = World(seed, start)
    dice = random.Random(f"{seed} {name}")  # noqa: S311 a game, not a secret
    for number in range(tasks):
        show, camera = SHOWS[number % len(SHOWS)], number // len(SHOWS) + 1
        world.add(
            APPS[number % len(APPS)],
            REGIONS[number // 2 % len(REGIONS)],
            _task_id(dice, number),
            label=f"{show} cam {camera}",
            group=show,
        )
    scenario.unsettle(world, list(world.tasks.values()), dice)
    return world


def _task_id(dice: random.Random, number: int) -> str:
    """An id like the real ones: long, some with a first dash or last dots, which people lose when copying."""
    text = "".join(dice.choices(_ALPHABET + "+-_", k=dice.choice((78, 92, 102, 114))))
    return f"{'-' if number % 8 == 3 else dice.choice(_ALPHABET)}{text}{'..' if number % 8 == 5 else ''}"


def _calm(_world: World, _tasks: list[RelayTask], _dice: random.Random) -> None:
    pass


def _incident(world: World, tasks: list[RelayTask], dice: random.Random) -> None:
    flapper, *victims = dice.sample(tasks, k=min(len(tasks), 5 + len(tasks) // 20))
    for order, task in enumerate(victims):
        away = 5.0 + order * 30 / len(victims)
        task.life, task.every = (
            ((0.0, IN_PROGRESS), (away, NOT_EXIST), (away + dice.uniform(60, 200), IN_PROGRESS)),
            _ROUND,
        )
    _flap([flapper], dice)
    world.plan(Fault(kind=FaultKind.SERVER_ERROR, region="ap-mumbai", begin=40, end=80, every=_ROUND))
    sick = tasks[len(tasks) // 2]
    world.plan(Fault(kind=FaultKind.ERROR, task_id=sick.task_id, begin=10, end=120, every=_ROUND))


def _flapping(_world: World, tasks: list[RelayTask], dice: random.Random) -> None:
    _flap(tasks[::3], dice)


def _flap(tasks: list[RelayTask], dice: random.Random) -> None:
    for task in tasks:
        life: list[Change] = [(0.0, IN_PROGRESS)]
        while (moment := life[-1][0] + dice.uniform(10, 40)) < _ROUND:
            life.append((moment, NOT_EXIST if life[-1][1] == IN_PROGRESS else IN_PROGRESS))
        task.life, task.every = tuple(life), _ROUND


def _storm(_world: World, tasks: list[RelayTask], _dice: random.Random) -> None:
    for task in tasks:
        if task.region == REGIONS[0]:
            task.life, task.every = ((0.0, IN_PROGRESS), (20.0, NOT_EXIST), (140.0, IN_PROGRESS)), _ROUND


def _outage(world: World, _tasks: list[RelayTask], _dice: random.Random) -> None:
    for kind, begin, end in (
        (FaultKind.STALL, 20, 50),
        (FaultKind.REFUSE, 50, 80),
        (FaultKind.SERVER_ERROR, 80, 100),
        (FaultKind.HTML, 100, 120),
    ):
        world.plan(Fault(kind=kind, begin=begin, end=end, every=_ROUND))


def _rough(world: World, _tasks: list[RelayTask], _dice: random.Random) -> None:
    world.plan(Fault(kind=FaultKind.UPLINK, seconds=0.005, spread=0.195))
    world.plan(Fault(kind=FaultKind.LATENCY, seconds=0.005, spread=0.195))
    for kind in FaultKind:
        if not kind.is_global and kind is not FaultKind.LATENCY:
            world.plan(Fault(kind=kind, probability=0.01))


def _day(_world: World, tasks: list[RelayTask], dice: random.Random) -> None:
    day = 86_400.0
    for task in tasks:
        life: list[Change] = [(0.0, dice.choice((IN_PROGRESS, IN_PROGRESS, NOT_EXIST)))]
        while (moment := life[-1][0] + dice.expovariate(1 / 5400)) < day:
            life.append((moment, NOT_EXIST if life[-1][1] == IN_PROGRESS else IN_PROGRESS))
        task.life, task.every = tuple(life), day


def _skewed(world: World, _tasks: list[RelayTask], _dice: random.Random) -> None:
    world.plan(Fault(kind=FaultKind.CLOCK_SKEW, seconds=600))


def _throttled(world: World, _tasks: list[RelayTask], _dice: random.Random) -> None:
    world.plan(Fault(kind=FaultKind.THROTTLE, probability=0.3))


SCENARIOS = {
    "calm": Scenario("every task runs and goes on running", _calm),
    "incident": Scenario("tasks end and come back, one flaps, one errs, ap-mumbai answers 503 for a while", _incident),
    "flapping": Scenario("every third task comes and goes every 10 to 40 s", _flapping),
    "storm": Scenario("every task of ap-singapore ends in the same second", _storm),
    "outage": Scenario("silence, refused connections, 503 and a captive portal, one after the other", _outage),
    "rough": Scenario("5 to 200 ms each way and one fault in ten answers, of every kind", _rough),
    "throttled": Scenario("three of ten requests are refused, as if somebody else used the account's rate", _throttled),
    "skewed": Scenario("the server's clock is 10 minutes ahead", _skewed),
    "day": Scenario("tasks come and go over hours, as on a working day", _day),
}
"""All of them; incidents of seconds come again every five minutes, the day every day."""
