"""How the program is set up: command line flags first, then the environment, then the defaults."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relaytui.core.endpoint import DEFAULT_ENDPOINT, Endpoint, read_endpoint
from relaytui.core.entry import Refused, quoted, read_region, read_sdk_app_id

MAX_BUDGET = 20.0
"""Requests per second that the API grants a whole account."""
MAX_INTERVAL = 86_400.0
_VENDOR = Endpoint("https", DEFAULT_ENDPOINT.removeprefix("https://"))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about a run that a person may choose."""

    endpoint: Endpoint = _VENDOR
    """Where requests go."""
    budget: float = 10.0
    """Requests per second and lane, at most `MAX_BUDGET`."""
    interval: float = 15.0
    """Seconds between two questions about a running task; the other classes keep their ratio to it."""
    sdk_app_id: int | None = None
    """The SdkAppId of tasks that bring none of their own."""
    region: str = "ap-singapore"
    """The Region of tasks that bring none of their own."""
    tasks: Path | None = None
    """The file that lists the tasks."""
    profile: str = "default"
    """The name of the account that is asked."""


@dataclass(frozen=True, slots=True)
class BadSetting:
    """A value that is not taken: the flag or variable it stands in, what it says, and what would be right."""

    where: str
    value: str
    right: str

    def __str__(self) -> str:
        return f"{self.where} {quoted(self.value)}: {self.right}"


def read_settings(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Settings | BadSetting:
    """The settings of this run. `flags` holds the text of each flag by field name, None or nothing where not given.

    An empty variable counts as not set, as a shell script may leave it; an empty flag is a mistake.
    """
    chosen: dict[str, Any] = {}
    for field, (variables, read) in _FIELDS.items():
        sources = [("--" + field.replace("_", "-"), flags.get(field))]
        sources += [(name, environ.get(name) or None) for name in variables]
        where, text = next(((where, text) for where, text in sources if text is not None), ("", None))
        if text is None:
            continue
        value = read(text)
        if isinstance(value, Refused):
            return BadSetting(where, text, value.reason)
        chosen[field] = value
    return Settings(**chosen)


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


def _read_path(text: str) -> Path | Refused:
    return Path(text) if text.strip() else Refused("give the file that lists the tasks")


_FIELDS: dict[str, tuple[tuple[str, ...], Callable[[str], object]]] = {
    "endpoint": (("RELAYTUI_ENDPOINT",), read_endpoint),
    "budget": (("RELAYTUI_BUDGET",), _read_budget),
    "interval": (("RELAYTUI_INTERVAL",), _read_interval),
    "sdk_app_id": (("RELAYTUI_SDK_APP_ID",), read_sdk_app_id),
    "region": (("RELAYTUI_REGION", "TENCENTCLOUD_REGION"), read_region),
    "tasks": (("RELAYTUI_TASKS",), _read_path),
}
"""The environment variables of each field, first one first, and how its text is read."""
