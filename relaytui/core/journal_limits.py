"""How much of the past the journal keeps: the settings of `[journal]`."""

from __future__ import annotations

from dataclasses import dataclass

MOST_DAYS = 3650.0
MOST_MEGABYTES = 100_000.0


@dataclass(frozen=True, slots=True)
class JournalLimits:
    """What is older is forgotten, and where the file is larger nevertheless, the oldest; the last hour never."""

    days: float = 90.0
    megabytes: float = 500.0

    @property
    def seconds(self) -> float:
        """The days in seconds."""
        return 86_400 * self.days

    @property
    def size(self) -> int:
        """The megabytes in bytes."""
        return int(1_000_000 * self.megabytes)
