"""What is remembered of sign-ins, without any secret: where each credential was put and when it last worked."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from relaytui.adapters.private_file import write_private


@dataclass(frozen=True, slots=True)
class SignIn:
    """One profile's last login: where its credential was put, and when the API last took it (Unix seconds, or None)."""

    place: str
    verified_at: float | None


class SignIns:
    """The sign-ins in one small file. A file that is missing or damaged is an empty one: it is only a memory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, SignIn]:
        """The sign-ins by profile."""
        try:
            entries = json.loads(self._path.read_text("utf-8"))
            return {profile: SignIn(str(entry["place"]), entry["verified_at"]) for profile, entry in entries.items()}
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return {}

    def note(self, profile: str, sign_in: SignIn | None) -> None:
        """Remember this profile's sign-in, or with None forget it; where that cannot be written, nothing is lost."""
        entries = self.read()
        entries.pop(profile, None)
        if sign_in is not None:
            entries[profile] = sign_in
        try:
            write_private(self._path, json.dumps({name: asdict(entry) for name, entry in entries.items()}))
        except OSError:
            return
