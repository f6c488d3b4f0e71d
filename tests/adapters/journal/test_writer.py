"""The journal as the Monitor sees it: on real files, with real faults."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from relaytui.adapters.journal import file, writer
from relaytui.adapters.journal.pending import Batch
from relaytui.adapters.journal.tables import Tables
from relaytui.adapters.journal.writer import SqliteJournal
from relaytui.core.events import (
    Acknowledged,
    Event,
    JournalHealth,
    Muted,
    Notice,
    NoticeKind,
    NotWatching,
)
from relaytui.core.journal_limits import JournalLimits
from relaytui.core.task import State
from relaytui.core.transition import Transition
from relaytui.ports import Overheard, Remembered
from tests.adapters.journal.recorded import Answers, rows
from tests.core.answers import GONE, LANE, RUNNING, key
from tests.disks import fill_up, small_disk
from tests.fakes import FakeClock

SOON = 10.0
"""Seconds that a busy machine may take for what takes a moment."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def events(path: Path) -> int:
    return len(rows(path, "SELECT id FROM event"))


async def hears(journal: SqliteJournal, wanted: Callable[[Event | Overheard], bool]) -> Event | Overheard:
    """The first news that is wanted."""
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        for event in journal.news():
            if wanted(event):
                return event
        await asyncio.sleep(0.01)
    raise AssertionError("no such news")


def is_sick(event: Event | Overheard) -> bool:
    return isinstance(event, JournalHealth) and event.since is not None


def is_well(event: Event | Overheard) -> bool:
    return isinstance(event, JournalHealth) and event.since is None


async def fill(journal: SqliteJournal, answers: Answers, *outcomes: object) -> bool:
    for update in answers.updates(*outcomes):  # type: ignore[arg-type] # the tests' own outcomes
        journal.record(update)
    journal.beat(answers.clock.wall())
    return await journal.written(SOON)


async def test_what_was_recorded_is_on_disk_once_it_is_said_to_be(path: Path, clock: FakeClock) -> None:
    journal = SqliteJournal(path, clock=clock)
    answers = Answers(clock)
    assert await fill(journal, answers, RUNNING, GONE, GONE, GONE)
    assert rows(path, "SELECT kind FROM event ORDER BY id") == [("Transition",), ("Transition",)]
    await journal.aclose()
    assert journal.news() == []


async def test_what_nobody_waits_for_is_written_within_a_moment_too(path: Path, clock: FakeClock) -> None:
    journal = SqliteJournal(path, clock=clock)
    await journal.written(SOON)
    journal.record(Muted(1.0, None))
    async with asyncio.timeout(SOON):
        while True:
            if events(path) == 1:
                break
            await asyncio.sleep(0.05)
    await journal.aclose()


async def test_what_is_older_than_wanted_goes_by_itself(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PRUNE_SECONDS", 0.0)
    journal = SqliteJournal(path, clock=clock, limits=JournalLimits(days=1))
    journal.record(Muted(clock.wall() - 86_500, None))
    journal.record(Muted(clock.wall() - 86_300, None))
    assert await journal.written(SOON)
    for _ in range(2):
        journal.record(Muted(clock.wall(), None))
        assert await journal.written(SOON)
    assert events(path) == 3
    await journal.aclose()


async def test_the_end_writes_what_is_left(path: Path, clock: FakeClock) -> None:
    journal = SqliteJournal(path, clock=clock)
    await journal.written(SOON)
    for number in range(1000):
        journal.record(Muted(float(number), None))
    await journal.aclose()
    assert events(path) == 1000
    assert rows(path, "SELECT ended FROM session") == [(1,)]
    await journal.aclose()


async def test_a_later_start_recalls_beliefs_kept_texts_and_since_when_nobody_watched(
    path: Path, clock: FakeClock
) -> None:
    first, answers = SqliteJournal(path, clock=clock), Answers(clock, tasks=2)
    first.keep("acks", "[1]")
    await fill(first, answers, RUNNING)
    left_at = clock.wall()
    await first.aclose()
    clock.advance(34.0)
    second = SqliteJournal(path, clock=clock)
    found = await second.recall(answers.keys, SOON)
    assert found.beliefs == {key(0): answers.board.state(key(0))}
    assert found.kept == {"acks": "[1]"}
    gap = await hears(second, lambda event: isinstance(event, NotWatching))
    assert isinstance(gap, NotWatching)
    assert gap.since == pytest.approx(left_at, abs=0.001)
    assert gap.at == clock.wall()
    await second.recall(answers.keys, SOON)
    await second.aclose()
    assert second.news() == [], "the gap is told once"


async def test_no_gap_where_somebody_else_watches_the_same_list(path: Path, clock: FakeClock) -> None:
    first, second = SqliteJournal(path, clock=clock), SqliteJournal(path, clock=clock)
    answers = Answers(clock)
    await fill(first, answers, RUNNING)
    await second.recall(answers.keys, SOON)
    await fill(second, answers, RUNNING)
    assert [event for event in second.news() if isinstance(event, NotWatching)] == []
    await first.aclose()
    await second.aclose()


async def test_what_is_said_to_one_process_the_others_hear_and_nobody_hears_himself(
    path: Path, clock: FakeClock
) -> None:
    before = SqliteJournal(path, clock=clock)
    before.record(Acknowledged(1.0, (key(9),), "long ago"))
    await before.aclose()
    first, second = SqliteJournal(path, clock=clock), SqliteJournal(path, clock=clock)
    for journal in (first, second):
        await journal.recall([], SOON)
    said = Acknowledged(clock.wall(), (key(1), LANE), "restarting")
    first.record(Notice(1.0, NoticeKind.ALARMS, "nobody else's business"))
    first.record(said)
    assert await first.written(SOON)
    clock.advance(2.0)
    second.beat(clock.wall())
    assert await hears(second, lambda event: isinstance(event, Overheard)) == Overheard(said)
    first.beat(clock.wall())
    for journal in (first, second):
        assert await journal.written(SOON)
        await journal.aclose()
        assert journal.news() == []


async def test_what_cannot_be_read_yet_is_recalled_as_soon_as_it_can(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.05)
    first, answers = SqliteJournal(path, clock=clock), Answers(clock)
    first.keep("acks", "[1]")
    await fill(first, answers, RUNNING)
    await first.aclose()
    left_at = clock.wall()
    clock.advance(60.0)
    path.parent.rename(path.parent.with_name("away"))
    path.parent.write_text("in the way")
    second = SqliteJournal(path, clock=clock)
    recalling = asyncio.create_task(second.recall(answers.keys, SOON))
    await hears(second, is_sick)
    clock.advance(30.0)
    path.parent.unlink()
    path.parent.with_name("away").rename(path.parent)
    found = await recalling
    assert found.kept == {"acks": "[1]"}
    assert found.beliefs.keys() == {key(0)}
    gap = await hears(second, lambda event: isinstance(event, NotWatching))
    assert isinstance(gap, NotWatching)
    assert gap.since == pytest.approx(left_at, abs=0.001)
    assert gap.at == left_at + 60.0, "since then this one watches"
    await second.aclose()


async def test_two_processes_write_side_by_side(path: Path, clock: FakeClock) -> None:
    journals = [SqliteJournal(path, clock=clock) for _ in range(2)]
    for number in range(200):
        for journal in journals:
            journal.record(Muted(float(number), None))
        await asyncio.sleep(0)
    assert await asyncio.gather(*(journal.written(SOON) for journal in journals)) == [True, True]
    await asyncio.gather(*(journal.aclose() for journal in journals))
    assert events(path) == 400
    assert {type(event) for journal in journals for event in journal.news()} <= {Overheard}, "neither was in trouble"


async def test_nobody_waits_for_a_slow_disk(path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Tables.write

    def slow(tables: Tables, batch: Batch) -> None:
        time.sleep(0.5)
        write(tables, batch)

    monkeypatch.setattr(Tables, "write", slow)
    journal, answers = SqliteJournal(path, clock=clock), Answers(clock, tasks=10)
    longest = 0.0
    until = time.monotonic() + 2.0
    while time.monotonic() < until:
        (update,) = answers.updates(RUNNING)
        begun = time.monotonic()
        journal.record(update)
        journal.beat(clock.wall())
        journal.news()
        longest = max(longest, time.monotonic() - begun)
        await asyncio.sleep(0.001)
    assert longest < 0.1
    assert await journal.written(0.01) is False
    assert await journal.written(SOON)
    await journal.aclose()


# Faults.


def damage(path: Path) -> None:
    """Overwrite the page in the middle."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(content)


def write_foreign(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("what somebody else wrote " * 1000)


def execute(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(sql)
        db.commit()


def remove_all(folder: Path) -> None:
    for part in folder.iterdir():
        part.unlink()


async def test_a_full_disk_is_told_and_all_is_written_once_there_is_room(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.05)
    with small_disk(path.parent, "size=1m"):
        journal, answers = SqliteJournal(path, clock=clock), Answers(clock)
        assert await fill(journal, answers, RUNNING)
        filler = path.parent / "filler"
        fill_up(filler)
        for number in range(100):
            journal.record(Muted(float(number), None))
        assert await journal.written(1.0) is False
        told = await hears(journal, is_sick)
        assert isinstance(told, JournalHealth)
        assert told.why == "the disk is full"
        await fill(journal, answers, GONE, GONE, GONE)
        filler.unlink()
        await hears(journal, is_well)
        assert await journal.written(SOON)
        assert events(path) == 100 + 2
        assert rows(path, "SELECT count FROM belief") == [(3,)]
        await journal.aclose()


@pytest.mark.parametrize(("code", "why"), [(sqlite3.SQLITE_FULL, "the disk is full"), (sqlite3.SQLITE_BUSY, "holds")])
async def test_writes_resume_by_themselves(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, code: int, why: str
) -> None:
    """The same without a mount: SQLite's own error, as often as the test wants."""
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.05)
    write, fails = Tables.write, [True]

    def failing(tables: Tables, batch: Batch) -> None:
        if fails:
            fault = sqlite3.OperationalError("database or disk is full")
            fault.sqlite_errorcode = code
            raise fault
        write(tables, batch)

    monkeypatch.setattr(Tables, "write", failing)
    journal, answers = SqliteJournal(path, clock=clock), Answers(clock)
    assert not await fill(journal, answers, RUNNING, GONE, GONE, GONE)
    told = await hears(journal, is_sick)
    assert isinstance(told, JournalHealth)
    assert why in told.why
    for _ in range(3):
        assert not await journal.written(SOON)
    assert not any(is_sick(event) for event in journal.news()), "told once"
    fails.clear()
    await hears(journal, is_well)
    assert await journal.written(SOON)
    assert events(path) == 2
    await journal.aclose()


async def test_a_folder_that_may_not_be_written_stops_nothing(path: Path, clock: FakeClock) -> None:
    path.parent.parent.joinpath("state").write_text("a file stands in the way")
    journal = SqliteJournal(path, clock=clock)
    assert await journal.recall([key()], 0.1) == Remembered()
    told = await hears(journal, is_sick)
    assert isinstance(told, JournalHealth)
    assert "state" in told.why
    begun = time.monotonic()
    await journal.aclose()
    assert time.monotonic() - begun < writer.RETRY_SECONDS + 1


async def test_a_read_only_file_is_read_all_the_same_on_the_way_in(path: Path, clock: FakeClock) -> None:
    first, answers = SqliteJournal(path, clock=clock), Answers(clock)
    await fill(first, answers, RUNNING)
    await first.aclose()
    execute(path, "CREATE TRIGGER full BEFORE INSERT ON session BEGIN SELECT RAISE(ABORT, 'no room'); END")
    second = SqliteJournal(path, clock=clock)
    assert key(0) in (await second.recall(answers.keys, SOON)).beliefs
    second.beat(clock.wall())
    await hears(second, is_sick)
    await second.aclose()


async def test_a_file_that_is_no_journal_is_set_aside(path: Path, clock: FakeClock) -> None:
    write_foreign(path)
    journal, answers = SqliteJournal(path, clock=clock), Answers(clock)
    assert await fill(journal, answers, RUNNING)
    told = await hears(journal, lambda event: isinstance(event, Notice))
    assert isinstance(told, Notice)
    assert told.kind is NoticeKind.JOURNAL
    (aside,) = path.parent.glob("journal.db.damaged-*")
    assert aside.name in told.text
    assert aside.read_text().startswith("what somebody else wrote")
    assert events(path) == 1
    await journal.aclose()


async def test_a_damaged_page_is_found_after_a_crash_and_the_new_file_has_what_is_believed(
    path: Path, clock: FakeClock
) -> None:
    first, answers = SqliteJournal(path, clock=clock), Answers(clock)
    for number in range(2000):
        first.record(Muted(float(number), None))
    await fill(first, answers, RUNNING)
    await first.aclose()
    execute(path, "UPDATE session SET ended = 0")
    damage(path)
    clock.advance(60)
    second = SqliteJournal(path, clock=clock)
    await second.recall(answers.keys, SOON)
    assert await fill(second, answers, RUNNING)
    told = await hears(second, lambda event: isinstance(event, Notice))
    assert isinstance(told, Notice)
    assert "set aside" in told.text
    assert rows(path, "SELECT count FROM belief") == [(1,)]
    await second.aclose()


async def test_a_file_that_was_removed_is_made_anew_with_all_that_is_believed(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.05)
    journal, answers = SqliteJournal(path, clock=clock), Answers(clock, tasks=2)
    journal.keep("a", "1")
    await fill(journal, answers, RUNNING)
    remove_all(path.parent)
    await hears(journal, is_well)
    assert await journal.written(SOON)
    assert rows(path, "SELECT task_id FROM task") == [("0",)]
    assert rows(path, "SELECT * FROM kept") == [("a", "1")]
    await journal.aclose()


async def test_a_newer_file_is_left_alone(path: Path, clock: FakeClock) -> None:
    with closing(file.open_file(path)) as db:
        db.execute("PRAGMA user_version = 99")
    journal = SqliteJournal(path, clock=clock)
    told = await hears(journal, is_sick)
    assert isinstance(told, JournalHealth)
    assert "newer relaytui" in told.why
    await journal.aclose()
    assert rows(path, "PRAGMA user_version") == [(99,)]


async def test_a_bug_costs_one_batch_and_is_told(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.05)
    journal = SqliteJournal(path, clock=clock)
    await journal.written(SOON)
    journal.record(Transition(key(), 1.0, State.PENDING, "no state"))  # type: ignore[arg-type] # the bug
    journal.record(object())  # type: ignore[arg-type] # the bug
    assert not await journal.written(SOON)
    back = await hears(journal, is_well)
    assert isinstance(back, JournalHealth)
    assert back.lost == 2
    assert "internal fault" in caplog.text
    journal.record(Muted(1.0, None))
    assert await journal.written(SOON)
    await journal.aclose()
    assert events(path) == 1
