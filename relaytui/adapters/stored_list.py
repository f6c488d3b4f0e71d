"""The stored watch list: `watchlist.toml`, written by people and by this program, read again whenever it changes.

Whoever writes holds a lock beside the file, reads it anew, keeps the version before, and puts a whole new file in its
place. Nothing is written that does not read back right.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from relaytui.adapters.lock_file import is_taken, take
from relaytui.adapters.regular_file import read_regular
from relaytui.core.listing import BadList, Changed, Defaults, Edit, TaskList
from relaytui.core.task import WatchedTask
from relaytui.core.toml_edit import rewritten
from relaytui.core.toml_list import parse_list, parse_some

KEPT_VERSIONS = 10
LOCK_SECONDS = 30.0
"""Seconds to wait for another program that is writing the list."""
LOOK_SECONDS = 0.7
"""Seconds between two looks at the file; bad news counts when seen twice, and must be told within two seconds."""
MAX_BYTES = 64 * 2**20


def read_stored(path: Path, defaults: Defaults) -> TaskList | BadList:
    """The tasks on the stored list; no file at all is a list without tasks."""
    raw = _read(path)
    if isinstance(raw, BadList):
        return raw
    return TaskList(()) if raw is None else parse_list(raw, str(path), defaults)


def read_some(path: Path, defaults: Defaults, task_ids: Collection[str]) -> TaskList | BadList:
    """The tasks with these TaskIds on the stored list, for whoever cannot wait until all of it is read."""
    raw = _read(path)
    if isinstance(raw, BadList):
        return raw
    return TaskList(()) if raw is None else parse_some(raw, str(path), defaults, task_ids)


def change(path: Path, edit: Edit, defaults: Defaults) -> Changed | BadList:
    """Write what `edit` makes of the tasks on the list now, alone among all programs; refused, the file stays.

    A task comes to stand where `edit` puts it among those that are there.
    """

    def rewrite(raw: bytes) -> tuple[bytes, Changed] | BadList:
        known: dict[str, WatchedTask] = {}
        before = parse_list(raw, str(path), defaults, known)
        if isinstance(before, BadList):
            return before
        changed = Changed(before.tasks, edit(before.tasks))
        new = rewritten(raw.decode("utf-8-sig"), changed).encode()
        after = parse_list(new, str(path), defaults, known)
        if isinstance(after, BadList) or after.tasks != changed.after:
            return BadList(str(path), "has tasks outside of [[task]] blocks, which only its author can change")
        return new, changed

    return _replace(path, rewrite)


def restore(path: Path, number: int, defaults: Defaults) -> Changed | BadList:
    """Put the kept version `number` (1 is the newest) in the place of the list, which is kept in turn."""

    def rewrite(raw: bytes) -> tuple[bytes, Changed] | BadList:
        kept = versions(path)
        if not 1 <= number <= len(kept):
            there = f"give 1 (the newest) to {len(kept)}" if kept else "none is kept yet"
            return BadList(str(path), f"there is no version {number}: {there}")
        old = _read(kept[number - 1])
        if not isinstance(old, bytes):
            return old or BadList(str(kept[number - 1]), "is gone: another relaytui has made room for a newer version")
        after = parse_list(old, str(kept[number - 1]), defaults)
        if isinstance(after, BadList):
            return after
        before = parse_list(raw, str(path), defaults)
        return old, Changed(before.tasks if isinstance(before, TaskList) else (), after.tasks)

    return _replace(path, rewrite)


def versions(path: Path) -> list[Path]:
    """The kept versions of the list, newest first."""
    real = Path(os.path.realpath(path))
    found = {}
    with contextlib.suppress(OSError):
        for each in real.parent.iterdir():
            name, _, number = each.name.rpartition(".v")
            if name == real.name and number.isascii() and number.isdigit():
                found[int(number)] = each
    return [found[number] for number in sorted(found, reverse=True)]


def is_being_written(path: Path) -> bool:
    """Whether a program is writing the list now."""
    try:
        return is_taken(_lock(Path(os.path.realpath(path))))
    except OSError:
        # Nobody here may write it, so nobody here can say.
        return False


def _read(path: Path) -> bytes | BadList | None:
    """The file's bytes, or None where there is none."""
    try:
        raw = read_regular(path, MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except IsADirectoryError:
        return BadList(str(path), "this is a directory, not a watch list")
    except (OSError, ValueError) as error:
        return BadList(str(path), f"cannot be read: {getattr(error, 'strerror', None) or error}")
    return BadList(str(path), f"has more than {MAX_BYTES >> 20} MiB: no watch list") if len(raw) > MAX_BYTES else raw


def _replace(path: Path, rewrite: Callable[[bytes], tuple[bytes, Changed] | BadList]) -> Changed | BadList:
    """Replace what a list's file holds under its lock, and keep what it held."""
    real = Path(os.path.realpath(path))
    try:
        real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(real) as is_mine:
            if not is_mine:
                return BadList(str(path), f"another relaytui has been writing it for {LOCK_SECONDS:.0f} s: try again")
            raw = _read(real)
            if isinstance(raw, BadList):
                return raw
            answer = rewrite(raw or b"")
            if isinstance(answer, BadList):
                return answer
            new, changed = answer
            if new != raw:
                _clear(real)
                with _written(real, new) as temporary:
                    _keep(real, raw or b"")
                    _put(temporary, real, new)
            return changed
    except OSError as error:
        return BadList(str(path), f"cannot be written: {error.strerror or error}; the list is as it was")


def _lock(real: Path) -> Path:
    return real.with_name(f".{real.name}.lock")


@contextlib.contextmanager
def _locked(real: Path) -> Iterator[bool]:
    """Hold the list's lock; False where another program had it all the time. The system frees it of a dead holder."""
    deadline = time.monotonic() + LOCK_SECONDS
    while (number := take(_lock(real))) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield number is not None
    finally:
        if number is not None:
            os.close(number)


def _clear(real: Path) -> None:
    """Clear what a killed writer left."""
    for left in real.parent.glob(f".{real.name}.*.tmp"):
        left.unlink(missing_ok=True)


@contextlib.contextmanager
def _written(real: Path, raw: bytes) -> Iterator[Path]:
    """A file with these bytes beside the real one, safe on the disk, mode 0600, and gone in the end."""
    import tempfile  # noqa: PLC0415 - `check ID` only reads, and does not wait for it

    number, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            _write(file.fileno(), raw)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _keep(real: Path, raw: bytes) -> None:
    """Keep a version beside the list, an empty one before the first, and no more than the newest ones.

    What is replaced as a file is on the disk already and only gets the version's name too.
    """
    kept = versions(real)
    number = int(kept[0].name.rpartition(".v")[2]) + 1 if kept else 1
    version = real.with_name(f"{real.name}.v{number:06}")
    try:
        version.hardlink_to(real)
    except OSError:  # no list yet, a bind mount, which is overwritten, or a file system without such links
        with _written(real, raw) as temporary:
            temporary.replace(version)
    for old in kept[KEPT_VERSIONS - 1 :]:
        old.unlink(missing_ok=True)


def _put(temporary: Path, real: Path, raw: bytes) -> None:
    """Put the whole new file there. A bind mount cannot be replaced: its file is overwritten."""
    try:
        temporary.replace(real)
    except OSError as error:
        if error.errno not in (errno.EBUSY, errno.EXDEV):
            raise
        _overwrite(real, raw)
    if sys.platform != "win32":
        folder = os.open(real.parent, os.O_RDONLY)
        with contextlib.suppress(OSError):  # some file systems cannot; the file itself is safe
            os.fsync(folder)
        os.close(folder)


def _overwrite(real: Path, raw: bytes) -> None:
    """Overwrite a file in its place; what it held comes back where that fails, and is among the versions anyway."""
    with real.open("r+b") as file:
        before = file.read()
        try:
            _overwrite_with(file.fileno(), raw)
        except OSError:
            _overwrite_with(file.fileno(), before)
            raise


def _overwrite_with(number: int, raw: bytes) -> None:
    os.lseek(number, 0, os.SEEK_SET)
    _write(number, raw)
    os.ftruncate(number, len(raw))
    os.fsync(number)


def _write(number: int, raw: bytes) -> None:
    left = memoryview(raw)
    while left:
        left = left[os.write(number, left) :]
    os.fsync(number)


class StoredList:
    """The stored list of a running board: changes it, and tells each change of what it says, whoever made it.

    `tell` is called with the tasks or with what is wrong, in the thread that changes or in one that looks at the file;
    a file that is gone is told as wrong, never as an empty list. What is empty or wrong must be so at two looks in a
    row: a file being written looks like that.
    """

    unsaved = ""

    def __init__(
        self,
        path: Path,
        defaults: Defaults,
        tasks: tuple[WatchedTask, ...],
        tell: Callable[[TaskList | BadList], object],
    ) -> None:
        self.defaults = defaults
        self._path = path
        self._tell = tell
        self._turn = threading.Lock()
        """Held while the list is read or written and told, so that what was told last is what the file says."""
        self._told: TaskList | BadList = TaskList(tasks)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="watch-list", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def change(self, edit: Edit) -> Changed | BadList:
        """Write what `edit` makes of the list and tell it at once; refused, the file stays and nothing is told."""
        with self._turn:
            changed = change(self._path, edit, self.defaults)
            if isinstance(changed, Changed):
                self._news(TaskList(changed.after))
            return changed

    def _follow(self) -> None:
        seen: object = None
        doubted: TaskList | BadList | None = None
        while not self._ended.wait(LOOK_SECONDS):
            with self._turn:
                signature = _signature(self._path)
                if signature == seen and doubted is None:
                    continue
                seen = signature
                found = self._look()
                is_good = isinstance(found, TaskList) and found.tasks
                if is_good or found in (self._told, doubted):
                    doubted = None
                    self._news(found)
                else:
                    doubted = found

    def _news(self, found: TaskList | BadList) -> None:
        if found != self._told:
            self._told = found
            self._tell(found)

    def _look(self) -> TaskList | BadList:
        raw = _read(self._path)
        if raw is None:
            return BadList(str(self._path), "there is no such file any more")
        return raw if isinstance(raw, BadList) else parse_list(raw, str(self._path), self.defaults)


def _signature(path: Path) -> tuple[int, ...] | None:
    """What changes whenever the file is written or replaced; None where there is none."""
    try:
        now = path.stat()
    except (OSError, ValueError):
        return None
    return now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino
