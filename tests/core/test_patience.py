from __future__ import annotations

import re
import subprocess
import sys

import pytest

from relaytui.core.patience import impatient


@pytest.mark.parametrize(
    "pattern",
    [
        "cam [12]$",
        "^cup",
        r"cam \d+",
        "cup.*cam",
        "(cup|lobby) cam",
        "(?:cam )+x",
        r"\(a+\)+",
        "[(a+)]+",
        "[]()+*]+",
        "(?i)final",
        "(?P<name>cup)",
        "(?<!no )cam",
        "a{2}",
        "a{b",
        "colou?r",
        "(cam )?1",
        "cup.*cam.*1",
    ],
)
def test_what_ends_soon_is_let_through(pattern: str) -> None:
    re.compile(pattern)
    assert impatient(pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a*)*",
        "(a|aa)+",
        "((a+))+",
        "(?:a?b?)*",
        "(a+){30}",
        "(a{1,9}){1,9}",
        "(?P<x>a+)*?",
        "(x(a|b))+",
        "([a)]+)+",
        r"(\)a+)+",
        ".*.*.*x",
        "a?" * 7,
        "(a|aa)" * 7,
        "x" * 101,
    ],
)
def test_what_may_take_for_ever_is_refused(pattern: str) -> None:
    re.compile(pattern)
    assert impatient(pattern)


def test_the_worst_that_is_let_through_ends_on_a_long_label() -> None:
    """In a process of its own, because nobody could stop it here."""
    worst = [".*.*x", "a*a*x", "a?" * 6 + "a*a*x", "(a|aa)" * 6 + "a*a*x"]
    assert not any(map(impatient, worst))
    script = f"import re\nfor pattern in {worst!r}: re.search(pattern, 'a' * 64)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=20)
