"""The words of the events; that each kind has some is checked in `tests.commands.test_jsonlines`."""

from __future__ import annotations

import pytest

from relaytui.core.event_text import event_text, heading, task_name, utc
from relaytui.core.events import Acknowledged, Event, Muted, NotWatching, Snoozed
from relaytui.core.task import State, WatchedTask
from relaytui.core.transition import Transition
from relaytui.core.update import Relisted
from tests.core.answers import LANE, START_AT, key


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Transition(key(), 1.0, State.RUNNING, State.ENDED, "q9", while_away=True), "changed while not watching"),
        (Transition(key(), 1.0, State.RUNNING, State.ENDED, "q9"), "was running  RequestId q9"),
        (
            NotWatching(START_AT + 60, START_AT, "it was killed"),
            "not watching 2026-01-01T00:00:00Z to 2026-01-01T00:01:00Z, 60 s: it was killed",
        ),
        (Acknowledged(1.0, (key("x"), LANE), "restarting\x1b[2J"), "x and 1 more  restarting[2J"),
        (Snoozed(1.0, (key("x"),), None), "until it changes"),
        (Muted(1.0, START_AT), "all alarms until 2026-01-01T00:00:00Z"),
        (Relisted(1.0, (), "line 3 is odd", refused=True), "the one before is watched: line 3 is odd"),
    ],
)
def test_what_an_event_says(event: Event, told: str) -> None:
    assert told in event_text(event, None, None)


def test_the_first_column_is_as_wide_for_every_state() -> None:
    assert {len(heading(state)) for state in (*State, None)} == {len(heading(None))}


def test_a_task_is_named_by_label_and_id() -> None:
    assert task_name(WatchedTask(key("id"), "cam 1")) == "cam 1 (id)"
    assert task_name(WatchedTask(key("id"))) == "id"


def test_times_are_utc() -> None:
    assert utc(START_AT + 0.9) == "2026-01-01T00:00:00Z"
