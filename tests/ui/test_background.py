"""Answers about the background are taken out of what is typed, however the bytes come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.ui.background import ColourAnswers, is_light

WHITE = b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
BLACK = b"\x1b]11;rgb:00/00/00\x07"


@pytest.mark.parametrize(
    ("colour", "light"),
    [
        (b"rgb:ffff/ffff/ffff", True),
        (b"rgb:00/00/00", False),
        (b"rgba:fdfd/f6f6/e3e3/ffff", True),
        (b"rgb:0000/2b2b/3636", False),
        (b"rgb:f/f/d", True),
        (b"rgb:ffff/ffff", None),
        (b"rgb:xx/00/00", None),
        (b"#ffffff", None),
        (b"", None),
    ],
)
def test_light_or_dark(colour: bytes, light: bool | None) -> None:
    assert is_light(colour) is light


@given(
    before=st.sampled_from([b"", b"j", b"\x1b[A", b"\xe4\xb8\xad"]),
    after=st.sampled_from([b"", b"q", b"\x1b[B"]),
    answer=st.sampled_from([WHITE, BLACK]),
    cuts=st.lists(st.integers(0, 40), max_size=4),
)
def test_an_answer_is_no_key_however_it_is_cut(before: bytes, after: bytes, answer: bytes, cuts: list[int]) -> None:
    told: list[bytes] = []
    answers = ColourAnswers(told.append)
    whole = before + answer + after
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    typed = b"".join(answers.strip(whole[a:b], awaited=True) for a, b in pairwise(edges))
    assert typed == before + after
    assert told == [answer[5:].rstrip(b"\x07\x1b\\")]


def test_an_answer_that_comes_late_is_no_key_either() -> None:
    told: list[bytes] = []
    answers = ColourAnswers(told.append)
    assert answers.strip(b"j" + WHITE[:12], awaited=False) == b"j"
    assert answers.give_back() == b""
    assert answers.strip(WHITE[12:] + b"k", awaited=False) == b"k"


@pytest.mark.parametrize("key", [b"\x1b", b"\x1b]"])
def test_a_key_that_looks_like_the_beginning_of_an_answer_is_given_back(key: bytes) -> None:
    answers = ColourAnswers(lambda _: None)
    assert answers.strip(key, awaited=True) == b""
    assert answers.give_back() == key
    assert answers.give_back() == b""
    assert answers.strip(key, awaited=False) == key
