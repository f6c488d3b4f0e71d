from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.text import even, plain


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("", ""),
        ("cup final cam 1", "cup final cam 1"),
        ("-t7Xk+_.Qz..", "-t7Xk+_.Qz.."),
        ("任务-é-1", "任务-é-1"),
        ("[/task] [bold]", "[/task] [bold]"),
        ("two\nlines", "two lines"),
        ("a\r\nb\tc", "a  b c"),
        ("page\u2028break\u2029here\x85now", "page break here now"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]0;title\x07", "]0;title"),
        ("\x9b31m", "31m"),
        ("bell\x07 null\x00 delete\x7f", "bell null delete"),
        ("right\u202eto left", "rightto left"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("soft\u00adhyphen", "softhyphen"),
        ("half a pair \ud83d", "half a pair "),
        ("private \ue000", "private "),
        ("👩\u200d💻", "👩\u200d💻"),
        ("e\u0301", "e\u0301"),
    ],
)
def test_foreign_text_is_made_harmless(foreign: str, shown: str) -> None:
    assert plain(foreign) == shown


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("👩\u200d💻", "👩💻"),
        ("👍🏽", "👍"),
        ("❤\ufe0f", "❤"),
        ("🇸🇬 gate", "SG gate"),
        ("e\u0301", "e\u0301"),
        ("任务", "任务"),
        ("a\nb", "a b"),
    ],
)
def test_what_terminals_disagree_about_is_not_in_columns(foreign: str, shown: str) -> None:
    assert even(foreign) == shown


@given(st.text())
def test_it_is_one_line_that_can_be_painted_and_encoded(foreign: str) -> None:
    shown = plain(foreign)
    assert len(f"{shown}|".splitlines()) == 1
    assert {unicodedata.category(character) for character in shown if character != "\u200d"}.isdisjoint(
        {"Cc", "Cf", "Cs", "Co", "Cn"}
    )
    assert shown.encode().decode() == shown
    assert plain(shown) == shown


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_what_is_harmless_is_not_touched(foreign: str) -> None:
    assert plain(foreign) == foreign
