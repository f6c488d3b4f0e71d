"""Checks side by side, each in a thread of its own and within its time, so that none that hangs holds up another."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")
U = TypeVar("U")


class Level(StrEnum):
    """How bad it is. The values are the words on the screen and in JSON."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Line:
    """What one check found: `about` says of what (a host, a profile), `fix` what to do where it is not ok."""

    check: str
    level: Level
    text: str
    fix: str = ""
    about: str = ""
    is_credential: bool = False
    """Whether a fault is about a credential, which has an exit code of its own."""


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What a check found, and what those after it build on; without a `value` they are not tried."""

    lines: tuple[Line, ...]
    value: T | None = None

    @classmethod
    def of(cls, *lines: Line, value: T | None = None) -> Told[T]:
        """Such lines and such a value."""
        return cls(lines, value)


class Step(Generic[T]):
    """One check under way. `seconds` count from the beginning of the checkup; `fix` says what to do if it hangs."""

    def __init__(self, check: str, about: str, seconds: float, fix: str, after: Step[Any] | None) -> None:
        self._late = Line(check, Level.FAULT, f"no answer within {seconds:g} s", fix, about)
        self._seconds = seconds
        self._after = after
        self._future: Future[Told[T]] = Future()

    def run(self, work: Callable[[], Told[T]]) -> None:
        """Do the work; what it raises is a bug, which must not end the other checks."""
        try:
            self._future.set_result(work())
        except Exception as fault:
            log.exception("internal fault in a check")
            text = f"internal fault: {type(fault).__name__}"
            fix = "report it with the lines above"
            self._future.set_result(Told.of(Line(self._late.check, Level.FAULT, text, fix, self._late.about)))

    def told(self) -> Told[T]:
        """What it found, however long that takes; for the thread of a check after it."""
        return self._future.result()

    def wait(self, begun: float) -> Told[T]:
        """What it found, or that it did not end in time. Nothing where one that it builds on did not get so far."""
        if self._after is not None and self._after.wait(begun).value is None:
            return Told(())
        try:
            return self._future.result(max(0.0, begun + self._seconds - time.monotonic()))
        except Late:
            return Told((self._late,))


@dataclass
class Checkup:
    """All checks of one run, in the order of their lines."""

    begun: float = field(default_factory=time.monotonic)
    steps: list[Step[Any]] = field(default_factory=list)

    def begin(
        self, check: str, work: Callable[[], Told[T]], *, seconds: float, fix: str = "", about: str = ""
    ) -> Step[T]:
        """Begin a check that waits for no other."""
        return self._begin(Step(check, about, seconds, fix, None), work)

    def tell(self, line: Line) -> None:
        """Add a line that needs no looking."""
        self.begin(line.check, lambda: Told((line,)), seconds=9)

    def after(
        self,
        before: Step[U],
        check: str,
        work: Callable[[U], Told[T]],
        *,
        seconds: float,
        fix: str = "",
        about: str = "",
    ) -> Step[T]:
        """Begin a check that builds on what another finds; where that finds nothing it is not tried."""

        def then() -> Told[T]:
            value = before.told().value
            return Told(()) if value is None else work(value)

        return self._begin(Step(check, about, seconds, fix, before), then)

    def _begin(self, step: Step[T], work: Callable[[], Told[T]]) -> Step[T]:
        self.steps.append(step)
        # A call that hangs cannot be cancelled; the program ends all the same.
        threading.Thread(target=step.run, args=(work,), name="relaytui-check", daemon=True).start()
        return step

    def value(self, step: Step[T]) -> T | None:
        """What the checks after this one build on; waits for it as long as it may take."""
        return step.wait(self.begun).value

    def lines(self) -> Iterator[Line]:
        """What was found, in order, each as soon as it and those before it have ended."""
        for step in self.steps:
            yield from step.wait(self.begun).lines
