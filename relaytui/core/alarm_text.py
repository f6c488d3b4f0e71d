"""How an alarm says what is wrong, in one line that a phone can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from relaytui.core.events import AlarmKind, Blinded
from relaytui.core.task import WatchedTask
from relaytui.core.text import plain

_WORDS = {
    AlarmKind.ENDED: "ended",
    AlarmKind.OVERDUE: "is still running past its expected end",
    AlarmKind.REJECTED: "is refused by the API",
    AlarmKind.FLAPPING: "keeps ending and coming back",
}


def task_text(task: WatchedTask, kind: AlarmKind, *, while_blind: bool) -> str:
    """The alarm about one task."""
    unseen = " while nobody could see" if while_blind else ""
    where = f"SdkAppId {task.key.sdk_app_id}, {plain(task.key.region)}"
    return f"{plain(task.name)} {_WORDS[kind]}{unseen} ({where})"


def storm_text(whats: Sequence[str], factor: str, among: int) -> str:
    """The alarm about many tasks: an AlarmKind's value for each, and how many are watched of what they share."""
    counts = Counter(whats)
    tasks = f"{len(whats)} of {among} tasks of {factor}" if factor else f"{len(whats)} tasks"
    if len(counts) == 1:
        return f"{tasks} {whats[0]}"
    return f"{tasks}: " + ", ".join(f"{count} {what}" for what, count in counts.most_common())


def blind_text(blinded: Blinded, seconds: float) -> str:
    """The alarm about a lane that has been blind for so many seconds."""
    cause = blinded.cause
    code = f" {plain(cause.code)}" if cause.code not in ("", cause.kind.value) else ""
    return f"watcher blind for {seconds:.0f} s: {plain(str(blinded.lane))}: {cause.kind.value}{code}. {cause.advice}"


def resolved_text(name: str, fates: Sequence[str]) -> str:
    """That an alarm is over; `name` is that of its only subject, `fates` what became of each."""
    if len(fates) == 1:
        return f"resolved: {plain(name)} is {fates[0]}"
    counts = Counter(fates)
    return f"resolved: {len(fates)} tasks: " + ", ".join(f"{count} {fate}" for fate, count in counts.most_common())


def again_text(text: str, seconds: float) -> str:
    """The same alarm after so many seconds in which nobody acknowledged it."""
    return f"{text}, {max(1, round(seconds / 60))} min ago, nobody has acknowledged it"
