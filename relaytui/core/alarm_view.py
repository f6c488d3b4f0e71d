"""What the screen is told of the alarms: who is quiet and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from relaytui.core.task import LaneKey, TaskKey

Subject = TaskKey | LaneKey
"""What can be wrong: a task, or a lane that is blind."""


class Attention(NamedTuple):
    """What a person has said about one subject; times are Unix seconds, None where nothing was said.

    `snoozed_until` is infinite where it is snoozed until something changes.
    """

    acknowledged_at: float | None = None
    reason: str = ""
    snoozed_until: float | None = None


class AlarmView(NamedTuple):
    """The alarms as they are now; `attention` holds only those subjects about which something was said."""

    muted_until: float | None = None
    """Until when no alarm reaches anybody (Unix seconds); None while they do."""
    attention: Mapping[Subject, Attention] = MappingProxyType({})
