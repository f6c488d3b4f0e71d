"""Where relaytui's files are on this system."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_config_path, user_data_path, user_state_path

_APP = "relaytui"
CONFIG_VARIABLE = "RELAYTUI_CONFIG"


def config_path(environ: Mapping[str, str]) -> Path:
    """The configuration file, there or not."""
    named = environ.get(CONFIG_VARIABLE)
    return Path(named) if named else user_config_path(_APP, appauthor=False) / "config.toml"


def plaintext_folder() -> Path:
    """The folder of credentials kept as plain text."""
    return user_data_path(_APP, appauthor=False) / "credentials"


def sign_ins_path() -> Path:
    """The file that remembers sign-ins, without secrets."""
    return user_state_path(_APP, appauthor=False) / "sign-ins.json"
