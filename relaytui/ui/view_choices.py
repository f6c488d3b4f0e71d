"""The keys that use a filter of [views] in the settings, by their place there."""

from __future__ import annotations

from typing import Final

from relaytui.ui.chooser import Choice

VIEWS: Final = tuple(
    Choice(str(number), str(number), f"view {number}", f"Use filter {number} of [views] in the settings")
    for number in range(1, 10)
)
