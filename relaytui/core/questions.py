"""What somebody wants to look up: TaskIds in messy text, and where each of them is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from relaytui.core.entry import Refused, quoted, read_region, read_sdk_app_id, read_task_id
from relaytui.core.fishing import fish
from relaytui.core.profile import read_profile_name
from relaytui.core.task import TaskKey, WatchedTask

MOST = 50
"""TaskIds that are looked up at once; more belong on the list."""
LONGEST = 100_000
"""Characters in which they are looked for: the screen waits for that."""


def read_questions(
    text: str, *, sdk_app_id: str, region: str, profile: str, listed: Iterable[WatchedTask] = ()
) -> tuple[TaskKey, ...] | Refused:
    """The tasks to ask about, each once: what the text says of SdkAppId and region goes before these.

    A TaskId of which the text says neither is asked wherever it is `listed`, and a text that is a label of listed tasks
    means these. Where no TaskId can be told from its surroundings every word is one, but a word without a digit among
    others is none: "not found" would be said of it, as of a task.
    """
    name = read_profile_name(profile)
    if isinstance(name, Refused):
        return name
    if len(text) > LONGEST:
        return Refused(
            "this text is too long to look up: close this and paste it on the board, which adds what is in it"
        )
    found = [(catch.task_id, catch.sdk_app_id, catch.region) for catch in fish(text)]
    homes: defaultdict[str, list[TaskKey]] = defaultdict(list)
    label = " ".join(text.split()).casefold()
    for task in listed:
        homes[task.key.task_id].append(task.key)
        if task.label and " ".join(task.label.split()).casefold() == label:
            homes[label].append(task.key)
    words = [label] if label in homes else text.split()
    for word in words if not found and len(words) > 1 else ():
        if word not in homes and not any(map(str.isdecimal, word)):
            return Refused(f"{quoted(word)} is no TaskId: give TaskIds, or the whole label of a task on the list")
    keys = []
    for word, own_app, own_region in found or [(word, "", "") for word in words]:
        if word in homes and not (own_app or own_region):
            keys += homes[word]
            continue
        read = (read_task_id(word), read_sdk_app_id(own_app or sdk_app_id), read_region(own_region or region))
        match read:
            case str() as task_id, int() as app, str() as where:
                keys.append(TaskKey(name, where, app, task_id))
            case _:
                return next(value for value in read if isinstance(value, Refused))
    if not keys:
        return Refused("give a TaskId, or any text that holds some")
    if len({*keys}) > MOST:
        return Refused(f"{len({*keys})} TaskIds are too many to look up: put them on the list")
    return tuple(dict.fromkeys(keys))
