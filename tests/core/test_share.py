"""What is told of others who use the same account, and what is not."""

from __future__ import annotations

from relaytui.core.events import NoticeKind
from relaytui.core.share import LASTING_SECONDS, Company, Share
from tests.core.answers import LANE

ALONE, SHARED = Share(10, 10), Share(5, 10, 2)


def told(*looks: tuple[float, Share]) -> list[str]:
    company = Company(LANE)
    notices = [company.looked(share, at) for at, share in looks]
    assert all(notice.kind is NoticeKind.INSTANCES and notice.lane == LANE for notice in notices if notice)
    return [notice.text for notice in notices if notice]


def test_who_is_alone_is_told_nothing() -> None:
    assert told(*((float(at), ALONE) for at in range(10))) == []


def test_another_instance_is_told_once_and_so_is_its_end() -> None:
    looks = [(float(at), SHARED) for at in range(10)] + [(float(at), ALONE) for at in range(10, 20)]
    assert told(*looks) == [
        "2 instances of relaytui share 10 requests/s; this one has 5",
        "no other instance of relaytui is left: this one has all 10 requests/s",
    ]


def test_one_that_comes_and_goes_is_not_told() -> None:
    assert told((0, ALONE), (1, SHARED), (1 + LASTING_SECONDS / 2, SHARED), (1 + LASTING_SECONDS, ALONE)) == []


def test_nothing_is_told_while_slots_change_hands() -> None:
    unsettled = Share(0, 10, 2, is_settled=False)
    assert told((0, unsettled), (4, unsettled), (5, SHARED)) == [
        "2 instances of relaytui share 10 requests/s; this one has 5"
    ]


def test_trouble_is_told_once() -> None:
    trouble = Share(10, 10, trouble="Read-only file system")
    assert (
        told((0, trouble), (1, trouble), (2, ALONE), (3, trouble))
        == ["cannot see whether other instances use this account too: Read-only file system"] * 2
    )
