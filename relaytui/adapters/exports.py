"""Files for a person: in the folder where the program was started, or where that cannot be, with its own state."""

from __future__ import annotations

import os
from pathlib import Path

from relaytui.ports import NotKept

MOST_NAMES = 1000


class NewFiles:
    """Writes files that were not there before; implements `Exports`."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def save(self, stem: str, suffix: str, text: str) -> str | NotKept:
        """Write a new file that only its owner may read (0600); its path, or why there is none."""
        reason = ""
        for folder in self._folders:
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                return str(_write_new(folder, stem, suffix, text).absolute())
            except OSError as error:
                reason = reason or f"{folder}: {error.strerror or error}"
        return NotKept(f"no file could be written: {reason}", "make room or start relaytui in a folder of your own")


def _write_new(folder: Path, stem: str, suffix: str, text: str) -> Path:
    """Raises OSError; nothing is left of a file that could not be written whole."""
    path, opened = _open_new(folder, stem, suffix)
    try:
        with os.fdopen(opened, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _open_new(folder: Path, stem: str, suffix: str) -> tuple[Path, int]:
    for number in range(1, MOST_NAMES):
        path = folder / f"{stem}{f'-{number}' if number > 1 else ''}{suffix}"
        try:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
    raise FileExistsError(f"{stem}{suffix} and {MOST_NAMES} more of this name are there")
