"""Asking a person for a credential: what is typed is not shown, and never stands on a command line."""

from __future__ import annotations

import sys

from relaytui.commands.streams import complain
from relaytui.core.entry import Refused
from relaytui.core.keepsake import make_credential
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import FoundCredential, NoCredential

_LIMIT = 65_536
_PARTS = ("SecretId", "SecretKey", "token (enter for none)")


def ask_credential() -> Credential | Refused:
    """The credential that somebody types, or three lines of standard input where that is no terminal."""
    secret_id, secret_key, token = (_read(part) for part in _PARTS)
    return make_credential(secret_id.reveal(), secret_key, token)


def ask_secret(what: str) -> Secret:
    """One secret that somebody types, or a line of standard input where that is no terminal; blanks around it go."""
    return Secret(_read(what).reveal().strip())


def _read(part: str) -> Secret:
    if not sys.stdin.isatty():
        return Secret(sys.stdin.buffer.readline(_LIMIT).decode(errors="replace"))
    from getpass import getpass

    try:
        return Secret(getpass(f"{part}: "))
    except EOFError:
        return Secret("")


class ThisSession:
    """Somebody at the terminal, asked once; what they say stays in memory and ends with the program."""

    def find(self, profile: str) -> FoundCredential | NoCredential:
        """The credential that is typed now."""
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return NoCredential("no terminal to ask at", "run this in a terminal", absent=True)
        complain(f"profile {profile} keeps its secret nowhere: type it for this run")
        credential = ask_credential()
        if isinstance(credential, Refused):
            return NoCredential(credential.reason, "start again and type it anew")
        return FoundCredential(credential, "you, for this session only")
