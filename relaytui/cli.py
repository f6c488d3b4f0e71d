"""The command line: which command runs, and what of its arguments is an option and what a TaskId.

A command is a module of `relaytui.commands` with `configure(parser)` and `run(args) -> exit code`. Only the one that
runs is imported, and it imports what is heavy when it runs.
"""

from __future__ import annotations

import argparse
import errno
import gc
import importlib
import io
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from relaytui import __version__
from relaytui.commands.garbage import no_garbage_yet
from relaytui.commands.streams import complain, drop_output

COMMANDS = {
    "dashboard": "watch tasks on a live board; `relaytui` alone does this",
    "check": "ask once whether tasks are running, and answer with the exit code",
    "watch": "print changes as text or JSON lines, without a screen",
    "history": "print what happened, as the journal remembers it",
    "replay": "show a past incident on the same board, without asking anybody",
    "record": "write a stretch of the journal into a file that a colleague can replay",
    "handover": "print the problems and the last hour as Markdown, for a ticket",
    "alert": "try every way an alarm takes to you, and keep the secrets that they need",
    "login": "keep an account's credential in the system's keyring",
    "logout": "forget it",
    "profiles": "list the accounts, and where each one's credential comes from",
    "doctor": "say what is wrong, from terminal to credentials, and what to do about it",
    "config": "print where the settings are, what they are, or an example",
    "add": "put tasks on the watch list, from ids, files, pipes and messy text",
    "remove": "take tasks off the watch list",
    "list": "print the watch list, or bring its last version back",
    "export": "print the watch list as CSV, JSON or NDJSON",
    "demo": "see an incident under way, without account and network",
    "simulate": "serve a local stand-in for the API",
    "completion": "print the completion script for a shell",
    "manual": "print the manual page",
}
_DEFAULT = "dashboard"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LOOKS_LIKE_AN_OPTION = re.compile(r"--?[a-z][a-z-]{0,24}(=.*)?", re.DOTALL)
_EXIT_CODES = (
    "exit codes: 0 everything asked is running, 1 unexpected fault, 2 usage or configuration,\n"
    "            3 something is not running, 4 could not see, 5 credentials"
)


class _UsageError(Exception):
    """A command line that cannot be meant, with one line for the person who wrote it."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises `_UsageError` instead of printing its usage and leaving."""

    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{message} (see {self.prog} --help)")

    def arrange(self, words: Sequence[str]) -> list[str]:
        """The same words as argparse reads them without guessing: options, `--`, and everything else.

        TaskIds may begin with "-". Such a word is an option where this command has it, a mistake where it looks like
        one, and a TaskId otherwise.
        """
        from relaytui.core.entry import nearest

        options: list[str] = []
        others: list[str] = []
        rest = iter(words)
        for word in rest:
            name, equals, _ = word.partition("=")
            action = self._option_string_actions.get(name)
            if word == "--":
                others += rest
            elif action is not None and (equals or action.nargs == 0):
                options.append(word)
            elif action is not None:
                value = next(rest, None)
                if value is None or value in self._option_string_actions:
                    raise _UsageError(f"{name} needs a value (see {self.prog} --help)")
                options.append(f"{name}={value}")
            elif _LOOKS_LIKE_AN_OPTION.fullmatch(word):
                hint = nearest(name, self._option_string_actions)
                raise _UsageError(f"{self.prog} has no option {name}{hint}; if this is a TaskId, put it after --")
            else:
                others.append(word)
        return [*options, "--", *others] if others else options


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is that of design.md section 6, or 130 where Ctrl+C ended it."""
    words = list(sys.argv[1:] if argv is None else argv)
    _make_streams_usable()
    try:
        code = _run(words)
        sys.stdout.flush()
    except _UsageError as wrong:
        complain(str(wrong))
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        drop_output()
        return 0
    except OSError as error:
        # What else can fail is a value where it happens; a full disk behind stdout is nobody's fault.
        if error.errno not in _FULL:
            raise
        complain(f"cannot write the output: {error.strerror}")
        drop_output()
        return 1
    finally:
        if argv is None:
            # The process ends now: a last search for garbage in all that is loaded costs `check` an eighth of its time.
            gc.freeze()
    return code


def _run(words: list[str]) -> int:
    named = bool(words) and words[0] in COMMANDS
    command = words[0] if named else _DEFAULT
    parser = _command_parser(command) if named else _top_parser()
    with no_garbage_yet():
        module = importlib.import_module(f"relaytui.commands.{command}")
    module.configure(parser)
    parser.set_defaults(whole_parser=_whole_parser)
    try:
        arranged = parser.arrange(words[1:] if named else words)
    except _UsageError:
        if not named:
            _refuse_commands(words)
        raise
    try:
        args = parser.parse_args(arranged)
    except SystemExit as done:  # --help and --version
        return int(done.code or 0)
    if not named:
        certain = len(words) - words.index("--") - 1 if "--" in words else 0
        _refuse_commands(args.ids[: len(args.ids) - certain])
    from relaytui.commands.faults import redact_faults

    redact_faults()
    code: int = module.run(args)
    return code


def _top_parser() -> _Parser:
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:{width}}  {line}" for name, line in COMMANDS.items())
    parser = _Parser(
        prog="relaytui",
        usage="relaytui [ID ...] [options]\n       relaytui COMMAND [arguments]",
        description="Watches Tencent RTC relay tasks (StreamIngest).",
        epilog=f"commands:\n{commands}\n\n`relaytui COMMAND --help` tells more of each.\n{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"relaytui {__version__}")
    return parser


def _command_parser(command: str) -> _Parser:
    return _Parser(prog=f"relaytui {command}", **_described(command))


def _described(command: str) -> dict[str, Any]:
    line = COMMANDS[command]
    return {
        "description": f"{line[0].upper()}{line[1:]}.",
        "formatter_class": argparse.RawDescriptionHelpFormatter,
    }


def _whole_parser() -> argparse.ArgumentParser:
    """Every command and option in one tree, for the completion scripts and the manual page."""
    parser = _top_parser()
    branches = parser.add_subparsers(prog="relaytui")
    for command, line in COMMANDS.items():
        branch = branches.add_parser(command, help=line, **_described(command))
        importlib.import_module(f"relaytui.commands.{command}").configure(branch)
    return parser


def _refuse_commands(task_ids: Sequence[str]) -> None:
    """Refuse to watch a task called "check": it is a command that stands too late, or one misspelt."""
    from relaytui.core.entry import nearest

    for word in task_ids:
        if word in COMMANDS:
            raise _UsageError(f"the command comes first: relaytui {word} …; if this is a TaskId, put it after --")
    if task_ids and re.fullmatch(r"[a-z]{4,}", task_ids[0]) and (hint := nearest(task_ids[0], COMMANDS)):
        raise _UsageError(f"there is no command {task_ids[0]}{hint}; if this is a TaskId, put it after --")


def _make_streams_usable() -> None:
    """A stream that the caller closed is an empty one; a terminal that cannot show a glyph shows "?" instead."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
