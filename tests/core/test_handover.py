from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.alarm_view import Attention
from relaytui.core.events import Acknowledged
from relaytui.core.handover import handover
from relaytui.core.history import Entry
from relaytui.core.task import State
from relaytui.core.transition import Transition
from relaytui.core.update import Update
from tests.core.test_copies import AT, BROKEN, ENDED, KEY, TASK


def test_a_change_is_bracketed_by_its_request_ids() -> None:
    text = handover([ENDED, BROKEN], at=AT + 60, warnings=["BLIND prod@host: dns"])
    assert text.startswith("# Relay tasks at 2026-01-02T03:05:05Z\n\n**BLIND prod@host: dns**")
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
    text = handover([], at=AT + 90, entries=entries)
    happened = text.partition("## What happened\n\n")[2].splitlines()
    assert len(happened) == 2
    assert happened[0].startswith("* 2026-01-02T03:04:05Z ✖ ended")
    assert "-t7Xk+Qz.." in happened[0]
    assert "req-3" in happened[0]
    assert happened[1].endswith("on it")


@given(st.text(max_size=40))
def test_foreign_text_stays_on_its_line_and_means_nothing(text: str) -> None:
    task = TASK._replace(label=text, note=text, group=text)
    quiet = handover([Update(TASK._replace(label="", note="n", group=""), ENDED.state)], at=AT)
    told = handover([Update(task, ENDED.state)], at=AT, warnings=[text])
    assert len(told.splitlines()) <= len(quiet.splitlines()) + 2
    assert "<" not in told.replace("\\<", "")
    assert "\x1b" not in told
