from __future__ import annotations

from relaytui.core.journal_limits import JournalLimits


def test_what_is_kept_where_nobody_says_otherwise() -> None:
    assert (JournalLimits().seconds, JournalLimits().size) == (7_776_000, 500_000_000)


def test_parts_of_days_and_megabytes() -> None:
    limits = JournalLimits(days=0.5, megabytes=1.5)
    assert (limits.seconds, limits.size) == (43_200, 1_500_000)
