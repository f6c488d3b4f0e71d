"""A profile: a named account with where it is asked, what its tasks get, and where its secret lives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from relaytui.core.endpoint import DEFAULT_ENDPOINT, Endpoint
from relaytui.core.entry import Refused, nearest

MAX_BUDGET = 20.0
"""Requests per second that the API grants a whole account."""
DEFAULT_REGION = "ap-singapore"
VENDOR_ENDPOINT = Endpoint("https", DEFAULT_ENDPOINT.removeprefix("https://"))
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Store(StrEnum):
    """Where a profile's secret lives. The values are the words of the configuration file."""

    KEYRING = "keyring"
    PLAINTEXT = "plaintext"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Profile:
    """One account as a person configured it; `budget` is requests per second. It never holds the secret itself."""

    name: str = "default"
    endpoint: Endpoint = VENDOR_ENDPOINT
    region: str = DEFAULT_REGION
    sdk_app_id: int | None = None
    budget: float = 10.0
    store: Store = Store.KEYRING


class Written(NamedTuple):
    """A value as it stands in a file: where, in words for a person, and its text."""

    where: str
    text: str


def read_profile_name(text: str) -> str | Refused:
    """The name of a profile; it becomes part of file names, keyring entries and lane names, so it is kept simple."""
    name = text.strip()
    if not _NAME.fullmatch(name):
        return Refused("a profile's name has letters, digits, - and _, begins with no - or _, and is at most 64 long")
    return name


def read_store(text: str) -> Store | Refused:
    """Where the secret lives."""
    word = text.strip()
    if word not in list(Store):
        return Refused(f"give one of {', '.join(Store)}{nearest(word, Store)}")
    return Store(word)
