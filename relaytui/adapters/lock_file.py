"""Locks of files, which the kernel gives back however their holder ends; a leaf that other adapters use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(number: int, *, shared: bool) -> None:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(number: int, *, shared: bool) -> None:
        # Those who only look do not stand in each other's way.
        fcntl.flock(number, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def take(path: Path) -> int | None:
    """Hold the lock of this file, whose folder must be there: a file to be closed in the end, None where it is taken.

    Raises OSError where files or locks cannot be had here.
    """
    return _open_locked(path, os.O_RDWR | os.O_CREAT, shared=False)


def _open_locked(path: Path, flags: int, *, shared: bool) -> int | None:
    number = os.open(path, flags, 0o600)
    try:
        _lock(number, shared=shared)
    except (BlockingIOError, PermissionError):  # Windows says the latter
        os.close(number)
        return None
    except BaseException:
        os.close(number)
        raise
    return number


def is_taken(path: Path) -> bool:
    """Whether a process holds the lock of this file, which need not be there."""
    try:
        number = _open_locked(path, os.O_RDWR, shared=True)
    except FileNotFoundError:
        return False
    if number is None:
        return True
    os.close(number)
    return False
