"""For how long alarms can be quiet."""

from __future__ import annotations

from typing import Final

from relaytui.ui.chooser import Choice

_TIMES: Final = (
    Choice("quarter", "m", "15 min", "For 15 minutes"),
    Choice("hour", "h", "1 h", "For an hour"),
    Choice("morning", "e", "until 08:00", "Until the next eight o'clock, local time"),
)
SNOOZES: Final = (
    *_TIMES,
    Choice("change", "c", "until it changes", "Until what is wrong changes, for the better or the worse"),
    Choice("now", "w", "wake", "No longer: what is still wrong alarms anew"),
)
MUTES: Final = (*_TIMES, Choice("now", "u", "unmute", "No longer: what is wrong and was not told is told now"))
