"""What a terminal that nobody reads for a minute costs: gaps between polls, the delay of an alarm, the picture after.

Run by `python -m tests.benchmarks stall`. Somebody types, because a picture for every key fills the terminal, and
in the stall goes on typing; tasks end in a calm time and during the stall; the alarms' command notes when it is called.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from relaytui.simulator.api import Api
from relaytui.simulator.world import NOT_EXIST
from tests.benchmarks.accounts import APP, LABEL, task_ids
from tests.benchmarks.cloud import Cloud, Wanted, latency, relaytui
from tests.benchmarks.figures import Figure
from tests.benchmarks.pty_screen import PtyScreen

TASKS = 40
WARM_SECONDS = 5.0
CALM_SECONDS = 30.0
STALL_SECONDS = 60.0
END_AFTER = 10.0
"""Seconds of either time after which a task ends: the terminal is long full."""
TYPING_SECONDS = 6.0
KEY_SECONDS = 0.1
MORE_SECONDS = 1.0
"""What a stall may add to a gap or a delay."""
RIGHT_SECONDS = 2.0
NOTE = "import sys, time, json; json.load(sys.stdin); print(time.time(), file=open(sys.argv[1], 'a'))"


def measure() -> Iterator[Figure]:
    """All figures of this part, in about two minutes."""
    with TemporaryDirectory() as folder, Cloud(Wanted(TASKS, faults=(latency(0.02),))) as cloud:
        called, settings = Path(folder, "called"), Path(folder, "config.toml")
        settings.write_text(f"[alarms]\ncommand = {json.dumps([sys.executable, '-c', NOTE, str(called)])}\n")
        command = relaytui("dashboard", "--tasks", cloud.task_list(), "--budget", "20", "--interval", "2")
        with PtyScreen(command, environment=cloud.environment | places(folder, settings)) as screen:
            if not screen.read(30.0, until=lambda: LABEL.encode() in screen.output):
                raise RuntimeError(f"nothing was painted: {screen.output[-2000:]!r}")
            screen.read(WARM_SECONDS)
            calm, calm_delay = watch(cloud, screen, called, CALM_SECONDS, ends=0, reading=True)
            stalled, stalled_delay = watch(cloud, screen, called, STALL_SECONDS, ends=1, reading=False)
            begun, read = time.monotonic(), len(screen.chunks)
            screen.read(10.0, until=lambda: b"2 ENDED" in b"".join(chunk.data for chunk in screen.chunks[read:]))
            right = time.monotonic() - begun
            screen.read(1.0)
            picture = screen.picture()
            if "2 ENDED" not in picture or "STATE" not in picture:
                raise RuntimeError(f"the picture is not right:\n{picture}")
    yield Figure("largest poll gap in the stall, more than calm", stalled - calm, MORE_SECONDS, f"{calm:.2f} s calm")
    told = f"{calm_delay:.2f} s calm"
    yield Figure("alarm in the stall, later than calm", stalled_delay - calm_delay, MORE_SECONDS, told)
    yield Figure("seconds until the screen is right again", right, RIGHT_SECONDS, f"{STALL_SECONDS:g} s not read")


def places(folder: str, settings: Path) -> dict[str, str]:
    """Nothing of this machine's journal, and the settings."""
    return {"RELAYTUI_CONFIG": str(settings), "XDG_STATE_HOME": folder, "XDG_DATA_HOME": folder, "HOME": folder}


def watch(
    cloud: Cloud, screen: PtyScreen, called: Path, seconds: float, *, ends: int, reading: bool
) -> tuple[float, float]:
    """Type for so long while one task ends: the largest gap between two polls, and how late the alarm's command ran."""
    begun = time.time()
    ended = 0.0
    while (now := time.time()) < begun + seconds:
        if now < begun + TYPING_SECONDS:
            screen.send(b"?")
        elif not reading:
            screen.send(b"j")
        if reading:
            screen.read(KEY_SECONDS)
        else:
            time.sleep(KEY_SECONDS)
        if not ended and now > begun + END_AFTER:
            ended = now
            cloud.call(partial(end, number=ends, at=now))
    arrivals = [at for at in cloud.arrivals() if begun <= at <= now]
    times = [float(line) for line in called.read_text().split()] if called.exists() else []
    delay = next((at - ended for at in times if at > ended), seconds)
    return max(after - before for before, after in pairwise(arrivals)), delay


def end(api: Api, *, number: int, at: float) -> None:
    """Let the task with this number end."""
    api.world.set_status(APP, task_ids(TASKS)[number], NOT_EXIST, at)
