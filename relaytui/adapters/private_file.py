"""Writes a file that only its owner may read, whole or not at all; a leaf that other adapters use."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Put `text` there (UTF-8, mode 0600, its folder 0700 where it is new); raises OSError and leaves the old file.

    The text goes to a temporary file in the same folder first, so that a crash or a full disk leaves no half file. A
    symbolic link stays one: what it points to is replaced.
    """
    path = path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
