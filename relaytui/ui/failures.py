"""A failure for a person."""

from __future__ import annotations

from relaytui.core.observation import Failure
from relaytui.core.text import even


def describe(failure: Failure) -> str:
    """A failure as one line of plain text: kind, code and message, without a full stop, because more may follow."""
    kind = failure.kind.value
    said = kind if failure.code in ("", kind) else f"{kind} {even(failure.code)}"
    message = even(failure.message).rstrip().removesuffix(".")
    return f"{said}: {message}" if message else said
