"""Every watched task with what we believe of it; the only place where an observation becomes a change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from relaytui.core.belief import believe, calm, recalled
from relaytui.core.events import Notice, NoticeKind
from relaytui.core.observation import Observation
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState, Thresholds
from relaytui.core.update import Update

_UNASKED = TaskState()


class Board:
    """The beliefs about all watched tasks, in list order."""

    def __init__(self, tasks: Iterable[WatchedTask], thresholds: Thresholds | None = None) -> None:
        self.thresholds = thresholds or Thresholds()
        self._tasks: dict[TaskKey, WatchedTask] = {task.key: task for task in tasks}
        self._states: dict[TaskKey, TaskState] = dict.fromkeys(self._tasks, TaskState())

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, key: TaskKey) -> bool:
        return key in self._tasks

    def __iter__(self) -> Iterator[Update]:
        for key, task in self._tasks.items():
            yield Update(task, self._states[key])

    @property
    def tasks(self) -> Mapping[TaskKey, WatchedTask]:
        """The watched tasks by key, in list order."""
        return self._tasks

    def state(self, key: TaskKey) -> TaskState:
        """What we believe of the task with this key; KeyError where it is not watched."""
        return self._states[key]

    def add(self, task: WatchedTask) -> None:
        """Watch a task, or take over its new label, note or expected end; what is believed of it stays."""
        self._tasks[task.key] = task
        self._states.setdefault(task.key, TaskState())

    def remove(self, key: TaskKey) -> None:
        """Stop watching a task; nothing happens where it is not watched."""
        self._tasks.pop(key, None)
        self._states.pop(key, None)

    def set_tasks(self, tasks: Iterable[WatchedTask]) -> None:
        """Watch these tasks, in this order, and no others; what is believed of those that stay stays."""
        self._tasks = {task.key: task for task in tasks}
        self._states = {key: self._states.get(key) or self._begun(task) for key, task in self._tasks.items()}

    def _begun(self, task: WatchedTask) -> TaskState:
        """What is believed of a task at first: nothing, but that the one it replaces has changed as it has."""
        before = task.key._replace(task_id="".join(task.replaces[:1]))
        earlier = self._states.get(before)
        return TaskState(changes=earlier.changes_of(before)) if earlier else _UNASKED

    def recall(self, beliefs: Mapping[TaskKey, TaskState], wall: float, moment: float) -> list[Update]:
        """Take over what an earlier run believed of tasks; their news.

        `wall` (Unix seconds) and `moment` (monotonic seconds) are now. Tasks may have been asked meanwhile: what was
        not found, and was known before, is believed as then until it is asked again; what runs has run for longer.
        """
        updates = []
        for key, belief in beliefs.items():
            now, state = self._states.get(key), recalled(belief, wall, moment)
            if now is None or state == _UNASKED:
                continue
            if now.state is state.state is State.RUNNING and not now.doubt.is_recalled:
                if now.since is None or state.since is None or state.since >= now.since:
                    continue
                state = replace(now, since=state.since, since_at=state.since_at, changes=state.changes)
            elif now != _UNASKED and (now.state is not State.NOT_FOUND or now.has_run):
                continue
            self._states[key] = state
            updates.append(Update(self._tasks[key], state))
        return updates

    def inherit(self, other: Board) -> None:
        """Take over what another board believed of the tasks that are on both."""
        for key in self._states.keys() & other._states.keys():
            self._states[key] = other._states[key]

    def apply(
        self,
        observation: Observation,
        *,
        gap_began: float | None = None,
        blind: bool = False,
        undecided: bool = False,
    ) -> Update | None:
        """Fold one observation in; None where its task is no longer watched.

        `gap_began` is the last good answer (monotonic seconds) before the lane's newest blindness that is over: a task
        not seen since then changed at a time when nobody could see. `blind` says that the lane is blind now,
        `undecided` that nobody knows yet whether a denial is about this task or about all.
        """
        task = self._tasks.get(observation.key)
        if task is None:
            return None
        before = self._states[observation.key]
        after_gap = gap_began is not None and before.seen is not None and before.seen <= gap_began
        calmed = calm(before, observation.moment, self.thresholds)
        after, events = believe(
            calmed, task, observation, self.thresholds, after_gap=after_gap, blind=blind, undecided=undecided
        )
        if before.trouble.flapping and not after.trouble.flapping:
            events.append(Notice(observation.at, NoticeKind.CALM, "no longer flapping", observation.key))
        self._states[observation.key] = after
        return Update(task, after, tuple(events))

    def counts(self) -> Counter[State]:
        """How many tasks are in each state; nobody knows the state of a paused one."""
        return Counter(self._states[key].state for key, task in self._tasks.items() if not task.paused)
