"""The Textual app: themes, keys and palette. What is on the screen is the Dashboard's business."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.console import RenderableType
from textual._compositor import CompositorUpdate
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.events import Event, Key, Paste
from textual.keys import format_key
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from relaytui.core.alarm_view import AlarmView
from relaytui.core.reach import Reach
from relaytui.core.text import even, plain_lines
from relaytui.core.theme import ThemeName
from relaytui.core.update import Update
from relaytui.core.view import View
from relaytui.ui import dialogs
from relaytui.ui.copy_desk import Outlets
from relaytui.ui.dashboard import Dashboard
from relaytui.ui.live_keys import key_of, live_keys
from relaytui.ui.on_screen import OnScreen
from relaytui.ui.themes import DARK, LIGHT, MONO, THEMES, guess
from relaytui.ui.type_ahead import TypeAhead

if TYPE_CHECKING:
    # Only their types are needed here, and the engine's imports would come before the first paint.
    from relaytui.core.lane_view import LaneView
    from relaytui.engine import Commands, Feed
    from relaytui.ports import Accounts, Clock, ViewStore, WatchList
    from relaytui.ui.driver import HardenedDriver

QUIT_SECONDS: Final = 3.0
"""Within this time a second ctrl+c quits."""
SETTLE_SECONDS: Final = 0.25
"""How long a terminal must keep its size to be painted as a whole."""
LOAD_AFTER: Final = 1.0
"""Seconds after which the dialogs are loaded, so that the first one comes as soon as any other."""

log = logging.getLogger(__name__)

_ON_THE_COMMAND_LINE: Final = {
    "account.sign_in": "login",
    "account.look_up": "check",
    "board.log": "history",
    "board.write": "export",
}
"""What does the same there, where it has another name."""
_WRITTEN = {"enter": "enter", "pageup": "page up", "pagedown": "page down"}


class RelayTui(App[None], inherit_bindings=False):
    """The dashboard as an app.

    `tasks` is the board to show before anything was asked. `on_ready` is called once, in a thread of its own, when
    the first picture has been painted: starting the engine only then keeps its imports out of the start-up; `on_loaded`
    on the loop when the rest has been loaded, too.
    `title` is what the header names, by default the profiles; `theme` the colours, by default what suits the terminal.
    `app.return_code` is 0 after `q`, and 128 plus the signal's number when a signal or the end of the terminal ended
    the app.
    """

    CSS_PATH = "relaytui.tcss"
    TITLE = "relaytui"
    BINDING_GROUP_TITLE = "Everywhere"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("colon,ctrl+p", "command_palette", "commands", id="app.palette", tooltip="Search all commands"),
        Binding(
            "t", "next_theme", "theme", show=False, id="app.theme", tooltip="Other colours: dark, light, terminal, mono"
        ),
        Binding("q", "quit", "quit", id="app.quit", tooltip="Leave relaytui; the tasks go on"),
        Binding("ctrl+l", "repaint", "repaint", show=False, id="app.repaint", tooltip="Paint the whole screen anew"),
        Binding(
            "ctrl+z",
            "suspend_process",
            "suspend",
            show=False,
            id="app.suspend",
            tooltip="To the shell; fg comes back. Nobody watches meanwhile",
        ),
        Binding("ctrl+c", "ask_quit", "quit", show=False, id="app.ask_quit", tooltip="Pressed twice: leave relaytui"),
    ]

    def __init__(
        self,
        *,
        feed: Feed,
        commands: Commands,
        tasks: Iterable[Update],
        clock: Clock,
        watch_list: WatchList,
        title: str = "",
        demo: bool = False,
        theme: ThemeName = ThemeName.AUTO,
        outlets: Outlets | None = None,
        keymap: Mapping[str, str] | None = None,
        reach: Reach | None = None,
        accounts: Accounts | None = None,
        view: View | None = None,
        named_views: Mapping[str, str] | None = None,
        mouse: bool = True,
        views: ViewStore | None = None,
        leave_for_demo: Callable[[], object] | None = None,
        on_ready: Callable[[], None] | None = None,
        on_loaded: Callable[[], None] | None = None,
    ) -> None:
        self.fault: Exception | None = None
        """The bug that ended the app, None where a person or a signal did."""
        guessed = guess(os.environ)
        # Textual would turn every colour grey for it, also those that a person asks for later.
        no_color = os.environ.pop("NO_COLOR", None)
        super().__init__()
        if no_color is not None:
            os.environ["NO_COLOR"] = no_color
        self.animation_level = "none"
        self.type_ahead = TypeAhead(self, self._act)
        """What is typed, one after the other."""
        self._feed = feed
        self._clock = clock
        self._after_first_paint = on_ready
        self._after_load = on_loaded
        # Textual mounts room for both on each screen, and nothing here uses them.
        self._disable_tooltips = self._disable_notifications = True
        self._asked_to_quit = float("-inf")
        self._has_size = False
        self._on_screen = OnScreen()
        self._settling: Timer | None = None
        self._dashboard = self.make_dashboard(
            feed=feed, commands=commands, tasks=tasks, clock=clock, watch_list=watch_list, title=title, demo=demo
        )
        self._dashboard.outlets = outlets
        self._dashboard.first_view = view
        self._dashboard.named_views = named_views or {}
        self.mouse = mouse
        """Whether clicks and the wheel are for the board, and not for the terminal."""
        self._dashboard.views = views
        self.given_keys = dict(keymap or {})
        """The keys that a person gave to commands, by their ids."""
        self._reach = reach or Reach()
        self._dashboard.table.set_alarm_after(self._reach.alarm_after)
        self._dashboard.accounts = accounts
        self._dashboard.leave_for_demo = leave_for_demo
        for each in THEMES.values():
            self.register_theme(each)
        is_free = theme is ThemeName.AUTO
        self.theme = (guessed or DARK).name if is_free else theme
        self._asks_background = is_free and guessed is None
        self._recalls_theme = is_free and guessed is not MONO

    def make_dashboard(self, **given: Any) -> Dashboard:
        """The only screen; a replay has another."""
        return Dashboard(**given)

    @property
    def updates(self) -> Iterable[Update]:
        """What is known of every task."""
        return self._dashboard.tally

    @property
    def left_with(self) -> int | None:
        """The exit code of the signal that ended the app, also one that came while it broke down."""
        return getattr(self._driver, "left_with", None)

    def keep_view(self) -> None:
        """Hand on how the board is looked at, for the next time."""
        self._dashboard.keep_view()

    @property
    def view(self) -> View:
        """How the board is looked at."""
        return self._dashboard.view

    @property
    def lanes(self) -> Iterable[LaneView]:
        """What is known of every lane."""
        return self._dashboard.lanes.values()

    @property
    def alarms(self) -> AlarmView:
        """Who is quiet, and why."""
        return self._dashboard.alarms

    def _handle_exception(self, error: Exception) -> None:
        """End the app after a bug, without a traceback on the screen: whoever runs it shows the board again."""
        if self.is_headless:  # a test, which wants to see it
            super()._handle_exception(error)
            return
        self.fault = self.fault or error
        self._close_messages_no_wait()

    async def on_event(self, event: Event) -> None:
        """What is pasted is made harmless before anybody gets it; what is typed ahead waits for its turn."""
        if isinstance(event, Paste):
            event.text = plain_lines(event.text)
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        for each in self._apart(event) if isinstance(event, Key) else (event,):
            if not (isinstance(each, Key) and each.is_printable and not even(each.character or "")):
                await self.type_ahead.take(each)

    def _apart(self, key: Key) -> Iterator[Key]:
        """The key; where it has alt but no command with it, an escape and what was typed after it.

        tmux holds an escape back for up to half a second, and hands it on with the next key as alt. A dialog in which
        something is written is not closed for that.
        """
        alt, _, name = key.key.partition("+")
        field = self.focused if self.screen is not self._dashboard else None
        is_typed = field is not None and field.check_consume_key(name, key.character)
        if alt != "alt" or not key.is_printable or is_typed or key.key in self.screen.active_bindings:
            yield key
        else:
            yield Key("escape", "\x1b")
            yield Key(name, key.character)

    async def _act(self, event: Key | Paste) -> None:
        if isinstance(event, Paste) and isinstance(self.focused, Input):
            # What is taken from a field of one line is what is seen there.
            event.text = "\n".join(map(even, event.text.splitlines()))
        await super().on_event(event)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Write what differs from what stands on the terminal."""
        if isinstance(renderable, CompositorUpdate) and self._running and not self._batch_count:
            renderable = self._on_screen.difference(renderable)
        super()._display(screen, renderable)

    def delay_update(self, delay: float = 0.0) -> None:
        """Do not: Textual would hold the picture back after the palette, while what is typed ahead waits for it."""

    def get_driver_class(self) -> type[Driver]:
        """Our own driver on terminals that we know how to harden."""
        if sys.platform == "win32" or os.environ.get("TEXTUAL_DRIVER"):
            return super().get_driver_class()
        from relaytui.ui.driver import HardenedDriver  # noqa: PLC0415  termios is not there on Windows

        return HardenedDriver

    def get_default_screen(self) -> Screen[None]:
        """The Dashboard is the only screen."""
        return self._dashboard

    def get_key_display(self, binding: Binding) -> str:
        """The key as people write it: `enter`, `ctrl+c`, `?`."""
        modifiers, key = binding.parse_key()
        return "+".join([*modifiers, _WRITTEN.get(key) or format_key(key)])

    def action_command_palette(self) -> None:
        """Open the palette of all commands."""
        from relaytui.ui.palette import Palette  # noqa: PLC0415 - only once it is asked for

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette offers what the keys do, in the same words, and by those of the command line."""
        for key in live_keys(screen):
            if key.enabled and key.binding.action not in ("command_palette", "ask_quit"):
                run = partial(self.run_action, key.binding.action, key.node)
                same = _ON_THE_COMMAND_LINE.get(key.binding.id or "")
                word = f"{key.word} ({same})" if same else key.word
                yield SystemCommand(word, f"{key.tooltip} ({' '.join(key.displays)})", run)
        if screen is self._dashboard:
            for choice in self._dashboard.choices():
                yield SystemCommand(_no_markup(choice.word), _no_markup(choice.tooltip), choice.run)

    def on_mount(self) -> None:
        """Take the person's own keys; paint over what was written while the program was stopped."""
        if self.given_keys:
            self.set_keymap(self.given_keys)
        self.app_resume_signal.subscribe(self, lambda _: self.action_repaint())

    def action_next_theme(self) -> None:
        """Show the board in the next colours."""
        names = list(THEMES)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self._asks_background = self._recalls_theme = False
        self._dashboard.chosen_theme = self.theme
        self._dashboard.say(f"theme: {self.theme}")

    def on_resize(self) -> None:
        """Paint anew when the size has settled: what was on its way for other sizes has damaged the picture."""
        self._on_screen.forget()
        if self._settling is not None:
            self._settling.stop()
        # The first size is no change, and the first picture is on its way.
        if self._has_size:
            self._settling = self.set_timer(SETTLE_SECONDS, self.action_repaint)
        self._has_size = True

    def action_repaint(self) -> None:
        """Paint the whole screen anew, because something else has written to the terminal."""
        self._on_screen.forget()
        # There is no screen any more where the app ends meanwhile.
        for screen in self.screen_stack[-1:]:
            for widget in screen.walk_children(with_self=True):
                widget.refresh()

    def on_ready(self) -> None:
        """Let the caller start what feeds the board once its first picture, which comes next, is on the screen."""
        ask_background = getattr(self._driver, "ask_background", None)
        if self._asks_background and ask_background is not None:
            self._dashboard.call_after_refresh(ask_background, self._suit)
        self._dashboard.call_after_refresh(self._recall_and_feed)

    async def _recall_and_feed(self) -> None:
        """Restore the view, and only then load all that feeds the board: it would take the processor from it."""
        await self._dashboard.recall_view()
        if self._recalls_theme and self._dashboard.chosen_theme in THEMES:
            self.theme = self._dashboard.chosen_theme
            self._asks_background = False
        if self._after_first_paint is not None:
            threading.Thread(
                target=self._begin, args=(self._after_first_paint,), name="relaytui-begin", daemon=True
            ).start()
        self.set_timer(LOAD_AFTER, self._load_rest)

    def _load_rest(self) -> None:
        dialogs.load()
        # Textual would read them when the first dialog opens, which would come 15 ms later for it.
        self.stylesheet.read(dialogs.STYLES)
        self.stylesheet.reparse()
        self.stylesheet.update(self)
        if self._after_load is not None:
            self._after_load()

    def _suit(self, *, is_light: bool) -> None:
        """Choose the colours that suit the terminal's background, unless a person was quicker."""
        if self._asks_background:
            self.theme = (LIGHT if is_light else DARK).name

    def _begin(self, begin: Callable[[], None]) -> None:
        # Whatever goes wrong: a board that nobody feeds must say so.
        try:
            begin()
        except Exception as fault:
            from relaytui.core.events import Notice, NoticeKind  # noqa: PLC0415 - mostly there is none

            log.exception("internal fault at the start")
            text = f"internal fault at the start: {type(fault).__name__}: {fault}; nothing is polled"
            self._feed.put(Notice(self._clock.wall(), NoticeKind.FAULT, text))

    def on_hardened_driver_dropped(self, message: HardenedDriver.Dropped) -> None:
        """Say that keys meant nothing."""
        keys = "a key" if message.count == 1 else f"{message.count} keys"
        self._dashboard.say(f"{keys} dropped: the terminal stood still when you typed", seconds=10.0)

    def on_hardened_driver_pasted_too_much(self) -> None:
        """Say that nothing was taken, and what takes more."""
        self._dashboard.say("too much to paste: nothing was taken; relaytui add --file reads a file", seconds=10.0)

    def on_dashboard_told(self, message: Dashboard.Told) -> None:
        """Carry the number of problems that nobody has seen to into the title, where tmux and taskbars show it."""
        words = [f"✖{message.problems}"] if message.problems else []
        if self._reach.title:
            self._show_title(" ".join([*words, *(["BLIND"] if message.blind else []), "relaytui"]))
        if message.alarms and self._reach.bell:
            self.bell()
        if message.alarms and self._reach.notification:
            self._notify_desktop(message.alarms)

    def _notify_desktop(self, alarms: Sequence[str]) -> None:
        from relaytui.core.notification import known_terminal  # noqa: PLC0415 - only once there is an alarm

        more = f" (and {len(alarms) - 1} more)" if len(alarms) > 1 else ""
        notify = getattr(self._driver, "notify_desktop", None)
        if notify is not None:
            notify(known_terminal(os.environ).notify("relaytui", alarms[0] + more))

    def _show_title(self, title: str) -> None:
        from relaytui.core.notification import known_terminal  # noqa: PLC0415 - only once there is a problem

        self.title = title
        show = getattr(self._driver, "show_title", None)
        if show is not None and known_terminal(os.environ).takes_title:
            show(title)

    def action_ask_quit(self) -> None:
        """Quit when pressed twice: once is a habit, and an on-call board must not die of a habit."""
        now = self._clock.monotonic()
        if now - self._asked_to_quit < QUIT_SECONDS:
            self.exit()
            return
        self._asked_to_quit = now
        again, leave = key_of(self, "app.ask_quit"), key_of(self, "app.quit")
        self._dashboard.say(f"press {again} again, or {leave}, to quit", seconds=QUIT_SECONDS)


def _no_markup(text: str) -> str:
    """`text` so that the palette, which reads markup, shows it as it is. Textual's own `escape` lets `[/` through."""
    return text.replace("[", "\\[")
