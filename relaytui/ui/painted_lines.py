"""Lines of cells that are painted where they differ from what is on the screen.

The widget remembers what it painted, so that neither an update off the screen nor a second in which nothing changed
writes a byte, whatever the number of lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from relaytui.ui.columns import Layout, Piece, layout
from relaytui.ui.scroll_bar import QuickScrollBar


class Picture(NamedTuple):
    """All that decides how one line looks: style names of the whole line, and its cells."""

    names: tuple[str, ...]
    cells: tuple[tuple[Piece, ...], ...]


BLANK = Picture((), ())


class PaintedLines(ScrollView, can_focus=True):
    """The painting of a table; what stands on which line is told by `picture_at`."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every Textual widget gives it
        super().__init__(id=id)
        self._width = 0
        self._layout: Layout = layout(0)
        self._painted: dict[int, Picture] = {}
        """What is on the screen, by line of the widget."""
        self._styles_by_name: dict[tuple[str, ...], Style] = {}
        self._strips: LRUCache[Picture, Strip] = LRUCache(512)
        self._ready: dict[int, Strip] = {}
        """The lines of the widget that need not be painted anew."""

    def picture_at(self, y: int) -> Picture:
        """How this line of the screen should look; the first is the header and does not scroll."""
        raise NotImplementedError

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The scrollbar, made when it is first asked for."""
        if self._vertical_scrollbar is None:
            bar = QuickScrollBar(vertical=True, name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self._vertical_scrollbar = bar
            self.app._start_widget(self, bar)  # noqa: SLF001 - as the property does that this one replaces
        return self._vertical_scrollbar

    def text_frame(self) -> str:
        """What is painted now as plain text, one line per line of the screen."""
        painted = (self._painted.get(y, BLANK) for y in range(self.size.height))
        return "\n".join("".join(text for text, _ in self._pieces(line)).rstrip() for line in painted)

    def _fit(self) -> None:
        self._width = self.scrollable_content_region.width
        self._layout = layout(self._width)
        self._strips.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """These lines of the widget.

        Textual would look at each for a border, a padding, an opacity and the colours that the terminal has: the table
        has none of the first three, and styles that are made for the last. It takes half of the time of a full picture.
        """
        for y in crop.line_range:
            if y not in self._ready:
                self._ready[y] = self.render_line(y)
        return [self._ready[y].crop(*crop.column_span) for y in crop.line_range]

    def _set_dirty(self, *regions: Region) -> None:
        super()._set_dirty(*regions)
        if not regions:
            self._ready.clear()
        for region in regions:
            for y in region.line_range:
                self._ready.pop(y, None)

    def render_line(self, y: int) -> Strip:
        """Paint one line of the screen."""
        if not self._width:
            # The first picture is painted before the message of the first size comes, and should show the rows.
            self._fit()
        picture = self._painted[y] = self.picture_at(y)
        strip = self._strips.get(picture)
        if strip is None:
            strip = self._strips[picture] = self._strip(picture)
        return strip

    def notify_style_update(self) -> None:
        """Forget what was made with the old colours."""
        super().notify_style_update()
        self._styles_by_name.clear()
        self._strips.clear()
        self._ready.clear()

    def _repaint(self, lines: Iterable[int] | None = None) -> None:
        """Paint what differs from what is on the screen, in these of its lines or in all."""
        regions = []
        for y in range(self.size.height) if lines is None else lines:
            picture, painted = self.picture_at(y), self._painted.get(y, BLANK)
            if picture != painted:
                left, right = self._difference(picture, painted)
                regions.append(Region(left, y, right - left, 1))
        if regions:
            self.refresh(*regions)

    def _difference(self, line: Picture, painted: Picture) -> tuple[int, int]:
        """The first cell and the cell after the last one that differ."""
        if line.names != painted.names or not len(line.cells) == len(painted.cells) == len(self._layout):
            return 0, self._width
        x, left, right = 0, self._width, 0
        for (column, width), new, old in zip(self._layout, line.cells, painted.cells, strict=True):
            x += column.gap
            if new != old:
                left, right = min(left, x), x + width
            x += width
        return left, right

    def _pieces(self, line: Picture) -> Iterator[Piece]:
        for (column, _), cell in zip(self._layout, line.cells, strict=False):
            if column.gap:
                yield " " * column.gap, ""
            yield from cell

    def _strip(self, line: Picture) -> Strip:
        runs: list[list[str]] = []
        for text, name in self._pieces(line):
            if runs and runs[-1][1] == name:
                runs[-1][0] += text
            else:
                runs.append([text, name])
        segments = [Segment(text, self._style(*line.names, *([name] if name else []))) for text, name in runs]
        strip = Strip(segments).adjust_cell_length(self._width, self._style(*line.names))
        # The scrollbar stands in front of the rest.
        return strip.adjust_cell_length(self.outer_size.width, self._style())

    def _style(self, *names: str) -> Style:
        style = self._styles_by_name.get(names)
        if style is None:
            classes = [f"task-table--{name}" for name in names]
            style = self.get_visual_style(*classes).rich_style
            if any(self.get_component_styles(name).text_style.reverse for name in classes):
                style += Style(reverse=True)  # Textual leaves it out of visual styles.
            for each in self.get_line_filters():
                ((_, filtered, _),) = each.apply([Segment(" ", style)], self.background_colors[1])
                style = filtered or style
            self._styles_by_name[names] = style
        return style
