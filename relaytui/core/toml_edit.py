"""The text of `watchlist.toml` changed: only what differs is written, the rest stays byte for byte.

New tasks become new blocks, a removed one is cut out, an edited one is rewritten by tomlkit, which keeps its comments.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from relaytui.core.listing import FIELDS, Changed, as_text, write_task
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.toml_list import blocks_of

_FIRST_LINES = "# relaytui's watch list. Edit it as you like: comments stay.\n"


def rewritten(text: str, changed: Changed) -> str:
    """The text with the differences between before and after, and nothing else, written into it.

    Tasks that stand outside of [[task]] blocks are left as they are: whoever writes the text must read it back.
    """
    above, *blocks = blocks_of(text)
    if len(blocks) != len(changed.before):
        # Some stand outside of blocks: they stay, and new ones can still go below.
        above, blocks = text, []
    wanted = _wanted(changed)
    behind: defaultdict[TaskKey | None, list[str]] = defaultdict(list)
    stays = {task.key: old for old, task in wanted.items()}
    neighbour = None
    for task in changed.after:
        if task.key in stays:
            neighbour = stays[task.key]
        else:
            behind[neighbour if blocks else None].append(_block(task))
    if not blocks:
        return "".join([_with_end(text or _FIRST_LINES), *behind[None]]) if behind else text
    pieces = [above]
    if behind[None]:
        pieces += ["".join(behind[None]).removeprefix("\n"), "\n"]
    for task, block in zip(changed.before, blocks, strict=True):
        new = wanted.get(task.key)
        if new == task and task.key not in behind:
            pieces.append(block)
            continue
        own, below = _parted(block)
        if new is None:
            pieces[-1] = _joined(pieces[-1], below)
            continue
        if new != task:
            own = _edited(own, task, new)
        pieces += [_with_end(own), *behind[task.key], below] if task.key in behind else [own + below]
    return "".join(pieces)


def _wanted(changed: Changed) -> dict[TaskKey, WatchedTask]:
    """What becomes of the tasks that stay, by the keys that they have now; one started anew stays in its place."""
    after = {task.key: task for task in changed.after}
    gone = [task for task in changed.before if task.key not in after]
    wanted = {task.key: after[task.key] for task in changed.before if task.key in after}
    if not gone:
        return wanted
    known = {task.key for task in changed.before}
    new = [task for task in changed.after if task.key not in known]
    later = {task.replaces[0]: task for task in new if task.replaces}
    earlier = {task.key.task_id: task for task in new}
    anew = {}
    for task in gone:
        heir = later.get(task.key.task_id) or earlier.get("".join(task.replaces[:1]))
        if heir is not None:
            anew[task.key] = heir
    in_order = [each for task in changed.before if (each := wanted.get(task.key) or anew.get(task.key))]
    heirs = {task.key for task in in_order}
    is_in_place = in_order == [task for task in changed.after if task.key in heirs]
    return wanted | anew if is_in_place else wanted


def _joined(above: str, below: str) -> str:
    """What stands around a task that was cut out, without one of the blank lines that parted it from its neighbours."""
    return above[:-1] + below if above.endswith("\n\n") else above + below.removeprefix("\n")


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
