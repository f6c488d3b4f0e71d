"""A text on the whole screen, to be selected with the terminal's own means where nothing else copies it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from relaytui.core.text import even
from relaytui.ui.live_keys import key_of
from relaytui.ui.looks import Look
from relaytui.ui.text_pane import Line, TextPane


class TextPage(Screen[None], inherit_bindings=False):
    """Shows `text` without anything beside it; `head` says above it why it is here and where else it is."""

    ALLOW_SELECT = False
    CSS = """
    TextPage, TextPage:ansi {
        background: $background;
        color: $foreground;
        TextPane {
            width: 100%;
            height: 100%;
            scrollbar-size-vertical: 0;
            scrollbar-gutter: auto;
        }
    }
    """
    BINDING_GROUP_TITLE = "In the text"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,ctrl+c", "leave", "back", id="text.back", tooltip="Back to the board"),
    ]

    def __init__(self, text: str, head: str) -> None:
        super().__init__()
        self._pane = TextPane(label_width=1)
        self._text = text
        self._head = head

    def compose(self) -> ComposeResult:
        """The text alone."""
        yield self._pane

    def on_mount(self) -> None:
        """Show the text, and leave the mouse to the terminal."""
        head = Line(f"{self._head}; {key_of(self, 'text.back')} goes back", look=Look.DIM)
        self._pane.show([head, Line(), *(Line(even(line)) for line in self._text.splitlines())])
        self._pane.focus()
        self._grab_mouse(False)

    def on_unmount(self) -> None:
        """Take the mouse again."""
        self._grab_mouse(True)

    def action_leave(self) -> None:
        """Go back to the board."""
        self.dismiss()

    def _grab_mouse(self, on: bool) -> None:
        grab = getattr(self.app._driver, "grab_mouse", None)  # noqa: SLF001 - Textual gives no other way to its driver
        if grab is not None:
            grab(on)
