from __future__ import annotations

import os
from pathlib import Path

import pytest

from relaytui.adapters.regular_file import read_regular


def test_no_more_than_asked_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_regular(tmp_path / "file", 3) == b"123"
    assert read_regular(tmp_path / "file", 9) == b"12345"


def test_a_folder_and_nothing_are_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path, 1)
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "nothing", 1)


@pytest.mark.skipif(os.name != "posix", reason="no pipes with names here")
def test_nobody_waits_for_a_pipe_or_reads_a_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="a pipe or a device"):
            read_regular(path, 1)
