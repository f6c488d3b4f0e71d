"""How the program is set up: command line flags first, then the environment, then the file, then the defaults."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relaytui.core.endpoint import Endpoint, read_endpoint
from relaytui.core.entry import Refused, quoted, read_region, read_sdk_app_id
from relaytui.core.journal_limits import MOST_DAYS, MOST_MEGABYTES, JournalLimits
from relaytui.core.profile import (
    DEFAULT_REGION,
    MAX_BUDGET,
    VENDOR_ENDPOINT,
    Profile,
    Store,
    Written,
    read_profile_name,
    read_store,
)
from relaytui.core.reach import MOST_MINUTES, Reach, read_command, read_headers, read_webhook
from relaytui.core.theme import ThemeName, read_theme

MAX_INTERVAL = 86_400.0
_KEYS = "keys."
_VIEWS = "views."
MOST_ANSWERS = 20
DEFAULT = "default"
"""The origin of a value that nobody chose."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about a run that a person may choose; what belongs to a profile is the chosen one's."""

    endpoint: Endpoint = VENDOR_ENDPOINT
    """Where requests go."""
    budget: float = 10.0
    """Requests per second and lane, at most `MAX_BUDGET`."""
    interval: float = 15.0
    """Seconds between two questions about a running task; the other classes keep their ratio to it."""
    sdk_app_id: int | None = None
    """The SdkAppId of tasks that bring none of their own."""
    region: str = DEFAULT_REGION
    """The Region of tasks that bring none of their own."""
    tasks: Path | None = None
    """The file that lists the tasks."""
    profile: str = "default"
    """The name of the account that is asked for tasks that bring none of their own."""
    store: Store = Store.KEYRING
    """Where the account's secret is kept."""
    theme: ThemeName = ThemeName.AUTO
    """The colours of the board."""
    keys: Mapping[str, Written] = field(default_factory=dict, compare=False)
    """The keys of the board's commands by the commands' ids, as they stand in the file."""
    views: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Filters by name."""
    alarms: Reach = field(default_factory=Reach)
    """How alarms reach people."""
    journal: JournalLimits = field(default_factory=JournalLimits)
    """How much of the past is kept."""
    profiles: Mapping[str, Profile] = field(default_factory=dict, compare=False)
    """The profiles in the file and the chosen one, by name."""
    configured: frozenset[str] = field(default=frozenset(), compare=False)
    """The names of the profiles in the file."""
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where each value came from, by its dotted name ("interval", "profiles.prod.budget")."""

    def named(self, profile: str) -> Profile:
        """The profile of this name; one that the file does not know has the defaults."""
        return self.profiles.get(profile) or Profile(profile)


@dataclass(frozen=True, slots=True)
class BadSetting:
    """A value that is not taken: the flag or variable it stands in, what it says, and what would be right."""

    where: str
    value: str
    right: str

    def __str__(self) -> str:
        return f"{self.where} {quoted(self.value)}: {self.right}"


def read_settings(
    flags: Mapping[str, str | None], environ: Mapping[str, str], written: Mapping[str, Written] | None = None
) -> Settings | BadSetting:
    """The settings of this run. `flags` holds the text of each flag by field name, None or nothing where not given.

    An empty variable counts as not set, as a shell script may leave it; an empty flag is a mistake. `written` is what
    stands in the file by dotted name. Flags and variables change the chosen profile and no other.
    """
    sources = _Sources(flags, environ, written or {})
    general = sources.read({key: key for key in _GENERAL}, outside=True)
    if isinstance(general, BadSetting):
        return general
    origins = {key: where for key, (_, where) in general.items()}
    chosen: Any = general.pop("profile", (Profile().name, DEFAULT))[0]
    profiles = {}
    for name in {chosen: None, **sources.profile_names}:
        found = sources.read({f"profiles.{name}.{key}": key for key in _OF_PROFILE}, outside=name == chosen)
        if isinstance(found, BadSetting):
            return found
        origins |= {path: where for path, (_, where) in found.items()}
        values: dict[str, Any] = {path.rpartition(".")[2]: value for path, (value, _) in found.items()}
        profiles[name] = Profile(name, **values)
    tables: dict[str, dict[str, Any]] = {}
    for table, keys_of_table in {"alarms": _OF_ALARMS, "journal": _OF_JOURNAL}.items():
        read = sources.read({f"{table}.{key}": key for key in keys_of_table}, outside=False)
        if isinstance(read, BadSetting):
            return read
        origins |= {path: where for path, (_, where) in read.items()}
        tables[table] = {path.rpartition(".")[2]: value for path, (value, _) in read.items()}
    own = {key: getattr(profiles[chosen], key) for key in _OF_PROFILE}
    others: dict[str, Any] = {key: value for key, (value, _) in general.items()}
    configured = frozenset(sources.profile_names)
    views = _read_views(sources.written)
    if isinstance(views, BadSetting):
        return views
    origins |= {f"{_VIEWS}{name}": sources.written[f"{_VIEWS}{name}"].where for name in views}
    keys = {path.removeprefix(_KEYS): entry for path, entry in sources.written.items() if path.startswith(_KEYS)}
    return Settings(
        **own,
        **others,
        alarms=Reach(**tables["alarms"]),
        journal=JournalLimits(**tables["journal"]),
        profile=chosen,
        keys=keys,
        views=views,
        profiles=profiles,
        configured=configured,
        origins=origins,
    )


@dataclass(frozen=True, slots=True)
class _Sources:
    """Everywhere that a value may stand."""

    flags: Mapping[str, str | None]
    environ: Mapping[str, str]
    written: Mapping[str, Written]

    @property
    def profile_names(self) -> dict[str, None]:
        """The names of the profiles in the file, in its order."""
        return {path.split(".")[1]: None for path in self.written if path.startswith("profiles.")}

    def read(self, paths: Mapping[str, str], *, outside: bool) -> dict[str, tuple[object, str]] | BadSetting:
        """What is said of each of these settings (dotted name to key) and where; nothing of those left to the default.

        `outside` says whether flags and variables count too.
        """
        found = {}
        for path, key in paths.items():
            setting = _SETTINGS[key]
            for where, text in self._texts(path, key, setting, outside=outside):
                value = setting.read(text)
                if isinstance(value, Refused):
                    return BadSetting(where, "…" if setting.is_secret else text, value.reason)
                found[path] = value, where
                break
        return found

    def _texts(self, path: str, key: str, setting: _Setting, *, outside: bool) -> Iterator[tuple[str, str]]:
        """What stands for a setting, the most important first."""
        flag = self.flags.get(key)
        if outside and flag is not None:
            yield "--" + key.replace("_", "-"), flag
        if outside:
            yield from self._variables(setting.variables)
        if path in self.written:
            yield self.written[path]
        if outside:
            yield from self._variables(setting.last_variables)

    def _variables(self, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        return ((name, self.environ[name]) for name in names if self.environ.get(name))


def _read_views(written: Mapping[str, Written]) -> dict[str, str] | BadSetting:
    views = {}
    for path, entry in written.items():
        if path.startswith(_VIEWS):
            from relaytui.core.filter import parse  # noqa: PLC0415 - its patterns take time that few starts need spend

            found = parse(entry.text)
            if isinstance(found, Refused):
                return BadSetting(entry.where, entry.text, found.reason)
            views[path.removeprefix(_VIEWS)] = entry.text
    return views


def _read_number(text: str, highest: float, right: str) -> float | Refused:
    try:
        number = float(text) if "_" not in text else math.nan
    except ValueError:
        number = math.nan
    return number if 0 < number <= highest else Refused(right)


def _read_budget(text: str) -> float | Refused:
    return _read_number(
        text, MAX_BUDGET, f"give requests per second, above 0 and at most {MAX_BUDGET:g}, which is all an account has"
    )


def _read_interval(text: str) -> float | Refused:
    return _read_number(text, MAX_INTERVAL, f"give seconds, above 0 and at most {MAX_INTERVAL:g}")


def _read_repeat(text: str) -> float | Refused:
    right = f"give minutes, at most {MOST_MINUTES:g}, or 0 for never"
    return 0.0 if text in ("0", "0.0") else _read_number(text, MOST_MINUTES, right)


def _read_alarm_after(text: str) -> int | Refused:
    number = _read_number(text, MOST_ANSWERS, f"give a number of answers from 1 to {MOST_ANSWERS}")
    return number if isinstance(number, Refused) else int(number)


def _read_days(text: str) -> float | Refused:
    return _read_number(text, MOST_DAYS, f"give days, above 0 and at most {MOST_DAYS:g}")


def _read_megabytes(text: str) -> float | Refused:
    return _read_number(text, MOST_MEGABYTES, f"give megabytes, above 0 and at most {MOST_MEGABYTES:g}")


def _read_path(text: str) -> Path | Refused:
    return Path(text) if text.strip() else Refused("give the file that lists the tasks")


@dataclass(frozen=True, slots=True)
class _Setting:
    """How a setting's text is read, and its variables: those before the file, and those that come last."""

    read: Callable[[str], object]
    variables: tuple[str, ...] = ()
    last_variables: tuple[str, ...] = ()
    is_secret: bool = False
    """Whether its text may hold what is never shown."""


_GENERAL = {
    # tccli's variable is set for tccli, so it comes after what is written for this program.
    "profile": _Setting(read_profile_name, ("RELAYTUI_PROFILE",), ("TCCLI_PROFILE",)),
    "interval": _Setting(_read_interval, ("RELAYTUI_INTERVAL",)),
    "theme": _Setting(read_theme, ("RELAYTUI_THEME",)),
    "tasks": _Setting(_read_path, ("RELAYTUI_TASKS",)),
}
_OF_PROFILE = {
    "endpoint": _Setting(read_endpoint, ("RELAYTUI_ENDPOINT",)),
    # The vendor's variable is set for other tools, so it comes after what is written for this one.
    "region": _Setting(read_region, ("RELAYTUI_REGION",), ("TENCENTCLOUD_REGION",)),
    "sdk_app_id": _Setting(read_sdk_app_id, ("RELAYTUI_SDK_APP_ID",)),
    "budget": _Setting(_read_budget, ("RELAYTUI_BUDGET",)),
    "store": _Setting(read_store),
}
_OF_ALARMS = {
    "alarm_after": _Setting(_read_alarm_after),
    "repeat": _Setting(_read_repeat),
    "command": _Setting(read_command),
    "webhook": _Setting(read_webhook, is_secret=True),
    "webhook_headers": _Setting(read_headers, is_secret=True),
    "resolved": _Setting(json.loads),
    "bell": _Setting(json.loads),
    "title": _Setting(json.loads),
    "notification": _Setting(json.loads),
}
_OF_JOURNAL = {
    "days": _Setting(_read_days),
    "megabytes": _Setting(_read_megabytes),
}
_SETTINGS = _GENERAL | _OF_PROFILE | _OF_ALARMS | _OF_JOURNAL
