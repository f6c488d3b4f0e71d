"""The lanes and the board together: what to ask next, and what an answer means. No I/O, no clock, no loop."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from relaytui.core.board import Board
from relaytui.core.events import Blinded, Event
from relaytui.core.observation import Observation
from relaytui.core.schedule import Lane, Send
from relaytui.core.task import LaneKey, State, TaskKey, WatchedTask
from relaytui.core.transition import Severity, Transition
from relaytui.core.update import Update

COMPANY_SECONDS = 60.0
"""Seconds within which two ends in one group look like one cause."""


@dataclass(slots=True)
class _Ends:
    """Ends in one group, each soon after the one before (monotonic seconds)."""

    first: float
    last: float
    is_followed: bool = False


class Watch:
    """One board polled by several lanes; a task belongs to the lane of its profile, which several may share."""

    def __init__(self, board: Board, lanes: Iterable[Lane], now: float) -> None:
        self.board = board
        self.lanes = {profile: lane for lane in lanes for profile in lane.key.profiles}
        """The lanes by profile name."""
        self._shown: frozenset[TaskKey] = frozenset()
        self._polling = True
        self._ends: dict[str, _Ends] = {}
        """The newest ends in each group."""
        for lane in self.each_lane:
            lane.watch(self._of(lane, (key for key, task in board.tasks.items() if not task.paused)), now)

    @property
    def each_lane(self) -> tuple[Lane, ...]:
        """Every lane once."""
        return tuple(dict.fromkeys(self.lanes.values()))

    def move(self, profile: str, lane: Lane, now: float, at: float) -> list[Event]:
        """Have this lane, new or shared with others, ask about the profile's tasks; gives what that means for lanes.

        A lane is named after its profiles, and one that is left by its last profile is no more.
        """
        before = self.lanes.get(profile)
        if before is lane:
            return []
        keys = [key for key in self.board.tasks if key.profile == profile]
        told: list[Event] = []
        if before is not None:
            for key in before.drop_look_ups(profile):
                lane.look_up(key)
            for key in keys:
                before.forget(key)
        self.lanes[profile] = lane
        for each in (before, lane):
            if each is not None:
                told += self._rename(each, at)
        # Those that nobody has asked yet are asked in list order, whatever their profile.
        unasked = (key for key in self._of(lane, self.board.tasks) if self.board.state(key).state is State.PENDING)
        lane.watch((key for key in (*keys, *unasked) if not self.board.tasks[key].paused), now)
        lane.set_polling(self._polling)
        self.show(self._shown)
        return told

    def _rename(self, lane: Lane, at: float) -> list[Event]:
        """Name the lane after its profiles; one that has none any more is given up."""
        names = [profile for profile, each in self.lanes.items() if each is lane]
        told = lane.rename(LaneKey("+".join(names), lane.key.host), at)
        return [event for event in told if names or not isinstance(event, Blinded)]

    def lane_of(self, key: TaskKey) -> Lane:
        """The lane that asks about this task; KeyError where its profile has none."""
        return self.lanes[key.profile]

    def add(self, task: WatchedTask, now: float) -> None:
        """Watch one more task, or take over new texts of a watched one; its lane asks unless it is paused."""
        lane, before = self.lane_of(task.key), self.board.tasks.get(task.key)
        if task.paused:
            lane.forget(task.key)
        elif before is None or before.paused:
            lane.watch([task.key], now)
        self.board.add(task)

    def remove(self, key: TaskKey) -> None:
        """Stop watching a task."""
        self.board.remove(key)
        self.lane_of(key).forget(key)

    def set_tasks(self, tasks: Collection[WatchedTask], now: float) -> None:
        """Watch these tasks, in this order, and no others."""
        for key in self.board.tasks.keys() - {task.key for task in tasks}:
            self.remove(key)
        for task in tasks:
            self.add(task, now)
        self.board.set_tasks(tasks)

    def show(self, keys: Iterable[TaskKey]) -> None:
        """Say which tasks are on the screen."""
        shown = self._shown = frozenset(keys)
        for lane in self.each_lane:
            lane.show(frozenset(self._of(lane, shown)))

    def refresh(self, keys: Collection[TaskKey] | None, now: float) -> None:
        """Ask these tasks, or all that are not paused, as soon as the budget allows."""
        for lane in self.each_lane:
            mine = None if keys is None else [key for key in self._of(lane, keys) if key in self.board]
            if mine is None or mine:
                lane.refresh(mine, now)

    def set_polling(self, on: bool) -> None:
        """Stop or resume asking by schedule."""
        self._polling = on
        for lane in self.each_lane:
            lane.set_polling(on)

    def done(self, lane: Lane, send: Send, observation: Observation, now: float, jitter: float) -> list[Update | Event]:
        """Fold one answer in: the lane hears of it, the board believes, the task is planned anew.

        Gives what to tell the world, the lane's news first. `now` is monotonic seconds, `jitter` from 0 to 1.
        """
        told: list[Update | Event] = [*lane.done(send.ticket, observation, now, jitter)]
        update = self.board.apply(
            observation, gap_began=lane.gap_began, blind=lane.is_blind, undecided=lane.is_undecided(observation)
        )
        if update is None:
            return told
        lane.plan(send.key, update.state, now)
        if update.task.group and any(isinstance(event, Transition) and _is_end(event) for event in update.events):
            self._follow_end(update.task.group, now)
        return [*told, update]

    def _follow_end(self, group: str, now: float) -> None:
        """Where a second task of a group has ended, ask about the rest: a sweep would find a storm piece by piece."""
        ends = self._ends.get(group)
        if ends is None or now - ends.last > COMPANY_SECONDS:
            self._ends[group] = _Ends(now, now)
            return
        ends.last = now
        if not ends.is_followed:
            ends.is_followed = True
            rest = [key for key, task in self.board.tasks.items() if task.group == group]
            for lane in self.each_lane:
                lane.bring_up(self._of(lane, rest), ends.first, now)

    def _of(self, lane: Lane, keys: Iterable[TaskKey]) -> Iterator[TaskKey]:
        """Those of the tasks that the lane asks about."""
        return (key for key in keys if self.lanes.get(key.profile) is lane)


def _is_end(change: Transition) -> bool:
    return change.after is State.ENDED and change.severity is Severity.ALARM
