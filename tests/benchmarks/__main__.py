"""`python -m tests.benchmarks [PART ...]`: every figure with its bar; exit code 1 where one is missed.

Ratios are taken inside one run, because the machine's speed drifts. Absolute shares of a core are the kernel's count of
processor time; "reference loop" tells how fast the machine is while they are taken.
"""

from __future__ import annotations

import argparse
import compileall
import importlib
import sys
import time
from pathlib import Path

import relaytui
from tests.benchmarks.figures import show

PARTS = ("pacing", "paint", "check", "program", "table", "list", "journal", "stall", "day")


def reference_loop() -> float:
    """Milliseconds of processor time that a fixed piece of work takes now; the best of five."""
    best = float("inf")
    for _ in range(5):
        begun = time.process_time()
        sum(number * number for number in range(1_000_000))
        best = min(best, time.process_time() - begun)
    return best * 1e3


def main() -> int:
    """Run the parts that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parts: list[str] = parser.parse_args().parts or list(PARTS)
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"no part {', '.join(unknown)}: there are {', '.join(PARTS)}")
    # As installed: pip compiles what it installs, and a checkout may be told not to keep its byte code.
    compileall.compile_dir(str(Path(relaytui.__file__).parent), quiet=1)
    missed = 0
    for part in parts:
        begun = time.monotonic()
        print(f"\n{part}  (reference loop {reference_loop():.0f} ms)", flush=True)  # noqa: T201 - this is a command
        missed += show(importlib.import_module(f"tests.benchmarks.{part}").measure())
        print(f"      {time.monotonic() - begun:.0f} s", flush=True)  # noqa: T201 - this is a command
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
