"""Accounts and look-ups: signing in without a restart, the profiles, and questions about any TaskId."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from relaytui.core.edits import adding
from relaytui.core.profile import Profile
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.view import View
from relaytui.ui.finding_desk import FindingDesk
from relaytui.ui.in_thread import in_thread
from relaytui.ui.list_desk import ListDesk

if TYPE_CHECKING:
    # Loaded when it is first asked for: the first paint need not wait for it.
    from relaytui.engine import Drained
    from relaytui.ports import Accounts
    from relaytui.ui.dialogs.look_up import LookUp
    from relaytui.ui.dialogs.profiles import Choice

_FIELDS = ("sdk_app_id", "region", "profile")


class AccountDesk(ListDesk, FindingDesk):
    """Keys about accounts; without `accounts` there is nothing to sign in to."""

    BINDING_GROUP_TITLE = "Accounts and look-ups"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "look_up", "look up", id="account.look_up", tooltip="Ask about any TaskId now, listed or not"),
        Binding("c", "sign_in", "sign in", show=False, id="account.sign_in", tooltip="Sign in with another key"),
        Binding(
            "C", "profiles", "profiles", show=False, id="account.profiles", tooltip="Profiles: keys, expiry, health"
        ),
    ]

    accounts: Accounts | None = None
    _look_up: LookUp | None = None
    _asked_at: dict[str, str] | None = None
    _asked_from: TaskKey | None = None
    """The task under the cursor when somebody looked up last."""
    _signed_in = ""
    """The profile that was signed in to last from the board."""
    _chosen = ""
    """The profile that was chosen for what is asked and added."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A board of made-up accounts signs in to none."""
        if action in ("sign_in", "profiles"):
            return self.accounts is not None
        return super().check_action(action, parameters)

    def take(self, drained: Drained) -> None:
        """Hand the answers to whoever looked up."""
        if drained.answers and self._look_up is not None and self._look_up.is_attached:
            self._look_up.take(drained.answers)
        super().take(drained)

    @property
    def view(self) -> View:
        """How the board is looked at now, for `restore`."""
        return super().view._replace(asked_at=tuple((self._asked_at or {}).values()))

    def restore(self, view: View) -> None:
        """Look at the board like this, and ask where was asked last."""
        super().restore(view)
        if len(view.asked_at) == len(_FIELDS):
            self._asked_at = dict(zip(_FIELDS, view.asked_at, strict=True))
            self._asked_from = self.table.cursor_key

    def _ask_at(self) -> dict[str, str]:
        """Where look-ups are asked, by field: where the task under the cursor is, until it moves where it was last."""
        if self._asked_at is None or self._asked_from != self.table.cursor_key:
            self._asked_at, self._asked_from = self._here(), self.table.cursor_key
            if self._chosen:
                self._move(self._asked_at, self._chosen)
        return self._asked_at

    def _here(self) -> dict[str, str]:
        defaults, key = self.changes.watch_list.defaults, self.table.cursor_key
        if key is not None:
            return {"sdk_app_id": str(key.sdk_app_id), "region": key.region, "profile": key.profile}
        return {
            "sdk_app_id": str(defaults.sdk_app_id or ""),
            "region": defaults.region,
            "profile": defaults.profile,
        }

    def action_look_up(self) -> None:
        """Open the dialog for look-ups."""
        from relaytui.ui.dialogs.look_up import LookUp  # noqa: PLC0415 - see above

        home = self._ask_at()
        self._prefer_key(home)
        self._look_up = LookUp(
            home=home,
            commands=self.commands,
            accounts=self.accounts,
            listed=(update.task for update in self.tally),
            add=self._add,
        )
        self.app.push_screen(self._look_up)

    def action_add(self, text: str = "") -> None:
        """Ask for tasks, to be added as a profile that has a key."""
        self._prefer_key(self.home)
        super().action_add(text)

    def _prefer_key(self, home: dict[str, str]) -> bool:
        """Where the profile has no key and nobody chose it, take the one signed in to last, or the only one with a key.

        Whether that has changed the home.
        """
        signed_in = self.accounts.signed_in() if self.accounts is not None else ()
        if home["profile"] in (*signed_in, self._chosen):
            return False
        name = self._signed_in if self._signed_in in signed_in else signed_in[0] if len(signed_in) == 1 else ""
        if name:
            self._move(home, name)
        return bool(name)

    def _add(self, tasks: tuple[WatchedTask, ...]) -> None:
        names = tasks[0].name if len(tasks) == 1 else f"{len(tasks)} tasks"
        self.change_list(adding(tasks), f"added {names}")

    def action_sign_in(self) -> None:
        """Sign in to the profile that lacks a key, or else to the one under the cursor."""
        key = self.table.cursor_key
        likely = [key.profile] if key else [self._here()["profile"]]
        lacking = [
            name
            for view in self.lanes.values()
            if view.cause is not None and view.cause.is_about_credentials
            for name in view.lane.profiles
        ]
        self._sign_in(next((name for name in likely if name in lacking), (*lacking, *likely)[0]))

    def _sign_in(self, profile: str) -> None:
        from relaytui.ui.dialogs.sign_in import SignIn  # noqa: PLC0415 - see above

        if self.accounts is None:
            return
        dialog = SignIn(self.accounts, self.accounts.named(profile) or Profile(profile))

        def tell(told: str | None) -> None:
            self._signed_in = dialog.name_used or self._signed_in
            if told:
                also = f"; tasks are added as {self._signed_in}" if self._prefer_key(self.home) else ""
                self.say(f"{told}{also}", seconds=8.0)

        self.app.push_screen(dialog, tell)

    def action_profiles(self) -> None:
        """Show the profiles, once their keys have been looked for."""
        if self.accounts is not None:
            self.say("looking for the keys of all profiles …")
            self.run_worker(self._show_profiles(self.accounts), group="profiles", exclusive=True)

    async def _show_profiles(self, accounts: Accounts) -> None:
        from relaytui.ui.dialogs.profiles import Profiles  # noqa: PLC0415 - see above

        views = await in_thread(accounts.views)
        chosen = (self._asked_at or self._here())["profile"]
        self.app.push_screen(Profiles(views, self.lanes.values(), chosen, self.clock.wall()), self._choose)

    def _choose(self, choice: Choice | None) -> None:
        from relaytui.ui.dialogs.profiles import Wish  # noqa: PLC0415 - see above

        if choice is None:
            return
        match choice.wish:
            case Wish.SIGN_IN:
                self._sign_in(choice.profile)
            case Wish.SHOW:
                self.filter_by(f"profile:{choice.profile}")
            case Wish.USE:
                self._use(choice.profile)

    def _use(self, name: str) -> None:
        """Have what is asked and added next be asked and added as this profile."""
        self._chosen = name
        for home in (self._ask_at(), self.home):
            self._move(home, name)
        self.say(f"tasks are looked up and added as {name}")

    def _move(self, home: dict[str, str], name: str) -> None:
        """Have this home be the profile's."""
        profile = self.accounts.named(name) if self.accounts is not None else None
        home["profile"] = name
        if profile is not None:
            home["region"] = profile.region
            home["sdk_app_id"] = str(profile.sdk_app_id or home["sdk_app_id"])
