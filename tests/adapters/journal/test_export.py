from __future__ import annotations

import stat
from contextlib import closing
from pathlib import Path

import pytest

from relaytui.adapters.journal.export import Exported, export
from relaytui.adapters.journal.file import open_file
from relaytui.adapters.journal.pending import Pending
from relaytui.adapters.journal.reader import Reader, Unreadable, reading
from relaytui.adapters.journal.tables import Tables
from relaytui.core.lane_view import LaneView
from relaytui.core.replay import Recording, Replay
from relaytui.core.task import State
from relaytui.core.update import Update
from tests.adapters.journal.recorded import Answers
from tests.core.answers import GONE, QUERY_FAILED, RUNNING, key
from tests.fakes import FakeClock

BEGIN = FakeClock().wall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Task 0 runs from second 60 on and ends at 600 (and is asked each minute); task 1 ran long before."""
    path, clock = tmp_path / "journal.db", FakeClock()
    taken, answers = Pending(), Answers(clock, tasks=2, step=60.0)
    for update in answers.updates(*[RUNNING] * 7, QUERY_FAILED, GONE, GONE, GONE, GONE):
        taken.record(update)
    clock.advance(-86_400)
    for update in answers.updates(RUNNING, task=1):
        taken.record(update)
    batch = taken.take()
    assert batch is not None
    with closing(open_file(path)) as db:
        Tables(db).write(batch)
    return path


def recording(path: Path, since: float, until: float) -> Recording:
    with reading(path) as journal:
        assert isinstance(journal, Reader)
        return journal.recording(since, until)


def test_a_recording_replays_what_was(path: Path) -> None:
    found = recording(path, BEGIN + 300, BEGIN + 900)
    assert [task.key for task in found.tasks] == [key(0)]
    replay = Replay(found)
    states = []
    update: Update | LaneView
    for second in (300, 420, 480, 540, 660):
        (update,) = replay.seek(BEGIN + second)
        assert isinstance(update, Update)
        states.append((update.state.state, update.state.trouble.failures, update.state.doubt.streak))
    assert states == [
        (State.RUNNING, 0, 0),
        (State.RUNNING, 0, 0),
        (State.RUNNING, 1, 0),
        (State.RUNNING, 0, 1),
        (State.ENDED, 0, 0),
    ]
    assert isinstance(update, Update)
    assert update.task.label == "cam 0"


def test_an_exported_file_replays_the_same(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "incident.db"
    assert export(path, target, BEGIN + 300, BEGIN + 900) == Exported(tasks=1, events=3)
    assert [part.name for part in tmp_path.iterdir() if part.name.startswith("incident")] == ["incident.db"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with reading(target) as journal:
        assert isinstance(journal, Reader)
        assert journal.span() == (BEGIN + 300, BEGIN + 900)
        assert journal.recording(BEGIN + 300, BEGIN + 900) == recording(path, BEGIN + 300, BEGIN + 900)
    with reading(path) as journal:
        assert isinstance(journal, Reader)
        assert journal.span() is None


def test_no_file_is_written_over_and_none_is_left_half(path: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_text("precious")
    refused = export(path, there, BEGIN, BEGIN + 1)
    assert isinstance(refused, Unreadable)
    assert "already" in refused.reason
    assert there.read_text() == "precious"
    refused = export(tmp_path / "none.db", tmp_path / "new.db", BEGIN, BEGIN + 1)
    assert isinstance(refused, Unreadable)
    assert not (tmp_path / "new.db").exists()
    bad = tmp_path / "bad.db"
    bad.write_text("no database " * 1000)
    assert isinstance(export(bad, tmp_path / "new.db", BEGIN, BEGIN + 1), Unreadable)
    assert not (tmp_path / "new.db").exists()
