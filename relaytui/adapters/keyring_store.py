"""Credentials in the OS keyring: one entry per profile. Whatever the keyring does, an answer comes in time.

Keyrings hang, prompt, lose entries and raise anything (measured), so every call runs in a throw-away daemon thread with
a time limit, and neither a command nor its end ever waits for one that hangs.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from relaytui.core.entry import Refused
from relaytui.core.keepsake import read_credential, write_credential
from relaytui.core.tc3 import Credential, Secret
from relaytui.core.text import plain
from relaytui.ports import FoundCredential, NoCredential, NotKept

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SAFE_BACKENDS = frozenset(
    f"keyring.backends.{name}" for name in ("SecretService", "libsecret", "kwallet", "macOS", "Windows")
)
"""The back ends that are trusted: any other package installed beside us may bring one that keeps plain text."""
CALL_SECONDS = 5.0
UNLOCK_SECONDS = 60.0
"""Seconds that a person gets to answer the keyring's own dialog."""
MAX_BYTES = 2560
"""Bytes of UTF-16 that Windows takes; kept everywhere, so that a profile can move."""
_USERNAME = "credentials"
_OTHER = "secret:"
"""Stands before the name of a secret that is no credential: no profile's name holds a colon."""
_SLICE = 0.2
_T = TypeVar("_T")


class Trouble(Enum):
    """What can be wrong with a keyring; each value is what to do about it."""

    LOCKED = "unlock it (sign in to the desktop, or gnome-keyring-daemon --unlock) and try again"
    MISSING = (
        'start GNOME Keyring or KWallet, use the environment, or set store = "plaintext" or "session" in config.toml'
        " (relaytui login --store plaintext does)"
    )
    HUNG = "restart the keyring (its process may be stopped), or use the environment"
    REFUSED = "see that the keyring and the session's D-Bus run, or use the environment"
    LOST = "another back end than the system's may be set: see keyring --list-backends and PYTHON_KEYRING_BACKEND"


class _Odd(Exception):  # noqa: N818 - it ends one call and is a value for everybody else
    """A keyring that is not as it should be."""

    def __init__(self, trouble: Trouble, reason: str) -> None:
        super().__init__(reason)
        self.trouble = trouble
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Probe:
    """What can be known of a keyring without making it ask its owner anything."""

    backend: str
    is_locked: bool = False
    is_empty: bool = False
    """Whether it surely holds no entry for the profile."""


class KeyringStore:
    """The OS keyring. `waiting` is called when its owner must unlock it; without it a locked keyring is not waited for.

    Once it has hung it is not asked again. Nothing is kept any more once `wanted` says no, or it was said that nothing
    is kept, whatever the keyring does later.
    """

    def __init__(
        self,
        *,
        waiting: Callable[[], object] | None = None,
        wanted: Callable[[], bool] = lambda: True,
        call_seconds: float = CALL_SECONDS,
        unlock_seconds: float = UNLOCK_SECONDS,
    ) -> None:
        self._waiting = waiting
        self._wanted = wanted
        self._call_seconds = call_seconds
        self._unlock_seconds = unlock_seconds
        self._has_hung = False

    def find(self, profile: str) -> FoundCredential | NoCredential:
        """The profile's credential now, or why there is none."""
        try:
            probe = self._within(self._call_seconds, lambda: _look(profile))
            if probe.is_empty:
                return _nothing(profile, probe)
            text = self._within(self._patience(probe), lambda: _get(profile))
        except _Odd as odd:
            return NoCredential(odd.reason, odd.trouble.value, absent=odd.trouble is Trouble.MISSING)
        if text is None:
            return _nothing(profile, probe)
        credential = read_credential(text)
        if isinstance(credential, Refused):
            return NoCredential(
                f"the entry in the keyring cannot be used: {credential.reason}", f"run relaytui login {profile}"
            )
        return FoundCredential(credential, f"keyring ({probe.backend})")

    def keep(self, profile: str, credential: Credential) -> str | NotKept:
        """Put it into the keyring and read it back; the keyring's name, or why it is not there."""
        text = write_credential(credential)
        if len(text.reveal().encode("utf-16-le")) > MAX_BYTES:
            return NotKept(
                f"the credential is longer than the {MAX_BYTES // 2} characters that every keyring takes",
                "keep long temporary keys in the environment or in tccli's files, which are read where they are",
            )

        return self._keep(profile, text)

    def find_secret(self, name: str) -> Secret | NotKept:
        """The text kept under this name, which is no profile's credential, or why there is none."""
        entry = _OTHER + name
        try:
            probe = self._within(self._call_seconds, lambda: _look(entry))
            text = None if probe.is_empty else self._within(self._patience(probe), lambda: _get(entry))
        except _Odd as odd:
            return NotKept(odd.reason, odd.trouble.value)
        return text or NotKept(f"no entry in the keyring ({probe.backend})", f"run relaytui alert secret {name}")

    def keep_secret(self, name: str, text: Secret) -> str | NotKept:
        """Keep a text under this name; the keyring's name, or why it is not there."""
        return self._keep(_OTHER + name, text)

    def forget(self, profile: str) -> bool | NotKept:
        """Take the profile's entry out of the keyring; whether there was one."""

        def forget() -> bool:
            if _get(profile) is None:
                return False
            _keyring().delete_password(_entry(profile), _USERNAME)
            return True

        try:
            probe = self._within(self._call_seconds, lambda: _look(profile))
            return not probe.is_empty and self._within(self._patience(probe), forget)
        except _Odd as odd:
            return NotKept(odd.reason, odd.trouble.value)

    def usable(self) -> str | NotKept:
        """The name of the back end that would keep a credential, found without a prompt, or why there is none."""
        probe = self.probe()
        return probe if isinstance(probe, NotKept) else probe.backend

    def probe(self) -> Probe | NotKept:
        """What can be known of the keyring without a prompt, or why there is none."""
        try:
            return self._within(self._call_seconds, lambda: _look(""))
        except _Odd as odd:
            return NotKept(odd.reason, odd.trouble.value, absent=odd.trouble is Trouble.MISSING)

    def _keep(self, profile: str, text: Secret) -> str | NotKept:
        given_up = threading.Event()

        def keep() -> Secret | None:
            # This is where a locked keyring asks its owner, who may come when nobody waits any more.
            _get(profile)
            if given_up.is_set() or not self._wanted():
                raise _Odd(Trouble.LOCKED, "the keyring was not waited for")
            _keyring().set_password(_entry(profile), _USERNAME, text.reveal())
            return _get(profile)

        try:
            probe = self._within(self._call_seconds, lambda: _look(profile))
            kept = self._within(self._patience(probe), keep)
        except _Odd as odd:
            given_up.set()
            return NotKept(odd.reason, odd.trouble.value)
        if kept != text:
            return NotKept("the keyring took the secret and does not give it back", Trouble.LOST.value)
        return f"keyring ({probe.backend})"

    def _patience(self, probe: Probe) -> float:
        """How long the next call may take; says that somebody is waited for, or that nobody is."""
        if not probe.is_locked:
            return self._call_seconds
        if self._waiting is None:
            raise _Odd(Trouble.LOCKED, f"the keyring ({probe.backend}) is locked")
        self._waiting()
        return self._unlock_seconds

    def _within(self, seconds: float, work: Callable[[], _T]) -> _T:
        """What `work` gives, or `_Odd` for whatever else it does; it is left alone where it takes too long."""
        if self._has_hung:
            raise _Odd(Trouble.HUNG, "the keyring does not answer")
        answers: queue.SimpleQueue[_T | _Odd] = queue.SimpleQueue()

        def run() -> None:
            try:
                answers.put(work())
            except BaseException as fault:  # noqa: BLE001 - D-Bus and extension modules raise anything, panics too
                answers.put(_explain(fault))

        threading.Thread(target=run, name="relaytui-keyring", daemon=True).start()
        end = time.monotonic() + seconds
        while True:
            try:
                # In slices, because Ctrl+C does not end a long wait on every system.
                answer = answers.get(timeout=_SLICE)
            except queue.Empty:
                if time.monotonic() < end:
                    continue
                if seconds > self._call_seconds:
                    raise _Odd(Trouble.LOCKED, f"nobody unlocked the keyring within {seconds:g} s") from None
                self._has_hung = True
                raise _Odd(Trouble.HUNG, f"the keyring did not answer within {seconds:g} s") from None
            if isinstance(answer, _Odd):
                raise answer
            return answer


def _entry(profile: str) -> str:
    return f"relaytui:{profile}"


def _nothing(profile: str, probe: Probe) -> NoCredential:
    return NoCredential(f"no entry in the keyring ({probe.backend})", f"run relaytui login {profile}", absent=True)


# From here on: what runs in the thread, where keyring is loaded (0.2 s that no other command need pay).


def _keyring() -> KeyringBackend:
    import keyring  # noqa: PLC0415 - see above

    return keyring.get_keyring()


def _get(profile: str) -> Secret | None:
    text = _keyring().get_password(_entry(profile), _USERNAME)
    return None if text is None else Secret(text)


def _look(profile: str) -> Probe:
    backend = _keyring()
    members = getattr(backend, "backends", ()) if type(backend).__module__ == "keyring.backends.chainer" else (backend,)
    # Never str(): that asks the back end again and can raise.
    modules = [type(member).__module__ for member in members]
    names = "+".join(module.rpartition(".")[2] for module in modules) or "none"
    if not modules or not SAFE_BACKENDS.issuperset(modules):
        # Where none answers, the library's own is the one that always fails.
        there = "none runs" if modules == ["keyring.backends.fail"] else names
        raise _Odd(Trouble.MISSING, f"no safe keyring here ({there})")
    if "keyring.backends.SecretService" not in modules:
        return Probe(names)
    import secretstorage  # noqa: PLC0415 - see above

    with closing(secretstorage.dbus_init()) as connection:
        try:
            collection = secretstorage.Collection(connection, "/org/freedesktop/secrets/aliases/default")
            is_locked = collection.is_locked()
        except secretstorage.exceptions.ItemNotFoundException:
            # Its owner would be asked to make one.
            return Probe(names, is_locked=True, is_empty=True)
        # Attributes can be read while it is locked, so a locked keyring without our entry need not be unlocked.
        wanted = {"service": _entry(profile), "username": _USERNAME}
        return Probe(names, is_locked, is_empty=not any(secretstorage.search_items(connection, wanted)))


def _explain(fault: BaseException) -> _Odd:
    if isinstance(fault, _Odd):
        return fault
    if type(fault).__name__ == "KeyringLocked":
        return _Odd(Trouble.LOCKED, "the keyring is locked and was not unlocked")
    if type(fault).__name__ == "NoKeyringError":
        return _Odd(Trouble.MISSING, "no keyring here")
    # Without the text: a back end may quote what it was given.
    return _Odd(Trouble.REFUSED, f"the keyring refused: {plain(type(fault).__name__)}")
