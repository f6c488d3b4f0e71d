"""What really happens in the day: lives of tasks and everything that goes wrong, drawn from a seed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from random import Random

from relaytui.core.pacer import RECOVERY_SECONDS, RECOVERY_STEP
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.tc3 import Credential, Secret
from relaytui.simulator.api import Api
from relaytui.simulator.world import IN_PROGRESS, NOT_EXIST, Account, Change, Fault, FaultKind, World

START = 1_767_225_600.0
"""Unix seconds at which the day begins."""
HOUR = 3600.0
CREDENTIAL = Credential("AKIDproof0000000000000000000EXAMPLE", Secret("proof-secret-EXAMPLE"))
REGIONS = ("ap-singapore", "ap-mumbai", "ap-jakarta")
APPS = (1_600_012_345, 1_600_099_999)
STRAY = 0.0005
"""Share of the answers that are wrong, as a single stray answer of a cluster that lags."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when something lasts, seconds after the start."""

    begin: float
    end: float

    def __contains__(self, moment: float) -> bool:
        return self.begin <= moment < self.end


@dataclass
class Truth:
    """The world with its tasks, and the spans in which things go wrong (seconds after the start)."""

    seed: int
    seconds: float
    tasks: list[WatchedTask] = field(default_factory=list)
    changes: dict[TaskKey, list[Change]] = field(default_factory=dict)
    flappers: set[TaskKey] = field(default_factory=set)
    planned: set[TaskKey] = field(default_factory=set)
    storms: list[tuple[float, frozenset[TaskKey]]] = field(default_factory=list)
    cuts: list[tuple[Span, bool]] = field(default_factory=list)
    """When the network is cut, and whether silently."""
    expired: list[Span] = field(default_factory=list)
    noisy: list[Span] = field(default_factory=list)
    """When somebody else uses the account's requests."""
    jumps: list[tuple[float, float]] = field(default_factory=list)
    """When this machine's clock jumps, and by how many seconds it is wrong from then on."""
    kills: list[Span] = field(default_factory=list)
    """When the program is dead."""

    def __post_init__(self) -> None:
        self.world = World(self.seed, START, [Account(CREDENTIAL)])
        self.api = Api(self.world)
        self.random = Random(f"proof {self.seed}")

    def runs(self, key: TaskKey, moment: float) -> bool:
        """Whether the task runs then."""
        changes = self.changes[key]
        index = bisect_right(changes, moment, key=lambda change: change[0])
        return bool(index) and changes[index - 1][1] == IN_PROGRESS

    def ends(self, key: TaskKey) -> list[Span]:
        """When the task was gone after it had run, up to its return or the end of the day."""
        changes = [*self.changes[key], (self.seconds, IN_PROGRESS)]
        return [
            Span(moment, changes[index + 1][0])
            for index, (moment, status) in enumerate(changes[:-1])
            if status == NOT_EXIST and index
        ]

    def limit(self, begin: float, bound: float, catching_up: float) -> float:
        """Within how many seconds after `begin` something must be told that takes `bound` where nothing is wrong."""
        limit = bound
        while (trouble := self.in_trouble(begin, begin + limit)) and limit < bound + trouble + catching_up:
            limit = bound + trouble + catching_up
        return limit

    def in_trouble(self, begin: float, end: float) -> float:
        """How many seconds between these moments nobody could see, or only slowly."""
        slow = [Span(span.begin, span.end + RECOVERY_SECONDS / RECOVERY_STEP) for span in self.noisy]
        spans = [*self.kills, *self.expired, *slow, *(span for span, _ in self.cuts)]
        return sum(max(0.0, min(end, span.end) - max(begin, span.begin)) for span in spans)


def draw(seed: int, *, tasks: int, seconds: float) -> Truth:
    """A day of `seconds` with so many tasks: a tenth flaps, ends as planned or restarts often, and two storms."""
    truth = Truth(seed, seconds)
    dice = truth.random
    storm = _storm_members(tasks)
    moments = (0.35 * seconds, 0.8 * seconds)
    for number in range(tasks):
        key = TaskKey("prod", REGIONS[number % 3], APPS[number % 2], f"t{number:05}-{dice.getrandbits(64):016x}..")
        expected = None
        if number in storm:
            life = [(0.0, IN_PROGRESS)]
            for moment in moments:
                life += [(moment, NOT_EXIST), (moment + dice.uniform(1500, 2500), IN_PROGRESS)]
        elif number % 20 == 1:
            life = _flapping(dice, seconds)
            truth.flappers.add(key)
        elif number % 20 == 2:
            end = dice.uniform(0.1, 0.95) * seconds
            life, expected = [(0.0, IN_PROGRESS), (end, NOT_EXIST)], START + end + dice.uniform(-40, 40)
            truth.planned.add(key)
        else:
            life = _ordinary(dice, seconds)
        group = "storm" if number in storm else f"group {number % 7}"
        task = WatchedTask(key, f"cam {number}", group, expected_end=expected)
        truth.tasks.append(task)
        truth.changes[key] = life
        truth.world.add(key.sdk_app_id, key.region, key.task_id, life)
    for moment in moments:
        truth.storms.append((moment, frozenset(task.key for task in truth.tasks if task.group == "storm")))
    _go_wrong(truth)
    return truth


def _storm_members(tasks: int) -> range:
    return range(0, max(24, tasks // 5), 3)


def _ordinary(dice: Random, seconds: float) -> list[Change]:
    """Runs for hours, ends, and comes back after a while or never."""
    life: list[Change] = [(0.0, IN_PROGRESS)]
    now = dice.expovariate(1 / (0.7 * seconds))
    while now < seconds and len(life) < 12:
        life.append((now, NOT_EXIST))
        now += dice.uniform(1800, 4 * HOUR)
        life.append((now, IN_PROGRESS))
        now += dice.uniform(HOUR, 8 * HOUR)
    return [change for change in life if change[0] < seconds]


def _flapping(dice: Random, seconds: float) -> list[Change]:
    """Runs, and for some minutes goes and comes."""
    life: list[Change] = [(0.0, IN_PROGRESS)]
    now = dice.uniform(0.05, 0.7) * seconds
    for number in range(dice.choice((8, 10))):
        life.append((now, IN_PROGRESS if number % 2 else NOT_EXIST))
        now += dice.uniform(35, 70)
    return life


def _go_wrong(truth: Truth) -> None:
    """Cuts, an expired credential, a noisy neighbour, a clock that jumps, and five kills, none during a storm."""
    dice, day = truth.random, truth.seconds
    for share, length, silent in ((0.08, 25, False), (0.22, 90, True), (0.5, 400, False), (0.66, 60, True)):
        begin = share * day
        truth.cuts.append((Span(begin, begin + length), silent))
    truth.expired.append(Span(0.28 * day, 0.28 * day + 300))
    truth.world.plan(
        Fault(kind=FaultKind.ERROR, code="AuthFailure.TokenFailure", begin=0.28 * day, end=0.28 * day + 300)
    )
    truth.world.plan(Fault(kind=FaultKind.ERROR, code="FailedOperation.QueryTaskInfoFailed", probability=0.004))
    truth.noisy.append(Span(0.58 * day, 0.58 * day + 900))
    truth.jumps = [(0.45 * day, 2400.0), (0.48 * day, 0.0), (0.72 * day, -90.0)]
    for share in (0.03, 0.15, 0.32, 0.62, 0.9):
        begin = share * day + dice.uniform(0, 60)
        truth.kills.append(Span(begin, begin + dice.uniform(8, 90)))
