"""The machine's clocks."""

from __future__ import annotations

import sys
import time


class SystemClock:
    """Wall time, and a monotonic time that goes on while the machine sleeps, so that no age is ever understated.

    Linux stops CLOCK_MONOTONIC during suspend and has CLOCK_BOOTTIME for this; macOS' CLOCK_MONOTONIC and Windows'
    monotonic clock go on anyway.
    """

    def wall(self) -> float:
        """Unix seconds (UTC)."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go back, suspend included."""
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        if sys.platform == "darwin":
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()
