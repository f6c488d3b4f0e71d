"""Signing in from the board: a credential is verified with one live call, used at once, and kept if wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.widgets import Checkbox, Input

from relaytui.core.endpoint import NAMED_ENDPOINTS, read_endpoint
from relaytui.core.entry import Refused
from relaytui.core.keepsake import make_credential
from relaytui.core.profile import Profile, Store, read_profile_name
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import Accounts, NotKept
from relaytui.ui.dialogs.dialog import Dialog
from relaytui.ui.dialogs.fields import Field, HiddenInput
from relaytui.ui.in_thread import in_thread

_KEPT = {
    Store.KEYRING: "keep it in this machine's keyring",
    Store.PLAINTEXT: "keep it in a plain-text file, as config.toml says",
    Store.SESSION: "kept for this session only, as config.toml says",
}


class SignIn(Dialog[str]):
    """Asks for the credential of a profile; dismissed with what to tell, once the API has taken it.

    What was typed as a secret is wiped when the dialog closes. `esc` while the keyring is waited for skips the keyring.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", id="dialog.cancel", tooltip="Close this; the keyring is not waited for"),
    ]

    def __init__(self, accounts: Accounts, profile: Profile) -> None:
        super().__init__("sign in")
        self._accounts = accounts
        self._profile = profile
        self._used = ""
        """What to tell when nothing more is waited for; "" until the API has taken the credential."""
        self._busy = False

    def fields(self) -> ComposeResult:
        """Profile, the parts of the credential, where to ask and where to keep it."""
        endpoint = next((word for word, url in NAMED_ENDPOINTS.items() if url == str(self._profile.endpoint)), None)
        yield Field("profile", self._profile.name, id="profile", placeholder="a name, new or known")
        yield Field("SecretId", id="secret-id")
        yield Field("SecretKey", id="secret-key", hidden=True)
        yield Field("token", id="token", hidden=True, placeholder="only with a temporary key")
        yield Field(
            "endpoint",
            endpoint or str(self._profile.endpoint),
            id="endpoint",
            placeholder="mainland, international, or a host",
        )
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
        self.run_worker(self._sign_in(profile, credential))

    def action_cancel(self) -> None:
        """Close this; what is used already is used."""
        self.dismiss(self._used or None)

    async def _sign_in(self, profile: Profile, credential: Credential) -> None:
        self.say(f"asking {profile.endpoint.authority} …")
        failure = await in_thread(lambda: self._accounts.verify(profile, credential))
        self._busy = False
        if failure is not None:
            self.complain(f"not signed in: {failure.code}: {failure.message.rstrip('.')}. {failure.advice}")
            return
        self._accounts.use(profile, credential)
        self._used = f"signed in: {profile.name}, for this session only"
        if not self.query_one("#keep", Checkbox).value or profile.store is Store.SESSION:
            self.dismiss(self._used)
            return
        self._busy = True
        self.say("signed in; keeping the key …")
        place = await in_thread(lambda: self._accounts.keep(profile, credential, waiting=self._tell_waiting))
        self._busy = False
        if isinstance(place, NotKept):
            self.complain(f"signed in for this session only: {place.reason}: {place.advice}. esc closes this")
        else:
            self.dismiss(f"signed in: {profile.name}, kept in {place}")

    def _tell_waiting(self) -> None:
        """Called in another thread."""
        self.call_later(self.say, "signed in; waiting for your keyring to be unlocked, esc to skip")

    def _read_profile(self) -> Profile | Refused:
        name = read_profile_name(self._text("profile"))
        if isinstance(name, Refused):
            return name
        endpoint = read_endpoint(self._text("endpoint"))
        if isinstance(endpoint, Refused):
            return Refused(f"endpoint: {endpoint.reason}")
        known = self._accounts.named(name)
        if known is None:
            return replace(self._profile, name=name, endpoint=endpoint, sdk_app_id=None)
        if endpoint not in (known.endpoint, self._profile.endpoint):
            return Refused(f"profile {name} asks {known.endpoint}: change that in config.toml, or give another name")
        return known

    def _read_credential(self) -> Credential | Refused:
        # Straight out of the fields: a local variable would stand in a traceback.
        return make_credential(self._text("secret-id"), Secret(self._text("secret-key")), Secret(self._text("token")))

    def _text(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value
