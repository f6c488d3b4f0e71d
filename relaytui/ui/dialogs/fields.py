"""What dialogs are filled in with: a word with a line beside it, and room for several lines."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Paste
from textual.widgets import Input, Static, TextArea

from relaytui.core.text import even


class Field(Horizontal):
    """A word, and the line to fill in beside it; `id` is the input's. A `hidden` one shows bullets.

    With `selects` what is typed first takes the place of what is there.
    """

    # `id` is Textual's own name for it.
    def __init__(
        self,
        word: str,
        value: str = "",
        *,
        id: str,  # noqa: A002 - as above
        placeholder: str = "",
        hidden: bool = False,
        selects: bool = False,
    ) -> None:
        super().__init__()
        self.word = word
        kind = HiddenInput if hidden else OneLine
        self._input = kind(
            even(value),
            placeholder=placeholder,
            id=id,
            select_on_focus=selects,
            password=hidden,
            # There are no validators, and Textual would look for its styles anew at each change all the same.
            validate_on=(),
        )

    @property
    def value(self) -> str:
        """What is written there."""
        return self._input.value

    def compose(self) -> ComposeResult:
        """The line."""
        yield self._input

    def render(self) -> Content:
        """The word, for which the line leaves room: a widget for it would take as long to mount as the line."""
        return Content(self.word)


class Lines(TextArea):
    """Room for several lines, in which enter begins a new one."""

    BINDING_GROUP_TITLE = "In the text"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "screen.accept_text", "accept", id="lines.accept", tooltip="Take what is written here"),
    ]

    # `id` is Textual's own name for it.
    def __init__(self, text: str = "", *, id: str, placeholder: str = "") -> None:  # noqa: A002
        super().__init__(
            text,
            id=id,
            placeholder=placeholder,
            soft_wrap=False,
            show_line_numbers=True,
            highlight_cursor_line=False,
            compact=True,
        )

    def get_line(self, line_index: int) -> Text:
        """The line as the screen may show it; what is taken in the end is all of it."""
        line = super().get_line(line_index)
        return Text(even(line.plain), end="", no_wrap=True)


class LongText(Static):
    """A text that is too long to be edited here: how long it is. Room for all of it would take long to be painted."""

    # `id` is Textual's own name for it.
    def __init__(self, text: str, *, id: str) -> None:  # noqa: A002
        super().__init__(f"{len(text.splitlines()):,} lines pasted", markup=False, id=id)
        self.text = text
        """All of it."""


class OneLine(Input):
    """A line to fill in; of several lines that are pasted none is lost."""

    def on_paste(self, event: Paste) -> None:
        """Put the lines beside each other, where Textual keeps the first alone."""
        event.stop()
        event.prevent_default()
        self.replace(" ".join(event.text.splitlines()), *sorted(self.selection))


class HiddenInput(OneLine):
    """A line for a secret: bullets on the screen, and nothing of it on a clipboard."""

    def action_copy(self) -> None:
        """Copy nothing."""

    def action_cut(self) -> None:
        """Cut nothing."""
