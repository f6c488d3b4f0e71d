"""Reads files without ever waiting for a pipe or a device in their place; a leaf that other adapters use."""

from __future__ import annotations

import errno
import stat
from pathlib import Path


def read_regular(path: Path, limit: int) -> bytes:
    """At most `limit` bytes of the file; raises OSError where it cannot be read or is a pipe, a socket or a device."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
    with path.open("rb") as file:
        return file.read(limit)
