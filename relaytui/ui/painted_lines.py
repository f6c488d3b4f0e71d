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
from textual.strip import Strip

from relaytui.ui.columns import Layout, Piece, layout


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

    def picture_at(self, y: int) -> Picture:
        """How this line of the screen should look; the first is the header and does not scroll."""
        raise NotImplementedError

    def text_frame(self) -> str:
        """What is painted now as plain text, one line per line of the screen."""
        painted = (self._painted.get(y, BLANK) for y in range(self.size.height))
        return "\n".join("".join(text for text, _ in self._pieces(line)).rstrip() for line in painted)

    def _fit(self) -> None:
        self._width = self.scrollable_content_region.width
        self._layout = layout(self._width)
        self._strips.clear()

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
        return Strip(segments).adjust_cell_length(self._width, self._style(*line.names))

    def _style(self, *names: str) -> Style:
        style = self._styles_by_name.get(names)
        if style is None:
            classes = [f"task-table--{name}" for name in names]
            style = self.get_visual_style(*classes).rich_style
            if any(self.get_component_styles(name).text_style.reverse for name in classes):
                style += Style(reverse=True)  # Textual leaves it out of visual styles.
            self._styles_by_name[names] = style
        return style
