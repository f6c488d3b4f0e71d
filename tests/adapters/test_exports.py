"""Files for a person: new, whole, and nobody else's."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from relaytui.adapters.exports import NewFiles
from relaytui.ports import NotKept


def test_a_file_is_its_owners_alone_and_nothing_is_overwritten(tmp_path: Path) -> None:
    files = NewFiles(tmp_path)
    first, second = files.save("board", ".csv", "a\nb\n"), files.save("board", ".csv", "c\n")
    assert (first, second) == (str(tmp_path / "board.csv"), str(tmp_path / "board-2.csv"))
    assert (tmp_path / "board.csv").read_bytes() == b"a\nb\n"
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "board.csv").stat().st_mode) == 0o600


def test_a_link_that_somebody_laid_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    try:
        (tmp_path / "board.txt").symlink_to(victim)
    except OSError:
        pytest.skip("no symbolic links here")
    assert NewFiles(tmp_path).save("board", ".txt", "text") == str(tmp_path / "board-2.txt")
    assert victim.read_text() == "mine"


def test_where_the_first_folder_cannot_be_the_next_one_is_made(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    saved = NewFiles(blocked / "sub", tmp_path / "state" / "relaytui").save("board", ".json", "[]")
    assert saved == str(tmp_path / "state" / "relaytui" / "board.json")


def test_where_nothing_can_be_written_it_says_why(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    refused = NewFiles(blocked / "sub").save("board", ".json", "[]")
    assert isinstance(refused, NotKept)
    assert str(blocked) in refused.reason


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only where there is a device that is always full")  # noqa: PTH110 - no file
def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def full(path: Path, flags: int, mode: int) -> int:
        os.close(real(path, flags, mode))
        return real("/dev/full", os.O_WRONLY)

    monkeypatch.setattr(os, "open", full)
    refused = NewFiles(tmp_path).save("board", ".txt", "text")
    assert isinstance(refused, NotKept)
    assert "No space left" in refused.reason
    assert list(tmp_path.glob("board*")) == []
