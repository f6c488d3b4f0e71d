from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from relaytui.core.entry import Refused
from relaytui.core.when import read_when

NOW = 1_767_323_045.0
"""2026-01-02T03:04:05Z, which is 11:04:05 here."""
HERE = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90s", 90.0),
        ("15m", 900.0),
        ("2h", 7200.0),
        ("1.5H", 5400.0),
        ("3 d", 3 * 86_400.0),
        ("1w", 604_800.0),
        ("11:04", 5.0),
        ("11:03:05", 60.0),
        ("11:05", 86_400.0 - 55.0),
        ("2026-01-02T03:04:05Z", 0.0),
        ("2026-01-02t03:04z", 5.0),
        ("2026-01-02 11:04", 5.0),
        ("2026-01-02T05:04:05+02:00", 0.0),
        ("2026-01-02", 11 * 3600.0 + 245.0),
    ],
)
def test_what_people_write(text: str, ago: float) -> None:
    assert read_when(text, NOW, HERE) == NOW - ago


@pytest.mark.parametrize("text", ["", "yesterday", "2", "-2h", "25:00", "2026-13-01", "2h ago", "9999999999999999d"])
def test_what_is_no_time_is_refused_with_what_is(text: str) -> None:
    found = read_when(text, NOW, HERE)
    assert isinstance(found, Refused) or found < 0
    if isinstance(found, Refused):
        assert "2h" in found.reason
