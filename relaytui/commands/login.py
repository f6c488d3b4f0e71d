"""`relaytui login`: take a credential, see with one live call that it works, and keep it."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from relaytui.adapters.places import config_path, sign_ins_path
from relaytui.adapters.sign_ins import SignIn, SignIns
from relaytui.commands.options import CREDENTIALS, USAGE, Refusal, find_settings, tell_waiting
from relaytui.commands.prompt import ask_credential
from relaytui.commands.sign_in import why_refused
from relaytui.commands.sources import Sources
from relaytui.commands.streams import complain
from relaytui.core.entry import Refused, quoted
from relaytui.core.profile import Profile, Store, read_profile_name
from relaytui.core.tc3 import Credential
from relaytui.core.text import plain
from relaytui.ports import NoCredential, NotKept

_WANTED = ("endpoint", "region", "sdk_app_id", "store")
"""The options that stand for settings of a new profile."""
COULD_NOT_SEE = 4
"""Exit code: the API did not say whether it takes the credential."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.epilog = """\
The secret is asked for and not shown; without a terminal SecretId, SecretKey and token are read from standard input,
one a line. It is never taken from the command line.

With --endpoint, --region, --sdk-app-id or --store, a profile that config.toml does not have yet is added to it.

exit codes: 0 saved, 2 usage or configuration, 4 the API could not be asked, 5 the API or the keyring refuses"""
    parser.add_argument("profile", nargs="?", metavar="PROFILE", help="profile to log in (default: the chosen one)")
    parser.add_argument(
        "--from", dest="origin", metavar="SOURCE", help="take over a credential: tccli, tccli:NAME or env"
    )
    parser.add_argument("--no-verify", action="store_true", help="save it without asking the API")
    parser.add_argument("--endpoint", metavar="URL", help="API host of a new profile")
    parser.add_argument("--region", metavar="R", help="default region of a new profile")
    parser.add_argument("--sdk-app-id", metavar="N", help="default SdkAppId of a new profile")
    parser.add_argument(
        "--store",
        choices=(Store.KEYRING.value, Store.PLAINTEXT.value),
        help="where a new profile's key is kept: plaintext is a file that only you can read (default: keyring)",
    )


def run(args: argparse.Namespace) -> int:
    """Log in; nothing is saved unless all of it worked."""
    settings = find_settings(vars(args), os.environ)
    if isinstance(settings, Refusal):
        return settings.tell()
    profile = settings.named(settings.profile)
    wanted = {key: value for key in _WANTED if (value := _written(args, profile, key))}
    if wanted and profile.name in settings.configured:
        where = config_path(os.environ)
        return Refusal(f"profile {profile.name} is already in {where}: change it there, and log in without").tell()
    sources = Sources(os.environ, profile.name, waiting=tell_waiting)
    store = sources.kept(profile)
    if store is None:
        line = f'profile {profile.name} has store = "session": its secret is asked for at each start and never saved'
        return Refusal(line, USAGE).tell()
    if store is sources.keyring and isinstance(usable := sources.keyring.usable(), NotKept):
        return Refusal(f"{usable.reason}: {usable.advice}", CREDENTIALS).tell()
    credential = _obtain(args.origin, profile, sources)
    if isinstance(credential, Refusal):
        return credential.tell()
    if not args.no_verify and (refusal := verify(profile, credential)) is not None:
        return refusal.tell()
    path = config_path(os.environ)
    added = _add_profile(path, profile.name, wanted)
    if isinstance(added, Refusal):
        return added.tell()
    place = store.keep(profile.name, credential)
    if isinstance(place, NotKept):
        _take_out(path, added)
        return Refusal(f"not saved: {place.reason}: {place.advice}", CREDENTIALS).tell()
    SignIns(sign_ins_path()).note(profile.name, SignIn(place, None if args.no_verify else time.time()))
    told = "not verified" if args.no_verify else "verified"
    complain(f"saved: profile {profile.name}, SecretId {credential.masked_id}, {told}, in {place}")
    if added:
        complain(f"added [profiles.{profile.name}] to {path}")
    elif profile.name not in {*settings.configured, Profile().name}:
        _tell_defaults(path, profile, args.origin, sources)
    return 0


def verify(profile: Profile, credential: Credential) -> Refusal | None:
    """Ask the API once with this credential; None where it takes it."""
    failure = why_refused(profile, credential)
    if failure is None:
        return None
    line = f"not saved: {plain(failure.code)}: {plain(failure.message)}: {failure.advice}"
    if failure.is_about_credentials:
        return Refusal(line, CREDENTIALS)
    return Refusal(f"{line} --no-verify saves it all the same.", COULD_NOT_SEE)


def _obtain(origin: str | None, profile: Profile, sources: Sources) -> Credential | Refusal:
    """The credential from where the person says."""
    kind, colon, name = (origin or "").partition(":")
    if origin is None:
        credential = ask_credential()
        return Refusal(f"not saved: {credential.reason}", USAGE) if isinstance(credential, Refused) else credential
    if kind == "env" and not colon:
        found = sources.environment.find(profile.name)
    elif kind == "tccli":
        name = name if colon else profile.name
        if isinstance(refused := read_profile_name(name), Refused):
            return Refusal(f"--from {quoted(origin)}: {refused.reason}")
        found = sources.vendor_files.tccli(name)
    else:
        return Refusal(f"--from {quoted(origin)}: give tccli, tccli:NAME or env")
    return (
        Refusal(f"{found.reason}: {found.advice}", CREDENTIALS) if isinstance(found, NoCredential) else found.credential
    )


def _written(args: argparse.Namespace, profile: Profile, key: str) -> str | int | None:
    """The option as it goes into the file, None where it is not given."""
    if getattr(args, key) is None:
        return None
    value: object = getattr(profile, key)
    return value if isinstance(value, int) else str(value)


def _add_profile(path: Path, name: str, wanted: dict[str, str | int]) -> str | Refusal:
    """Add the profile to the file where its settings are given; the text that was added.

    Before the key is kept: there is no other way to know that the file can be written.
    """
    if not wanted:
        return ""
    from relaytui.adapters.config import BadConfig, append_profile

    added = append_profile(path, name, wanted)
    return Refusal(f"not saved: {added}") if isinstance(added, BadConfig) else added


def _take_out(path: Path, added: str) -> None:
    if added:
        from relaytui.adapters.config import take_out

        if (wrong := take_out(path, added)) is not None:
            complain(f"the new profile stays: {wrong}")


def _tell_defaults(path: Path, profile: Profile, origin: str | None, sources: Sources) -> None:
    """Say how to give a new profile other settings than the defaults."""
    kind, _, name = (origin or "").partition(":")
    known = sources.vendor_files.tccli_settings(name or profile.name) if kind == "tccli" else {}
    hint = "".join(f", {key} = {value!r}" for key, value in known.items())
    complain(
        f"profile {profile.name} has the default settings; to change them write [profiles.{profile.name}] in {path}"
        + (f" (tccli has{hint[1:]})" if hint else "")
    )
