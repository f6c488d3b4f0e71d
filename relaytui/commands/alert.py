"""`relaytui alert`: try every way an alarm takes to a person, and keep the secrets that some of them need."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from relaytui.commands.options import CREDENTIALS, USAGE, Refusal, add_setting_options, find_settings, tell_waiting
from relaytui.commands.prompt import ask_secret
from relaytui.commands.streams import complain
from relaytui.core.events import Alarm, AlarmKind, Resolved
from relaytui.core.fields import alarm_fields, resolved_fields
from relaytui.core.notification import BELL, known_terminal
from relaytui.core.reach import Reach, secret_name, shown_webhook
from relaytui.core.text import plain
from relaytui.ports import NotKept

NOT_ALL = 1
"""Exit code: something that was tried did not go through, or there was nothing to try."""
TMUX_SECONDS = 2.0
_GLYPHS = {True: "✔", False: "✖", None: "–"}
TEXT = "this is a test of relaytui's alarms"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.epilog = """\
test         rings, sets the title, shows a notification, runs the command, posts to the webhook; says what was sent
             and what this terminal or tmux drops
secret NAME  asks for a secret and keeps it in the keyring, for keyring:NAME in [alarms] of config.toml

What is off or not configured, and without a terminal (in cron, say) all but command and webhook, is not tried and does
not count.

exit codes: 0 all that was tried went through, 1 something did not, or there was nothing to try, 2 usage or
configuration, 5 the keyring refuses"""
    parser.add_argument("what", choices=("test", "secret"), help="what to do")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the secret's name")
    add_setting_options(parser)


def run(args: argparse.Namespace) -> int:
    """Do what is asked."""
    if args.what == "secret":
        return _keep_secret(args.name)
    if args.name is not None:
        return Refusal("alert test takes no name", USAGE).tell()
    settings = find_settings(vars(args), os.environ)
    if isinstance(settings, Refusal):
        return settings.tell()
    tries = [*try_terminal(settings.alarms, os.environ), *asyncio.run(try_hooks(settings.alarms, os.environ))]
    for one in tries:
        print(f"{_GLYPHS[one.worked]} {one.way:12}  {one.told}")  # noqa: T201 - stdout is data
    if settings.alarms.command or settings.alarms.webhook:
        complain("a running board or watch takes changes of config.toml when it is started again")
    tried = [one.worked for one in tries if one.worked is not None]
    if not tried:
        complain("no alarm would reach anybody from here: configure a command or a webhook in [alarms] of config.toml")
    return 0 if tried and all(tried) else NOT_ALL


def _keep_secret(name: str | None) -> int:
    from relaytui.adapters.keyring_store import KeyringStore

    if name is None or secret_name(f"keyring:{name}") is None:
        return Refusal("name the secret with letters, digits, - _ and ., such as: relaytui alert secret slack").tell()
    text = ask_secret(f"secret {name}")
    if not text:
        return Refusal("nothing was given, and nothing is kept", USAGE).tell()
    place = KeyringStore(waiting=tell_waiting).keep_secret(name, text)
    if isinstance(place, NotKept):
        return Refusal(f"not kept: {place.reason}: {place.advice}", CREDENTIALS).tell()
    complain(f"kept in {place}: write keyring:{name} in [alarms] of config.toml")
    return 0


@dataclass(frozen=True, slots=True)
class Try:
    """One way to a person, whether it worked as far as can be told (None: not tried), and what to say of it."""

    way: str
    worked: bool | None
    told: str


def try_terminal(reach: Reach, environ: Mapping[str, str]) -> Iterator[Try]:
    """Bell, title and notification, each with what is between us and the person."""
    wanted = [way for way in ("bell", "title", "notification") if getattr(reach, way)]
    for way in ("bell", "title", "notification"):
        if way not in wanted:
            yield Try(way, None, f"off: alarms.{way} = false")
    stream = next((stream for stream in (sys.stdout, sys.stderr) if stream.isatty()), None)
    if stream is None:
        for way in wanted:
            yield Try(way, None, "not sent: neither output is a terminal")
        return
    terminal = known_terminal(environ)
    tmux = _tmux() if terminal.multiplexer == "tmux" else {}
    for way in wanted:
        if way == "bell":
            stream.write(BELL)
            yield _bell(tmux)
        elif way == "title" and terminal.takes_title:
            stream.write(terminal.title("✖1 relaytui (test)"))
            yield _title(tmux, terminal.multiplexer)
        elif terminal.notification is None:
            yield Try(way, False, f"not sent: a terminal of type {plain(environ.get('TERM') or 'none')} has none")
        else:
            stream.write(terminal.notify("relaytui", TEXT))
            yield _notification(f"OSC {terminal.notification.value}", tmux, terminal.multiplexer)
    stream.flush()


def _bell(tmux: Mapping[str, str]) -> Try:
    if tmux.get("bell-action") == "none":
        return Try("bell", False, "sent, but tmux drops it: tmux set -g bell-action any")
    if tmux.get("visual-bell") == "on":
        return Try("bell", False, "sent, but tmux shows a message instead of ringing: tmux set -g visual-bell off")
    return Try("bell", True, "sent; whether it rings is for the terminal's own settings")


def _title(tmux: Mapping[str, str], multiplexer: str) -> Try:
    if tmux.get("set-titles") in ("0", "off"):
        return Try("title", True, "sent; tmux keeps it for its pane, and for the window: tmux set -g set-titles on")
    if multiplexer == "screen":
        return Try("title", True, "sent; screen shows it in its own list of windows")
    return Try("title", True, "sent: ✖1 relaytui (test)")


def _notification(kind: str, tmux: Mapping[str, str], multiplexer: str) -> Try:
    if tmux.get("allow-passthrough") in ("", "0", "off"):
        told = f"sent as {kind}, but tmux drops it: tmux set -g allow-passthrough on (tmux 3.3 or later)"
        return Try("notification", False, told)
    through = f" through {multiplexer}" if multiplexer else ""
    return Try("notification", True, f"sent as {kind}{through}; a terminal that does not know it ignores it")


def _tmux() -> dict[str, str]:
    """The settings of the tmux around us that matter here; nothing where it does not answer."""
    names = ("bell-action", "visual-bell", "set-titles", "allow-passthrough")
    program = shutil.which("tmux")
    if program is None:
        return {}
    asked = "\n".join(f"#{{{name}}}" for name in names)
    try:
        answer = subprocess.run(  # noqa: S603 - tmux, with a text of ours
            [program, "display-message", "-p", asked], capture_output=True, text=True, timeout=TMUX_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(zip(names, answer.stdout.split("\n"), strict=False))


async def try_hooks(reach: Reach, environ: Mapping[str, str]) -> list[Try]:
    """Command and webhook, once each and side by side."""
    from relaytui.wiring import make_hooks

    now = time.time()
    alarm = Alarm(f"test-{now * 1000:.0f}", now, AlarmKind.ENDED, TEXT, now)
    messages = [alarm_fields(alarm)]
    if reach.resolved:
        messages.append(resolved_fields(Resolved(now, alarm.id, "resolved: this was a test")))
    hooks = make_hooks(reach, environ)
    shown = {"command": plain(" ".join(reach.command)), "webhook": plain(shown_webhook(reach.webhook))}
    begun = time.monotonic()

    async def attempt(way: str) -> Try:
        hook = next((hook for hook in hooks if hook.name == way), None)
        if hook is None:
            return Try(way, None, f"not configured: alarms.{way} in config.toml")
        for message in messages:
            failure = await hook.send(json.dumps(message).encode())
            if failure is not None:
                which = "" if message is messages[0] else "the end of the alarm: "
                return Try(way, False, f"{shown[way]}: {which}{plain(failure)}")
        taken = "the alarm and its end" if reach.resolved else "the alarm"
        return Try(way, True, f"{shown[way]}: took {taken} within {time.monotonic() - begun:.1f} s")

    return list(await asyncio.gather(attempt("command"), attempt("webhook")))
