"""Makes the moving picture of the demo's incident, `incident.webp`: `python screenshots/film.py`.

Needs chromium, as the pictures do, and Pillow.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from make import FOLDER, staged, write_png
from PIL import Image

WIDTH, HEIGHT = 100, 26
BEGIN, END, STEP = -2, 48, 2
"""Seconds after the story's start, and between two frames."""
FRAME = 500
"""Milliseconds that a frame of the story is shown."""
LOOK = 1500
"""Milliseconds that the picture stays after a key."""
KEYS: tuple[str, ...] = ("n", "enter", "escape", "e", "escape")
"""What is pressed after the story: on to a problem, into its detail, back, the event log."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture and how long it is shown (milliseconds)."""

    svg: str
    lasts: int


async def play() -> list[Frame]:
    """The story as frames."""
    frames = []
    async with staged(WIDTH, HEIGHT, BEGIN - 10) as stage:
        for second in range(BEGIN, END, STEP):
            await stage.show(second)
            frames.append(Frame(stage.svg(), FRAME))
        for key in KEYS:
            await stage.press(key)
            frames.append(Frame(stage.svg(), LOOK))
    return frames


def main() -> None:
    """Make the film beside this file."""
    frames = asyncio.run(play())
    with tempfile.TemporaryDirectory() as folder:
        pictures = []
        for number, frame in enumerate(frames):
            svg = Path(folder) / f"{number:03}.svg"
            svg.write_text(frame.svg, encoding="utf-8")
            write_png(svg)
            pictures.append(Image.open(svg.with_suffix(".png")).convert("RGBA").convert("RGB"))
        first, *rest = pictures
        lasts = [frame.lasts for frame in frames]
        to = FOLDER / "incident.webp"
        first.save(to, save_all=True, append_images=rest, duration=lasts, loop=0, lossless=True, method=6)
    print(to.name, f"{to.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
