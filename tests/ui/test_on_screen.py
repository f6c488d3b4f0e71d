"""Whatever is painted, and in whatever order: the terminal shows it, and nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, InlineUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from relaytui.ui.on_screen import OnScreen

WIDTH, HEIGHT = 12, 3
CONSOLE = Console(width=WIDTH, force_terminal=True, color_system="truecolor", legacy_windows=False)
STYLES = [None, Style.parse("red"), Style.parse("bold on blue"), Style.parse("reverse")]


def fitted(segments: Iterable[tuple[str, int]], width: int) -> Strip:
    strip = Strip([Segment(text, STYLES[style]) for text, style in segments])
    return strip.adjust_cell_length(width)


texts = st.text(alphabet="ab 漢é", min_size=1, max_size=6)
lines = st.lists(st.tuples(texts, st.integers(0, len(STYLES) - 1)), max_size=4)


@st.composite
def updates(draw: st.DrawFn) -> LayoutUpdate | ChopsUpdate:
    """A picture of the whole screen, or of some spans of lines that are cut into chops as widgets cut them."""
    if draw(st.booleans()):
        return LayoutUpdate([[fitted(draw(lines), WIDTH)] for _ in range(HEIGHT)], Region(0, 0, WIDTH, HEIGHT))
    chops: list[Mapping[int, Strip | None]] = []
    ends: list[list[int]] = []
    spans = []
    for y in range(HEIGHT):
        cuts = sorted({0, *draw(st.lists(st.integers(1, WIDTH - 1), max_size=2))})
        ends.append([*cuts[1:], WIDTH])
        chops.append({x: fitted(draw(lines), end - x) for x, end in zip(cuts, ends[-1], strict=True)})
        if draw(st.booleans()) or y == HEIGHT - 1:
            # Whole chops: what Textual writes of a part of one begins at the left edge of it, too.
            first, last = sorted(draw(st.tuples(*[st.integers(0, len(cuts) - 1)] * 2)))
            spans.append((y, cuts[first], ends[-1][last]))
    return ChopsUpdate(chops, spans, ends)


class Terminal:
    """What a terminal shows of what is written."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.Stream(self.screen)

    def write(self, text: str) -> None:
        # Each line begins with where it is, and the end of the last one must not scroll.
        self._stream.feed(text.replace("\n", ""))

    @property
    def cells(self) -> list[list[pyte.screens.Char]]:
        return [[self.screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


@given(st.lists(updates(), min_size=1, max_size=6))
def test_the_terminal_shows_what_it_would_if_all_were_written(pictures: list[LayoutUpdate | ChopsUpdate]) -> None:
    on_screen, thin, whole = OnScreen(), Terminal(), Terminal()
    for picture in pictures:
        whole.write(picture.render_segments(CONSOLE))
        thin.write(on_screen.difference(picture).render_segments(CONSOLE))
        assert thin.cells == whole.cells


@given(updates())
def test_the_same_again_writes_nothing_until_it_is_forgotten(picture: LayoutUpdate | ChopsUpdate) -> None:
    on_screen = OnScreen()
    first = on_screen.difference(picture).render_segments(CONSOLE)
    assert on_screen.difference(picture).render_segments(CONSOLE) == ""
    on_screen.forget()
    assert on_screen.difference(picture).render_segments(CONSOLE) == first != ""


def test_only_the_cells_that_differ_are_written() -> None:
    on_screen = OnScreen()

    def line(state: str, seen: str) -> LayoutUpdate:
        return LayoutUpdate([[fitted([(state, 1), (" cam ", 0), (seen, 2)], WIDTH)]], Region(0, 0, WIDTH, 1))

    on_screen.difference(line("run", "1s"))
    assert on_screen.difference(line("run", "2s")).render_segments(CONSOLE) == "\x1b[1;9H\x1b[1;44m2s\x1b[0m"


def test_what_is_beside_a_span_is_not_painted() -> None:
    picture = ChopsUpdate([{0: fitted([("behind", 0)], 6), 6: fitted([("front", 1)], 6)}], [(0, 6, 12)], [[6, 12]])
    assert "behind" not in OnScreen().difference(picture).render_segments(CONSOLE)


@pytest.mark.parametrize("clear", [True, False])
def test_an_update_of_another_kind_goes_through_and_leaves_nothing_known(clear: bool) -> None:
    on_screen = OnScreen()
    picture = LayoutUpdate([[fitted([("a", 0)], WIDTH)]], Region(0, 0, WIDTH, 1))
    on_screen.difference(picture)
    inline = InlineUpdate([fitted([("b", 0)], WIDTH)], clear=clear)
    assert on_screen.difference(inline) is inline
    assert "a" in on_screen.difference(picture).render_segments(CONSOLE)
