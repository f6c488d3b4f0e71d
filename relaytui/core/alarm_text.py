"""How an alarm, and its end, says what it is about, in one line that a phone can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from relaytui.core.alarm_memory import OpenAlarm, Wrong
from relaytui.core.alarm_view import Subject
from relaytui.core.board import Board
from relaytui.core.events import Alarm, AlarmKind, Blinded, Resolved
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.core.text import plain

_WORDS = {
    AlarmKind.ENDED: "ended",
    AlarmKind.OVERDUE: "is still running past its expected end",
    AlarmKind.REJECTED: "is refused by the API",
    AlarmKind.FLAPPING: "keeps ending and coming back",
}


def alarm_message(
    alarm: OpenAlarm, wrongs: Mapping[Subject, Wrong], board: Board, blinded: Mapping[LaneKey, Blinded], at: float
) -> Alarm:
    """The alarm about what is wrong with one lane, one task or, as a storm, several; `at` is Unix seconds."""
    since = min(wrong.since for wrong in wrongs.values())
    tasks = tuple(board.tasks[subject] for subject in wrongs if isinstance(subject, TaskKey))
    lane = next((subject for subject in wrongs if isinstance(subject, LaneKey)), None)
    if lane is not None:
        kind, text = AlarmKind.BLIND, _blind_text(blinded[lane], at - since)
    elif len(tasks) > 1:
        whats = [wrong.what for wrong in wrongs.values()]
        kind, text = AlarmKind.STORM, _storm_text(whats, alarm.factor, alarm.among)
    else:
        changes = board.state(tasks[0].key).changes
        kind = AlarmKind(wrongs[tasks[0].key].what)
        text = _task_text(tasks[0], kind, while_blind=bool(changes and changes[0].while_blind))
    if alarm.repeat and lane is None:
        text = _again_text(text, at - since)
    return Alarm(alarm.id, at, kind, text, since, tasks, lane, alarm.factor, alarm.repeat)


def resolved_message(
    alarm: str, subjects: Collection[Subject], wrongs: Mapping[Subject, Wrong], board: Board, at: float
) -> Resolved:
    """That the alarm with this id about these subjects is over; `wrongs` is all that is wrong now."""

    def fate(subject: Subject) -> str:
        if subject in wrongs and wrongs[subject].is_alarming:
            return "in another alarm now"
        if isinstance(subject, LaneKey):
            return "seeing again"
        if subject not in board:
            return "no longer watched"
        return "paused" if board.tasks[subject].paused else board.state(subject).state.word

    tasks = tuple(board.tasks.get(key, WatchedTask(key)) for key in subjects if isinstance(key, TaskKey))
    lane = next((subject for subject in subjects if isinstance(subject, LaneKey)), None)
    text = _resolved_text(tasks[0].name if tasks else str(lane), [*map(fate, subjects)])
    return Resolved(at, alarm, text, tasks, lane)


def _task_text(task: WatchedTask, kind: AlarmKind, *, while_blind: bool) -> str:
    """The alarm about one task."""
    unseen = " while nobody could see" if while_blind else ""
    where = f"SdkAppId {task.key.sdk_app_id}, {plain(task.key.region)}"
    return f"{plain(task.name)} {_WORDS[kind]}{unseen} ({where})"


def _storm_text(whats: Sequence[str], factor: str, among: int) -> str:
    """The alarm about many tasks: an AlarmKind's value for each, and how many are watched of what they share."""
    counts = Counter(whats)
    tasks = f"{len(whats)} of {among} tasks of {factor}" if factor else f"{len(whats)} tasks"
    if len(counts) == 1:
        return f"{tasks} {whats[0]}"
    return f"{tasks}: " + ", ".join(f"{count} {what}" for what, count in counts.most_common())


def _blind_text(blinded: Blinded, seconds: float) -> str:
    """The alarm about a lane that has been blind for so many seconds."""
    cause = blinded.cause
    code = f" {plain(cause.code)}" if cause.code not in ("", cause.kind.value) else ""
    return f"watcher blind for {seconds:.0f} s: {plain(str(blinded.lane))}: {cause.kind.value}{code}. {cause.advice}"


def _resolved_text(name: str, fates: Sequence[str]) -> str:
    """That an alarm is over; `name` is that of its only subject, `fates` what became of each."""
    if len(fates) == 1:
        return f"resolved: {plain(name)} is {fates[0]}"
    counts = Counter(fates)
    return f"resolved: {len(fates)} tasks: " + ", ".join(f"{count} {fate}" for fate, count in counts.most_common())


def _again_text(text: str, seconds: float) -> str:
    """The same alarm after so many seconds in which nobody acknowledged it."""
    return f"{text}, {max(1, round(seconds / 60))} min ago, nobody has acknowledged it"
