from __future__ import annotations

from textual.app import App

from relaytui.ui.text_pane import Line, TextPane
from tests.ui.conftest import until

LINES = [Line("one two three four five six seven", "label")]


async def test_a_pane_whose_region_was_asked_for_too_early_shows_its_text_all_the_same() -> None:
    """Textual sends no Resize to such a widget."""
    app, pane = App[None](), TextPane(label_width=8)
    async with app.run_test(size=(30, 10)) as pilot:
        await app.screen.mount(pane)
        pane.show(LINES)
        app.screen._compositor._full_map_invalidated = True  # As after something has scrolled.
        assert pane.region.width == 30, "asked for before it was laid out"
        await until(pilot, lambda: pane.text_frame() == "label   one two three four\n        five six seven")
        await until(pilot, lambda: pane.virtual_size.height == 2)
