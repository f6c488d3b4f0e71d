"""`relaytui manual`: the manual page, made of the same parsers as `--help`: to read, or in roff for a file."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from relaytui import __version__

MAN_SECONDS = 10.0
_FILES = (
    ("config.toml", "settings; relaytui config path tells where, relaytui config example shows all of them"),
    ("watchlist.toml", "the watch list, beside it; RELAYTUI_LIST names another"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.epilog = (
        "On a terminal it is shown to be read, elsewhere printed as roff.\n\n"
        "keep it:  relaytui manual > ~/.local/share/man/man1/relaytui.1"
    )


def run(args: argparse.Namespace) -> int:
    """Show or print the page; `args.whole_parser()` gives every command and option in one tree."""
    parser: argparse.ArgumentParser = args.whole_parser()
    roff = "\n".join(page(parser))
    if sys.stdout.isatty():
        # Brings what few commands need.
        from pydoc import pager

        pager(_formatted(roff) or _helps(parser))
    else:
        print(roff)  # noqa: T201 - stdout is data
    return 0


def _formatted(roff: str) -> str:
    """The page as `man` formats it for this terminal, "" where there is none that does."""
    program = shutil.which("man")
    if program is None:
        return ""
    # Bold as every pager shows it, and not as colours, which less shows only where it is asked to.
    looks = {"MANWIDTH": str(shutil.get_terminal_size().columns), "MAN_KEEP_FORMATTING": "1", "GROFF_NO_SGR": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - man, with a text of ours
            [program, "-l", "-"],
            input=roff.encode(),
            capture_output=True,
            env=os.environ | looks,
            timeout=MAN_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    text = done.stdout.decode("utf-8", "replace")
    # A system without manual pages may have a man that says just that.
    return text if __version__ in text else ""


def _helps(parser: argparse.ArgumentParser) -> str:
    """What --help says of the program and of each command."""
    top = [f"usage: {parser.usage}", parser.description or "", parser.epilog or ""]
    return "\n\n".join([*top, *(command.format_help() for _, command, _ in _commands(parser))])


def page(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The manual page of this parser and its commands, line by line."""
    yield f'.TH RELAYTUI 1 "" "relaytui {__version__}" "User Commands"'
    yield from _section("NAME", ["relaytui - watch Tencent RTC relay tasks in a terminal"])
    yield ".SH SYNOPSIS"
    yield from (".B relaytui\n[ID ...] [options]", ".br", ".B relaytui\nCOMMAND [arguments]")
    yield from _section("DESCRIPTION", [parser.description or ""])
    yield ".SH COMMANDS"
    for name, command, line in _commands(parser):
        yield f".SS relaytui {_plain(name)}"
        yield _plain(f"{line[:1].upper()}{line[1:]}.")
        yield from _options(command)
        if command.epilog:
            yield from (".PP", ".nf", _plain(command.epilog), ".fi")
    yield from (".SH EXIT STATUS", ".nf", _plain((parser.epilog or "").partition("exit codes: ")[2]), ".fi")
    yield ".SH FILES"
    for name, line in _FILES:
        yield from (".TP", f".I {_plain(name)}", _plain(line))
    yield from _section("SEE ALSO", ["relaytui COMMAND --help, and the README"])


def _section(title: str, lines: list[str]) -> Iterator[str]:
    yield f".SH {title}"
    yield from map(_plain, lines)


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to what was added
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            lines = {choice.dest: choice.help or "" for choice in action._choices_actions}  # noqa: SLF001 - as above
            for name, command in action.choices.items():
                yield name, command, lines[name]


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    formatter = parser._get_formatter()  # noqa: SLF001 - it writes a default or a value's name as --help does
    for action in parser._actions:  # noqa: SLF001 - as above
        if action.help == argparse.SUPPRESS or "--help" in action.option_strings:
            continue
        yield ".TP"
        yield f".B {_plain(formatter._format_action_invocation(action))}"  # noqa: SLF001 - as above
        yield _plain(formatter._expand_help(action)) if action.help else ""  # noqa: SLF001 - as above


def _plain(text: str) -> str:
    """Text that roff reads as itself."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in escaped.split("\n"))
