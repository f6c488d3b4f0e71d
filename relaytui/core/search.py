"""Where a task may be whose home nobody knows: which questions find it, likeliest first. No I/O, no clock, no loop.

A *home* is what a TaskId means nothing without: profile, Region and SdkAppId. Every home that could be is asked until
one answers that it knows the task; whoever asks takes the next question, asks it, and hands in the answer, with as many
under way at once as the budget allows.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product, zip_longest
from typing import NamedTuple

from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.profile import Profile
from relaytui.core.task import DESCRIBE_REGIONS, StatusKind, TaskKey

TRIES = 3
"""Times that one question is asked where nobody could see."""
GIVE_UP = 10
"""Failures in a row after which a profile is asked no more: network, throttling, the server's trouble."""
_ABOUT_THE_APP = frozenset({"FailedOperation.SdkAppIdNotExist", "InvalidParameter.SdkAppId"})
_ABOUT_THE_REGION = frozenset({"UnsupportedRegion"})


class Home(NamedTuple):
    """Where a task may be."""

    profile: str
    region: str
    sdk_app_id: int

    @classmethod
    def of(cls, key: TaskKey) -> Home:
        """The home of this task."""
        return cls(key.profile, key.region, key.sdk_app_id)

    def key(self, task_id: str) -> TaskKey:
        """The task of this TaskId, if it is here."""
        return TaskKey(self.profile, self.region, self.sdk_app_id, task_id)


def homes(
    profiles: Collection[Profile], listed: Iterable[TaskKey], asking: Collection[str] | None = None
) -> list[Home]:
    """Every home that the `asking` profiles (all, where None) can ask, the likeliest first.

    Profiles that cannot ask, having no credential, name SdkAppIds and regions all the same.

    First come the homes of the tasks on the list, by their number, and of the profiles' defaults; then other regions
    for a profile's own SdkAppIds; then SdkAppIds that only another profile is known for, which may be one account.
    """
    names = {profile.name for profile in profiles} if asking is None else asking
    known = Counter(Home.of(key) for key in listed)
    known.update(
        Home(profile.name, profile.region, profile.sdk_app_id) for profile in profiles if profile.sdk_app_id is not None
    )
    apps = {(home.profile, home.sdk_app_id) for home in known}
    regions: Counter[str] = Counter()
    for home, count in known.items():
        regions[home.region] += count
    # A region that a profile names is known, though it names no SdkAppId.
    regions.update(profile.region for profile in profiles)
    every = product(names, regions.keys() | DESCRIBE_REGIONS, {app for _, app in apps})
    return sorted(
        (Home(*each) for each in every),
        key=lambda home: (-known[home], (home.profile, home.sdk_app_id) not in apps, -regions[home.region], home),
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search says of one task.

    `answer` is what found it, else the likeliest home's NotExist, else a failure; None where nothing was asked.
    """

    task_id: str
    answer: Observation | None
    is_found: bool
    asked: int
    """How many questions were about this task."""
    absent: int
    """How many homes answered NotExist."""
    refused: tuple[Observation, ...]
    """Why the API would not answer for some homes: each reason once, with the question that met it."""
    unseen: int
    """How many homes nobody could see or asked; 0 where the task is found."""
    failures: tuple[Observation, ...]
    """Why nobody could see those that were asked."""


class Search:
    """The search for some tasks; several `tasks` of one TaskId are guesses at its home, which are asked first."""

    def __init__(self, tasks: Iterable[TaskKey], homes: Sequence[Home]) -> None:
        guesses: dict[str, dict[Home, None]] = {}
        for key in tasks:
            guesses.setdefault(key.task_id, {})[Home.of(key)] = None
        self._homes = {task_id: tuple(dict.fromkeys((*first, *homes))) for task_id, first in guesses.items()}
        # A home of each task in turn: of many tasks at an unlikely place, all are found at about the same time.
        self._waiting = deque(_in_turn(self._homes))
        self._answers: dict[TaskKey, Observation] = {}
        self._found: dict[str, Observation] = {}
        self._asked: Counter[str] = Counter()
        self._tries: Counter[TaskKey] = Counter()
        self._failures: Counter[str] = Counter()
        self._given_up: set[str] = set()
        self._closed: dict[tuple[str, str | int], Observation] = {}
        """By profile and SdkAppId, or profile and region: what refused all that is there."""

    @property
    def most(self) -> int:
        """How many questions there are at most, without those asked again."""
        return sum(map(len, self._homes.values()))

    @property
    def asked(self) -> int:
        """How many questions have been taken."""
        return self._asked.total()

    @property
    def found(self) -> int:
        """How many tasks have been found."""
        return len(self._found)

    @property
    def tasks(self) -> int:
        """How many tasks are searched for."""
        return len(self._homes)

    def next(self) -> TaskKey | None:
        """The next question, None where there is none now; ask again after each answer."""
        while self._waiting:
            key = self._waiting.popleft()
            open_yet = key.task_id not in self._found and key.profile not in self._given_up
            if open_yet and self._refusal(Home.of(key)) is None:
                self._asked[key.task_id] += 1
                return key
        return None

    def take(self, observation: Observation) -> None:
        """Hand in an answer."""
        key, failure = observation.key, observation.failure
        self._answers[key] = observation
        if failure is not None and not failure.is_about_task:
            self._take_failure(key, failure)
            return
        self._failures[key.profile] = 0
        if failure is None:
            if observation.status is not None and observation.status.kind is not StatusKind.NOT_EXIST:
                self._found.setdefault(key.task_id, observation)
        elif failure.code in _ABOUT_THE_REGION:
            self._closed.setdefault((key.profile, key.region), observation)
        elif failure.kind is FailureKind.PERMISSION or failure.code in _ABOUT_THE_APP:
            self._closed.setdefault((key.profile, key.sdk_app_id), observation)

    def _take_failure(self, key: TaskKey, failure: Failure) -> None:
        # After its first answer the client signs with the server's time, and what failed over the clock is asked again.
        self._failures[key.profile] += failure.kind is not FailureKind.CLOCK
        self._tries[key] += 1
        if failure.kind is FailureKind.CREDENTIALS or self._failures[key.profile] >= GIVE_UP:
            self._given_up.add(key.profile)
        elif self._tries[key] < TRIES:
            self._waiting.append(key)

    def _refusal(self, home: Home) -> Observation | None:
        closed = self._closed
        return closed.get((home.profile, home.sdk_app_id)) or closed.get((home.profile, home.region))

    def outcomes(self) -> list[Outcome]:
        """What is known of each task now, in the order they were given."""
        return [self._outcome(task_id) for task_id in self._homes]

    def _outcome(self, task_id: str) -> Outcome:
        absent: list[Observation] = []
        refused: dict[Observation, None] = {}
        unseen: list[Observation] = []
        not_asked = 0
        for home in self._homes[task_id]:
            answer = self._answers.get(home.key(task_id))
            closed = self._refusal(home)
            if answer is not None and answer.status is not None:
                absent += [answer] if answer.status.kind is StatusKind.NOT_EXIST else []
            elif closed is not None:
                refused[closed] = None
            elif answer is not None and answer.failure is not None and answer.failure.is_about_task:
                refused[answer] = None
            elif answer is not None:
                unseen.append(answer)
            else:
                not_asked += 1
        found = self._found.get(task_id)
        return Outcome(
            task_id,
            answer=found or next(iter([*absent, *unseen, *refused]), None),
            is_found=found is not None,
            asked=self._asked[task_id],
            absent=len(absent),
            refused=tuple(refused),
            unseen=0 if found else len(unseen) + not_asked,
            failures=() if found else tuple(unseen),
        )


def _in_turn(homes: dict[str, tuple[Home, ...]]) -> Iterator[TaskKey]:
    for row in zip_longest(*homes.values()):
        yield from (home.key(task_id) for task_id, home in zip(homes, row, strict=True) if home is not None)
