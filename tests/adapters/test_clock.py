from __future__ import annotations

import sys
import time

import pytest

from relaytui.adapters.clock import SystemClock


def test_wall_is_unix_time() -> None:
    assert abs(SystemClock().wall() - time.time()) < 5


def test_monotonic_never_goes_back() -> None:
    clock = SystemClock()
    moments = [clock.monotonic() for _ in range(1000)]
    assert moments == sorted(moments)
    assert moments[-1] - moments[0] < 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a second clock for the time asleep")
def test_linux_counts_the_time_asleep() -> None:
    assert abs(SystemClock().monotonic() - time.clock_gettime(time.CLOCK_BOOTTIME)) < 1
