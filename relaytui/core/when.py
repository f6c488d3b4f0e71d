"""Points in time as people write them in a hurry: so long ago, a time of day, or a whole date."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from relaytui.core.entry import Refused

_AGO = re.compile(r"(\d+(?:\.\d+)?) ?(s|m|h|d|w)", re.IGNORECASE)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}


def read_when(text: str, now: float, here: tzinfo | None = None) -> float | Refused:
    """Unix seconds of what was written at `now` (Unix seconds), in the zone `here`, the system's where that is None.

    A time of day is the last one there was: 23:50 said at 00:10 is yesterday's.
    """
    written = text.strip()
    if ago := _AGO.fullmatch(written):
        return now - float(ago[1]) * _SECONDS[ago[2].lower()]
    local_now = datetime.fromtimestamp(now, UTC).astimezone(here)
    try:
        if re.fullmatch(r"\d\d:\d\d(:\d\d)?", written):
            told = datetime.fromisoformat(f"{local_now:%Y-%m-%d}T{written}")
            at = _placed(told, here)
            return at if at <= now else _placed(told - timedelta(days=1), here)
        return _placed(datetime.fromisoformat(written.upper()), here)
    except (ValueError, OverflowError, OSError):
        return Refused("write 90s, 15m, 2h or 3d for so long ago, 03:12 for a time of day, or 2026-01-02T03:12:00Z")


def _placed(told: datetime, here: tzinfo | None) -> float:
    if told.tzinfo is None and here is not None:
        told = told.replace(tzinfo=here)
    return told.timestamp()
