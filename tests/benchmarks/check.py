"""`relaytui check` of one task against a script on the vendor's SDK, as whole processes on the same simulator.

Run by `python -m tests.benchmarks check`. Both run in one virtual environment that holds what relaytui depends on and
the SDK, without what development needs: click, which comes with that, makes httpx load its own command line. The
environment is made once, in the system's folder for temporary files.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.accounts import task_ids
from tests.benchmarks.cloud import ROOT, Cloud, Wanted, relaytui
from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import Cost, cost

BAR = 1.1
ROUNDS = 25
SDK = "tencentcloud-sdk-python-trtc"
SCRIPT = Path(__file__).with_name("vendor_sdk.py")


def clean_python() -> str:
    """The interpreter of an environment with relaytui's dependencies and the SDK only; made where it is not there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for one in project["optional-dependencies"]["dev"] if SDK in one)]
    name = hashlib.sha256(f"{sys.version} {wanted}".encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"relaytui-benchmark-{os.getuid()}-{name}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, clear=True, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        (folder / "ready").touch()
    if subprocess.run([str(python), "-c", "import click"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        raise RuntimeError(f"{folder} has click in it")
    return str(python)


def measure() -> Iterator[Figure]:
    """Wall time and processor time, in turns."""
    python = clean_python()
    (task_id,) = task_ids(1)
    ours: list[Cost] = []
    theirs: list[Cost] = []
    with Cloud(Wanted(1)) as cloud:
        commands = (relaytui("check", task_id, python=python), [python, str(SCRIPT), task_id])
        for number in range(ROUNDS + 1):
            mine, other = (cost(command, cloud.environment) for command in commands)
            if number:  # The first round compiles.
                ours.append(mine)
                theirs.append(other)
    for name in Cost._fields:
        ratio = statistics.median(getattr(a, name) / getattr(b, name) for a, b in zip(ours, theirs, strict=True))
        medians = [statistics.median(getattr(one, name) for one in costs) * 1e3 for costs in (ours, theirs)]
        told = f"{medians[0]:.0f} ms against {medians[1]:.0f} ms, {ROUNDS} rounds in turns, ratio round by round"
        yield Figure(f"check against the vendor's SDK, {name} time", ratio, BAR, told)
