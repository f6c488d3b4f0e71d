"""The configuration file and the lists of tasks: there, readable, right, and nobody else's to write."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from relaytui.adapters.config import BadConfig, read_config
from relaytui.adapters.places import CONFIG_VARIABLE, config_path, list_path
from relaytui.adapters.settings import BadSetting, Settings, read_settings
from relaytui.adapters.stored_list import is_being_written, read_stored, versions
from relaytui.adapters.watchlist import read_list
from relaytui.commands.checks.checkup import Checkup, Level, Line, Step, Told
from relaytui.commands.options import defaults_of
from relaytui.commands.stored import counted
from relaytui.core.listing import BadList, TaskList
from relaytui.core.profile import Written
from relaytui.core.task import WatchedTask

Tasks = tuple[WatchedTask, ...]


def begin_config(checkup: Checkup, flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Step[Settings]:
    """Read the settings; where the file is broken, what holds without it is what the other checks go by."""
    fix = f"see what {CONFIG_VARIABLE} and the path lead to: a pipe, or a disk that is not there?"
    return checkup.begin("config", lambda: _config(flags, environ), seconds=2, fix=fix)


def _config(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Told[Settings]:
    path = config_path(environ)
    written: Mapping[str, Written] = {}
    lines = []
    if not environ.get(CONFIG_VARIABLE) and not os.path.lexists(path):
        lines.append(Line("config", Level.OK, f"no {path}: the defaults"))
    elif isinstance(read := read_config(path), BadConfig):
        fix = "correct it; relaytui config check says whether it is right, relaytui config example shows all"
        lines.append(Line("config", Level.FAULT, str(read), fix))
    else:
        written = read
        lines.append(_guarded("config", path, f"{path}: {_profiles(written)}, mode {_mode(path)}"))
    settings = read_settings(flags, environ, written)
    if isinstance(settings, BadSetting):
        lines.append(Line("config", Level.FAULT, str(settings), f"correct {settings.where}"))
        settings = _right_ones({}, {}, written)
    return Told(tuple(lines), settings)


def settings_without_file(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Settings:
    """What holds where the file cannot be read in time."""
    return _right_ones(flags, environ, {})


def _right_ones(
    flags: Mapping[str, str | None], environ: Mapping[str, str], written: Mapping[str, Written]
) -> Settings:
    """The settings, or the defaults where one of them is wrong."""
    settings = read_settings(flags, environ, written)
    return Settings() if isinstance(settings, BadSetting) else settings


def _profiles(written: Mapping[str, Written]) -> str:
    count = len({name.split(".")[1] for name in written if name.startswith("profiles.")})
    return f"{count} profile{'' if count == 1 else 's'}"


def begin_list(checkup: Checkup, settings: Settings, environ: Mapping[str, str]) -> Step[Tasks]:
    """Read the stored list, and the file of tasks that the settings name."""
    fix = "see what RELAYTUI_LIST, RELAYTUI_TASKS and the path lead to: a pipe, or a disk that is not there?"
    if (file := settings.tasks) is not None:
        checkup.begin("tasks", lambda: Told((_task_file(file, settings, environ),)), seconds=3, fix=fix)
    return checkup.begin("list", lambda: _list(settings, environ), seconds=3, fix=fix)


def _task_file(path: Path, settings: Settings, environ: Mapping[str, str]) -> Line:
    defaults, listed = defaults_of(settings), dict[str, list[WatchedTask]]()
    stored = read_stored(list_path(environ), defaults)
    for task in stored.tasks if isinstance(stored, TaskList) else ():
        listed.setdefault(task.key.task_id, []).append(task)
    found = read_list(path, replace(defaults, listed=listed))
    if isinstance(found, BadList):
        return Line("tasks", Level.FAULT, str(found), "correct it, or leave --tasks and RELAYTUI_TASKS out")
    return Line("tasks", Level.OK, f"{path}: {counted(len(found.tasks))}")


def _list(settings: Settings, environ: Mapping[str, str]) -> Told[Tasks]:
    path = list_path(environ)
    found = read_stored(path, defaults_of(settings))
    if isinstance(found, BadList):
        fix = "correct it, or relaytui list --restore brings the version before back"
        return Told.of(Line("list", Level.FAULT, str(found), fix), value=())
    kept = len(versions(path))
    there = f", mode {_mode(path)}" if path.exists() else ", no file yet"
    text = f"{path}: {counted(len(found.tasks))}{there}, {kept} version{'' if kept == 1 else 's'} kept"
    return Told((_list_line(path, text),), found.tasks)


def _list_line(path: Path, text: str) -> Line:
    if is_being_written(path):
        fix = "wait; if it stays so, end the relaytui that writes it (add, remove, or a board)"
        return Line("list", Level.WARNING, f"{text}, another program is writing it", fix)
    folder = next(folder for folder in path.absolute().parents if folder.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        fix = f"give yourself the right to write in {folder}"
        return Line("list", Level.WARNING, f"{text}, cannot be changed", fix)
    return _guarded("list", path, text)


def _guarded(check: str, path: Path, text: str) -> Line:
    """The line for a good file, with a warning where others can write it."""
    for each in _with_folder(path):
        if os.name == "posix" and each.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return Line(check, Level.WARNING, f"{text}, others can write {each}", f"chmod go-w {each}")
    return Line(check, Level.OK, text)


def _with_folder(path: Path) -> Iterator[Path]:
    return (each for each in (path, path.parent) if each.exists())


def _mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"
