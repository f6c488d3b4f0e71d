"""Lists of tasks that come from elsewhere, as files and as bytes."""

from __future__ import annotations

import sys
from pathlib import Path

from relaytui.core.list_text import parse
from relaytui.core.listing import BadList, Defaults, TaskList

__all__ = ["BadList", "Defaults", "TaskList", "parse_bytes", "read_list", "read_stdin", "read_text"]

MAX_BYTES = 64 * 2**20


def read_list(path: Path, defaults: Defaults) -> TaskList | BadList:
    """The list in a file."""
    raw = _read(path)
    return raw if isinstance(raw, BadList) else parse_bytes(raw, str(path), defaults)


def read_text(path: Path) -> str | BadList:
    """What a file holds, for `parse_rows`."""
    raw = _read(path)
    return raw if isinstance(raw, BadList) else decode(raw, str(path))


def read_stdin() -> bytes | BadList:
    """What stands on standard input, to its end."""
    return _within(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")


def _read(path: Path) -> bytes | BadList:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return BadList(str(path), "there is no such file")
    except IsADirectoryError:
        return BadList(str(path), "this is a directory: name the file that lists the tasks")
    except (OSError, ValueError) as error:
        return BadList(str(path), f"cannot be read: {getattr(error, 'strerror', None) or error}")
    return _within(raw, str(path))


def _within(raw: bytes, where: str) -> bytes | BadList:
    return BadList(where, f"has more than {MAX_BYTES >> 20} MiB: no list of tasks") if len(raw) > MAX_BYTES else raw


def parse_bytes(raw: bytes, where: str, defaults: Defaults) -> TaskList | BadList:
    """The list in these bytes, which are UTF-8 with or without a byte order mark; `where` names them in messages."""
    text = decode(raw, where)
    return text if isinstance(text, BadList) else parse(text, where, defaults)


def decode(raw: bytes, where: str) -> str | BadList:
    """The text of these bytes, which are UTF-8 with or without a byte order mark."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return BadList(f"{where}:{line}", f"byte {raw[error.start]:#04x} is not UTF-8: save the list as UTF-8")
