"""What dashboard, check and watch have in common: their options, and how these become tasks and a credential."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from relaytui.adapters.credentials import EnvironmentCredentials
from relaytui.adapters.settings import BadSetting, Settings, read_settings
from relaytui.commands.streams import complain
from relaytui.core.entry import Refused, doubts, quoted, read_task_id
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.tc3 import Credential
from relaytui.ports import NoCredential

USAGE = 2
"""Exit code: the command line, a setting or a list of tasks is wrong."""
CREDENTIALS = 5
"""Exit code: there is no credential, or the API does not take it."""

_ENVIRONMENT = """\
environment:
  RELAYTUI_TASKS, RELAYTUI_SDK_APP_ID, RELAYTUI_REGION, RELAYTUI_ENDPOINT, RELAYTUI_BUDGET, RELAYTUI_INTERVAL
      stand for the options of these names
  TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, with temporary keys, TENCENTCLOUD_TOKEN
      hold the credential"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command does not begin: one line for a person, and the exit code."""

    line: str
    code: int = USAGE

    def tell(self) -> int:
        """Say it on stderr; the exit code."""
        complain(self.line)
        return self.code


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask and as whom: the tasks are there once each, in the order they were given."""

    settings: Settings
    tasks: tuple[WatchedTask, ...]
    credential: Credential


def add_common_options(parser: argparse.ArgumentParser, *, stdin: bool) -> None:
    """The TaskIds, and the options of every command that asks the API."""
    source = ", or - to read them from standard input" if stdin else ""
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"TaskId to ask about{source}")
    parser.add_argument("--tasks", metavar="FILE", help="list of tasks: one TaskId a line, or CSV with a header")
    parser.add_argument("--sdk-app-id", metavar="N", help="SdkAppId of tasks that bring none of their own")
    parser.add_argument("--region", metavar="R", help="region of tasks that bring none (default: ap-singapore)")
    parser.add_argument("--endpoint", metavar="URL", help="API host (default: https://trtc.tencentcloudapi.com)")
    parser.add_argument("--budget", metavar="N", help="requests per second (default: 10, at most 20)")
    parser.add_argument("--interval", metavar="S", help="seconds between questions about a running task (default: 15)")
    parser.epilog = "\n\n".join(filter(None, (_ENVIRONMENT, parser.epilog)))


def make_plan(args: argparse.Namespace, environ: Mapping[str, str], *, stdin: bool) -> Plan | Refusal:
    """What the command line and the environment ask for; what is odd about it is told on stderr.

    TaskIds on the command line replace a list that only the environment names; a list named by --tasks adds to them.
    """
    flags = {name: getattr(args, name) for name in ("endpoint", "budget", "interval", "sdk_app_id", "region", "tasks")}
    settings = read_settings(flags, environ)
    if isinstance(settings, BadSetting):
        return Refusal(str(settings))
    path = None if args.ids and args.tasks is None else settings.tasks
    tasks = _collect_tasks(args.ids, path, settings, stdin=stdin)
    if isinstance(tasks, Refusal):
        return tasks
    for doubt in doubts(task.key for task in tasks):
        complain(doubt)
    store = EnvironmentCredentials(environ)
    credentials = {}
    for profile in sorted({settings.profile, *(task.key.profile for task in tasks)}):
        found = store.find(profile)
        if isinstance(found, NoCredential):
            return Refusal(f"{found.reason}: {found.advice}", CREDENTIALS)
        credentials[profile] = found.credential
    return Plan(settings, tasks, credentials[settings.profile])


def _collect_tasks(
    ids: Sequence[str], path: Path | None, settings: Settings, *, stdin: bool
) -> tuple[WatchedTask, ...] | Refusal:
    """The tasks of all arguments and of the file, each once."""
    if not ids and path is None:
        where = "TaskIds, - for standard input," if stdin else "TaskIds"
        return Refusal(f"no tasks to ask about: give {where} or --tasks FILE")
    if path is not None and not ids:
        return _read_list(path, settings)
    tasks: dict[TaskKey, WatchedTask] = {}
    sources: list[str | Path] = [*ids] if path is None else [*ids, path]
    for source in sources:
        if source == "-" and not stdin:
            return Refusal("the board needs standard input for its keys: put the list in a file for --tasks FILE")
        found = (
            _read_list(source, settings) if isinstance(source, Path) or source == "-" else _read_id(source, settings)
        )
        if isinstance(found, Refusal):
            return found
        for task in found:
            if task.key in tasks:
                complain(f"{quoted(task.key.task_id)} is given twice; kept once")
            # A list may know a label for a TaskId that an argument names bare.
            if task.key not in tasks or task.label:
                tasks[task.key] = task
    return tuple(tasks.values())


def _read_id(text: str, settings: Settings) -> tuple[WatchedTask, ...] | Refusal:
    task_id = read_task_id(text)
    if isinstance(task_id, Refused):
        return Refusal(f"argument {quoted(text)}: {task_id.reason}")
    if settings.sdk_app_id is None:
        return Refusal("no SdkAppId for these tasks: give --sdk-app-id N or set RELAYTUI_SDK_APP_ID")
    return (WatchedTask(TaskKey(settings.profile, settings.region, settings.sdk_app_id, task_id)),)


def _read_list(source: str | Path, settings: Settings) -> tuple[WatchedTask, ...] | Refusal:
    """The list in a file, or for "-" on standard input."""
    # Imported for those who have a list: with the csv module it costs a bare `check ID` 4 % of its time.
    from relaytui.adapters.watchlist import BadList, Defaults, parse_bytes, read_list

    defaults = Defaults(settings.sdk_app_id, settings.region, settings.profile)
    if isinstance(source, Path):
        found = read_list(source, defaults)
    else:
        if sys.stdin.isatty():
            complain("reading TaskIds from standard input, one a line; Ctrl+D ends the list")
        found = parse_bytes(sys.stdin.buffer.read(), "standard input", defaults)
    if isinstance(found, BadList):
        return Refusal(str(found))
    for repeat in found.repeats:
        complain(repeat)
    return found.tasks
