"""The journal that a Monitor writes: a thread of its own that no slow, full or damaged disk lets anybody wait for."""

from __future__ import annotations

import asyncio
import errno
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from relaytui.adapters.journal.file import DamagedFile, NewerFile, open_file, set_aside
from relaytui.adapters.journal.pending import Batch, Pending
from relaytui.adapters.journal.retention import Retention
from relaytui.adapters.journal.tables import GAP_SECONDS, Recollection, Tables
from relaytui.core.events import Event, JournalHealth, Notice, NoticeKind, NotWatching
from relaytui.core.journal_limits import JournalLimits
from relaytui.core.task import TaskKey
from relaytui.core.update import Update
from relaytui.ports import Clock, Overheard, Remembered

log = logging.getLogger(__name__)
_T = TypeVar("_T")

BATCH_SECONDS = 0.5
"""Seconds that what was recorded waits for company at most: what a kill may cost."""
CLOSE_SECONDS = 2.0
"""Seconds that the last batch may take."""
RETRY_SECONDS = 1.0
"""Seconds after which a disk that took nothing is tried again."""
PRUNE_SECONDS = 5.0
_LIMITS = JournalLimits()


class SqliteJournal:
    """A `Journal` in the file at `path`, which is opened by its thread: making one costs nothing."""

    def __init__(self, path: Path, *, clock: Clock, limits: JournalLimits = _LIMITS) -> None:
        self._path = path
        self._clock = clock
        self._limits = limits
        self._pending = Pending()
        self._batch: Batch | None = None
        self._questions: deque[tuple[list[TaskKey], Callable[[Remembered], None]]] = deque()
        self._waiting: deque[tuple[int, Callable[[bool], None]]] = deque()
        self._farewells: list[Callable[[bool], None]] = []
        self._news: deque[Event | Overheard] = deque(maxlen=100)
        self._sick: JournalHealth | None = None
        self._is_first_recall = True
        self._is_checked = False
        self._inode: int | None = None
        self._session = 0
        self._newest: int | None = None
        self._began = clock.wall()
        self._dropped = 0
        self._closing = False
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relaytui-journal", daemon=True)
        self._thread.start()

    # Called by the engine.

    def record(self, item: Update | Event) -> None:
        """Remember an answer about a task with what it brought, or an event of its own."""
        self._pending.record(item)

    def keep(self, name: str, text: str | None) -> None:
        """Remember a small text under this name; None forgets it."""
        self._pending.keep(name, text)

    def beat(self, at: float) -> None:
        """Somebody is watching at this time (Unix seconds)."""
        self._pending.beat(at)

    def news(self) -> list[Event | Overheard]:
        """What the journal has to tell since the last call."""
        told = []
        while self._news:
            told.append(self._news.popleft())
        return told

    async def written(self, seconds: float) -> bool:
        """Whether all that was recorded so far is on disk within so many seconds."""
        number = self._pending.number
        return await self._answer(lambda answer: self._waiting.append((number, answer)), seconds, late=False)

    async def recall(self, keys: Iterable[TaskKey], seconds: float) -> Remembered:
        """What is known of these tasks, if it can be read within so many seconds."""
        wanted = list(keys)
        return await self._answer(lambda answer: self._questions.append((wanted, answer)), seconds, late=Remembered())

    async def _answer(self, ask: Callable[[Callable[[_T], None]], None], seconds: float, *, late: _T) -> _T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_T] = loop.create_future()

        def settle(value: _T) -> None:
            if not future.done():
                future.set_result(value)

        def answer(value: _T) -> None:
            # The loop may have ended meanwhile, and with it whoever asked.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, value)

        ask(answer)
        self._wake.set()
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            return late

    async def aclose(self) -> None:
        """Write what is left."""
        self._closing = True
        await self._answer(self._say_farewell, CLOSE_SECONDS, late=False)

    def _say_farewell(self, answer: Callable[[bool], None]) -> None:
        self._farewells.append(answer)
        if self._ended.is_set():
            answer(True)

    # The thread.

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                with closing(open_file(self._path)) as db:
                    self._inode = self._path.stat().st_ino
                    self._serve(db)
                self._ended.set()
            except (OSError, sqlite3.Error, NewerFile, DamagedFile) as fault:
                if not _is_damage(fault) or not self._begin_anew(fault):
                    self._fall_sick(_why(fault))
            except Exception as fault:
                log.exception("internal fault in the journal")
                # What cannot be written for a bug of ours would be tried for ever.
                self._dropped += len(self._batch or ())
                self._batch = None
                self._fall_sick(f"internal fault: {type(fault).__name__}, the log has the details")
        for answer in self._farewells:
            answer(True)

    def _serve(self, db: sqlite3.Connection) -> None:
        """Write batch after batch until the end; raises what goes wrong."""
        tables = Tables(db, self._session, self._newest)
        self._newest = tables.newest
        retention = Retention(db, seconds=self._limits.seconds, size=self._limits.size)
        pruned = time.monotonic()
        while True:
            closing_now = self._closing
            self._answer_questions(tables)
            if not self._is_first_recall and not self._is_checked:
                tables.check_after_crash(self._clock.wall())
                self._is_checked = True
            if not self._is_there():
                raise FileNotFoundError(errno.ENOENT, "it was removed or replaced", str(self._path))
            self._write(tables)
            if closing_now:
                tables.end()
                return
            if time.monotonic() - pruned > PRUNE_SECONDS:
                retention.step(self._clock.wall())
                pruned = time.monotonic()
            self._wake.wait(BATCH_SECONDS)
            self._wake.clear()

    def _answer_questions(self, tables: Tables) -> None:
        while self._questions:
            keys, answer = self._questions[0]
            found = tables.recall(keys)
            remembered = Remembered(found.beliefs, tables.kept())
            self._questions.popleft()
            if self._is_first_recall:
                self._is_first_recall = False
                self._note_gap(found)
            answer(remembered)

    def _note_gap(self, found: Recollection) -> None:
        # However late the file can be read: somebody has been watching since the start.
        until = found.watched_until
        if until is not None and self._began - until > GAP_SECONDS:
            why = "relaytui was not running" if found.ended_well else "relaytui ended without a word (killed, or power)"
            self._news.append(NotWatching(self._began, until, why))

    def _write(self, tables: Tables) -> None:
        number = self._pending.number
        if self._batch is None:
            self._batch = self._pending.take()
        else:
            number = self._batch.number
        if self._batch is not None:
            tables.write(self._batch)
            self._news += map(Overheard, tables.said)
            self._batch = None
            self._session, self._newest = tables.session, tables.newest
        if self._sick is not None:
            lost = self._pending.take_lost() + self._dropped
            self._sick, self._dropped = None, 0
            self._news.append(JournalHealth(self._clock.wall(), None, lost=lost))
        for _ in range(len(self._waiting)):
            wanted, answer = self._waiting.popleft()
            if wanted <= number:
                answer(True)
            else:
                self._waiting.append((wanted, answer))
                self._wake.set()

    def _is_there(self) -> bool:
        try:
            return self._path.stat().st_ino == self._inode
        except OSError:
            return False

    def _begin_anew(self, fault: Exception) -> bool:
        """Set the damaged file aside; False where that cannot be done."""
        at = self._clock.wall()
        try:
            # Another program may have set it aside already.
            name = set_aside(self._path, at).name if self._inode is None or self._is_there() else "(by another program)"
        except OSError:
            log.warning("the damaged journal cannot be set aside", exc_info=True)
            return False
        log.warning("the journal was damaged (%s): set aside as %s", fault, name)
        self._inode = None
        self._is_checked = True
        self._start_over()
        text = f"the journal was damaged ({fault}): it is set aside as {name}, and a new one is begun"
        self._news.append(Notice(at, NoticeKind.JOURNAL, text))
        return True

    def _fall_sick(self, why: str) -> None:
        """Say that nothing is written, and wait for better times; at the end there are none."""
        if self._closing:
            self._ended.set()
        if self._sick is None:
            log.warning("the journal is not being written: %s", why)
            at = self._clock.wall()
            self._sick = JournalHealth(at, at, why)
            self._news.append(self._sick)
        while self._waiting:
            self._waiting.popleft()[1](False)
        if not self._is_there():
            # What a file held that is gone, the next one is told again.
            self._start_over()
        self._wake.wait(RETRY_SECONDS)
        self._wake.clear()

    def _start_over(self) -> None:
        self._session, self._newest = 0, None
        self._pending.begin_anew()


def _is_damage(fault: Exception) -> bool:
    if isinstance(fault, sqlite3.Error):
        return _code(fault) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(fault, DamagedFile)


def _code(fault: sqlite3.Error) -> int:
    """The primary result code: the lowest byte of the extended one."""
    return getattr(fault, "sqlite_errorcode", 0) & 0xFF


def _why(fault: Exception) -> str:
    if isinstance(fault, sqlite3.Error):
        return _REASONS.get(_code(fault), str(fault))
    if isinstance(fault, OSError):
        return f"{fault.strerror}: {fault.filename}" if fault.filename else str(fault.strerror)
    return str(fault)


_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "its file or folder is read-only",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_BUSY: "another program holds its file",
    sqlite3.SQLITE_IOERR: "the disk fails",
}
