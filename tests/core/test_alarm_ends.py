from __future__ import annotations

from relaytui.core.alarm_ends import Ends
from relaytui.core.storm import STORM_SECONDS
from tests.core.answers import LANE, key

OVER = STORM_SECONDS + 1


def test_an_alarm_is_over_once_nothing_is_left_and_no_storm_can_take_more() -> None:
    ends = Ends(wanted=True)
    assert ends.let_go(key(1), "a")
    assert list(ends.take({"a"}, 0.0)) == []
    assert ends.let_go(key(2), "a")
    assert list(ends.take(set(), 100.0)) == []
    assert list(ends.take({"a"}, 105.0)) == [], "another task has joined"
    assert list(ends.take(set(), 106.0)) == []
    assert list(ends.take(set(), 106.0 + OVER)) == [("a", (key(1), key(2)))]
    assert not ends
    assert list(ends.take(set(), 1000.0)) == []


def test_what_is_kept_is_over_after_a_restart() -> None:
    ends, again = Ends(wanted=True), Ends(wanted=True)
    ends.let_go(LANE, "a")
    again.restore(ends.memory)
    assert list(again.take(set(), 0.0)) == []
    assert list(again.take(set(), OVER)) == [("a", (LANE,))]


def test_nothing_is_over_where_nobody_wants_to_hear_of_it_or_nobody_was_told() -> None:
    assert not Ends(wanted=False).let_go(key(1), "a")
    assert not Ends(wanted=True).let_go(key(1), "")
