"""Disks of their own, small enough to be filled."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, *options: str) -> Iterator[None]:
    """A file system of 64 kB, or as the mount `options` of tmpfs say, where this may be mounted."""
    place.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", ",".join(options or ("size=64k",)), "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("may not mount a small disk here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill_up(filler: Path) -> None:
    """Make a file as large as there is room."""
    with suppress(OSError), filler.open("wb", buffering=0) as filling:
        while True:
            filling.write(bytes(1024))
