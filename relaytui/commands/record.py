"""`relaytui record export FILE`: a stretch of the journal as a file that a colleague can replay."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from relaytui.commands.history import read_time
from relaytui.commands.options import Refusal
from relaytui.commands.streams import complain

DEFAULT_FROM = "1h"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.description = (
        "Write what the journal remembers of a stretch of time into a file of its own. It holds TaskIds, labels and "
        "RequestIds, and no secret; relaytui replay FILE shows it."
    )
    parser.add_argument("what", choices=("export",), help="what to do")
    parser.add_argument("file", metavar="FILE", help="the file to write, which is not there yet")
    parser.add_argument("--from", dest="since", default=DEFAULT_FROM, metavar="T", help=f"default: {DEFAULT_FROM} ago")
    parser.add_argument("--to", dest="until", default="0s", metavar="T", help="default: now")


def run(args: argparse.Namespace) -> int:
    """Write the file. Exit code 0, or 2 where that was not possible."""
    from relaytui.adapters.journal.export import export
    from relaytui.adapters.journal.reader import Unreadable
    from relaytui.adapters.places import journal_path

    now = time.time()
    since, until = read_time("--from", args.since, now), read_time("--to", args.until, now)
    if isinstance(since, Refusal):
        return since.tell()
    if isinstance(until, Refusal):
        return until.tell()
    done = export(journal_path(os.environ), Path(args.file), since, until)
    if isinstance(done, Unreadable):
        return Refusal(done.reason).tell()
    complain(f"{args.file}: {done.tasks} tasks, {done.events} events; relaytui replay {args.file} shows it")
    return 0
