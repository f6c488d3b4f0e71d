"""The option `--filter`, alike for the board, `list` and `export`: a filter, or the name of a view in the settings."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from relaytui.adapters.settings import Settings
from relaytui.commands.options import Refusal
from relaytui.core.entry import Refused, quoted

if TYPE_CHECKING:
    # Its patterns take time to compile, which a board without a filter need not wait for.
    from relaytui.core.filter import Filter

_LANGUAGE = """\
filters, as after / on the board:
  cup final                    both words, in label, TaskId, group or note
  "cup final"                  the words side by side
  state:ended,overdue          in one of these states; paused and problem are states too
  group:cup app:1600           also label:, note:, id:, profile: and region:
  /cam [12]$/                  a regular expression
  -lobby -group:x              not these
  NAME                         here alone: the filter of this name in [views] of the settings (on the board: V)"""


def add_filter_option(parser: argparse.ArgumentParser) -> None:
    """The option that takes some of the tasks."""
    parser.add_argument("--filter", metavar="TEXT", help="only tasks that this filter lets through, see below")
    parser.epilog = "\n\n".join(filter(None, (_LANGUAGE, parser.epilog)))


def read_filter(text: str, settings: Settings) -> Filter | Refusal:
    """The filter that the option names or spells out."""
    from relaytui.core.filter import parse

    found = parse(settings.views.get(text, text))
    return Refusal(f"--filter {quoted(text)}: {found.reason}") if isinstance(found, Refused) else found
