"""The configuration file: hand-written TOML, checked against typed tables, and every setting's documented example.

What a value means is for `settings` to say, which reads flags and variables too; here stands what may be written. Only
imported where there is a file, because msgspec and tomlkit take their time.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from relaytui.adapters.private_file import write_private
from relaytui.adapters.regular_file import read_regular
from relaytui.core.entry import Refused, nearest, quoted
from relaytui.core.profile import Written, read_profile_name

_LIMIT = 1_000_000
_TEXTS = {
    "keys.": 'keys as a text, such as "y" or "f5,ctrl+r"',
    "views.": 'a filter as a text, such as "group:cup -rehearsal"',
}
"""The tables in which every name is a person's own, and what each stands for."""


class ProfileTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand in `[profiles.NAME]`."""

    endpoint: str | None = None
    region: str | None = None
    sdk_app_id: int | None = None
    budget: float | None = None
    store: str | None = None


class AlarmsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand in `[alarms]`."""

    alarm_after: int | None = None
    repeat: float | None = None
    command: list[str] | None = None
    webhook: str | None = None
    webhook_headers: dict[str, str] | None = None
    resolved: bool | None = None
    bell: bool | None = None
    title: bool | None = None
    notification: bool | None = None


class JournalTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand in `[journal]`."""

    days: float | None = None
    megabytes: float | None = None


class ConfigFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand in the file."""

    profile: str | None = None
    interval: float | None = None
    theme: str | None = None
    tasks: str | None = None
    keys: dict[str, Any] = {}
    views: dict[str, Any] = {}
    alarms: dict[str, Any] = {}
    journal: dict[str, Any] = {}
    profiles: dict[str, dict[str, Any]] = {}


EXAMPLE = """\
# relaytui's settings. Everything here may be left out: the values shown are the defaults, and where there is none an
# example stands behind a #. A command line flag or a RELAYTUI_* variable wins over this file. Secrets never stand here:
# `relaytui login`.

# The profile of tasks that bring none. (--profile, RELAYTUI_PROFILE; TCCLI_PROFILE where nothing else says)
profile = "default"

# Seconds between two questions about a running task; troubled ones wait a third of it, ended ones four times as long.
# (--interval, RELAYTUI_INTERVAL)
interval = 15

# The colours of the board: "dark", "light", "terminal" (the terminal's own), "mono" (none), or "auto": mono where
# NO_COLOR is set, else what was chosen last with the key t, else dark or light as the terminal is.
# (--theme, RELAYTUI_THEME)
theme = "auto"

# The list of tasks to watch: one TaskId a line, or CSV with a header; a relative path begins where you start relaytui.
# (--tasks, RELAYTUI_TASKS)
# tasks = "tasks.csv"

# Filters with a name, for --filter NAME; what they may say is in `relaytui list --help`.
[views]
# night = "group:cup -rehearsal"

# Who is called when a task ends unexpectedly, and how. `relaytui alert test` tries every way.
[alarms]

# NotExist in a row before a running task is believed to have ended.
alarm_after = 3

# Minutes after which an alarm that nobody has acknowledged is repeated; 0: never.
repeat = 10

# A program that is given each alarm as JSON on standard input. No shell; 10 s, three tries.
command = []

# Where each alarm is posted to as JSON: https, or http on this machine. A URL that is itself a secret, as Slack's is,
# goes into the keyring with `relaytui alert secret NAME`: write "keyring:NAME" here, or "env:NAME" for a variable.
webhook = ""

# Whether command and webhook are told, too, when an alarm is over ("event": "resolved", with the id of the alarm), so
# that an on-call tool can close its incident. See to it that nobody is called for these.
resolved = false

# Whether the terminal rings its bell.
bell = true

# Whether the window's title counts the problems.
title = true

# Whether the terminal is asked to show a notification of the desktop.
notification = true

# Headers sent to the webhook; a secret one is written as "keyring:NAME" or "env:NAME".
[alarms.webhook_headers]

# How much of the past the journal keeps. Where several relaytui write to one journal, the smallest counts.
[journal]

# What is older is forgotten; the last hour never.
days = 90

# Where the file is larger nevertheless, the oldest is forgotten too.
megabytes = 500

# A profile is an account: as many as you like, each a table with its name. Flags and variables change the chosen one.
[profiles.default]

# Where the API is. International accounts may need trtc.intl.tencentcloudapi.com. (--endpoint, RELAYTUI_ENDPOINT)
endpoint = "trtc.tencentcloudapi.com"

# The region of tasks that bring none. (--region, RELAYTUI_REGION; TENCENTCLOUD_REGION where nothing else says)
region = "ap-singapore"

# The SdkAppId of tasks that bring none. (--sdk-app-id, RELAYTUI_SDK_APP_ID)
# sdk_app_id = 1600012345

# Requests per second, at most 20, which is all that an account has. Profiles with the same SecretId and endpoint share
# the smallest of their budgets. (--budget, RELAYTUI_BUDGET)
budget = 10

# Where `relaytui login` keeps the secret: "keyring" (the system's), "plaintext" (a file that only you can read), or
# "session" (nowhere: you are asked at each start).
store = "keyring"
"""
"""The file with every setting in it."""


@dataclass(frozen=True, slots=True)
class BadConfig:
    """Why the configuration file is not taken, as a whole: where, and what to do about it."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


def read_config(path: Path) -> Mapping[str, Written] | BadConfig:
    """Every value in the file by its dotted name ("profiles.prod.budget"), or the first thing wrong with the file.

    A profile whose table is empty is there by its name alone ("profiles.prod").
    """
    try:
        raw = read_regular(path, _LIMIT + 1)
    except FileNotFoundError:
        return BadConfig(str(path), "there is no such file: relaytui config example prints one")
    except IsADirectoryError:
        return BadConfig(str(path), "this is a directory: name the file with the settings")
    except OSError as error:
        return BadConfig(str(path), f"cannot be read: {error.strerror or error}")
    if len(raw) > _LIMIT:
        return BadConfig(str(path), f"more than {_LIMIT} bytes: this is no file of settings")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return BadConfig(f"{path}:{line}", f"byte {raw[error.start]:#04x} is not UTF-8: save the file as UTF-8")
    return parse_config(text, str(path))


def parse_config(text: str, where: str) -> Mapping[str, Written] | BadConfig:
    """The values in this text; `where` names it in messages."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = _AT_LINE.search(str(error))
        advice = 'texts stand in quotes, as in theme = "dark"; relaytui config example shows every setting'
        return BadConfig(f"{where}:{line[1]}" if line else where, f"not TOML: {error}: {advice}")
    lines = _lines(text)

    def place(name: str) -> str:
        return f"{where}:{lines[name]}" if name in lines else where

    for prefix, table, kind in _tables(document):
        if isinstance(kind, Refused):
            return BadConfig(place(prefix), f"{prefix}: {kind.reason}")
        for key in table:
            if key not in kind.__struct_fields__:
                return BadConfig(place(prefix + key), _unknown(prefix + key, key, kind.__struct_fields__))
        try:
            msgspec.convert(table, kind)
        except msgspec.ValidationError as error:
            name, told = _told(prefix, str(error))
            return BadConfig(place(name), f"{name}: {told}")
    found = {}
    for prefix, table, _ in _tables(document):
        if prefix.startswith("profiles."):
            name = prefix.removesuffix(".")
            found[name] = Written(f"{place(name)} [{name}]", "")
        for key, value in table.items():
            if prefix or key not in ("profiles", "keys", "views", "alarms", "journal"):
                found[prefix + key] = Written(f"{place(prefix + key)} {prefix}{key}", _text(value))
    for name, value, right in _named(document):
        if not isinstance(value, str):
            return BadConfig(place(name), f"{name}: give {right}")
        found[name] = Written(f"{place(name)} {name}", value)
    return found


def _named(document: dict[str, Any]) -> Iterator[tuple[str, object, str]]:
    """Every value of a person's own naming with its dotted name, and what it should be."""
    for prefix, right in _TEXTS.items():
        for name, value in _flat(prefix, document.get(prefix.removesuffix("."), {})):
            yield name, value, right


def _flat(prefix: str, table: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Every value with its dotted name: TOML makes a table of each dot that stands outside of quotes."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{key}.", value)
        else:
            yield prefix + key, value


def append_profile(path: Path, name: str, values: Mapping[str, object]) -> str | BadConfig:
    """Add a table for this profile at the end of the file, which stays as it is otherwise; the text that was added."""
    import tomlkit  # noqa: PLC0415 - only this one command writes

    text = path.read_text("utf-8-sig") if path.exists() else ""
    table = tomlkit.dumps({"profiles": {name: dict(values)}})
    text = f"{text.rstrip()}\n\n{table}".lstrip()
    if isinstance(wrong := parse_config(text, str(path)), BadConfig):
        # Such as profiles = {…}: nothing can be added to that.
        return BadConfig(str(path), f"[profiles.{name}] cannot be added: {wrong.reason}")
    try:
        write_private(path, text)
    except OSError as error:
        return BadConfig(str(path), f"cannot be written: {error.strerror or error}")
    return table


def take_out(path: Path, table: str) -> BadConfig | None:
    """Take out what `append_profile` has added, as far as nobody has changed it; a file of nothing else goes."""
    try:
        rest = path.read_text("utf-8-sig").replace(table, "").rstrip()
        if rest:
            write_private(path, f"{rest}\n")
        else:
            path.resolve().unlink()
    except OSError as error:
        return BadConfig(str(path), f"cannot be written: {error.strerror or error}")
    return None


def _tables(
    document: dict[str, Any],
) -> Iterator[tuple[str, dict[str, Any], type[ConfigFile | AlarmsTable | JournalTable | ProfileTable] | Refused]]:
    """The tables with the prefix of their keys and the type that they should have; the outermost is the first."""
    yield "", document, ConfigFile
    yield "alarms.", document.get("alarms", {}), AlarmsTable
    yield "journal.", document.get("journal", {}), JournalTable
    for name, table in document.get("profiles", {}).items():
        refused = read_profile_name(name)
        yield f"profiles.{name}.", table, refused if isinstance(refused, Refused) else ProfileTable


def _text(value: object) -> str:
    """The value as a flag would have it; lists and tables as JSON."""
    return json.dumps(value) if isinstance(value, (bool, list, dict)) else str(value)


def _unknown(name: str, key: str, right: tuple[str, ...]) -> str:
    if re.search("secret|token|password", key, re.IGNORECASE):
        return f"{quoted(name)}: secrets never stand in this file: take it out and run relaytui login"
    return f"no setting is called {quoted(name)}{nearest(key, right)}; here stand {', '.join(right)}"


def _told(prefix: str, message: str) -> tuple[str, str]:
    """The dotted name and the sentence in msgspec's "Expected `int`, got `str` - at `$.interval`"."""
    sentence, _, path = message.partition(" - at `$")
    name = prefix + path.rstrip("`").lstrip(".")
    words = re.sub(r" \| null|`", "", sentence)
    return name.replace("[...]", ".*"), _KIND.sub(lambda kind: _KINDS[kind[0]], words)


_KINDS = {
    "object": "a table",
    "array": 'a list such as ["program", "argument"]',
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
}
_KIND = re.compile(rf"\b({'|'.join(_KINDS)})\b")
_AT_LINE = re.compile(r"\(at line (\d+), ")
_HEADER = re.compile(r"\s*\[\s*([^\[\]#]+?)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\"'-]+)\s*=")


def _lines(text: str) -> dict[str, int]:
    """The line of each table ("profiles.prod", "profiles.prod.") and key, where it is written in the plain way."""
    lines: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            name = re.sub(r"[\"'\s]", "", header[1])
            prefix = f"{name}."
            lines[name] = lines[prefix] = number
        elif key := _KEY.match(line):
            lines.setdefault(prefix + re.sub(r"[\"']", "", key[1]), number)
    return lines
