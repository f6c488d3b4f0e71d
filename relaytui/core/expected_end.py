"""An expected end as people write it: a time of day, so long from now, or RFC 3339."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from relaytui.core.entry import Refused
from relaytui.core.listing import read_time

_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_SPAN = re.compile(r"\+\s*(?:(\d{1,4})\s*d)?\s*(?:(\d{1,5})\s*h)?\s*(?:(\d{1,6})\s*m(?:in)?)?", re.ASCII)
_HOW = "give a time of day such as 20:15, a span such as +2h or +1h30m, or RFC 3339 such as 2026-01-31T20:15:00Z"


def read_expected_end(text: str, now: float, local: Callable[[float], datetime]) -> float | Refused | None:
    """The expected end in Unix seconds, None where there is none.

    A time of day is the next one from `now` (Unix seconds) on; so is a day and a time without a zone, as written, where
    people live by `local`, which gives the local time of Unix seconds with its offset.
    """
    text = text.strip()
    if not text:
        return None
    if (match := _TIME_OF_DAY.fullmatch(text)) is not None:
        begin = local(now).replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
        days = 0 if _at(begin, local) > now else 1
        return _at(begin + timedelta(days=days), local)
    if len(text) > 1 and (match := _SPAN.fullmatch(text)) is not None:
        days, hours, minutes = (int(number or 0) for number in match.groups())
        # A list has no finer times than it can write, so what is read back must be what was given.
        return round(now) + 86_400.0 * days + 3_600 * hours + 60 * minutes
    try:
        written = datetime.fromisoformat(text)
        if written.tzinfo is None and ":" in text:
            return _at(written.replace(tzinfo=local(now).tzinfo), local)
    except (ValueError, OverflowError, OSError):
        pass
    found = read_time(text)
    return Refused(_HOW) if isinstance(found, Refused) else found


def _at(written: datetime, local: Callable[[float], datetime]) -> float:
    """The Unix seconds at which a local clock shows what is written, whatever the offset is by then."""
    guess = written.timestamp()
    there = local(guess).utcoffset()
    here = written.utcoffset()
    return guess if there is None or here is None else guess + (here - there).total_seconds()
