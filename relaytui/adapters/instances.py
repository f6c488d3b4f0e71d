"""Processes of one user that ask as the same account share its budget, slot by slot, through lock files.

A slot of the budget (see `Pacer`) is a file, and whoever holds its lock may send through it, so all processes together
never have more slots than the budget. The kernel gives the locks of a process back however it ends. Nothing but the
hash of SecretId and host is on the disk.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from relaytui.adapters.lock_file import is_taken, take
from relaytui.core.share import Share
from relaytui.ports import Notifier

if TYPE_CHECKING:
    # A board asks for its list's name before its first paint, and has no alarms then.
    from relaytui.core.events import Alarm, Event, Resolved

MOST_INSTANCES = 32
"""How many processes are counted; more would still have to wait for slots."""
UNQUIET_SECONDS = 2.0
"""Seconds in which the server may still count what a process that died has sent: transit and window (see `Pacer`)."""
FRESH_SECONDS = 5.0
"""Seconds since its holder last looked after which a slot is certainly quiet. Who is alive looks more often."""
STILL_SECONDS = 4.0
"""Seconds without a sign of life after which another process reaches out."""
_USED = 1
"""The length of a slot's file until the slot is given back, and nothing more is to come of what was sent through it.

Only lengths are set and nothing is written, because that works on a full disk too.
"""
_LEFT = 2
"""Its length where its holder left in order, at that moment."""


class SharedBudget:
    """One process's part of an account's `budget` (requests per second); implements `Lease`.

    `wanted` is how many slots are of use here, None for all. With more processes than slots they take turns. Where the
    folder cannot be used this process has the whole budget, and `Share.trouble` says why.
    """

    def __init__(self, folder: Path, budget: float, wanted: int | None = None) -> None:
        self._folder = folder
        self._most = wanted
        self._next_budget = budget
        self._use(budget)
        self._member: int | None = None
        self._instances = 1
        """How many processes there were when they could be counted."""
        self._held: dict[Path, _Slot] = {}
        """The slots held, the oldest first."""
        self._told = 0
        self._busy = threading.Lock()
        """A look whose caller was cancelled goes on in its thread: nothing may be taken after the end."""
        self._closed = False

    def set_budget(self, budget: float) -> None:
        """Share this budget (requests per second) from the next look on."""
        self._next_budget = budget

    def _use(self, budget: float) -> None:
        self._budget = budget
        self._slots = max(1, int(budget))
        self._wanted = min(self._slots, self._most or self._slots)

    async def look(self, taken: int) -> Share:
        """See who else is there, give away what is too much, take what is free: this process's share from now on."""
        return await asyncio.to_thread(self._look, taken)

    def close(self, taken: int) -> None:
        """Leave; what is still `taken` becomes quiet a little later, which whoever takes it next waits for."""
        with self._busy:
            self._closed = True
            for number, path in enumerate(list(self._held)):
                self._give_back(path, quiet=number >= taken)
            if self._member is not None:
                os.close(self._member)

    def _look(self, taken: int) -> Share:
        with self._busy:
            return Share(0, self._budget) if self._closed else self._look_around(taken)

    def _look_around(self, taken: int) -> Share:
        self._use(self._next_budget)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._instances = self._count()
            fair = self._fair(self._instances)
            # What was told last time is what may have been taken since.
            for path in list(self._held)[max(fair, self._told, taken) :]:
                self._give_back(path, quiet=True)
            for path in self._held:
                os.utime(path)
            self._take(fair)
        except OSError as error:
            # Only who knows of no others goes on as if there were none.
            self._told = self._wanted if self._instances == 1 else self._told
            return Share(self._told_budget, self._budget, trouble=error.strerror or str(error))
        now = time.monotonic()
        self._told = min(fair, sum(slot.usable_from <= now for slot in self._held.values()))
        is_settled = self._told == fair == len(self._held)
        return Share(self._told_budget, self._budget, self._instances, is_settled=is_settled)

    @property
    def _told_budget(self) -> float:
        return self._budget if self._told == self._slots else float(self._told)

    def _count(self) -> int:
        """How many processes there are, this one included."""
        members = [self._folder / f"member-{number:02}" for number in range(MOST_INSTANCES)]
        if self._member is None:
            self._member = next((number for path in members if (number := take(path)) is not None), None)
        return sum(map(is_taken, members)) + (self._member is None)

    def _fair(self, instances: int) -> int:
        """How many slots to hold. Where there are too few, whoever has one makes room and whoever has none takes it."""
        fair = self._slots // instances
        return min(fair, self._wanted) if fair else int(not self._held)

    def _take(self, count: int) -> None:
        paths = [self._folder / f"slot-{number:02}" for number in range(self._slots)]
        # The quietest first: one `relaytui check` after another need not wait for what the last one sent.
        for path in sorted(paths, key=_used_at):
            if len(self._held) >= count:
                return
            if path not in self._held and (file := take(path)) is not None:
                self._held[path] = _Slot(file, time.monotonic() + _unquiet_seconds(file))
                os.truncate(file, 0)
                os.truncate(file, _USED)

    def _give_back(self, path: Path, *, quiet: bool) -> None:
        slot = self._held.pop(path)
        try:
            if quiet and slot.usable_from <= time.monotonic():
                os.truncate(slot.file, 0)
            elif slot.usable_from <= time.monotonic():
                os.truncate(slot.file, _LEFT)
        finally:
            os.close(slot.file)


class _Slot(NamedTuple):
    file: int
    usable_from: float
    """Monotonic seconds."""


def _unquiet_seconds(file: int) -> float:
    """How long what was sent through it may still count; of a slot that was left in order it is known since when."""
    found = os.fstat(file)
    age = abs(time.time() - found.st_mtime)
    if found.st_size == 0 or age > FRESH_SECONDS:
        return 0.0
    return UNQUIET_SECONDS if found.st_size == _USED else max(0.0, UNQUIET_SECONDS - age)


def _used_at(path: Path) -> float:
    """When a slot, which somebody else may hold, was used (Unix seconds); 0 where it looks quiet."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0.0
    return found.st_mtime if found.st_size else 0.0


class AlarmTurn:
    """Which one of the processes that watch the same list reaches out: whoever holds the lock of a file.

    The kernel gives it back when its holder dies. One that stands still, suspended or worse, is deposed: it shows signs
    of life at each call, and where none has come for `STILL_SECONDS` another process puts a file of its own there.
    With `unless` it is never this process as long as that other turn is anybody's.
    """

    def __init__(self, path: Path, *, unless: AlarmTurn | None = None) -> None:
        self._path = path
        self._unless = unless
        self._file: int | None = None
        self._sign: tuple[int, float] | None = None
        """The last sign of life of the holder, and when it was first seen (monotonic seconds)."""

    def may_alarm(self) -> bool:
        """Whether it is this process; where no lock can be had it is, because two alarms are better than none."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._unless is not None and self._unless.is_anybodys():
                self.close()
                return False
            if self._file is not None and not self._is_there(self._file):
                self.close()
            if self._file is None:
                self._file = take(self._path)
            if self._file is None and self._stands_still():
                self._path.unlink(missing_ok=True)
                self._file = take(self._path)
            if self._file is not None:
                os.utime(self._path)
        except OSError:
            return True
        return self._file is not None

    def is_anybodys(self) -> bool:
        """Whether a process holds it that shows signs of life."""
        return is_taken(self._path) and not self._stands_still()

    def _is_there(self, file: int) -> bool:
        """Whether it is still this file whose lock counts."""
        try:
            return self._path.stat().st_ino == os.fstat(file).st_ino
        except FileNotFoundError:
            return False

    def _stands_still(self) -> bool:
        now, sign = time.monotonic(), self._path.stat().st_mtime_ns
        if self._sign is None or self._sign[0] != sign:
            self._sign = sign, now
        return now - self._sign[1] > STILL_SECONDS

    def close(self) -> None:
        """Let another one."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class InTurn:
    """Carries alarms where it is this process's turn; implements `Notifier` with another one.

    Whose turn it has become is to deliver what the last one left: see `resume`.
    """

    def __init__(self, notifier: Notifier, turn: AlarmTurn) -> None:
        self._notifier = notifier
        self._turn = turn
        # Whoever comes first has the turn, and not whoever is quicker at the first alarm.
        turn.may_alarm()

    def is_on_turn(self) -> bool:
        """Whether it is this process's turn; that of a process that has died is taken at once."""
        return self._turn.may_alarm()

    def send(self, alarm: Alarm) -> None:
        """Deliver an alarm, in a while, or leave it to the process whose turn it is."""
        if self.is_on_turn():
            self._notifier.send(alarm)

    def resolve(self, resolved: Resolved) -> None:
        """Deliver the end of an alarm, or leave it to the process whose turn it is."""
        if self.is_on_turn():
            self._notifier.resolve(resolved)

    def resume(self, kept: Mapping[str, str]) -> None:
        """Deliver what an earlier run did not, or the process whose turn it was."""
        if self.is_on_turn():
            self._notifier.resume(kept)

    def news(self) -> list[Event]:
        """What there is to tell of deliveries since the last call."""
        return self._notifier.news()

    async def aclose(self) -> None:
        """Give up what is under way, and the turn."""
        await self._notifier.aclose()
        self._turn.close()
