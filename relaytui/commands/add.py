"""`relaytui add`: put tasks on the stored watch list, from arguments, files, pipes and messy text."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from relaytui.adapters.stored_list import change, read_stored
from relaytui.adapters.watchlist import decode, read_stdin, read_text
from relaytui.commands.options import USAGE, Refusal, find_settings
from relaytui.commands.stored import counted, list_path, read_defaults, table
from relaytui.commands.streams import complain, complain_of
from relaytui.core.edits import adding
from relaytui.core.entry import Refused, doubts, quoted
from relaytui.core.list_text import parse_rows
from relaytui.core.listing import FIELDS, BadList, Defaults, Row, read_task
from relaytui.core.preview import Item, Standing, preview, with_texts
from relaytui.core.task import State, TaskKey, WatchedTask
from relaytui.core.text import plain

_WRONG = (Standing.MALFORMED, Standing.INCOMPLETE)
_TEXTS = ("profile", "label", "group", "note", "expected_end", "tolerance")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="TaskId to add, or - to read standard input")
    parser.add_argument("--file", metavar="FILE", help="lines, CSV, TSV, JSON, NDJSON, or text with TaskIds in it")
    parser.add_argument("--sdk-app-id", metavar="N", help="SdkAppId of tasks that bring none of their own")
    parser.add_argument("--region", metavar="R", help="region of tasks that bring none (default: ap-singapore)")
    parser.add_argument("--profile", metavar="NAME", help="profile of tasks that bring none of their own")
    parser.add_argument("--label", metavar="TEXT", help="what people call the task")
    parser.add_argument("--group", metavar="TEXT", help="what the tasks belong to")
    parser.add_argument("--note", metavar="TEXT", help="what to know about them")
    parser.add_argument("--expected-end", metavar="TIME", help="when they end, such as 2026-01-31T20:15:00Z")
    parser.add_argument("--tolerance", metavar="S", help="seconds around the expected end (default: 60)")
    parser.add_argument(
        "--dry-run", action="store_true", help="show what is new, duplicate, incomplete, malformed; add nothing"
    )
    parser.add_argument("--check", action="store_true", help="ask about each new task first; say what is not running")
    parser.add_argument(
        "--skip-malformed", action="store_true", help="add the rest where something is malformed or incomplete"
    )


def run(args: argparse.Namespace) -> int:
    """Add what is new; where anything is wrong nothing is added, unless asked to. Exit code 0 or 2."""
    given = _read_given(args)
    if isinstance(given, Refusal):
        return given.tell()
    defaults, texts = given
    rows = _collect(args, defaults)
    if isinstance(rows, Refusal):
        return rows.tell()
    stored = read_stored(list_path(), defaults)
    if isinstance(stored, BadList):
        return Refusal(str(stored)).tell()
    found = preview(
        ((f"{where}:{row.line}", with_texts(row, texts)) for where, row in rows), {task.key for task in stored.tasks}
    )
    if not found.items:
        return Refusal("no TaskId found in what was given").tell()
    new = found.new
    wrong = [item for item in found.items if item.task is None]
    is_refused = wrong and not args.skip_malformed
    states = _look(new, args.profile) if args.check and (args.dry_run or not is_refused) else {}
    if isinstance(states, Refusal):
        return states.tell()
    if args.dry_run:
        for line in table(_cells(item, states) for item in found.items):
            print(line)  # noqa: T201 - stdout is data
        return USAGE if wrong else 0
    complain_of([f"{item.where}: {item.words}" for item in wrong])
    if is_refused:
        counts = " and ".join(f"{count} {each}" for each in _WRONG if (count := len(found.of(each))))
        rest = f"; --skip-malformed adds the other {len(new)}" if new else ""
        return Refusal(f"nothing is added because {counts}{rest}").tell()
    for doubt in doubts(task.key for task in new):
        complain(doubt)
    _tell_others(new, states)
    return _add(new, len(found.of(Standing.DUPLICATE)), defaults)


def _look(new: Sequence[WatchedTask], profile: str | None) -> Mapping[TaskKey, str] | Refusal:
    """What the API says of these tasks now, in a few words for each."""
    from relaytui.commands.live import live_states

    settings = find_settings({"profile": profile}, os.environ)
    return settings if isinstance(settings, Refusal) else live_states(new, settings)


def _cells(item: Item, states: Mapping[TaskKey, str]) -> tuple[str, ...]:
    """One row of the preview, with the state of what is new where that was asked for."""
    is_new = item.standing is Standing.NEW
    state = (states[item.task.key] if item.task and is_new else "",) if states else ()
    return (item.standing, item.where, *state, item.words)


def _tell_others(new: Sequence[WatchedTask], states: Mapping[TaskKey, str]) -> None:
    """Say which of the tasks that were looked at do not run."""
    others = [task for task in new if states.get(task.key, State.RUNNING.word) != State.RUNNING.word]
    complain_of([f"{plain(task.name)}: {states[task.key]}; added all the same" for task in others])
    if states:
        complain(f"{len(new) - len(others)} of {counted(len(new))} running")


def _add(new: Sequence[WatchedTask], there: int, defaults: Defaults) -> int:
    changed = change(list_path(), adding(new), defaults)
    if isinstance(changed, BadList):
        return Refusal(str(changed)).tell()
    added = len(changed.after) - len(changed.before)
    already = f", {there} there already" if there else ""
    complain(f"{counted(added)} added{already}; {counted(len(changed.after))} on {list_path()}")
    return 0


def _read_given(args: argparse.Namespace) -> tuple[Defaults, dict[str, object]] | Refusal:
    """What the options say for tasks that say nothing themselves."""
    defaults = read_defaults({"sdk_app_id": args.sdk_app_id, "region": args.region})
    if isinstance(defaults, Refusal):
        return defaults
    texts: dict[str, object] = {}
    for field in _TEXTS:
        text = getattr(args, field)
        if text is not None:
            value = FIELDS[field](text)
            if isinstance(value, Refused):
                return Refusal(f"--{field.replace('_', '-')} {quoted(text)}: {value.reason}")
            texts[field] = value
    profile = texts.pop("profile", "")
    return replace(defaults, profile=str(profile) or defaults.profile), texts


def _collect(args: argparse.Namespace, defaults: Defaults) -> list[tuple[str, Row]] | Refusal:
    """Every row of arguments, standard input and file, with what to call the place it is from."""
    rows = []
    for number, task_id in enumerate((each for each in args.ids if each != "-"), 1):
        rows.append(("argument", Row(number, read_task({"task_id": task_id}, defaults))))
    texts: list[tuple[str, str | BadList]] = []
    if "-" in args.ids:
        if sys.stdin.isatty():
            complain("reading from standard input; Ctrl+D ends it")
        raw = read_stdin()
        texts.append(("standard input", raw if isinstance(raw, BadList) else decode(raw, "standard input")))
    if args.file is not None:
        texts.append((args.file, read_text(Path(args.file))))
    if not rows and not texts:
        return Refusal("nothing to add: give TaskIds, - for standard input, or --file FILE")
    for where, text in texts:
        if isinstance(text, BadList):
            return Refusal(str(text))
        rows += [(where, row) for row in parse_rows(text, defaults)]
    return rows
