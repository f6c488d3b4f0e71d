"""How texts look, as names that relaytui.tcss gives colours to."""

from __future__ import annotations

from enum import StrEnum

from relaytui.core.task import State


class Look(StrEnum):
    """How a text looks; the values are the component classes that relaytui.tcss colours."""

    PLAIN = "look--plain"
    TITLE = "look--title"
    DIM = "look--dim"
    GOOD = "look--good"
    DONE = "look--done"
    WARNING = "look--warning"
    PROBLEM = "look--problem"
    SHOUT = "look--shout"
    KEY = "look--key"


def classes(*looks: Look) -> set[str]:
    """The component classes of a widget that paints these looks; each one costs a little at the start."""
    return {Look.PLAIN.value, *(look.value for look in looks)}


STATE_LOOKS = {
    State.ENDED: Look.PROBLEM,
    State.REJECTED: Look.PROBLEM,
    State.OVERDUE: Look.WARNING,
    State.NOT_FOUND: Look.WARNING,
    State.UNRECOGNISED: Look.WARNING,
    State.RUNNING: Look.GOOD,
    State.PENDING: Look.DIM,
    State.FINISHED: Look.DONE,
}
"""How each state looks where it is counted or explained, problems first."""
