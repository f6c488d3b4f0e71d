"""Times as a person reads them: local, with UTC beside it where they are compared with other records."""

from __future__ import annotations

from datetime import UTC, datetime


def local(at: float) -> datetime:
    """The local time at `at` (Unix seconds)."""
    return datetime.fromtimestamp(at, tz=UTC).astimezone()


def time_of_day(at: float) -> str:
    """The local time of day, `03:14:07`."""
    return f"{local(at):%H:%M:%S}"


def stamp(at: float) -> str:
    """The time in a file's name, `20260102T030405Z`."""
    return f"{datetime.fromtimestamp(at, tz=UTC):%Y%m%dT%H%M%SZ}"


def day(at: float) -> str:
    """The local day, `2026-01-02`."""
    return f"{local(at):%Y-%m-%d}"


def both(at: float) -> str:
    """Local time and UTC, `2026-01-02 04:04:05 (03:04:05 UTC)`; once where they are the same."""
    utc = datetime.fromtimestamp(at, tz=UTC)
    local = utc.astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S} ({utc:%H:%M:%S} UTC)" if local.utcoffset() else f"{utc:%Y-%m-%d %H:%M:%S} UTC"


def stopwatch(seconds: float) -> str:
    """How long something has lasted, to the second: `00:41`, from an hour on `1:02:03`."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes:02}:{whole % 60:02}"


def span_of_time(since: float, until: float) -> str:
    """From when to when and how long, `03:12:01-03:16:13, 4m12s`; both are Unix seconds."""
    minutes, seconds = divmod(round(max(0.0, until - since)), 60)
    hours, minutes = divmod(minutes, 60)
    lasted = f"{hours}h{minutes:02}m" if hours else f"{minutes}m{seconds:02}s" if minutes else f"{seconds}s"
    return f"{time_of_day(since)}-{time_of_day(until)}, {lasted}"
