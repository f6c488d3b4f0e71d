"""`relaytui record export` and what `relaytui replay` reads of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from relaytui.cli import main
from relaytui.commands.options import Refusal
from relaytui.commands.replay import read_recording
from relaytui.core.replay import Recording
from relaytui.simulator.server import SimulatorThread


@pytest.fixture
def watched(simulator: SimulatorThread) -> None:
    assert main(["watch", "running", "unknown", "--for", "1"]) == 0


@pytest.mark.usefixtures("watched")
def test_a_stretch_of_the_journal_goes_into_a_file_and_comes_out_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "incident.relay")
    assert main(["record", "export", file, "--from", "10m"]) == 0
    assert "2 tasks" in capsys.readouterr().err
    kept = read_recording(file, None, None)
    live = read_recording(None, "10m", None)
    assert isinstance(kept, Recording)
    assert isinstance(live, Recording)
    assert kept.runs == live.runs
    assert list(kept.events) == list(live.events)
    assert 599 < kept.end - kept.begin < 601
    assert main(["record", "export", file]) == 2
    assert "already" in capsys.readouterr().err


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        ("yesterday", None, "--from 'yesterday'"),
        ("1h", "noon", "--to 'noon'"),
        ("1h", "2h", "--from is not before --to"),
        ("3h", "2h", "nobody watched anything"),
    ],
)
def test_a_time_that_cannot_be_shown_is_refused(since: str, until: str | None, told: str) -> None:
    refused = read_recording(None, since, until)
    assert isinstance(refused, Refusal)
    assert told in refused.line


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    for name in ("none.db", "text.db"):
        (tmp_path / "text.db").write_text("no database " * 1000)
        assert isinstance(read_recording(str(tmp_path / name), None, None), Refusal)


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "1e9", "nan"])
def test_a_speed_must_be_one(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", f"--speed={speed}"]) == 2
    assert "--speed" in capsys.readouterr().err


def test_without_a_terminal_it_points_to_history(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay"]) == 2
    assert "relaytui history" in capsys.readouterr().err
