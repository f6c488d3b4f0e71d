"""Where relaytui's files are on this system."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_config_path, user_data_path, user_state_path

_APP = "relaytui"
CONFIG_VARIABLE = "RELAYTUI_CONFIG"
JOURNAL_VARIABLE = "RELAYTUI_JOURNAL"
LIST_VARIABLE = "RELAYTUI_LIST"


def config_path(environ: Mapping[str, str]) -> Path:
    """The configuration file, there or not."""
    named = environ.get(CONFIG_VARIABLE)
    return Path(named) if named else user_config_path(_APP, appauthor=False) / "config.toml"


def list_path(environ: Mapping[str, str]) -> Path:
    """The stored watch list, there or not."""
    named = environ.get(LIST_VARIABLE)
    return Path(named) if named else user_config_path(_APP, appauthor=False) / "watchlist.toml"


def plaintext_folder() -> Path:
    """The folder of credentials kept as plain text."""
    return user_data_path(_APP, appauthor=False) / "credentials"


def state_folder() -> Path:
    """The folder of what the program remembers by itself: nothing in it is written by hand, nothing is secret."""
    return user_state_path(_APP, appauthor=False)


def instances_folder() -> Path:
    """The folder of the locks by which processes agree on who uses how much of an account's budget."""
    return state_folder() / "instances"


def journal_path(environ: Mapping[str, str]) -> Path:
    """The journal's file, there or not."""
    named = environ.get(JOURNAL_VARIABLE)
    return Path(named) if named else state_folder() / "journal.db"


def turn_path(name: str) -> Path:
    """The lock of who of those that watch the list with this name reaches out when there is an alarm."""
    return instances_folder() / f"{name}.turn"


def view_path(name: str) -> Path:
    """The file that remembers how the board of the list with this name is looked at."""
    return state_folder() / "views" / f"{name}.json"


def sign_ins_path() -> Path:
    """The file that remembers sign-ins, without secrets."""
    return state_folder() / "sign-ins.json"


def hashed(*parts: str) -> str:
    """A name for these parts that does not tell them: 128 bits of SHA-256 in hexadecimal."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
