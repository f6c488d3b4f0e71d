from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from relaytui.adapters.private_file import write_private


def test_a_file_is_whole_and_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_private(path, "ü\n")
    assert path.read_bytes() == "ü\n".encode()
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_private(path, "old")

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private(path, "new")
    assert path.read_text() == "old"
    assert [*tmp_path.glob("*file*"), *tmp_path.glob(".*file*")] == [path]


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "dotfiles" / "file")
    write_private(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "dotfiles" / "file").read_text() == "new"
