"""What the inside needs of the outside, as protocols that the adapters and the tests' fakes implement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from relaytui.core.observation import Observation
from relaytui.core.task import TaskKey
from relaytui.core.tc3 import Credential


class Clock(Protocol):
    """The time, so that tests can own it."""

    def wall(self) -> float:
        """Unix seconds (UTC)."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back and go on while the machine sleeps."""
        ...


class StatusSource(Protocol):
    """Answers what one relay task's status is."""

    async def observe(self, key: TaskKey, *, written: Callable[[], None]) -> Observation:
        """Ask once. A failed poll is an Observation too; only a bug raises.

        `written` is called when the whole request has been handed to the network, and not at all where it never was.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections; nothing is observed afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class NoCredential:
    """Why there is no credential for a profile, and what to do about it.

    `absent` says that the place simply holds none, so that the next one may be asked. Where it is False something is
    wrong: going on could silently ask as another account, to which every task is not found.
    """

    reason: str
    advice: str
    absent: bool = False


@dataclass(frozen=True, slots=True)
class FoundCredential:
    """A credential and where it came from, in words for a person ("environment", "keyring (SecretService)").

    `again` asks the same place once more, where the credential there can change while the program runs.
    """

    credential: Credential
    source: str
    again: Callable[[], FoundCredential | NoCredential] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NotKept:
    """Why a store did not do as it was asked, and what to do about it."""

    reason: str
    advice: str


class CredentialStore(Protocol):
    """Finds the credential of a profile."""

    def find(self, profile: str) -> FoundCredential | NoCredential:
        """The profile's credential now, or why there is none."""
        ...


class SecretStore(CredentialStore, Protocol):
    """A place that also keeps credentials."""

    def keep(self, profile: str, credential: Credential) -> str | NotKept:
        """Keep it from now on; the place, in words for a person, or why it is not kept there."""
        ...

    def forget(self, profile: str) -> bool | NotKept:
        """Keep none from now on; whether there was one."""
        ...
