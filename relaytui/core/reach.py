"""How alarms reach people: the settings of `[alarms]`, each text read strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from relaytui.core.endpoint import read_endpoint
from relaytui.core.entry import Refused, quoted

MOST_MINUTES = 24 * 60.0
_NAMED = r"(keyring|env):([A-Za-z0-9][A-Za-z0-9_.-]{0,63})"
_HEADER = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_TELLING = "authorization|token|secret|password|cookie|key"
_WHERE = "put it into the keyring with relaytui alert secret NAME and write keyring:NAME, or env:NAME for a variable"


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything about alarms that a person may choose."""

    alarm_after: int = 3
    """NotExist in a row before a running task is believed to have ended."""
    repeat: float = 10.0
    """Minutes after which an alarm that nobody acknowledged is repeated; 0: never."""
    command: tuple[str, ...] = ()
    """The program that is given each alarm on standard input, with its arguments; none where it is empty."""
    webhook: str = ""
    """Where each alarm is posted to, or the name of the secret that holds this URL; nowhere where it is empty."""
    webhook_headers: Mapping[str, str] = field(default_factory=dict)
    """What is sent along, a secret by its name."""
    resolved: bool = False
    """Whether command and webhook are told, too, when an alarm is over; nobody is called for it."""
    bell: bool = True
    title: bool = True
    notification: bool = True
    """Whether the terminal is asked to show a notification of the desktop."""

    @property
    def repeat_seconds(self) -> float | None:
        """The same in seconds, None: never."""
        return 60 * self.repeat if self.repeat else None


@dataclass(frozen=True, slots=True)
class SecretName:
    """Where a secret text stands: `place` is "keyring" or "env"."""

    place: str
    name: str

    def __str__(self) -> str:
        return f"{self.place}:{self.name}"


def secret_name(text: str) -> SecretName | None:
    """The secret that `keyring:NAME` or `env:NAME` names; None where the text is not of this form."""
    named = re.fullmatch(_NAMED, text)
    return SecretName(named[1], named[2]) if named else None


def read_webhook(text: str) -> str | Refused:
    """Where alarms may be posted to: https, or http on this machine, or a secret by its name."""
    written = text.strip()
    if not written or secret_name(written):
        return written
    try:
        url = urlsplit(written)
        _ = url.port
    except ValueError:
        return Refused("not a URL: give one such as https://hooks.example.com/services/1")
    if url.username is not None or url.fragment:
        return Refused("give a URL without user, password and #: a secret goes into a header")
    host = read_endpoint(f"{url.scheme}://{url.netloc}")
    if isinstance(host, Refused):
        return Refused(host.reason.partition(": give")[0] + ": give one such as https://hooks.example.com/services/1")
    return written


def is_local(url: str) -> bool:
    """Whether what is posted to this URL stays on this machine."""
    host = read_endpoint(f"{urlsplit(url).scheme}://{urlsplit(url).netloc}")
    return not isinstance(host, Refused) and host.is_loopback


def read_headers(text: str) -> dict[str, str] | Refused:
    """Headers as a JSON object of texts; what is secret by its name must not stand there itself."""
    headers: dict[str, str] = json.loads(text)
    for name, value in headers.items():
        if not re.fullmatch(_HEADER, name):
            return Refused(f"{quoted(name)} is no header")
        if not value.isascii() or not value.isprintable():
            return Refused(f"the value of {quoted(name)} holds what no header can")
        if re.search(_TELLING, name, re.IGNORECASE) and not secret_name(value):
            return Refused(f"{quoted(name)} is a secret, which never stands in this file: {_WHERE}")
    return headers


def read_command(text: str) -> tuple[str, ...] | Refused:
    """A program and its arguments as a JSON array of texts."""
    command: list[str] = json.loads(text)
    if command and not command[0].strip():
        return Refused('give the program first, such as ["/usr/local/bin/page-me"]')
    if any("\0" in word for word in command):
        return Refused("no argument can hold a zero byte")
    return tuple(command)


def shown_webhook(webhook: str) -> str:
    """The webhook as it may be shown: many a path is a secret."""
    if not webhook or secret_name(webhook):
        return webhook or "-"
    url = urlsplit(webhook)
    return f"{url.scheme}://{url.netloc}/" + ("…" if url.path.strip("/") or url.query else "")
