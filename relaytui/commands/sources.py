"""Where credentials come from, in the written order: environment, where `login` keeps them, the vendor's files, you."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from relaytui.adapters.credentials import EnvironmentCredentials
from relaytui.core.profile import Profile, Store
from relaytui.ports import CredentialStore, FoundCredential, NoCredential, SecretStore

if TYPE_CHECKING:
    from relaytui.adapters.keyring_store import KeyringStore
    from relaytui.adapters.vendor_files import VendorFiles


class Sources:
    """Every place where a credential may be; a place is only looked at when those before it hold none.

    The environment speaks for the `chosen` profile. `waiting` is called when the keyring's owner must unlock it;
    without it nobody is waited for; what is no longer `wanted` then is not kept. `may_ask` allows asking at the
    terminal for what a profile keeps nowhere. `keyring_seconds` is how long one call to the keyring may take, where
    that is not to be as long as usual.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        chosen: str,
        *,
        waiting: Callable[[], object] | None = None,
        wanted: Callable[[], bool] = lambda: True,
        may_ask: bool = True,
        keyring_seconds: float | None = None,
    ) -> None:
        self._environ = environ
        self._chosen = chosen
        self._waiting = waiting
        self._wanted = wanted
        self._may_ask = may_ask
        self._keyring_seconds = keyring_seconds

    def find(self, profile: Profile) -> FoundCredential | NoCredential:
        """The profile's credential now, or what was looked at and what to do.

        Trouble in one place ends the search: the next could silently hold another account's.
        """
        looked = []
        for place in self._places(profile):
            found = place.find(profile.name)
            if isinstance(found, FoundCredential):
                return found
            if not found.absent:
                return NoCredential(f"profile {profile.name!r}: {found.reason}", found.advice)
            looked.append(found.reason)
        advice = f"run relaytui login {profile.name}"
        if profile.name == self._chosen:
            advice += ", or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"
        return NoCredential(f"no credential for profile {profile.name!r} ({', '.join(looked)})", advice, absent=True)

    def kept(self, profile: Profile) -> SecretStore | None:
        """Where `login` keeps this profile's secret; None where it is kept nowhere."""
        match profile.store:
            case Store.KEYRING:
                return self.keyring
            case Store.PLAINTEXT:
                from relaytui.adapters.places import plaintext_folder
                from relaytui.adapters.plaintext_store import PlaintextStore

                return PlaintextStore(plaintext_folder())
            case Store.SESSION:
                return None

    @property
    def environment(self) -> EnvironmentCredentials:
        """The credential in the environment."""
        return EnvironmentCredentials(self._environ, self._chosen)

    @cached_property
    def keyring(self) -> KeyringStore:
        """The OS keyring."""
        from relaytui.adapters.keyring_store import CALL_SECONDS, KeyringStore

        return KeyringStore(
            waiting=self._waiting, wanted=self._wanted, call_seconds=self._keyring_seconds or CALL_SECONDS
        )

    @cached_property
    def vendor_files(self) -> VendorFiles:
        """What the vendor's own tools left."""
        from relaytui.adapters.vendor_files import VendorFiles

        return VendorFiles(Path.home())

    def _places(self, profile: Profile) -> Iterator[CredentialStore]:
        yield self.environment
        if (kept := self.kept(profile)) is not None:
            yield kept
        yield self.vendor_files
        if profile.store is Store.SESSION and self._may_ask:
            from relaytui.commands.prompt import ThisSession

            yield ThisSession()
