"""What dashboard, check and watch have in common: their options, and how these become tasks and a credential."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from relaytui.adapters.places import CONFIG_VARIABLE, config_path, list_path
from relaytui.adapters.settings import BadSetting, Settings, read_settings
from relaytui.commands.sources import Sources
from relaytui.commands.streams import complain, complain_of
from relaytui.core.entry import Refused, doubts, nearest, quoted, read_task_id
from relaytui.core.profile import Written, read_profile_name
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.text import plain
from relaytui.ports import FoundCredential, NoCredential

if TYPE_CHECKING:
    # The last brings asyncio, which `relaytui --help` need not wait for.
    from relaytui.core.listing import Defaults
    from relaytui.ports import Account

USAGE = 2
"""Exit code: the command line, a setting or a list of tasks is wrong."""
CREDENTIALS = 5
"""Exit code: there is no credential, or the API does not take it."""

_ENVIRONMENT = """\
environment:
  RELAYTUI_PROFILE, RELAYTUI_TASKS, RELAYTUI_SDK_APP_ID, RELAYTUI_REGION, RELAYTUI_ENDPOINT,
  RELAYTUI_BUDGET, RELAYTUI_INTERVAL, RELAYTUI_THEME
      stand for the options of these names
  RELAYTUI_CONFIG
      names another configuration file (see relaytui config path)
  TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, with temporary keys, TENCENTCLOUD_TOKEN
      hold the credential of the chosen profile"""
_OF_KEY = {"sdk_app_id": "SdkAppId", "region": "region", "profile": "profile"}
"""What a task is asked with beside its TaskId, and how a person calls that."""
_FLAGS = ("profile", "endpoint", "budget", "interval", "sdk_app_id", "region", "theme", "tasks", "store")


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
    """What to ask and as whom: the tasks are there once each, in the order they were given.

    `found` holds the credential of every profile that is asked, by name, or why there is none.
    """

    settings: Settings
    tasks: tuple[WatchedTask, ...]
    found: Mapping[str, FoundCredential | NoCredential]

    def accounts(self) -> list[Account]:
        """The profiles, ready for use."""
        from relaytui.ports import Account

        accounts = []
        for name, found in self.found.items():
            profile = self.settings.named(name)
            credential, again = (found, None) if isinstance(found, NoCredential) else (found.credential, found.again)
            accounts.append(Account(name, profile.endpoint, credential, profile.budget, again))
        return accounts


def add_common_options(parser: argparse.ArgumentParser, *, stdin: bool) -> None:
    """The TaskIds, and the options of every command that asks the API."""
    source = ", or - to read them from standard input" if stdin else ""
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"TaskId to ask about{source}")
    add_setting_options(parser)


def add_setting_options(parser: argparse.ArgumentParser) -> None:
    """The options that stand for settings."""
    parser.add_argument("--profile", metavar="NAME", help="profile of tasks that bring none of their own")
    parser.add_argument("--tasks", metavar="FILE", help="list of tasks: one TaskId a line, or CSV with a header")
    parser.add_argument("--sdk-app-id", metavar="N", help="SdkAppId of tasks that bring none of their own")
    parser.add_argument("--region", metavar="R", help="region of tasks that bring none (default: ap-singapore)")
    parser.add_argument("--endpoint", metavar="URL", help="API host (default: https://trtc.tencentcloudapi.com)")
    parser.add_argument("--budget", metavar="N", help="requests per second (default: 10, at most 20)")
    parser.add_argument("--interval", metavar="S", help="seconds between questions about a running task (default: 15)")
    parser.epilog = "\n\n".join(filter(None, (_ENVIRONMENT, parser.epilog)))


def add_theme_option(parser: argparse.ArgumentParser) -> None:
    """The option of the commands that show a board."""
    parser.add_argument("--theme", metavar="NAME", help="colours: auto, dark, light, terminal or mono (default: auto)")


def add_mouse_option(parser: argparse.ArgumentParser) -> None:
    """The option that leaves the mouse to the terminal."""
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")


def make_plan(
    args: argparse.Namespace, environ: Mapping[str, str], *, stdin: bool, may_lack: bool = False
) -> Plan | Refusal:
    """What the command line and the environment ask for; what is odd about it is told on stderr.

    Where credentials and tasks `may_lack`, none are fine too, and nobody is waited for to unlock a keyring. TaskIds on
    the command line replace a list that only the environment names; a list named by --tasks adds to them.
    """
    settings = find_settings(vars(args), environ)
    if isinstance(settings, Refusal):
        return settings
    path = None if args.ids and args.tasks is None else settings.tasks
    finder = partial(_on_list, args, settings, environ)
    tasks = collect_tasks(args.ids, path, settings, stdin=stdin, may_lack=may_lack, on_list=finder)
    if isinstance(tasks, Refusal):
        return tasks
    for doubt in doubts(task.key for task in tasks):
        complain(doubt)
    profiles = {task.key.profile for task in tasks} or {settings.profile}
    found = _find_credentials(profiles, settings, environ, may_lack=may_lack)
    return found if isinstance(found, Refusal) else Plan(settings, tasks, found)


_OnList = Callable[[Callable[[], Collection[str]]], Mapping[str, Sequence[WatchedTask]]]
"""What gives the tasks that are listed elsewhere of each of these TaskIds, which it asks for where there is a list."""


def _on_list(
    args: argparse.Namespace,
    settings: Settings,
    environ: Mapping[str, str],
    task_ids: Callable[[], Collection[str]],
) -> Mapping[str, Sequence[WatchedTask]]:
    """The tasks that the stored list has of each of these TaskIds, which is told.

    Options choose among them, or else say what they say in the list's place; the list is not read where they say all.
    """
    given = {field: getattr(settings, field) for field in _OF_KEY if getattr(args, field) is not None}
    path = list_path(environ)
    if {"sdk_app_id", "region"} <= given.keys() or not os.path.lexists(path) or not (wanted := task_ids()):
        return {}
    # Imported for those who use it: a bare `check ID` need not wait for tomllib.
    from relaytui.adapters.stored_list import read_some
    from relaytui.core.listing import BadList

    found = read_some(path, defaults_of(settings), wanted)
    if isinstance(found, BadList):
        complain(f"{found}; going on without the list")
        return {}
    listed: dict[str, list[WatchedTask]] = {}
    for task in found.tasks:
        # Whoever names a paused task wants it asked.
        listed.setdefault(task.key.task_id, []).append(task._replace(paused=False))
    for task_id, tasks in listed.items():
        chosen = [task for task in tasks if given.items() <= task.key._asdict().items()]
        as_given = [task._replace(key=task.key._replace(**given)) for task in tasks]
        listed[task_id] = chosen or [*{task.key: task for task in as_given}.values()]
    names = {field: word for field, word in _OF_KEY.items() if field not in given}
    complain_of(
        [
            f"{plain(task.name)}: "
            + ", ".join(f"{word} {plain(str(getattr(task.key, field)))}" for field, word in names.items())
            + f" from {plain(str(path))}"
            for tasks in listed.values()
            for task in tasks
        ]
    )
    return listed


def find_settings(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Settings | Refusal:
    """The settings by the flags that stand for some, the environment and the configuration file, which need not be."""
    written: Mapping[str, Written] = {}
    path = config_path(environ)
    if environ.get(CONFIG_VARIABLE) or os.path.lexists(path):
        # With msgspec it costs what those without a file need not pay.
        from relaytui.adapters.config import BadConfig, read_config

        read = read_config(path)
        if isinstance(read, BadConfig):
            return Refusal(str(read))
        written = read
    settings = read_settings({name: flags.get(name) for name in _FLAGS}, environ, written)
    return Refusal(str(settings)) if isinstance(settings, BadSetting) else settings


def _find_credentials(
    profiles: Iterable[str], settings: Settings, environ: Mapping[str, str], *, may_lack: bool
) -> dict[str, FoundCredential | NoCredential] | Refusal:
    """The credential of each profile; where it is from is told."""
    sources = Sources(environ, settings.profile, waiting=None if may_lack else tell_waiting)
    credentials: dict[str, FoundCredential | NoCredential] = {}
    for name in sorted(profiles):
        refused = read_profile_name(name)
        if isinstance(refused, Refused):
            return Refusal(f"profile {quoted(name)}: {refused.reason}")
        found = sources.find(settings.named(name))
        if isinstance(found, NoCredential) and may_lack:
            credentials[name] = found
            continue
        if isinstance(found, NoCredential):
            hint = "" if name in settings.configured else nearest(name, settings.configured)
            return Refusal(f"{found.reason}{hint}: {found.advice}", CREDENTIALS)
        for other, known in credentials.items():
            if isinstance(known, NoCredential):
                continue
            same = known.credential.secret_id == found.credential.secret_id
            if same and known.credential.secret_key != found.credential.secret_key:
                line = f"profiles {other} ({known.source}) and {name} ({found.source}) have one SecretId but two keys"
                return Refusal(f"{line}: log in again with the right one", CREDENTIALS)
        tell_source(name, found)
        credentials[name] = found
    return credentials


def tell_waiting() -> None:
    """Say why nothing goes on."""
    complain("waiting for your keyring to be unlocked; Ctrl+C ends this")


def tell_source(profile: str, found: FoundCredential) -> None:
    """Say where the profile's credential is from: another account's makes every task "not found"."""
    at = found.credential.expires_at
    expiry = "" if at is None else f", expires {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
    complain(f"profile {profile}: credential from {found.source}{expiry}")


def collect_tasks(
    ids: Sequence[str],
    path: Path | None,
    settings: Settings,
    *,
    stdin: bool,
    may_lack: bool = False,
    on_list: _OnList = lambda _: {},
) -> tuple[WatchedTask, ...] | Refusal:
    """The tasks of all arguments and of the file, each once; of the stored list where there are neither.

    A TaskId without more stands for the tasks that `on_list` gives.
    """
    if not ids and path is None:
        return _read_stored(settings, may_lack=may_lack)
    if path is not None and not ids:
        return _read_list(path, settings, on_list)
    listed = on_list(lambda: [source.strip() for source in ids if source != "-"])
    tasks: dict[TaskKey, WatchedTask] = {}
    sources: list[str | Path] = [*ids] if path is None else [*ids, path]
    for source in sources:
        if source == "-" and not stdin:
            return Refusal("the board needs standard input for its keys: put the list in a file for --tasks FILE")
        found = (
            _read_list(source, settings, on_list)
            if isinstance(source, Path) or source == "-"
            else listed.get(source.strip()) or _read_id(source, settings)
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


def _read_stored(settings: Settings, *, may_lack: bool) -> tuple[WatchedTask, ...] | Refusal:
    """The stored watch list."""
    from relaytui.adapters.stored_list import read_stored
    from relaytui.core.listing import BadList

    path = list_path(os.environ)
    found = read_stored(path, defaults_of(settings))
    if isinstance(found, BadList):
        return Refusal(f"{found}; relaytui list --restore brings the version before back")
    if not found.tasks and not may_lack:
        return Refusal(f"no tasks on {plain(str(path))}: put some there with relaytui add ID…, or give --tasks FILE")
    return found.tasks


def defaults_of(settings: Settings) -> Defaults:
    """What tasks get that bring none of their own, by these settings."""
    from relaytui.core.listing import Defaults

    return Defaults(settings.sdk_app_id, settings.region, settings.profile, settings.profiles)


def _read_id(text: str, settings: Settings) -> tuple[WatchedTask, ...] | Refusal:
    task_id = read_task_id(text)
    if isinstance(task_id, Refused):
        return Refusal(f"argument {quoted(text)}: {task_id.reason}")
    if settings.sdk_app_id is None:
        from relaytui.core.listing import without_sdk_app_id

        return Refusal(f"argument {quoted(text)}: {without_sdk_app_id(settings.profile).reason}")
    return (WatchedTask(TaskKey(settings.profile, settings.region, settings.sdk_app_id, task_id)),)


def _read_list(source: str | Path, settings: Settings, on_list: _OnList) -> tuple[WatchedTask, ...] | Refusal:
    """The list in a file, or for "-" on standard input."""
    # Imported for those who have a list: with the csv module it costs a bare `check ID` 4 % of its time.
    from relaytui.adapters.watchlist import BadList, decode, read_stdin, read_text
    from relaytui.core.list_text import bare_ids, parse

    if isinstance(source, Path):
        where, text = str(source), read_text(source)
    else:
        if sys.stdin.isatty():
            complain("reading TaskIds from standard input, one a line; Ctrl+D ends the list")
        where, raw = "standard input", read_stdin()
        text = raw if isinstance(raw, BadList) else decode(raw, where)
    if isinstance(text, BadList):
        return Refusal(str(text))
    listed = on_list(lambda: bare_ids(text))
    found = parse(text, where, replace(defaults_of(settings), listed=listed))
    if isinstance(found, BadList):
        return Refusal(str(found))
    complain_of(found.repeats)
    return found.tasks
