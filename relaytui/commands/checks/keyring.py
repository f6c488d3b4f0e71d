"""The system's keyring: which one, how long it took to answer, and whether it is open."""

from __future__ import annotations

import time
from collections.abc import Iterable

from relaytui.adapters.keyring_store import KeyringStore, Probe, Trouble
from relaytui.commands.checks.checkup import Checkup, Level, Line, Told
from relaytui.core.profile import Profile, Store


def begin(checkup: Checkup, profiles: Iterable[Profile], keyring: KeyringStore) -> None:
    """Ask the keyring which one it is, without a prompt; what hangs is told by its own limit."""
    if any(profile.store is Store.KEYRING for profile in profiles):
        checkup.begin("keyring", lambda: Told((_check(keyring),)), seconds=6, fix=Trouble.HUNG.value)
    else:
        checkup.tell(Line("keyring", Level.OK, "no profile uses it"))


def _check(keyring: KeyringStore) -> Line:
    begun = time.monotonic()
    found = keyring.probe()
    took = f"{1000 * (time.monotonic() - begun):.0f} ms"
    if isinstance(found, Probe):
        if found.is_locked:
            return Line("keyring", Level.WARNING, f"{found.backend} is locked, {took}", Trouble.LOCKED.value)
        return Line("keyring", Level.OK, f"{found.backend}, {took}")
    # Without a keyring one can do; with one that hangs or refuses no credential is found.
    return Line("keyring", Level.WARNING if found.absent else Level.FAULT, f"{found.reason}, {took}", found.advice)
