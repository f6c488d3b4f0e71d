"""A temporary key's end is told once, ten minutes before."""

from __future__ import annotations

import pytest

from relaytui.core.events import NoticeKind
from relaytui.core.expiry import WARNING_SECONDS, Expiry, expires_soon, time_left
from tests.core.answers import LANE


def test_it_is_told_once_in_time_and_again_for_the_next_key() -> None:
    expiry = Expiry()
    assert expiry.note(None, 0.0, LANE) is None
    assert expiry.note(1000.0, 1000.0 - WARNING_SECONDS - 0.5, LANE) is None
    notice = expiry.note(1000.0, 420.0, LANE)
    assert notice is not None
    assert (notice.kind, notice.lane, notice.at) == (NoticeKind.EXPIRY, LANE, 420.0)
    assert notice.text == "the key expires in 9m40s: sign in again"
    assert expiry.note(1000.0, 421.0, LANE) is None
    assert expiry.note(5000.0, 421.0, LANE) is None
    assert expiry.at == 5000.0
    late = expiry.note(5000.0, 6000.0, LANE)
    assert late is not None
    assert late.text == "the key has expired: sign in again"


def test_a_key_that_never_ends_is_never_soon_over() -> None:
    assert not expires_soon(None, 1e12)
    assert expires_soon(10.0, 20.0)


@pytest.mark.parametrize(
    ("seconds", "told"), [(-5, "0s"), (45.9, "45s"), (580, "9m40s"), (60, "1m00s"), (11_100, "3h05m")]
)
def test_how_a_time_left_is_said(seconds: float, told: str) -> None:
    assert time_left(seconds) == told
