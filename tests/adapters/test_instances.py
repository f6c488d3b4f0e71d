"""Lock files between real processes: who has which slots, what a kill leaves behind, who reaches out."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from relaytui.adapters import instances
from relaytui.adapters.instances import UNQUIET_SECONDS, AlarmTurn, InTurn, SharedBudget
from relaytui.adapters.places import hashed
from relaytui.core.events import Alarm, AlarmKind, Resolved
from relaytui.core.share import Share
from relaytui.ports import NoNotifier
from tests.disks import fill_up, small_disk

PATIENCE = 10.0
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "lane"


def look(lease: SharedBudget, taken: int = 0) -> Share:
    return asyncio.run(lease.look(taken))


def settle(*leases: SharedBudget) -> list[float]:
    """Everybody looks in turn until nothing changes any more; what each has."""
    deadline = time.monotonic() + PATIENCE
    while True:
        shares = [look(lease) for lease in leases]
        if all(share.is_settled for share in shares):
            return [share.budget for share in shares]
        assert time.monotonic() < deadline, shares
        time.sleep(0.02)


def test_who_is_alone_has_everything_at_once(folder: Path) -> None:
    assert look(SharedBudget(folder, 10)) == Share(10, 10)


@pytest.mark.parametrize("budget", [0.5, 1.0, 2.5, 20.0])
def test_a_budget_that_is_no_whole_number_stays_what_it_is(folder: Path, budget: float) -> None:
    assert look(SharedBudget(folder, budget)).budget == budget


def test_two_have_half_each_and_all_again_when_one_leaves(folder: Path) -> None:
    first, second = SharedBudget(folder, 10), SharedBudget(folder, 10)
    assert look(first).budget == 10
    assert look(second) == Share(0, 10, 2, is_settled=False)
    assert settle(first, second) == [5, 5]
    second.close(0)
    assert settle(first) == [10]


def test_a_budget_can_change_and_the_others_get_what_it_leaves(folder: Path) -> None:
    first, second = SharedBudget(folder, 10), SharedBudget(folder, 10)
    assert settle(first, second) == [5, 5]
    first.set_budget(4)
    second.set_budget(4)
    assert settle(first, second) == [2, 2]
    second.close(0)
    first.set_budget(20)
    assert settle(first) == [20]
    assert look(first).total == 20


def test_three_of_ten_leave_one_slot_free(folder: Path) -> None:
    assert settle(*(SharedBudget(folder, 10) for _ in range(3))) == [3, 3, 3]


def test_a_slot_that_is_taken_is_not_given_away(folder: Path) -> None:
    first, second = SharedBudget(folder, 10), SharedBudget(folder, 10)
    look(first)
    look(second)
    for _ in range(3):
        assert look(first, taken=8).budget == 5
    assert look(second).budget == 2
    look(first, taken=5)
    assert look(second).budget == 5


def test_the_lane_is_told_before_a_slot_is_given_away(folder: Path) -> None:
    """Between a look and the next the lane may take as many slots as it was told: none of them may go."""
    first, second = SharedBudget(folder, 10), SharedBudget(folder, 10)
    look(first)
    look(second)
    assert look(first, taken=0).budget == 5
    assert look(second).budget == 0
    look(first, taken=0)
    assert look(second).budget == 5


def test_who_wants_one_slot_leaves_the_others_free(folder: Path) -> None:
    leases = [SharedBudget(folder, 10, wanted=1) for _ in range(10)]
    assert [look(lease).budget for lease in leases] == [1] * 10


def test_with_more_processes_than_slots_everybody_gets_a_turn(folder: Path) -> None:
    leases = [SharedBudget(folder, 1) for _ in range(3)]
    turns = [0, 0, 0]
    for _ in range(30):
        budgets = [look(lease).budget for lease in leases]
        assert sum(budgets) <= 1
        turns = [turn + int(budget) for turn, budget in zip(turns, budgets, strict=True)]
    assert min(turns) >= 4


def test_a_slot_whose_requests_may_still_count_has_to_wait(folder: Path) -> None:
    first, second = SharedBudget(folder, 10), SharedBudget(folder, 10)
    look(first)
    first.close(taken=4)
    began = time.monotonic()
    assert look(second).budget == 6
    assert settle(second) == [10]
    assert UNQUIET_SECONDS - 0.1 < time.monotonic() - began < UNQUIET_SECONDS + 1


def test_one_after_another_takes_the_slots_that_are_quiet(folder: Path) -> None:
    for _ in range(10):
        lease = SharedBudget(folder, 10, 1)
        assert look(lease).budget == 1
        lease.close(taken=1)
    assert look(SharedBudget(folder, 10, 1)).budget == 0


def test_of_a_slot_that_was_left_in_order_only_the_rest_is_waited_for(folder: Path) -> None:
    first = SharedBudget(folder, 10)
    look(first)
    first.close(taken=10)
    for path in folder.glob("slot-*"):
        os.utime(path, (time.time() - UNQUIET_SECONDS,) * 2)
    assert look(SharedBudget(folder, 10)).budget == 10


def test_nothing_has_to_wait_long_after_the_end_of_its_holder(folder: Path) -> None:
    first = SharedBudget(folder, 10)
    look(first)
    first.close(taken=10)
    for path in folder.glob("slot-*"):
        os.utime(path, (time.time() - 60,) * 2)
    assert look(SharedBudget(folder, 10)).budget == 10


PROGRAM = """
import asyncio, sys
from pathlib import Path
from relaytui.adapters.instances import AlarmTurn, SharedBudget

lease, turn = SharedBudget(Path(sys.argv[1]), 10), AlarmTurn(Path(sys.argv[2]))
asyncio.run(lease.look(0))
turn.may_alarm()
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), str(folder.parent / "turn")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(condition: Callable[[], bool]) -> float:
    """The seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE, "it never came to be"
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_after_a_kill_the_others_take_over_within_five_seconds(folder: Path) -> None:
    lease, turn = SharedBudget(folder, 10), AlarmTurn(folder.parent / "turn")
    with another_process(folder) as process:
        assert look(lease).instances == 2
        assert look(lease).budget == 0
        assert not turn.may_alarm()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert turn.may_alarm()
        assert look(lease).budget == 0, "what the dead one sent may still count"
        took = wait_until(lambda: look(lease) == Share(10, 10))
        assert UNQUIET_SECONDS - 0.2 < took < 5


def test_the_turn_goes_on_when_its_holder_leaves(tmp_path: Path) -> None:
    first, second = AlarmTurn(tmp_path / "new" / "turn"), AlarmTurn(tmp_path / "new" / "turn")
    assert [first.may_alarm(), second.may_alarm(), first.may_alarm()] == [True, False, True]
    first.close()
    assert second.may_alarm()


def test_a_holder_that_stands_still_is_deposed_and_knows_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instances, "STILL_SECONDS", 0.3)
    first, second, third = (AlarmTurn(tmp_path / "turn") for _ in range(3))
    assert first.may_alarm()
    began = time.monotonic()
    while time.monotonic() - began < 0.6:
        assert (first.may_alarm(), second.may_alarm()) == (True, False), "it shows signs of life"
        time.sleep(0.02)
    assert 0.2 < wait_until(second.may_alarm) < 1
    assert [second.may_alarm(), first.may_alarm(), third.may_alarm()] == [True, False, False]
    second.close()
    assert first.may_alarm()


def test_who_has_something_to_reach_out_with_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instances, "STILL_SECONDS", 0.3)
    hooks = tmp_path / "list.hooks"
    without = AlarmTurn(tmp_path / "list", unless=AlarmTurn(hooks))
    assert without.may_alarm()
    having = AlarmTurn(hooks)
    assert [having.may_alarm(), without.may_alarm()] == [True, False]
    assert 0.2 < wait_until(without.may_alarm) < 1, "it stands still"
    assert having.may_alarm()
    assert not without.may_alarm()
    having.close()
    assert without.may_alarm()


class Recorder(NoNotifier):
    """A notifier that remembers."""

    def __init__(self) -> None:
        self.sent: list[Alarm | Resolved] = []
        self.resumed: list[Mapping[str, str]] = []

    def send(self, alarm: Alarm) -> None:
        self.sent.append(alarm)

    def resolve(self, resolved: Resolved) -> None:
        self.sent.append(resolved)

    def resume(self, kept: Mapping[str, str]) -> None:
        self.resumed.append(kept)


def alarm_at(at: float) -> Alarm:
    return Alarm(f"a{at}", at, AlarmKind.ENDED, "cam 1 ended", at)


async def test_one_alarm_reaches_people_once_and_the_next_one_too_when_its_carrier_is_gone(tmp_path: Path) -> None:
    recorders = [Recorder(), Recorder()]
    first, second = (InTurn(recorder, AlarmTurn(tmp_path / "turn")) for recorder in recorders)
    over = Resolved(3.0, "a1.0", "resolved: cam 1 is running")
    for each in (second, first):
        each.send(alarm_at(1.0))
        each.resolve(over)
        each.resume({"kept": "text"})
    assert [recorder.sent for recorder in recorders] == [[alarm_at(1.0), over], []]
    assert [recorder.resumed for recorder in recorders] == [[{"kept": "text"}], []]
    assert [first.is_on_turn(), second.is_on_turn()] == [True, False]
    await first.aclose()
    assert second.is_on_turn()
    second.send(alarm_at(4.0))
    second.resume({"kept": "text"})
    assert (recorders[1].sent, recorders[1].resumed) == ([alarm_at(4.0)], [{"kept": "text"}])


def test_where_nothing_can_be_locked_everybody_goes_on_as_if_alone(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.touch()
    share = look(SharedBudget(nowhere / "lane", 10))
    assert (share.budget, share.instances) == (10, 1)
    assert share.trouble
    assert AlarmTurn(nowhere / "turn").may_alarm()


def test_a_full_disk_shares_the_budget_all_the_same(folder: Path) -> None:
    with small_disk(folder):
        fill_up(folder / "filler")
        first, second = SharedBudget(folder, 10), SharedBudget(folder, 10)
        assert look(first) == Share(10, 10)
        look(second)
        assert settle(first, second) == [5, 5]
        first.close(5)
        assert settle(second) == [10]


def test_where_not_all_files_can_be_made_who_is_alone_has_everything(folder: Path) -> None:
    with small_disk(folder, "nr_inodes=3"):
        share = look(SharedBudget(folder, 10))
    assert (share.budget, share.trouble) == (10, "No space left on device")


def test_who_knew_of_others_does_not_take_their_part_when_the_folder_goes(folder: Path) -> None:
    first, second = SharedBudget(folder, 10), SharedBudget(folder, 10)
    assert settle(first, second) == [5, 5]
    folder.rename(folder.with_name("gone"))
    folder.touch()
    assert look(first).budget == 5


def test_nothing_tells_the_secret_id(folder: Path) -> None:
    name = hashed("AKIDexample", "trtc.tencentcloudapi.com")
    look(SharedBudget(folder / name, 2))
    assert all(path.stat().st_size <= 1 for path in folder.rglob("*") if path.is_file())


@pytest.mark.skipif(sys.platform == "win32", reason="no modes")
def test_only_the_owner_may_look(folder: Path) -> None:
    look(SharedBudget(folder, 2))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
