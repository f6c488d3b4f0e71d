from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from relaytui.adapters.places import list_path
from relaytui.cli import main
from relaytui.commands.check import Verdict, verdict
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.task import State, Status, TaskKey
from relaytui.simulator.server import SimulatorThread
from relaytui.simulator.world import Fault, FaultKind, World
from tests.commands.conftest import APP, REGION, SOURCE
from tests.commands.schemas import validator

CHECK = validator("check")


def objects(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    for one in found:
        CHECK.validate(one)
    return found


@pytest.mark.usefixtures("simulator")
def test_a_running_task_is_exit_code_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "running"]) == 0
    shown = capsys.readouterr()
    assert shown.err == SOURCE
    assert shown.out.startswith("● running")
    assert "  running  The API says that the task is in progress.  " in shown.out
    assert "RequestId " in shown.out


@pytest.mark.usefixtures("simulator")
def test_a_task_that_is_not_there_is_exit_code_3_and_said_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nowhere", "running"]) == 3
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("? not found")
    assert State.NOT_FOUND.meaning in first
    assert second.startswith("● running")


@pytest.mark.usefixtures("simulator")
def test_json_has_an_object_per_task_in_the_order_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", "running", "nowhere", "odd"]) == 3
    running, nowhere, odd = objects(capsys.readouterr().out)
    assert running["task"] == {
        "profile": "default",
        "region": "ap-singapore",
        "sdk_app_id": 1400188366,
        "task_id": "running",
        "label": "",
    }
    assert (running["status"], running["state"], running["failure"]) == ("InProgress", "running", None)
    assert running["request_id"]
    assert 0 < running["latency_ms"] < 5000
    assert (nowhere["status"], nowhere["state"]) == ("NotExist", "not_found")
    assert (odd["status"], odd["state"]) == ("Idle", "unrecognised")


@pytest.mark.usefixtures("simulator")
@pytest.mark.parametrize(
    "arguments", [["-k3+x_y.."], ["--json", "-k3+x_y.."], ["-k3+x_y..", "--json"], ["--", "-k3+x_y.."]]
)
def test_task_ids_that_look_odd_work_wherever_they_stand(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", *arguments]) == 0
    assert "-k3+x_y.." in capsys.readouterr().out


def test_the_order_is_that_of_the_question_and_not_of_the_answers(
    simulator: SimulatorThread, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = Fault(kind=FaultKind.LATENCY, task_id="late", seconds=0.3)
    simulator.call(lambda: world.plan(fault))
    assert main(["check", "late", "running", "--budget", "20"]) == 0
    late, running = capsys.readouterr().out.splitlines()
    assert "  late  " in late
    assert "  running  " in running


def test_several_are_asked_side_by_side(simulator: SimulatorThread, world: World) -> None:
    simulator.call(lambda: world.plan(Fault(kind=FaultKind.LATENCY, seconds=1.5)))
    ids = [f"id{number}" for number in range(6)]
    begun = time.monotonic()
    assert main(["check", *ids, "--budget", "20"]) == 3
    assert time.monotonic() - begun < 6 * 1.5


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        (Fault(kind=FaultKind.SERVER_ERROR), (4, "server", None)),
        (Fault(kind=FaultKind.HTML), (4, "malformed", None)),
        (Fault(kind=FaultKind.THROTTLE), (4, "throttled", None)),
        (Fault(kind=FaultKind.RESET), (4, "network", None)),
        (Fault(kind=FaultKind.ERROR, code="FailedOperation.SdkAppIdNotExist"), (4, "request", "rejected")),
        (Fault(kind=FaultKind.ERROR, code="AuthFailure.SecretIdNotFound"), (5, "credentials", None)),
    ],
)
def test_what_could_not_be_seen_is_told_apart(
    fault: Fault,
    wanted: tuple[int, str, str | None],
    simulator: SimulatorThread,
    world: World,
    capsys: pytest.CaptureFixture[str],
) -> None:
    simulator.call(lambda: world.plan(fault))
    code, kind, state = wanted
    assert main(["check", "--json", "running"]) == code
    (answer,) = objects(capsys.readouterr().out)
    assert (answer["status"], answer["state"]) == (None, state)
    assert answer["failure"]["kind"] == kind
    assert answer["failure"]["advice"]
    assert main(["check", "running"]) == code
    line = capsys.readouterr().out
    assert line.startswith("⊘ rejected" if state else "! could not see")
    assert answer["failure"]["advice"] in line


def test_the_worst_answer_is_the_exit_code(simulator: SimulatorThread, world: World) -> None:
    simulator.call(lambda: world.plan(Fault(kind=FaultKind.ERROR, code="AuthFailure.TokenFailure", task_id="late")))
    assert main(["check", "late", "nowhere", "running"]) == 5
    assert main(["check", "nowhere", "running"]) == 3


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [
        (Status.spelt("InProgress"), Verdict.RUNNING),
        (Status.spelt("NotExist"), Verdict.NOT_RUNNING),
        (Status.spelt("Preparing"), Verdict.NOT_RUNNING),
        (Failure(FailureKind.CLOCK, "AuthFailure.SignatureExpire"), Verdict.COULD_NOT_SEE),
        (Failure(FailureKind.REQUEST, "InvalidParameter"), Verdict.COULD_NOT_SEE),
        (Failure(FailureKind.CREDENTIALS, "AuthFailure"), Verdict.CREDENTIALS),
    ],
)
def test_the_verdict_on_one_answer(outcome: Status | Failure, wanted: Verdict) -> None:
    assert verdict(Observation(TaskKey("p", "r", 1, "t"), outcome, 0.0, 0.0)) is wanted


@pytest.mark.usefixtures("simulator")
def test_nobody_listening_is_exit_code_4(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "running", "--endpoint", "http://127.0.0.1:1"]) == 4
    assert "Nobody listens" in capsys.readouterr().out


@pytest.mark.usefixtures("simulator")
def test_ids_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    raw = b"task_id,label\r\nrunning,the final\r\n-k3+x_y..,\r\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert main(["check", "-", "running"]) == 0
    shown = capsys.readouterr()
    first, second = shown.out.splitlines()
    assert "the final (running)" in first
    assert "-k3+x_y.." in second
    assert "'running' is given twice; kept once" in shown.err


@pytest.mark.usefixtures("simulator")
def test_ids_given_go_before_a_list_that_only_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("task_id,label\nnowhere,lobby\n", "utf-8")
    monkeypatch.setenv("RELAYTUI_TASKS", str(path))
    assert main(["check", "running"]) == 0
    assert main(["check"]) == 3
    assert "lobby (nowhere)" in capsys.readouterr().out
    assert main(["check", "running", "--tasks", str(path)]) == 3
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.usefixtures("simulator")
def test_a_reader_who_leaves_early_changes_neither_verdict_nor_quiet() -> None:
    ids = [f"id{number}" for number in range(5)]
    process = subprocess.Popen(
        [sys.executable, "-m", "relaytui", "check", *ids],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read().decode() == SOURCE
    process.stderr.close()
    assert process.wait(20) == 3


def test_credentials_come_before_anything_is_asked(
    simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TENCENTCLOUD_SECRET_KEY")
    assert main(["check", "running"]) == 5
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert "TENCENTCLOUD_SECRET_KEY" in shown.err
    assert simulator.server.api.total == 0


def test_a_wrong_key_is_exit_code_5_and_never_shown(
    simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "not-the-key-of-anybody")
    assert main(["check", "running"]) == 5
    shown = capsys.readouterr()
    assert "AuthFailure.SignatureFailure" in shown.out
    assert "not-the-key" not in shown.out + shown.err
    assert simulator.server.api.total == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only where a full disk can be had")
def test_a_full_disk_is_one_line_and_not_a_verdict() -> None:
    command = [sys.executable, "-m", "relaytui", "check", "1234", "--sdk-app-id", "1600012345"]
    environment = os.environ | {"TENCENTCLOUD_SECRET_ID": "AKIDEXAMPLE", "TENCENTCLOUD_SECRET_KEY": "key"}
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*command, "--endpoint", "http://127.0.0.1:9"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr == SOURCE + "relaytui: cannot write the output: No space left on device\n"


@pytest.fixture
def listed(simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """A stored list that knows where two tasks are, one of them in two regions; what follows its name on stderr."""
    monkeypatch.delenv("RELAYTUI_SDK_APP_ID")
    for region in ("ap-singapore", "ap-mumbai"):
        assert main(["add", "running", "--sdk-app-id", str(APP), "--region", region, "--label", f"cam {region}"]) == 0
    assert main(["add", "-k3+x_y..", "--sdk-app-id", str(APP)]) == 0
    capsys.readouterr()
    assert simulator.url
    return f" from {list_path(os.environ)}\n"


def test_a_task_on_the_list_is_asked_about_where_the_list_says(listed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "-k3+x_y..", "--json"]) == 0
    shown = capsys.readouterr()
    (answer,) = objects(shown.out)
    assert answer["task"]["sdk_app_id"] == APP
    told = f"relaytui: -k3+x_y..: SdkAppId {APP}, region ap-singapore, profile default"
    assert shown.err == told + listed + SOURCE


def test_each_entry_of_a_task_id_is_asked_about(listed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "running"]) == 3
    shown = capsys.readouterr()
    assert [line[:16].rstrip() for line in shown.out.splitlines()] == ["● running", "? not found"]
    assert shown.err.count(listed) == 2


def test_a_paused_task_that_is_named_is_watched(listed: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = list_path(os.environ)
    path.write_text(path.read_text("utf-8").replace('task_id = "-k3', 'paused = true\ntask_id = "-k3'), "utf-8")
    assert main(["watch", "-k3+x_y..", "--for", "1"]) == 0
    shown = capsys.readouterr()
    assert listed in shown.err
    assert "● running        -k3+x_y..  was pending" in shown.out


@pytest.mark.parametrize(
    ("options", "asked", "told"),
    [
        (["--region", "ap-mumbai"], ["ap-mumbai"], f"cam ap-mumbai: SdkAppId {APP}, profile default"),
        (["--region", "ap-jakarta"], ["ap-jakarta"], f"cam ap-mumbai: SdkAppId {APP}, profile default"),
        (
            ["--sdk-app-id", "7"],
            ["ap-singapore", "ap-mumbai"],
            "cam ap-singapore: region ap-singapore, profile default",
        ),
        (["--region", "ap-mumbai", "--sdk-app-id", "7"], ["ap-mumbai"], ""),
    ],
)
def test_options_go_before_what_the_list_says(
    options: list[str], asked: list[str], told: str, listed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check", "running", "--json", *options])
    shown = capsys.readouterr()
    assert [answer["task"]["region"] for answer in objects(shown.out)] == asked
    assert (told + listed if told else SOURCE) in shown.err
    assert (listed in shown.err) is bool(told)


def test_bare_ids_of_standard_input_are_asked_about_where_the_list_says(
    listed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"-k3+x_y..\nrunning\n")))
    assert main(["check", "-", "--json"]) == 3
    shown = capsys.readouterr()
    asked = [(answer["task"]["task_id"], answer["task"]["region"]) for answer in objects(shown.out)]
    assert asked == [("-k3+x_y..", REGION), ("running", REGION), ("running", "ap-mumbai")]
    assert shown.err.count(listed) == 3


def test_rows_of_a_file_that_say_where_they_are_are_asked_about_there(
    listed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = tmp_path / "tasks.csv"
    tasks.write_text(f"task_id,label,sdk_app_id,region\nrunning,mine,,\n-k3+x_y..,,{APP},ap-mumbai\n", "utf-8")
    main(["check", "--tasks", str(tasks), "--json"])
    shown = capsys.readouterr()
    asked = [answer["task"] for answer in objects(shown.out)]
    assert [(task["task_id"], task["label"], task["region"]) for task in asked] == [
        ("running", "mine", REGION),
        ("running", "mine", "ap-mumbai"),
        ("-k3+x_y..", "", "ap-mumbai"),
    ]
    assert shown.err.count(listed) == 2


def test_a_list_that_cannot_be_read_is_told_and_left_out(listed: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = list_path(os.environ)
    path.write_text(path.read_text("utf-8").replace('region = "ap-mumbai"', "region = 1"), "utf-8")
    assert main(["check", "running"]) == 2
    shown = capsys.readouterr().err
    assert "region: give text in quotes; going on without the list" in shown
    assert listed not in shown
    assert "no SdkAppId" in shown
    assert main(["check", "running", "--sdk-app-id", str(APP), "--region", REGION]) == 0
    assert capsys.readouterr().err == SOURCE
