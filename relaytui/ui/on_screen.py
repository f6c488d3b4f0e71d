"""What stands on the terminal, so that a picture writes only what differs from it.

Textual writes a line from the left edge of its widget on, and all lines of the screen whenever a dialog or a bar opens
or closes or the focus moves, some times over: up to 100 kB for a key, nearly all of which stands there already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip


class _Piece(NamedTuple):
    """A piece of a line, from column `x` on."""

    x: int
    y: int
    segments: Sequence[Segment]


class Difference(CompositorUpdate):
    """What has to be written."""

    def __init__(self, pieces: Iterable[_Piece]) -> None:
        self._pieces = tuple(pieces)

    def render_segments(self, console: Console) -> str:
        """The text for the terminal."""
        system = COLOR_SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)
        parts: list[str] = []
        for x, y, segments in self._pieces:
            parts.append(f"\x1b[{y + 1};{x + 1}H")
            parts += (text if style is None else Strip.render_style(style, text, system) for text, style, _ in segments)
        return "".join(parts)


class OnScreen:
    """What was written last to each place of each line, as long as nobody else writes there."""

    def __init__(self) -> None:
        self._lines: defaultdict[int, dict[int, tuple[Segment, int]]] = defaultdict(dict)
        """By line the segments that can be seen whole and the column after each, by the column where it begins."""

    def forget(self) -> None:
        """Nobody knows what stands there: write all of the next picture."""
        self._lines.clear()

    def difference(self, update: CompositorUpdate) -> CompositorUpdate:
        """What has to be written for the terminal to look like `update`; that stands there from now on."""
        match update:
            case LayoutUpdate():
                pieces = _pieces_of_layout(update)
            case ChopsUpdate():
                pieces = _pieces_of_chops(update)
            case _:
                self.forget()
                return update
        return Difference(part for piece in pieces for part in self._differing(piece))

    def _differing(self, piece: _Piece) -> Iterator[_Piece]:
        x, y, segments = piece
        line, lengths = self._lines[y], [segment.cell_length for segment in segments]
        last = x + sum(lengths)
        covered = [begin for begin, (_, end) in line.items() if begin < last and end > x]
        before = {begin: line.pop(begin) for begin in covered}
        begin, differing = x, list[Segment]()
        for segment, length in zip(segments, lengths, strict=True):
            if not length:
                continue
            line[x] = now = segment, x + length
            if before.get(x) != now:
                differing.append(segment)
            else:
                if differing:
                    yield _Piece(begin, y, differing)
                begin, differing = x + length, []
            x += length
        if differing:
            yield _Piece(begin, y, differing)


def _pieces_of_layout(update: LayoutUpdate) -> Iterator[_Piece]:
    for y, strips in enumerate(update.strips, update.region.y):
        yield _Piece(update.region.x, y, [segment for strip in strips for segment in strip])


def _pieces_of_chops(update: ChopsUpdate) -> Iterator[_Piece]:
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
            # Beside the span there may be something else in front that was not rendered.
            if strip is not None and x < right and end > left:
                yield _Piece(x, y, tuple(strip))
