"""`relaytui replay`: a past incident on the same board, from the journal or from a colleague's file; asks nobody."""

from __future__ import annotations

import argparse
import math
import os
import sqlite3
import sys
import time
from pathlib import Path

from relaytui.commands.history import read_time
from relaytui.commands.keymap import read_keys
from relaytui.commands.options import USAGE, Refusal, add_mouse_option, add_theme_option, find_settings
from relaytui.core.entry import quoted
from relaytui.core.listing import BadList, Defaults, Edit
from relaytui.core.replay import Recording, Replay

DEFAULT_FROM = "1h"
DEFAULT_SPEED = 10.0
LEAD_SECONDS = 5.0
"""Seconds on the screen before the first change, in which a person sees how it was."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.description = (
        "Show what was, on the same board as what is: [ and ] step from change to change, p lets it stand still, "
        "< and > change the speed. Nothing is asked, and no alarm goes anywhere."
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="what relaytui record export wrote (default: journal)")
    parser.add_argument(
        "--from",
        dest="since",
        metavar="T",
        help="where to begin (default: shortly before the first change of the file, or of the last hour)",
    )
    parser.add_argument("--to", dest="until", metavar="T", help="where to end (default: now)")
    parser.add_argument(
        "--speed", default=str(DEFAULT_SPEED), metavar="N", help=f"seconds in one second (default: {DEFAULT_SPEED:g})"
    )
    add_theme_option(parser)
    add_mouse_option(parser)


def run(args: argparse.Namespace) -> int:
    """Show it until the person quits. Exit code 0, or 2 where there is nothing to show."""
    speed = _read_speed(args.speed)
    if isinstance(speed, Refusal):
        return speed.tell()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Refusal("a replay needs a terminal; relaytui history prints the same without one", USAGE).tell()
    settings = find_settings({"theme": args.theme}, os.environ)
    if isinstance(settings, Refusal):
        return settings.tell()
    keymap = read_keys(settings)
    if isinstance(keymap, Refusal):
        return keymap.tell()
    recording = read_recording(args.file, args.since, args.until)
    if isinstance(recording, Refusal):
        return recording.tell()
    from relaytui.commands.dashboard import make_outlets
    from relaytui.core.player import Player
    from relaytui.core.reach import Reach
    from relaytui.core.update import Update
    from relaytui.engine import Feed
    from relaytui.ui.replay import ReplayTui

    feed, replay = Feed(), Replay(recording)
    tasks = replay.seek(replay.opening(LEAD_SECONDS * speed) if args.since is None else recording.begin)
    player = Player(replay, speed=speed, put=feed.put)
    app = ReplayTui(
        player,
        feed=feed,
        tasks=[item for item in tasks if isinstance(item, Update)],
        watch_list=_PastList(),
        title="REPLAY",
        theme=settings.theme,
        outlets=make_outlets(),
        keymap=keymap,
        named_views=settings.views,
        mouse=not args.no_mouse,
        reach=Reach(bell=False, notification=False),
    )
    app.run(mouse=app.mouse)
    return app.return_code or 0


def read_recording(file: str | None, since: str | None, until: str | None) -> Recording | Refusal:
    """What the journal, or a file, holds of this time; a file's own time where none is given."""
    from relaytui.adapters.journal.reader import Unreadable, reading
    from relaytui.adapters.places import journal_path

    now = time.time()
    path = Path(file) if file else journal_path(os.environ)
    try:
        with reading(path) as journal:
            if isinstance(journal, Unreadable):
                return Refusal(journal.reason)
            begin, end = journal.span() or (None, None)
            if since is not None or begin is None:
                told = read_time("--from", since or DEFAULT_FROM, now)
                if isinstance(told, Refusal):
                    return told
                begin = told
            if until is not None or end is None:
                told = read_time("--to", until or "0s", now)
                if isinstance(told, Refusal):
                    return told
                end = told
            if begin >= end:
                return Refusal("--from is not before --to: there is no time in between")
            recording = journal.recording(begin, end)
    except sqlite3.Error as fault:
        return Refusal(f"{path} cannot be read on: {fault}")
    if not recording.tasks:
        return Refusal("nobody watched anything in that time; --from 7d looks further back")
    return recording


def _read_speed(text: str) -> float | Refusal:
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    return speed if 0 < speed <= 10_000 else Refusal(f"--speed {quoted(text)}: a number above 0, at most 10000")


class _PastList:
    """The list of a replay, which nobody changes."""

    unsaved = "this is a replay"
    defaults = Defaults(None, "", "")

    def change(self, edit: Edit) -> BadList:
        """Refused."""
        return BadList("replay", "the past cannot be changed")
