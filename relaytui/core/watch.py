"""The lanes and the board together: what to ask next, and what an answer means. No I/O, no clock, no loop."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from relaytui.core.board import Board
from relaytui.core.events import Blinded, Event
from relaytui.core.observation import Observation
from relaytui.core.schedule import Lane, Send
from relaytui.core.task import LaneKey, State, TaskKey, WatchedTask
from relaytui.core.update import Update


class Watch:
    """One board polled by several lanes; a task belongs to the lane of its profile, which several may share."""

    def __init__(self, board: Board, lanes: Iterable[Lane], now: float) -> None:
        self.board = board
        self.lanes = {profile: lane for lane in lanes for profile in lane.key.profiles}
        """The lanes by profile name."""
        self._shown: frozenset[TaskKey] = frozenset()
        self._polling = True
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
        update = self.board.apply(observation, gap_began=lane.gap_began, blind=lane.is_blind)
        if update is None:
            return told
        lane.plan(send.key, update.state, now)
        return [*told, update]

    def _of(self, lane: Lane, keys: Iterable[TaskKey]) -> Iterator[TaskKey]:
        """Those of the tasks that the lane asks about."""
        return (key for key in keys if self.lanes.get(key.profile) is lane)
