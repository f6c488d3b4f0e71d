"""The stored watch list: `watchlist.toml`, written by people and by this program, read again whenever it changes.

Whoever writes holds a lock beside the file, reads it anew, keeps the version before, and puts a whole new file in its
place. Only what changes is written: new tasks are appended, a removed one is cut out, an edited one is rewritten by
tomlkit; everything else, comments above all, stays byte for byte. Nothing is written that does not read back right.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
import tempfile
import threading
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from relaytui.adapters.lock_file import is_taken
from relaytui.core.entry import Refused, nearest, quoted
from relaytui.core.listing import (
    FIELDS,
    BadList,
    Changed,
    Defaults,
    Edit,
    TaskList,
    as_text,
    read_task,
    unknown_field,
    write_task,
)
from relaytui.core.task import TaskKey, WatchedTask

KEPT_VERSIONS = 10
LOCK_SECONDS = 30.0
"""Seconds to wait for another program that is writing the list."""
LOOK_SECONDS = 0.7
"""Seconds between two looks at the file; bad news counts when seen twice, and must be told within two seconds."""
MAX_BYTES = 64 * 2**20

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*task[ \t]*\]\]", re.MULTILINE)
_FIRST_LINES = "# relaytui's watch list. Edit it as you like: comments stay.\n"
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "sdk_app_id": ((int,), "a number without quotes"),
    "tolerance": ((int, float), "a number without quotes"),
    "expected_end": ((datetime, str), "a time such as 2026-01-31T20:15:00Z"),
    "paused": ((bool,), "true or false without quotes"),
}
_TEXT: tuple[tuple[type, ...], str] = ((str,), "text in quotes")


def place(environ: Mapping[str, str]) -> Path:
    """The list's file, there or not."""
    named = environ.get("RELAYTUI_LIST")
    return Path(named) if named else user_config_path("relaytui", appauthor=False) / "watchlist.toml"


def read_stored(path: Path, defaults: Defaults) -> TaskList | BadList:
    """The tasks on the stored list; no file at all is a list without tasks."""
    raw = _read(path)
    if isinstance(raw, BadList):
        return raw
    return TaskList(()) if raw is None else parse_stored(raw, str(path), defaults)


def parse_stored(raw: bytes, where: str, defaults: Defaults) -> TaskList | BadList:
    """The tasks in these bytes of TOML: all of them, or the first thing wrong, with its line."""
    try:
        text = raw.decode("utf-8-sig")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return BadList(f"{where}:{line}", f"byte {raw[error.start]:#04x} is not UTF-8: save the list as UTF-8")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        said = re.search(r"line (\d+)", str(error))
        line = int(said[1]) if said else text.rstrip().count("\n") + 1
        return BadList(f"{where}:{line}", f"not TOML: {re.sub(r' *[(]at .*[)]', '', str(error))}")
    tasks: dict[TaskKey, int] = {}
    found = []
    for key, value in document.items():
        if key != "task":
            reason = f"no key is called {quoted(key)} here{nearest(key, ['task'])}: write each task under [[task]]"
            return BadList(f"{where}:{_line_of(text, key)}", reason)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            return BadList(f"{where}:{_line_of(text, key)}", "task: write each task under [[task]]")
        for number, table in enumerate(value):
            task = _read_table(table, defaults)
            if isinstance(task, _Wrong):
                return BadList(f"{where}:{_line_of(text, task.key, number)}", task.reason)
            if (first := tasks.setdefault(task.key, number)) != number:
                reason = f"the same task as on line {_line_of(text, 'task_id', first)}: take one of them out"
                return BadList(f"{where}:{_line_of(text, 'task_id', number)}", reason)
            found.append(task)
    return TaskList(tuple(found))


@dataclass(frozen=True, slots=True)
class _Wrong:
    key: str
    reason: str


def _read_table(table: dict[str, Any], defaults: Defaults) -> WatchedTask | _Wrong:
    row = {}
    for key, value in table.items():
        if key not in FIELDS:
            return _Wrong(key, unknown_field(key, kind="key").reason)
        kinds, wanted = _KINDS.get(key, _TEXT)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            return _Wrong(key, f"{key}: give {wanted}")
        row[key] = value.isoformat() if isinstance(value, datetime) else as_text(value)
    task = read_task(row, defaults)
    if isinstance(task, Refused):
        return _Wrong(task.reason.split(" ", 1)[0], task.reason)
    return task


def _line_of(text: str, key: str, number: int | None = None) -> int:
    """The line where a key stands (in the task of this number), or its task where it does not."""
    begin, end = 0, len(text)
    if number is not None:
        headers = [match.start() for match in _HEADER.finditer(text)]
        if number < len(headers):
            begin, end = headers[number], [*headers, len(text)][number + 1]
    pattern = re.compile(rf"^[ \t]*\[*[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*[\]=.]", re.MULTILINE)
    match = pattern.search(text, begin, end)
    return text.count("\n", 0, match.start() if match else begin) + 1


def change(path: Path, edit: Edit, defaults: Defaults) -> Changed | BadList:
    """Write what `edit` makes of the tasks on the list now, alone among all programs; refused, the file stays.

    A task comes to stand where `edit` puts it among those that are there.
    """

    def rewrite(raw: bytes) -> tuple[bytes, Changed] | BadList:
        before = parse_stored(raw, str(path), defaults)
        if isinstance(before, BadList):
            return before
        changed = Changed(before.tasks, edit(before.tasks))
        new = _rewritten(raw.decode("utf-8-sig"), changed).encode()
        after = parse_stored(new, str(path), defaults)
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
        old = kept[number - 1].read_bytes()
        after = parse_stored(old, str(kept[number - 1]), defaults)
        if isinstance(after, BadList):
            return after
        before = parse_stored(raw, str(path), defaults)
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


def _rewritten(text: str, changed: Changed) -> str:
    """The text with the differences between before and after, and nothing else, written into it."""
    headers = [match.start() for match in _HEADER.finditer(text)]
    blocks = [text[begin:end] for begin, end in pairwise([*headers, len(text)])]
    if len(blocks) != len(changed.before):
        # Some stand outside of blocks: they stay, and new ones can still go below.
        headers, blocks = [], []
    known = {task.key for task in changed.before}
    behind: defaultdict[TaskKey | None, list[str]] = defaultdict(list)
    neighbour = None
    for task in changed.after:
        if task.key in known:
            neighbour = task.key
        else:
            behind[neighbour if blocks else None].append(_block(task))
    if not blocks:
        return "".join([_with_end(text or _FIRST_LINES), *behind[None]]) if behind else text
    wanted = {task.key: task for task in changed.after}
    pieces = [text[: headers[0]]]
    if behind[None]:
        pieces += ["".join(behind[None]).removeprefix("\n"), "\n"]
    for task, block in zip(changed.before, blocks, strict=True):
        new = wanted.get(task.key)
        if new == task and task.key not in behind:
            pieces.append(block)
            continue
        own, below = _parted(block)
        if new is None:
            pieces.append(below.lstrip("\n"))
            continue
        if new != task:
            own = _edited(own, task, new)
        pieces += [_with_end(own), *behind[task.key], below] if task.key in behind else [own, below]
    return "".join(pieces)


def _with_end(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _parted(block: str) -> tuple[str, str]:
    """A block's task and what stands below it: comments that may belong to the next one."""
    lines = block.splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
    task = "".join(lines[: last + 1])
    try:
        tomllib.loads(task)
    except tomllib.TOMLDecodeError:  # what looks like a comment ends a text of several lines
        return block, ""
    return task, "".join(lines[last + 1 :])


def _edited(own: str, before: WatchedTask, after: WatchedTask) -> str:
    import tomlkit  # noqa: PLC0415 - 60 ms that only an edit needs

    document = tomlkit.parse(own)
    table: Any = document["task"]
    old, new = write_task(before), write_task(after)
    for field in FIELDS:
        if field in new and new[field] != old.get(field):
            table[0][field] = _toml_time(after) if field == "expected_end" else new[field]
        elif field not in new and field in table[0]:
            del table[0][field]
    return document.as_string()


def _toml_time(task: WatchedTask) -> datetime | None:
    return None if task.expected_end is None else datetime.fromtimestamp(task.expected_end, UTC)


def _block(task: WatchedTask) -> str:
    return "".join(
        ["\n[[task]]\n"]
        + [
            f"{field} = {_toml_text(value) if isinstance(value, str) and field != 'expected_end' else as_text(value)}\n"
            for field, value in write_task(task).items()
        ]
    )


def _toml_text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _read(path: Path) -> bytes | BadList | None:
    """The file's bytes, or None where there is none; never waits for a pipe or a device."""
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            return BadList(str(path), "this is no file: RELAYTUI_LIST names the file of the watch list")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except IsADirectoryError:
        return BadList(str(path), "this is a directory: RELAYTUI_LIST names the file of the watch list")
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
                _keep(real, raw)
                _put(real, new)
            return changed
    except OSError as error:
        return BadList(str(path), f"cannot be written: {error.strerror or error}; the list is as it was")


def _lock(real: Path) -> Path:
    return real.with_name(f".{real.name}.lock")


@contextlib.contextmanager
def _locked(real: Path) -> Iterator[bool]:
    """Hold the list's lock; False where another program had it all the time. The system frees it of a dead holder."""
    with _lock(real).open("ab") as file:
        deadline = time.monotonic() + LOCK_SECONDS
        while not (is_mine := _try_lock(file.fileno())) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield is_mine


if sys.platform == "win32":
    import msvcrt

    def _try_lock(number: int) -> bool:
        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(number: int) -> bool:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _keep(real: Path, raw: bytes | None) -> None:
    """Keep a version beside the list, and no more than the newest ones; clear what a killed writer left."""
    for left in real.parent.glob(f".{real.name}.*.tmp"):
        left.unlink(missing_ok=True)
    if raw is None:
        return
    kept = versions(real)
    number = int(kept[0].name.rpartition(".v")[2]) + 1 if kept else 1
    _put(real.with_name(f"{real.name}.v{number:06}"), raw)
    for old in versions(real)[KEPT_VERSIONS:]:
        old.unlink(missing_ok=True)


def _put(real: Path, raw: bytes) -> None:
    """Put a whole new file there, mode 0600. A bind mount cannot be replaced: its file is overwritten."""
    number, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            _write(file.fileno(), raw)
        try:
            temporary.replace(real)
        except OSError as error:
            if error.errno not in (errno.EBUSY, errno.EXDEV):
                raise
            _overwrite(real, raw)
    finally:
        temporary.unlink(missing_ok=True)
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
        return raw if isinstance(raw, BadList) else parse_stored(raw, str(self._path), self.defaults)


def _signature(path: Path) -> tuple[int, ...] | None:
    """What changes whenever the file is written or replaced; None where there is none."""
    try:
        now = path.stat()
    except (OSError, ValueError):
        return None
    return now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino
