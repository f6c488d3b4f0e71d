"""A lock has one holder, who may be asked for, and who gives it back by closing."""

from __future__ import annotations

import errno
import os
import runpy
import sys
from pathlib import Path

import pytest

from relaytui.adapters import lock_file
from relaytui.adapters.lock_file import is_taken, take


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_taken(path)
    assert not path.exists(), "asking makes no file"
    file = take(path)
    assert file is not None
    assert take(path) is None
    assert is_taken(path)
    os.close(file)
    assert not is_taken(path)
    again = take(path)
    assert again is not None
    os.close(again)


def test_trouble_is_not_taken_for_another_holder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        take(tmp_path / "no folder" / "lock")


class Msvcrt:
    """Locks of bytes as Windows has them: of an open file, refused to every other one, gone with it."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self._holders: dict[int, int] = {}

    def locking(self, number: int, mode: int, length: int) -> None:
        assert (mode, length) == (self.LK_NBLCK, 1)
        file = os.fstat(number).st_ino
        holder = self._holders.get(file)
        # A file that has the holder's own number was opened after the holder had been closed.
        if holder != number and self._is_open(holder, file):
            raise PermissionError(errno.EACCES, "Permission denied")
        self._holders[file] = number

    @staticmethod
    def _is_open(number: int | None, file: int) -> bool:
        try:
            return number is not None and os.fstat(number).st_ino == file
        except OSError:
            return False


def test_one_holder_at_a_time_where_windows_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msvcrt", Msvcrt())
    monkeypatch.setattr(sys, "platform", "win32")
    windows = runpy.run_path(lock_file.__file__)
    path = tmp_path / "lock"
    file = windows["take"](path)
    assert windows["take"](path) is None
    assert windows["is_taken"](path)
    os.close(file)
    assert not windows["is_taken"](path)
    with pytest.raises(FileNotFoundError):
        windows["take"](tmp_path / "no folder" / "lock")
