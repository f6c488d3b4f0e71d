"""Plays a replay as the engine would tell the present: a clock, a stream of news, and commands that ask nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from relaytui.core.alarm_view import Subject
from relaytui.core.events import Event
from relaytui.core.lane_view import LaneView
from relaytui.core.replay import Replay
from relaytui.core.task import TaskKey
from relaytui.core.update import Update

SPEEDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)
"""Seconds of the past in one second; other speeds can be given at the start."""


class Player:
    """Moves a replay from where it stands; whatever is seen on the way goes to `put`."""

    def __init__(self, replay: Replay, *, speed: float, put: Callable[[Update | LaneView | Event], object]) -> None:
        self.replay = replay
        self.begin = replay.at
        """Where it begins, also when it begins again (Unix seconds)."""
        self.speed = speed
        self.playing = True
        self._put = put

    def wall(self) -> float:
        """Where the replay stands (Unix seconds)."""
        return self.replay.at

    def monotonic(self) -> float:
        """The same: moments are Unix seconds here."""
        return self.replay.at

    @property
    def is_at_end(self) -> bool:
        """Whether there is nothing left to play."""
        return self.replay.at >= self.replay.recording.end

    def play(self, seconds: float) -> None:
        """Let so much time pass, if it does pass."""
        if self.playing and not self.is_at_end:
            self._tell(self.replay.advance(seconds * self.speed))

    def jump(self, at: float) -> None:
        """Stand at this moment (Unix seconds), and tell anew what had happened until then."""
        self._tell(self.replay.seek(at))
        self._tell(self.replay.recent())

    def step(self, direction: int) -> bool:
        """Stop at the next change, or with -1 at the one before; False where there is none."""
        at = self.replay.step(direction)
        if at is None:
            return False
        self.playing = False
        if direction > 0:
            self._tell(self.replay.advance(at - self.replay.at))
        else:
            self.jump(at)
        return True

    def change_speed(self, direction: int) -> None:
        """Faster, or with -1 slower."""
        wanted = [speed for speed in SPEEDS if (speed > self.speed if direction > 0 else speed < self.speed)]
        self.speed = (wanted[0] if direction > 0 else wanted[-1]) if wanted else self.speed

    def _tell(self, items: Iterable[Update | LaneView | Event]) -> None:
        for item in items:
            self._put(item)

    # Commands: nobody is asked about the past, and nobody can be told to be quiet about it.

    def refresh(self, keys: Iterable[TaskKey] | None = None) -> None:
        """Nothing."""

    def show(self, keys: Iterable[TaskKey]) -> None:
        """Nothing."""

    def set_polling(self, on: bool) -> None:
        """Let the past go on, or stand still."""
        self.playing = on

    def set_interval(self, seconds: float) -> None:
        """Nothing."""

    def set_budget(self, profile: str, budget: float) -> None:
        """Nothing."""

    def look_up(self, key: TaskKey) -> None:
        """Nothing."""

    def acknowledge(self, subjects: Iterable[Subject], reason: str = "") -> None:
        """Nothing."""

    def snooze(self, subjects: Iterable[Subject], until: float | None) -> None:
        """Nothing."""

    def mute(self, until: float | None) -> None:
        """Nothing."""
