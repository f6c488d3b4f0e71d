"""A lock has one holder, who may be asked for, and who gives it back by closing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
