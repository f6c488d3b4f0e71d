"""Alarms of the whole program: a real terminal that stalls, real hooks, a process that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.test_hooks import Receiver
from tests.test_terminal import BOARD, PROGRAM, TASKS, Simulator, account, board, options, simulator

__all__ = ["simulator"]

LATEST = 1.0 + 3.0 + 1.0 + 1.5 + 1.0
"""Seconds from a task's end to the alarm: interval, confirmation, company, a look at the time, a busy machine."""


def configure(folder: Path, monkeypatch: pytest.MonkeyPatch, **alarms: Any) -> None:
    """Write these settings of `[alarms]`."""
    path = folder / "config.toml"
    path.write_text("[alarms]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in alarms.items()))
    monkeypatch.setenv("RELAYTUI_CONFIG", str(path))


def become_true(condition: Callable[[], object], seconds: float = 20.0) -> float:
    """Wait for it; how long it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not become true"
        time.sleep(0.02)
    return time.monotonic() - begun


def test_with_the_terminal_stalled_an_alarm_is_on_time(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    with receiver.serving() as url:
        configure(tmp_path, monkeypatch, webhook=url)
        with board(simulator) as terminal:
            terminal.wait_for(BOARD)

            def is_asked(count: int) -> bool:
                terminal.press("ctrl+l")
                return simulator.requests > count

            before = simulator.requests
            simulator.wait_until(lambda: is_asked(before + 4 * TASKS), "request while the terminal fills")
            assert terminal.unread >= 4095
            simulator.end_task("lobby loop cam 1")
            assert become_true(lambda: receiver.bodies) < LATEST
            terminal.wait_for("✖ 1 ENDED")
            terminal.press("q")
            assert terminal.wait() == 0
    (body,) = map(json.loads, receiver.bodies)
    assert (body["kind"], body["tasks"][0]["label"]) == ("ended", "lobby loop cam 1")


def test_a_command_that_hangs_stops_neither_the_polling_nor_the_end(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "pid"
    hang = f"import os, time; open({str(started)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    configure(tmp_path, monkeypatch, command=[sys.executable, "-c", hang])
    with board(simulator) as terminal:
        terminal.wait_for(BOARD)
        simulator.end_task("lobby loop cam 1")
        become_true(lambda: started.exists() and started.read_text())
        before = simulator.requests
        become_true(lambda: simulator.requests > before + 2 * TASKS, 10)
        begun = time.monotonic()
        terminal.press("q")
        assert terminal.wait() == 0
        assert time.monotonic() - begun < 3
    become_true(lambda: not _is_alive(int(started.read_text())))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_what_a_killed_watch_did_not_deliver_the_next_delivers_under_the_same_id_and_nothing_twice(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver(500)

    def watch() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*PROGRAM, "watch", "--json", *options(simulator)], stdout=subprocess.PIPE, env={**os.environ, **account()}
        )

    with receiver.serving() as url:
        configure(tmp_path, monkeypatch, webhook=url)
        with watch() as first:
            become_true(lambda: simulator.requests > 2 * TASKS)
            simulator.end_task("lobby loop cam 1")
            become_true(lambda: receiver.bodies)
            first.send_signal(signal.SIGKILL)
        with watch() as second:
            become_true(lambda: len(receiver.bodies) == 2)
            before = simulator.requests
            become_true(lambda: simulator.requests > before + 3 * TASKS)
            second.send_signal(signal.SIGTERM)
    assert len(set(receiver.ids)) == 1
    assert len(receiver.ids) == 2


def test_what_is_acknowledged_on_one_board_is_quiet_on_the_other_and_whoever_is_left_takes_over(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()

    def messages() -> list[tuple[str, str, int | None]]:
        bodies = map(json.loads, receiver.bodies)
        return [(body["event"], body["tasks"][0]["label"], body.get("repeat")) for body in bodies]

    with receiver.serving() as url:
        configure(tmp_path, monkeypatch, webhook=url, repeat=0.05, resolved=True)
        command = [*PROGRAM, "watch", *options(simulator)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **account()}) as first:
            become_true(lambda: simulator.requests > TASKS)
            with board(simulator) as terminal:
                terminal.wait_for(BOARD)
                simulator.end_task("lobby loop cam 1")
                simulator.end_task("lobby loop cam 2")
                become_true(lambda: ("alarm", "lobby loop cam 1", 1) in messages())
                terminal.wait_for("✖ 2 ENDED")
                terminal.press("g", "a")
                terminal.wait_for("reason")
                terminal.press("enter")
                terminal.wait_until(lambda: " ack " in terminal.cursor_row, "acknowledgement")
                acknowledged = "lobby loop cam 1" if "lobby loop cam 1" in terminal.cursor_row else "lobby loop cam 2"
                loud = "lobby loop cam 2" if acknowledged == "lobby loop cam 1" else "lobby loop cam 1"
                time.sleep(2.5)  # how long the other process may take to hear of it
                heard = len(receiver.bodies)
                become_true(lambda: loud in [label for _, label, _ in messages()[heard:]])

                first.send_signal(signal.SIGKILL)
                first.wait()
                simulator.end_task("morning news cam 1")
                assert become_true(lambda: ("alarm", "morning news cam 1", 0) in messages()) < LATEST + 5
                taken_over = len(receiver.bodies)
                become_true(lambda: loud in [label for _, label, _ in messages()[taken_over:]])
                later = messages()[heard:]
                assert all(repeat for _, label, repeat in later if label == loud), "it goes on with the same alarm"
                assert acknowledged not in [label for _, label, _ in later]
