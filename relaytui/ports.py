"""What the inside needs of the outside, as protocols that the adapters and the tests' fakes implement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.profile import Profile
from relaytui.core.task import TaskKey
from relaytui.core.tc3 import Credential

if TYPE_CHECKING:
    # Everybody loads this room, and only whoever makes such values need load theirs.
    from relaytui.core.endpoint import Endpoint
    from relaytui.core.events import Alarm, Event, Resolved
    from relaytui.core.listing import BadList, Changed, Defaults, Edit
    from relaytui.core.share import Share
    from relaytui.core.task_state import TaskState
    from relaytui.core.update import Update
    from relaytui.core.view import View


class Clock(Protocol):
    """The time, so that tests can own it."""

    def wall(self) -> float:
        """Unix seconds (UTC)."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back and go on while the machine sleeps."""
        ...


class Lease(Protocol):
    """The share that this process has of a budget that several processes may use."""

    async def look(self, taken: int) -> Share:
        """The share from now on; `taken` is how many slots the lane has `taken`. To be asked about once a second."""
        ...

    def set_budget(self, budget: float) -> None:
        """Share this budget (requests per second) from the next look on."""
        ...

    def close(self, taken: int) -> None:
        """Leave the budget to the others."""
        ...


class ViewStore(Protocol):
    """Keeps how the board of one list is looked at."""

    def load(self) -> View | None:
        """The view that was saved last, None where there is none; may read a disk."""
        ...

    def save(self, view: View) -> None:
        """Keep this view from now on; returns at once."""
        ...


class StatusSource(Protocol):
    """Answers what one relay task's status is."""

    async def observe(self, key: TaskKey, *, written: Callable[[], None]) -> Observation:
        """Ask once. A failed poll is an Observation too; only a bug raises.

        `written` is called when the whole request has been handed to the network, and not at all where it never was.
        """
        ...

    @property
    def expires_at(self) -> float | None:
        """When the credential it asks with ends (Unix seconds); None where it does not."""
        ...

    async def aclose(self) -> None:
        """Give back connections; nothing is observed afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a journal knows from before.

    The moments in `beliefs` are those of another run of the program: see `core.belief.recalled`. `kept` is what `keep`
    was told, by name.
    """

    beliefs: Mapping[TaskKey, TaskState] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overheard:
    """What a person said about alarms to another process that writes to the same journal, which has recorded it."""

    event: Event


class Journal(Protocol):
    """Remembers what was observed and what happened, beyond the end of the program.

    Nothing here waits for the disk but the three coroutines, and `written` and `recall` no longer than they are told.
    What cannot be written raises nothing: `news` tells of it, and what there is room for is written later.
    """

    def record(self, item: Update | Event) -> None:
        """Remember an answer about a task with what it brought, or an event of its own."""
        ...

    def keep(self, name: str, text: str | None) -> None:
        """Remember a small text under this name in place of the one before; None forgets it. No secret in it."""
        ...

    def beat(self, at: float) -> None:
        """Note that somebody is watching now (Unix seconds), so that the next start knows since when nobody was."""
        ...

    def news(self) -> Sequence[Event | Overheard]:
        """What the journal has to tell since the last call: gaps and its own trouble, to be recorded like the rest."""
        ...

    async def written(self, seconds: float) -> bool:
        """Wait until all that was recorded and kept so far is on disk; False where it is not after so many seconds."""
        ...

    async def recall(self, keys: Iterable[TaskKey], seconds: float) -> Remembered:
        """What is known of these tasks; nothing where it cannot be read within so many seconds."""
        ...

    async def aclose(self) -> None:
        """Write what is left; nothing is recorded afterwards."""
        ...


class NoJournal:
    """The journal of whoever wants none: remembers nothing, and there is nothing to wait for."""

    def record(self, item: Update | Event) -> None:
        """Forget it."""

    def keep(self, name: str, text: str | None) -> None:
        """Forget it."""

    def beat(self, at: float) -> None:
        """Forget it."""

    def news(self) -> list[Event]:
        """Nothing."""
        return []

    async def written(self, seconds: float) -> bool:
        """True: all that will ever be written is."""
        return True

    async def recall(self, keys: Iterable[TaskKey], seconds: float) -> Remembered:
        """Nothing."""
        return Remembered()

    async def aclose(self) -> None:
        """Nothing is left."""


class Notifier(Protocol):
    """Carries alarms to people who do not look at the screen. Nothing here waits; lives on the monitor's loop."""

    def is_on_turn(self) -> bool:
        """Whether it is this process that reaches out now, and not another one that watches the same list."""
        ...

    def send(self, alarm: Alarm) -> None:
        """Deliver an alarm, in a while."""
        ...

    def resolve(self, resolved: Resolved) -> None:
        """Deliver that an alarm is over, after the alarm itself."""
        ...

    def resume(self, kept: Mapping[str, str]) -> None:
        """Deliver what an earlier run did not, of all that is kept in the journal."""
        ...

    def news(self) -> list[Event]:
        """What there is to tell of deliveries since the last call."""
        ...

    async def aclose(self) -> None:
        """Give up what is under way; what is not delivered stays kept."""
        ...


DELIVERIES = "deliveries"
"""What the names begin with under which a notifier keeps what is not delivered yet, each message by itself."""


def kept_name(what: str, watched: str) -> str:
    """The name under which those who watch the list of this name keep something: other lists have their own."""
    return f"{what} {watched}" if watched else what


class NoNotifier:
    """The notifier of whoever wants none: an alarm is seen on the screen, or in the lines."""

    def is_on_turn(self) -> bool:
        """True: nobody else is known of."""
        return True

    def send(self, alarm: Alarm) -> None:
        """Nobody is called."""

    def resolve(self, resolved: Resolved) -> None:
        """Nobody was called."""

    def resume(self, kept: Mapping[str, str]) -> None:
        """Nobody is called."""

    def news(self) -> list[Event]:
        """Nothing."""
        return []

    async def aclose(self) -> None:
        """Nothing is under way."""


@dataclass(frozen=True, slots=True)
class NoCredential:
    """Why there is no credential for a profile, and what to do about it.

    `absent` says that the place simply holds none, so that the next one may be asked. Where it is False something is
    wrong: going on could silently ask as another account, to which every task is not found.
    """

    reason: str
    advice: str
    absent: bool = False

    @property
    def failure(self) -> Failure:
        """What a question has for an answer that cannot be signed."""
        if self.absent:
            return Failure(FailureKind.CREDENTIALS, "no credential", self.reason)
        return Failure(FailureKind.CREDENTIALS, "credential", f"{self.reason}: {self.advice}")


@dataclass(frozen=True, slots=True)
class FoundCredential:
    """A credential and where it came from, in words for a person ("environment", "keyring (SecretService)").

    `again` asks the same place once more, where the credential there can change while the program runs.
    """

    credential: Credential
    source: str
    again: Callable[[], FoundCredential | NoCredential] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """One profile ready for use, or why it has no credential. `budget` is requests per second, up to the API's 20.

    `current`, where the credential can change while running, gives it as it is now.
    """

    profile: str
    endpoint: Endpoint
    credential: Credential | NoCredential
    budget: float = 10.0
    current: Callable[[], FoundCredential | NoCredential] | None = field(default=None, compare=False, repr=False)

    @property
    def identity(self) -> tuple[str, str]:
        """As whom the server counts the requests: equal for profiles that must share a budget."""
        if isinstance(self.credential, NoCredential):
            return f"nobody, for {self.profile}", self.endpoint.authority
        return self.credential.secret_id, self.endpoint.authority


@dataclass(frozen=True, slots=True)
class AccountView:
    """A profile as people are shown it: where its credential is from, or what is wrong; moments are Unix seconds."""

    profile: Profile
    source: str = ""
    problem: str = ""
    secret_id: str = ""
    """Masked."""
    verified_at: float | None = None
    expires_at: float | None = None


class Accounts(Protocol):
    """The profiles of a run. Everything here may wait for files, keyring or network, and may be called anywhere."""

    def views(self) -> tuple[AccountView, ...]:
        """Every profile that is configured, signed in to or used."""
        ...

    def named(self, profile: str) -> Profile | None:
        """The profile of this name; None where it is new. Waits for nothing."""
        ...

    def is_written(self, profile: str) -> bool:
        """Whether the configuration file has this profile, and so says where it is asked. Waits for nothing."""
        ...

    def signed_in(self) -> tuple[str, ...]:
        """The names of those that are asked with a credential now. Waits for nothing."""
        ...

    def ready(self, profile: str) -> None:
        """See to it that the profile can be asked, where it has a credential."""
        ...

    def verify(self, profile: Profile, credential: Credential) -> Failure | None:
        """Ask the API once as this account; None where it takes the credential."""
        ...

    def use(self, profile: Profile, credential: Credential) -> None:
        """Ask as this account from now on, until the program ends."""
        ...

    def keep(
        self,
        profile: Profile,
        credential: Credential,
        *,
        verified: bool,
        waiting: Callable[[], object],
        wanted: Callable[[], bool],
    ) -> str | NotKept:
        """Keep the credential where the profile's secrets are kept, in words for a person, or why it is not.

        `verified` says that the API has taken it. `waiting` is called when the keyring's owner must unlock it; it may
        then take a minute, and what is no longer `wanted` at its end is not kept. `wanted` is called in any thread.
        """
        ...


class Opener(Protocol):
    """Opens what a lane needs to ask as an account."""

    def source(self, account: Account) -> StatusSource:
        """What answers for it; where there is no credential, that says so."""
        ...

    def lease(self, account: Account, budget: float) -> Lease | None:
        """A share of the account's budget (requests per second) for this process; None where nobody else asks as it."""
        ...


@dataclass(frozen=True, slots=True)
class NotKept:
    """Why a store did not do as it was asked, and what to do about it; `absent` says that there is no such store."""

    reason: str
    advice: str
    absent: bool = False


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


class WatchList(Protocol):
    """The list that a board shows, and may change."""

    @property
    def defaults(self) -> Defaults:
        """What tasks get that bring none of their own."""
        ...

    @property
    def unsaved(self) -> str:
        """Why a change lasts no longer than the board, in words for a person; "" where it is written down."""
        ...

    def change(self, edit: Edit) -> Changed | BadList:
        """Make what `edit` makes of the list the new one, at once for whoever asks about its tasks; may block.

        Refused, everything is as it was. `edit` may be called in any thread.
        """
        ...


@dataclass(frozen=True, slots=True)
class NotCopied:
    """Why a text is on no clipboard."""

    reason: str


class Clipboard(Protocol):
    """The ways from here to a person's clipboard; each has a time limit, and all of them together may take seconds."""

    def copy(self, text: str, *, to_terminal: Callable[[str], None]) -> str | NotCopied:
        """Put the text there; the way it took, in words for a person ("tmux"), or why there is none.

        `to_terminal` sends the text to the terminal as OSC 52. No terminal says whether it took it.
        """
        ...


class Exports(Protocol):
    """Where files for a person go."""

    def save(self, stem: str, suffix: str, text: str) -> str | NotKept:
        """Write a new file that only its owner may read, named after `stem`; its path, or why there is none."""
        ...
