from __future__ import annotations

import pytest

from relaytui.core.events import (
    Acknowledged,
    Alarm,
    AlarmKind,
    Blinded,
    Event,
    FailureNoted,
    Muted,
    Notice,
    NoticeKind,
    NotWatching,
    Resolved,
    Sighted,
    Snoozed,
)
from relaytui.core.history import concerns, named, with_earlier
from relaytui.core.task import State, WatchedTask
from relaytui.core.transition import Transition
from tests.core.answers import LANE, REFUSED, key

MINE, OTHER = key("a"), key("b", profile="other")


@pytest.mark.parametrize(
    ("event", "mine", "other"),
    [
        (NotWatching(2.0, 1.0, ""), True, True),
        (Blinded(LANE, 1.0, REFUSED, 1.0, None), True, False),
        (Sighted(LANE, 1.0, REFUSED, 1.0, None), True, False),
        (Acknowledged(1.0, (MINE, LANE)), True, False),
        (Snoozed(1.0, (OTHER,), None), False, True),
        (Alarm("1", 1.0, AlarmKind.ENDED, "", 1.0, (WatchedTask(MINE),)), True, False),
        (Resolved(1.0, "1", "", (WatchedTask(OTHER),)), False, True),
        (Transition(MINE, 1.0, State.RUNNING, State.ENDED, ""), True, False),
        (FailureNoted(OTHER, 1.0, REFUSED, 1), False, True),
        (Notice(1.0, NoticeKind.FLAPPING, "", MINE), True, False),
        (Muted(1.0, None), True, True),
        (Notice(1.0, NoticeKind.FAULT, ""), False, False),
    ],
)
def test_what_an_event_says_of_a_task(event: Event, mine: bool, other: bool) -> None:
    assert concerns(event, {MINE}) is mine
    assert concerns(event, {OTHER}) is other


def test_a_task_is_called_by_its_id_or_label_or_how_they_begin() -> None:
    tasks = [WatchedTask(key("abc"), "Cam 1"), WatchedTask(key("abcd"), "cam 12"), WatchedTask(key("x"), "abc")]
    assert named(tasks, "abc") == [tasks[0], tasks[2]]
    assert named(tasks, "ab") == tasks
    assert named(tasks, "CAM 1") == tasks[:1]
    assert named(tasks, "cam") == tasks[:2]
    assert named(tasks, "y") == []


def test_a_task_started_anew_has_the_history_of_its_earlier_task_ids() -> None:
    listed = [WatchedTask(key("new"), replaces=("old", "older")), WatchedTask(key("x"), replaces=("y",))]
    assert with_earlier({key("new")}, listed) == {key("new"), key("old"), key("older")}
    assert with_earlier({key("old")}, listed) == {key("old")}
