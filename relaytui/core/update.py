"""What a board is told of its tasks: the newest belief about one, and a list that was edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from relaytui.core.task import WatchedTask
from relaytui.core.task_state import TaskState

if TYPE_CHECKING:
    # The first picture of a board has no events yet, and does not wait for them to be loaded.
    from relaytui.core.events import Event


class Update(NamedTuple):
    """The newest belief about one task, with the events that the last observation brought. A tuple as `WatchedTask`."""

    task: WatchedTask
    state: TaskState
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Relisted:
    """The watch list was edited: `tasks` is what is watched from now on, in list order, and `text` what changed.

    A refused edit changes nothing: `tasks` are those from before, and `text` is what is wrong and where.
    """

    at: float
    tasks: tuple[WatchedTask, ...]
    text: str
    refused: bool = False
