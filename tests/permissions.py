"""Files that may not be read or written, also where the tests run as root, whom no mode keeps out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NOBODY = 65534


@contextmanager
def no_permission(path: Path) -> Iterator[None]:
    """Nobody may read, write or enter this file or folder while the block runs; load what it needs before."""
    if os.name != "posix":
        pytest.skip("modes keep nobody out here")
    before = path.stat().st_mode
    path.chmod(0)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        path.chmod(before)
