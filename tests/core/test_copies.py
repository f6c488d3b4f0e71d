"""Texts to hand to somebody else: whole, plain, and safe where they are pasted."""

from __future__ import annotations

import csv
import io
import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.belief import believe
from relaytui.core.copies import (
    answer_json,
    last_answer,
    one_line,
    request_id,
    sheet_csv,
    sheet_json,
    vendor_command,
)
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.task import Status, TaskKey, WatchedTask
from relaytui.core.task_state import TaskState, Thresholds
from relaytui.core.text import plain
from relaytui.core.update import Update

KEY = TaskKey("prod", "ap-singapore", 1600012345, "-t7Xk+Qz..")
TASK = WatchedTask(KEY, "cup final cam 2", "cup final", "call Mei")
RUNNING, GONE = Status.spelt("InProgress"), Status.spelt("NotExist")
AT = 1_767_323_045.0


def answered(*outcomes: Status | Failure, task: WatchedTask = TASK) -> Update:
    state = TaskState()
    for number, outcome in enumerate(outcomes):
        seen = Observation(task.key, outcome, AT + number, 10.0 + number, 0.042, f"req-{number}")
        state, _ = believe(state, task, seen, Thresholds())
    return Update(task, state)


ENDED = answered(RUNNING, GONE, GONE, GONE)
BROKEN = answered(RUNNING, Failure(FailureKind.SERVER, "InternalError", "oops | [x](http://evil)\x1b[2J", "req-x"))
UNASKED = Update(TASK, TaskState())


def test_one_line_says_what_where_and_since_when() -> None:
    assert one_line(ENDED) == (
        "✖ ended since 2026-01-02T03:04:08Z · cup final cam 2 · TaskId -t7Xk+Qz.. · "
        "SdkAppId 1600012345 ap-singapore prod · RequestId req-3"
    )
    assert "! InternalError: oops | [x](http://evil)[2J ×1" in one_line(BROKEN)
    assert one_line(UNASKED).startswith("○ pending · cup final cam 2 · ")


def test_the_newest_request_id_or_none() -> None:
    assert request_id(ENDED.state) == "req-3"
    assert request_id(UNASKED.state) == ""


@given(task_id=st.text(min_size=1), host=st.sampled_from(["", "trtc.tencentcloudapi.com", "h.example:81"]))
def test_the_command_survives_any_shell_and_any_id(task_id: str, host: str) -> None:
    words = shlex.split(vendor_command(KEY._replace(task_id=task_id), host))
    assert words[:8] == [
        *("tccli", "trtc", "DescribeStreamIngest", "--region", "ap-singapore", "--SdkAppId", "1600012345"),
        f"--TaskId={plain(task_id)}",
    ]
    assert words[8:] == (["--endpoint", host] if host.startswith("h.") else [])


def test_the_last_answer_is_the_failure_where_asking_failed() -> None:
    answer = last_answer(ENDED)
    assert answer is not None
    assert (answer.status, answer.at, answer.latency, answer.request_id) == (GONE, AT + 3, 0.042, "req-3")
    failed = last_answer(BROKEN)
    assert failed is not None
    assert failed.failure is not None
    assert (failed.failure.code, failed.at) == ("InternalError", AT + 1)
    assert last_answer(UNASKED) is None


def test_answers_as_json_are_those_of_a_check_one_a_line() -> None:
    ended, broken = map(json.loads, answer_json([ENDED, UNASKED, BROKEN]).splitlines())
    assert (ended["status"], ended["state"], ended["request_id"]) == ("NotExist", "not_found", "req-3")
    assert (broken["status"], broken["failure"]["code"]) == (None, "InternalError")
    assert answer_json([UNASKED]) == ""


@pytest.mark.parametrize("label", ["=1+1", "-x", "@y", 'a,"b"', "中文"])
def test_a_sheet_opens_in_any_spreadsheet_and_runs_nothing(label: str) -> None:
    rows = list(csv.DictReader(io.StringIO(sheet_csv([ENDED, answered(task=TASK._replace(label=label))]))))
    assert rows[0]["state"] == "ended"
    assert rows[0]["task_id"] == "'-t7Xk+Qz.."
    assert rows[1]["label"].lstrip("'") == label
    assert not rows[1]["label"].startswith(("=", "-", "@"))


def test_a_sheet_as_json_has_the_same_fields_and_the_ids_as_they_are() -> None:
    first, second = json.loads(sheet_json([ENDED, UNASKED]))
    assert (first["schema"], first["state"], first["task_id"]) == (1, "ended", "-t7Xk+Qz..")
    assert first["request_id"] == "req-3"
    assert (second["state"], second["status"], second["since"]) == ("pending", None, None)
    assert json.loads(sheet_json([])) == []
