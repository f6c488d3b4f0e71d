"""What the screen may ask of the engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from relaytui.core.alarm_view import Subject
from relaytui.core.task import TaskKey


class Commands(Protocol):
    """What the screen may ask of the engine; every call returns at once and may come from any thread."""

    def refresh(self, keys: Iterable[TaskKey] | None = None) -> None:
        """Ask these tasks (all, where None) as soon as the budget allows."""
        ...

    def show(self, keys: Iterable[TaskKey]) -> None:
        """Say which rows are on the screen, so that they are asked before the others."""
        ...

    def set_polling(self, on: bool) -> None:
        """Stop or resume polling."""
        ...

    def set_interval(self, seconds: float) -> None:
        """Ask running tasks every so many seconds, the other classes in proportion."""
        ...

    def set_budget(self, profile: str, budget: float) -> None:
        """Send at most so many requests per second as this profile's account, all processes together."""
        ...

    def look_up(self, key: TaskKey) -> None:
        """Ask about one task now, watched or not, before all others; the answer comes in `Drained.answers`."""
        ...

    def acknowledge(self, subjects: Iterable[Subject], reason: str = "") -> None:
        """Be quiet about those of these that are wrong until they are right again."""
        ...

    def snooze(self, subjects: Iterable[Subject], until: float | None) -> None:
        """Be quiet about these until a time (Unix seconds), or with None until something about them changes."""
        ...

    def mute(self, until: float | None) -> None:
        """Let no alarm reach anybody until a time (Unix seconds), or with None let them again."""
        ...
