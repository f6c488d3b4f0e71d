"""Labelled lines of plain text that wrap, scroll, and repaint only where they changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from relaytui.ui.looks import Look, classes


class Line(NamedTuple):
    """A line of a pane; both texts are painted as they are, never read as markup."""

    text: str = ""
    label: str = ""
    look: Look = Look.PLAIN
    label_look: Look = Look.DIM


class TextPane(ScrollView, can_focus=True, inherit_bindings=False):
    """Lines of text in a label column and a text column; long texts wrap under themselves and are never cut."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(Look.DIM)
    BINDING_GROUP_TITLE = "In a text pane"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", "down", show=False, id="pane.down", tooltip="Scroll down one line"),
        Binding("k,up", "scroll_up", "up", show=False, id="pane.up", tooltip="Scroll up one line"),
        Binding("pagedown,space", "page_down", "page down", show=False, id="pane.page_down", tooltip="Scroll a page"),
        Binding("pageup", "page_up", "page up", show=False, id="pane.page_up", tooltip="Scroll a page back"),
        Binding("g,home", "scroll_home", "top", show=False, id="pane.top", tooltip="Scroll to the first line"),
        Binding("G,end", "scroll_end", "bottom", show=False, id="pane.bottom", tooltip="Scroll to the last line"),
    ]

    def __init__(self, *, label_width: int, id: str | None = None) -> None:  # noqa: A002  Textual's own name for it
        super().__init__(id=id)
        self._label_width = label_width
        self._lines: tuple[Line, ...] = ()
        self._rows: list[Line] = []
        self._starts: list[int] = []
        """The row on which each line begins."""
        self._wrapped_to = 0
        self._stays_at_end = False

    def show(self, lines: Iterable[Line], *, at_end: bool = False) -> None:
        """Replace the text. What did not change is not painted again; `at_end` keeps the last line in sight."""
        lines = tuple(lines)
        self._stays_at_end = at_end
        if lines != self._lines:
            self._lines = lines
            self._wrap(at_end=at_end)

    def on_resize(self, event: Resize) -> None:
        """Wrap again where the width changed, and keep the last line in sight where it was."""
        if (self._width, len(self._rows)) != (self._wrapped_to, self.virtual_size.height):
            self._wrap(at_end=self._stays_at_end)
        elif self._stays_at_end:
            self.scroll_end(animate=False, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Whoever scrolls away from the end stays where they are."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < self.max_scroll_y:
            self._stays_at_end = False

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the text takes: a pane that is as high as its text is painted at once as it stays."""
        if width != self._wrapped_to:
            self._fold_to(width)
        return len(self._rows)

    def _wrap(self, *, at_end: bool) -> None:
        before = self._rows
        self._fold_to(self._width)
        if not self._wrapped_to:
            return
        size = Size(self._wrapped_to, len(self._rows))
        if size != self.virtual_size:
            self.virtual_size = size
        # What is out of sight is painted when it comes into sight.
        top = self.scroll_offset.y
        for y, row in enumerate(self._rows[top : top + self.size.height], top):
            if y >= len(before) or before[y] != row:
                self.refresh_line(y)
        if len(before) > len(self._rows):
            self.refresh_lines(len(self._rows), len(before) - len(self._rows))
        if at_end:
            self.scroll_end(animate=False, force=True)

    def _fold_to(self, width: int) -> None:
        self._wrapped_to = width
        if not width:
            return
        self._rows, self._starts = [], []
        for line in self._lines:
            self._starts.append(len(self._rows))
            self._rows += self._fold(line)

    def _fold(self, line: Line) -> Iterator[Line]:
        indent = self._label_width if line.label else 0
        width = max(2, self._wrapped_to - indent)
        if cell_len(line.text) <= width:
            yield line
            return
        label = line.label
        for part in Content(line.text).wrap(width):
            yield Line(part.plain, label, line.look, line.label_look)
            label = " " if indent else ""

    def render_line(self, y: int) -> Strip:
        """The strip at line `y` of the window."""
        if self._width != self._wrapped_to:
            # Textual sends no Resize to a widget whose region was asked for before it was laid out (its issue 5024).
            self._fold_to(self._width)
            self.call_later(self._wrap, at_end=self._stays_at_end)
        width = self.size.width
        base = self.rich_style
        index = y + self.scroll_offset.y
        if index >= len(self._rows):
            return Strip.blank(width, base)
        row = self._rows[index]
        segments = [Segment(row.text, self.get_component_rich_style(row.look))]
        if row.label:
            label = Content(row.label).truncate(self._label_width - 1).plain
            pad = " " * (self._label_width - cell_len(label))
            segments.insert(0, Segment(label + pad, self.get_component_rich_style(row.label_look)))
        return Strip(segments).adjust_cell_length(width, base).apply_style(base)

    def text_frame(self) -> str:
        """The text as wrapped, for tests and for copying."""
        return "\n".join(f"{row.label:<{self._label_width}}{row.text}" if row.label else row.text for row in self._rows)
