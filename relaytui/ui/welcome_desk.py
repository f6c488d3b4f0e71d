"""The board without tasks: a welcome stands in place of the table, with the ways to a working board."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from relaytui.ui.account_desk import AccountDesk
from relaytui.ui.live_keys import live_keys

if TYPE_CHECKING:
    # Loaded where there is no task: every other first paint need not wait for it.
    from relaytui.ui.welcome import Welcome


_ABOUT_TASKS = frozenset(
    ("filter", "only_problems", "problem", "refresh", "pause", "sort", "groups", "group", "acknowledge", "snooze")
) | {"copy", "write"}


class WelcomeDesk(AccountDesk):
    """Shows the welcome while there is nothing to watch, and leads to the demo."""

    BINDING_GROUP_TITLE = "Without tasks"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "demo", "demo", show=False, id="board.demo", tooltip="An incident under way; q comes back"),
    ]

    leave_for_demo: Callable[[], object] | None = None
    """Given by the app: called before the board ends to make room for the demo; None where that is no choice."""
    _welcome: Welcome | None = None
    _had_tasks = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The demo is for whoever has nothing to watch; what is done with tasks is not."""
        if action == "demo":
            return self.leave_for_demo is not None and not self.table.row_count
        if action in _ABOUT_TASKS and not self.table.row_count:
            return False
        return super().check_action(action, parameters)

    def action_demo(self) -> None:
        """Make room for the demo."""
        if self.leave_for_demo is not None:
            self.leave_for_demo()
            self.app.exit()

    def tick(self) -> None:
        """Show what has changed about keys and accounts."""
        super().tick()
        self._tell_welcome()

    def fit_welcome(self) -> None:
        """Show the welcome where there is no task, and the table where there is one."""
        is_empty = not self.table.row_count
        self._had_tasks |= not is_empty
        if bool(self.table.display) != is_empty:
            return
        # Hidden alone it would keep the focus, and its keys would be offered.
        self.table.display, self.table.disabled = not is_empty, is_empty
        if self._welcome is None:
            from relaytui.ui.welcome import Welcome  # noqa: PLC0415 - see above

            self._welcome = Welcome()
            self.board.mount(self._welcome, before=self.table)
        self._welcome.display = is_empty
        if not is_empty:
            self.table.focus()
        self._tell_welcome()

    def _tell_welcome(self) -> None:
        if self._welcome is not None and self._welcome.display:
            profiles = self.accounts.signed_in() if self.accounts is not None else ()
            self._welcome.tell(live_keys(self), profiles=profiles, is_first=not self._had_tasks)
