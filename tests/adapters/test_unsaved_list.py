from __future__ import annotations

from relaytui.adapters.unsaved_list import UnsavedList
from relaytui.core.edits import adding
from relaytui.core.listing import Changed, Defaults
from relaytui.core.task import TaskKey, WatchedTask

A, B = (WatchedTask(TaskKey("prod", "ap-singapore", 1, task_id)) for task_id in ("-a..", "b"))


def test_a_change_is_told_at_once_and_the_next_one_begins_there() -> None:
    told: list[tuple[WatchedTask, ...]] = []
    listed = UnsavedList((A,), Defaults(1, "r", "prod"), unsaved="this is a test", tell=told.append)
    assert listed.change(adding([B])) == Changed((A,), (A, B))
    assert listed.change(adding([B])) == Changed((A, B), (A, B))
    assert listed.change(lambda now: now[1:]) == Changed((A, B), (B,))
    assert told == [(A, B), (B,)]
