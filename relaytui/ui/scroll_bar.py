"""A scrollbar that is painted in one piece."""

from __future__ import annotations

from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip


class QuickScrollBar(ScrollBar):
    """As Textual's, which looks at each of its cells for a border and the like, and takes as long as the table."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """These lines of the bar."""
        bar = self.render()
        if not (isinstance(bar, ScrollBarRender) and isinstance(bar.style, Style) and bar.style.color):
            return super().render_lines(crop)
        cells = bar.render_bar(
            size=self.size.height,
            virtual_size=bar.virtual_size,
            window_size=bar.window_size,
            position=bar.position,
            thickness=bar.thickness,
            back_color=bar.style.bgcolor or bar.style.color,
            bar_color=bar.style.color,
        ).segments
        # Most cells are one and the same.
        strips = {id(cell): Strip([cell], self.size.width) for cell in cells}
        for each in self.get_line_filters():
            background = self.background_colors[1]
            strips = {name: strip.apply_filter(each, background) for name, strip in strips.items()}
        return [strips[id(cell)].crop(*crop.column_span) for cell in cells[crop.y : crop.bottom]]
