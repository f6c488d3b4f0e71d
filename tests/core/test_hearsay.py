from __future__ import annotations

from dataclasses import replace

from relaytui.core.alarm_memory import Wrong
from relaytui.core.hearsay import HEARSAY_SECONDS, Hearsay
from relaytui.core.task import State
from relaytui.core.task_state import Doubt, TaskState
from relaytui.core.transition import Transition
from tests.core.answers import key

RUNS = TaskState(State.RUNNING, seen_at=100.0)
ENDED = TaskState(State.ENDED, seen_at=200.0)
THEIRS = Wrong("ended", 150.0, "a1", 160.0, "restarting")


def test_what_is_known_elsewhere_completes_what_is_seen_here() -> None:
    hearsay, wrong = Hearsay(), Wrong("ended", 200.0)
    assert hearsay.foresee(key(), THEIRS, RUNS) == ""
    assert hearsay.alarms == {"a1"}
    assert hearsay.see_wrong(key(), wrong, ENDED, 200.0) == ""
    assert wrong == Wrong("ended", 200.0, "a1", 160.0, "restarting")
    assert hearsay.alarms == set()


def test_a_task_that_is_seen_to_run_since_is_another_matter() -> None:
    hearsay, later = Hearsay(), replace(RUNS, seen_at=151.0)
    assert hearsay.foresee(key(), THEIRS, later) == "a1"
    assert hearsay.foresee(key(), THEIRS, replace(later, doubt=Doubt(streak=1))) == "", "it is in doubt"
    assert hearsay.see_right(key(), RUNS) == "", "that was before"
    assert hearsay.see_right(key(), later) == "a1"
    wrong = Wrong("ended", 200.0)
    hearsay.see_wrong(key(), wrong, ENDED, 200.0)
    assert wrong == Wrong("ended", 200.0)


def test_what_is_old_or_was_not_seen_holds_no_more() -> None:
    blind = replace(ENDED, changes=(Transition(key(), 200.0, State.RUNNING, State.ENDED, while_blind=True),))
    for state, at in [(ENDED, THEIRS.since + HEARSAY_SECONDS + 1), (blind, 200.0)]:
        hearsay, wrong = Hearsay(), Wrong("ended", 200.0)
        hearsay.foresee(key(), THEIRS, RUNS)
        assert hearsay.see_wrong(key(), wrong, state, at) == "a1"
        assert wrong.acknowledged_at is None


def test_a_task_that_comes_back_as_it_went_is_as_acknowledged_and_as_snoozed() -> None:
    hearsay, same, other = Hearsay(), Wrong("ended", 150.0), Wrong("ended", 151.0)
    hearsay.leave(key(1), THEIRS, 900.0)
    hearsay.leave(key(2), None, 800.0)
    hearsay.leave(key(3), Wrong("ended", 150.0, "a3"), None)
    assert list(hearsay.come_back([key(1), key(3)])) == [(key(1), 900.0)]
    assert list(hearsay.come_back([key(1)])) == []
    hearsay.see_wrong(key(1), same, ENDED, 200.0)
    assert same == THEIRS
    hearsay.see_wrong(key(1), other, ENDED, 200.0)
    assert other.acknowledged_at is None
    untold = Wrong("ended", 150.0)
    hearsay.see_wrong(key(3), untold, ENDED, 200.0)
    assert untold == Wrong("ended", 150.0), "nobody said anything of it"
    hearsay.see_right(key(1), RUNS)
    again = Wrong("ended", 150.0)
    hearsay.see_wrong(key(1), again, ENDED, 200.0)
    assert again.acknowledged_at is None
