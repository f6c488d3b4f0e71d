from __future__ import annotations

import pytest

from relaytui.core.task import State
from relaytui.core.transition import Severity, Transition
from tests.core.answers import key

S = State


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (S.RUNNING, S.ENDED, Severity.ALARM),
        (S.OVERDUE, S.ENDED, Severity.ALARM),
        (S.RUNNING, S.OVERDUE, Severity.ALARM),
        (S.RUNNING, S.REJECTED, Severity.ALARM),
        (S.RUNNING, S.FINISHED, Severity.NOTICE),
        (S.RUNNING, S.UNRECOGNISED, Severity.NOTICE),
        (S.PENDING, S.NOT_FOUND, Severity.NOTICE),
        (S.ENDED, S.RUNNING, Severity.NOTICE),
        (S.PENDING, S.RUNNING, Severity.INFO),
    ],
)
def test_how_loud_a_change_is(before: State, after: State, severity: Severity) -> None:
    assert Transition(key(), 0.0, before, after).severity is severity


@pytest.mark.parametrize("after", [S.ENDED, S.OVERDUE, S.RUNNING, S.NOT_FOUND])
def test_a_regained_state_is_no_alarm(after: State) -> None:
    assert Transition(key(), 0.0, S.REJECTED, after, regained=True).severity is Severity.NOTICE


@pytest.mark.parametrize(
    ("before", "after", "ran_before", "word"),
    [
        (S.ENDED, S.RUNNING, True, "recovered"),
        (S.FINISHED, S.RUNNING, True, "recovered"),
        (S.NOT_FOUND, S.RUNNING, False, "started"),
        (S.NOT_FOUND, S.RUNNING, True, "recovered"),
        (S.PENDING, S.RUNNING, False, "running"),
        (S.REJECTED, S.RUNNING, True, "running"),
        (S.RUNNING, S.ENDED, True, "ended"),
        (S.PENDING, S.NOT_FOUND, False, "not found"),
    ],
)
def test_the_word_for_a_change(before: State, after: State, ran_before: bool, word: str) -> None:
    assert Transition(key(), 0.0, before, after, ran_before=ran_before).word == word


def test_no_word_says_failed() -> None:
    changes = [Transition(key(), 0.0, before, after) for before in State for after in State]
    assert not any("fail" in change.word for change in changes)
