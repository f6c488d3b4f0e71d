"""What was said of tasks that are not known to be wrong here: on another board, or before they went off the list."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from relaytui.core.alarm_memory import Wrong
from relaytui.core.task import TaskKey
from relaytui.core.task_state import TaskState

HEARSAY_SECONDS = 900.0
"""Seconds for which what was said elsewhere holds for a task that is not seen to be wrong here yet."""


class Hearsay:
    """Times are Unix seconds. Where an alarm's id is given back, that alarm is not about the task any more."""

    def __init__(self) -> None:
        self._elsewhere: dict[TaskKey, Wrong] = {}
        """What others know; `since` is as of when."""
        self._former: dict[TaskKey, Wrong] = {}
        self._snoozed: dict[TaskKey, float] = {}

    def leave(self, key: TaskKey, wrong: Wrong | None, snoozed_until: float | None) -> None:
        """The task goes off the list: whoever undoes that takes back no more than that."""
        self._elsewhere.pop(key, None)
        if wrong is not None and wrong.acknowledged_at is not None:
            self._former[key] = wrong
        if snoozed_until is not None:
            self._snoozed[key] = snoozed_until

    def come_back(self, watched: Collection[TaskKey]) -> Iterator[tuple[TaskKey, float]]:
        """Those of the watched tasks that were snoozed when they went off the list, and until when."""
        for key in [key for key in self._snoozed if key in watched]:
            yield key, self._snoozed.pop(key)

    def foresee(self, key: TaskKey, theirs: Wrong, state: TaskState) -> str:
        """Note what is known elsewhere of a task that is not wrong here, unless it was seen to be right since."""
        if _is_right_since(state, theirs.since):
            return theirs.alarm
        self._elsewhere[key] = theirs
        return ""

    def see_right(self, key: TaskKey, state: TaskState) -> str:
        """The task is not wrong: beyond doubt, what was said of it is over."""
        if not _is_doubtful(state):
            self._former.pop(key, None)
        theirs = self._elsewhere.get(key)
        if theirs is None or not _is_right_since(state, theirs.since):
            return ""
        del self._elsewhere[key]
        return theirs.alarm

    def see_wrong(self, key: TaskKey, wrong: Wrong, state: TaskState, at: float) -> str:
        """The task is wrong as it is now: complete `wrong` with what was said of the same."""
        former = self._former.get(key)
        if former is not None and (former.what, former.since) == (wrong.what, wrong.since):
            wrong.alarm, wrong.acknowledged_at, wrong.reason = former.alarm, former.acknowledged_at, former.reason
        theirs = self._elsewhere.pop(key, None)
        if theirs is None:
            return ""
        is_unseen = bool(state.changes and state.changes[0].while_blind)
        if is_unseen or at - theirs.since > HEARSAY_SECONDS:
            # Nobody here knows whether it ran meanwhile.
            return theirs.alarm
        wrong.alarm = wrong.alarm or theirs.alarm
        wrong.acknowledged_at, wrong.reason = theirs.acknowledged_at, theirs.reason
        return ""

    @property
    def alarms(self) -> set[str]:
        """The ids of the alarms of others that may be about tasks here."""
        return {theirs.alarm for theirs in self._elsewhere.values()}


def _is_doubtful(state: TaskState) -> bool:
    return state.doubt.streak > 0 or state.trouble.refusals > 0


def _is_right_since(state: TaskState, at: float) -> bool:
    """Whether a task that is not wrong was seen to be so after this time, beyond doubt."""
    return not _is_doubtful(state) and state.seen_at is not None and state.seen_at > at
