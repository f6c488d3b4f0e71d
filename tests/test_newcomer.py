"""A newcomer's first hour, with what the README and the program itself say to type.

It goes from nothing over the demo to a live board, an alarm that reaches a command, and a text to hand over.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals here", allow_module_level=True)

from tests.commands.test_simulate import running
from tests.terminal import PATIENCE, Terminal

PROGRAM = [sys.executable, "-m", "relaytui"]
ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _from_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)


def relaytui(*arguments: str) -> str:
    """What the command prints."""
    command = [*PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False).stdout


def test_from_nothing_to_the_demo_to_a_board_of_ones_own() -> None:
    with Terminal(PROGRAM) as terminal:
        terminal.wait_for("What next?", "d   demo", "c   sign in", "+   add tasks")
        terminal.press("d")
        terminal.wait_for("DEMO", "● running", "? help", gone=["What next?"])
        terminal.press("q")
        terminal.wait_for("What next?", gone=["DEMO"])
        terminal.send(b"\x1b[200~Mei: it is t7Xk0JvGm3yKq-9Lw2PzQz..\x1b[201~")
        terminal.wait_for("add tasks", "no SdkAppId for this task")
        terminal.press("\x13")
        terminal.wait_for("which SdkAppId do these tasks belong to?")
        terminal.press(*"1600012345")
        terminal.wait_for("1 new")
        terminal.press("enter")
        terminal.wait_for("○ pending", "t7Xk0JvGm3yKq", "NO CREDENTIAL · press c", gone=["What next?"])
        terminal.press("q")
        assert terminal.wait() == 0
    assert "t7Xk0JvGm3yKq-9Lw2PzQz.." in relaytui("list")


def test_from_the_simulator_to_an_alarm_and_a_handover(tmp_path: Path) -> None:
    told = tmp_path / "told.ndjson"
    config = Path(relaytui("config", "path").strip())
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f'[alarms]\ncommand = ["sh", "-c", "cat >> {told}"]\n')
    assert "✔ command" in relaytui("alert", "test")
    assert len(told.read_text().splitlines()) == 1

    with running("--scenario", "calm", "--count", "12", "--write-tasks", "tasks.csv") as (_, said):
        environment = dict(re.findall(r"export (\w+)=(\S+)", said))
        (command,) = re.findall(r"^  relaytui (--tasks .*)$", said, re.MULTILINE)
        (state,) = re.findall(r"curl (\S+/_control)/state", said)
        with Terminal(
            [*PROGRAM, *shlex.split(command), "--interval", "1"], width=160, environment=environment
        ) as terminal:
            terminal.wait_for("● 12 RUNNING")
            ended = (tmp_path / "tasks.csv").read_text().splitlines()[1]
            task_id, *_, label, _ = ended.split(",")
            body = json.dumps({"task_id": task_id, "status": "NotExist"}).encode()
            urllib.request.urlopen(f"{state}/status", data=body, timeout=PATIENCE).close()
            terminal.wait_for("✖ 1 ENDED", f"✖ ended         {label}")
            terminal.wait_until(lambda: len(told.read_text().splitlines()) == 2, "alarm in the file")
            alarm = json.loads(told.read_text().splitlines()[1])
            assert alarm["event"] == "alarm"
            assert label in alarm["text"]
            terminal.press("n", "a")
            terminal.wait_for("reason, if there is one")
            terminal.press(*"calling Mei", "enter")
            terminal.wait_for("calling Mei", gone=["reason, if there is one"])
            terminal.press("q")
            assert terminal.wait() == 0

    text = relaytui("handover")
    assert text.startswith("#")
    assert label in text
    assert "calling Mei" in text
