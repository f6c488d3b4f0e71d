"""The pictures in the README are made by a script from today's program, and always come out the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "screenshots"
COMMITTED = sorted(path.stem for path in FOLDER.glob("*.svg"))
_ELSEWHERE = re.compile(r"""@font-face|@import|url\((?!["']?#)|(?:href|src)\s*=\s*["'](?!#)""")


def _make(folder: Path, hash_seed: int) -> subprocess.Popen[bytes]:
    # A process of its own for each: the order of sets of texts differs between processes, not within one.
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(hash_seed)}
    folder.mkdir()
    command = [sys.executable, str(FOLDER / "make.py"), "--svg-only", "--to", str(folder), "blind"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def test_the_script_makes_the_committed_picture_again(tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    processes = [_make(folder, seed) for seed, folder in enumerate(folders)]
    assert [process.wait(60) for process in processes] == [0, 0]
    first, second = ((folder / "blind.svg").read_text(encoding="utf-8") for folder in folders)
    assert first == second
    assert first == (FOLDER / "blind.svg").read_text(encoding="utf-8"), "run screenshots/make.py"
    assert "BLIND" in first
    assert "&#160;ended" in first
    assert not _ELSEWHERE.search(first)


def test_each_picture_is_one_that_the_script_makes() -> None:
    help_text = subprocess.run(
        [sys.executable, str(FOLDER / "make.py"), "--help"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    named = re.search(r"which \(([^;]*); default: all\)", help_text)
    assert named
    assert sorted(named[1].split(", ")) == COMMITTED


@pytest.mark.parametrize("name", COMMITTED)
def test_a_committed_picture_refers_to_nothing_elsewhere(name: str) -> None:
    svg = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert _ELSEWHERE.search(svg) is None
    assert 0 < (FOLDER / f"{name}.png").stat().st_size < 200_000
