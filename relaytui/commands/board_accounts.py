"""The accounts of one run: found for new profiles on the list, signed in to from the board, kept for the next run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from relaytui.adapters.places import config_path, sign_ins_path
from relaytui.adapters.settings import Settings
from relaytui.commands.sources import Sources
from relaytui.core.observation import Failure
from relaytui.core.profile import Profile
from relaytui.core.task import WatchedTask
from relaytui.core.tc3 import Credential
from relaytui.ports import Account, AccountView, FoundCredential, NoCredential, NotKept

if TYPE_CHECKING:
    # Brings msgspec, which a board without config.toml need not wait for.
    from relaytui.adapters.config import BadConfig

SESSION = "you, for this session only"


class BoardAccounts:
    """Implements `Accounts`. `give` hands an account to whoever asks as it; `found` are those it has already."""

    def __init__(
        self,
        settings: Settings,
        found: Mapping[str, FoundCredential | NoCredential],
        environ: Mapping[str, str],
        *,
        give: Callable[[Account], object],
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._give = give
        self._found = dict(found)
        self._profiles = dict(settings.profiles)
        self._lock = threading.Lock()

    def named(self, profile: str) -> Profile | None:
        """The profile of this name; None where it is new."""
        return self._profile(profile) if profile in {*self._profiles, *self._found} else None

    def is_written(self, profile: str) -> bool:
        """Whether the configuration file has this profile."""
        return profile in self._settings.configured

    def signed_in(self) -> tuple[str, ...]:
        """The names of those that are asked with a credential now."""
        return tuple(name for name, found in self._found.items() if isinstance(found, FoundCredential))

    def ready(self, profile: str) -> None:
        """See to it that the profile has a lane, with a credential where there is one."""
        with self._lock:
            if profile not in self._found:
                self._take(self._profile(profile), self._sources().find(self._profile(profile)))

    def serve(self, tasks: tuple[WatchedTask, ...], take: Callable[[tuple[WatchedTask, ...]], object]) -> None:
        """Have a list taken in once every profile on it has a lane."""
        for profile in {task.key.profile: None for task in tasks}:
            self.ready(profile)
        take(tasks)

    def wait_for_keyring(self) -> None:
        """Ask once more for what a locked keyring did not give at the start, in a thread of its own: it may take long.

        Its owner is asked by the desktop's own dialog.
        """
        locked = [name for name, found in self._found.items() if isinstance(found, NoCredential) and not found.absent]

        def wait() -> None:
            sources = self._sources(waiting=lambda: None)
            for name in locked:
                found = sources.find(self._profile(name))
                with self._lock:
                    if isinstance(found, FoundCredential) and isinstance(self._found[name], NoCredential):
                        self._take(self._profile(name), found)

        if locked:
            threading.Thread(target=wait, name="relaytui-accounts", daemon=True).start()

    def views(self) -> tuple[AccountView, ...]:
        """Every profile that is configured, signed in to or used."""
        from relaytui.adapters.sign_ins import SignIns

        signed_in = SignIns(sign_ins_path()).read()
        sources = self._sources()
        views = []
        for name in dict.fromkeys((*self._profiles, *self._found, *signed_in)):
            profile = self._profile(name)
            found = self._found.get(name) or sources.find(profile)
            if isinstance(found, FoundCredential) and found.again is not None:
                found = found.again()
            last = signed_in.get(name)
            verified_at = last.verified_at if last else None
            if isinstance(found, NoCredential):
                views.append(AccountView(profile, problem=f"{found.reason}: {found.advice}", verified_at=verified_at))
            else:
                credential = found.credential
                views.append(
                    AccountView(
                        profile,
                        source=found.source,
                        secret_id=credential.masked_id,
                        verified_at=verified_at,
                        expires_at=credential.expires_at,
                    )
                )
        return tuple(views)

    def verify(self, profile: Profile, credential: Credential) -> Failure | None:
        """Ask the API once as this account; None where it takes the credential."""
        from relaytui.commands.sign_in import why_refused

        return why_refused(profile, credential)

    def use(self, profile: Profile, credential: Credential) -> None:
        """Ask as this account from now on, until the program ends."""
        with self._lock:
            self._profiles[profile.name] = profile
            self._take(profile, FoundCredential(credential, SESSION))

    def keep(
        self,
        profile: Profile,
        credential: Credential,
        *,
        verified: bool,
        waiting: Callable[[], object],
        wanted: Callable[[], bool],
    ) -> str | NotKept:
        """Keep the credential where the profile's secrets are kept, and the profile itself; the place."""
        from relaytui.adapters.sign_ins import SignIn, SignIns

        store = Sources(self._environ, self._settings.profile, waiting=waiting, wanted=wanted, may_ask=False).kept(
            profile
        )
        if store is None:
            return NotKept('this profile has store = "session"', "its secret is never saved")
        added = self._configure(profile)
        if isinstance(added, NotKept):
            return added
        place = store.keep(profile.name, credential)
        if isinstance(place, NotKept):
            wrong = self._take_out(added)
            return place if wrong is None else NotKept(f"{place.reason} (the new profile stays: {wrong})", place.advice)
        SignIns(sign_ins_path()).note(profile.name, SignIn(place, time.time() if verified else None))
        with self._lock:
            self._found[profile.name] = FoundCredential(credential, place)
        if added:
            self._settings = replace(self._settings, configured=self._settings.configured | {profile.name})
        return place

    def _configure(self, profile: Profile) -> str | NotKept:
        """Add a new profile to the configuration file, where it is not what every profile is; the text that was added.

        The credential is kept when this is done: there is no other way to know that the file can be written.
        """
        if profile.name in self._settings.configured:
            return ""
        if profile == Profile(profile.name) == self._settings.named(profile.name):
            return ""
        from relaytui.adapters.config import BadConfig, append_profile

        written: dict[str, str | int] = {"endpoint": str(profile.endpoint), "region": profile.region}
        if profile.sdk_app_id is not None:
            written["sdk_app_id"] = profile.sdk_app_id
        added = append_profile(config_path(self._environ), profile.name, written)
        return NotKept(str(added), f"write [profiles.{profile.name}] there") if isinstance(added, BadConfig) else added

    def _take_out(self, added: str) -> BadConfig | None:
        if not added:
            return None
        from relaytui.adapters.config import take_out

        return take_out(config_path(self._environ), added)

    def _take(self, profile: Profile, found: FoundCredential | NoCredential) -> None:
        self._found[profile.name] = found
        credential, again = (found, None) if isinstance(found, NoCredential) else (found.credential, found.again)
        self._give(Account(profile.name, profile.endpoint, credential, profile.budget, again))

    def _profile(self, name: str) -> Profile:
        return self._profiles.get(name) or self._settings.named(name)

    def _sources(self, waiting: Callable[[], object] | None = None) -> Sources:
        return Sources(self._environ, self._settings.profile, waiting=waiting, may_ask=False)
