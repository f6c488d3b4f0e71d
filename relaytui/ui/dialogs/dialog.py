"""The frame of every dialog: a sheet at the bottom, so that the table above it stays in sight and goes on moving."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import ScreenResume
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Static

from relaytui.core.text import even
from relaytui.ui.dialogs import STYLES
from relaytui.ui.key_line import KeyLine

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer | None], inherit_bindings=False):
    """A question with its fields; it is dismissed with the answer, or with None where nobody wants to give one.

    `fields` yields the widgets, `accept` reads them: it dismisses the dialog with an answer, or complains and leaves
    everything as it was typed. Enter accepts, but where it begins a new line.
    """

    ALLOW_SELECT = False
    CSS_PATH = STYLES
    BINDING_GROUP_TITLE = "In the dialog"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Before the fields, which have an enter of their own that the key line would not show.
        Binding("enter", "accept", "accept", priority=True, id="dialog.accept", tooltip="Take what is written here"),
        Binding("ctrl+s", "accept_text", show=False, id="dialog.accept_too", tooltip="Take what is written here"),
        # Before the fields, so that what is typed at once after it lands in the next field: it may be a secret.
        Binding("tab", "app.focus_next", "next", priority=True, id="dialog.next", tooltip="To the next field"),
        Binding(
            "shift+tab",
            "app.focus_previous",
            show=False,
            priority=True,
            id="dialog.before",
            tooltip="To the field before",
        ),
        Binding("down", "app.focus_next", show=False, id="dialog.down", tooltip="To the next field"),
        Binding("up", "app.focus_previous", show=False, id="dialog.up", tooltip="To the field before"),
        # The fields have one line, and a list that is longer than the sheet has keys of its own.
        Binding("pagedown", "page(1)", show=False, id="dialog.page_down", tooltip="Scroll what does not fit"),
        Binding("pageup", "page(-1)", show=False, id="dialog.page_up", tooltip="Scroll back"),
        Binding("escape", "cancel", "cancel", id="dialog.cancel", tooltip="Close this and change nothing"),
        # Before the fields, which would copy.
        Binding("ctrl+c", "leave", show=False, priority=True, id="dialog.leave", tooltip="Close this"),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._sheet = VerticalScroll(id="sheet", can_focus=False)
        self._sheet.border_title = even(title)
        self._said = Static(id="said", markup=False)
        self._below: list[Strip] = []
        """The lines of the screen below, until one of them changes."""

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Get styles for the screen alone where all that is on it has just got them: that takes as long again."""
        if not self.stack_updates:
            event.refresh_styles = False
            self.app.stylesheet.update_nodes([self])

    def render_lines(self, crop: Region) -> list[Strip]:
        """The screen below, as it stands there: Textual would take all of it apart twice to tint it with nothing."""
        if not self._below:
            stack = self.app.screen_stack
            self._below = stack[stack.index(self) - 1]._compositor.render_strips()  # noqa: SLF001 - as Textual does it
        return [strip.crop(*crop.column_span) for strip in self._below[crop.y : crop.bottom]]

    def _set_dirty(self, *regions: Region) -> None:
        super()._set_dirty(*regions)
        self._below = []

    def compose(self) -> ComposeResult:
        """The fields, what is wrong with them, and the keys."""
        with self._sheet:
            yield from self.fields()
            yield self._said
        yield KeyLine()

    @abstractmethod
    def fields(self) -> ComposeResult:
        """The widgets between the title and the keys."""

    @abstractmethod
    def accept(self) -> None:
        """Dismiss the dialog with the answer, or complain."""

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a line under the fields; foreign text is shown plain."""
        self._said.set_class(wrong, "-wrong")
        self._said.update(even(text))

    def complain(self, text: str) -> None:
        """Say what is wrong and how to put it right."""
        self.say(text, wrong=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter does not accept where it begins a new line; ctrl+s does everywhere."""
        if action == "accept" and self.query("Lines:focus"):
            return False
        return super().check_action(action, parameters)

    def action_accept(self) -> None:
        """Take what is written here, once all that was typed before has arrived in its field."""
        (self.focused or self).call_later(self._accept_once)

    def action_accept_text(self) -> None:
        """Take what is written here, also from where enter begins a new line."""
        self.action_accept()

    def _accept_once(self) -> None:
        if self.is_current:
            self.accept()

    def action_page(self, direction: int) -> None:
        """Scroll the sheet by a page, or with -1 back."""
        scroll = self._sheet.scroll_page_down if direction > 0 else self._sheet.scroll_page_up
        scroll(animate=False)

    def action_leave(self) -> None:
        """Close this as a shell's line is left."""
        self.action_cancel()

    def action_cancel(self) -> None:
        """Close this and change nothing."""
        self.dismiss(None)
