"""The profiles: where each one's key is from, when it last worked, when it ends, and whether its lane sees."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum, auto
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from relaytui.core.expiry import time_left
from relaytui.core.lane_view import LaneView
from relaytui.core.text import even
from relaytui.ports import AccountView
from relaytui.ui.dialogs.dialog import Dialog
from relaytui.ui.failures import describe
from relaytui.ui.times import local


class Wish(Enum):
    """What can be done with a profile."""

    USE = auto()
    SHOW = auto()
    SIGN_IN = auto()


class Choice(NamedTuple):
    """What is wanted of a profile."""

    profile: str
    wish: Wish


class Profiles(Dialog[Choice]):
    """Chooses a profile for what is asked and added next, one to see the tasks of, or one to sign in to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "accept",
            "use for look-ups and adding",
            priority=True,
            id="dialog.accept",
            tooltip="Look up and add tasks as this one",
        ),
        Binding("f", "show", "only its tasks", id="account.show", tooltip="Show only tasks that are asked as this one"),
        Binding("c,s", "sign_in", "sign in", id="account.again", tooltip="Sign in to this profile with a key"),
        Binding("escape,C", "cancel", "close", id="dialog.cancel", tooltip="Close this"),
    ]

    def __init__(self, views: Sequence[AccountView], lanes: Collection[LaneView], chosen: str, at: float) -> None:
        super().__init__("profiles")
        self._views = views
        self._list = OptionList(
            *(Option(Content(_told(view, lanes, chosen, at))) for view in views), id="profiles", compact=True
        )

    def fields(self) -> ComposeResult:
        """One entry for each profile."""
        yield self._list

    def on_mount(self) -> None:
        """The keys are those of the list."""
        self._list.focus()
        self._list.action_first()

    def on_option_list_option_selected(self) -> None:
        """Enter, or a click."""
        self.accept()

    def accept(self) -> None:
        """Use the profile."""
        self._choose(Wish.USE)

    def action_show(self) -> None:
        """Show only the tasks of the profile."""
        self._choose(Wish.SHOW)

    def action_sign_in(self) -> None:
        """Sign in to the profile."""
        self._choose(Wish.SIGN_IN)

    def _choose(self, wish: Wish) -> None:
        if self._list.highlighted is not None:
            self.dismiss(Choice(self._views[self._list.highlighted].profile.name, wish))


def _told(view: AccountView, lanes: Collection[LaneView], chosen: str, at: float) -> str:
    """One profile in two lines of plain text."""
    profile = view.profile
    lane = next((lane for lane in lanes if profile.name in lane.lane.profiles), None)
    health = "not in use" if lane is None else f"BLIND: {describe(lane.cause)}" if lane.cause else "sees"
    verified = "never" if view.verified_at is None else f"{local(view.verified_at):%Y-%m-%d %H:%M}"
    key = [view.source, view.secret_id, f"verified {verified}"] if view.source else [f"no key: {view.problem}"]
    if view.expires_at is not None:
        key.append(f"expires in {time_left(view.expires_at - at)}")
    mark = "*" if profile.name == chosen else " "
    where = f"{profile.endpoint.authority} · {profile.region} · SdkAppId {profile.sdk_app_id or '-'}"
    return (
        even(f"{mark} {profile.name} · {health} · {where} · {profile.budget:g}/s")
        + "\n"
        + even(f"    {' · '.join(key)}")
    )
