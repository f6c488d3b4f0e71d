"""Names of themes."""

from __future__ import annotations

import pytest

from relaytui.core.entry import Refused
from relaytui.core.theme import ThemeName, read_theme


@pytest.mark.parametrize("name", ThemeName)
def test_a_theme_is_read_by_its_name(name: ThemeName) -> None:
    assert read_theme(f" {name} ") is name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("drak", "did you mean dark?"),
        ("", "give one of auto, dark, light, terminal, mono"),
        ("solarized", "give one of"),
    ],
)
def test_another_name_is_refused_with_the_nearest_right_one(text: str, told: str) -> None:
    refused = read_theme(text)
    assert isinstance(refused, Refused)
    assert told in refused.reason
