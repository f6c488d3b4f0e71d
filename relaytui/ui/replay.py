"""The dashboard as a view of the past: the same board with a scrubber on top, without what asks or tells anybody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from relaytui.core.player import Player
from relaytui.ui.app import RelayTui
from relaytui.ui.dashboard import Dashboard
from relaytui.ui.scrubber import Scrubber

if TYPE_CHECKING:
    from relaytui.engine import Drained

PLAY_SECONDS = 0.25
_OF_THE_PRESENT = frozenset(
    {
        *("refresh", "look_up", "sign_in", "profile", "profiles", "acknowledge", "snooze", "mute"),
        *("add", "edit", "replace", "remove", "undo", "pause", "hold"),
    }
)
"""What asks the API, changes the list or silences alarms."""


class ReplayBoard(Dashboard):
    """Plays while it is open."""

    BINDING_GROUP_TITLE = "On the replay"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Many keyboards have the brackets on a third level.
        Binding(
            "left_square_bracket,comma",
            "change(-1)",
            "before",
            id="replay.before",
            tooltip="Back to the change before",
        ),
        Binding(
            "right_square_bracket,full_stop",
            "change(1)",
            "next change",
            id="replay.next",
            tooltip="On to the next change",
        ),
        Binding("p", "play", "pause", id="replay.play", tooltip="Let the past stand still, or go on"),
        Binding("greater_than_sign", "speed(1)", "faster", show=False, id="replay.faster", tooltip="Faster"),
        Binding("less_than_sign", "speed(-1)", "slower", show=False, id="replay.slower", tooltip="Slower"),
    ]

    def __init__(self, player: Player, **given: Any) -> None:
        super().__init__(**given)
        self._player = player
        self._scrubber = Scrubber(id="scrubber")
        self._played = 0.0

    def compose(self) -> ComposeResult:
        """The scrubber over the board."""
        yield self._scrubber
        yield from super().compose()

    def on_mount(self) -> None:
        """Begin to play."""
        self._player.jump(self._player.wall())
        self._played = time.monotonic()
        self.set_interval(PLAY_SECONDS, self._play)

    def _play(self) -> None:
        before, self._played = self._played, time.monotonic()
        self._player.play(self._played - before)
        self._tell_scrubber()

    def take(self, drained: Drained) -> None:
        """Hand on what was; the scrubber moves with it."""
        super().take(drained)
        self._tell_scrubber()

    def _tell_scrubber(self) -> None:
        self._scrubber.tell(self._player, self._player.replay.changes)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The past answers no questions and obeys no orders."""
        if action in _OF_THE_PRESENT:
            return False
        if action == "change":
            step = parameters[0] if parameters else 1
            return True if self._player.replay.step(1 if step == 1 else -1) is not None else None
        return super().check_action(action, parameters)

    def action_change(self, direction: int) -> None:
        """To the next change, or with -1 to the one before."""
        if direction < 0:
            self.forget_events()
        if self._player.step(direction):
            self._tell_scrubber()
        self.refresh_bindings()

    def action_play(self) -> None:
        """Stand still, go on, or at the end begin again."""
        if self._player.is_at_end:
            self.forget_events()
            self._player.jump(self._player.begin)
            self._player.playing = True
        else:
            self._player.playing = not self._player.playing
        self._tell_scrubber()

    def warnings(self) -> Iterator[str]:
        """That this is the past."""
        yield "THIS IS A REPLAY: how it was then, and not how it is"

    def forget_events(self) -> None:
        """Remember nothing of what happened, in the event log too."""
        self.event_log.forget()
        super().forget_events()

    def action_speed(self, direction: int) -> None:
        """Faster, or with -1 slower."""
        self._player.change_speed(direction)
        self._tell_scrubber()


class ReplayTui(RelayTui):
    """The app whose board is the past."""

    def __init__(self, player: Player, **given: Any) -> None:
        self._player = player
        super().__init__(commands=player, clock=player, **given)

    def make_dashboard(self, **given: Any) -> Dashboard:
        """The board of the past."""
        return ReplayBoard(self._player, **given)

    def _show_title(self, title: str) -> None:
        super()._show_title(f"REPLAY {title}")
