"""`relaytui export`: the stored watch list for other programs; `relaytui add --file` reads each format back."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator

from relaytui.commands import jsonlines
from relaytui.commands.filters import add_filter_option
from relaytui.commands.options import Refusal
from relaytui.commands.stored import read_tasks
from relaytui.core.fields import SCHEMA
from relaytui.core.formula import neutral
from relaytui.core.listing import FIELDS, as_text, write_task
from relaytui.core.task import WatchedTask


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--format", choices=("csv", "json", "ndjson"), default="csv", help="default: csv")
    add_filter_option(parser)


def run(args: argparse.Namespace) -> int:
    """Print the tasks that the filter lets through. Exit code 0 or 2."""
    tasks = read_tasks(args.filter)
    if isinstance(tasks, Refusal):
        return tasks.tell()
    if args.format == "csv":
        write_csv(tasks)
    elif args.format == "ndjson":
        for line in json_lines(tasks):
            print(line)  # noqa: T201 - stdout is data
    else:
        print("[" + ",\n".join(json_lines(tasks)) + "]")  # noqa: T201 - stdout is data
    return 0


def write_csv(tasks: Iterable[WatchedTask]) -> None:
    """Print the tasks as CSV that no spreadsheet runs; see `neutral`."""
    writer = csv.DictWriter(sys.stdout, FIELDS, restval="", lineterminator="\n")
    writer.writeheader()
    for task in tasks:
        writer.writerow({name: neutral(as_text(value)) for name, value in write_task(task).items()})


def json_lines(tasks: Iterable[WatchedTask]) -> Iterator[str]:
    """Each task as one JSON object."""
    return (jsonlines.dump({"schema": SCHEMA, **write_task(task)}) for task in tasks)
