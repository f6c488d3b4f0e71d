"""How the board of one list was looked at last, in a small file."""

from __future__ import annotations

import logging
import queue
import threading
from pathlib import Path
from typing import Any

from relaytui.adapters.private_file import write_private
from relaytui.core.view import View

CLOSE_SECONDS = 0.5
"""How long the last change may take to be written."""

log = logging.getLogger(__name__)


class ViewFile:
    """One view at a time, written by a thread of its own; implements `ViewStore`. Without a path it only remembers.

    A file that cannot be read, or whose fields are not the first of ours, counts as none: it holds nothing that a
    person cannot make again with a few keys.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._newest: View | None = None
        self._changes: queue.SimpleQueue[View | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None

    def load(self) -> View | None:
        """The view that was saved last, None where there is none; reads the disk."""
        if self._newest is None and self._path is not None:
            self._newest = _read(self._path)
        return self._newest

    def save(self, view: View) -> None:
        """Keep this view from now on; returns at once."""
        self._newest = view
        if self._path is None:
            return
        if self._writer is None:
            self._writer = threading.Thread(
                target=self._write_all, args=(self._path,), name="relaytui-view", daemon=True
            )
            self._writer.start()
        self._changes.put(view)

    def close(self) -> None:
        """Write what is left, within half a second."""
        if self._writer is not None:
            self._changes.put(None)
            self._writer.join(CLOSE_SECONDS)

    def _write_all(self, path: Path) -> None:
        while (view := self._changes.get()) is not None:
            try:
                write_private(path, _text(view))
            except OSError as error:
                log.warning("the view is not kept: %s", error)


def _text(view: View) -> str:
    import msgspec  # noqa: PLC0415 - the first paint need not wait for it

    # With the names, because what another version wrote under other names must not be taken for something else.
    return msgspec.json.encode({"fields": View._fields, "view": view}).decode()


def _read(path: Path) -> View | None:
    import msgspec  # noqa: PLC0415 - as above

    try:
        found: Any = msgspec.json.decode(path.read_bytes())
        # New fields come last, so that an earlier version's file can be read.
        if found["fields"] != list(View._fields[: len(found["view"])]):
            return None
        return msgspec.convert(found["view"], View)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        log.warning("the view is not restored: %s", error)
        return None
