"""One more key: a line at the bottom that says what may follow, while the board goes on above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap, BindingType
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Static

from relaytui.core.text import even
from relaytui.ui.live_keys import live_keys


class Choice(NamedTuple):
    """One key that may follow; `word` is what stands beside it, `tooltip` says it in a sentence."""

    name: str
    key: str
    word: str
    tooltip: str


class Chooser(ModalScreen[str | None], inherit_bindings=False):
    """Asks for one key; dismissed with the name of the choice, or None where the person thinks better of it.

    The choices are bindings with the ids `GROUP.NAME`, so that they can be remapped as every other key.
    """

    ALLOW_SELECT = False
    CSS = """
    Chooser, Chooser:ansi {
        align: left bottom;
        background: transparent;
    }
    #choices {
        width: 100%;
        height: auto;
        padding: 0 1;
        background: $panel;
        color: $foreground;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,q", "choose('')", "back", id="chooser.back", tooltip="Choose nothing"),
    ]

    def __init__(self, title: str, group: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._title = even(title)
        chosen = [
            Binding(each.key, f"choose('{each.name}')", each.word, id=f"{group}.{each.name}", tooltip=each.tooltip)
            for each in choices
        ]
        self._bindings = BindingsMap.merge([BindingsMap(chosen), self._bindings])

    def compose(self) -> ComposeResult:
        """The title and the keys, on as many lines as they need."""
        yield Static(id="choices", markup=False)

    def on_mount(self) -> None:
        """Show the keys at once."""
        self._tell(self.app.size.width)

    def on_resize(self, event: Resize) -> None:
        """Fit the new width."""
        self._tell(event.size.width)

    def _tell(self, width: int) -> None:
        """Show the keys as they are mapped; none is parted from its word at the end of a line."""
        room = width - 2
        lines = [Content.styled(f"{self._title}: ", "bold")]
        for key in live_keys(self):
            part = Content.assemble((key.displays[0], "bold $text-accent"), f" {key.binding.description}  ")
            if lines[-1].cell_length + part.rstrip().cell_length > room:
                lines.append(part)
            else:
                lines[-1] += part
        self.query_one(Static).update(Content("\n").join(lines))

    def action_choose(self, name: str) -> None:
        """Take this choice."""
        self.dismiss(name or None)
