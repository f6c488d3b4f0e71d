"""What a person made of the board: where the cursor is, what is marked, and which tasks are shown in which order."""

from __future__ import annotations

from typing import NamedTuple

from relaytui.core.task import TaskKey


class View(NamedTuple):
    """One way to look at the list; the screen gives it (`FindingDesk.view`) and takes it back (`FindingDesk.restore`).

    Holds nothing of what is known of the tasks, and outlives them: tasks and groups that are gone are left out.
    """

    cursor: TaskKey | None = None
    """The task that was chosen last, shown or not."""
    marks: frozenset[TaskKey] = frozenset()
    sort: str = ""
    """The title of a column; "" is the order of the list."""
    reverse: bool = False
    pinned: bool = True
    """Whether problems are on top whatever the order."""
    filter: str = ""
    """See `core.filter`."""
    only_problems: bool = False
    grouped: bool = False
    folds: frozenset[str] = frozenset()
    """The names of the groups of which only the head is shown."""
    events_shown: bool = False
    """Whether the event log is open."""
    theme: str = ""
    """The colours that a person chose with a key; "" where nobody did."""
    asked_at: tuple[str, ...] = ()
    """SdkAppId, region and profile of which was asked last, as they were typed; () where nobody asked."""
    unseen: frozenset[TaskKey] = frozenset()
    """The tasks whose change nobody has visited."""
