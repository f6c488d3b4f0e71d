from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.alarm_view import Attention
from relaytui.core.events import (
    Acknowledged,
    Alarm,
    AlarmKind,
    Blinded,
    Event,
    FailureNoted,
    Muted,
    Notice,
    NoticeKind,
    NotWatching,
    Resolved,
    Snoozed,
)
from relaytui.core.handover import handover
from relaytui.core.history import Entry
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import LaneKey, State, TaskKey, WatchedTask
from relaytui.core.transition import Transition
from relaytui.core.update import Update
from tests.core.test_copies import AT, BROKEN, ENDED, KEY, TASK

LANE = LaneKey("prod", "host")
DNS = Failure(FailureKind.NETWORK, "dns")
BLIND = Blinded(LANE, AT, DNS, AT, None)
OTHER = TaskKey("test", "ap-mumbai", 1600012345, "-other_id+..")


def happened(text: str) -> list[str]:
    return text.partition("## What happened\n\n")[2].splitlines()


def test_a_change_is_bracketed_by_its_request_ids() -> None:
    text = handover([ENDED, BROKEN], at=AT + 60, warnings=["NOBODY IS WATCHING"], blind=[BLIND])
    assert text.startswith(
        "# Relay tasks at 2026-01-02T03:05:05Z\n\n**NOBODY IS WATCHING**\n\n**BLIND prod@host since "
    )
    assert "## ✖ cup final cam 2: ended since 2026-01-02T03:04:08Z" in text
    assert "* TaskId `-t7Xk+Qz..`, SdkAppId 1600012345, ap-singapore, prod" in text
    assert "* 2026-01-02T03:04:08Z running → ended, RequestIds `req-0` and `req-3`" in text
    assert "oops \\| \\[x\\]\\(http://evil\\)\\[2J" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Attention(AT, "restarting [source]"), "* acknowledged 2026-01-02T03:04:05Z: restarting \\[source\\]"),
        (Attention(AT), "* acknowledged 2026-01-02T03:04:05Z, no reason given"),
        (Attention(snoozed_until=AT), "* snoozed until 2026-01-02T03:04:05Z"),
        (Attention(snoozed_until=math.inf), "* snoozed until it changes"),
    ],
)
def test_what_people_said_about_a_task(said: Attention, told: str) -> None:
    assert told in handover([ENDED], at=AT, attention={KEY: said}).splitlines()


def test_what_happened_comes_last_with_whole_ids() -> None:
    entries = [
        Entry(Transition(KEY, AT, State.RUNNING, State.ENDED, "req-3"), TASK),
        Entry(Acknowledged(AT + 60, (KEY,), "on it")),
    ]
    text = handover([], at=AT + 90, entries=entries, known={KEY: TASK})
    assert "\n\nNo problem is known.\n\n## What happened\n" in text
    first, second = happened(text)
    assert first.startswith("* 2026-01-02T03:04:05Z ✖ ended")
    assert "cup final cam 2 \\(`-t7Xk+Qz..`\\)" in first
    assert first.endswith("RequestId `req-3`")
    assert second.endswith("  cup final cam 2 \\(`-t7Xk+Qz..`\\)  on it")


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Acknowledged(AT, (OTHER, LANE, KEY)), "`-other_id+..`, prod@host, `-t7Xk+Qz..`"),
        (Snoozed(AT, (OTHER, KEY), None), "`-other_id+..`, `-t7Xk+Qz..`  until it changes"),
        (Snoozed(AT, (OTHER,), None), "`-other_id+..`  until it changes"),
        (Snoozed(AT, (LANE,), None), "prod@host  until it changes"),
        (Alarm("1", AT, AlarmKind.ENDED, "-other_id+.. ended", AT, (WatchedTask(OTHER),)), "`-other_id+..` ended"),
        (Alarm("1", AT, AlarmKind.ENDED, "a_b ended", AT, (WatchedTask(OTHER, "a_b"),)), "a\\_b ended"),
        (Resolved(AT, "1", "resolved: -other_id+.. is running", (WatchedTask(OTHER),)), "`-other_id+..` is running"),
        (FailureNoted(OTHER, AT, Failure(FailureKind.SERVER, "X_Y", request_id="r_1"), 1), "RequestId `r_1`"),
        (Transition(OTHER._replace(task_id="a`_b"), AT, State.RUNNING, State.ENDED, "r`_1"), "RequestId r\\`\\_1"),
        (Transition(OTHER._replace(task_id="a`_b"), AT, State.RUNNING, State.ENDED, "r"), "  a\\`\\_b  "),
        (Transition(OTHER._replace(task_id="a\0_b"), AT, State.RUNNING, State.ENDED, "r"), "  `a_b`  "),
    ],
)
def test_an_id_is_code_wherever_it_stands(event: Event, told: str) -> None:
    (line,) = happened(handover([], at=AT, entries=[Entry(event)]))
    assert told in line


def test_each_advice_is_given_once() -> None:
    entries = [Entry(FailureNoted(KEY._replace(task_id=f"t{number}"), AT, DNS, 1)) for number in range(3)]
    other = Failure(FailureKind.TIMEOUT, "timeout")
    text = handover([], at=AT, blind=[BLIND], entries=[*entries, Entry(FailureNoted(KEY, AT, other, 1))])
    assert text.count(DNS.advice) == 1
    assert text.count(other.advice) == 1
    assert len(happened(text)) == 4


def test_of_some_tasks_it_tells_what_concerns_them_only() -> None:
    entries = [
        Entry(Transition(KEY, AT, State.RUNNING, State.ENDED, "mine")),
        Entry(Transition(OTHER, AT, State.RUNNING, State.ENDED, "foreign")),
        Entry(Acknowledged(AT, (OTHER, KEY), "both")),
        Entry(NotWatching(AT, AT - 9, "rest")),
        Entry(Muted(AT, AT + 60)),
        Entry(BLIND),
        Entry(Notice(AT, NoticeKind.FAULT, "foreign")),
    ]
    text = handover(
        [ENDED], at=AT, blind=[BLIND, Blinded(LaneKey("test", "host"), AT, DNS, AT, None)], entries=entries, only={KEY}
    )
    assert "foreign" not in text
    assert "test@host" not in text
    lines = happened(text)
    assert [line.split()[2] for line in lines] == ["✖", "acknowledged", "GAP", "muted", "BLIND"]
    assert lines[1].endswith("  `-t7Xk+Qz..`  both")


@given(st.text(max_size=40))
def test_foreign_text_stays_on_its_line_and_means_nothing(text: str) -> None:
    task = TASK._replace(label=text, note=text, group=text)
    quiet = handover([Update(TASK._replace(label="", note="n", group=""), ENDED.state)], at=AT)
    told = handover([Update(task, ENDED.state)], at=AT, warnings=[text])
    assert len(told.splitlines()) <= len(quiet.splitlines()) + 2
    assert "<" not in told.replace("\\<", "")
    assert "\x1b" not in told
