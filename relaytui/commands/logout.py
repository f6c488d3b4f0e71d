"""`relaytui logout`: forget what `login` kept."""

from __future__ import annotations

import argparse
import os

from relaytui.adapters.places import sign_ins_path
from relaytui.adapters.sign_ins import SignIns
from relaytui.commands.options import CREDENTIALS, Refusal, find_settings, tell_waiting
from relaytui.commands.sources import Sources
from relaytui.commands.streams import complain
from relaytui.ports import FoundCredential, NotKept


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("profile", nargs="?", metavar="PROFILE", help="profile to log out (default: the chosen one)")


def run(args: argparse.Namespace) -> int:
    """Forget the profile's credential, and say where another one of it still is."""
    settings = find_settings(vars(args), os.environ)
    if isinstance(settings, Refusal):
        return settings.tell()
    profile = settings.named(settings.profile)
    sources = Sources(os.environ, profile.name, waiting=tell_waiting, may_ask=False)
    store = sources.kept(profile)
    forgotten = False if store is None else store.forget(profile.name)
    if isinstance(forgotten, NotKept):
        return Refusal(f"not logged out: {forgotten.reason}: {forgotten.advice}", CREDENTIALS).tell()
    SignIns(sign_ins_path()).note(profile.name, None)
    where = f"the {profile.store}"
    complain(f"profile {profile.name}: " + ("taken out of " if forgotten else "nothing was kept in ") + where)
    if isinstance(left := sources.find(profile), FoundCredential):
        complain(f"profile {profile.name} still has a credential from {left.source}, which is not relaytui's to remove")
    return 0
