"""What dialogs are filled in with: a word with a line beside it, and room for several lines."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static, TextArea


class Field(Horizontal):
    """A word, and the line to fill in beside it; `id` is the input's."""

    # `id` is Textual's own name for it.
    def __init__(self, word: str, value: str = "", *, id: str, placeholder: str = "") -> None:  # noqa: A002
        super().__init__()
        self.word = word
        self._input = Input(value, placeholder=placeholder, id=id, select_on_focus=False)

    @property
    def value(self) -> str:
        """What is written there."""
        return self._input.value

    def compose(self) -> ComposeResult:
        """The word and the line."""
        yield Static(self.word, classes="word", markup=False)
        yield self._input


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
