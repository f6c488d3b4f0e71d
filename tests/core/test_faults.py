"""When a fault of the program is told, and when it is called degraded."""

from __future__ import annotations

from relaytui.core.events import NoticeKind
from relaytui.core.faults import MANY, WITHIN, Faults


def told(*moments: float) -> list[NoticeKind | None]:
    faults = Faults()
    notices = [faults.note("polling", KeyError("x"), now=moment, at=0.0) for moment in moments]
    return [notice.kind if notice else None for notice in notices]


def test_three_within_a_minute_are_degraded_and_more_of_them_are_no_news() -> None:
    assert told(0, 1, 2, 3, 4) == [NoticeKind.FAULT, NoticeKind.FAULT, NoticeKind.DEGRADED, None, None]


def test_faults_far_apart_are_each_told() -> None:
    assert told(*(number * WITHIN / (MANY - 1) for number in range(9))) == [NoticeKind.FAULT] * 9


def test_after_a_calm_minute_it_begins_anew() -> None:
    again = [NoticeKind.FAULT, NoticeKind.FAULT, NoticeKind.DEGRADED]
    assert told(0, 1, 2, 100, 101, 102) == again * 2


def test_the_notice_says_what_was_done_and_never_what_the_exception_holds() -> None:
    notice = Faults().note("asking about 1234", ValueError("secret"), now=0.0, at=5.0)
    assert notice is not None
    assert notice.at == 5.0
    assert notice.text == "internal fault while asking about 1234: ValueError; it goes on, the log has the details"
