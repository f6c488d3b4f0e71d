"""Signing in from the board: a credential is verified with one live call, used at once, and kept if wanted."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.widgets import Checkbox, Input

from relaytui.core.endpoint import NAMED_ENDPOINTS, Endpoint, read_endpoint
from relaytui.core.entry import Refused
from relaytui.core.keepsake import make_credential
from relaytui.core.profile import Profile, Store, read_profile_name
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import Accounts, NotKept
from relaytui.ui.dialogs.dialog import Dialog
from relaytui.ui.dialogs.fields import Field, HiddenInput
from relaytui.ui.in_thread import in_thread
from relaytui.ui.live_keys import key_of

_KEPT = {
    Store.KEYRING: "keep it in this machine's keyring",
    Store.PLAINTEXT: "keep it in a plain-text file, as config.toml says",
    Store.SESSION: "kept for this session only, as config.toml says",
}


class SignIn(Dialog[str]):
    """Asks for the credential of a profile; dismissed with what to tell, once the API has taken it.

    What was typed as a secret is wiped when the dialog closes. `esc` while the keyring is waited for skips the keyring:
    unlocked later, it keeps nothing. What the API could not be asked about may be used and kept without.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "use_unverified", "use unverified", id="account.unverified", tooltip="Do not ask the API first"),
        Binding("escape", "cancel", "cancel", id="dialog.cancel", tooltip="Close this; the keyring is not waited for"),
    ]

    def __init__(self, accounts: Accounts, profile: Profile) -> None:
        super().__init__("sign in")
        self._accounts = accounts
        self._profile = profile
        self.name_used = ""
        """The profile that is asked with the new credential; "" until the API has taken that."""
        self._used = ""
        """What to tell when nothing more is waited for; "" until the API has taken the credential."""
        self._busy = False
        self._could_not_ask = False
        self._skipped = threading.Event()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing goes unverified before the API could not be asked."""
        return (action != "use_unverified" or self._could_not_ask) and super().check_action(action, parameters)

    def fields(self) -> ComposeResult:
        """Profile, the parts of the credential, where to ask and where to keep it."""
        yield Field("profile", self._profile.name, id="profile", placeholder="a name, new or known")
        yield Field("SecretId", id="secret-id")
        yield Field("SecretKey", id="secret-key", hidden=True)
        yield Field("token", id="token", hidden=True, placeholder="only with a temporary key")
        yield Field("endpoint", id="endpoint", placeholder=_endpoints(self._profile.endpoint))
        yield Checkbox(
            _KEPT[self._profile.store] + " (otherwise: this session only)",
            self._profile.store is not Store.SESSION,
            id="keep",
            compact=True,
        )

    def on_mount(self) -> None:
        """The profile is known most of the time: begin with the SecretId."""
        self.query_one("#secret-id", Input).focus()

    def dismiss(self, result: str | None = None) -> AwaitComplete:
        """Close, and leave no secret behind."""
        for each in self.query(HiddenInput):
            each.value = ""
        return super().dismiss(result)

    def accept(self) -> None:
        """Verify the credential, use it, and keep it."""
        self._begin(verifies=True)

    def action_use_unverified(self) -> None:
        """Use the credential and keep it, as it is."""
        self._begin(verifies=False)

    def _begin(self, *, verifies: bool) -> None:
        if self._busy:
            return
        profile, credential = self._read_profile(), self._read_credential()
        for found in (profile, credential):
            if isinstance(found, Refused):
                self.complain(found.reason)
                return
        assert isinstance(profile, Profile)  # noqa: S101 - told apart above
        assert isinstance(credential, Credential)  # noqa: S101 - told apart above
        self._busy = True
        self.run_worker(self._sign_in(profile, credential, verifies=verifies))

    def action_cancel(self) -> None:
        """Close this; what is used already is used, and what is not kept by now is not kept later."""
        self._skipped.set()
        self.dismiss(self._used or None)

    async def _sign_in(self, profile: Profile, credential: Credential, *, verifies: bool) -> None:
        if verifies and not await self._is_taken(profile, credential):
            self._busy = False
            return
        done = "signed in" if verifies else "signed in, not verified"
        self._accounts.use(profile, credential)
        self.name_used = profile.name
        self._used = f"{done}: {profile.name}, for this session only"
        if not self.query_one("#keep", Checkbox).value or profile.store is Store.SESSION:
            self.dismiss(self._used)
            return
        self.say(f"{done}; keeping the key …")
        skip = key_of(self, "dialog.cancel")
        unlock = f"{done}; waiting for your keyring to be unlocked, {skip} to skip"
        place = await in_thread(
            lambda: self._accounts.keep(
                profile,
                credential,
                verified=verifies,
                # Called in another thread.
                waiting=lambda: self.call_later(self.say, unlock),
                wanted=lambda: not self._skipped.is_set(),
            )
        )
        self._busy = False
        if isinstance(place, NotKept):
            self.complain(f"{done} for this session only: {place.reason}: {place.advice}. {skip} closes this")
        else:
            self.dismiss(f"{done}: {profile.name}, kept in {place}")

    async def _is_taken(self, profile: Profile, credential: Credential) -> bool:
        """Whether the API takes the credential; why not is said."""
        self.say(f"asking {profile.endpoint.authority} …")
        failure = await in_thread(lambda: self._accounts.verify(profile, credential))
        self._could_not_ask = failure is not None and not failure.is_about_credentials
        self.refresh_bindings()
        if failure is None:
            return True
        told = f"not signed in: {failure.code}: {failure.message.rstrip('.')}. {failure.advice}"
        key = key_of(self, "account.unverified")
        self.complain(f"{told} {key} uses it unverified all the same." if self._could_not_ask else told)
        return False

    def _read_profile(self) -> Profile | Refused:
        name = read_profile_name(self._text("profile"))
        if isinstance(name, Refused):
            return name
        profile = self._accounts.named(name) or replace(self._profile, name=name, sdk_app_id=None)
        if not self._text("endpoint").strip():
            return profile
        endpoint = read_endpoint(self._text("endpoint"))
        if isinstance(endpoint, Refused):
            return Refused(f"endpoint: {endpoint.reason}")
        if endpoint != profile.endpoint and self._accounts.is_written(name):
            advice = "change that in config.toml, or give another name"
            return Refused(f"profile {name} asks {profile.endpoint}: {advice}")
        return replace(profile, endpoint=endpoint)

    def _read_credential(self) -> Credential | Refused:
        # Straight out of the fields: a local variable would stand in a traceback.
        return make_credential(self._text("secret-id"), Secret(self._text("secret-key")), Secret(self._text("token")))

    def _text(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value


def _endpoints(usual: Endpoint) -> str:
    """What may be written into the field, beginning with what is asked where nothing is."""
    word = next((word for word, url in NAMED_ENDPOINTS.items() if url == str(usual)), str(usual))
    others = [each for each in NAMED_ENDPOINTS if each != word]
    return f"{word}; or type {', '.join(others)}, or a host"
