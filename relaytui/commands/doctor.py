"""`relaytui doctor`: look at everything that relaytui needs, and say what is wrong and what to do about it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from relaytui.adapters.places import sign_ins_path
from relaytui.adapters.settings import DEFAULT, Settings
from relaytui.adapters.sign_ins import SignIns
from relaytui.commands.checks import accounts, files, keyring, machine, network, terminal
from relaytui.commands.checks.checkup import Checkup, Level, Line, Told
from relaytui.commands.checks.redaction import Redaction
from relaytui.commands.jsonlines import dump
from relaytui.commands.options import CREDENTIALS
from relaytui.commands.sources import Sources
from relaytui.commands.streams import Output, complain
from relaytui.core.fields import SCHEMA
from relaytui.core.task import WatchedTask

FAULT = 3
"""Exit code: something is wrong, credentials aside."""
_KEYRING_SECONDS = 2.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.epilog = """\
Ends within 10 s whatever hangs. What it prints can be pasted into a ticket: the home folder is ~, SecretIds are
masked, and no secret is shown.

exit codes: 0 no fault (warnings do not count), 3 a fault, 5 credentials"""
    parser.add_argument("--json", action="store_true", help="print one JSON object per check")
    parser.add_argument("--profile", metavar="NAME", help="profile that is the chosen one")
    parser.add_argument("--endpoint", metavar="URL", help="API host of that profile")


def run(args: argparse.Namespace) -> int:
    """Print a line per check; 0 where there is no fault, else the exit code that tells which kind there is."""
    checkup, redact = _begin({"profile": args.profile, "endpoint": args.endpoint}, os.environ)
    output = Output()
    levels: Counter[Level] = Counter()
    code = 0
    for line in checkup.lines():
        levels[line.level] += 1
        if line.level is Level.FAULT:
            code = max(code, CREDENTIALS if line.is_credential else FAULT)
        output.put(_as_json(line, redact) if args.json else _as_text(line, redact))
    if not args.json:
        complain(_summary(levels))
    return output.close(code)


def _begin(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> tuple[Checkup, Redaction]:
    """Begin all checks, in the order of their lines. A new one is a module of `checks` whose `begin` is called here."""
    checkup = Checkup()
    machine.begin(checkup)
    terminal.begin(checkup, environ)
    config = files.begin_config(checkup, flags, environ)
    settings = checkup.value(config) or files.settings_without_file(flags, environ)
    listed = files.begin_list(checkup, settings, environ)
    tasks = checkup.value(listed) or ()
    memory = checkup.begin("sign-ins", lambda: Told((), SignIns(sign_ins_path()).read()), seconds=3)
    signed_in = checkup.value(memory) or {}
    profiles = [settings.named(name) for name in _names(settings, tasks, signed_in)]
    sources = Sources(environ, settings.profile, may_ask=False, keyring_seconds=_KEYRING_SECONDS)
    keyring.begin(checkup, profiles, sources.keyring)
    network.begin(checkup, dict.fromkeys(profile.endpoint for profile in profiles))
    accounts.begin(checkup, profiles, tasks, sources)
    return checkup, Redaction(str(Path.home()), _user(environ), [profile.name for profile in profiles])


def _names(settings: Settings, tasks: Iterable[WatchedTask], signed_in: Iterable[str]) -> list[str]:
    """The profiles in use: of the file, of tasks, of sign-ins, and the chosen one unless it is only the default."""
    names = {*settings.configured, *signed_in, *(task.key.profile for task in tasks)}
    is_default = settings.origins.get("profile", DEFAULT) == DEFAULT
    return sorted(names if names and is_default else {*names, settings.profile})


def _user(environ: Mapping[str, str]) -> str:
    return next(filter(None, (environ.get(name, "") for name in ("LOGNAME", "USER", "USERNAME"))), Path.home().name)


def _as_json(line: Line, redact: Redaction) -> str:
    return dump(
        {
            "schema": SCHEMA,
            "check": line.check,
            "about": redact(line.about) or None,
            "level": line.level,
            "text": redact(line.text),
            "fix": redact(line.fix) or None,
        }
    )


def _as_text(line: Line, redact: Redaction) -> str:
    """The line, with its fix below; on a terminal broken between words."""
    about = f"{redact(line.about)}: " if line.about else ""
    lines = [f"{line.level:7}  {line.check:13}  {about}{redact(line.text)}"]
    lines += [f"{'':24}fix: {redact(line.fix)}"] if line.fix else []
    if not sys.stdout.isatty():
        return "\n".join(lines)
    width = max(60, shutil.get_terminal_size().columns)
    wrap = textwrap.TextWrapper(width, subsequent_indent=" " * 24, break_on_hyphens=False, drop_whitespace=True)
    return "\n".join(wrap.fill(each) for each in lines)


def _summary(levels: Mapping[Level, int]) -> str:
    faults, warnings = levels[Level.FAULT], levels[Level.WARNING]
    return (
        f"{faults} fault{'' if faults == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}, "
        f"{levels[Level.OK]} ok"
    )
