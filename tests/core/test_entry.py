from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.entry import (
    MAX_SDK_APP_ID,
    Refused,
    doubts,
    nearest,
    quoted,
    read_region,
    read_sdk_app_id,
    read_task_id,
)
from relaytui.core.task import MAX_TASK_ID_BYTES, TaskKey

TASK_IDS = st.text("ABCxyz0123456789+-_.", min_size=1, max_size=120)


@given(TASK_IDS, st.sampled_from(["", " ", "\t", "\r\n", "  \n"]))
def test_a_task_id_survives_byte_for_byte_and_loses_only_the_blanks_around_it(task_id: str, blanks: str) -> None:
    assert read_task_id(f"{blanks}{task_id}{blanks}") == task_id


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        (" \t", "empty"),
        ("a\x00b", "U+0000"),
        ("a\nb", "U+000A"),
        ("a\x1b[31m", "U+001B"),
        ("a\u200bb", "ZERO WIDTH SPACE"),
        ("a\u202eb", "RIGHT-TO-LEFT OVERRIDE"),
        ("a\udcffb", "U+DCFF"),
        ("x" * (MAX_TASK_ID_BYTES + 1), "4096 bytes"),
        ("é" * (MAX_TASK_ID_BYTES // 2 + 1), "4096 bytes"),
    ],
)
def test_what_cannot_be_a_task_id_is_refused_with_the_reason(text: str, told: str) -> None:
    refused = read_task_id(text)
    assert isinstance(refused, Refused)
    assert told in refused.reason


def test_the_longest_task_id_is_taken() -> None:
    assert read_task_id("x" * MAX_TASK_ID_BYTES) == "x" * MAX_TASK_ID_BYTES


@given(st.integers(1, MAX_SDK_APP_ID))
def test_every_positive_sdk_app_id_is_taken(number: int) -> None:
    assert read_sdk_app_id(f" {number} ") == number


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "1e9", "1_400", "0x10", "abc", "١٢٣", str(MAX_SDK_APP_ID + 1)])
def test_what_is_no_sdk_app_id_is_refused(text: str) -> None:
    assert isinstance(read_sdk_app_id(text), Refused)


@pytest.mark.parametrize("text", ["ap-singapore", "ap-nowhere-2", "EU", " ap-mumbai "])
def test_any_name_is_a_region(text: str) -> None:
    assert read_region(text) == text.strip()


@pytest.mark.parametrize("text", ["", "ap singapore", "ap\r\nX-Evil: 1", "é", "-ap", "a" * 65])
def test_what_cannot_be_a_region_is_refused(text: str) -> None:
    assert isinstance(read_region(text), Refused)


def test_unusual_regions_and_apps_are_doubted_once_each() -> None:
    keys = [TaskKey("p", "ap-singapor", 12, "a"), TaskKey("p", "ap-singapor", 12, "b")]
    region, app = doubts(keys)
    assert "'ap-singapor'" in region
    assert "did you mean ap-singapore?" in region
    assert "12" in app
    assert doubts([TaskKey("p", "ap-mumbai", 1400188366, "a")]) == []


def test_the_nearest_right_word() -> None:
    assert nearest("lable", ["label", "note"]) == " (did you mean label?)"
    assert nearest("zzz", ["label", "note"]) == ""


@given(st.text(max_size=200))
def test_quoted_text_is_short_and_harmless(text: str) -> None:
    shown = quoted(text)
    assert len(shown) <= 50
    assert "\x1b" not in shown
    assert "\n" not in shown
