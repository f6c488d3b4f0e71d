"""The profiles that can ask now, for commands that do what they can with those."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from relaytui.adapters.settings import Settings
from relaytui.commands.options import tell_source, tell_waiting
from relaytui.commands.sources import Sources
from relaytui.ports import Account, NoCredential


def usable_accounts(
    names: Iterable[str], settings: Settings, environ: Mapping[str, str]
) -> tuple[list[Account], list[NoCredential]]:
    """Those of the profiles that have a credential, whose source is told, and why the others have none."""
    sources = Sources(environ, settings.profile, waiting=tell_waiting)
    accounts: list[Account] = []
    missing: list[NoCredential] = []
    for name in sorted(names):
        profile = settings.named(name)
        found = sources.find(profile)
        if isinstance(found, NoCredential):
            missing.append(found)
        else:
            tell_source(name, found)
            accounts.append(Account(name, profile.endpoint, found.credential, profile.budget, found.again))
    return accounts, missing
