"""What processes cost, as the kernel counts it. Linux only, like the figures that need it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Processor time of a process with all its threads, user and system, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK


def fine_cpu_seconds(pid: int) -> float:
    """Processor time of the threads that a process has now, in fine steps."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def resident_megabytes(pid: int) -> float:
    """Memory of a process that is in RAM now, in 10^6 bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6


class Cost(NamedTuple):
    """Seconds from start to end of a whole process, and its processor time."""

    wall: float
    cpu: float


def cost(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command to its end; raises RuntimeError where it does not end well."""
    begun = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        said = process.stdout.read() if process.stdout else b""
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}: {said.decode('utf-8', 'replace')}")
    return Cost(wall, usage.ru_utime + usage.ru_stime)
