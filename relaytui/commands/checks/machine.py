"""The interpreter, and the versions of what matters most in a report."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from relaytui import __version__
from relaytui.commands.checks.checkup import Checkup, Level, Line, Told

_LIBRARIES = ("textual", "httpx", "keyring", "truststore")


def begin(checkup: Checkup) -> None:
    """Say what runs."""
    checkup.begin("python", _check, seconds=3)


def _check() -> Told[None]:
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    versions = ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    return Told.of(Line("python", Level.OK, f"relaytui {__version__}, {python}, {system}, {versions}"))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
