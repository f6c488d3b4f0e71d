"""What must not stand in a ticket: homes, user names, SecretIds, passwords in URLs."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from relaytui.core.tc3 import redact
from relaytui.core.text import plain

_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
_SECRET_ID = re.compile(r"\b(AKID|IKID)[A-Za-z0-9_-]{8,}([A-Za-z0-9_-]{4})\b")
_NAMES_OF_NOBODY = frozenset({"root", "user", "relaytui"})


@dataclass(frozen=True, slots=True)
class Redaction:
    """Makes text fit to be shown to strangers."""

    home: str
    user: str
    known: Collection[str] = ()
    """Words that are no secret though the user may be called so, such as a profile's name."""

    def __call__(self, text: str) -> str:
        """The text on one line, without what is nobody's business."""
        text = redact(_SECRET_ID.sub(r"\1…\2", _USER_INFO.sub("…@", plain(text))))
        if len(self.home) > 1:
            text = re.sub(rf"{re.escape(self.home)}(?![\w.-])", "~", text)
        if len(self.user) > 1 and self.user not in {*_NAMES_OF_NOBODY, *self.known}:
            text = re.sub(rf"(?<![\w-]){re.escape(self.user)}(?![\w-])", "<user>", text)
        return text
