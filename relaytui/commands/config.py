"""`relaytui config`: where the configuration file is, what each setting is and where that came from, an example."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import fields

from relaytui.adapters.places import config_path
from relaytui.adapters.settings import DEFAULT, Settings
from relaytui.commands.keymap import read_keys
from relaytui.commands.options import Refusal, add_setting_options, find_settings
from relaytui.core.journal_limits import JournalLimits
from relaytui.core.profile import Profile
from relaytui.core.reach import Reach, shown_webhook
from relaytui.core.text import plain


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.epilog = """\
path     prints where the file is, there or not
check    reads it, and prints every setting with where its value comes from
example  prints a file with every setting explained"""
    parser.add_argument("what", choices=("path", "check", "example"), help="what to do")
    add_setting_options(parser)


def run(args: argparse.Namespace) -> int:
    """Do what is asked; a file that is not right is exit code 2."""
    match args.what:
        case "path":
            _print(str(config_path(os.environ)))
        case "example":
            from relaytui.adapters.config import EXAMPLE
            from relaytui.ui.keymap import keys_example

            _print(f"{EXAMPLE.rstrip()}\n\n{keys_example()}")
        case _:
            settings = find_settings(vars(args), os.environ)
            if isinstance(settings, Refusal):
                return settings.tell()
            if isinstance(keymap := read_keys(settings), Refusal):
                return keymap.tell()
            rows = list(_rows(settings))
            widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
            for name, value, origin in rows:
                _print(f"{name:{widths[0]}}  {value:{widths[1]}}  {origin}")
    return 0


def _rows(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Every setting: its dotted name, its value, and where that came from."""
    for key in ("profile", "interval", "theme", "tasks"):
        yield key, _shown(getattr(settings, key)), settings.origins.get(key, DEFAULT)
    for field in fields(Reach):
        name = f"alarms.{field.name}"
        yield name, _shown_reach(field.name, getattr(settings.alarms, field.name)), settings.origins.get(name, DEFAULT)
    for field in fields(JournalLimits):
        name = f"journal.{field.name}"
        yield name, _shown(getattr(settings.journal, field.name)), settings.origins.get(name, DEFAULT)
    for profile in settings.profiles.values():
        for field in fields(Profile):
            if field.name != "name":
                name = f"profiles.{profile.name}.{field.name}"
                yield name, _shown(getattr(profile, field.name)), settings.origins.get(name, DEFAULT)
    for name, view in settings.views.items():
        yield f"views.{name}", plain(view), settings.origins.get(f"views.{name}", DEFAULT)
    for name, entry in settings.keys.items():
        yield f"keys.{name}", _shown(entry.text), entry.where


def _shown_reach(name: str, value: object) -> str:
    match name, value:
        case "webhook", str():
            return shown_webhook(value)
        case "webhook_headers", dict():
            # Its values may be secrets that nobody recognised.
            return plain(", ".join(value)) or "-"
        case _, tuple():
            return plain(" ".join(value)) or "-"
        case _, bool():
            return "on" if value else "off"
        case _:
            return _shown(value)


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else plain(str(value))


def _print(line: str) -> None:
    print(line)  # noqa: T201 - stdout is data
